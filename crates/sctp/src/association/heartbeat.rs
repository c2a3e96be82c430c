//! HEARTBEAT on an idle path, and its answers (RFC 9260 §8.3).

use alloc::collections::VecDeque;

use strata_core::Instant;

use super::{Association, transmit::Reply};
use crate::send::fraction;
use crate::wire::{ChunkType, Heartbeat};

impl Association {
    pub(super) fn arm_heartbeat(&mut self, now: Instant) {
        // §8.3: "every HB.interval plus the RTO [..] with jittering of +/- 50% of the RTO".
        let rto = self.rto();
        let millis = u64::try_from(rto.as_millis()).unwrap_or(u64::MAX);
        let jitter = core::time::Duration::from_millis(self.entropy.below(millis));
        let interval = self.config.timing.heartbeat_interval;
        self.timers.heartbeat = Some(now + interval + fraction(rto, 2) + jitter);
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
}
