//! What an association or channel refuses, and why it ends.

use core::fmt;

use crate::wire::CauseCode;

/// A message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The association or channel is closing or closed.
    #[error("the association or the channel is closing or closed")]
    Closed,
    /// The channel has no stream yet, because the DTLS role is not known.
    #[error("the channel has no stream number until the DTLS role is known: send when it is open")]
    NoStream,
    /// The stream number is beyond what was negotiated.
    #[error("the stream number is not below what both sides agreed on")]
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
    #[error("the association is closing or closed")]
    Closed,
    /// There are as many channels as [`Limits::channels`](crate::Limits::channels) allows.
    #[error("there are as many channels as `Limits::channels` allows")]
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
    #[error("shut down in order")]
    Shutdown,
    /// This side has aborted it, because the owner has asked for it.
    #[error("aborted by this side")]
    Aborted,
    /// The peer aborted it, with this first cause if it gave one.
    #[error(fmt = aborted_by_peer)]
    AbortedByPeer(Option<CauseCode>),
    /// The peer did not answer INIT or COOKIE ECHO.
    #[error("the other side does not answer the handshake")]
    ConnectTimeout,
    /// The peer stopped acknowledging: Association.Max.Retrans was reached.
    #[error("the other side does not answer any more")]
    Timeout,
    /// The peer broke the protocol; it was sent an ABORT.
    #[error("the other side broke the protocol")]
    ProtocolViolation,
    /// The peer started over (RFC 9260 §5.2.4.1), so its side of every channel is lost.
    #[error("the other side started over")]
    Restarted,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "it is called with references to the fields"
)]
fn aborted_by_peer(cause: &Option<CauseCode>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match cause {
        Some(cause) => write!(f, "aborted by the other side: {cause}"),
        None => f.write_str("aborted by the other side, which gave no cause"),
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
    use core::error::Error as _;

    use strata_core::wire::Truncated;

    use super::*;
    use crate::wire::ParseError;

    /// Each reason has a text of its own, without a full stop, because it stands within other sentences.
    #[test]
    fn every_reason_reads_well() {
        let cause = |code| CloseReason::AbortedByPeer(Some(CauseCode(code)));
        let reasons: Vec<String> = [
            CloseReason::Shutdown,
            CloseReason::Aborted,
            CloseReason::AbortedByPeer(None),
            CloseReason::ConnectTimeout,
            CloseReason::Timeout,
            CloseReason::ProtocolViolation,
            CloseReason::Restarted,
        ]
        .into_iter()
        .chain((0..15).map(cause))
        .map(|reason| format!("{reason}"))
        .collect();
        let different: BTreeSet<_> = reasons.iter().collect();
        assert_eq!(different.len(), reasons.len());
        for reason in &reasons {
            assert!(reason.len() > 10 && !reason.ends_with('.'), "{reason}");
            assert!(!reason.contains("CauseCode"), "{reason}");
        }
        assert_eq!(
            format!("{}", cause(12)),
            "aborted by the other side: User-Initiated Abort"
        );
        assert_eq!(
            format!("{}", cause(99)),
            "aborted by the other side: cause 99"
        );
    }

    /// The text of an error that wraps another contains that of the other. So the other is not its source, too, and a
    /// report of all sources says it once.
    #[test]
    fn no_error_says_the_same_twice() {
        let inner = Truncated {
            expected: 4,
            actual: 1,
        };
        let outer = ParseError::from(inner);
        assert_eq!(format!("{outer}"), format!("{inner}"));
        assert!(outer.source().is_none());
    }
}
