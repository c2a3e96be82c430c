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

/// Adds to a trace, if one is kept.
pub(crate) fn remember(
    trace: &mut Option<Vec<Record>>,
    sent: Instant,
    sender: usize,
    path: Path,
    fate: Fate,
    payload: &[u8],
) {
    if let Some(trace) = trace {
        trace.push(Record {
            sent,
            sender,
            path,
            fate,
            payload: payload.to_vec(),
        });
    }
}
