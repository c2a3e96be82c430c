//! FORWARD-TSN (RFC 3758 §3.2).
//!
//! ```text
//! |   Type = 192  |  Flags = 0x00 |        Length = Variable      |
//! |                      New Cumulative TSN                       |
//! |         Stream-1              |       Stream Sequence-1       |  x N
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{ChunkType, ParseError, framing::write_chunk};
use crate::{Ssn, StreamId, Tsn};

/// The sender has given up on everything up to a TSN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwardTsn<'a> {
    /// Everything up to and including this TSN counts as arrived.
    pub cumulative: Tsn,
    skipped: &'a [u8],
}

/// The last ordered message given up on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The stream.
    pub stream: StreamId,
    /// The largest sequence number skipped on it.
    pub ssn: Ssn,
}

impl<'a> ForwardTsn<'a> {
    pub(super) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let cumulative = Tsn::new(reader.u32()?);
        let skipped = reader.all();
        let trailing = skipped.len() % 4;
        if trailing != 0 {
            return Err(ParseError::TrailingBytes(trailing));
        }
        Ok(Self {
            cumulative,
            skipped,
        })
    }

    /// The streams on which ordered messages were skipped.
    pub fn skipped(&self) -> impl Iterator<Item = Skipped> + use<'a> {
        let entries = self.skipped.as_chunks().0.iter();
        entries.map(|[a, b, c, d]| Skipped {
            stream: StreamId::new(u16::from_be_bytes([*a, *b])),
            ssn: Ssn::new(u16::from_be_bytes([*c, *d])),
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        write_forward_tsn(out, self.cumulative, self.skipped())
    }
}

/// Appends a FORWARD-TSN chunk.
///
/// # Errors
/// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
pub fn write_forward_tsn(
    out: &mut Vec<u8>,
    cumulative: Tsn,
    skipped: impl Iterator<Item = Skipped>,
) -> Result<(), TooLong> {
    write_chunk(out, ChunkType::FORWARD_TSN, 0, |out| {
        out.extend_from_slice(&cumulative.get().to_be_bytes());
        for entry in skipped {
            out.extend_from_slice(&entry.stream.get().to_be_bytes());
            out.extend_from_slice(&entry.ssn.get().to_be_bytes());
        }
    })
}
