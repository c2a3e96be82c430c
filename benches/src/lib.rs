//! What benchmarks and programs share: implementations behind one trait each, and what drives them.
//!
//! The rivals are there with the feature `rivals` only.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that fails says why and ends"
)]

pub mod link;
pub mod peer;
pub mod sctp;
