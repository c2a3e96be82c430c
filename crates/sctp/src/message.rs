//! Messages and how they are to be delivered.

use core::time::Duration;

use bytes::Bytes;

use crate::{Ppid, StreamId};

/// What a message is charged for beyond its bytes, in the send buffer and in the receive window: a flood of tiny
/// messages costs the memory of their queues.
pub(crate) const MESSAGE_OVERHEAD: usize = 64;

/// How hard delivery of a message is tried (RFC 3758, RFC 7496).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Reliability {
    /// Until it arrives or the association ends.
    #[default]
    Reliable,
    /// It is sent again at most this many times. Only that is limited (RFC 7496 §3.1), not how long it may wait
    /// to be sent first: what is sent while the path is gone is delivered when it is back, as far as
    /// [`Limits::send_buffer`](crate::Limits::send_buffer) holds it. What is of no use later wants
    /// [`MaxLifetime`](Self::MaxLifetime).
    MaxRetransmits(u32),
    /// It is neither sent nor sent again once this much time has passed since `send`.
    MaxLifetime(Duration),
}

/// A message for [`Association::send`](crate::Association::send).
///
/// ```
/// use strata_sctp::{Bytes, Outgoing, Ppid, Reliability};
///
/// let position = Outgoing::reliable(Ppid(7), Bytes::from_static(b"x, y"))
///     .with_ordered(false)
///     .with_reliability(Reliability::MaxRetransmits(0));
/// assert!(!position.ordered);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// What it is to the layer above.
    pub ppid: Ppid,
    /// Its bytes; not empty, for SCTP cannot carry an empty message.
    pub data: Bytes,
    /// Whether it is delivered in order with the other ordered messages of its stream.
    pub ordered: bool,
    /// How hard delivery is tried.
    pub reliability: Reliability,
}

impl Outgoing {
    /// A reliable, ordered message.
    pub const fn reliable(ppid: Ppid, data: Bytes) -> Self {
        Self {
            ppid,
            data,
            ordered: true,
            reliability: Reliability::Reliable,
        }
    }

    /// The same, in order with others or not.
    #[must_use]
    pub const fn with_ordered(mut self, ordered: bool) -> Self {
        self.ordered = ordered;
        self
    }

    /// The same, with delivery tried so hard.
    #[must_use]
    pub const fn with_reliability(mut self, reliability: Reliability) -> Self {
        self.reliability = reliability;
        self
    }
}

/// A message that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incoming {
    /// The stream it came on.
    pub stream: StreamId,
    /// What it is to the layer above.
    pub ppid: Ppid,
    /// Whether it is in order with the other ordered messages of the stream.
    pub ordered: bool,
    /// Its bytes.
    pub data: Bytes,
}
