//! Losses at the tail of what is sent. Too few chunks follow them for three reports (after RFC 8985).
//!
//! RFC 9260 leaves them to T3-rtx, which takes 400 ms at least, and leaves a window of one packet. Here, instead:
//!
//! ```text
//! A -> DATA 1   lost                A -> DATA 1
//! A -> DATA 2                       A -> DATA 2   lost
//! Z -> SACK 0, gap 2                Z -> SACK 1
//!      no reordering takes longer:       two round trips of silence:
//! A -> DATA 1                       A -> DATA 2, a probe
//! ```
//!
//! The SACK that answers a probe shows what else is missing. It also shows whether the probe was needed: if not, it
//! reports the probe as a duplicate.

use core::time::Duration;

use strata_core::Instant;

use super::Association;
use crate::{send::Suspicion, send::fraction, stats::count, tsn::wrap, wire::Sack};

/// The shortest time for which a missing chunk is assumed to be reordered, not lost.
const MIN_REORDERING: Duration = Duration::from_millis(2);

/// The shortest probe timeout. RFC 8985 §7.2 has none; this one avoids needless probes on very short paths.
const MIN_PROBE_TIMEOUT: Duration = Duration::from_millis(10);

impl Association {
    /// How long a missing chunk is assumed to be reordered, not lost: a quarter of a round trip (RFC 8985 §6.2 step 4).
    pub(super) fn reordering(&self) -> Duration {
        let smallest = self.sender.rto.smallest().unwrap_or_default();
        fraction(smallest, 4).max(MIN_REORDERING)
    }

    /// Starts the timer for a chunk at the tail that may be lost.
    pub(super) fn watch_tail(&mut self, now: Instant) {
        let sender = &self.sender;
        let has_room = sender.outstanding.flight_payload() <= sender.peer_window;
        self.timers.tail = match sender.outstanding.suspicion() {
            Suspicion::None => None,
            Suspicion::Gap => Some(now + self.reordering()),
            // RFC 8985 §7.2: a probe is sent after twice the round-trip time, but not while losses are being repaired.
            // Nor is it sent if the peer may have dropped the chunk for lack of room: RFC 9260 §6.1 A leaves that to
            // T3-rtx.
            Suspicion::Tail => sender
                .rto
                .smoothed()
                .filter(|_| has_room && !sender.congestion.is_recovering())
                .map(|rtt| now + rtt.saturating_mul(2).max(MIN_PROBE_TIMEOUT)),
        };
    }

    pub(super) fn on_tail_timeout(&mut self, now: Instant) {
        let outstanding = &mut self.sender.outstanding;
        match outstanding.suspicion() {
            Suspicion::None => {}
            Suspicion::Gap => {
                let (lost, abandoned) = outstanding.lose_gaps(now);
                if lost {
                    self.recover();
                }
                self.after_abandoning(now, abandoned);
            }
            Suspicion::Tail => {
                if let Some(tsn) = outstanding.probe(now) {
                    self.sender.probe = Some((tsn, now));
                    // RFC 8985 §7.3: a probe is sent even if the window is full.
                    self.sender.fast_retransmit = true;
                    count(&mut self.stats.tail_probes);
                }
            }
        }
    }

    /// RFC 8985 §7.4: if the probe was needed, a chunk was lost, and the congestion window shrinks as after other
    /// losses.
    pub(super) fn judge_probe(&mut self, now: Instant, sack: &Sack<'_>) {
        let Some((tsn, at)) = self.sender.probe else {
            return;
        };
        if self.sender.outstanding.is_missing(tsn) {
            return;
        }
        self.sender.probe = None;
        let smallest = self.sender.rto.smallest().unwrap_or_default();
        let is_answer = now.duration_since(at) >= smallest;
        let needless = sack.duplicates().any(|duplicate| duplicate == wrap(tsn));
        if is_answer && !needless {
            self.recover();
        }
    }

    /// RFC 9260 §7.2.4: enters fast recovery, unless the association is in it.
    pub(super) fn recover(&mut self) {
        let sender = &mut self.sender;
        let smallest = sender.rto.smallest();
        if sender
            .congestion
            .on_loss(sender.outstanding.last(), smallest)
        {
            sender.fast_retransmit = true;
            count(&mut self.stats.fast_recoveries);
            // At the tail nothing else may be outstanding, so that recovery is over at once.
            let acked = sender.outstanding.cumulative();
            sender.congestion.leave_recovery(acked);
        }
    }
}
