//! One UDP socket, with the batching that modern kernels offer.

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
};

use quinn_udp::{BATCH_SIZE, EcnCodepoint, RecvMeta, UdpSockRef, UdpSocketState};
use strata_peer::{Datagram, Ecn, Instant, Path, Transmit};
use tokio::{io::Interest, net::UdpSocket};

use crate::addresses::{Addresses, Change};

/// A UDP socket that receives and sends runs of datagrams with one system call, and knows at which of
/// the machine's addresses each datagram arrived.
#[derive(Debug)]
pub(crate) struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    addresses: Addresses,
    receive: Box<[u8]>,
}

impl Socket {
    /// Binds to `address`, to serve whom `addresses` admits.
    pub(crate) async fn bind(address: SocketAddr, addresses: Addresses) -> io::Result<Self> {
        let io = UdpSocket::bind(address).await?;
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        // The kernel grants what its limits allow; a smaller buffer only means earlier drops.
        for resize in [
            UdpSocketState::set_recv_buffer_size,
            UdpSocketState::set_send_buffer_size,
        ] {
            if let Err(error) = resize(&state, UdpSockRef::from(&io), BUFFER_SIZE) {
                tracing::debug!(%error, "socket buffer size refused");
            }
        }
        let local = io.local_addr()?;
        Ok(Self {
            io,
            state,
            local,
            addresses,
            receive: vec![0; BATCH_SIZE * RECEIVE_SIZE].into(),
        })
    }

    /// Where the socket can be reached, as far as it says so.
    pub(crate) fn candidates(&mut self, now: Instant) -> Vec<SocketAddr> {
        let addresses = self.addresses.candidates(now).into_iter();
        addresses.map(|ip| self.at(ip)).collect()
    }

    /// Looks at the machine's addresses again: what has changed for open sessions.
    pub(crate) fn watch(&mut self, now: Instant) -> Change {
        self.addresses.watch(now)
    }

    /// The address of the socket that has this address of the machine.
    pub(crate) fn at(&self, ip: IpAddr) -> SocketAddr {
        SocketAddr::new(ip, self.local.port())
    }

    /// How many datagrams were dropped because of where they came from.
    pub(crate) fn foreign(&self) -> u64 {
        self.addresses.foreign()
    }

    /// How many datagrams of one size a single send may carry. Falls to one when the network card turns
    /// out to split none.
    pub(crate) fn max_segments(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.state.max_gso_segments()).unwrap_or(NonZeroUsize::MIN)
    }

    /// Waits until there is something to receive.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.io.readable().await
    }

    /// Waits until there is room to send.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.io.writable().await
    }

    /// Hands every datagram of the next batch to `deliver`, those from senders that are not served apart.
    ///
    /// # Errors
    /// `WouldBlock` when there is none.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        mut deliver: impl FnMut(Datagram<'_>),
    ) -> io::Result<()> {
        let Self {
            io,
            state,
            local,
            addresses,
            receive,
        } = self;
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut chunks = receive.chunks_exact_mut(RECEIVE_SIZE);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        let count = io.try_io(Interest::READABLE, || {
            state.recv(UdpSockRef::from(&*io), &mut slices, &mut metas)
        })?;
        for (buffer, meta) in slices.iter_mut().zip(&metas).take(count) {
            let path = path_of(*local, meta);
            let ecn = meta.ecn.map(|ecn| match ecn {
                EcnCodepoint::Ect0 => Ecn::Ect0,
                EcnCodepoint::Ect1 => Ecn::Ect1,
                EcnCodepoint::Ce => Ecn::Ce,
            });
            let run = buffer.get_mut(..meta.len).unwrap_or_default();
            for payload in run.chunks_mut(meta.stride.max(1)) {
                if addresses.admits(now, path.remote.ip()) {
                    deliver(Datagram::new(path, payload).with_ecn(ecn));
                }
            }
        }
        Ok(())
    }

    /// Sends the datagram, or run of datagrams, that `transmit` describes.
    ///
    /// # Errors
    /// `WouldBlock` when the socket's buffer is full; other errors concern this datagram alone.
    pub(crate) fn send(&self, transmit: &Transmit, contents: &[u8]) -> io::Result<()> {
        let destination = match (self.local.ip(), transmit.path.remote) {
            (IpAddr::V6(_), SocketAddr::V4(v4)) => {
                SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
            }
            (_, remote) => remote,
        };
        let transmit = quinn_udp::Transmit {
            destination,
            ecn: transmit.ecn.map(|ecn| match ecn {
                Ecn::Ect0 => EcnCodepoint::Ect0,
                Ecn::Ect1 => EcnCodepoint::Ect1,
                Ecn::Ce => EcnCodepoint::Ce,
            }),
            contents,
            segment_size: transmit
                .segment_size
                .map(NonZeroUsize::get)
                .filter(|size| *size < contents.len()),
            // On a socket with an address of its own the kernel knows the source already.
            src_ip: self
                .local
                .ip()
                .is_unspecified()
                .then(|| transmit.path.local.ip()),
        };
        self.io.try_io(Interest::WRITABLE, || {
            self.state.try_send(UdpSockRef::from(&self.io), &transmit)
        })
    }
}

/// The path of what arrived at a socket. The sender's address bears its scope id where it has one: answers have to go
/// out on the same link.
fn path_of(local: SocketAddr, meta: &RecvMeta) -> Path {
    let ip = meta.dst_ip.unwrap_or_else(|| local.ip());
    Path::udp(SocketAddr::new(ip, local.port()), meta.addr).canonical()
}

/// The largest datagram, which is also the largest run that receive offload makes.
const RECEIVE_SIZE: usize = 65_535;

/// The kernel's socket buffers. At 1 Gbit/s this is 30 ms of data, more than the loop is ever away.
const BUFFER_SIZE: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use std::{
        net::{Ipv4Addr, SocketAddrV6},
        time::Duration,
    };

    use super::*;

    async fn received(socket: &mut Socket) -> Vec<Vec<u8>> {
        let mut delivered = Vec::new();
        loop {
            socket.readable().await.unwrap();
            let received = socket.receive(Instant::EPOCH, |datagram| {
                delivered.push(datagram.payload.to_vec());
            });
            match received {
                Ok(()) => return delivered,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn answers_go_back_to_the_link_that_the_sender_is_on() {
        let local = "[::]:7".parse().unwrap();
        let link = |ip: &str, flow, scope| {
            SocketAddr::V6(SocketAddrV6::new(ip.parse().unwrap(), 7, flow, scope))
        };
        let mut meta = RecvMeta::default();
        meta.addr = link("fe80::2", 5, 3);
        meta.dst_ip = Some("fe80::1".parse().unwrap());
        let expected = Path::udp(link("fe80::1", 0, 3), link("fe80::2", 0, 3));
        assert_eq!(path_of(local, &meta), expected);
        meta.addr = link("::ffff:192.0.2.2", 0, 0);
        meta.dst_ip = Some("::ffff:192.0.2.1".parse().unwrap());
        let [here, there] = ["192.0.2.1:7", "192.0.2.2:7"].map(|text| text.parse().unwrap());
        assert_eq!(path_of(local, &meta), Path::udp(here, there));
    }

    /// To a machine that does not have it, 127.0.0.1 is an address like any other.
    #[tokio::test]
    async fn what_comes_from_elsewhere_is_dropped_and_counted() {
        let loopback = Ipv4Addr::LOCALHOST;
        for (machine, delivered) in [
            (
                Addresses::of_listener_on(loopback.into(), || Ok(vec![])).unwrap(),
                vec![],
            ),
            (
                Addresses::of_listener_on(loopback.into(), || Ok(vec![Ipv4Addr::LOCALHOST.into()]))
                    .unwrap(),
                vec![b"hello".to_vec()],
            ),
        ] {
            let mut socket = Socket::bind((loopback, 0).into(), machine).await.unwrap();
            let sender = UdpSocket::bind((loopback, 0)).await.unwrap();
            sender.send_to(b"hello", socket.local).await.unwrap();
            let received = tokio::time::timeout(Duration::from_secs(30), received(&mut socket))
                .await
                .expect("something arrives");
            assert_eq!(received, delivered);
            assert_eq!(socket.foreign(), u64::from(delivered.is_empty()));
        }
    }
}
