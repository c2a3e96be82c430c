//! How the search ends: selection, nomination, failure (RFC 8445 §8.1, RFC 8863).

use core::time::Duration;

use strata_core::{Instant, tracing};

use super::{Agent, consent::Selection};
use crate::{
    Event, Role, SelectedPair,
    pair::{Pair, PairId, PairState, Valid},
};

impl Agent {
    /// Whether a pair of the current session was nominated.
    pub(super) fn is_concluded(&self) -> bool {
        self.selection
            .as_ref()
            .is_some_and(|selection| selection.is_current() && selection.nominated)
    }

    /// The controlling side nominates the best valid pair (RFC 8445 §8.1.1). It does so as soon as no better pair can
    /// still succeed in time, or when it has waited for better pairs long enough.
    pub(super) fn nominate(&mut self, now: Instant) {
        if !self.may_nominate() {
            return;
        }
        let Some((id, valid)) = self.best_valid() else {
            return;
        };
        let patient = self
            .search
            .first_success
            .is_some_and(|first| now < first + self.config.nomination_patience);
        let rival = self
            .rivals(valid)
            .any(|pair| can_win(pair, valid, now).is_some());
        if !(patient && rival) {
            tracing::debug!(pair = ?id, "nominated");
            self.search.nomination = Some(id);
            self.checklist.trigger(id);
        }
    }

    fn may_nominate(&self) -> bool {
        self.role == Role::Controlling
            && self.search.nomination.is_none()
            && !self.search.failed
            && !self.is_concluded()
    }

    /// When time alone may change the decision of [`nominate`](Self::nominate).
    pub(super) fn nomination_deadline(&self, now: Instant) -> Option<Instant> {
        if !self.may_nominate() {
            return None;
        }
        let (_, valid) = self.best_valid()?;
        let patience = self.search.first_success? + self.config.nomination_patience;
        let rivals = self
            .rivals(valid)
            .filter_map(|pair| can_win(pair, valid, now));
        rivals.chain([patience]).filter(|at| *at > now).min()
    }

    fn best_valid(&self) -> Option<(PairId, Valid)> {
        self.checklist
            .iter()
            .filter_map(|pair| Some((pair.id, pair.valid?)))
            .max_by_key(|(_, valid)| valid.priority)
    }

    /// The pairs that would be better than `valid`, if they worked.
    fn rivals(&self, valid: Valid) -> impl Iterator<Item = &Pair> {
        self.checklist
            .iter()
            .filter(move |pair| pair.valid.is_none() && pair.priority > valid.priority)
    }

    /// Both sides have agreed on this pair.
    pub(super) fn set_nominated(&mut self, now: Instant, id: PairId) {
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.nominated = true;
            pair.nominate_on_success = false;
        }
        self.select(now);
    }

    /// Selects the best pair: the best of the nominated ones or, before nomination, the best of the valid ones.
    ///
    /// RFC 8445 §8.1.1: if the other side nominates several, the one with the highest priority is used. An exception is
    /// a selected pair that does not answer any more: then a nominated one of lower priority is better.
    pub(super) fn select(&mut self, now: Instant) {
        let silent = self
            .selection
            .as_ref()
            .filter(|selection| selection.is_silent(now, &self.config))
            .map(|selection| selection.pair.path);
        let best = self
            .checklist
            .iter()
            .filter_map(|pair| Some((pair, pair.valid?)))
            .filter(|(_, valid)| now < valid.answered_at + self.config.consent_expiry)
            .max_by_key(|(pair, valid)| {
                (pair.nominated, Some(pair.path) != silent, valid.priority)
            });
        let Some((pair, valid)) = best else {
            return;
        };
        let (id, nominated) = (pair.id, pair.nominated);
        let (Some(local), Some(remote)) = (
            self.candidates.local(valid.local),
            self.candidates.remote(pair.remote),
        ) else {
            return;
        };
        let chosen = SelectedPair {
            path: pair.path,
            local: local.candidate,
            remote: *remote,
        };
        self.switch_to(now, &chosen, nominated, valid);
        if nominated {
            self.conclude(id);
        }
    }

    fn switch_to(&mut self, now: Instant, chosen: &SelectedPair, nominated: bool, valid: Valid) {
        match &mut self.selection {
            Some(selection) if selection.is_current() && selection.pair.path == chosen.path => {
                selection.nominated |= nominated;
                selection.confirm(valid.answered_at);
            }
            Some(_) | None => {
                tracing::debug!(path = ?chosen.path, nominated, "pair selected");
                let interval = self.consent_interval();
                self.selection = Some(Selection::new(
                    chosen,
                    nominated,
                    valid.answered_at,
                    now + interval,
                ));
                self.stats.round_trip_time = Some(valid.round_trip_time);
                self.push_event(Event::SelectedPair { path: chosen.path });
            }
        }
    }

    /// RFC 8445 §8.1.2: removes the other pairs, and cancels their checks.
    fn conclude(&mut self, id: PairId) {
        self.checklist.conclude(id);
        let checklist = &self.checklist;
        for check in &mut self.search.checks {
            check.cancelled |= checklist.get(check.pair).is_none();
        }
    }

    /// Ends the search without a pair. Only a restart begins another.
    pub(super) fn fail(&mut self) {
        self.search.failed = true;
        self.search.checks.clear();
        self.search.early.clear();
        self.checklist.clear();
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
        hopeless.then(|| patience.max(news))
    }
}

/// Until when a better pair can still win against the `valid` one; `None` if it cannot any more.
///
/// A pair that was not checked yet can win at any time. A pair whose check was sent has twice the round-trip time of
/// the valid pair, and [`LEEWAY`], to answer.
fn can_win(pair: &Pair, valid: Valid, now: Instant) -> Option<Instant> {
    match (pair.state, pair.first_sent) {
        (PairState::Frozen | PairState::Waiting, _) | (PairState::InProgress, None) => {
            Some(Instant::from_nanos(u64::MAX))
        }
        (PairState::InProgress, Some(sent)) => {
            let until = sent + valid.round_trip_time.saturating_mul(2) + LEEWAY;
            (until > now).then_some(until)
        }
        (PairState::Succeeded | PairState::Failed, _) => None,
    }
}

/// How much later than twice the round-trip time of the valid pair a better one may answer.
const LEEWAY: Duration = Duration::from_millis(20);
