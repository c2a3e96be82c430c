//! Types of chunks, and what is to be done with those that are not known (RFC 9260 §3.2).

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
#[non_exhaustive]
pub struct UnknownAction {
    /// Skip it and go on; otherwise stop processing the packet (chunk) or chunk (parameter).
    pub skip: bool,
    /// Report it to the sender.
    pub report: bool,
}
