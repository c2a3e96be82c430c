//! ERROR (RFC 9260 §3.3.10).

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{
    Causes, ChunkType,
    parameter::{without_last_padding, write_parameters},
};

/// ERROR: something was wrong, the association goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorChunk<'a> {
    /// The causes as they stand in the chunk; see [`causes`](Self::causes).
    pub raw_causes: &'a [u8],
}

impl<'a> ErrorChunk<'a> {
    pub(super) fn parse(mut reader: Reader<'a>) -> Self {
        Self {
            raw_causes: without_last_padding(reader.all()),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        write_parameters(out, ChunkType::ERROR, 0, &[], self.raw_causes)
    }

    /// The causes, in order.
    pub const fn causes(&self) -> Causes<'a> {
        Causes::new(self.raw_causes)
    }
}
