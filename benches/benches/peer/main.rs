//! Peers: the packet paths of the whole stack, both ends' work together, over memory.
//!
//! One iteration moves a batch from one connected peer to another: RTP written, protected, carried,
//! unprotected, routed and delivered; or a message through SCTP and DTLS, acknowledgements included. Timers
//! run too: virtual time goes on by a millisecond with each batch.
//!
//! The ciphers are the same on all sides. Media: SRTP with AES-256-GCM, which str0m prefers and we are told
//! to use. Data: DTLS 1.2 with AES-128-GCM, which both prefer. Ours are those of `ring`; str0m's are those
//! of AWS-LC, the fastest of its backends. str0m is in its RTP mode, without bandwidth estimation.
//!
//! Both write one header extension, the MID. The rest of the work with media is not all the same: str0m keeps a
//! receiver's statistics and sends RTCP reports by itself. Our peer leaves that to its owner; the difference is
//! part of what `str0m` takes there.
//!
//! `limit` is the copies and the ciphers that no implementation can avoid: each payload copied and the
//! cipher run over it, once on each side.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

mod rival;

use std::{hint::black_box, sync::Arc, time::Duration};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_core::{Datagram, Endpoint as _, Instant};
use strata_crypto::{
    Certificate,
    aead::{Algorithm, Key},
};
use strata_dtls::SrtpProfile;
use strata_peer::{
    ChannelConfig, ChannelId, Config, ConnectionState, Direction, Event, MediaKind, MessageKind,
    Mid, OutgoingRtp, PayloadType, Peer, SequenceNumber, Timestamp,
};
use strata_sim::SeededEntropy;

use crate::rival::Rivals;

const PAYLOAD: usize = 1100;
const BATCH: u16 = 64;
const MESSAGE: usize = 64 * 1024;

/// Two connected peers in one place.
struct Direct {
    now: Instant,
    peers: [Peer; 2],
    out: Vec<u8>,
    received: usize,
}

impl Direct {
    fn new() -> Self {
        let now = strata_sim::START;
        let mut entropy = SeededEntropy::entropy(1);
        let peers = ["192.0.2.1:5000", "192.0.2.2:5000"].map(|address| {
            let certificate = Arc::new(Certificate::generate().expect("a certificate"));
            let mut config = Config::new(certificate);
            config.srtp_profiles = vec![SrtpProfile::AeadAes256Gcm];
            let mut peer = Peer::new(config, entropy.fork());
            peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
                .expect("the first section");
            let address = address.parse().expect("an address");
            peer.add_local_candidate(now, address).expect("a candidate");
            peer
        });
        let mut direct = Self {
            now,
            peers,
            out: Vec::new(),
            received: 0,
        };
        direct.describe().expect("descriptions that fit");
        for _ in 0..200 {
            direct.tick(Duration::from_millis(10));
        }
        let connected = |peer: &Peer| peer.connection_state() == ConnectionState::Connected;
        assert!(direct.peers.iter().all(connected));
        direct
    }

    fn describe(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        let (now, [a, b]) = (self.now, &mut self.peers);
        a.open_channel(now, ChannelConfig::new("bench"))?;
        let offer = a.create_offer(now)?;
        a.set_local_description(now, offer.clone())?;
        b.set_remote_description(now, offer)?;
        let answer = b.create_answer(now)?;
        b.set_local_description(now, answer.clone())?;
        a.set_remote_description(now, answer)?;
        Ok(())
    }

    fn tick(&mut self, time: Duration) {
        self.now += time;
        for peer in &mut self.peers {
            peer.handle_timeout(self.now);
        }
        self.settle();
    }

    /// Moves datagrams and takes events until there are none.
    fn settle(&mut self) {
        let [a, b] = &mut self.peers;
        let mut moved = true;
        while moved {
            moved = pass(a, b, self.now, &mut self.out, &mut self.received);
            self.now += Duration::from_micros(100);
            moved |= pass(b, a, self.now, &mut self.out, &mut self.received);
        }
    }

    fn video(&self) -> (Mid, PayloadType) {
        let [peer, _] = &self.peers;
        let transceiver = peer.transceivers().next().expect("a transceiver");
        let codec = transceiver.codecs().first().expect("a codec");
        (transceiver.mid().expect("a section"), codec.payload_type)
    }

    fn channel(&self) -> ChannelId {
        let [peer, _] = &self.peers;
        peer.channel_ids().next().expect("a channel")
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

fn media(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("peer/media");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let mut direct = Direct::new();
    let (mid, payload_type) = direct.video();
    let payload = Bytes::from(vec![7; PAYLOAD]);
    let mut number = SequenceNumber::new(0);
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            for _ in 0..BATCH {
                number = number.next();
                let packet =
                    OutgoingRtp::new(payload_type, number, Timestamp::new(0), payload.clone());
                let (now, [a, _]) = (direct.now, &mut direct.peers);
                a.write_rtp(now, &mid, packet).expect("room");
            }
            let before = direct.received;
            direct.tick(Duration::from_millis(1));
            assert_eq!(direct.received - before, usize::from(BATCH));
        });
    });
    let mut rivals = Rivals::new();
    let payload_type = rivals.payload_type();
    let shared: Arc<[u8]> = payload.as_ref().into();
    let mut number = 0;
    group.bench_function("str0m", |bencher| {
        bencher.iter(|| {
            let before = rivals.told.received;
            for _ in 0..BATCH {
                number += 1;
                rivals.write_rtp(payload_type, number, shared.clone());
            }
            rivals.tick(Duration::from_millis(1));
            assert_eq!(rivals.told.received - before, usize::from(BATCH));
        });
    });
    let mut limit = Limit::new(Algorithm::Aes256Gcm, 32);
    group.bench_function("limit", |bencher| {
        bencher.iter(|| (0..BATCH).for_each(|_| limit.carry(&payload)));
    });
    group.finish();
}

fn data(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("peer/data");
    group.throughput(Throughput::Bytes(MESSAGE as u64));
    let mut direct = Direct::new();
    let id = direct.channel();
    let message = Bytes::from(vec![7; MESSAGE]);
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            let (now, [a, _]) = (direct.now, &mut direct.peers);
            let mut channel = a.channel(id).expect("an open channel");
            channel
                .send(now, MessageKind::Binary, message.clone())
                .expect("room");
            let before = direct.received;
            while direct.received == before {
                direct.tick(Duration::from_millis(1));
            }
        });
    });
    let mut rivals = Rivals::new();
    group.bench_function("str0m", |bencher| {
        bencher.iter(|| {
            let before = rivals.told.received;
            rivals.send(&message);
            while rivals.told.received == before {
                rivals.tick(Duration::from_millis(1));
            }
        });
    });
    let mut limit = Limit::new(Algorithm::Aes128Gcm, 16);
    group.bench_function("limit", |bencher| {
        bencher.iter(|| message.chunks(PAYLOAD).for_each(|chunk| limit.carry(chunk)));
    });
    group.finish();
}

/// What carrying a payload costs at least.
struct Limit {
    key: Key,
    packet: Vec<u8>,
    delivered: Vec<u8>,
}

impl Limit {
    fn new(algorithm: Algorithm, key_len: usize) -> Self {
        Self {
            key: Key::new(algorithm, &vec![7; key_len]).expect("a key"),
            packet: Vec::new(),
            delivered: Vec::new(),
        }
    }

    fn carry(&mut self, payload: &[u8]) {
        self.packet.clear();
        self.packet.extend_from_slice(payload);
        let tag = self.key.seal_in_place([1; 12], &[], &mut self.packet);
        let tag = tag.expect("a payload that fits");
        self.packet.extend_from_slice(&tag);
        let length = self.key.open_in_place([1; 12], &[], &mut self.packet);
        self.delivered.clear();
        let plain = self.packet.get(..length.expect("what was sealed"));
        self.delivered.extend_from_slice(plain.unwrap_or_default());
        black_box(&self.delivered);
    }
}

criterion_group!(benches, media, data);
criterion_main!(benches);
