//! Writes the seeds of the corpora with the project's own writers: `corpus/<target>/seed-<name>`.
//!
//! What fuzzers find is added by hand, minimised (`cargo +nightly fuzz cmin <target> --features libfuzzer`).

use std::fs;
use std::io;
use std::path::Path;

mod rtp;
mod sdp;
mod srtp;
mod stun;

/// Target, name, bytes.
type Seed = (&'static str, &'static str, Vec<u8>);

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, name, bytes) in [rtp::seeds(), sdp::seeds(), srtp::seeds(), stun::seeds()].concat()
    {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{name}")), bytes)?;
    }
    Ok(())
}
