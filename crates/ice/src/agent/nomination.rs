//! Nomination (RFC 8445 §8.1.1): each one is an event with a number, and the latest counts.

use core::time::Duration;

use strata_core::{Instant, tracing};
use strata_stun::{Attribute, AttributeError, AttributeType, TransactionId};

use super::{Agent, selection::Choice};
use crate::{
    Role,
    pair::{Pair, PairId, PairState, Valid},
};

/// What was nominated in this session, and what is about to be.
#[derive(Debug, Default)]
pub(super) struct Nominations {
    /// The pair that this side is nominating, until the other side has answered.
    pending: Option<PairId>,
    /// The number of the latest one that this side has made or accepted.
    latest: u32,
    /// The largest value of a NOMINATION attribute that was accepted.
    valued: Option<u32>,
    /// Both sides have agreed on a pair.
    concluded: bool,
}

impl Nominations {
    pub(super) const fn pending(&self) -> Option<PairId> {
        self.pending
    }

    pub(super) const fn is_concluded(&self) -> bool {
        self.concluded
    }

    /// Gives up what is about to be nominated.
    pub(super) const fn cancel(&mut self) {
        self.pending = None;
    }

    /// The value of the NOMINATION attribute for the pending one.
    pub(super) const fn latest(&self) -> u32 {
        self.latest
    }

    fn begin(&mut self, pair: PairId) {
        self.pending = Some(pair);
        self.latest = self.latest.saturating_add(1);
    }

    /// The number of a nomination of the other side; `None` if a later one was accepted before.
    ///
    /// draft-thatcher-ice-renomination-01 §4: the largest value counts, and "any value included takes precedence over
    /// the lack of a value".
    fn accept(&mut self, value: Option<u32>) -> Option<u32> {
        let stale = match (value, self.valued) {
            (Some(value), Some(known)) => value < known,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if stale {
            return None;
        }
        self.valued = self.valued.max(value);
        self.latest = self.latest.saturating_add(1);
        Some(self.latest)
    }
}

/// NOMINATION (draft-thatcher-ice-renomination-01 §4): a 24-bit number in the lowest three octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nomination(pub(super) u32);

impl Attribute<'_> for Nomination {
    /// The number that browsers use; it is registered nowhere.
    const TYPE: AttributeType = AttributeType::new(0xC001);

    fn parse(value: &[u8], _: TransactionId) -> Result<Self, AttributeError> {
        let octets: [u8; 4] = value.try_into().map_err(|_| AttributeError::Length {
            expected: 4,
            actual: value.len(),
        })?;
        Ok(Self(u32::from_be_bytes(octets) & 0x00FF_FFFF))
    }

    fn write(&self, _: TransactionId, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.0 & 0x00FF_FFFF).to_be_bytes());
    }
}

impl Agent {
    /// Whether both sides have agreed that the latest nomination counts.
    pub(super) const fn renominates(&self) -> bool {
        self.config.renomination && self.search.remote_options.renomination
    }

    /// Whether the other side follows a further nomination: it has agreed to; it is lite, and follows each; or it may
    /// be an implementation of RFC 5245, to which several may be nominated.
    pub(super) const fn may_renominate(&self) -> bool {
        let remote = &self.search.remote_options;
        self.renominates() || remote.lite || !remote.ice2
    }

    /// The controlling side nominates the best valid pair (RFC 8445 §8.1.1). It does so as soon as no better pair can
    /// still succeed in time, or when it has waited for better pairs long enough.
    ///
    /// When data has gone over to another pair since, it nominates that, if the other side follows.
    pub(super) fn nominate(&mut self, now: Instant) {
        if !self.may_nominate() {
            return;
        }
        if self.search.nominations.is_concluded() {
            if let Some(id) = self.unnominated_selection()
                && self.may_renominate()
            {
                self.begin_nomination(id);
            }
            return;
        }
        let Some((id, valid, round_trip)) = self.best_valid(now) else {
            return;
        };
        let patient = self
            .search
            .first_success
            .is_some_and(|first| now < first + self.config.nomination_patience);
        let rival = self
            .rivals(valid)
            .any(|pair| can_win(pair, round_trip, now).is_some());
        if !(patient && rival) {
            self.begin_nomination(id);
        }
    }

    fn begin_nomination(&mut self, id: PairId) {
        tracing::debug!(pair = ?id, "nominated");
        self.search.nominations.begin(id);
        self.checklist.trigger(id);
    }

    const fn may_nominate(&self) -> bool {
        matches!(self.role, Role::Controlling)
            && self.search.nominations.pending().is_none()
            && !self.search.failed
    }

    /// The selected pair, if it is not nominated and answers.
    fn unnominated_selection(&self) -> Option<PairId> {
        let selection = self.selection.as_ref()?;
        match selection.choice {
            Choice::Pair(id) if !selection.nominated && !self.lost_touch => Some(id),
            Choice::Pair(_) | Choice::Previous => None,
        }
    }

    /// When time alone may change the decision of [`nominate`](Self::nominate).
    pub(super) fn nomination_deadline(&self, now: Instant) -> Option<Instant> {
        if !self.may_nominate() || self.search.nominations.is_concluded() {
            return None;
        }
        let (_, valid, round_trip) = self.best_valid(now)?;
        let patience = self.search.first_success? + self.config.nomination_patience;
        let rivals = self
            .rivals(valid)
            .filter_map(|pair| can_win(pair, round_trip, now));
        rivals.chain([patience]).filter(|at| *at > now).min()
    }

    fn best_valid(&self, now: Instant) -> Option<(PairId, Valid, Duration)> {
        self.checklist
            .iter()
            .filter(|pair| !pair.liveness.is_silent(now))
            .filter_map(|pair| Some((pair.id, pair.valid?, pair.liveness.round_trip()?)))
            .max_by_key(|(_, valid, _)| valid.priority)
    }

    /// The pairs that would be better than `valid`, if they worked.
    fn rivals(&self, valid: Valid) -> impl Iterator<Item = &Pair> {
        self.checklist
            .iter()
            .filter(move |pair| pair.valid.is_none() && pair.priority > valid.priority)
    }

    /// The other side, which controls, nominates a pair by a check on it (RFC 8445 §7.3.1.5).
    pub(super) fn nominated_by_remote(&mut self, now: Instant, id: PairId, value: Option<u32>) {
        let value = value.filter(|_| self.renominates());
        // A pair that is kept alive was asked no longer ago than this.
        let longest = self
            .config
            .consent_interval
            .saturating_mul(3)
            .checked_div(2);
        let fresh = now - longest.unwrap_or(self.config.consent_interval);
        let aggressive = !self.search.remote_options.ice2 && !self.renominates();
        let newest = self.is_newest(id);
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        // A check of a pair that is nominated bears USE-CANDIDATE again and again, from some implementations.
        let agreed = pair.nominated.is_some() && !pair.liveness.is_silent(now);
        if pair.revoked
            || (agreed && (newest || aggressive))
            || (newest && pair.nominating.is_some())
        {
            return;
        }
        let Some(number) = self.search.nominations.accept(value) else {
            return;
        };
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        pair.liveness.trust();
        // A pair that worked a while ago may not work any more, so it is checked again before data goes over it.
        let answered = pair.liveness.answered_at();
        let proven = pair.valid.is_some()
            && !pair.liveness.is_silent(now)
            && answered.is_some_and(|at| at >= fresh);
        if proven {
            self.set_nominated(now, id, number);
        } else {
            pair.nominating = Some(number);
            self.checklist.trigger(id);
        }
        if aggressive && self.selected_id() != Some(id) {
            // Of several, the best that answers is used. So the one in use has to show that it does.
            self.contest_selected(now);
        }
    }

    fn is_newest(&self, id: PairId) -> bool {
        let latest = self.search.nominations.latest;
        self.checklist
            .get(id)
            .is_some_and(|pair| latest > 0 && pair.nominated.max(pair.nominating) == Some(latest))
    }

    /// Both sides have agreed on this pair.
    pub(super) fn set_nominated(&mut self, now: Instant, id: PairId, number: u32) {
        if let Some(pair) = self.checklist.get_mut(id) {
            tracing::debug!(pair = ?id, number, "both sides have agreed");
            pair.nominated = pair.nominated.max(Some(number));
            pair.nominating = None;
            pair.liveness.trust();
            self.search.nominations.concluded = true;
            if self.search.nominations.pending == Some(id) {
                self.search.nominations.pending = None;
            }
            self.select(now);
        }
    }

    /// By what a pair is preferred for its nomination: the latest one counts or, to an implementation of RFC 5245, any
    /// is as good as another (RFC 8445 §8.1.1, RFC 5245 §8.1.1.2).
    pub(super) fn nomination_rank(&self, pair: &Pair) -> u32 {
        let number = pair.nominated.unwrap_or(0);
        let follows = self.role == Role::Controlled;
        if follows && !self.search.remote_options.ice2 && !self.renominates() {
            number.min(1)
        } else {
            number
        }
    }
}

/// Until when a better pair can still win against a valid one with this round-trip time; `None` if it cannot any more.
///
/// A pair that was not checked yet can win at any time. A pair whose check was sent has twice the round-trip time of
/// the valid pair, and [`LEEWAY`], to answer.
fn can_win(pair: &Pair, round_trip: Duration, now: Instant) -> Option<Instant> {
    match (pair.state, pair.first_sent) {
        (PairState::Waiting, _) | (PairState::InProgress, None) => {
            Some(Instant::from_nanos(u64::MAX))
        }
        (PairState::InProgress, Some(sent)) => {
            let until = sent + round_trip.saturating_mul(2) + LEEWAY;
            (until > now).then_some(until)
        }
        (PairState::Succeeded | PairState::Failed, _) => None,
    }
}

/// How much later than twice the round-trip time of the valid pair a better one may answer.
const LEEWAY: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    /// draft-thatcher-ice-renomination-01 §4.
    #[test]
    fn the_largest_value_counts_and_any_counts_more_than_none() {
        let mut nominations = Nominations::default();
        assert_eq!(nominations.accept(None), Some(1));
        assert_eq!(nominations.accept(None), Some(2));
        assert_eq!(nominations.accept(Some(7)), Some(3));
        assert_eq!(nominations.accept(Some(6)), None);
        assert_eq!(nominations.accept(None), None);
        assert_eq!(nominations.accept(Some(8)), Some(4));
    }

    #[test]
    fn a_nomination_has_24_bits() {
        let id = TransactionId::new([0; 12]);
        let mut out = Vec::new();
        Nomination(0x0112_3456).write(id, &mut out);
        assert_eq!(out, [0, 0x12, 0x34, 0x56]);
        assert_eq!(
            Nomination::parse(&[9, 0x12, 0x34, 0x56], id),
            Ok(Nomination(0x12_3456))
        );
        assert!(Nomination::parse(&[1, 2, 3], id).is_err());
    }
}
