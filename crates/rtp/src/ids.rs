//! The numbers an RTP header is made of.

use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut as _;
use strata_core::wire::{Reader, Truncated};

use crate::WireItem;

strata_core::serial_number! {
    /// An RTP sequence number (RFC 3550 §5.1): one more for each packet sent.
    pub struct SequenceNumber(u16, i16);
}

strata_core::serial_number! {
    /// An RTP timestamp (RFC 3550 §5.1), in units of the payload format's clock.
    pub struct Timestamp(u32, i32);
}

/// A synchronization source or contributing source (RFC 3550 §3): who a packet is from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ssrc(u32);

impl Ssrc {
    /// The source with this value on the wire.
    #[must_use]
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// The value on the wire.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl From<u32> for Ssrc {
    fn from(value: u32) -> Self {
        Self(value)
    }
}

impl From<Ssrc> for u32 {
    fn from(ssrc: Ssrc) -> Self {
        ssrc.0
    }
}

impl fmt::Debug for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ssrc({:#010x})", self.0)
    }
}

/// Decimal, as SDP writes it (RFC 5576 §4.1).
impl fmt::Display for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl WireItem for Ssrc {
    const SIZE: usize = 4;

    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        reader.u32().map(Self)
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.put_u32(self.0);
    }
}

/// What the payload of a packet is (RFC 3550 §5.1), 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(u8);

impl PayloadType {
    /// The payload type with this number, or `None` above 127.
    pub const fn new(value: u8) -> Option<Self> {
        if value < 0x80 {
            Some(Self(value))
        } else {
            None
        }
    }

    /// The lower seven bits of a header's second byte.
    pub(crate) const fn from_low_bits(byte: u8) -> Self {
        Self(byte & 0x7f)
    }

    /// The number, 0 to 127.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether a packet of this type could be taken for RTCP when both share a port: 64 to 95, which
    /// with the marker bit are 192 to 223 (RFC 5761 §4). An offerer must not use these.
    pub const fn collides_with_rtcp(self) -> bool {
        matches!(self.0, 64..=95)
    }
}

impl fmt::Display for PayloadType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A payload type was above 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("payload type {0} is above 127")]
#[non_exhaustive]
pub struct PayloadTypeError(pub u8);

impl TryFrom<u8> for PayloadType {
    type Error = PayloadTypeError;

    fn try_from(value: u8) -> Result<Self, PayloadTypeError> {
        Self::new(value).ok_or(PayloadTypeError(value))
    }
}
