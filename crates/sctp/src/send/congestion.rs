//! Congestion control (RFC 9260 §7.2).

use core::time::Duration;

use strata_core::Instant;

use crate::CongestionControl;
use crate::send::fraction;

/// RFC 6928: the initial window is ten packets. RFC 9260 §7.2.1 still says four.
const INITIAL_PACKETS: usize = 10;

/// RFC 9260 §6.1 D: packets that may be sent at once beyond what was acknowledged.
const MAX_BURST: usize = 4;

/// The congestion window, and what changes it. All sizes are those of DATA chunks with their headers.
#[derive(Clone, Debug)]
pub(crate) struct Congestion {
    algorithm: CongestionControl,
    mtu: usize,
    window: usize,
    threshold: usize,
    partial_bytes_acked: usize,
    /// In fast recovery until this TSN is acknowledged.
    recovery_until: Option<u64>,
    /// Bytes that may be sent before the next acknowledgement.
    burst: usize,
    /// Bytes acknowledged since something was sent. Many acknowledgements may arrive before there is a
    /// chance to send.
    acked_since_sent: usize,
    last_sent: Instant,
    bandwidth: Bandwidth,
    rounds: Rounds,
}

/// What one acknowledgement has shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Size of the chunks newly acknowledged.
    pub(crate) bytes: usize,
    /// Size of the chunks that were in flight before.
    pub(crate) in_flight: usize,
    /// The cumulative TSN, and the last one sent.
    pub(crate) cumulative: u64,
    pub(crate) last_sent: u64,
    /// Round-trip time of the one among them that was sent last.
    pub(crate) rtt: Option<Duration>,
    /// Round-trip time, smoothed.
    pub(crate) smoothed_rtt: Option<Duration>,
}

impl Congestion {
    pub(crate) fn new(algorithm: CongestionControl, mtu: usize) -> Self {
        let initial = INITIAL_PACKETS.saturating_mul(mtu);
        Self {
            algorithm,
            mtu,
            window: initial,
            threshold: usize::MAX,
            partial_bytes_acked: 0,
            recovery_until: None,
            burst: initial,
            acked_since_sent: 0,
            last_sent: Instant::EPOCH,
            bandwidth: Bandwidth::default(),
            rounds: Rounds::default(),
        }
    }

    pub(crate) const fn window(&self) -> usize {
        self.window
    }

    pub(crate) const fn is_recovering(&self) -> bool {
        self.recovery_until.is_some()
    }

    /// Whether one more chunk may go. RFC 9260 §6.1 B: a chunk may exceed the window if any room is left.
    pub(crate) const fn allows(&self, in_flight: usize) -> bool {
        in_flight < self.window && self.burst > 0
    }

    pub(crate) fn on_sent(&mut self, now: Instant, size: usize, rto: Duration, in_flight: usize) {
        if in_flight == 0 {
            // RFC 9260 §7.2.1: an idle path loses half the window per RTO, down to the initial one.
            let initial = INITIAL_PACKETS.saturating_mul(self.mtu);
            let mut idle = now.duration_since(self.last_sent);
            if idle > rto {
                self.burst = 0;
            }
            while idle > rto && self.window > initial {
                self.window = (self.window / 2).max(initial);
                idle = idle.saturating_sub(rto);
            }
            self.burst = self.burst.max(self.window.min(initial));
        }
        self.last_sent = now;
        self.acked_since_sent = 0;
        self.burst = self.burst.saturating_sub(size);
    }

    /// RFC 9260 §7.2.1, §7.2.2.
    pub(crate) fn on_acknowledged(&mut self, now: Instant, sample: &Sample) {
        let acked = sample.bytes;
        let in_flight_when_sent = sample.in_flight.saturating_add(self.acked_since_sent);
        self.acked_since_sent = self.acked_since_sent.saturating_add(acked);
        self.burst = self
            .acked_since_sent
            .saturating_mul(2)
            .saturating_add(MAX_BURST.saturating_mul(self.mtu));
        self.bandwidth.on_acknowledged(now, sample);
        let queueing = self.rounds.on_acknowledged(sample);
        // A window grows only if it was used up: otherwise nothing shows that the path carries more.
        let limited = in_flight_when_sent.saturating_add(self.mtu) > self.window;
        if self.recovery_until.is_some() || !limited {
            return;
        }
        if self.window < self.threshold {
            // RFC 3465: the window grows by all that was acknowledged, as in RFC 9002 §7.3.1. Another limit keeps
            // bursts short.
            self.window = self.window.saturating_add(acked);
            if queueing {
                self.threshold = self.window;
            }
        } else {
            self.partial_bytes_acked = self.partial_bytes_acked.saturating_add(acked);
            if self.partial_bytes_acked >= self.window {
                self.partial_bytes_acked = self.partial_bytes_acked.saturating_sub(self.window);
                self.window = self.window.saturating_add(self.mtu);
            }
        }
    }

    /// RFC 9260 §7.2.4: a loss was noticed, because later chunks have arrived. Returns whether it begins a new
    /// recovery: all losses of one window count once.
    pub(crate) fn on_loss(&mut self, highest_sent: u64, smallest_rtt: Option<Duration>) -> bool {
        if self.recovery_until.is_some() {
            return false;
        }
        self.recovery_until = Some(highest_sent);
        self.shrink(smallest_rtt);
        self.window = self.threshold;
        true
    }

    /// RFC 9260 §7.2.4: fast recovery ends when all that was sent before it is acknowledged, or skipped.
    pub(crate) fn leave_recovery(&mut self, cumulative: u64) {
        self.recovery_until = self.recovery_until.filter(|until| cumulative < *until);
    }

    /// RFC 9260 §7.2.3: the retransmission timer ran out.
    pub(crate) fn on_timeout(&mut self, smallest_rtt: Option<Duration>) {
        self.shrink(smallest_rtt);
        self.window = self.mtu;
        self.burst = MAX_BURST.saturating_mul(self.mtu);
        self.recovery_until = None;
    }

    fn shrink(&mut self, smallest_rtt: Option<Duration>) {
        let half = self.window / 2;
        let carried = match self.algorithm {
            CongestionControl::NewReno => 0,
            CongestionControl::Westwood => smallest_rtt
                .map_or(0, |rtt| self.bandwidth.carries_in(rtt))
                .min(self.window),
        };
        self.threshold = half.max(carried).max(self.mtu.saturating_mul(4));
        self.partial_bytes_acked = 0;
    }
}

/// Round trips whose delivery rate is remembered.
const BANDWIDTH_ROUNDS: usize = 8;

/// The delivery rate, measured once per round trip. The largest of the latest samples is used.
///
/// Westwood+ smooths its samples. But a smoothed rate lags behind a rate that grows, so that a random loss would shrink
/// the window too much. And a round trip that has delivered less than others was not full, or waited for a
/// retransmission: such a sample says nothing of the path.
#[derive(Clone, Debug, Default)]
struct Bandwidth {
    since: Option<Instant>,
    bytes: usize,
    /// When the latest chunk that has arrived was sent. `sent_since` is the same, as it was when this sample began.
    last_sent: Instant,
    sent_since: Instant,
    /// The latest samples in bytes per second, as a ring.
    rounds: [u64; BANDWIDTH_ROUNDS],
    next: usize,
}

impl Bandwidth {
    fn on_acknowledged(&mut self, now: Instant, sample: &Sample) {
        self.bytes = self.bytes.saturating_add(sample.bytes);
        if let Some(rtt) = sample.rtt {
            self.last_sent = self.last_sent.max(now - rtt);
        }
        let Some(since) = self.since else {
            self.count_from(sample.rtt.map(|_| now));
            return;
        };
        let elapsed = now.duration_since(since);
        // 50 ms as in Westwood+: shorter samples measure bursts, not the path.
        let enough = sample
            .smoothed_rtt
            .unwrap_or(Duration::ZERO)
            .max(Duration::from_millis(50));
        if elapsed < enough {
            return;
        }
        // Acknowledgements that were delayed arrive all at once. So the sample takes at least as long as sending did.
        let took = elapsed.max(self.last_sent - self.sent_since);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let bytes = u64::try_from(self.bytes).unwrap_or(u64::MAX);
        let sample = bytes
            .saturating_mul(1_000_000)
            .checked_div(micros)
            .unwrap_or_default();
        if let Some(oldest) = self.rounds.get_mut(self.next) {
            *oldest = sample;
        }
        self.next = self.next.saturating_add(1) % BANDWIDTH_ROUNDS;
        self.count_from(Some(now));
    }

    fn count_from(&mut self, since: Option<Instant>) {
        self.since = since;
        self.sent_since = self.last_sent;
        self.bytes = 0;
    }

    fn carries_in(&self, rtt: Duration) -> usize {
        let micros = u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX);
        let largest = self.rounds.iter().copied().max().unwrap_or(0);
        let bytes = largest.saturating_mul(micros) / 1_000_000;
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }
}

/// Compares the round-trip times of successive rounds. Slow start ends when they grow, because a queue is filling that
/// would overflow in the next round (RFC 9406 §4.2, without its conservative phase).
#[derive(Clone, Debug, Default)]
struct Rounds {
    /// The round is over when this TSN is acknowledged.
    until: u64,
    samples: u32,
    smallest: Option<Duration>,
    smallest_before: Option<Duration>,
}

/// RFC 9406 §4.3: `N_RTT_SAMPLE`, `MIN_RTT_THRESH`, `MAX_RTT_THRESH`, `MIN_RTT_DIVISOR`.
const ROUND_SAMPLES: u32 = 8;
const MIN_GROWTH: Duration = Duration::from_millis(4);
const MAX_GROWTH: Duration = Duration::from_millis(16);

impl Rounds {
    /// Returns whether round trips have become longer than in the round before.
    fn on_acknowledged(&mut self, sample: &Sample) -> bool {
        if sample.cumulative >= self.until {
            self.until = sample.last_sent;
            self.samples = 0;
            self.smallest_before = self.smallest.take();
        }
        let Some(rtt) = sample.rtt else {
            return false;
        };
        self.samples = self.samples.saturating_add(1);
        let smallest = self.smallest.map_or(rtt, |smallest| smallest.min(rtt));
        self.smallest = Some(smallest);
        self.samples >= ROUND_SAMPLES
            && self.smallest_before.is_some_and(|before| {
                smallest >= before.saturating_add(fraction(before, 8).clamp(MIN_GROWTH, MAX_GROWTH))
            })
    }
}

#[cfg(test)]
mod tests;
