//! A virtual network for testing strata engines.
pub mod contract;
mod drain;
mod entropy;
mod host;
mod link;
mod network;
mod pair;
mod run;
#[cfg(test)]
mod toy;
mod trace;

pub use drain::Violation;
pub use entropy::SeededEntropy;
pub use host::{Arrival, Either, Host, Outgoing, assert_send};
pub use link::{DropReason, Fate, Link, LinkConfig, LinkStats, Sent, Verdict};
pub use network::{Behaviour, HostId, Nat, NatConfig, NatId, Network, NetworkStats};
pub use pair::Pair;
pub use run::{RunError, RunLimits};
pub use trace::Record;
