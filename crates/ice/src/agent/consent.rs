//! Consent freshness (RFC 7675) on each pair that is kept alive, and the closer look at one that is suspected.
//!
//! A check is sent on the selected pair and on each standby pair every 4 to 6 s. A pair is lost when none of its checks
//! was answered for 30 s.
//!
//! A consent check is a Binding request, which keeps NAT bindings alive, too. So this agent never sends the Binding
//! indications of RFC 8445 §11; it accepts those of others.

use core::time::Duration;

use strata_core::{Entropy, Instant, Path, earliest, tracing};
use strata_stun::TransactionId;

use super::{Agent, output::Outgoing, selection::Choice};
use crate::{
    Config,
    config::STANDBY_MAX,
    liveness::Liveness,
    pair::{Pair, PairId},
};

impl Agent {
    /// Gives up pairs whose consent has expired, suspects the selected one when there is reason to, and sends the
    /// consent checks that are due.
    pub(super) fn handle_liveness_timers(&mut self, now: Instant) {
        self.expire_consent(now);
        self.choose_maintained(now);
        if let Some(liveness) = self.selected_liveness()
            && liveness.doubtful_at().is_some_and(|at| at <= now)
        {
            tracing::debug!("the selected pair is suspected");
            liveness.suspect(now);
        }
        self.send_consent_checks(now);
    }

    /// RFC 7675 §5.1: when consent has expired, the endpoint MUST cease transmission on that 5-tuple.
    fn expire_consent(&mut self, now: Instant) {
        let expiry = self.config.consent_expiry;
        let mut revoked = false;
        for pair in self.checklist.iter_mut() {
            if pair.valid.is_none() || pair.liveness.has_consent(now, expiry) {
                continue;
            }
            if pair.liveness.is_maintained() {
                tracing::debug!(path = ?pair.path, "consent lost");
                pair.revoke();
                pair.record.consent_lost();
                revoked = true;
            } else {
                pair.park();
            }
        }
        if revoked {
            self.forget_revoked();
        }
        let previous = self.previous.as_ref();
        if previous.is_some_and(|previous| !previous.has_consent(now, &self.config)) {
            tracing::debug!("consent lost on the pair of the session before");
            self.previous = None;
            if self.is_selected(Choice::Previous) {
                self.selection = None;
            }
        }
    }

    /// RFC 7675 §5.2: a 403 revokes consent on a pair at once.
    pub(super) fn revoke_consent(&mut self, choice: Choice) {
        match choice {
            Choice::Pair(id) => {
                if let Some(pair) = self.checklist.get_mut(id) {
                    pair.revoke();
                }
                self.forget_revoked();
            }
            Choice::Previous => {
                self.previous = None;
                if self.is_selected(Choice::Previous) {
                    self.selection = None;
                }
            }
        }
    }

    /// Consent on pairs was lost: what stands on them is removed.
    fn forget_revoked(&mut self) {
        let checklist = &self.checklist;
        let lives = |id: PairId| checklist.get(id).is_some_and(|pair| !pair.revoked);
        self.search.checks.retain(|_, check| lives(check.pair));
        if (self.search.nominations.pending()).is_some_and(|pair| !lives(pair)) {
            self.search.nominations.cancel();
        }
        if self.selected_id().is_some_and(|pair| !lives(pair)) {
            self.selection = None;
            self.look_for_another_pair();
        }
    }

    fn is_selected(&self, choice: Choice) -> bool {
        let selection = self.selection.as_ref();
        selection.is_some_and(|selection| selection.choice == choice)
    }

    /// Chooses the pairs that are kept alive: the selected one, and the best standby pairs. Of these, such as share
    /// neither end with the selected pair are preferred, because they do not die together.
    fn choose_maintained(&mut self, now: Instant) {
        let selected = self.selection.as_ref().map(|selection| selection.pair.path);
        let selected_id = self.selected_id();
        let expiry = self.config.consent_expiry;
        let mut kept = [None; STANDBY_MAX];
        for place in 0..self.config.standby {
            let fits = |pair: &&Pair| {
                pair.valid.is_some()
                    && Some(pair.id) != selected_id
                    && pair.liveness.has_consent(now, expiry)
                    && !kept.contains(&Some(pair.id))
            };
            let standby = self.checklist.iter().filter(fits);
            let best = standby.max_by_key(|pair| {
                let alive = !pair.liveness.is_overdue(now);
                (alive, differing_ends(selected, pair.path), pair.priority)
            });
            let Some(best) = best else {
                break;
            };
            if let Some(kept) = kept.get_mut(place) {
                *kept = Some(best.id);
            }
        }
        for pair in self.checklist.iter_mut() {
            let keep = Some(pair.id) == selected_id || kept.contains(&Some(pair.id));
            if !keep {
                pair.liveness.neglect();
            } else if !pair.liveness.is_maintained() {
                let interval = consent_interval(&mut self.entropy, &self.config);
                let answered = pair.liveness.answered_at().unwrap_or(now);
                pair.liveness.maintain(answered + interval);
            }
        }
        self.checklist.note_maintained();
    }

    /// Whether as many standby pairs work as shall be kept.
    pub(super) fn has_standby(&self, now: Instant) -> bool {
        let standby = self
            .checklist
            .iter()
            .filter(|pair| pair.liveness.is_maintained() && !pair.liveness.is_overdue(now));
        standby.count() > self.config.standby
    }

    fn send_consent_checks(&mut self, now: Instant) {
        let suspected = self
            .liveness_of_selected()
            .and_then(Liveness::suspected_since);
        let selected = self.selected_id();
        let (entropy, config) = (&mut self.entropy, &self.config);
        let outgoing = &mut self.outgoing;
        let mut check = |liveness: &mut Liveness, choice: Choice, hurry: Option<Instant>| {
            if let Some(since) = hurry
                && !liveness.was_checked_since(since)
            {
                liveness.hasten(now);
            }
            if liveness.next_check().is_none_or(|at| now < at) {
                return;
            }
            let id = TransactionId::random(entropy);
            let interval = match hurry {
                Some(_) => liveness.probe_interval(),
                None => consent_interval(entropy, config),
            };
            liveness.check_sent(now, id, now + interval);
            outgoing.push_back(Outgoing::Consent(choice, id));
        };
        for pair in self.checklist.iter_mut() {
            check(&mut pair.liveness, Choice::Pair(pair.id), suspected);
        }
        if let Some(previous) = &mut self.previous
            && previous.ends.is_none()
        {
            let hurry = suspected.filter(|_| selected.is_none());
            check(&mut previous.liveness, Choice::Previous, hurry);
        }
    }

    /// The pair on which this consent check was sent, and when.
    pub(super) fn find_consent_check(&self, id: TransactionId) -> Option<(Choice, Instant)> {
        if let Some((pair, at)) = self.checklist.find_consent_check(id) {
            return Some((Choice::Pair(pair), at));
        }
        let previous = self.previous.as_ref()?;
        Some((Choice::Previous, previous.liveness.sent_at(id)?))
    }

    pub(super) fn path_of(&self, choice: Choice) -> Option<Path> {
        match choice {
            Choice::Pair(id) => Some(self.checklist.get(id)?.path),
            Choice::Previous => Some(self.previous.as_ref()?.selected.path),
        }
    }

    pub(super) fn liveness_deadline(&self, now: Instant) -> Option<Instant> {
        let expiry = self.config.consent_expiry;
        let pairs = self.checklist.iter().filter(|pair| pair.valid.is_some());
        let of_pairs = pairs.filter_map(|pair| {
            let liveness = &pair.liveness;
            earliest([liveness.consent_ends(expiry), liveness.next_check()])
        });
        let previous = self.previous.as_ref();
        let of_previous = previous.and_then(|previous| {
            let next = previous.liveness.next_check();
            earliest([
                previous.liveness.consent_ends(expiry),
                next.filter(|_| previous.ends.is_none()),
            ])
        });
        let of_selected = self.liveness_of_selected().and_then(|liveness| {
            let disconnected = self.disconnected_at().filter(|_| self.lost_touch);
            earliest([
                liveness.doubtful_at(),
                liveness.silent_at().filter(|at| *at > now),
                disconnected.filter(|at| *at > now),
            ])
        });
        of_pairs.chain(of_previous).chain(of_selected).min()
    }
}

/// RFC 7675 §5.1: each interval is randomised between 0.8 and 1.2 of the basic one.
pub(super) fn consent_interval(entropy: &mut Entropy, config: &Config) -> Duration {
    let basic = config.consent_interval.as_nanos();
    let fifth = u64::try_from(basic / 5).unwrap_or(u64::MAX);
    let spread = entropy.below(fifth.saturating_mul(2).saturating_add(1));
    Duration::from_nanos(fifth.saturating_mul(4).saturating_add(spread))
}

/// How many ends a path does not share with the selected one.
fn differing_ends(selected: Option<Path>, path: Path) -> u8 {
    selected.map_or(0, |selected| {
        u8::from(selected.local.ip() != path.local.ip())
            .saturating_add(u8::from(selected.remote.ip() != path.remote.ip()))
    })
}
