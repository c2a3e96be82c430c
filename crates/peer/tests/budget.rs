//! What a peer costs: allocations for each packet, and heap at rest.
#![cfg(test)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests pick the events they are about"
)]

#[path = "whole_call/support.rs"]
#[expect(dead_code, reason = "shared with the whole calls, which use all of it")]
mod support;

use std::{collections::VecDeque, time::Duration};

use allocation_counter::{AllocationInfo, measure};
use strata_core::{Datagram, Endpoint as _, Entropy, Instant, Path};
use strata_peer::{Event, MessageKind, Peer};

use crate::support::{Contents, EVERYTHING, connected, describe, packet, peers, sections};

/// The budget of a connected peer with a data channel that is at rest.
const RESTING_BYTES: i64 = 25 * 1024;

/// Two peers side by side: nothing of the network's own is counted.
struct Direct {
    now: Instant,
    peers: [Peer; 2],
    out: Vec<u8>,
    received: [usize; 2],
    /// RTCP compounds that arrived.
    reports: usize,
    /// Datagrams that were sent, lost ones too.
    sent: usize,
    /// Of a hundred datagrams, so many are lost.
    loss: u64,
    dice: Entropy,
    /// How long a datagram takes.
    delay: Duration,
    /// Datagrams on their way to the first peer and to the second.
    flying: [VecDeque<(Instant, Path, Vec<u8>)>; 2],
    /// Room for datagrams on their way.
    spare: Vec<Vec<u8>>,
}

impl Direct {
    fn new(contents: Contents) -> Self {
        let configs = [support::offerer_config(), support::answerer_config()];
        let peers = peers(
            configs,
            contents,
            &mut strata_sim::SeededEntropy::entropy(1),
        );
        Self {
            now: strata_sim::START,
            peers,
            out: Vec::with_capacity(1 << 16),
            received: [0; 2],
            reports: 0,
            sent: 0,
            loss: 0,
            dice: strata_sim::SeededEntropy::entropy(2),
            delay: Duration::ZERO,
            flying: [VecDeque::new(), VecDeque::new()],
            spare: Vec::new(),
        }
    }

    /// From now on datagrams take some time. Room for them is made here, for none to be counted later.
    fn delay(&mut self, delay: Duration) {
        self.delay = delay;
        self.spare = std::iter::repeat_with(|| Vec::with_capacity(1500))
            .take(8192)
            .collect();
        for flying in &mut self.flying {
            flying.reserve(8192);
        }
    }

    fn connect(&mut self) {
        let [a, b] = &mut self.peers;
        describe(a, b, self.now);
        for _ in 0..200 {
            self.tick(Duration::from_millis(10));
        }
        assert!(self.peers.iter().all(connected));
    }

    fn tick(&mut self, time: Duration) {
        self.now += time;
        for peer in &mut self.peers {
            peer.handle_timeout(self.now);
        }
        self.settle();
    }

    /// Delivers what has been on its way for long enough.
    fn arrive(&mut self) {
        for (peer, flying) in self.peers.iter_mut().zip(&mut self.flying) {
            while let Some((at, ..)) = flying.front()
                && *at <= self.now
                && let Some((_, path, mut bytes)) = flying.pop_front()
            {
                peer.handle_input(self.now, Datagram::new(path, &mut bytes));
                bytes.clear();
                self.spare.push(bytes);
            }
        }
    }

    /// Moves all datagrams and takes all events.
    fn settle(&mut self) {
        self.arrive();
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for from in [0, 1] {
                let flying = &mut self.flying[1 - from];
                let [a, b] = &mut self.peers;
                let (from, to, received) = match from {
                    0 => (a, b, &mut self.received[0]),
                    _ => (b, a, &mut self.received[1]),
                };
                while let Some(transmit) = from.poll_transmit(self.now, &mut self.out) {
                    self.sent += 1;
                    moved = true;
                    let path = transmit.path.reversed();
                    if self.dice.below(100) < self.loss {
                        // It is gone.
                    } else if self.delay.is_zero() {
                        to.handle_input(self.now, Datagram::new(path, &mut self.out));
                    } else {
                        let mut bytes = self.spare.pop().unwrap_or_default();
                        bytes.extend_from_slice(&self.out);
                        flying.push_back((self.now + self.delay, path, bytes));
                    }
                    self.out.clear();
                }
                while let Some(event) = from.poll_event() {
                    self.reports += usize::from(matches!(event, Event::Rtcp { .. }));
                    *received += usize::from(matches!(
                        event,
                        Event::MediaPacket { .. } | Event::ChannelMessage { .. }
                    ));
                }
            }
        }
    }
}

/// Writes these packets of the first side's video; after each ten of them, `then` happens.
fn send_video(direct: &mut Direct, numbers: std::ops::Range<u16>, then: impl Fn(&mut Direct)) {
    let (video, payload_type, _) = sections(&direct.peers[0])[1];
    let first = packet(payload_type, 400, false);
    for n in numbers {
        let mut packet = first.clone();
        packet.sequence_number = strata_peer::SequenceNumber::new(n);
        direct.peers[0]
            .write_rtp(direct.now, &video, packet)
            .unwrap();
        if n % 10 == 9 {
            then(direct);
        }
    }
}

#[test]
fn media_allocates_nothing_for_each_packet() {
    let mut direct = Direct::new(EVERYTHING);
    direct.connect();
    send_video(&mut direct, 0..1000, Direct::settle);
    let heap = measure(|| send_video(&mut direct, 1000..11_000, Direct::settle));
    report("10,000 packets of media", &heap);
    assert_eq!(direct.received[1], 11_000);
    assert!(heap.count_total < 10, "{heap:?}");
}

#[test]
fn data_allocates_nothing_for_each_packet() {
    let mut direct = Direct::new(EVERYTHING);
    direct.connect();
    let id = direct.peers[0].channel_ids().next().unwrap();
    let message = bytes::Bytes::from(vec![7; 1000]);
    let send = |direct: &mut Direct, count: usize| {
        for _ in 0..count {
            let mut channel = direct.peers[0].channel(id).unwrap();
            channel
                .send(direct.now, MessageKind::Binary, message.clone())
                .unwrap();
            direct.settle();
        }
        direct.tick(Duration::from_millis(200));
    };
    send(&mut direct, 1000);
    let heap = measure(|| send(&mut direct, 10_000));
    report("10,000 messages", &heap);
    assert_eq!(direct.received[1], 11_000);
    assert!(heap.count_total < 10, "{heap:?}");
}

/// Sends messages of `length` as they find room, and lets time pass until all have arrived.
fn send_messages(direct: &mut Direct, length: usize, count: usize) {
    let id = direct.peers[0].channel_ids().next().unwrap();
    let message = bytes::Bytes::from(vec![7; length]);
    let (goal, mut left) = (direct.received[1] + count, count);
    while direct.received[1] < goal {
        let mut channel = direct.peers[0].channel(id).unwrap();
        while left > 0 && channel.buffered_amount() < 1 << 17 {
            channel
                .send(direct.now, MessageKind::Binary, message.clone())
                .unwrap();
            left -= 1;
        }
        direct.tick(Duration::from_millis(1));
    }
}

/// Sends `count` messages of `length`, of a hundred datagrams `loss` being lost; answers how often the heap was asked,
/// and how many datagrams there were.
fn messages(length: usize, count: usize, loss: u64, delay: Duration) -> (u64, u64) {
    let mut direct = Direct::new(EVERYTHING);
    direct.connect();
    direct.loss = loss;
    if !delay.is_zero() {
        direct.delay(delay);
    }
    send_messages(&mut direct, length, count);
    let before = direct.sent;
    let heap = measure(|| send_messages(&mut direct, length, count));
    let packets = u64::try_from(direct.sent - before).unwrap();
    let what = format!(
        "{count} messages of {length} bytes in {packets} datagrams, {loss} % lost, {} ms there and back",
        2 * delay.as_millis()
    );
    report(&what, &heap);
    (heap.count_total, packets)
}

/// No delay, and a round trip of 50 ms.
const DELAYS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(25)];

#[test]
fn a_message_of_several_packets_allocates_its_own_room_and_nothing_else() {
    for delay in DELAYS {
        for (length, count) in [(5000, 1000), (16_384, 1000), (65_536, 200)] {
            let (allocations, packets) = messages(length, count, 0, delay);
            let count = u64::try_from(count).unwrap();
            assert!(packets > 4 * count);
            assert!(allocations < count + 10, "{allocations}");
        }
    }
}

#[test]
fn under_loss_data_allocates_nothing_for_each_packet() {
    // What comes behind a gap waits in memory that is used again; large messages have their own room.
    for delay in DELAYS {
        for (length, count, own) in [(100, 20_000, 0), (1000, 10_000, 0), (16_384, 1000, 1000)] {
            let (allocations, packets) = messages(length, count, 2, delay);
            assert!(allocations < own + packets / 100, "{allocations}");
        }
    }
}

#[test]
fn a_peer_at_rest_after_losses_is_small_again() {
    let data = Contents {
        media: false,
        data: true,
    };
    support::certificates();
    let mut kept = None;
    let mut grown = 0;
    let heap = measure(|| {
        let mut direct = Direct::new(data);
        direct.connect();
        direct.loss = 2;
        direct.delay(DELAYS[1]);
        grown = measure(|| send_messages(&mut direct, 1000, 10_000)).bytes_current;
        direct.loss = 0;
        // Longer than two intervals of the heartbeat.
        for _ in 0..800 {
            direct.tick(Duration::from_millis(100));
        }
        (direct.flying, direct.spare, direct.out) = Default::default();
        kept = Some(direct);
    });
    let each = heap.bytes_current / 2;
    println!(
        "at rest after losses: {each} bytes of heap for a peer; {grown} more for two right after them"
    );
    // The queue that the application once filled keeps its length.
    assert!(each < RESTING_BYTES + 8192, "{each} bytes");
    drop(kept);
}

#[test]
fn media_under_loss_and_its_reports_allocate_nothing_for_each_packet() {
    let mut direct = Direct::new(EVERYTHING);
    direct.connect();
    direct.loss = 2;
    // A receiver report and a NACK, without sources: RFC 3550 §6.4.2, RFC 4585 §6.2.1.
    let compound = [
        0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 0, 0,
    ];
    let report_loss = |direct: &mut Direct| {
        direct.peers[1].write_rtcp(direct.now, &compound).unwrap();
        direct.tick(Duration::from_millis(10));
    };
    send_video(&mut direct, 0..1000, report_loss);
    let heap = measure(|| send_video(&mut direct, 1000..11_000, report_loss));
    report("10,000 packets of media and 1,000 reports, 2 % lost", &heap);
    assert!((10_500..11_000).contains(&direct.received[1]));
    assert!((1000..1100).contains(&direct.reports));
    assert!(heap.count_total < 10, "{heap:?}");
}

#[test]
fn consent_allocates_nothing_for_each_check() {
    let mut direct = Direct::new(EVERYTHING);
    direct.connect();
    let rest = |direct: &mut Direct| {
        for _ in 0..6000 {
            direct.tick(Duration::from_millis(100));
        }
    };
    rest(&mut direct);
    let checks = |direct: &Direct| direct.peers[0].stats().ice.consent_requests_sent;
    let before = checks(&direct);
    let heap = measure(|| rest(&mut direct));
    report(
        &format!("{} checks of consent", checks(&direct) - before),
        &heap,
    );
    assert!(direct.peers.iter().all(connected));
    assert!(checks(&direct) - before > 100);
    assert!(heap.count_total < 10, "{heap:?}");
}

#[test]
fn a_connected_peer_at_rest_is_small() {
    let data = Contents {
        media: false,
        data: true,
    };
    for (what, contents, limit) in [
        ("data", data, RESTING_BYTES),
        ("media and data", EVERYTHING, 2 * RESTING_BYTES),
    ] {
        support::certificates();
        drop(Direct::new(contents)); // what is made once in a process
        let mut kept = None;
        let heap = measure(|| {
            let mut direct = Direct::new(contents);
            direct.out = Vec::new();
            direct.connect();
            direct.out = Vec::new();
            kept = Some(direct);
        });
        let each = heap.bytes_current / 2;
        println!("a connected peer with {what}: {each} bytes of heap");
        assert!(each < limit, "{each} bytes");
        drop(kept);
    }
}

fn report(what: &str, heap: &AllocationInfo) {
    println!(
        "{what}: {} allocations, {} bytes",
        heap.count_total, heap.bytes_total
    );
}
