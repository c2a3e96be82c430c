//! Times without a path, and other paths.
//!
//! RFC 9260 knows no path but the address it sends to, and takes silence for the other side's death (§8.1). An owner
//! who looks for paths itself, as ICE does, knows better: while there is none, silence says nothing.

use strata_core::{Instant, tracing};

use super::{Association, State};
use crate::send::Congestion;

impl Association {
    /// There is no path to the other side: time stands still for what waits for it, until
    /// [`resume`](Self::resume).
    ///
    /// Nothing is sent, no timeout is counted, and neither the handshake nor a shutdown runs out of time, however long
    /// it takes. What happens meanwhile to
    ///
    /// - **messages**: those that are queued or not acknowledged are kept, and more are taken as far as
    ///   [`Limits::send_buffer`](crate::Limits::send_buffer) allows;
    /// - **[`MaxLifetime`](crate::Reliability::MaxLifetime)**: goes on, for it is the message that is of no use later.
    ///   What has expired is given up when there is a path again;
    /// - **[`MaxRetransmits`](crate::Reliability::MaxRetransmits)**: nothing is tried, so nothing is used up. What was
    ///   under way when the path was lost counts as lost once;
    /// - **packets that arrive** all the same: they are handled, and answered later;
    /// - **the count of timeouts** before it (RFC 9260 §8.1): it stays as it was, and ends with the first answer.
    ///
    /// The other side has to do the same, or it gives up after
    /// [`max_retransmissions`](crate::Timing::max_retransmissions) timeouts, or so many HEARTBEATs.
    ///
    /// A second call, and one after the end, does nothing.
    pub fn suspend(&mut self, now: Instant) {
        self.now = now;
        if self.state != State::Closed && self.suspended.is_none() {
            tracing::debug!("suspended");
            self.suspended = Some(now);
        }
    }

    /// There is a path again. All that was under way counts as lost and goes out at once, at the pace of a new
    /// association: nothing is known of what this path can carry. Timers that waited for an answer begin anew.
    ///
    /// Does nothing if it was not suspended.
    pub fn resume(&mut self, now: Instant) {
        self.now = now;
        let Some(since) = self.suspended.take() else {
            return;
        };
        let absence = now.duration_since(since);
        tracing::debug!(?absence, "resumed");
        self.timers.guard = self.timers.guard.map(|at| at + absence);
        self.sender.rto.forget_back_off();
        self.repeat_control(now);
        self.repeat_data(now);
    }

    /// Packets take another path from now on: at the pace of a new association, for nothing is known of what that can
    /// carry. If the path before is `lost`, or has let timeouts happen, all that was under way counts as lost and goes
    /// out at once, as after [`resume`](Self::resume); else it is expected to arrive.
    pub fn path_changed(&mut self, now: Instant, lost: bool) {
        self.now = now;
        if self.suspended.is_some() || self.state == State::Closed {
            return;
        }
        self.sender.rto.forget_back_off();
        if lost || self.sender.errors > 0 {
            self.repeat_control(now);
            self.repeat_data(now);
        } else {
            self.sender.congestion = self.unused_congestion();
        }
    }

    /// Requests that are not answered go out again.
    fn repeat_control(&mut self, now: Instant) {
        let rto = self.rto();
        if self.timers.handshake.is_some() {
            self.start_handshake(now);
        }
        if self.timers.shutdown.is_some() {
            self.pending.shutdown = self.state == State::ShutdownSent;
            self.pending.shutdown_ack = self.state == State::ShutdownAckSent;
            self.timers.shutdown = Some(now + rto);
        }
        if self.timers.reset.is_some() {
            self.pending.reset = true;
            self.timers.reset = Some(now + rto);
        }
        if self.timers.heartbeat.is_some() {
            // The answer to one that was under way would measure the time without a path.
            self.pending.heartbeat = false;
            self.pending.heartbeat_nonce = None;
            self.arm_heartbeat(now);
        }
    }

    /// As after T3 (RFC 9260 §6.3.3), but silence was no sign of congestion.
    fn repeat_data(&mut self, now: Instant) {
        let congestion = self.unused_congestion();
        let sender = &mut self.sender;
        sender.congestion = congestion;
        let abandoned = sender.outstanding.on_timeout(now);
        sender.fast_retransmit = false;
        sender.probe = None;
        self.timers.tail = None;
        self.after_abandoning(now, abandoned);
        self.pending.forward = self.sender.outstanding.advance_forward();
        let waits = !self.sender.outstanding.is_empty();
        self.timers.retransmit = waits.then(|| now + self.rto());
    }
    /// That of a path that was not used yet (RFC 9260 §7.2.1).
    fn unused_congestion(&self) -> Congestion {
        Congestion::new(self.config.congestion, self.config.max_packet_size)
    }
}
