//! What an association tells its owner.

use crate::{CloseReason, Incoming, StreamId};

/// What happened to the association.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssociationEvent {
    /// The association is established.
    Connected,
    /// A message arrived.
    Message(Incoming),
    /// The buffered amount of a stream fell to its threshold or below, from above it.
    BufferedAmountLow {
        /// The stream.
        stream: StreamId,
    },
    /// The peer reset its direction of a stream: its next message starts a new sequence.
    StreamResetByPeer {
        /// The stream.
        stream: StreamId,
    },
    /// Our direction of a stream is reset, as [`Association::reset_stream`](crate::Association::reset_stream) asked, or
    /// will not be ([`Association::is_reset_refused`](crate::Association::is_reset_refused)).
    StreamReset {
        /// The stream.
        stream: StreamId,
    },
    /// The association is over. No event follows.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}
