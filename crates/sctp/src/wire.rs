//! Bytes of SCTP packets and DCEP messages.

mod cause;
mod dcep;

pub use cause::CauseCode;
pub use dcep::{ChannelType, Dcep, Open};

use strata_core::wire::Truncated;

/// What was read is not what it should be.
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
