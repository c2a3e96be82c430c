//! Handling the answers to our own checks (RFC 8445 §7.2.5, RFC 7675 §5).

use core::net::SocketAddr;

use strata_core::{Instant, Path, tracing};
use strata_stun::{Class, ErrorCode, Message, TransactionId, XorMappedAddress};

use super::{Agent, checks::Check, output::KNOWN, selection::Choice};
use crate::{
    PairError, Role,
    pair::{PairId, PairState, Valid},
    session::Generation,
    stats::count,
};

/// A request of this side that may still be answered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// A connectivity check of this pair.
    Check(PairId),
    /// A consent check on this pair, and when it was sent.
    Consent(Choice, Instant),
}

/// What an authentic response says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Success(SocketAddr),
    RoleConflict,
    Forbidden,
    Failure(PairError),
}

impl Agent {
    /// The request of this side with this id, if it may still be answered.
    pub(super) fn find_transaction(&self, id: TransactionId) -> Option<Asked> {
        if let Some(check) = self.search.checks.get(&id) {
            return Some(Asked::Check(check.pair));
        }
        let (choice, sent_at) = self.find_consent_check(id)?;
        Some(Asked::Consent(choice, sent_at))
    }

    /// Handles a response that was awaited. Returns whether it was authentic.
    pub(super) fn handle_response(
        &mut self,
        now: Instant,
        path: Path,
        asked: Asked,
        message: &Message<'_>,
    ) -> bool {
        let id = message.transaction_id();
        let (choice, generation) = match asked {
            Asked::Check(pair) => (Choice::Pair(pair), Generation::Current),
            Asked::Consent(Choice::Previous, _) => (Choice::Previous, Generation::Previous),
            Asked::Consent(choice, _) => (choice, Generation::Current),
        };
        // RFC 8489 §9.1.4: over UDP, such a response is treated as if it had never been received.
        if !self.is_authentic(generation, message) {
            self.note_unauthenticated(path, choice, message);
            count(&mut self.stats.drops.unauthenticated);
            return false;
        }
        // RFC 8489 §6.3.3: such a response is discarded, and its transaction has failed.
        let outcome = if message.unknown_attributes(KNOWN).next().is_some() {
            count(&mut self.stats.drops.unknown_attributes);
            Outcome::Failure(PairError::Unreadable)
        } else {
            outcome_of(message)
        };
        match asked {
            Asked::Consent(choice, sent_at) => {
                self.handle_consent_response(now, path, (choice, sent_at), outcome);
            }
            Asked::Check(_) => self.handle_check_response(now, path, id, outcome),
        }
        true
    }

    fn is_authentic(&self, generation: Generation, message: &Message<'_>) -> bool {
        self.sessions
            .get(generation)
            .and_then(|session| session.remote.as_ref())
            .is_some_and(|remote| message.verify_integrity(&remote.side.key).is_ok())
    }

    fn handle_consent_response(
        &mut self,
        now: Instant,
        path: Path,
        (choice, sent_at): (Choice, Instant),
        outcome: Outcome,
    ) {
        if Some(path) != self.path_of(choice) {
            count(&mut self.stats.drops.asymmetric);
            self.note_refused(choice, PairError::Asymmetric(path.remote));
            return;
        }
        count(&mut self.stats.responses_received);
        count(&mut self.stats.consent_responses_received);
        self.note_outcome(choice, outcome);
        match outcome {
            Outcome::Success(_) => {
                let liveness = match choice {
                    Choice::Pair(id) => self.checklist.get_mut(id).map(|pair| &mut pair.liveness),
                    Choice::Previous => {
                        (self.previous.as_mut()).map(|previous| &mut previous.liveness)
                    }
                };
                if let Some(liveness) = liveness {
                    liveness.answered(now, sent_at, false);
                }
                if self.selected_path() == Some(path) {
                    self.record_round_trip(now - sent_at);
                }
            }
            // RFC 7675 §5.2: a 403 revokes consent immediately.
            Outcome::Forbidden => self.revoke_consent(choice),
            // Other errors give no consent, but do not revoke it either: it lasts until it expires.
            Outcome::RoleConflict | Outcome::Failure(_) => {}
        }
    }

    /// Remembers for the report what an authentic answer says.
    fn note_outcome(&mut self, choice: Choice, outcome: Outcome) {
        let error = match outcome {
            Outcome::Success(_) => {
                if let Some(record) = self.record_of(choice) {
                    record.answered();
                }
                return;
            }
            Outcome::RoleConflict => {
                count(&mut self.search.troubles.role_conflicts);
                PairError::Refused(ErrorCode::ROLE_CONFLICT.code)
            }
            Outcome::Forbidden => PairError::Refused(ErrorCode::FORBIDDEN.code),
            Outcome::Failure(error) => error,
        };
        self.note_refused(choice, error);
    }

    fn record_round_trip(&mut self, round_trip_time: core::time::Duration) {
        self.stats.round_trip_time = Some(round_trip_time);
        self.stats.total_round_trip_time = self
            .stats
            .total_round_trip_time
            .saturating_add(round_trip_time);
    }

    fn handle_check_response(
        &mut self,
        now: Instant,
        path: Path,
        id: TransactionId,
        outcome: Outcome,
    ) {
        let Some(check) = self.search.checks.remove(&id) else {
            return;
        };
        let Some(pair) = self.checklist.get(check.pair) else {
            count(&mut self.stats.drops.unknown_transaction);
            return;
        };
        // RFC 8445 §7.2.5.2.1: the response must come from where the request went.
        if path != pair.path {
            count(&mut self.stats.drops.asymmetric);
            let error = PairError::Asymmetric(path.remote);
            self.note_refused(Choice::Pair(check.pair), error);
            self.fail_pair(check.pair, id);
            return;
        }
        count(&mut self.stats.responses_received);
        self.note_outcome(Choice::Pair(check.pair), outcome);
        match outcome {
            Outcome::Success(mapped) => self.handle_success(now, &check, mapped),
            Outcome::RoleConflict => self.handle_role_conflict(&check, id),
            Outcome::Forbidden => self.revoke_consent(Choice::Pair(check.pair)),
            Outcome::Failure(_) => self.fail_pair(check.pair, id),
        }
    }

    /// RFC 8445 §7.2.5.1.
    fn handle_role_conflict(&mut self, check: &Check, id: TransactionId) {
        let role = check.role.other();
        if self.role != role {
            count(&mut self.stats.role_conflicts);
            self.take_role(role);
            // "The agent MUST change the tiebreaker value."
            self.tie_breaker = self.entropy.u64();
        }
        let Some(pair) = self.checklist.get_mut(check.pair) else {
            return;
        };
        if pair.check == Some(id)
            && let Some(state) = pair.state.trigger()
        {
            pair.check = None;
            pair.state = state;
            self.checklist.trigger(check.pair);
        }
    }

    /// RFC 8445 §7.2.5.3.
    fn handle_success(&mut self, now: Instant, check: &Check, mapped: SocketAddr) {
        let id = check.pair;
        let nominates = check.use_candidate
            && self.role == Role::Controlling
            && self.search.nominations.pending() == Some(id);
        let Some(base) = self.checklist.get(id).map(|pair| pair.local) else {
            return;
        };
        let pairs = &self.checklist;
        let needed = |local| {
            pairs
                .iter()
                .any(|pair| pair.valid.is_some_and(|valid| valid.local == local))
        };
        let limits = &self.config.limits;
        let local = self.candidates.local_seen_as(base, mapped, limits, needed);
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        let repeated = check.timer.sends() > 1;
        let first = pair.valid.is_none();
        pair.state = PairState::Succeeded;
        pair.valid = Some(Valid {
            local,
            // `prioritise` below computes it from the candidates.
            priority: pair.priority,
        });
        pair.liveness.answered(now, check.sent_at, repeated);
        let agreed = if nominates {
            Some(self.search.nominations.latest())
        } else {
            pair.nominating
        };
        self.checklist.prioritise(&self.candidates, self.role);
        self.drop_other_checks(id, check);
        if first {
            tracing::debug!(pair = ?id, "pair succeeded");
            self.search.first_success.get_or_insert(now);
        }
        match agreed {
            Some(number) => self.set_nominated(now, id, number),
            None => self.select(now),
        }
        let selected = self.checklist.get(id).map(|pair| pair.path) == self.selected_path();
        if selected && !repeated {
            self.record_round_trip(now - check.sent_at);
        }
    }

    /// A check of the pair was answered, so that other checks of it are needless and are cancelled. The check that is
    /// to nominate the pair goes on.
    fn drop_other_checks(&mut self, id: PairId, answered: &Check) {
        if self.search.nominations.pending() == Some(id) && !answered.use_candidate {
            return;
        }
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        let other = pair.check.take();
        self.cancel(other);
        self.checklist.untrigger(id);
    }
}

fn outcome_of(message: &Message<'_>) -> Outcome {
    if message.class() == Class::Success {
        return match message.get() {
            Ok(Some(XorMappedAddress(mapped))) => Outcome::Success(mapped),
            Ok(None) | Err(_) => Outcome::Failure(PairError::Unreadable),
        };
    }
    match message.get::<ErrorCode<'_>>() {
        Ok(Some(error)) if error.code == ErrorCode::ROLE_CONFLICT.code => Outcome::RoleConflict,
        Ok(Some(error)) if error.code == ErrorCode::FORBIDDEN.code => Outcome::Forbidden,
        Ok(Some(error)) => Outcome::Failure(PairError::Refused(error.code)),
        Ok(None) | Err(_) => Outcome::Failure(PairError::Unreadable),
    }
}
