//! What is evicted from a full table for something new: the oldest entry that is of no more use. It is counted.

use strata_core::{Instant, tracing};

use super::Agent;
use crate::{Event, pair::InUse, stats::count};

impl Agent {
    /// What decides whether a pair is of any more use.
    pub(super) fn in_use(&self, now: Instant) -> InUse {
        InUse {
            now,
            expiry: self.config.consent_expiry,
            selected: self.selected_path(),
            nomination: self.search.nominations.pending(),
        }
    }

    /// The remote candidate to evict for a further one: the oldest that no living pair needs. `None` while the table is
    /// not full, and when all candidates in it are needed.
    pub(super) fn evictable_remote(&self, now: Instant) -> Option<usize> {
        let remotes = self.candidates.remotes();
        if remotes.count() < self.config.limits.remote_candidates {
            return None;
        }
        let in_use = self.in_use(now);
        let living = self.checklist.iter().filter(|pair| !in_use.is_dead(pair));
        self.candidates
            .oldest_remote_but(living.map(|pair| pair.remote))
    }

    /// A new remote candidate is at `index`. If that was the place of the `evictable` one, the pairs of the evicted
    /// candidate are removed.
    pub(super) fn forget_evicted(&mut self, index: usize, evictable: Option<usize>) {
        if evictable == Some(index) {
            tracing::debug!(index, "a dead remote candidate was evicted");
            self.checklist.remove_pairs_with(index);
            self.forget_checks_of_removed_pairs();
            count(&mut self.stats.remote_candidates_forgotten);
        }
    }

    /// Queues an event for the owner. The network can cause events without end, so the queue is limited. When it is
    /// full, the oldest event is dropped: the owner needs to know the present state more than a past one.
    pub(super) fn push_event(&mut self, event: Event) {
        if self.events.len() >= self.config.limits.events.max(1) {
            self.events.pop_front();
            count(&mut self.stats.events_forgotten);
        }
        self.events.push_back(event);
    }
}
