//! What an association or channel refuses, and why it ends.

use crate::wire::CauseCode;

/// A message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The association or channel is closing or closed.
    #[error("closing or closed")]
    Closed,
    /// The channel has no stream yet, because the DTLS role is not known.
    #[error("the channel has no stream number yet")]
    NoStream,
    /// The stream number is beyond what was negotiated.
    #[error("no such stream")]
    UnknownStream,
    /// The stream is being reset.
    #[error("the stream is being reset")]
    Resetting,
    /// SCTP carries no empty messages (data channels send one byte with a PPID that says so).
    #[error("an SCTP message cannot be empty")]
    Empty,
    /// The message is larger than the peer accepts.
    #[error("{size} bytes are more than the {limit} the peer accepts")]
    TooLarge {
        /// The message's length.
        size: usize,
        /// The largest the peer accepts.
        limit: usize,
    },
    /// The send buffer is full; try again after `BufferedAmountLow`, or when `buffered_amount` fell.
    #[error("the send buffer of {limit} bytes is full")]
    BufferFull {
        /// [`Limits::send_buffer`](crate::Limits::send_buffer).
        limit: usize,
    },
}

/// A channel was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The association is closing or closed.
    #[error("closing or closed")]
    Closed,
    /// There are as many channels as [`Limits::channels`](crate::Limits::channels) allows.
    #[error("too many channels")]
    TooManyChannels,
    /// All stream numbers of our parity are taken.
    #[error("no stream number is free")]
    NoFreeStream,
    /// The stream number asked for is taken or is not below what was negotiated.
    #[error("the stream number is taken or out of range")]
    StreamUnavailable,
    /// Label or protocol is longer than 65535 bytes (RFC 8832 §5.1), or both together larger than the
    /// peer's largest message.
    #[error("label or protocol is too long")]
    TooLong,
    /// The send buffer is full.
    #[error("the send buffer is full")]
    BufferFull,
}

/// Why an association is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// Both sides shut down in order (RFC 9260 §9.2).
    #[error("shut down")]
    Shutdown,
    /// We aborted it because the owner asked for it.
    #[error("aborted by us")]
    Aborted,
    /// The peer aborted it, with this first cause if it gave one.
    #[error(fmt = aborted_by_peer)]
    AbortedByPeer(Option<CauseCode>),
    /// The peer did not answer INIT or COOKIE ECHO.
    #[error("the peer did not answer")]
    ConnectTimeout,
    /// The peer stopped acknowledging: Association.Max.Retrans was reached.
    #[error("the peer stopped to acknowledge")]
    Timeout,
    /// The peer broke the protocol; it was sent an ABORT.
    #[error("the peer broke the protocol")]
    ProtocolViolation,
    /// The peer started over (RFC 9260 §5.2.4.1), so its side of every channel is lost.
    #[error("the peer started over")]
    Restarted,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "it is called with references to the fields"
)]
fn aborted_by_peer(
    cause: &Option<CauseCode>,
    f: &mut core::fmt::Formatter<'_>,
) -> core::fmt::Result {
    f.write_str("aborted by the peer")?;
    match cause {
        Some(cause) => write!(f, ", cause {}", cause.0),
        None => Ok(()),
    }
}
