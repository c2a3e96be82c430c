//! Why a connection ends, and what its owner can do wrong.

use crate::AlertDescription;

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// [`Connection::close`](crate::Connection::close) was called.
    #[error("closed by us")]
    Local,
    /// The peer closed it in order.
    #[error("closed by the peer")]
    Remote,
    /// The peer closed it with an alert.
    #[error("the peer gave up: {0:?}")]
    Alert(AlertDescription),
    /// A flight was not answered, however often it was sent.
    #[error("the peer did not answer")]
    Timeout,
    /// The peer's certificate has none of the fingerprints it should have.
    #[error("the peer's certificate is not the one that was announced")]
    FingerprintMismatch,
    /// The peer sent no certificate.
    #[error("the peer has no certificate")]
    NoCertificate,
    /// The peer's certificate cannot be read.
    #[error("the peer's certificate cannot be read")]
    MalformedCertificate,
    /// The peer's certificate has a key that is not supported, or does not go with the cipher suite.
    #[error("the peer's certificate has an unsupported key")]
    UnsupportedCertificate,
    /// The peer does not know DTLS 1.2.
    #[error("no common version of DTLS")]
    NoCommonVersion,
    /// No cipher suite in common.
    #[error("no common cipher suite")]
    NoCommonCipherSuite,
    /// No group in common.
    #[error("no common group for the key exchange")]
    NoCommonGroup,
    /// No signature scheme in common.
    #[error("no common signature scheme")]
    NoCommonSignatureScheme,
    /// The peer does not do extended master secrets (RFC 7627), without which a handshake can be replayed
    /// into another.
    #[error("the peer does not know the extended master secret")]
    NoExtendedMasterSecret,
    /// A handshake message could not be read.
    #[error("a handshake message could not be read")]
    Decode,
    /// A handshake message had a value it may not have.
    #[error("a handshake message had a forbidden value")]
    IllegalParameter,
    /// A handshake message came at the wrong time.
    #[error("a handshake message came at the wrong time")]
    UnexpectedMessage,
    /// An answer had an extension that was not asked for.
    #[error("an answer had an extension that was not asked for")]
    UnsupportedExtension,
    /// The peer announced a handshake message longer than
    /// [`Limits::handshake_message_bytes`](crate::Limits::handshake_message_bytes).
    #[error("a handshake message is too long")]
    MessageTooLong,
    /// The peer's signature does not verify.
    #[error("the peer's signature does not verify")]
    BadSignature,
    /// The peer's Finished does not verify: somebody changed the handshake.
    #[error("the peer's Finished does not verify")]
    BadFinished,
    /// The key has been used as often as it may be (see [`Limits`](crate::Limits)).
    #[error("the key is used up")]
    KeyExhausted,
    /// The operating system gave no randomness.
    #[error("keys could not be made")]
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
            Self::KeyExhausted | Self::Crypto => AlertDescription::INTERNAL_ERROR,
        })
    }
}

/// Why nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The handshake is not done, or the connection is closed.
    #[error("not connected")]
    NotConnected,
    /// A record takes 2¹⁴ octets at most (RFC 5246 §6.2.1).
    #[error("{actual} octets are too many for a record")]
    TooLong {
        /// How many there were.
        actual: usize,
    },
    /// The key has been used as often as it may be; the connection closes.
    #[error("the key is used up")]
    KeyExhausted,
}

/// Why no keying material was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The handshake is not done, or the connection is closed.
    #[error("not connected")]
    NotConnected,
    /// The context is longer than 65,535 octets (RFC 5705 §4).
    #[error("the context is too long")]
    ContextTooLong,
}
