//! SHUTDOWN COMPLETE (RFC 9260 §3.3.13).

use alloc::vec::Vec;

use strata_core::wire::TooLong;

use super::{
    ChunkType,
    framing::{has_t_bit, t_bit, write_chunk},
};

/// SHUTDOWN COMPLETE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownComplete {
    /// The verification tag is the receiver's own, reflected (T bit).
    pub reflected: bool,
}

impl ShutdownComplete {
    pub(super) const fn parse(flags: u8) -> Self {
        Self {
            reflected: has_t_bit(flags),
        }
    }

    pub(super) fn write(self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        write_chunk(
            out,
            ChunkType::SHUTDOWN_COMPLETE,
            t_bit(self.reflected),
            |_| (),
        )
    }
}
