#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | module       | what is there                                                               |
//! |--------------|-----------------------------------------------------------------------------|
//! | `entropy`    | [`SeededEntropy`]                                                           |
//! | `host`       | [`Host`]: engines of both families; [`Either`]; [`assert_send`]             |
//! | `link`       | [`Link`], [`LinkConfig`]: one direction of a link; filters; statistics      |
//! | `pair`       | [`Pair`]: two engines and a link                                            |
//! | `network`    | [`Network`]: many hosts with addresses, behind a [`Nat`] or not             |
//! | `run`        | [`RunLimits`], [`RunError`]: how runs end; [`START`]                        |
//! | `trace`      | [`Record`]: what was sent; [`pcap`]                                         |
//! | [`contract`] | the rules of `Endpoint`, checked on random schedules                        |

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
pub use run::{RunError, RunLimits, START};
pub use trace::{Record, pcap};
