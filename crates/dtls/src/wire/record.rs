//! The record header (RFC 6347 §4.1).
//!
//! ```text
//!  0       1       2       3       4       5       6       7
//! +-------+-------+-------+-------+-------+-------+-------+-------+
//! | type  |    version    |     epoch     |    sequence number
//! +-------+-------+-------+-------+-------+-------+-------+-------+
//!   sequence number (48)  |    length     | fragment ...
//! +-------+-------+-------+-------+-------+
//! ```

use strata_core::wire::Reader;

use super::{DTLS_1_0, DTLS_1_2};

/// Octets of the header.
pub(crate) const HEADER_LEN: usize = 13;

/// The longest fragment: 2¹⁴ octets, and 2,048 that a cipher may add (RFC 5246 §6.2.3).
pub(crate) const MAX_FRAGMENT: usize = MAX_PLAINTEXT + 2048;

/// The longest plaintext (RFC 5246 §6.2.1).
pub(crate) const MAX_PLAINTEXT: usize = 1 << 14;

/// The highest sequence number.
pub(crate) const MAX_SEQUENCE: u64 = (1 << 48) - 1;

/// Splits the record in front off a datagram, of whatever type and version of DTLS it is.
pub(crate) fn split_first(datagram: &mut [u8]) -> Option<(&mut [u8], &mut [u8])> {
    let [_, major, _, .., l0, l1] = datagram.first_chunk::<HEADER_LEN>()?;
    if *major != MAJOR {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([*l0, *l1]));
    datagram.split_at_mut_checked(HEADER_LEN.saturating_add(length))
}

/// The first octet of every version of DTLS that has this header.
const MAJOR: u8 = 0xfe;

/// What a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentType {
    ChangeCipherSpec,
    Alert,
    Handshake,
    ApplicationData,
}

impl ContentType {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::ChangeCipherSpec => 20,
            Self::Alert => 21,
            Self::Handshake => 22,
            Self::ApplicationData => 23,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            20 => Some(Self::ChangeCipherSpec),
            21 => Some(Self::Alert),
            22 => Some(Self::Handshake),
            23 => Some(Self::ApplicationData),
            _ => None,
        }
    }
}

/// A record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) content_type: ContentType,
    pub(crate) version: u16,
    pub(crate) epoch: u16,
    pub(crate) sequence: u64,
    pub(crate) length: usize,
}

impl Header {
    /// The header at the beginning of `datagram`, if what follows is a whole record of ours.
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(datagram);
        let header = Self {
            content_type: ContentType::from_code(reader.u8().ok()?)?,
            version: reader.u16().ok()?,
            epoch: reader.u16().ok()?,
            sequence: reader.u48().ok()?,
            length: usize::from(reader.u16().ok()?),
        };
        let known = header.version == DTLS_1_2 || header.version == DTLS_1_0;
        let whole = header.length <= reader.remaining() && header.length <= MAX_FRAGMENT;
        (known && whole).then_some(header)
    }

    /// The header as it goes on the wire.
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [v0, v1] = self.version.to_be_bytes();
        let [e0, e1] = self.epoch.to_be_bytes();
        let [_, _, s0, s1, s2, s3, s4, s5] = self.sequence.to_be_bytes();
        let [l0, l1] = u16::try_from(self.length).unwrap_or(u16::MAX).to_be_bytes();
        let kind = self.content_type.code();
        [kind, v0, v1, e0, e1, s0, s1, s2, s3, s4, s5, l0, l1]
    }

    /// Epoch and sequence number in one, as nonces and associated data have them.
    pub(crate) fn number(self) -> [u8; 8] {
        (u64::from(self.epoch) << 48 | self.sequence & MAX_SEQUENCE).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn headers_read_back(kind in 20u8..24, epoch: u16, sequence in 0..=MAX_SEQUENCE, length in 0usize..100) {
            let header = Header {
                content_type: ContentType::from_code(kind).unwrap(),
                version: DTLS_1_2,
                epoch,
                sequence,
                length,
            };
            let mut wire = header.to_bytes().to_vec();
            wire.resize(HEADER_LEN + length, 0);
            prop_assert_eq!(Header::parse(&wire), Some(header));
            prop_assert_eq!(&wire[3..11], &header.number());
            prop_assert_eq!(Header::parse(&wire[..wire.len() - 1]), None);
        }
    }

    #[test]
    fn other_versions_and_types_are_no_records() {
        let wire = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(Header::parse(&wire).is_some());
        for (at, value) in [(0, 19), (0, 24), (0, 0x2f), (1, 3), (2, 0xfc)] {
            let mut wire = wire;
            wire[at] = value;
            assert_eq!(Header::parse(&wire), None);
        }
    }
}
