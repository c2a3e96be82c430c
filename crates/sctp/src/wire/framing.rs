//! What chunks, parameters and causes are framed with: length fields, padding and flags (RFC 9260 §3.2, §3.2.1).

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong, patch};

use super::ChunkType;

/// Appends header, what `fill` writes, and padding.
pub(super) fn write_chunk(
    out: &mut Vec<u8>,
    kind: ChunkType,
    flags: u8,
    fill: impl FnOnce(&mut Vec<u8>),
) -> Result<(), TooLong> {
    let start = out.len();
    out.extend_from_slice(&[kind.0, flags, 0, 0]);
    fill(out);
    finish(out, start)
}

/// Patches the length that stands 2 bytes after `start`, and pads to 4 bytes.
pub(super) fn finish(out: &mut Vec<u8>, start: usize) -> Result<(), TooLong> {
    patch_length(out, start)?;
    pad(out, start);
    Ok(())
}

/// Patches the length that stands 2 bytes after `start`. RFC 9260 §3.2, §3.2.1: it counts no padding.
pub(super) fn patch_length(out: &mut Vec<u8>, start: usize) -> Result<(), TooLong> {
    let actual = out.len().saturating_sub(start);
    let Ok(length) = u16::try_from(actual) else {
        out.truncate(start);
        return Err(TooLong {
            limit: usize::from(u16::MAX),
            actual,
        });
    };
    patch(out, start.saturating_add(2), &length.to_be_bytes());
    Ok(())
}

/// Pads what begins at `start` to a multiple of 4 bytes.
pub(super) fn pad(out: &mut Vec<u8>, start: usize) {
    let padding = out.len().saturating_sub(start).wrapping_neg() & 3;
    out.extend([0; 3].into_iter().take(padding));
}

/// RFC 9260 §3.2: padding is at most 3 bytes. At the end of a packet some senders leave it out.
pub(super) fn skip_padding(reader: &mut Reader<'_>, length: usize) {
    let padding = length.wrapping_neg() & 3;
    let padding = padding.min(reader.remaining());
    // Cannot fail: no more is taken than is there.
    let _ = reader.take(padding);
}

/// The T bit of ABORT and SHUTDOWN COMPLETE: the verification tag is the receiver's own, reflected (RFC 9260 §8.5.1).
const T: u8 = 0x01;

pub(super) const fn has_t_bit(flags: u8) -> bool {
    flags & T != 0
}

/// The flags of a chunk that has no other bit.
pub(super) const fn t_bit(reflected: bool) -> u8 {
    if reflected { T } else { 0 }
}
