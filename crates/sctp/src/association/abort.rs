//! How an association ends at once, and the chunks ABORT and ERROR (RFC 9260 §9.1, §3.3.10).

use alloc::vec::Vec;

use strata_core::{Instant, tracing};

use super::{
    Association, State,
    transmit::{Pending, Reply},
};
use crate::{
    CloseReason,
    send::Outbox,
    wire::{Abort, Cause, CauseCode, Chunk, ErrorChunk},
};

impl Association {
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

    /// Ends the association at once. If the peer is known, it is sent an ABORT.
    pub fn abort(&mut self, now: Instant) {
        self.now = now;
        self.abort_with(now, CauseCode::USER_INITIATED_ABORT, CloseReason::Aborted);
    }

    pub(super) fn abort_with(&mut self, now: Instant, code: CauseCode, reason: CloseReason) {
        let mut causes = Vec::new();
        let mut chunk = Vec::new();
        // Neither can be too long: both are a few bytes.
        let _ = Cause { code, value: &[] }.write(&mut causes);
        let abort = Abort {
            reflected: false,
            raw_causes: &causes,
        };
        let _ = Chunk::Abort(abort).write(&mut chunk);
        let farewell = self.peer.is_some().then(|| Reply::bundled(chunk));
        self.finish(now, reason, farewell);
    }

    /// The association is over. It keeps nothing but the closing event and perhaps a last packet.
    pub(super) fn finish(&mut self, _now: Instant, reason: CloseReason, farewell: Option<Reply>) {
        if self.state == State::Closed {
            return;
        }
        tracing::debug!(?reason, "association closed");
        self.state = State::Closed;
        self.timers = super::Timers::default();
        self.suspended = None;
        self.acknowledging = super::Acknowledging::default();
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
