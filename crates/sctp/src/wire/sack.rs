//! SACK (RFC 9260 §3.3.4).
//!
//! ```text
//! |                      Cumulative TSN Ack                       |
//! |          Advertised Receiver Window Credit (a_rwnd)           |
//! | Number of Gap Ack Blocks = N  |  Number of Duplicate TSNs = M |
//! |    Gap Ack Block #1 Start     |     Gap Ack Block #1 End      |  x N
//! |                       Duplicate TSN 1                         |  x M
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong, patch};

use super::{ChunkType, ParseError, framing::finish};
use crate::Tsn;

/// A selective acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sack<'a> {
    /// Everything up to and including this TSN has arrived.
    pub cumulative: Tsn,
    /// Room left in the receive buffer, in bytes.
    pub a_rwnd: u32,
    gaps: &'a [u8],
    duplicates: &'a [u8],
}

/// TSNs that arrived beyond the cumulative one, as offsets from it; both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapBlock {
    /// Offset of the first.
    pub start: u16,
    /// Offset of the last.
    pub end: u16,
}

impl<'a> Sack<'a> {
    /// Bytes of a SACK without blocks and duplicates.
    pub const MIN_LENGTH: usize = 16;

    pub(super) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let cumulative = Tsn::new(reader.u32()?);
        let a_rwnd = reader.u32()?;
        let gaps = usize::from(reader.u16()?);
        let duplicates = usize::from(reader.u16()?);
        Ok(Self {
            cumulative,
            a_rwnd,
            gaps: reader.take(gaps * 4)?,
            duplicates: reader.take(duplicates * 4)?,
        })
    }

    /// The gap blocks, in the order they were sent in.
    pub fn gaps(&self) -> impl Iterator<Item = GapBlock> + use<'a> {
        self.gaps.as_chunks().0.iter().map(|[a, b, c, d]| GapBlock {
            start: u16::from_be_bytes([*a, *b]),
            end: u16::from_be_bytes([*c, *d]),
        })
    }

    /// TSNs that arrived more than once.
    pub fn duplicates(&self) -> impl Iterator<Item = Tsn> + use<'a> {
        let tsns = self.duplicates.as_chunks().0.iter();
        tsns.map(|bytes| Tsn::new(u32::from_be_bytes(*bytes)))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        write_sack(
            out,
            self.cumulative,
            self.a_rwnd,
            self.gaps(),
            self.duplicates(),
        )
    }
}

/// Appends a SACK chunk.
///
/// # Errors
/// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
pub fn write_sack(
    out: &mut Vec<u8>,
    cumulative: Tsn,
    a_rwnd: u32,
    gaps: impl Iterator<Item = GapBlock>,
    duplicates: impl Iterator<Item = Tsn>,
) -> Result<(), TooLong> {
    let start = out.len();
    out.extend_from_slice(&[ChunkType::SACK.0, 0, 0, 0]);
    out.extend_from_slice(&cumulative.get().to_be_bytes());
    out.extend_from_slice(&a_rwnd.to_be_bytes());
    let counts = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut gap_count = 0_u16;
    for gap in gaps {
        out.extend_from_slice(&gap.start.to_be_bytes());
        out.extend_from_slice(&gap.end.to_be_bytes());
        // If this saturates, the chunk is too long anyway.
        gap_count = gap_count.saturating_add(1);
    }
    let mut duplicate_count = 0_u16;
    for tsn in duplicates {
        out.extend_from_slice(&tsn.get().to_be_bytes());
        duplicate_count = duplicate_count.saturating_add(1);
    }
    patch(out, counts, &gap_count.to_be_bytes());
    patch(
        out,
        counts.saturating_add(2),
        &duplicate_count.to_be_bytes(),
    );
    finish(out, start)
}
