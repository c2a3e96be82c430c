//! Datagrams as they come in, and what an engine says of the bytes it just appended.

use core::num::NonZeroUsize;

use crate::Path;

/// Explicit congestion notification (RFC 3168 §5): the two bits of the IP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ecn {
    /// ECN-capable transport, codepoint ECT(1).
    Ect1 = 0b01,
    /// ECN-capable transport, codepoint ECT(0).
    Ect0 = 0b10,
    /// Congestion experienced.
    Ce = 0b11,
}

/// A datagram that arrived: the [`Endpoint::Input`](crate::Endpoint::Input) of engines that see addresses.
#[derive(Debug)]
#[non_exhaustive]
pub struct Datagram<'a> {
    /// Where it came from, and at which of our addresses.
    pub path: Path,
    /// The ECN codepoint it carried; `None` is Not-ECT.
    pub ecn: Option<Ecn>,
    /// Its bytes, which the engine may decrypt in place.
    pub payload: &'a mut [u8],
}

impl<'a> Datagram<'a> {
    /// A datagram without ECN. Its path becomes [canonical](Path::canonical), whatever form the socket has given.
    pub const fn new(path: Path, payload: &'a mut [u8]) -> Self {
        Self {
            path: path.canonical(),
            ecn: None,
            payload,
        }
    }

    /// The same with the ECN codepoint it carried; `None` is Not-ECT.
    #[must_use]
    pub fn with_ecn(self, ecn: Option<Ecn>) -> Self {
        Self { ecn, ..self }
    }
}

/// Describes the bytes just appended to the caller's buffer: where they go, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Transmit {
    /// Where to send them, and from which of our addresses.
    pub path: Path,
    /// The ECN codepoint to set; `None` is Not-ECT.
    pub ecn: Option<Ecn>,
    /// `None`: the bytes are one datagram. `Some(size)`: they are a run of datagrams of `size` bytes
    /// each, of which only the last may be shorter, as UDP segmentation offload takes them.
    pub segment_size: Option<NonZeroUsize>,
}

impl Transmit {
    /// One datagram, without ECN.
    pub const fn datagram(path: Path) -> Self {
        Self {
            path,
            ecn: None,
            segment_size: None,
        }
    }

    /// The same with an ECN codepoint to set; `None` is Not-ECT.
    #[must_use]
    pub const fn with_ecn(self, ecn: Option<Ecn>) -> Self {
        Self { ecn, ..self }
    }

    /// The same for a run of datagrams of `size` bytes each; `None` is one datagram.
    #[must_use]
    pub const fn with_segment_size(self, size: Option<NonZeroUsize>) -> Self {
        Self {
            segment_size: size,
            ..self
        }
    }
}
