//! The chunk: what all types share (RFC 9260 §3.2).
//!
//! ```text
//! |   Chunk Type  |  Chunk Flags  |        Chunk Length           |
//! |                          Chunk Value ..                       |
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{
    Abort, ChunkType, Data, ErrorChunk, ForwardTsn, Heartbeat, Init, ParseError, ReConfig, Sack,
    ShutdownComplete,
    framing::{skip_padding, write_chunk},
};
use crate::Tsn;

/// A chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
