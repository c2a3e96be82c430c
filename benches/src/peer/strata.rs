//! strata's own.

use std::{hint::black_box, sync::Arc, time::Duration};

use bytes::Bytes;
use strata_core::{Datagram, Endpoint as _, Instant};
use strata_crypto::Certificate;
use strata_dtls::SrtpProfile;
use strata_peer::{
    ChannelConfig, ChannelId, ChannelState, Config, ConnectionState, Direction, Event, MediaKind,
    MessageKind, Mid, OutgoingRtp, PayloadType, Peer, SequenceNumber, Timestamp,
};
use strata_sim::SeededEntropy;

use super::{ADDRESSES, Contents, Peers};

/// Two peers. Their media is protected with AES-256-GCM, which str0m prefers.
#[derive(Debug)]
pub struct Strata {
    now: Instant,
    peers: [Peer; 2],
    out: Vec<u8>,
    channel: ChannelId,
    video: Option<(Mid, PayloadType)>,
    number: SequenceNumber,
    received: usize,
}

impl Strata {
    fn describe(now: Instant, peers: &mut [Peer; 2]) -> Result<(), Box<dyn std::error::Error>> {
        let [a, b] = peers;
        let offer = a.create_offer(now)?;
        a.set_local_description(now, offer.clone())?;
        b.set_remote_description(now, offer)?;
        let answer = b.create_answer(now)?;
        b.set_local_description(now, answer.clone())?;
        a.set_remote_description(now, answer)?;
        Ok(())
    }

    fn settle(&mut self) {
        let [a, b] = &mut self.peers;
        let mut moved = true;
        while moved {
            moved = pass(a, b, self.now, &mut self.out, &mut self.received);
            self.now += Duration::from_micros(100);
            moved |= pass(b, a, self.now, &mut self.out, &mut self.received);
        }
    }
}

impl Peers for Strata {
    const NAME: &'static str = "strata";
    type Message = Bytes;
    type Payload = Bytes;

    fn new(contents: Contents) -> Self {
        let now = strata_sim::START;
        let mut entropy = SeededEntropy::entropy(1);
        let mut peers = ADDRESSES.map(|address| {
            let certificate = Arc::new(Certificate::generate().expect("a certificate"));
            let mut config = Config::new(certificate);
            config.srtp_profiles = vec![SrtpProfile::AeadAes256Gcm];
            let mut peer = Peer::new(config, entropy.fork());
            if contents == Contents::VideoAndData {
                peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
                    .expect("the first section");
            }
            let address = address.parse().expect("an address");
            peer.add_local_candidate(now, address).expect("a candidate");
            peer
        });
        let [a, _] = &mut peers;
        let channel = a.open_channel(now, ChannelConfig::new("bench"));
        Self::describe(now, &mut peers).expect("descriptions that fit");
        let [a, _] = &peers;
        let video = a.transceivers().next().map(|transceiver| {
            let codec = transceiver.codecs().first().expect("a codec");
            let mid = transceiver.mid().expect("a section");
            (mid, codec.payload_type)
        });
        Self {
            now,
            video,
            peers,
            out: Vec::new(),
            channel: channel.expect("room"),
            number: SequenceNumber::new(0),
            received: 0,
        }
    }

    fn are_connected(&self) -> bool {
        let connected = |peer: &Peer| peer.connection_state() == ConnectionState::Connected;
        self.peers.iter().all(connected)
    }

    fn tick(&mut self, time: Duration) {
        self.now += time;
        for peer in &mut self.peers {
            peer.handle_timeout(self.now);
        }
        self.settle();
    }

    fn message(bytes: &Bytes) -> Bytes {
        bytes.clone()
    }

    fn payload(bytes: &Bytes) -> Bytes {
        bytes.clone()
    }

    fn send(&mut self, message: Bytes) {
        let (now, [a, _]) = (self.now, &mut self.peers);
        let mut channel = a.channel(self.channel).expect("a channel");
        assert_eq!(channel.state(), ChannelState::Open);
        channel
            .send(now, MessageKind::Binary, message)
            .expect("room");
    }

    fn write_rtp(&mut self, payload: Bytes) {
        let (mid, payload_type) = self.video.as_ref().expect("a section");
        self.number = self.number.next();
        let packet = OutgoingRtp::new(*payload_type, self.number, Timestamp::new(0), payload);
        let (now, [a, _]) = (self.now, &mut self.peers);
        a.write_rtp(now, mid, packet).expect("room");
    }

    fn received(&self) -> usize {
        self.received
    }

    fn strip(&mut self) {
        self.out = Vec::new();
    }
}

fn pass(
    from: &mut Peer,
    to: &mut Peer,
    now: Instant,
    out: &mut Vec<u8>,
    received: &mut usize,
) -> bool {
    let mut moved = false;
    while let Some(transmit) = from.poll_transmit(now, out) {
        to.handle_input(now, Datagram::new(transmit.path.reversed(), out));
        out.clear();
        moved = true;
    }
    while let Some(event) = to.poll_event() {
        *received += usize::from(matches!(
            black_box(event),
            Event::MediaPacket { .. } | Event::ChannelMessage { .. }
        ));
    }
    while from.poll_event().is_some() {}
    moved
}
