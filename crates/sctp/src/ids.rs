//! Identifiers of the protocol.

use core::fmt;

strata_core::serial_number! {
    /// Transmission sequence number of a DATA chunk (RFC 9260 §1.6: serial arithmetic).
    pub struct Tsn(u32, i32);
}

strata_core::serial_number! {
    /// Stream sequence number of an ordered message.
    pub struct Ssn(u16, i16);
}

strata_core::serial_number! {
    /// Sequence number of a stream reconfiguration request (RFC 6525 §4.1).
    pub struct RequestNumber(u32, i32);
}

/// A stream of the association; both directions of a data channel use the same number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct StreamId(u16);

impl StreamId {
    /// The stream with this number on the wire.
    #[must_use]
    pub const fn new(value: u16) -> Self {
        Self(value)
    }

    /// The number on the wire.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({})", self.0)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Payload protocol identifier: what a message is to the layer above (RFC 8831 §8).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Ppid(pub u32);

impl Ppid {
    /// WebRTC DCEP.
    pub const DCEP: Self = Self(50);
    /// WebRTC String: UTF-8, not empty.
    pub const STRING: Self = Self(51);
    /// WebRTC Binary, not empty.
    pub const BINARY: Self = Self(53);
    /// WebRTC String Empty: the payload is one zero byte that is to be ignored.
    pub const STRING_EMPTY: Self = Self(56);
    /// WebRTC Binary Empty: the payload is one zero byte that is to be ignored.
    pub const BINARY_EMPTY: Self = Self(57);
    /// WebRTC String Partial (deprecated): a fragment of a string, made by PPID-based fragmentation.
    pub const STRING_PARTIAL: Self = Self(54);
    /// WebRTC Binary Partial (deprecated): a fragment of a binary message.
    pub const BINARY_PARTIAL: Self = Self(52);
}
