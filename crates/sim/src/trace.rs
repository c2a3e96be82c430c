//! What was sent, when, and what became of it.

use strata_core::{Instant, Path};

use crate::Fate;

/// One datagram that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was sent.
    pub sent: Instant,
    /// Which host sent it: in a [`Pair`](crate::Pair) 0 is `a` and 1 is `b`.
    pub sender: usize,
    /// Its addresses, as the sender sees them.
    pub path: Path,
    /// What became of it.
    pub fate: Fate,
    /// Its bytes as they were sent.
    pub payload: Vec<u8>,
}
