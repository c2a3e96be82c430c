//! HEARTBEAT, ABORT, ERROR and SHUTDOWN COMPLETE (RFC 9260 §3.3.5, §3.3.7, §3.3.10, §3.3.13).

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{
    Causes, ChunkType, Parameter, ParameterType, ParseError,
    chunk::{write_chunk, write_parameters},
    parameter::without_last_padding,
};

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

/// ABORT: the association is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort<'a> {
    /// The verification tag is the receiver's own, reflected (T bit, RFC 9260 §8.5.1).
    pub reflected: bool,
    /// The causes as they stand in the chunk; see [`causes`](Self::causes).
    pub raw_causes: &'a [u8],
}

const T: u8 = 0x01;

impl<'a> Abort<'a> {
    pub(super) fn parse(flags: u8, mut reader: Reader<'a>) -> Self {
        Self {
            reflected: flags & T != 0,
            raw_causes: without_last_padding(reader.all()),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let flags = if self.reflected { T } else { 0 };
        write_parameters(out, ChunkType::ABORT, flags, &[], self.raw_causes)
    }

    /// The causes, in order.
    pub const fn causes(&self) -> Causes<'a> {
        Causes::new(self.raw_causes)
    }
}

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

/// SHUTDOWN COMPLETE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownComplete {
    /// The verification tag is the receiver's own, reflected (T bit).
    pub reflected: bool,
}

impl ShutdownComplete {
    pub(super) const fn parse(flags: u8) -> Self {
        Self {
            reflected: flags & T != 0,
        }
    }

    pub(super) fn write(self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let flags = if self.reflected { T } else { 0 };
        write_chunk(out, ChunkType::SHUTDOWN_COMPLETE, flags, |_| ())
    }
}
