//! When no pair works (RFC 8445 §8.1.2, RFC 8863).

use strata_core::{Instant, tracing};

use super::Agent;
use crate::pair::PairState;

impl Agent {
    /// Ends the search without a pair. A restart begins another; a further pair goes on with this one.
    pub(super) fn fail(&mut self) {
        self.search.failed = true;
        self.search.checks.clear();
        self.search.early.clear();
        self.search.nominations.cancel();
        self.selection = None;
    }

    /// Declares failure once every pair has failed and the time in which new ones may come is over.
    pub(super) fn detect_failure(&mut self, now: Instant) {
        if self.failure_deadline().is_some_and(|at| at <= now) {
            tracing::debug!("no pair works");
            self.fail();
        }
    }

    /// When the agent fails if nothing happens until then; `None` while a pair is being checked or is in use.
    pub(super) fn failure_deadline(&self) -> Option<Instant> {
        if self.search.failed || self.selection.is_some() {
            return None;
        }
        let hopeless = self
            .checklist
            .iter()
            .all(|pair| pair.state == PairState::Failed);
        // RFC 8863 §4: no failure before this timer ends, even if all known pairs have failed.
        let patience = self.search.started? + self.config.patience;
        // RFC 8838 §8.1.1: no failure while more candidates may come. The other side may never signal their end, so the
        // wait for them is limited, too.
        let news = if self.search.remote_complete {
            Instant::EPOCH
        } else {
            self.search.last_news? + self.config.patience
        };
        // Once a pair was nominated, both sides have found what they could. Nothing of it is left.
        let concluded = self.search.nominations.is_concluded();
        let last_chance = if concluded {
            Instant::EPOCH
        } else {
            patience.max(news)
        };
        hopeless.then_some(last_chance)
    }
}
