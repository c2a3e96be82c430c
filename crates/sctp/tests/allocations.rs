//! The budget: no heap allocation per packet, amortised, once data flows.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "support/hand.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod hand;
#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use bytes::Bytes;
use strata_core::{Endpoint as _, Entropy, Instant};
use strata_sctp::{
    ChannelConfig, ChannelId, Config, DataChannels, Event, MessageKind, Role, Ssn,
    wire::{Chunk, Data},
};

/// Two connected ends in one place, and the time.
struct Direct {
    ends: [DataChannels; 2],
    now: Instant,
    out: Vec<u8>,
    packets: u64,
    bytes: usize,
    /// Of a hundred packets, so many are lost.
    loss: u64,
    dice: Entropy,
}

impl Direct {
    fn new() -> (Self, ChannelId) {
        let mut ends = [
            support::engine(1, Config::default(), Role::Client),
            support::engine(2, Config::default(), Role::Server),
        ];
        let now = Instant::from_millis(1);
        let id = ends[0].open(now, ChannelConfig::new("x")).unwrap();
        ends[0].connect(now);
        let out = Vec::with_capacity(2000);
        let mut direct = Self {
            ends,
            now,
            out,
            packets: 0,
            bytes: 0,
            loss: 0,
            dice: strata_sim::SeededEntropy::entropy(3),
        };
        direct.run();
        (direct, id)
    }

    /// Passes packets, each 50 us after the other, until both ends are quiet.
    fn run(&mut self) {
        loop {
            let mut quiet = true;
            for from in [0, 1] {
                self.out.clear();
                self.now += core::time::Duration::from_micros(50);
                if self.ends[from]
                    .poll_transmit(self.now, &mut self.out)
                    .is_some()
                {
                    quiet = false;
                    self.packets += 1;
                    if self.dice.below(100) >= self.loss {
                        self.ends[1 - from].handle_input(self.now, &mut self.out);
                    }
                }
                while let Some(event) = self.ends[1 - from].poll_event() {
                    if let Event::Message { data, .. } = event {
                        self.bytes += data.len();
                    }
                }
                while self.ends[from].poll_event().is_some() {}
            }
            if quiet {
                return;
            }
        }
    }

    fn send(&mut self, id: ChannelId, message: &Bytes, count: usize) {
        for _ in 0..count {
            let mut channel = self.ends[0].channel(id).unwrap();
            channel
                .send(self.now, MessageKind::Binary, message.clone())
                .unwrap();
        }
        self.run();
    }

    fn wait(&mut self, time: core::time::Duration) {
        self.now += time;
        for end in &mut self.ends {
            end.handle_timeout(self.now);
        }
        self.run();
    }

    /// Sends messages until all have arrived.
    fn send_all(&mut self, id: ChannelId, message: &Bytes, count: usize) {
        let goal = self.bytes + message.len() * count;
        self.send(id, message, count);
        while self.bytes < goal {
            self.wait(core::time::Duration::from_millis(10));
        }
    }
}

#[test]
fn steady_transfer_allocates_next_to_nothing_per_packet() {
    for size in [200, 1000, 4000, 60_000] {
        let (mut direct, id) = Direct::new();
        let message = Bytes::from(vec![7; size]);
        let count = 2_000_000 / size;
        direct.send(id, &message, count);
        direct.send(id, &message, count);
        direct.packets = 0;
        direct.bytes = 0;
        let heap = allocation_counter::measure(|| direct.send(id, &message, count));
        assert_eq!(direct.bytes, size * count);
        // 60 kB messages have a buffer of their own each, of some 50 packets.
        let limit = if size > 16_384 {
            direct.packets / 20
        } else {
            direct.packets / 200
        };
        let (made, packets) = (heap.count_total, direct.packets);
        assert!(
            made <= limit,
            "{made} allocations for {packets} packets of {size} byte messages"
        );
    }
}

#[test]
fn gaps_and_what_waits_behind_them_cost_no_allocation_per_packet() {
    for size in [50, 200, 1000, 4000, 60_000] {
        let (mut direct, id) = Direct::new();
        direct.loss = 2;
        let message = Bytes::from(vec![7; size]);
        let count = 2_000_000 / size;
        let send = |direct: &mut Direct| direct.send_all(id, &message, count);
        send(&mut direct);
        send(&mut direct);
        direct.packets = 0;
        let heap = allocation_counter::measure(|| send(&mut direct));
        let own = if size > 16_384 { count } else { 0 };
        let limit = u64::try_from(own).unwrap() + direct.packets / 100;
        let (made, packets) = (heap.count_total, direct.packets);
        assert!(
            made <= limit,
            "{made} allocations for {packets} packets of {size} byte messages"
        );
    }
}

#[test]
fn what_was_kept_for_gaps_is_given_back_at_rest() {
    let mut receiver = hand::Hand::association(Config::default());
    let first = receiver.next;
    let gap = allocation_counter::measure(|| {
        for number in (1..300).chain([0]) {
            let chunk = Data {
                ssn: Ssn::new(number),
                ..hand::data(first.plus(number.into()), &[7; 1000])
            };
            receiver.give(&[Chunk::Data(chunk)]);
            receiver.take();
        }
        while receiver.engine.poll_event().is_some() {}
    });
    assert!(gap.bytes_current > 300_000, "{gap:?}");
    let rest = allocation_counter::measure(|| {
        // One interval of the heartbeat, and its timeout.
        for _ in 0..40 {
            receiver.now += core::time::Duration::from_secs(1);
            receiver.engine.handle_timeout(receiver.now);
            receiver.take();
        }
    });
    let kept = gap.bytes_current + rest.bytes_current;
    assert!(kept < 4000, "{kept} bytes");
}

#[test]
fn a_connected_pair_at_rest_is_small() {
    let mut kept = None;
    let heap = allocation_counter::measure(|| kept = Some(Direct::new()));
    let per_end = heap.bytes_current / 2;
    assert!(per_end < 8000, "{per_end} bytes");
}
