//! Handling the answers to our own checks (RFC 8445 §7.2.5, RFC 7675 §5).

use core::net::SocketAddr;

use strata_core::{Instant, Path, tracing};
use strata_stun::{Class, ErrorCode, Message, XorMappedAddress};

use super::{Agent, checks::Check, requests::KNOWN};
use crate::{
    Role,
    pair::{PairId, Valid},
    session::Generation,
    stats::count,
};

/// What an authentic response says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Success(SocketAddr),
    RoleConflict,
    Forbidden,
    Failure,
}

impl Agent {
    pub(super) fn handle_response(&mut self, now: Instant, path: Path, message: &Message<'_>) {
        let id = message.transaction_id();
        let consent = self
            .selection
            .as_ref()
            .filter(|selection| selection.awaits(id))
            .map(|selection| selection.generation);
        let check = self.search.checks.iter().position(|check| check.id == id);
        let generation = match (consent, check) {
            (Some(generation), _) => generation,
            (None, Some(_)) => Generation::Current,
            (None, None) => {
                count(&mut self.stats.drops.unknown_transaction);
                return;
            }
        };
        // RFC 8489 §9.1.4: over UDP, such a response is treated as if it had never been received.
        if !self.is_authentic(generation, message) {
            count(&mut self.stats.drops.unauthenticated);
            return;
        }
        // RFC 8489 §6.3.3: such a response is discarded, and its transaction has failed.
        let outcome = if message.unknown_attributes(KNOWN).next().is_some() {
            count(&mut self.stats.drops.unknown_attributes);
            Outcome::Failure
        } else {
            outcome_of(message)
        };
        match check {
            Some(index) => self.handle_check_response(now, path, index, outcome),
            None => self.handle_consent_response(now, path, message, outcome),
        }
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
        message: &Message<'_>,
        outcome: Outcome,
    ) {
        let Some(selection) = &mut self.selection else {
            return;
        };
        if path != selection.pair.path {
            count(&mut self.stats.drops.asymmetric);
            return;
        }
        let Some(sent_at) = selection.answered(message.transaction_id()) else {
            return;
        };
        count(&mut self.stats.responses_received);
        count(&mut self.stats.consent_responses_received);
        match outcome {
            Outcome::Success(_) => {
                selection.confirm(now);
                self.record_round_trip(now - sent_at);
            }
            // RFC 7675 §5.2: a 403 revokes consent immediately.
            Outcome::Forbidden => self.lose_consent(),
            // Other errors give no consent, but do not revoke it either: it lasts until it expires.
            Outcome::RoleConflict | Outcome::Failure => {}
        }
    }

    fn record_round_trip(&mut self, round_trip_time: core::time::Duration) {
        self.stats.round_trip_time = Some(round_trip_time);
        self.stats.total_round_trip_time = self
            .stats
            .total_round_trip_time
            .saturating_add(round_trip_time);
    }

    fn handle_check_response(&mut self, now: Instant, path: Path, index: usize, outcome: Outcome) {
        let check = self.search.checks.swap_remove(index);
        let Some(pair) = self.checklist.get(check.pair) else {
            count(&mut self.stats.drops.unknown_transaction);
            return;
        };
        // RFC 8445 §7.2.5.2.1: the response must come from where the request went.
        if path != pair.path {
            count(&mut self.stats.drops.asymmetric);
            self.fail_pair(check.pair, check.id);
            return;
        }
        count(&mut self.stats.responses_received);
        match outcome {
            Outcome::Success(mapped) => self.handle_success(now, &check, mapped),
            Outcome::RoleConflict => self.handle_role_conflict(&check),
            Outcome::Forbidden => {
                self.fail_pair(check.pair, check.id);
                if self.selected_path() == Some(path) {
                    self.lose_consent();
                }
            }
            Outcome::Failure => self.fail_pair(check.pair, check.id),
        }
    }

    /// RFC 8445 §7.2.5.1.
    fn handle_role_conflict(&mut self, check: &Check) {
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
        if pair.check == Some(check.id)
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
        let nominates = check.use_candidate && self.role == Role::Controlling;
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
        let Some(state) = pair.state.succeed() else {
            return;
        };
        let first = pair.valid.is_none();
        pair.state = state;
        pair.valid = Some(Valid {
            local,
            // `prioritise` below computes it from the candidates.
            priority: pair.priority,
            round_trip_time: now - check.sent_at,
            answered_at: now,
        });
        let agreed = nominates || pair.nominate_on_success;
        self.checklist.prioritise(&self.candidates, self.role);
        self.drop_other_checks(id, check);
        if first {
            tracing::debug!(pair = ?id, "pair succeeded");
            self.search.first_success.get_or_insert(now);
            self.checklist.unfreeze_like(&self.candidates, id);
        }
        if agreed {
            self.set_nominated(now, id);
        } else {
            self.select(now);
        }
        // Karn's algorithm: if a request was repeated, the answer does not say to which of the copies it belongs, so
        // it gives no round-trip time.
        let selected = self.checklist.get(id).map(|pair| pair.path) == self.selected_path();
        if selected && check.timer.sends() == 1 {
            self.record_round_trip(now - check.sent_at);
        }
    }

    /// A check of the pair was answered, so that other checks of it are needless and are cancelled. The check that is
    /// to nominate the pair goes on.
    fn drop_other_checks(&mut self, id: PairId, answered: &Check) {
        if self.search.nomination == Some(id) && !answered.use_candidate {
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
            Ok(None) | Err(_) => Outcome::Failure,
        };
    }
    match message.get::<ErrorCode<'_>>() {
        Ok(Some(error)) if error.code == ErrorCode::ROLE_CONFLICT.code => Outcome::RoleConflict,
        Ok(Some(error)) if error.code == ErrorCode::FORBIDDEN.code => Outcome::Forbidden,
        Ok(_) | Err(_) => Outcome::Failure,
    }
}
