//! What can go wrong.

use thiserror::Error;

use crate::Profile;

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
#[error(
    "a key of {key} and a salt of {salt} octets do not fit {profile}, which takes {} and {}",
    .profile.key_len(),
    .profile.salt_len()
)]
#[non_exhaustive]
pub struct KeyLengthError {
    /// The profile, which says what lengths it takes.
    pub profile: Profile,
    /// How many octets the key has.
    pub key: usize,
    /// How many octets the salt has.
    pub salt: usize,
}

/// Why a stream cannot go on at an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddStreamError {
    /// The index is beyond what one key may protect (RFC 3711 §9.2): RTP has 48 bits, RTCP 31.
    #[error("the index is beyond what one key may protect")]
    OutOfRange,
    /// The stream is known, and farther than that already.
    #[error("the stream has used higher indices than that")]
    Used,
    /// The SSRC was used so long ago that nobody knows its indices: use another, or agree on new keys.
    #[error("the SSRC was used before and its indices are forgotten: use another")]
    Retired,
}

/// Why a packet was not protected. The buffer is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// It is no RTP or RTCP packet.
    #[error("malformed packet")]
    Malformed(#[from] HeaderError),
    /// It is longer than the keystream of one packet (2^20 octets).
    #[error("the packet is longer than the keystream of one packet, 2^20 octets")]
    TooLong,
    /// This sequence number was protected before. To do it again would use a keystream twice: send
    /// the bytes made the first time, or retransmit on an SSRC of its own (RFC 4588).
    #[error(
        "the sequence number was protected before: send those bytes again, or use another SSRC"
    )]
    Repeated,
    /// The sequence number is so far behind the newest, or the stream was forgotten since, that nobody knows
    /// whether it was used.
    #[error("the sequence number is too old to know whether it was protected before")]
    TooOld,
    /// The SSRC was used so long ago that nobody knows its indices (see
    /// [`Config::max_forgotten`](crate::Config::max_forgotten)), or is taken for such a one: use another, or
    /// agree on new keys.
    #[error("the SSRC was used before and its indices are forgotten: use another")]
    Retired,
    /// The packet has another SSRC or sequence number than the one that its index was claimed for, or it was
    /// claimed under other keys.
    #[error("the index was claimed for another packet")]
    Unclaimed,
    /// The key has protected as many packets as it may (RFC 3711 §9.2): new keys are needed.
    #[error("the key has protected as many packets as it may: agree on new keys")]
    KeyExhausted,
}

/// Why a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnprotectError {
    /// It is no SRTP or SRTCP packet.
    #[error("malformed packet")]
    Malformed(#[from] HeaderError),
    /// Its tag is wrong: it was forged or damaged, or the keys are not the same.
    #[error("the packet is not authentic")]
    Unauthentic,
    /// It would be authentic without the master key identifier that it carries (RFC 3711 §3.1): the sender
    /// believes that one was agreed on, which is not supported here and forbidden in WebRTC (RFC 8827 §6.5).
    ///
    /// It is looked for in the first packets of a context only, as long as none was authentic, and at the lengths
    /// in use: 1, 2, 4, 8, 16 and 32 octets. Any other is [`Unauthentic`](Self::Unauthentic).
    #[error(
        "the packet carries a master key identifier (MKI) of {octets} octets, and none was agreed on"
    )]
    Mki {
        /// How long the identifier is.
        octets: u8,
    },
    /// It was received before.
    #[error("the packet was received before")]
    Replayed,
    /// It is behind the replay window, or the stream was forgotten since: nobody knows whether it was received
    /// before.
    #[error("the packet is too old to know whether it was received before")]
    TooOld,
    /// Its SSRC was used so long ago that nobody knows its indices (see
    /// [`Config::max_forgotten`](crate::Config::max_forgotten)), or is taken for such a one.
    #[error("the SSRC was used before and its indices are forgotten")]
    Retired,
    /// Its index is beyond what one key may protect (RFC 3711 §9.2).
    #[error("the index is beyond what one key may protect: agree on new keys")]
    KeyExhausted,
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    /// What a log shows: an error and its sources, one behind the other.
    fn chain(error: &dyn Error) -> String {
        match error.source() {
            Some(source) => format!("{error}: {}", chain(source)),
            None => error.to_string(),
        }
    }

    #[test]
    fn an_error_says_what_its_source_does_not() {
        let header = HeaderError::Truncated {
            expected: 12,
            actual: 3,
        };
        let expected = "malformed packet: truncated: at least 12 octets needed, 3 there";
        assert_eq!(chain(&ProtectError::from(header)), expected);
        assert_eq!(chain(&UnprotectError::from(header)), expected);
        let expected = "malformed packet: version 1 instead of 2";
        assert_eq!(
            chain(&ProtectError::from(HeaderError::Version(1))),
            expected
        );
    }
}
