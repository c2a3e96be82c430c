//! Where datagrams come from and go to.

use core::net::SocketAddr;

use crate::address::{canonical, scope_of, with_scope};

/// The transport under a [`Path`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// One datagram is one packet.
    Udp,
    /// A stream; packets are framed (RFC 4571, or STUN's and TURN's own length).
    Tcp,
    /// A TLS stream, framed as over TCP.
    Tls,
}

/// A transport and the two addresses that datagrams on it bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The address of our own socket.
    pub local: SocketAddr,
    /// The address of the other side, as our socket sees it.
    pub remote: SocketAddr,
}

impl Path {
    /// A path over UDP.
    pub const fn udp(local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            protocol: Protocol::Udp,
            local,
            remote,
        }
    }

    /// The same path with both addresses in their [`canonical`] form.
    ///
    /// The two ends of a link-local path are on the same link, so they have the same scope id. An end without one gets
    /// that of the other.
    #[must_use]
    pub const fn canonical(self) -> Self {
        let (local, remote) = (canonical(self.local), canonical(self.remote));
        let (here, there) = (scope_of(local), scope_of(remote));
        Self {
            protocol: self.protocol,
            local: if here == 0 {
                with_scope(local, there)
            } else {
                local
            },
            remote: if there == 0 {
                with_scope(remote, here)
            } else {
                remote
            },
        }
    }

    /// The same path as the other side sees it (without address translation between them).
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            protocol: self.protocol,
            local: self.remote,
            remote: self.local,
        }
    }
}
