//! The end of a peer.

use strata_core::{Endpoint as _, tracing};

use super::Peer;
use crate::{CloseReason, ConnectionState, Event};

/// How far the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifecycle {
    /// In use.
    Open,
    /// Closed; the last datagrams and events wait to be polled.
    Closing { reason: CloseReason, drained: bool },
    /// Over. Nothing comes any more.
    Closed,
}

impl Lifecycle {
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}

impl Peer {
    /// Begins the end. What tells the other side of it is still sent; everything else is given up.
    pub(super) fn begin_close(&mut self, reason: CloseReason) {
        if !self.lifecycle.is_open() {
            return;
        }
        tracing::debug!(%reason, "closing");
        self.lifecycle = Lifecycle::Closing {
            reason,
            drained: false,
        };
        if reason != CloseReason::Local {
            // What arrived before the end is told of before the closing event.
            while let Some(event) = self.media.pop_received() {
                self.events.push_back(event);
            }
            while let Some(event) = self.data.poll_event() {
                self.on_sctp(event);
            }
        }
        self.data.abort(self.now);
        let is_local = reason == CloseReason::Local;
        self.set_connection_state(if is_local || reason == CloseReason::Remote {
            ConnectionState::Closed
        } else {
            ConnectionState::Failed
        });
        self.jsep.close();
        self.media.clear();
        self.candidates.clear();
    }

    /// Everything that was to be sent is sent.
    pub(super) fn finish_sending(&mut self) {
        if let Lifecycle::Closing { drained, .. } = &mut self.lifecycle {
            *drained = true;
            self.ice.close(self.now);
        }
    }

    /// The closing event, once the last datagram after [`begin_close`](Self::begin_close) was polled.
    pub(super) fn last_event(&mut self) -> Option<Event> {
        let Lifecycle::Closing {
            reason,
            drained: true,
        } = self.lifecycle
        else {
            return None;
        };
        self.lifecycle = Lifecycle::Closed;
        while self.ice.poll_event().is_some() {}
        self.events.clear();
        Some(Event::Closed { reason })
    }
}
