//! SCTP: bulk transfer over an in-memory link, both ends' work together, and reading one packet.
//!
//! `limit` is what no implementation can avoid: each packet's bytes copied and summed, once on each side.
//! Goodput over a simulated path is printed before: virtual time, so it does not depend on the machine.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

use std::{hint::black_box, time::Duration};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sctp_proto::PayloadProtocolIdentifier;
use strata_core::{Endpoint, Instant};
use strata_sctp::{
    ChannelConfig, ChannelId, Config, CongestionControl, DataChannels, Event, MessageKind, Role,
    wire::{Chunk, Packet, verify_checksum},
};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

#[path = "../../crates/sctp/tests/support/rival.rs"]
mod rival;
use rival::Rival;

const MESSAGE: usize = 64 * 1024;
const MESSAGES: usize = 32;
const PAYLOAD: usize = 1132;

/// Two ends in one place, and the time.
struct Direct<E> {
    ends: [E; 2],
    now: Instant,
    out: Vec<u8>,
}

impl<E> Direct<E>
where
    E: for<'a> Endpoint<Input<'a> = &'a mut [u8], Transmit = ()>,
{
    const fn new(ends: [E; 2]) -> Self {
        Self {
            ends,
            now: Instant::from_millis(1),
            out: Vec::new(),
        }
    }

    /// Passes packets, bursts of them in turn, until both ends are quiet. Returns how many events the
    /// second end told that `counts`.
    fn run(&mut self, counts: impl Fn(&E::Event) -> bool) -> usize {
        let [a, b] = &mut self.ends;
        let mut told = 0;
        loop {
            let sent = Self::pass(a, b, self.now, &mut self.out);
            while let Some(event) = b.poll_event() {
                told += usize::from(counts(&event));
            }
            self.now += Duration::from_micros(200);
            let answered = Self::pass(b, a, self.now, &mut self.out);
            while a.poll_event().is_some() {}
            self.now += Duration::from_micros(200);
            if !sent && !answered {
                return told;
            }
            for end in [&mut *a, &mut *b] {
                if end.poll_timeout().is_some_and(|at| at <= self.now) {
                    end.handle_timeout(self.now);
                }
            }
        }
    }

    fn pass(from: &mut E, to: &mut E, now: Instant, out: &mut Vec<u8>) -> bool {
        let mut any = false;
        for _ in 0..32 {
            out.clear();
            if from.poll_transmit(now, out).is_none() {
                break;
            }
            any = true;
            to.handle_input(now, out);
        }
        any
    }
}

fn engine(seed: u64, role: Role, congestion: CongestionControl) -> DataChannels {
    let mut config = Config::default();
    config.congestion = congestion;
    let mut channels = DataChannels::new(config, SeededEntropy::entropy(seed));
    channels.set_role(Instant::EPOCH, role);
    channels
}

fn strata() -> (Direct<DataChannels>, ChannelId) {
    let mut client = engine(1, Role::Client, CongestionControl::default());
    let server = engine(2, Role::Server, CongestionControl::default());
    let now = Instant::from_millis(1);
    let id = client.open(now, ChannelConfig::new("bulk")).expect("room");
    client.connect(now);
    let mut direct = Direct::new([client, server]);
    direct.run(|_| false);
    (direct, id)
}

fn rival() -> Direct<Rival> {
    let mut client = Rival::new();
    client.connect();
    let mut direct = Direct::new([client, Rival::new()]);
    direct.run(|_| false);
    direct
}

/// Copies and sums as both sides must.
fn limit(message: &[u8], out: &mut Vec<u8>, into: &mut Vec<u8>) {
    for fragment in message.chunks(PAYLOAD) {
        out.clear();
        out.extend_from_slice(&[0; 28]);
        out.extend_from_slice(fragment);
        black_box(crc_fast::crc32_iscsi(out));
        black_box(crc_fast::crc32_iscsi(out));
        into.clear();
        into.extend_from_slice(fragment);
        black_box(&into);
    }
}

fn bulk(c: &mut Criterion) {
    let message = Bytes::from(vec![7; MESSAGE]);
    let mut group = c.benchmark_group("sctp/bulk_transfer");
    group.throughput(Throughput::Bytes((MESSAGE * MESSAGES) as u64));
    group.sample_size(20);
    let (mut direct, id) = strata();
    group.bench_function("strata", |b| {
        b.iter(|| {
            for _ in 0..MESSAGES {
                let mut channel = direct.ends[0].channel(id).expect("open");
                let kind = MessageKind::Binary;
                channel
                    .send(direct.now, kind, message.clone())
                    .expect("room");
            }
            let arrived = direct.run(|event| matches!(event, Event::Message { .. }));
            assert_eq!(arrived, MESSAGES);
        });
    });
    let mut direct = rival();
    group.bench_function("sctp-proto", |b| {
        b.iter(|| {
            for _ in 0..MESSAGES {
                direct.ends[0].send(0, PayloadProtocolIdentifier::Binary, &message);
            }
            assert_eq!(direct.run(|_| true), MESSAGES);
        });
    });
    let (mut out, mut into) = (Vec::new(), Vec::new());
    group.bench_function("limit", |b| {
        b.iter(|| (0..MESSAGES).for_each(|_| limit(&message, &mut out, &mut into)));
    });
    group.finish();
}

fn read(c: &mut Criterion) {
    let (mut direct, id) = strata();
    let mut channel = direct.ends[0].channel(id).expect("open");
    let message = vec![7; PAYLOAD];
    channel
        .send(direct.now, MessageKind::Binary, message)
        .expect("room");
    let mut packet = Vec::new();
    while packet.len() < PAYLOAD {
        // What comes first may be a SACK by itself.
        packet.clear();
        let sent = direct.ends[0].poll_transmit(direct.now, &mut packet);
        sent.expect("DATA");
    }
    let mut group = c.benchmark_group("sctp/read_packet");
    group.throughput(Throughput::Bytes(packet.len() as u64));
    group.bench_function("strata", |b| {
        b.iter(|| {
            assert!(verify_checksum(black_box(&mut packet)));
            let chunks = Packet::parse(&packet).expect("a packet").chunks();
            chunks
                .flatten()
                .filter(|chunk| matches!(chunk, Chunk::Data(_)))
                .count()
        });
    });
    group.bench_function("limit", |b| {
        b.iter(|| black_box(crc_fast::crc32_iscsi(black_box(&packet))));
    });
    group.finish();
}

/// 100 Mbit/s, 50 ms there and back, a queue of 256 kB.
fn path(loss: f64) -> LinkConfig {
    LinkConfig::new()
        .rate(100_000_000)
        .delay(Duration::from_millis(25))
        .queue_bytes(256 * 1024)
        .loss(loss)
}

/// Mbit/s of user bytes over 20 s.
fn goodput(congestion: CongestionControl, loss: f64) -> f64 {
    let client = engine(1, Role::Client, congestion);
    let server = engine(2, Role::Server, congestion);
    let mut pair = Pair::new(client, server, path(loss), 7);
    let now = pair.now();
    pair.a.connect(now);
    let id = pair.a.open(now, ChannelConfig::new("bulk")).expect("room");
    let message = Bytes::from(vec![7; MESSAGE]);
    let end = now + Duration::from_secs(20);
    while pair.now() < end {
        let now = pair.now();
        let mut channel = pair.a.channel(id).expect("open");
        while channel.buffered_amount() < 1 << 20 {
            let sent = channel.send(now, MessageKind::Binary, message.clone());
            if sent.is_err() {
                break;
            }
        }
        pair.run_for(Duration::from_millis(5)).expect("no livelock");
        pair.b_events.clear();
        pair.a_events.clear();
    }
    megabits_per_second(pair.b.stats().received.message_bytes)
}

/// Of bytes in 20 s.
#[expect(clippy::cast_precision_loss, reason = "a figure to read")]
fn megabits_per_second(bytes: u64) -> f64 {
    (bytes * 8) as f64 / 20.0 / 1e6
}

fn rival_goodput(loss: f64) -> f64 {
    let mut client = Rival::new();
    client.connect();
    let mut pair = Pair::new(client, Rival::new(), path(loss), 7);
    let message = Bytes::from(vec![7; MESSAGE]);
    let end = pair.now() + Duration::from_secs(20);
    let mut bytes = 0_u64;
    pair.run_for(Duration::from_millis(300))
        .expect("no livelock");
    while pair.now() < end {
        while pair.a.buffered(0) < 1 << 20 {
            pair.a.send(0, PayloadProtocolIdentifier::Binary, &message);
        }
        pair.run_for(Duration::from_millis(5)).expect("no livelock");
        for (_, (_, _, message)) in pair.b_events.drain(..) {
            bytes += message.len() as u64;
        }
    }
    megabits_per_second(bytes)
}

#[expect(
    clippy::print_stdout,
    reason = "figures that criterion has no place for"
)]
fn report_goodput(_: &mut Criterion) {
    for loss in [0.0, 0.01] {
        println!(
            "goodput at 100 Mbit/s, 50 ms, {loss} loss: strata {:.1} (NewReno {:.1}), sctp-proto {:.1} Mbit/s",
            goodput(CongestionControl::Westwood, loss),
            goodput(CongestionControl::NewReno, loss),
            rival_goodput(loss),
        );
    }
}

criterion_group!(benches, report_goodput, bulk, read);
criterion_main!(benches);
