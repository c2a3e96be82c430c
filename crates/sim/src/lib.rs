//! A virtual network for testing strata engines.
pub mod contract;
mod drain;
mod entropy;
mod host;
mod link;
mod pair;
#[cfg(test)]
mod toy;
mod trace;

pub use drain::Violation;
pub use entropy::SeededEntropy;
pub use host::{Arrival, Either, Host, Outgoing, assert_send};
pub use link::{DropReason, Fate, Link, LinkConfig, LinkStats, Sent, Verdict};
pub use pair::{Pair, RunError, RunLimits};
pub use trace::Record;
