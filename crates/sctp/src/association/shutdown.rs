//! How an association ends in order, with everything delivered (RFC 9260 §9.2).
//!
//! ```text
//! A  SHUTDOWN ──────────────────> Z   once all that A sent is acknowledged
//!    <────────────── SHUTDOWN ACK     once all that Z sent is acknowledged
//!    SHUTDOWN COMPLETE ─────────>
//! ```

use alloc::vec::Vec;

use strata_core::Instant;

use super::{Association, State, transmit::Reply};
use crate::{
    CloseReason, Tsn,
    tsn::unwrap,
    wire::{CauseCode, Chunk, ChunkType, ShutdownComplete},
};

impl Association {
    /// Ends the association in order: all messages that are queued are delivered first. An association that is not
    /// established yet ends at once.
    pub fn shutdown(&mut self, now: Instant) {
        self.now = now;
        match self.state {
            State::New => self.finish(now, CloseReason::Shutdown, None),
            State::CookieWait | State::CookieEchoed(_) => {
                self.abort_with(now, CauseCode::USER_INITIATED_ABORT, CloseReason::Shutdown);
            }
            State::Established => {
                self.state = State::ShutdownPending;
                self.continue_shutdown(now);
            }
            State::ShutdownPending
            | State::ShutdownSent
            | State::ShutdownReceived
            | State::ShutdownAckSent
            | State::Closed => {}
        }
    }

    /// Goes on with the shutdown once everything was sent and acknowledged.
    pub(super) fn continue_shutdown(&mut self, now: Instant) {
        if !self.sender.outbox.is_empty() || !self.sender.outstanding.is_empty() {
            return;
        }
        if self.state == State::ShutdownPending {
            self.state = State::ShutdownSent;
            self.pending.shutdown = true;
            self.start_guard(now);
            self.start_shutdown_timer(now);
        } else if self.state == State::ShutdownReceived {
            self.answer_shutdown(now);
        }
    }

    /// §9.2: "set to the RECOMMENDED value of 5 times 'RTO.Max'". The guard runs from the first SHUTDOWN that is sent
    /// or received. It is needed because T2 and T3 do not end the association as long as the peer answers, even if the
    /// peer never finishes. Before the first SHUTDOWN there is no such limit: the owner has asked to deliver what is
    /// queued.
    fn start_guard(&mut self, now: Instant) {
        let limit = self.config.timing.rto_max.saturating_mul(5);
        let since = self.suspended.unwrap_or(now);
        self.timers.guard.get_or_insert(since + limit);
    }

    fn start_shutdown_timer(&mut self, now: Instant) {
        self.timers.shutdown = Some(now + self.rto());
        self.timers.heartbeat = None;
        self.timers.reset = None;
    }

    fn answer_shutdown(&mut self, now: Instant) {
        self.state = State::ShutdownAckSent;
        self.pending.shutdown = false;
        self.pending.shutdown_ack = true;
        self.start_shutdown_timer(now);
    }

    pub(super) fn on_shutdown_timeout(&mut self, now: Instant) {
        if !self.count_error(now) {
            return;
        }
        self.sender.rto.back_off();
        self.pending.shutdown = self.state == State::ShutdownSent;
        self.pending.shutdown_ack = self.state == State::ShutdownAckSent;
        self.timers.shutdown = Some(now + self.rto());
    }

    pub(super) fn on_shutdown(&mut self, now: Instant, cumulative: Tsn) {
        self.imply_cookie_ack(now);
        match self.state {
            State::Established | State::ShutdownPending | State::ShutdownReceived => {
                self.state = State::ShutdownReceived;
                self.start_guard(now);
                let acked = self.sender.outstanding.cumulative();
                if unwrap(acked, cumulative) >= acked {
                    self.acknowledge(now, cumulative, core::iter::empty());
                }
            }
            // §9.2: both sides shut down at the same time.
            State::ShutdownSent => self.answer_shutdown(now),
            State::New
            | State::CookieWait
            | State::CookieEchoed(_)
            | State::ShutdownAckSent
            | State::Closed => self.unexpected(ChunkType::SHUTDOWN),
        }
    }

    pub(super) fn on_shutdown_ack(&mut self, now: Instant) {
        match self.state {
            State::ShutdownSent | State::ShutdownAckSent => {
                let mut chunk = Vec::new();
                let complete = ShutdownComplete { reflected: false };
                // Cannot be too long: it has four bytes.
                let _ = Chunk::ShutdownComplete(complete).write(&mut chunk);
                self.finish(now, CloseReason::Shutdown, Some(Reply::bundled(chunk)));
            }
            State::New
            | State::CookieWait
            | State::CookieEchoed(_)
            | State::Established
            | State::ShutdownPending
            | State::ShutdownReceived
            | State::Closed => self.unexpected(ChunkType::SHUTDOWN_ACK),
        }
    }

    pub(super) fn on_shutdown_complete(&mut self, now: Instant) {
        if self.state == State::ShutdownAckSent {
            self.finish(now, CloseReason::Shutdown, None);
        } else {
            self.unexpected(ChunkType::SHUTDOWN_COMPLETE);
        }
    }
}
