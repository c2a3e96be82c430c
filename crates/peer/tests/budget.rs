//! What a peer costs: allocations for each packet, and heap at rest.
#![cfg(test)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests pick the events they are about"
)]

#[path = "whole_call/support.rs"]
#[expect(dead_code, reason = "shared with the whole calls, which use all of it")]
mod support;

use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use strata_core::{Datagram, Endpoint as _, Instant};
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

    /// Moves all datagrams and takes all events.
    fn settle(&mut self) {
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for from in [0, 1] {
                let [a, b] = &mut self.peers;
                let (from, to, received) = match from {
                    0 => (a, b, &mut self.received[0]),
                    _ => (b, a, &mut self.received[1]),
                };
                while let Some(transmit) = from.poll_transmit(self.now, &mut self.out) {
                    let datagram = Datagram::new(transmit.path.reversed(), &mut self.out);
                    to.handle_input(self.now, datagram);
                    self.out.clear();
                    moved = true;
                }
                while let Some(event) = from.poll_event() {
                    *received += usize::from(matches!(
                        event,
                        Event::MediaPacket { .. } | Event::ChannelMessage { .. }
                    ));
                }
            }
        }
    }
}

#[test]
fn media_allocates_nothing_for_each_packet() {
    let mut direct = Direct::new(EVERYTHING);
    direct.connect();
    let sections = sections(&direct.peers[0]);
    let (video, payload_type, _) = sections[1];
    let payload = packet(payload_type, 400, false);
    let send = |direct: &mut Direct, range: std::ops::Range<u16>| {
        for n in range {
            let packet = strata_peer::OutgoingRtp {
                sequence_number: strata_peer::SequenceNumber::new(n),
                ..payload.clone()
            };
            direct.peers[0]
                .write_rtp(direct.now, &video, packet)
                .unwrap();
            if n % 10 == 9 {
                direct.settle();
            }
        }
    };
    send(&mut direct, 0..1000);
    let heap = measure(|| send(&mut direct, 1000..11_000));
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
