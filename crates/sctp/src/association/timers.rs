//! The timers, and what they do when they run out.

use core::time::Duration;

use strata_core::{Instant, earliest, tracing};

use super::{Association, State};
use crate::{CloseReason, stats::count, wire::CauseCode};

/// When each timer runs out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timers {
    /// T1-init, T1-cookie: the handshake (RFC 9260 §5.1).
    pub(super) handshake: Option<Instant>,
    /// T2-shutdown (§9.2).
    pub(super) shutdown: Option<Instant>,
    /// T5-shutdown-guard (§9.2): when a shutdown that does not come to its end is given up.
    pub(super) guard: Option<Instant>,
    /// T3-rtx (§6.3).
    pub(super) retransmit: Option<Instant>,
    /// Losses at the tail (RFC 8985): when to send a probe, or when a missing chunk counts as lost.
    pub(super) tail: Option<Instant>,
    /// The delayed SACK (§6.2).
    pub(super) acknowledge: Option<Instant>,
    /// HEARTBEAT (§8.3).
    pub(super) heartbeat: Option<Instant>,
    /// The stream reset request (RFC 6525 §5.1.1).
    pub(super) reset: Option<Instant>,
}

impl Timers {
    pub(super) fn next(&self) -> Option<Instant> {
        earliest([
            self.handshake,
            self.shutdown,
            self.guard,
            self.retransmit,
            self.tail,
            self.acknowledge,
            self.heartbeat,
            self.reset,
        ])
    }
}

impl Association {
    pub(super) fn on_timeout(&mut self, now: Instant) {
        if take_due(&mut self.timers.acknowledge, now) {
            self.acknowledging.due = true;
        }
        if self.suspended.is_some() {
            return;
        }
        if take_due(&mut self.timers.handshake, now) {
            self.on_handshake_timeout(now);
        }
        if take_due(&mut self.timers.guard, now) {
            // §9.2: "the sender SHOULD abort the association by sending an ABORT chunk".
            let code = CauseCode::USER_INITIATED_ABORT;
            self.abort_with(now, code, CloseReason::Timeout);
        }
        if take_due(&mut self.timers.shutdown, now) {
            self.on_shutdown_timeout(now);
        }
        if take_due(&mut self.timers.retransmit, now) {
            self.on_retransmit_timeout(now);
        }
        if take_due(&mut self.timers.tail, now) {
            self.on_tail_timeout(now);
        }
        if take_due(&mut self.timers.reset, now) {
            self.on_reset_timeout(now);
        }
        if take_due(&mut self.timers.heartbeat, now) {
            self.on_heartbeat_timeout(now);
        }
    }

    /// RFC 9260 §6.3.3.
    fn on_retransmit_timeout(&mut self, now: Instant) {
        count(&mut self.stats.timeouts);
        if !self.count_error(now) {
            return;
        }
        let sender = &mut self.sender;
        sender.rto.back_off();
        // §6.1 A: "Zero window probing does not affect the calculation of cwnd."
        let is_window_probe = sender.outstanding.chunk_count() == 1
            && sender.outstanding.flight_payload() > sender.peer_window;
        if !is_window_probe {
            sender.congestion.on_timeout(sender.rto.smallest());
        }
        let abandoned = sender.outstanding.on_timeout(now);
        sender.fast_retransmit = false;
        sender.probe = None;
        self.timers.tail = None;
        self.after_abandoning(now, abandoned);
        tracing::debug!(rto = ?self.sender.rto.get(), "retransmission timeout");
        let rto = self.sender.rto.get();
        if !self.sender.outstanding.is_empty() {
            self.timers.retransmit = Some(now + rto);
        }
        // A stream reset that waits for its answer is repeated in the same packet. Its timer has the same value
        // (RFC 6525 §5.1.1) and starts again together with this one, so that one loss does not count as two timeouts.
        if let Some(reset) = &mut self.timers.reset {
            *reset = now + rto;
            self.pending.reset = true;
        }
    }

    /// RFC 9260 §8.1. Returns whether the association goes on.
    pub(super) fn count_error(&mut self, now: Instant) -> bool {
        self.sender.errors = self.sender.errors.saturating_add(1);
        if self.sender.errors > self.config.timing.max_retransmissions {
            self.finish(now, CloseReason::Timeout, None);
        }
        self.state != State::Closed
    }

    pub(super) fn rto(&self) -> Duration {
        self.sender.rto.get()
    }
}

fn take_due(timer: &mut Option<Instant>, now: Instant) -> bool {
    let due = timer.is_some_and(|at| at <= now);
    if due {
        *timer = None;
    }
    due
}
