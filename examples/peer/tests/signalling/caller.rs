//! A caller whose every packet the test sees.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use strata_peer::{
    Certificate, Config, ConnectionState, Datagram, Description, Direction, Endpoint as _, Entropy,
    Event, Instant, MediaKind, OutgoingRtp, Path, PayloadType, Peer, SequenceNumber, Ssrc,
    Timestamp,
    rtp::rtcp::{Compound, Packet},
};
use tokio::net::UdpSocket;

use super::{Session, open};

/// A peer connection on a socket of its own that sends video.
pub(crate) struct Caller {
    pub(crate) peer: Peer,
    socket: UdpSocket,
    began: tokio::time::Instant,
}

impl Caller {
    pub(crate) async fn of(page: &str) -> (Self, Session) {
        let config = Config::new(Arc::new(Certificate::generate().unwrap()));
        let mut caller = Self {
            peer: Peer::new(config, Entropy::system()),
            socket: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap(),
            began: tokio::time::Instant::now(),
        };
        let (now, peer) = (caller.now(), &mut caller.peer);
        peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
            .unwrap();
        let own = caller.socket.local_addr().unwrap();
        peer.add_local_candidate(now, own).unwrap();
        let offer = peer.create_offer(now).unwrap();
        peer.set_local_description(now, offer).unwrap();
        let session = open(page, &peer.local_description().unwrap()).await;
        peer.set_remote_description(now, Description::answer(&*session.sdp))
            .unwrap();
        (caller, session)
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::EPOCH + self.began.elapsed()
    }

    /// Sends a packet with this number once that is possible, and says as which source it comes back.
    pub(crate) async fn echo_of_a_packet(&mut self, number: u16) -> Ssrc {
        let connected = Event::ConnectionStateChanged(ConnectionState::Connected);
        self.wait(|event| (event == connected).then_some(())).await;
        let mid = self.peer.transceivers().next().unwrap().mid().unwrap();
        let packet = OutgoingRtp::new(
            PayloadType::new(96).unwrap(),
            SequenceNumber::new(number),
            Timestamp::new(u32::from(number)),
            b"frame".as_slice().into(),
        )
        .with_marker(true);
        self.peer.write_rtp(self.now(), &mid, packet).unwrap();
        self.wait(|event| {
            let Event::MediaPacket { packet, .. } = event else {
                return None;
            };
            Some(packet.view().ssrc())
        })
        .await
    }

    /// Who leaves.
    pub(crate) async fn goodbye(&mut self) -> Vec<Ssrc> {
        self.wait(|event| {
            assert!(!matches!(event, Event::Closed { .. }), "without a goodbye");
            let Event::Rtcp { packet } = event else {
                return None;
            };
            let packets = Compound::parse(&packet).unwrap();
            packets.iter().flatten().find_map(|packet| {
                let Packet::Bye(bye) = packet else {
                    return None;
                };
                Some(bye.ssrcs.iter().collect())
            })
        })
        .await
    }

    /// Lives on until there is an event that is looked for.
    async fn wait<T>(&mut self, look: impl FnMut(Event) -> Option<T>) -> T {
        let found = tokio::time::timeout(PATIENCE, self.live(look));
        found.await.expect("it happens in time")
    }

    async fn live<T>(&mut self, mut look: impl FnMut(Event) -> Option<T>) -> T {
        let mut buffer = vec![0; 2048];
        loop {
            let now = self.now();
            self.peer.handle_timeout(now);
            let mut out = Vec::new();
            while let Some(transmit) = self.peer.poll_transmit(now, &mut out) {
                // The server has more addresses than can be reached from here.
                let _ = self.socket.send_to(&out, transmit.path.remote).await;
                out.clear();
            }
            while let Some(event) = self.peer.poll_event() {
                if let Some(found) = look(event) {
                    return found;
                }
            }
            let received = self.socket.recv_from(&mut buffer);
            // Timers are looked at every 5 ms, which is soon enough here.
            if let Ok(received) = tokio::time::timeout(Duration::from_millis(5), received).await {
                let (length, from) = received.unwrap();
                let path = Path::udp(self.socket.local_addr().unwrap(), from);
                let datagram = Datagram::new(path, &mut buffer[..length]);
                self.peer.handle_input(self.now(), datagram);
            }
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
