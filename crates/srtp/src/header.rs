//! The header fields that SRTP reads. Everything else is none of its business.

use strata_core::wire::{Reader, Truncated};

use crate::HeaderError;

/// What SRTP needs of an RTP header (RFC 3550 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RtpHeader {
    pub(crate) sequence: u16,
    pub(crate) ssrc: u32,
    /// Where the encrypted portion begins: behind the CSRCs and the header extension (RFC 3711 §3.1).
    pub(crate) len: usize,
}

impl RtpHeader {
    pub(crate) fn parse(packet: &[u8]) -> Result<Self, HeaderError> {
        let truncated = |expected| HeaderError::Truncated {
            expected,
            actual: packet.len(),
        };
        let Some(&[first, _, s0, s1, _, _, _, _, a, b, c, d]) = packet.first_chunk() else {
            return Err(truncated(RTP_FIXED_LEN));
        };
        check_version(first)?;
        let mut len = words_behind(RTP_FIXED_LEN, u16::from(first & 0x0f));
        if first & 0x10 != 0 {
            // RFC 3550 §5.3.1: a profile's 16 bits, then how many words follow.
            let words = packet.get(len..).and_then(<[u8]>::first_chunk);
            let Some(&[_, _, high, low]) = words else {
                return Err(truncated(words_behind(len, 1)));
            };
            len = words_behind(words_behind(len, 1), u16::from_be_bytes([high, low]));
        }
        if packet.len() < len {
            return Err(truncated(len));
        }
        Ok(Self {
            sequence: u16::from_be_bytes([s0, s1]),
            ssrc: u32::from_be_bytes([a, b, c, d]),
            len,
        })
    }
}

/// The sender's SSRC of the first packet in a compound RTCP packet.
pub(crate) fn rtcp_ssrc(packet: &[u8]) -> Result<u32, HeaderError> {
    let mut reader = Reader::new(packet);
    let read = |_: Truncated| HeaderError::Truncated {
        expected: RTCP_FIXED_LEN,
        actual: packet.len(),
    };
    let [first, _, _, _] = reader.take_array().map_err(read)?;
    let ssrc = reader.u32().map_err(read)?;
    check_version(first)?;
    Ok(ssrc)
}

/// Where so many words of 32 bits end that begin at `at`.
const fn words_behind(at: usize, words: u16) -> usize {
    at.saturating_add((words as usize).saturating_mul(4))
}

const fn check_version(first: u8) -> Result<(), HeaderError> {
    match first >> 6 {
        2 => Ok(()),
        version => Err(HeaderError::Version(version)),
    }
}

/// Version to SSRC.
const RTP_FIXED_LEN: usize = 12;

/// RFC 3711 §3.4: the first eight octets of a compound packet are not encrypted.
pub(crate) const RTCP_FIXED_LEN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_ends_behind_csrcs_and_extension() {
        let mut packet = vec![0x80, 96, 0x12, 0x34, 0, 0, 0, 0, 0xca, 0xfe, 0xba, 0xbe];
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!((header.sequence, header.ssrc), (0x1234, 0xcafe_babe));
        assert_eq!(header.len, 12);
        packet[0] = 0x92;
        packet.extend_from_slice(&[1; 8]);
        packet.extend_from_slice(&[0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0, 9, 9]);
        assert_eq!(RtpHeader::parse(&packet).unwrap().len, 28);
        for cut in 0..28 {
            let error = RtpHeader::parse(&packet[..cut]).unwrap_err();
            assert!(
                matches!(error, HeaderError::Truncated { expected, actual } if expected > actual && actual == cut)
            );
        }
    }

    #[test]
    fn other_versions_are_refused() {
        for version in [0u8, 1, 3] {
            let packet = [version << 6; 12];
            assert_eq!(
                RtpHeader::parse(&packet),
                Err(HeaderError::Version(version))
            );
            assert_eq!(rtcp_ssrc(&packet), Err(HeaderError::Version(version)));
        }
    }
}
