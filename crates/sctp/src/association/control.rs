//! HEARTBEAT, ABORT and ERROR (RFC 9260 §8.3, §9.1, §8.4).

use alloc::{collections::VecDeque, vec::Vec};

use strata_core::Instant;

use super::{
    Association, State,
    transmit::{Pending, Reply},
};
use crate::{
    CloseReason,
    send::Outbox,
    wire::{Abort, Cause, CauseCode, Chunk, ChunkType, ErrorChunk, Heartbeat},
};

impl Association {
    pub(super) fn arm_heartbeat(&mut self, now: Instant) {
        // §8.3: "every HB.interval plus the RTO [..] with jittering of +/- 50% of the RTO".
        let rto = self.rto();
        let millis = u64::try_from(rto.as_millis()).unwrap_or(u64::MAX);
        let jitter = core::time::Duration::from_millis(self.entropy.below(millis));
        let interval = self.config.timing.heartbeat_interval;
        self.timers.heartbeat = Some(now + interval + rto / 2 + jitter);
    }

    pub(super) fn on_heartbeat_timeout(&mut self, now: Instant) {
        self.receiver.rest();
        self.sender.outstanding.rest();
        if self.events.is_empty() {
            self.events = VecDeque::new();
        }
        if self.pending.heartbeat_nonce.take().is_some() {
            // §8.3: "not acknowledged within one RTO". The next one waits for HB.interval too, "and
            // exponential backoff of the RTO if the previous HEARTBEAT chunk is unanswered".
            if self.count_error(now) {
                self.sender.rto.back_off();
                self.arm_heartbeat(now);
            }
            return;
        }
        if !self.sender.outstanding.is_empty() || self.state.is_closing() {
            // §8.3: HEARTBEATs are for idle paths.
            self.arm_heartbeat(now);
            return;
        }
        self.pending.heartbeat = true;
        self.pending.heartbeat_nonce = Some((self.entropy.u64(), now));
        self.timers.heartbeat = Some(now + self.rto());
    }

    pub(super) fn on_heartbeat(&mut self, heartbeat: &Heartbeat<'_>) {
        let mut chunk = core::mem::take(&mut self.pending.spare);
        chunk.clear();
        if heartbeat
            .write(ChunkType::HEARTBEAT_ACK, &mut chunk)
            .is_ok()
        {
            self.reply(Reply::bundled(chunk));
        }
    }

    pub(super) fn on_heartbeat_ack(&mut self, now: Instant, heartbeat: &Heartbeat<'_>) {
        let Some((nonce, sent_at)) = self.pending.heartbeat_nonce else {
            self.unexpected(ChunkType::HEARTBEAT_ACK);
            return;
        };
        if heartbeat.info != nonce.to_be_bytes() {
            self.unexpected(ChunkType::HEARTBEAT_ACK);
            return;
        }
        self.pending.heartbeat_nonce = None;
        self.sender.errors = 0;
        self.sender.rto.measure(now.duration_since(sent_at));
        self.arm_heartbeat(now);
    }

    pub(super) fn on_error(&mut self, now: Instant, error: &ErrorChunk<'_>) {
        for cause in error.causes().filter_map(Result::ok) {
            tracing::debug!(code = ?cause.code, "ERROR from the peer");
            if cause.code == CauseCode::STALE_COOKIE {
                self.on_stale_cookie(now);
            }
        }
    }

    pub(super) fn on_abort(&mut self, now: Instant, abort: &Abort<'_>) {
        if self.state == State::New {
            return;
        }
        let cause = abort.causes().find_map(Result::ok);
        let reason = CloseReason::AbortedByPeer(cause.map(|cause| cause.code));
        self.finish(now, reason, None);
    }

    /// Ends the association at once; the peer, if there is one, is sent an ABORT.
    pub fn abort(&mut self, now: Instant) {
        self.now = now;
        self.abort_with(now, CauseCode::USER_INITIATED_ABORT, CloseReason::Aborted);
    }

    pub(super) fn abort_with(&mut self, now: Instant, code: CauseCode, reason: CloseReason) {
        let mut causes = Vec::new();
        let mut chunk = Vec::new();
        // Both are a few bytes.
        let _ = Cause { code, value: &[] }.write(&mut causes);
        let abort = Abort {
            reflected: false,
            raw_causes: &causes,
        };
        let _ = Chunk::Abort(abort).write(&mut chunk);
        let farewell = self.peer.is_some().then(|| Reply::bundled(chunk));
        self.finish(now, reason, farewell);
    }

    /// The association is over: nothing is kept but the closing event and a last packet.
    pub(super) fn finish(&mut self, _now: Instant, reason: CloseReason, farewell: Option<Reply>) {
        if self.state == State::Closed {
            return;
        }
        tracing::debug!(?reason, "association closed");
        self.state = State::Closed;
        self.timers = super::Timers::default();
        self.pending = Pending::default();
        if let Some(reply) = farewell {
            self.pending.reply(reply);
        }
        self.sender.outbox = Outbox::default();
        self.sender.outstanding =
            super::Outstanding::new(self.own.initial_tsn, self.config.max_packet_size);
        let closed = crate::AssociationEvent::Closed { reason };
        self.events.push_back(closed);
    }
}
