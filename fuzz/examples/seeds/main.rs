//! Writes the seeds of the corpora with the project's own writers: `corpus/<target>/seed-<name>`.
//!
//! A seed that is there stays as it is; remove it to have it made again. What fuzzers find is added by hand,
//! minimised (`cargo +nightly fuzz cmin <target>`).

use std::fs;
use std::io;
use std::path::Path;

mod dtls;
mod ice;
mod peer;
mod rtp;
mod sctp;
mod sdp;
mod srtp;
mod stun;

/// Target, name, bytes.
type Seed = (&'static str, &'static str, Vec<u8>);

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let layers = [
        dtls::seeds(),
        ice::seeds(),
        peer::seeds(),
        rtp::seeds(),
        sctp::seeds(),
        sdp::seeds(),
        srtp::seeds(),
        stun::seeds(),
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
