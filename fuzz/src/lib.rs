//! What every fuzz target does with its input.
//!
//! The bodies are plain functions of bytes, one module for each layer. `fuzz_targets/` hands them to
//! libFuzzer, and `tests/replay` runs them on stable over the project's own corpus and over files that
//! others wrote. A new target is a function in its layer's module, a row in [`TARGETS`], a file of a few
//! lines in `fuzz_targets/`, a `[[bin]]` in `Cargo.toml`; a test says so if one of them is missing.
//!
//! ```text
//! cargo test --manifest-path fuzz/Cargo.toml                            # replay; stable, no libFuzzer
//! STRATA_CORPUS=<folder> cargo test --manifest-path fuzz/Cargo.toml -- --nocapture
//! cargo +nightly fuzz run rtp_packet              # find more
//! cargo run --manifest-path fuzz/Cargo.toml --example seeds             # write the seeds again
//! ```

use std::fmt::Display;

pub mod crypto;
pub mod demux;
pub mod dtls;
pub mod entropy;
pub mod ice;
pub mod peer;
pub mod router;
pub mod rtp;
pub mod sctp;
pub mod sctp_wire;
pub mod sdp;
pub mod srtp;
pub mod stun;
pub mod turn;

/// What a parser made of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was read, and the invariants of reading and writing held.
    Parsed,
    /// It was refused, for this reason.
    Refused(String),
}

impl Outcome {
    /// Refused for this reason.
    pub fn refused(reason: impl Display) -> Self {
        Self::Refused(reason.to_string())
    }
}

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the file in `fuzz_targets/` and of the folder in `corpus/`.
    pub name: &'static str,
    /// What it does.
    pub body: Body,
}

/// What a target does with its input.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Parses it.
    Parser(fn(&[u8]) -> Outcome),
    /// Takes it for a list of operations on an engine.
    Engine(fn(&[u8])),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    parser("sdp_session", sdp::sdp_session),
    parser("sdp_candidate", sdp::sdp_candidate),
    parser("stun_message", stun::stun_message),
    engine("ice_agent", ice::ice_agent),
    parser("turn_channel_data", turn::turn_channel_data),
    parser("crypto_certificate", crypto::crypto_certificate),
    parser("crypto_fingerprint", crypto::crypto_fingerprint),
    parser("dtls_record", dtls::dtls_record),
    parser("dtls_handshake", dtls::dtls_handshake),
    engine("dtls_connection", dtls::dtls_connection),
    parser("rtp_packet", rtp::rtp_packet),
    parser("rtcp_compound", rtp::rtcp_compound),
    engine("rtcp_twcc_builder", rtp::rtcp_twcc_builder),
    engine("srtp_unprotect", srtp::srtp_unprotect),
    engine("sctp_channels", sctp::sctp_channels),
    parser("sctp_packet", sctp_wire::sctp_packet),
    parser("sctp_chunk", sctp_wire::sctp_chunk),
    parser("sctp_dcep", sctp_wire::sctp_dcep),
    parser("peer_offer", peer::peer_offer),
    parser("peer_answer", peer::peer_answer),
    engine("peer_session", peer::peer_session),
    engine("peer_demux", demux::peer_demux),
    parser("peer_router", router::peer_router),
];

const fn parser(name: &'static str, body: fn(&[u8]) -> Outcome) -> Target {
    Target {
        name,
        body: Body::Parser(body),
    }
}

const fn engine(name: &'static str, body: fn(&[u8])) -> Target {
    Target {
        name,
        body: Body::Engine(body),
    }
}

/// The target with this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Runs the target with this name.
///
/// # Panics
/// If there is none, or if an invariant is broken.
pub fn run(name: &str, data: &[u8]) {
    match target(name).expect("a row in TARGETS").body {
        Body::Parser(body) => {
            body(data);
        }
        Body::Engine(body) => body(data),
    }
}

/// Without libFuzzer a target's binary runs its body once on every file it is given: how a finding is
/// looked at in a debugger, on stable.
#[macro_export]
macro_rules! replay_main {
    ($name:literal) => {
        fn main() -> std::io::Result<()> {
            for file in std::env::args_os().skip(1) {
                $crate::run($name, &std::fs::read(file)?);
            }
            Ok(())
        }
    };
}
