//! The frame around every RTCP packet that is written.

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::patch;

/// Why a packet cannot be written. The buffer is then as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// More items than the packet's count field can say.
    #[error("{actual} items, {limit} at most")]
    TooMany {
        /// The largest count.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
    /// A text is longer than 255 bytes.
    #[error("{0} bytes of text, 255 at most")]
    TextLength(usize),
    /// The packet is not whole 32-bit words, or more than 65,536 of them.
    #[error("a body of {0} bytes does not fit an RTCP packet: whole words, 262,140 bytes at most")]
    Length(usize),
    /// A list that must not be empty is.
    #[error("nothing is listed where something must be")]
    Empty,
    /// A packet that says anything is longer than what it may take.
    #[error("{0} bytes are too few for any packet")]
    NoRoom(usize),
    /// An item of type 0, which ends the list of items.
    #[error("a source description item of type 0, which ends the list")]
    ItemKind,
    /// The packet type is none of RTCP's 192 to 223.
    #[error("packet type {0} is not RTCP")]
    PacketType(u8),
    /// The packet type and the format or count have a type of their own among [`Packet`](super::Packet)s.
    #[error("packets of type {packet_type}, format {count}, are written as what they are")]
    Known {
        /// The packet type.
        packet_type: u8,
        /// The format, or the count.
        count: u8,
    },
}

/// Appends a packet whose body is what `fill` appends.
pub(super) fn packet(
    out: &mut Vec<u8>,
    packet_type: u8,
    count: usize,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let count_bits = u8::try_from(count)
        .ok()
        .filter(|count| *count <= MAX_COUNT)
        .ok_or_else(|| WriteError::TooMany {
            limit: usize::from(MAX_COUNT),
            actual: count,
        })?;
    let start = out.len();
    out.put_u8(2 << 6 | count_bits);
    out.put_u8(packet_type);
    out.put_u16(0);
    let body = out.len();
    let result = fill(out).and_then(|()| {
        let length = out.len().saturating_sub(body);
        Some(length)
            .filter(|length| length % 4 == 0)
            .and_then(|length| u16::try_from(length / 4).ok())
            .ok_or(WriteError::Length(length))
    });
    match result {
        Ok(words) => {
            patch(out, start.saturating_add(2), &words.to_be_bytes());
            Ok(())
        }
        Err(error) => {
            out.truncate(start);
            Err(error)
        }
    }
}

/// Appends a text of at most 255 bytes behind its length.
pub(super) fn text(out: &mut Vec<u8>, text: &[u8]) -> Result<(), WriteError> {
    let length = u8::try_from(text.len()).map_err(|_| WriteError::TextLength(text.len()))?;
    out.put_u8(length);
    out.put_slice(text);
    Ok(())
}

/// Appends zeros until the bytes from `start` on are whole words.
pub(super) fn pad_to_words(out: &mut Vec<u8>, start: usize) {
    let length = out.len().saturating_sub(start);
    out.put_bytes(0, length.next_multiple_of(4).saturating_sub(length));
}

const MAX_COUNT: u8 = 31;

/// The length field counts words, without the one that is the header.
pub(super) const MAX_LEN: usize = 4 + 4 * 65_535;
