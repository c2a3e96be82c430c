//! ABORT (RFC 9260 §3.3.7).

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{
    Causes, ChunkType,
    framing::{has_t_bit, t_bit},
    parameter::{without_last_padding, write_parameters},
};

/// ABORT: the association is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort<'a> {
    /// The verification tag is the receiver's own, reflected (T bit, RFC 9260 §8.5.1).
    pub reflected: bool,
    /// The causes as they stand in the chunk; see [`causes`](Self::causes).
    pub raw_causes: &'a [u8],
}

impl<'a> Abort<'a> {
    pub(super) fn parse(flags: u8, mut reader: Reader<'a>) -> Self {
        Self {
            reflected: has_t_bit(flags),
            raw_causes: without_last_padding(reader.all()),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        write_parameters(
            out,
            ChunkType::ABORT,
            t_bit(self.reflected),
            &[],
            self.raw_causes,
        )
    }

    /// The causes, in order.
    pub const fn causes(&self) -> Causes<'a> {
        Causes::new(self.raw_causes)
    }
}
