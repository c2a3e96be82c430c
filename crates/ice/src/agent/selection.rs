//! Which pair data goes over: one function of the pairs and the time.

use strata_core::{Instant, Path, tracing};

use super::Agent;
use crate::{
    Event, RestartReason, SelectedPair,
    liveness::Liveness,
    pair::{Pair, PairId, PairState},
    stats::count,
};

/// Names the pair that data goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// A pair of the current session.
    Pair(PairId),
    /// The pair of the session before the restart.
    Previous,
}

/// The pair that data goes over.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) choice: Choice,
    pub(super) pair: SelectedPair,
    pub(super) nominated: bool,
    /// Where in the checklist the pair was last seen, so that data need not look for it.
    index: usize,
}

impl Agent {
    pub(super) fn selected_id(&self) -> Option<PairId> {
        match self.selection.as_ref()?.choice {
            Choice::Pair(id) => Some(id),
            Choice::Previous => None,
        }
    }

    /// The liveness of the selected pair.
    pub(super) fn selected_liveness(&mut self) -> Option<&mut Liveness> {
        let selection = self.selection.as_mut()?;
        match selection.choice {
            Choice::Pair(id) => {
                let (pair, index) = self.checklist.get_near(id, selection.index)?;
                selection.index = index;
                Some(&mut pair.liveness)
            }
            Choice::Previous => Some(&mut self.previous.as_mut()?.liveness),
        }
    }

    /// As [`selected_liveness`](Self::selected_liveness), to look at.
    pub(super) fn liveness_of_selected(&self) -> Option<&Liveness> {
        match self.selection.as_ref()?.choice {
            Choice::Pair(id) => Some(&self.checklist.get(id)?.liveness),
            Choice::Previous => Some(&self.previous.as_ref()?.liveness),
        }
    }

    /// Data came on a path. Returns whether timers have to be set anew.
    pub(super) fn data_came(&mut self, now: Instant, path: Path) -> bool {
        if self.selected_path() == Some(path) {
            return self
                .selected_liveness()
                .is_some_and(|liveness| liveness.data_came(now));
        }
        if self.is_previous_path(path) {
            if let Some(previous) = &mut self.previous {
                previous.liveness.data_came(now);
            }
            return false;
        }
        let pair = self.checklist.find(path);
        let Some(pair) = pair.and_then(|id| self.checklist.get_mut(id)) else {
            return false;
        };
        pair.liveness.data_came(now);
        // The other side uses another pair. Perhaps it knows that the one in use is dead.
        pair.valid.is_some() && self.contest_selected(now)
    }

    /// The selected pair has to answer a check, or counts as silent.
    pub(super) fn contest_selected(&mut self, now: Instant) -> bool {
        self.selected_id().is_some()
            && self
                .selected_liveness()
                .is_some_and(|liveness| liveness.contest(now))
    }

    /// Selects the best pair, and tells the owner if it is another one than before.
    pub(super) fn select(&mut self, now: Instant) {
        let chosen = self.choose(now);
        let before = self.selection.as_ref().map(|selection| selection.choice);
        if let (Some(chosen), true) = (chosen, chosen != before) {
            self.switch_to(now, chosen);
        } else if let (Some(Choice::Pair(id)), Some(selection)) = (chosen, &mut self.selection) {
            let pair = self.checklist.get(id);
            selection.nominated = pair.is_some_and(|pair| pair.nominated.is_some());
        }
        let lost_touch = self
            .liveness_of_selected()
            .is_some_and(|liveness| liveness.is_silent(now));
        if lost_touch && !self.lost_touch {
            self.look_for_another_pair();
        }
        self.lost_touch = lost_touch;
        self.advise(now);
    }

    /// The pair to use; `None` if there is none.
    fn choose(&self, now: Instant) -> Option<Choice> {
        let selected = self.selection.as_ref().map(|selection| selection.choice);
        let best = self
            .checklist
            .iter()
            .filter_map(|pair| Some((self.rank(now, pair)?, pair.id)))
            .max_by_key(|(rank, _)| *rank);
        let answers = best.filter(|(rank, _)| rank.answers);
        if selected == Some(Choice::Previous) {
            // RFC 8445 §12.1: until a new pair is nominated, data goes over the old one, as long as that is alive.
            let alive = self.previous.as_ref().is_some_and(|previous| {
                previous.has_consent(now, &self.config) && !previous.liveness.is_silent(now)
            });
            let replaced = answers.filter(|(rank, _)| rank.nomination > 0 || !alive);
            return match replaced {
                Some((_, id)) => Some(Choice::Pair(id)),
                None if self.previous.is_some() => selected,
                None => best.map(|(_, id)| Choice::Pair(id)),
            };
        }
        match answers {
            Some((_, id)) => Some(Choice::Pair(id)),
            // None that answers: there is nothing to be gained by leaving the one in use.
            None => selected.or_else(|| best.map(|(_, id)| Choice::Pair(id))),
        }
    }

    /// By what a pair is preferred; `None` if nothing may be sent on it.
    fn rank(&self, now: Instant, pair: &Pair) -> Option<Rank> {
        let valid = pair.valid?;
        if !pair.liveness.has_consent(now, self.config.consent_expiry) {
            return None;
        }
        let selected = self.selected_id() == Some(pair.id);
        // Data goes over to a pair only if that has answered since the one in use was suspected.
        let since = match self.liveness_of_selected() {
            Some(liveness) if !selected && liveness.is_silent(now) => liveness.suspected_since(),
            Some(_) | None => None,
        };
        let answered = pair.liveness.answered_at();
        let proven = since.is_none_or(|since| answered.is_some_and(|at| at >= since));
        let waits = !selected && pair.liveness.misses_answer(now);
        let nomination = self.nomination_rank(pair);
        let concluded = self.search.nominations.is_concluded();
        Some(Rank {
            answers: proven && !waits && !pair.liveness.is_silent(now),
            trusted: !pair.liveness.is_on_probation(),
            nomination,
            in_use: selected && concluded && nomination == 0,
            priority: valid.priority,
        })
    }

    fn switch_to(&mut self, now: Instant, choice: Choice) {
        let Choice::Pair(id) = choice else {
            return;
        };
        let Some(pair) = self.checklist.get(id) else {
            return;
        };
        let Some(local) = pair
            .valid
            .and_then(|valid| self.candidates.local(valid.local))
        else {
            return;
        };
        let Some(remote) = self.candidates.remote(pair.remote) else {
            return;
        };
        let chosen = SelectedPair {
            path: pair.path,
            local: local.candidate,
            remote: *remote,
        };
        let nominated = pair.nominated.is_some();
        let round_trip = pair.liveness.round_trip();
        let moved_from = pair.moved_from;
        tracing::debug!(path = ?chosen.path, nominated, "pair selected");
        let left = self.selected_id();
        let mut silent = true;
        if let Some(liveness) = self.selected_liveness() {
            silent = liveness.is_silent(now);
            if silent {
                liveness.abandon();
            }
            liveness.allow_contest();
        }
        let inherited = moved_from.filter(|from| silent && Some(*from) == left);
        let inherited = inherited.and_then(|from| self.checklist.get(from)?.nominated);
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.nominated = pair.nominated.or(inherited);
        }
        let nominated = nominated || inherited.is_some();
        let path_before = self.selected_path();
        self.selection = Some(Selection {
            choice,
            pair: chosen,
            nominated,
            index: 0,
        });
        self.stats.round_trip_time = round_trip.or(self.stats.round_trip_time);
        if path_before.is_some_and(|before| before != chosen.path) {
            count(&mut self.stats.pair_changes);
        }
        self.push_event(Event::SelectedPair { path: chosen.path });
        self.retire_previous(now);
    }

    /// No pair that is known to work is left: those that were not needed are checked, and those that had failed again.
    pub(super) fn look_for_another_pair(&mut self) {
        for pair in self.checklist.iter_mut() {
            if pair.state == PairState::Failed && !pair.revoked {
                pair.state = PairState::Waiting;
            }
        }
    }

    /// Tells the owner, once, that only a restart leads on.
    fn advise(&mut self, now: Instant) {
        let reason = if self.lost_touch {
            self.is_disconnected(now)
                .then_some(RestartReason::NoPairAnswers)
        } else {
            let stuck = self.search.nominations.is_concluded()
                && self.search.nominations.pending().is_none()
                && self.selection.as_ref().is_some_and(|selection| {
                    !selection.nominated && selection.choice != Choice::Previous
                })
                && !self.may_renominate();
            stuck.then_some(RestartReason::PairNotNominated)
        };
        let Some(reason) = reason else {
            self.advised = None;
            return;
        };
        if self.advised != Some(reason) {
            tracing::debug!(%reason, "a restart would help");
            self.advised = Some(reason);
            self.push_event(Event::RestartAdvised { reason });
        }
    }

    /// Whether the selected pair is silent, nothing has taken its place, and nothing has come for a while.
    pub(super) fn is_disconnected(&self, now: Instant) -> bool {
        self.lost_touch
            && self
                .disconnected_at()
                .is_some_and(|disconnected_at| disconnected_at <= now)
    }

    /// When the state becomes [`Disconnected`](crate::State::Disconnected), as long as the selected pair is silent.
    pub(super) fn disconnected_at(&self) -> Option<Instant> {
        let liveness = self.liveness_of_selected()?;
        Some(liveness.heard_at()? + self.config.disconnected_after)
    }

    /// The pair that a check came on has the same base at the other side as the selected one: the address of the other
    /// side has changed, by a NAT that has forgotten its mappings. The new pair takes over what the old one was, if the
    /// old one is silent.
    pub(super) fn follow_moved_source(&mut self, now: Instant, id: PairId) {
        let Some(selected) = self.selected_id().filter(|selected| *selected != id) else {
            return;
        };
        let (Some(old), Some(new)) = (self.checklist.get(selected), self.checklist.get(id)) else {
            return;
        };
        let same_base = old.local == new.local
            && old.peer_priority.is_some()
            && old.peer_priority == new.peer_priority;
        if !same_base || new.nominated.is_some() || new.revoked {
            return;
        }
        if let Some(new) = self.checklist.get_mut(id) {
            new.moved_from = Some(selected);
        }
        self.contest_selected(now);
    }
}

/// By what one pair is better than another; the first difference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// It is not silent.
    answers: bool,
    /// Data has not just left it because it was silent.
    trusted: bool,
    /// The number of its nomination, 0 if it has none.
    nomination: u32,
    /// Data goes over it already, and none of the pairs that answer is nominated. Once the search is over, priority alone
    /// is no reason to leave it.
    in_use: bool,
    priority: u64,
}
