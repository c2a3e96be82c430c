//! Room in full tables: what is dead makes way, the oldest first, and is counted.

use strata_core::{Instant, tracing};

use super::Agent;
use crate::{Event, pair::InUse, stats::count};

impl Agent {
    /// What keeps pairs on the checklist.
    pub(super) fn in_use(&self, now: Instant) -> InUse {
        InUse {
            now,
            expiry: self.config.consent_expiry,
            selected: self.selected_path(),
            nomination: self.search.nomination,
        }
    }

    /// Whose place a further remote candidate takes: when the table is full, that of the oldest one that is
    /// in no pair, or in none that is alive.
    pub(super) fn vacant_remote(&self, now: Instant) -> Option<usize> {
        let remotes = self.candidates.remotes();
        if remotes.count() < self.config.limits.remote_candidates {
            return None;
        }
        let in_use = self.in_use(now);
        let living = self.checklist.iter().filter(|pair| !in_use.is_dead(pair));
        self.candidates
            .oldest_remote_but(living.map(|pair| pair.remote))
    }

    /// A new remote candidate is at `index`: if it has taken the place of another, the pairs of that go.
    pub(super) fn settle_remote(&mut self, index: usize, vacant: Option<usize>) {
        if vacant == Some(index) {
            tracing::debug!(index, "a dead remote candidate has made room");
            self.checklist.forget_remote(index);
            count(&mut self.stats.remote_candidates_forgotten);
        }
    }

    /// Tells the owner of something. The network can bring changes about again and again, so while nobody
    /// polls, the oldest make room: what was is less than what is.
    pub(super) fn tell(&mut self, event: Event) {
        if self.events.len() >= self.config.limits.events.max(1) {
            self.events.pop_front();
            count(&mut self.stats.events_forgotten);
        }
        self.events.push_back(event);
    }
}
