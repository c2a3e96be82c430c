//! HEARTBEAT and HEARTBEAT ACK (RFC 9260 §3.3.5, §3.3.6).

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{ChunkType, Parameter, ParameterType, ParseError, framing::write_chunk};

/// HEARTBEAT or HEARTBEAT ACK: an opaque parameter that comes back as it went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat<'a> {
    /// The Heartbeat Information.
    pub info: &'a [u8],
}

impl<'a> Heartbeat<'a> {
    pub(super) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let parameter = Parameter::parse(&mut reader)?;
        Ok(Self {
            info: parameter.value,
        })
    }

    /// Appends the chunk as HEARTBEAT or HEARTBEAT ACK.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
    pub fn write(&self, kind: ChunkType, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let start = out.len();
        let mut written = Ok(());
        let result = write_chunk(out, kind, 0, |out| {
            written = Parameter {
                kind: ParameterType::HEARTBEAT_INFO,
                value: self.info,
            }
            .write_unpadded(out);
        });
        if written.is_err() {
            out.truncate(start);
        }
        written.and(result)
    }
}
