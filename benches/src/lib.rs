//! What benchmarks and programs share: implementations behind one trait each, and what drives them.
//!
//! The rivals are there with the feature `rivals` only.
#![expect(
    clippy::missing_panics_doc,
    reason = "a benchmark ends where an implementation fails"
)]

pub mod link;
pub mod peer;
pub mod sctp;
