//! Times without a path to the other side: what is told to the layers above ICE ([`Peer`] says what it means).

use core::net::IpAddr;

use strata_core::{Instant, Path, tracing};

use super::Peer;
use crate::CloseReason;

/// Whether there is a path, and how long there may be none.
#[derive(Debug, Default)]
pub(super) struct Reachability {
    /// Whether there was a path when somebody looked last.
    alive: bool,
    /// Whether it answered.
    answers: bool,
    /// The path that was selected last.
    path: Option<Path>,
    /// The machine has lost that path's address.
    lost: bool,
    /// How often DTLS and SCTP had to send something again, because nothing had answered it.
    repetitions: u64,
    /// When the peer closes because ICE has failed.
    give_up: Option<Instant>,
}

impl Reachability {
    pub(super) const fn is_alive(&self) -> bool {
        self.alive
    }

    pub(super) const fn give_up(&self) -> Option<Instant> {
        self.give_up
    }
}

impl Peer {
    /// Where to send to. RFC 7675 §5.1: without consent there is no path.
    pub(super) fn path(&self) -> Option<Path> {
        self.ice.selected_path()
    }

    /// Tells the layers above ICE whether there is a path.
    pub(super) fn update_reachability(&mut self) {
        let alive = self.path().is_some();
        if !alive && self.reachability.alive {
            let given_up = self.media.give_up_outgoing();
            self.drops.unsent = self.drops.unsent.saturating_add(given_up);
        }
        self.reachability.alive = alive;
        // Consent ends 30 s after the last answer, and by then a handshake would have run out of time. Media goes on
        // until then: perhaps it arrives, and only the answers do not.
        let answers =
            self.ice.has_live_pair() && self.ice.state() != strata_ice::State::Disconnected;
        if answers == self.reachability.answers {
            return;
        }
        self.reachability.answers = answers;
        tracing::debug!(answers, "path");
        if answers {
            self.security.resume(self.now);
            self.data.resume(self.now);
        } else {
            self.security.suspend(self.now);
            self.data.suspend(self.now);
        }
    }

    /// ICE has selected a path, perhaps another one than before.
    pub(super) fn change_path(&mut self, path: Path) {
        let before = self.reachability.path.replace(path);
        let lost = core::mem::take(&mut self.reachability.lost);
        if before.is_some_and(|before| before != path) {
            self.security.path_changed(self.now);
            self.data.path_changed(self.now, lost);
        }
    }

    /// The machine has lost this address.
    pub(super) fn lose_interface(&mut self, ip: IpAddr) {
        let path = self.reachability.path;
        self.reachability.lost |= path.is_some_and(|path| path.local.ip() == ip);
    }

    /// Tells ICE when something had to be sent again, for the path may be lost.
    pub(super) fn note_repetitions(&mut self) {
        let dtls = self.security.dtls().map_or(0, |dtls| dtls.stats().timeouts);
        let sctp = self.data.stats().map_or(0, |sctp| sctp.timeouts);
        let repetitions = dtls.saturating_add(sctp);
        if repetitions != self.reachability.repetitions {
            self.reachability.repetitions = repetitions;
            self.ice.note_unanswered(self.now);
        }
    }

    /// ICE is in another state: has it failed, the peer may close some time later.
    pub(super) fn watch_failure(&mut self, state: strata_ice::State) {
        let failed = state == strata_ice::State::Failed;
        let patience = self.config.close_after_failed.filter(|_| failed);
        self.reachability.give_up = patience.map(|patience| self.now + patience);
    }

    /// Closes if ICE has failed for as long as the owner was to wait.
    pub(super) fn give_up_if_due(&mut self) {
        let due = self.reachability.give_up;
        if due.is_some_and(|at| at <= self.now) {
            self.reachability.give_up = None;
            self.begin_close(CloseReason::IceFailed);
        }
    }
}
