//! What can go wrong.

use thiserror::Error;

/// The packet is not RTP or RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The header, or the tag that must follow, is not all there.
    #[error("truncated: at least {expected} octets needed, {actual} there")]
    Truncated {
        /// How many octets there must be at least.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// The version is not 2.
    #[error("version {0} instead of 2")]
    Version(u8),
}

/// The master key or salt has the wrong length for the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a key of {key} and a salt of {salt} octets do not fit the profile")]
pub struct KeyLengthError {
    /// How many octets the key has.
    pub key: usize,
    /// How many octets the salt has.
    pub salt: usize,
}

/// Why a packet was not protected. The buffer is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// It is no RTP or RTCP packet.
    #[error("malformed packet: {0}")]
    Malformed(#[from] HeaderError),
    /// It is longer than the keystream of one packet (2^20 octets).
    #[error("packet too long")]
    TooLong,
    /// This sequence number was protected before. To do it again would use a keystream twice: send
    /// the bytes made the first time, or retransmit on an SSRC of its own (RFC 4588).
    #[error("sequence number protected before")]
    Repeated,
    /// The sequence number is so far behind the newest that nobody knows whether it was used.
    #[error("sequence number too old")]
    TooOld,
    /// One SSRC more than [`Config::max_streams`](crate::Config::max_streams).
    #[error("too many streams")]
    TooManyStreams,
    /// The key has protected as many packets as it may (RFC 3711 §9.2): new keys are needed.
    #[error("key exhausted")]
    KeyExhausted,
}

/// Why a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnprotectError {
    /// It is no SRTP or SRTCP packet.
    #[error("malformed packet: {0}")]
    Malformed(#[from] HeaderError),
    /// Its tag is wrong: it was forged or damaged, or the keys are not the same.
    #[error("packet not authentic")]
    Unauthentic,
    /// It was received before.
    #[error("packet received before")]
    Replayed,
    /// It is behind the replay window: nobody knows whether it was received before.
    #[error("packet behind the replay window")]
    TooOld,
    /// One SSRC more than [`Config::max_streams`](crate::Config::max_streams).
    #[error("too many streams")]
    TooManyStreams,
    /// Its index is beyond what one key may protect (RFC 3711 §9.2).
    #[error("key exhausted")]
    KeyExhausted,
}
