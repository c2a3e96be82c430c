//! Writes the seeds of the corpora with the project's own writers: `corpus/<target>/seed-<name>`.
//!
//! A seed that is there stays as it is; remove it to have it made again. What fuzzers find is added by hand,
//! minimised (`cargo +nightly fuzz cmin <target>`).

use std::fs;
use std::io;
use std::path::Path;

mod crypto;
mod demux;
mod dtls;
mod ice;
mod peer;
mod router;
mod rtp;
mod sctp;
mod sdp;
mod srtp;
mod stun;
mod turn;

/// Target, name, bytes.
type Seed = (&'static str, &'static str, Vec<u8>);

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let layers = [
        crypto::seeds(),
        demux::seeds(),
        dtls::seeds(),
        ice::seeds(),
        peer::seeds(),
        router::seeds(),
        rtp::seeds(),
        sctp::seeds(),
        sdp::seeds(),
        srtp::seeds(),
        stun::seeds(),
        turn::seeds(),
    ];
    for (target, name, bytes) in layers.concat() {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("seed-{name}"));
        if !file.exists() {
            fs::write(file, bytes)?;
        }
    }
    Ok(())
}
