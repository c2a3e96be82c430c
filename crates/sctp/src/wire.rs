//! Bytes of SCTP packets and DCEP messages: no time, no state.
//!
//! A [`Packet`] is a view of the bytes it was read from, and so are the chunks it yields; parsing
//! allocates nothing. Every chunk type has a file of its own.

mod abort;
mod cause;
mod checksum;
mod chunk;
mod chunk_type;
mod data;
mod dcep;
mod error_chunk;
mod forward_tsn;
mod framing;
mod heartbeat;
mod init;
mod packet;
mod parameter;
mod reconfig;
mod sack;
mod shutdown_complete;
#[cfg(test)]
mod tests;

pub use abort::Abort;
pub use cause::{Cause, CauseCode, Causes};
pub use chunk::{Chunk, Unknown};
pub use chunk_type::{ChunkType, UnknownAction};
pub use data::Data;
pub use dcep::{ChannelType, Dcep, Open};
pub use error_chunk::ErrorChunk;
pub use forward_tsn::{ForwardTsn, Skipped, write_forward_tsn};
pub use heartbeat::Heartbeat;
pub use init::Init;
pub use packet::{Chunks, HEADER_LENGTH, Header, Packet, seal, verify_checksum};
pub use parameter::{Parameter, ParameterType, Parameters};
pub use reconfig::{
    ReConfig, ReConfigParameter, ReConfigParameters, ReConfigResult, ResetRequest, StreamList,
};
pub use sack::{GapBlock, Sack, write_sack};
pub use shutdown_complete::ShutdownComplete;

use strata_core::wire::Truncated;

/// Why bytes could not be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It ended early.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// A length field is smaller than what it must cover.
    #[error("a length field says {0}, too little")]
    Length(u16),
    /// Bytes follow where there should be none.
    #[error("{0} bytes follow the end")]
    TrailingBytes(usize),
    /// A DCEP message type that is not known.
    #[error("unknown DCEP message {0:#04x}")]
    UnknownMessage(u8),
    /// A DCEP channel type that is not known.
    #[error("unknown DCEP channel type {0:#04x}")]
    UnknownChannelType(u8),
}
