//! One direction of a path, in virtual time.

use std::{collections::VecDeque, time::Duration};

use strata_core::{Entropy, Instant};
use strata_sim::SeededEntropy;

/// A bottleneck with a queue that drops at its tail, a delay, and random loss.
///
/// `strata_sim` has links too. This one carries packets as the implementations give them out, so that no row pays for
/// copies that its users would not make.
#[derive(Debug)]
pub struct Link<P> {
    config: LinkConfig,
    dice: Entropy,
    /// When the bottleneck has sent all that is in its queue.
    busy_until: Instant,
    flying: VecDeque<(Instant, P)>,
}

/// What a [`Link`] is like.
#[derive(Clone, Copy, Debug)]
pub struct LinkConfig {
    /// Bits per second.
    pub rate: u64,
    /// From the bottleneck to the other end.
    pub delay: Duration,
    /// What waits for the bottleneck at most.
    pub queue_bytes: u64,
    /// Packets of a thousand that are lost at random.
    pub lost_per_mille: u64,
}

impl<P: AsRef<[u8]>> Link<P> {
    /// One that loses the same packets for the same seed.
    #[must_use]
    pub fn new(config: LinkConfig, seed: u64) -> Self {
        Self {
            config,
            dice: SeededEntropy::entropy(seed),
            busy_until: Instant::EPOCH,
            flying: VecDeque::new(),
        }
    }

    /// Takes a packet; or loses it.
    pub fn send(&mut self, now: Instant, packet: P) {
        let bits = 8 * packet.as_ref().len() as u64;
        let start = self.busy_until.max(now);
        let waiting = nanoseconds(start - now) * self.config.rate / (8 * SECOND);
        if waiting > self.config.queue_bytes || self.dice.below(1000) < self.config.lost_per_mille {
            return;
        }
        self.busy_until = start + Duration::from_nanos(bits * SECOND / self.config.rate);
        self.flying
            .push_back((self.busy_until + self.config.delay, packet));
    }

    /// The next packet that has arrived by now.
    pub fn receive(&mut self, now: Instant) -> Option<P> {
        let (at, _) = self.flying.front()?;
        if *at > now {
            return None;
        }
        self.flying.pop_front().map(|(_, packet)| packet)
    }

    /// When the next packet arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        self.flying.front().map(|(at, _)| *at)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("below centuries")
}

const SECOND: u64 = 1_000_000_000;
