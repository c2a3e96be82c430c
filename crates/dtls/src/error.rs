//! Why a connection ends, and what its owner can do wrong.

use crate::AlertDescription;

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// [`Connection::close`](crate::Connection::close) was called.
    #[error("we closed it")]
    Local,
    /// The peer closed it in order.
    #[error("the peer closed it")]
    Remote,
    /// The peer closed it with an alert.
    #[error("the peer ended it by an alert: {0}")]
    Alert(AlertDescription),
    /// A flight was not answered, however often it was sent, or the handshake was not done within
    /// [`Config::handshake_timeout`](crate::Config::handshake_timeout).
    #[error("the peer did not finish the handshake in time")]
    Timeout,
    /// The handshake was done within [`Config::handshake_timeout`](crate::Config::handshake_timeout) but for our
    /// owner's word, [`Connection::set_remote_fingerprints`](crate::Connection::set_remote_fingerprints).
    #[error(
        "nobody said in time which certificate the peer may have: its session description has the fingerprints"
    )]
    NoFingerprint,
    /// The peer's certificate has none of the fingerprints it should have.
    #[error("the peer's certificate has none of the fingerprints in its session description")]
    FingerprintMismatch,
    /// The peer sent no certificate.
    #[error("the peer sent no certificate")]
    NoCertificate,
    /// The peer's certificate cannot be read.
    #[error("the peer's certificate cannot be read")]
    MalformedCertificate,
    /// The peer's certificate has a key that is not supported, or does not go with the cipher suite.
    #[error(
        "the peer's certificate has a key that is not supported, or not one for the cipher suite"
    )]
    UnsupportedCertificate,
    /// The peer does not know DTLS 1.2.
    #[error("the peer does not speak DTLS 1.2")]
    NoCommonVersion,
    /// No cipher suite in common.
    #[error("no cipher suite in common with the peer")]
    NoCommonCipherSuite,
    /// No group in common.
    #[error("no group for the key exchange in common with the peer")]
    NoCommonGroup,
    /// No signature scheme in common.
    #[error("no signature scheme in common with the peer")]
    NoCommonSignatureScheme,
    /// The peer does not do extended master secrets (RFC 7627), without which a handshake can be replayed
    /// into another.
    #[error(
        "the peer does not know the extended master secret (RFC 7627); the configuration may allow that"
    )]
    NoExtendedMasterSecret,
    /// A handshake message could not be read.
    #[error("a handshake message of the peer could not be read")]
    Decode,
    /// A handshake message had a value it may not have.
    #[error("a handshake message of the peer had a value it may not have")]
    IllegalParameter,
    /// A handshake message came at the wrong time.
    #[error("a handshake message of the peer came at the wrong time")]
    UnexpectedMessage,
    /// An answer had an extension that was not asked for.
    #[error("the server answered an extension that was not asked for")]
    UnsupportedExtension,
    /// The peer announced a handshake message longer than
    /// [`Limits::handshake_message_bytes`](crate::Limits::handshake_message_bytes).
    #[error("the peer announced a handshake message beyond the limit")]
    MessageTooLong,
    /// A handshake message of ours is longer than its length fields can say: the configuration's lists or the
    /// certificate are too long.
    #[error("a handshake message of ours is too long: look at the lists of the configuration")]
    OwnMessageTooLong,
    /// The peer's signature does not verify.
    #[error("the peer's signature does not verify")]
    BadSignature,
    /// The peer's Finished does not verify: somebody changed the handshake.
    #[error("the peer's Finished does not verify: somebody changed the handshake on its way")]
    BadFinished,
    /// The key has been used as often as it may be (see [`Limits`](crate::Limits)).
    #[error("the keys are used up: more takes another connection")]
    KeyExhausted,
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness for our keys")]
    Crypto,
}

impl CloseReason {
    /// The alert that tells the peer, if it has to be told.
    #[must_use]
    pub const fn alert(self) -> Option<AlertDescription> {
        Some(match self {
            // RFC 5246 §7.2.1: who receives a close_notify answers with one.
            Self::Local | Self::Remote => AlertDescription::CLOSE_NOTIFY,
            Self::Alert(_) | Self::Timeout => return None,
            Self::NoFingerprint => AlertDescription::CERTIFICATE_UNKNOWN,
            Self::FingerprintMismatch | Self::MalformedCertificate => {
                AlertDescription::BAD_CERTIFICATE
            }
            Self::UnsupportedCertificate => AlertDescription::UNSUPPORTED_CERTIFICATE,
            Self::NoCommonVersion => AlertDescription::PROTOCOL_VERSION,
            Self::NoCertificate
            | Self::NoCommonCipherSuite
            | Self::NoCommonGroup
            | Self::NoCommonSignatureScheme
            | Self::NoExtendedMasterSecret => AlertDescription::HANDSHAKE_FAILURE,
            Self::Decode => AlertDescription::DECODE_ERROR,
            Self::IllegalParameter | Self::MessageTooLong => AlertDescription::ILLEGAL_PARAMETER,
            Self::UnexpectedMessage => AlertDescription::UNEXPECTED_MESSAGE,
            Self::UnsupportedExtension => AlertDescription::UNSUPPORTED_EXTENSION,
            Self::BadSignature | Self::BadFinished => AlertDescription::DECRYPT_ERROR,
            Self::OwnMessageTooLong | Self::KeyExhausted | Self::Crypto => {
                AlertDescription::INTERNAL_ERROR
            }
        })
    }
}

/// The connection is over, and does nothing more. What goes on takes another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is closed ({reason})")]
#[non_exhaustive]
pub struct Closed {
    /// Why.
    pub reason: CloseReason,
}

/// Why nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The handshake is not done.
    #[error("the handshake is not done yet")]
    NotConnected,
    /// The connection is closed.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// A record takes 2¹⁴ octets at most (RFC 5246 §6.2.1).
    #[error("{actual} octets are too many for a record, which holds 16384")]
    TooLong {
        /// How many there were.
        actual: usize,
    },
    /// The key has been used as often as it may be; the connection closes.
    #[error("the keys are used up: more takes another connection")]
    KeyExhausted,
}

/// Why no keying material was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The handshake is not done.
    #[error("the handshake is not done yet")]
    NotConnected,
    /// The connection is closed.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The peer does not know the extended master secret, so that another handshake may have the same keys
    /// (RFC 7627 §5.4). Only where [`Config`](crate::Config) does not require it.
    #[error(
        "with a peer that does not know the extended master secret nothing is exported (RFC 7627)"
    )]
    NoExtendedMasterSecret,
    /// The context is longer than 65,535 octets (RFC 5705 §4).
    #[error("the context is longer than the 65535 octets it may have")]
    ContextTooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_text_and_says_what_the_peer_hears() {
        for (reason, alert, text) in [
            (CloseReason::Local, Some(0), "we closed it"),
            (CloseReason::Remote, Some(0), "the peer closed it"),
            (
                CloseReason::Alert(AlertDescription::HANDSHAKE_FAILURE),
                None,
                "handshake failure (40)",
            ),
            (CloseReason::Timeout, None, "in time"),
            (CloseReason::NoFingerprint, Some(46), "session description"),
            (CloseReason::FingerprintMismatch, Some(42), "fingerprints"),
            (CloseReason::NoCertificate, Some(40), "no certificate"),
            (CloseReason::MalformedCertificate, Some(42), "be read"),
            (CloseReason::UnsupportedCertificate, Some(43), "a key"),
            (CloseReason::NoCommonVersion, Some(70), "DTLS 1.2"),
            (CloseReason::NoCommonCipherSuite, Some(40), "cipher suite"),
            (CloseReason::NoCommonGroup, Some(40), "group"),
            (CloseReason::NoCommonSignatureScheme, Some(40), "scheme"),
            (CloseReason::NoExtendedMasterSecret, Some(40), "RFC 7627"),
            (CloseReason::Decode, Some(50), "be read"),
            (CloseReason::IllegalParameter, Some(47), "a value"),
            (CloseReason::UnexpectedMessage, Some(10), "wrong time"),
            (CloseReason::UnsupportedExtension, Some(110), "extension"),
            (CloseReason::MessageTooLong, Some(47), "limit"),
            (CloseReason::OwnMessageTooLong, Some(80), "lists"),
            (CloseReason::BadSignature, Some(51), "signature"),
            (CloseReason::BadFinished, Some(51), "Finished"),
            (CloseReason::KeyExhausted, Some(80), "another connection"),
            (CloseReason::Crypto, Some(80), "randomness"),
        ] {
            assert_eq!(reason.alert().map(AlertDescription::code), alert);
            assert!(reason.to_string().contains(text), "{reason}");
            // It stands in the middle of others' sentences.
            let closed = SealError::from(Closed { reason }).to_string();
            assert_eq!(closed, format!("the connection is closed ({reason})"));
            assert!(!closed.contains('\n') && !closed.contains("  "), "{closed}");
        }
    }
}
