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

#[cfg(test)]
mod tests {
    use core::net::SocketAddrV6;

    use super::*;

    /// RFC 4007 §6.
    #[test]
    fn both_ends_of_a_link_local_path_are_on_the_same_link() {
        let end =
            |ip: &str, scope| SocketAddr::V6(SocketAddrV6::new(ip.parse().unwrap(), 7, 5, scope));
        for (local, remote, expected) in [
            (3, 3, (3, 3)),
            (3, 0, (3, 3)),
            (0, 3, (3, 3)),
            (0, 0, (0, 0)),
            // No such path exists. It is left as it is.
            (3, 4, (3, 4)),
        ] {
            let path = Path::udp(end("fe80::1", local), end("fe80::2", remote)).canonical();
            let scopes = (scope_of(path.local), scope_of(path.remote));
            assert_eq!(scopes, expected, "{local} to {remote}");
            assert_eq!(path.canonical(), path);
        }
        let mixed = Path::udp(end("fe80::1", 3), end("2001:db8::1", 3)).canonical();
        assert_eq!(mixed.remote, "[2001:db8::1]:7".parse().unwrap());
        let mapped = Path::udp(end("::ffff:192.0.2.1", 3), end("::ffff:192.0.2.2", 3));
        let [local, remote] = ["192.0.2.1:7", "192.0.2.2:7"].map(|text| text.parse().unwrap());
        assert_eq!(mapped.canonical(), Path::udp(local, remote));
    }
}
