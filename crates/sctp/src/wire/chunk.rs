//! The chunk: what all types share (RFC 9260 §3.2).
//!
//! ```text
//! |   Chunk Type  |  Chunk Flags  |        Chunk Length           |
//! |                          Chunk Value ..                       |
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong, patch};

use super::{
    Abort, Data, ErrorChunk, ForwardTsn, Heartbeat, Init, ParseError, ReConfig, Sack,
    ShutdownComplete, parameter::without_last_padding,
};
use crate::Tsn;

/// A chunk's type on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChunkType(pub u8);

impl ChunkType {
    /// Payload Data.
    pub const DATA: Self = Self(0);
    /// Initiation.
    pub const INIT: Self = Self(1);
    /// Initiation Acknowledgement.
    pub const INIT_ACK: Self = Self(2);
    /// Selective Acknowledgement.
    pub const SACK: Self = Self(3);
    /// Heartbeat Request.
    pub const HEARTBEAT: Self = Self(4);
    /// Heartbeat Acknowledgement.
    pub const HEARTBEAT_ACK: Self = Self(5);
    /// Abort.
    pub const ABORT: Self = Self(6);
    /// Shutdown.
    pub const SHUTDOWN: Self = Self(7);
    /// Shutdown Acknowledgement.
    pub const SHUTDOWN_ACK: Self = Self(8);
    /// Operation Error.
    pub const ERROR: Self = Self(9);
    /// State Cookie.
    pub const COOKIE_ECHO: Self = Self(10);
    /// Cookie Acknowledgement.
    pub const COOKIE_ACK: Self = Self(11);
    /// Shutdown Complete.
    pub const SHUTDOWN_COMPLETE: Self = Self(14);
    /// Stream reconfiguration (RFC 6525).
    pub const RE_CONFIG: Self = Self(130);
    /// Forward Cumulative TSN (RFC 3758).
    pub const FORWARD_TSN: Self = Self(192);

    /// RFC 9260 §3.2: what the two highest bits of an unknown type ask for.
    pub const fn unknown_action(self) -> UnknownAction {
        UnknownAction {
            skip: self.0 & 0x80 != 0,
            report: self.0 & 0x40 != 0,
        }
    }
}

/// What to do with an unknown chunk or parameter: the two highest bits of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownAction {
    /// Skip it and go on; otherwise stop processing the packet (chunk) or chunk (parameter).
    pub skip: bool,
    /// Report it to the sender.
    pub report: bool,
}

/// A chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// DATA.
    Data(Data<'a>),
    /// INIT.
    Init(Init<'a>),
    /// INIT ACK.
    InitAck(Init<'a>),
    /// SACK.
    Sack(Sack<'a>),
    /// HEARTBEAT.
    Heartbeat(Heartbeat<'a>),
    /// HEARTBEAT ACK.
    HeartbeatAck(Heartbeat<'a>),
    /// ABORT.
    Abort(Abort<'a>),
    /// SHUTDOWN, with the cumulative TSN ack.
    Shutdown(Tsn),
    /// SHUTDOWN ACK.
    ShutdownAck,
    /// ERROR.
    Error(ErrorChunk<'a>),
    /// COOKIE ECHO, with the cookie.
    CookieEcho(&'a [u8]),
    /// COOKIE ACK.
    CookieAck,
    /// SHUTDOWN COMPLETE.
    ShutdownComplete(ShutdownComplete),
    /// RE-CONFIG.
    ReConfig(ReConfig<'a>),
    /// FORWARD-TSN.
    ForwardTsn(ForwardTsn<'a>),
    /// Any other.
    Unknown(Unknown<'a>),
}

/// A chunk of a type that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown<'a> {
    /// Its type.
    pub kind: ChunkType,
    /// Its flags.
    pub flags: u8,
    /// Its value.
    pub value: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Takes the next chunk, with its padding.
    ///
    /// # Errors
    /// [`ParseError`] if its length is wrong or its value does not fit.
    pub fn parse(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let kind = ChunkType(reader.u8()?);
        let flags = reader.u8()?;
        let length = reader.u16()?;
        let value = length
            .checked_sub(4)
            .ok_or(ParseError::Length(length))
            .map(usize::from)?;
        let value = reader.take(value)?;
        skip_padding(reader, value.len());
        Self::parse_value(kind, flags, value)
    }

    fn parse_value(kind: ChunkType, flags: u8, value: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(value);
        Ok(match kind {
            ChunkType::DATA => Self::Data(Data::parse(flags, reader)?),
            ChunkType::SACK => Self::Sack(Sack::parse(reader)?),
            ChunkType::INIT => Self::Init(Init::parse(reader)?),
            ChunkType::INIT_ACK => Self::InitAck(Init::parse(reader)?),
            ChunkType::HEARTBEAT => Self::Heartbeat(Heartbeat::parse(reader)?),
            ChunkType::HEARTBEAT_ACK => Self::HeartbeatAck(Heartbeat::parse(reader)?),
            ChunkType::ABORT => Self::Abort(Abort::parse(flags, reader)),
            ChunkType::SHUTDOWN => Self::Shutdown(Tsn::new(reader.u32()?)),
            ChunkType::SHUTDOWN_ACK => Self::ShutdownAck,
            ChunkType::ERROR => Self::Error(ErrorChunk::parse(reader)),
            ChunkType::COOKIE_ECHO => Self::CookieEcho(value),
            ChunkType::COOKIE_ACK => Self::CookieAck,
            ChunkType::SHUTDOWN_COMPLETE => Self::ShutdownComplete(ShutdownComplete::parse(flags)),
            ChunkType::RE_CONFIG => Self::ReConfig(ReConfig::parse(reader)),
            ChunkType::FORWARD_TSN => Self::ForwardTsn(ForwardTsn::parse(reader)?),
            kind => Self::Unknown(Unknown { kind, flags, value }),
        })
    }

    /// Appends the chunk, padded.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        match self {
            Self::Data(data) => data.write(out),
            Self::Init(init) => init.write(ChunkType::INIT, out),
            Self::InitAck(init) => init.write(ChunkType::INIT_ACK, out),
            Self::Sack(sack) => sack.write(out),
            Self::Heartbeat(heartbeat) => heartbeat.write(ChunkType::HEARTBEAT, out),
            Self::HeartbeatAck(heartbeat) => heartbeat.write(ChunkType::HEARTBEAT_ACK, out),
            Self::Abort(abort) => abort.write(out),
            Self::Shutdown(cumulative) => write_chunk(out, ChunkType::SHUTDOWN, 0, |out| {
                out.extend_from_slice(&cumulative.get().to_be_bytes());
            }),
            Self::ShutdownAck => write_chunk(out, ChunkType::SHUTDOWN_ACK, 0, |_| ()),
            Self::Error(error) => error.write(out),
            Self::CookieEcho(cookie) => write_chunk(out, ChunkType::COOKIE_ECHO, 0, |out| {
                out.extend_from_slice(cookie);
            }),
            Self::CookieAck => write_chunk(out, ChunkType::COOKIE_ACK, 0, |_| ()),
            Self::ShutdownComplete(complete) => complete.write(out),
            Self::ReConfig(reconfig) => reconfig.write(out),
            Self::ForwardTsn(forward) => forward.write(out),
            Self::Unknown(unknown) => write_chunk(out, unknown.kind, unknown.flags, |out| {
                out.extend_from_slice(unknown.value);
            }),
        }
    }
}

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

/// Appends a chunk that ends with parameters or causes. RFC 9260 §3.2: its length does not count the
/// padding of the last one.
pub(super) fn write_parameters(
    out: &mut Vec<u8>,
    kind: ChunkType,
    flags: u8,
    fixed: &[u8],
    parameters: &[u8],
) -> Result<(), TooLong> {
    write_chunk(out, kind, flags, |out| {
        out.extend_from_slice(fixed);
        out.extend_from_slice(without_last_padding(parameters));
    })
}

/// Patches the length that stands 2 bytes after `start`, and pads to 4 bytes.
pub(super) fn finish(out: &mut Vec<u8>, start: usize) -> Result<(), TooLong> {
    patch_length(out, start)?;
    pad(out, start);
    Ok(())
}

/// Patches the length that stands 2 bytes after `start`. RFC 9260 §3.2, §3.2.1: it counts no padding.
pub(super) fn patch_length(out: &mut Vec<u8>, start: usize) -> Result<(), TooLong> {
    let actual = out.len() - start;
    let Ok(length) = u16::try_from(actual) else {
        out.truncate(start);
        return Err(TooLong {
            limit: usize::from(u16::MAX),
            actual,
        });
    };
    patch(out, start + 2, &length.to_be_bytes());
    Ok(())
}

/// Pads what begins at `start` to a multiple of 4 bytes.
pub(super) fn pad(out: &mut Vec<u8>, start: usize) {
    let padding = (out.len() - start).wrapping_neg() & 3;
    out.extend([0; 3].into_iter().take(padding));
}

/// RFC 9260 §3.2: padding is at most 3 bytes. At the end of a packet some senders leave it out.
pub(super) fn skip_padding(reader: &mut Reader<'_>, length: usize) {
    let padding = length.wrapping_neg() & 3;
    let padding = padding.min(reader.remaining());
    // Cannot fail: no more is taken than is there.
    let _ = reader.take(padding);
}
