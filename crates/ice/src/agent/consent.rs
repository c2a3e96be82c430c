//! Consent freshness (RFC 7675). A check is sent on the selected pair every 4 to 6 s, and the pair is lost when none
//! was answered for 30 s.
//!
//! A consent check is a Binding request, which keeps NAT bindings alive, too. So this agent never sends the Binding
//! indications of RFC 8445 §11; it accepts those of others.

use core::time::Duration;
use std::collections::VecDeque;

use strata_core::{Instant, tracing};
use strata_stun::TransactionId;

use super::{Agent, output::Outgoing};
use crate::{Config, SelectedPair, session::Generation};

/// The pair that data goes over, and the consent to send on it.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) pair: SelectedPair,
    pub(super) nominated: bool,
    /// The session whose credentials sign the consent checks: the previous one, as long as a restart has not found a
    /// new pair.
    pub(super) generation: Generation,
    /// When the last answer came.
    confirmed_at: Instant,
    /// When the next check is sent.
    next_check: Instant,
    /// The checks that may still be answered, oldest first: the transaction, and when it was sent.
    outstanding: VecDeque<(TransactionId, Instant)>,
}

impl Selection {
    pub(super) fn new(
        pair: &SelectedPair,
        nominated: bool,
        confirmed_at: Instant,
        next_check: Instant,
    ) -> Self {
        Self {
            pair: *pair,
            nominated,
            generation: Generation::Current,
            confirmed_at,
            next_check,
            outstanding: VecDeque::new(),
        }
    }

    pub(super) fn is_current(&self) -> bool {
        self.generation == Generation::Current
    }

    /// Whether no answer has come for so long that the state is [`Disconnected`](crate::State::Disconnected).
    pub(super) fn is_silent(&self, now: Instant, config: &Config) -> bool {
        now >= self.confirmed_at + config.disconnected_after
    }

    /// An answer came.
    pub(super) fn confirm(&mut self, at: Instant) {
        self.confirmed_at = self.confirmed_at.max(at);
    }

    /// Removes a check that was answered from the list, and returns when it was sent.
    pub(super) fn answered(&mut self, id: TransactionId) -> Option<Instant> {
        let index = self
            .outstanding
            .iter()
            .position(|(outstanding, _)| *outstanding == id)?;
        self.outstanding.remove(index).map(|(_, sent_at)| sent_at)
    }

    /// Whether a check may still be answered.
    pub(super) fn awaits(&self, id: TransactionId) -> bool {
        self.outstanding
            .iter()
            .any(|(outstanding, _)| *outstanding == id)
    }
}

impl Agent {
    /// RFC 7675 §5.1: each interval is randomised between 0.8 and 1.2 of the basic one.
    pub(super) fn consent_interval(&mut self) -> Duration {
        let basic = self.config.consent_interval.as_nanos();
        let fifth = u64::try_from(basic / 5).unwrap_or(u64::MAX);
        let spread = self
            .entropy
            .below(fifth.saturating_mul(2).saturating_add(1));
        Duration::from_nanos(fifth.saturating_mul(4).saturating_add(spread))
    }

    /// Sends the next consent check when it is due, and gives the pair up when consent has expired.
    pub(super) fn handle_consent_timers(&mut self, now: Instant) {
        let Some(selection) = &self.selection else {
            return;
        };
        if now >= selection.confirmed_at + self.config.consent_expiry {
            self.lose_consent();
            return;
        }
        if now >= selection.next_check {
            let id = TransactionId::random(&mut self.entropy);
            let interval = self.consent_interval();
            if let Some(selection) = &mut self.selection {
                // RFC 7675 §5.1: a consent check is never repeated; each has an id of its own.
                selection.outstanding.push_back((id, now));
                if selection.outstanding.len() > OUTSTANDING {
                    selection.outstanding.pop_front();
                }
                selection.next_check = now + interval;
                self.outgoing.push_back(Outgoing::Consent(id));
            }
        }
    }

    /// Gives the selected pair up. RFC 7675 §5.1, §5.2: the endpoint MUST cease transmission on that 5-tuple.
    pub(super) fn lose_consent(&mut self) {
        let Some(selection) = self.selection.take() else {
            return;
        };
        tracing::debug!(path = ?selection.pair.path, "consent lost");
        if selection.is_current() {
            self.fail();
        }
    }

    pub(super) fn consent_deadline(&self, now: Instant) -> Option<Instant> {
        let selection = self.selection.as_ref()?;
        let silent = selection.confirmed_at + self.config.disconnected_after;
        let expired = selection.confirmed_at + self.config.consent_expiry;
        let next = selection.next_check.min(expired);
        Some(if silent > now { next.min(silent) } else { next })
    }
}

/// How many consent checks may be unanswered at a time: as many as are sent before consent expires.
const OUTSTANDING: usize = 8;
