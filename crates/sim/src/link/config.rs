//! What a link does to datagrams.

use std::time::Duration;

/// The properties of one direction of a link. The default is perfect but for its MTU.
///
/// ```
/// use core::time::Duration;
/// use strata_sim::LinkConfig;
/// let dsl = LinkConfig::new()
///     .rate(16_000_000)
///     .delay(Duration::from_millis(25))
///     .jitter(Duration::from_millis(3))
///     .loss(0.01)
///     .queue_bytes(64_000);
/// assert_eq!(dsl.mtu, LinkConfig::MTU);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkConfig {
    /// Bits per second that leave the queue; `None` is without limit.
    pub rate: Option<u64>,
    /// How long every datagram is under way.
    pub delay: Duration,
    /// At most how much longer, uniformly; alone it keeps the order.
    pub jitter: Duration,
    /// The probability that a datagram is lost after it left the queue.
    pub loss: f64,
    /// The probability, with every datagram, that a burst of losses begins with it.
    pub burst: f64,
    /// The probability, with every datagram lost in a burst, that the burst ends after it; so a burst
    /// is `1 / burst_end` datagrams long on average (Gilbert's model).
    pub burst_end: f64,
    /// The probability that a second copy arrives, with a jitter of its own.
    pub duplicate: f64,
    /// The probability that a datagram is held back for [`hold`](Self::hold), so that others overtake.
    pub reorder: f64,
    /// How long a datagram that is reordered is held back.
    pub hold: Duration,
    /// The probability that one bit of a datagram is flipped.
    pub corrupt: f64,
    /// How many bytes may wait to be sent, the datagram being sent included; what finds no room is
    /// dropped (drop-tail). Matters only with a [`rate`](Self::rate).
    pub queue_bytes: usize,
    /// The longest datagram that passes, in bytes of UDP payload.
    pub mtu: usize,
    /// From how many waiting bytes on ECN-capable datagrams are marked "congestion experienced".
    pub ecn_threshold_bytes: usize,
    /// Whether datagrams pass at all. Those under way when a link is cut still arrive.
    pub up: bool,
}

impl LinkConfig {
    /// The default MTU: what an Ethernet frame of 1500 bytes leaves for UDP over IPv4.
    pub const MTU: usize = 1472;

    /// A perfect link: no delay, no limit but an MTU of [`Self::MTU`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rate: None,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: 0.0,
            burst: 0.0,
            burst_end: 1.0,
            duplicate: 0.0,
            reorder: 0.0,
            hold: Duration::from_millis(10),
            corrupt: 0.0,
            queue_bytes: usize::MAX,
            mtu: Self::MTU,
            ecn_threshold_bytes: usize::MAX,
            up: true,
        }
    }

    /// Sets the rate in bits per second.
    ///
    /// # Panics
    /// If it is zero; [`down`](Self::down) is the link that lets nothing pass.
    #[must_use]
    pub const fn rate(mut self, bits_per_second: u64) -> Self {
        assert!(bits_per_second > 0, "a link's rate is positive");
        self.rate = Some(bits_per_second);
        self
    }

    /// Sets the one-way delay.
    #[must_use]
    pub const fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets how much longer than the delay a datagram may take.
    #[must_use]
    pub const fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// Sets the probability of loss.
    ///
    /// # Panics
    /// If it is not within 0 and 1.
    #[must_use]
    pub fn loss(mut self, probability: f64) -> Self {
        self.loss = checked(probability);
        self
    }

    /// Sets the probability that a burst of losses begins, and that it ends with each datagram lost.
    ///
    /// # Panics
    /// If one is not within 0 and 1.
    #[must_use]
    pub fn burst_loss(mut self, begin: f64, end: f64) -> Self {
        self.burst = checked(begin);
        self.burst_end = checked(end);
        self
    }

    /// Sets the probability of duplication.
    ///
    /// # Panics
    /// If it is not within 0 and 1.
    #[must_use]
    pub fn duplicate(mut self, probability: f64) -> Self {
        self.duplicate = checked(probability);
        self
    }

    /// Sets the probability that a datagram is held back, and for how long.
    ///
    /// # Panics
    /// If the probability is not within 0 and 1.
    #[must_use]
    pub fn reorder(mut self, probability: f64, hold: Duration) -> Self {
        self.reorder = checked(probability);
        self.hold = hold;
        self
    }

    /// Sets the probability that one bit of a datagram is flipped.
    ///
    /// # Panics
    /// If it is not within 0 and 1.
    #[must_use]
    pub fn corrupt(mut self, probability: f64) -> Self {
        self.corrupt = checked(probability);
        self
    }

    /// Sets the queue's length in bytes.
    #[must_use]
    pub const fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// Sets the longest datagram that passes, in bytes of UDP payload.
    #[must_use]
    pub const fn mtu(mut self, bytes: usize) -> Self {
        self.mtu = bytes;
        self
    }

    /// Sets from how many waiting bytes on ECN-capable datagrams are marked.
    #[must_use]
    pub const fn ecn_threshold_bytes(mut self, bytes: usize) -> Self {
        self.ecn_threshold_bytes = bytes;
        self
    }

    /// The same link, cut.
    #[must_use]
    pub const fn down(mut self) -> Self {
        self.up = false;
        self
    }
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self::new()
    }
}

fn checked(probability: f64) -> f64 {
    assert!(
        (0.0..=1.0).contains(&probability),
        "a probability is within 0 and 1, not {probability}"
    );
    probability
}
