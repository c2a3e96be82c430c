//! RTP packets, read where they lie (RFC 3550 §5.1).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                           timestamp                           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |           synchronization source (SSRC) identifier            |
//! +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//! |            contributing source (CSRC) identifiers             |
//! |                             ....                              |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use core::fmt;

use strata_core::wire::{Reader, Truncated};

use crate::extension::{ExtensionId, Extensions, HeaderExtension};
use crate::{Items, PayloadType, SequenceNumber, Ssrc, Timestamp};

mod header;
mod packet_mut;
#[cfg(test)]
mod tests;

pub use header::{Header, WriteError, write_padding};
pub use packet_mut::PacketMut;

/// A received RTP packet: a view of bytes that were checked once and are decoded when asked for.
///
/// SRTP must have been taken off before; the padding count of an encrypted packet means nothing.
#[derive(Clone, Copy)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    fixed: &'a [u8; FIXED_HEADER_SIZE],
    csrcs: &'a [u8],
    extensions: Extensions<'a>,
    payload: &'a [u8],
    padding: u8,
}

/// Why bytes are not an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The header, or what its counts announce, is longer than the packet.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// The version is not 2.
    #[error("RTP version {0}, not 2")]
    Version(u8),
    /// The padding count is zero, or more than there is behind the header.
    #[error("{count} bytes of padding in {available} bytes behind the header")]
    Padding {
        /// What the last byte says.
        count: u8,
        /// How many bytes there are behind the header.
        available: usize,
    },
}

impl<'a> Packet<'a> {
    /// Checks that `bytes` are one RTP packet.
    ///
    /// The elements of a header extension are not looked at; [`Extensions::iter`] is lenient with them.
    ///
    /// # Errors
    /// See [`ParseError`].
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let fixed = bytes.first_chunk::<FIXED_HEADER_SIZE>().ok_or(Truncated {
            expected: FIXED_HEADER_SIZE,
            actual: bytes.len(),
        })?;
        let [first, ..] = *fixed;
        // RFC 3550 §A.1: "RTP version field must equal 2."
        if first >> 6 != 2 {
            return Err(ParseError::Version(first >> 6));
        }
        let mut reader = Reader::new(bytes);
        reader.take(FIXED_HEADER_SIZE)?;
        let csrcs = reader.take(4 * usize::from(first & CSRC_COUNT_MASK))?;
        let extensions = if first & EXTENSION_BIT == 0 {
            Extensions::NONE
        } else {
            // RFC 3550 §5.3.1: the length counts 32-bit words, without these four bytes.
            let profile = reader.u16()?;
            let words = reader.u16()?;
            Extensions::new(profile, reader.take(4 * usize::from(words))?)
        };
        let rest = reader.all();
        let padding = if first & PADDING_BIT == 0 {
            0
        } else {
            padding_count(rest)?
        };
        let payload = rest
            .get(..rest.len().saturating_sub(usize::from(padding)))
            .unwrap_or_default();
        Ok(Self {
            bytes,
            fixed,
            csrcs,
            extensions,
            payload,
            padding,
        })
    }

    /// Whether the marker bit is set: the end of a video frame, the start of a talk spurt.
    pub const fn marker(&self) -> bool {
        let [_, second, ..] = *self.fixed;
        second & MARKER_BIT != 0
    }

    /// What the payload is.
    pub const fn payload_type(&self) -> PayloadType {
        let [_, second, ..] = *self.fixed;
        PayloadType::from_low_bits(second)
    }

    /// The packet's number in its stream.
    pub const fn sequence_number(&self) -> SequenceNumber {
        let [_, _, a, b, ..] = *self.fixed;
        SequenceNumber::new(u16::from_be_bytes([a, b]))
    }

    /// When the first byte of the payload was sampled.
    pub const fn timestamp(&self) -> Timestamp {
        let [_, _, _, _, a, b, c, d, ..] = *self.fixed;
        Timestamp::new(u32::from_be_bytes([a, b, c, d]))
    }

    /// The stream.
    pub const fn ssrc(&self) -> Ssrc {
        let [.., a, b, c, d] = *self.fixed;
        Ssrc::new(u32::from_be_bytes([a, b, c, d]))
    }

    /// The sources that a mixer combined, at most 15.
    #[must_use]
    #[inline]
    pub fn csrcs(&self) -> Items<'a, Ssrc> {
        Items::from_wire(self.csrcs)
    }

    /// The header extension, empty if there is none.
    #[must_use]
    pub const fn extensions(&self) -> Extensions<'a> {
        self.extensions
    }

    /// The value of one extension element, `None` if it is missing or malformed.
    ///
    /// `id` is what the session description maps the URI of `T` to.
    #[inline]
    pub fn extension<T: HeaderExtension<'a>>(&self, id: ExtensionId) -> Option<T> {
        T::parse(self.extensions.get(id)?)
    }

    /// The payload, without padding.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// How many bytes of padding follow the payload; 0 if the padding bit is not set.
    pub const fn padding(&self) -> u8 {
        self.padding
    }

    /// The bytes in front of the payload.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "`parse` has found all of them behind each other in `bytes`"
    )]
    #[must_use]
    #[inline]
    pub fn header(&self) -> &'a [u8] {
        let behind = self.payload.len() + usize::from(self.padding);
        self.bytes
            .get(..self.bytes.len() - behind)
            .unwrap_or_default()
    }

    /// The whole packet.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The fields of the fixed header and the CSRCs, to write a packet like this one.
    #[must_use]
    #[inline]
    pub fn to_header(&self) -> Header<'a> {
        Header {
            marker: self.marker(),
            payload_type: self.payload_type(),
            sequence_number: self.sequence_number(),
            timestamp: self.timestamp(),
            ssrc: self.ssrc(),
            csrcs: self.csrcs(),
        }
    }
}

impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("marker", &self.marker())
            .field("payload_type", &self.payload_type())
            .field("sequence_number", &self.sequence_number())
            .field("timestamp", &self.timestamp())
            .field("ssrc", &self.ssrc())
            .field("csrcs", &self.csrcs())
            .field("extensions", &self.extensions)
            .field("payload_bytes", &self.payload.len())
            .field("padding", &self.padding)
            .finish_non_exhaustive()
    }
}

/// RFC 3550 §5.1: "The last octet of the padding contains a count of how many padding octets should be
/// ignored, including itself", so it is never 0.
#[inline]
fn padding_count(behind_header: &[u8]) -> Result<u8, ParseError> {
    let available = behind_header.len();
    match behind_header.last() {
        Some(&count) if count != 0 && usize::from(count) <= available => Ok(count),
        last => Err(ParseError::Padding {
            count: last.copied().unwrap_or(0),
            available,
        }),
    }
}

const FIXED_HEADER_SIZE: usize = 12;
const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;
const CSRC_COUNT_MASK: u8 = 0x0f;
const MARKER_BIT: u8 = 0x80;
