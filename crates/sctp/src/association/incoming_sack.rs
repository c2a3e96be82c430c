//! Handling SACKs (RFC 9260 §6.2.1, §7.2), and giving up on messages (RFC 3758 §3.5).

use strata_core::Instant;

use super::Association;
use crate::{
    CloseReason, Tsn,
    send::{Acknowledged, Sample},
    stats::count,
    tsn::unwrap,
    wire::{CauseCode, ChunkType, GapBlock, Sack},
};

impl Association {
    pub(super) fn on_sack(&mut self, now: Instant, sack: &Sack<'_>) {
        self.imply_cookie_ack(now);
        if !self.state.can_send_data() {
            self.unexpected(ChunkType::SACK);
            return;
        }
        let acked = self.sender.outstanding.cumulative();
        if unwrap(acked, sack.cumulative) < acked {
            // §6.2.1 D i: a SACK that is older than one already handled is dropped.
            count(&mut self.stats.dropped.stale_sack);
            return;
        }
        self.sender.peer_window = usize::try_from(sack.a_rwnd).unwrap_or(usize::MAX);
        if sack.a_rwnd == 0 {
            // §6.1 A: a peer that answers probes of its closed window is alive.
            self.sender.errors = 0;
        }
        self.acknowledge(now, sack.cumulative, sack.gaps());
        self.judge_probe(now, sack);
    }

    /// Handles the acknowledgement in a SACK or a SHUTDOWN.
    pub(super) fn acknowledge(
        &mut self,
        now: Instant,
        cumulative: Tsn,
        gaps: impl Iterator<Item = GapBlock>,
    ) {
        let sender = &mut self.sender;
        let flight = sender.outstanding.flight();
        let Some(result) = sender.outstanding.acknowledge(now, cumulative, gaps) else {
            // It acknowledges a TSN that was never sent.
            let code = CauseCode::PROTOCOL_VIOLATION;
            self.abort_with(now, code, CloseReason::ProtocolViolation);
            return;
        };
        self.stats.dropped.invalid_gap = self
            .stats
            .dropped
            .invalid_gap
            .saturating_add(result.invalid_gaps);
        if let Some(rtt) = result.rtt {
            sender.rto.measure(rtt);
        }
        let acked = sender.outstanding.cumulative();
        sender.congestion.leave_recovery(acked);
        if result.bytes > 0 {
            // §8.1: the peer is alive.
            sender.errors = 0;
            let sample = Sample {
                bytes: result.bytes,
                in_flight: flight,
                cumulative: acked,
                last_sent: sender.outstanding.last(),
                rtt: result.latest_rtt(now),
                smoothed_rtt: sender.rto.smoothed(),
            };
            sender.congestion.on_acknowledged(now, &sample);
        }
        self.look_for_losses(now, &result);
        if result.bytes > 0 {
            self.watch_tail(now);
        }
        if self.sender.outstanding.is_empty() {
            // §6.3.2 R2.
            self.timers.retransmit = None;
        } else if result.advanced {
            // §6.3.2 R3: the timer starts again, because another chunk is the earliest outstanding one now.
            self.timers.retransmit = Some(now + self.rto());
        }
        self.continue_shutdown(now);
    }

    fn look_for_losses(&mut self, now: Instant, result: &Acknowledged) {
        let reordering = self.reordering();
        let sender = &mut self.sender;
        let recovering = sender.congestion.is_recovering();
        let smallest = sender.rto.smallest().unwrap_or_default();
        let (lost, abandoned) = sender
            .outstanding
            .detect_losses(now, result, recovering, smallest, reordering);
        if lost {
            self.recover();
        }
        self.after_abandoning(now, abandoned);
    }

    /// RFC 3758 §3.5: does not send the rest of a message that was given up half sent, and sends a FORWARD-TSN if the
    /// peer has something to skip.
    pub(super) fn after_abandoning(&mut self, now: Instant, abandoned: u64) {
        self.stats.abandoned_messages = self.stats.abandoned_messages.saturating_add(abandoned);
        let sender = &mut self.sender;
        if sender.outstanding.take_cut() && sender.outbox.is_mid_message() {
            sender.outbox.abandon_current();
            sender.outstanding.push_skipped(now);
        }
        if sender.outstanding.advance_forward() {
            self.pending.forward = true;
        }
    }
}
