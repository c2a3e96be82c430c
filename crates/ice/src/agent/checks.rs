//! Connectivity checks: when they are sent, repeated and given up (RFC 8445 §6.1.4, §7.2, §14).

use strata_core::{Instant, tracing};
use strata_stun::{Expiry, Retransmission, Schedule, TransactionId};

use super::{Agent, output::Outgoing};
use crate::{
    Role,
    pair::{PairId, PairState},
};

/// One Binding request that may still be answered.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) id: TransactionId,
    pub(super) pair: PairId,
    pub(super) timer: Retransmission,
    pub(super) sent_at: Instant,
    /// What the request says of this side; a repetition must say the same.
    pub(super) role: Role,
    pub(super) tie_breaker: u64,
    pub(super) use_candidate: bool,
    /// A newer check took its place: it is not repeated, and that it is not answered means nothing.
    pub(super) cancelled: bool,
    /// It waits to be polled.
    pub(super) queued: bool,
}

impl Agent {
    /// Repeats what is due, and gives up what was repeated often enough.
    pub(super) fn handle_check_timers(&mut self, now: Instant) {
        let mut failed = Vec::new();
        let outgoing = &mut self.outgoing;
        self.search.checks.retain_mut(|check| {
            // A `Vec` of what failed allocates only when something has.
            match check.timer.handle_timeout(now) {
                None => true,
                Some(Expiry::Resend) => {
                    if !check.cancelled && !check.queued {
                        check.queued = true;
                        outgoing.push_back(Outgoing::Check(check.id));
                    }
                    true
                }
                Some(Expiry::TimedOut) => {
                    if !check.cancelled {
                        failed.push((check.pair, check.id));
                    }
                    false
                }
            }
        });
        for (pair, check) in failed {
            tracing::debug!(?pair, "check timed out");
            self.fail_pair(pair, check);
        }
    }

    /// A check has failed; with the check that nominates, so has ICE (RFC 8445 §7.2.5.3.4).
    pub(super) fn fail_pair(&mut self, id: PairId, check: TransactionId) {
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        if pair.check != Some(check) {
            return;
        }
        pair.check = None;
        let Some(state) = pair.state.fail() else {
            return;
        };
        pair.state = state;
        pair.valid = None;
        // On the controlled side the pairs that are left are the other side's to nominate.
        pair.nominate_on_success = false;
        if self.search.nomination == Some(id) {
            tracing::debug!(?id, "the nominated pair failed");
            self.fail();
        }
    }

    /// Sends the checks whose turn it is.
    ///
    /// Ta limits the rate of new checks. An ordinary check waits for its slot. A triggered check
    /// takes the next slots in advance, up to `BORROWED_SLOTS`, instead of waiting: so the mean rate
    /// is the one of RFC 8445 §14.2, and the answer to a working check costs no fixed wait.
    pub(super) fn send_checks(&mut self, now: Instant) {
        if self.sessions.current.remote.is_none() || self.search.failed {
            return;
        }
        loop {
            let next = if self.checklist.has_triggered() && self.may_trigger(now) {
                self.checklist.next_triggered()
            } else if now >= self.search.next_check {
                self.checklist.next_ordinary(&self.candidates)
            } else {
                None
            };
            let Some(pair) = next else {
                return;
            };
            self.send_check(now, pair);
        }
    }

    /// From when on a triggered check may be sent.
    fn first_borrowed_slot(&self) -> Instant {
        self.search.next_check - self.config.pacing.saturating_mul(BORROWED_SLOTS)
    }

    fn may_trigger(&self, now: Instant) -> bool {
        self.first_borrowed_slot() <= now
    }

    /// Starts one check.
    fn send_check(&mut self, now: Instant, id: PairId) {
        let pending = self.checklist.pending();
        let nominate = self.search.nomination == Some(id);
        let transaction = TransactionId::random(&mut self.entropy);
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        let Some(state) = pair.state.perform() else {
            return;
        };
        // A triggered check of a pair that has succeeded meanwhile has nothing to find out.
        if state == PairState::Succeeded && !nominate && !pair.nominate_on_success {
            return;
        }
        pair.state = state;
        pair.first_sent.get_or_insert(now);
        let replaced = pair.check.replace(transaction);
        self.cancel(replaced);
        // RFC 8445 §14.3, with N = 1 as for one checklist in RFC 5245 §16.2.
        let schedule = Schedule {
            rto: (self.config.pacing.saturating_mul(pending)).max(self.config.schedule.rto),
            ..self.config.schedule
        };
        self.search.next_check = self.search.next_check.max(now) + self.config.pacing;
        self.forget_cancelled();
        self.search.checks.push(Check {
            id: transaction,
            pair: id,
            timer: Retransmission::start(now, schedule),
            sent_at: now,
            role: self.role,
            tie_breaker: self.tie_breaker,
            use_candidate: nominate,
            cancelled: false,
            queued: true,
        });
        self.outgoing.push_back(Outgoing::Check(transaction));
    }

    /// RFC 8445 §7.3.1.4: no more repetitions, and no failure if there is no answer.
    pub(super) fn cancel(&mut self, check: Option<TransactionId>) {
        let found = self
            .search
            .checks
            .iter_mut()
            .find(|found| Some(found.id) == check);
        if let Some(check) = found {
            check.cancelled = true;
        }
    }

    /// Keeps the list of checks within twice the limit of pairs: the oldest cancelled ones go first.
    fn forget_cancelled(&mut self) {
        if self.search.checks.len() >= self.config.limits.pairs.saturating_mul(2)
            && let Some(oldest) = self.search.checks.iter().position(|check| check.cancelled)
        {
            self.search.checks.remove(oldest);
        }
    }

    pub(super) fn checks_deadline(&self) -> Option<Instant> {
        self.search
            .checks
            .iter()
            .map(|check| check.timer.due())
            .min()
    }

    pub(super) fn pacing_deadline(&self, now: Instant) -> Option<Instant> {
        if self.sessions.current.remote.is_none() || self.search.failed {
            return None;
        }
        let slot = self.search.next_check;
        if self.checklist.has_triggered() {
            Some(self.first_borrowed_slot())
        } else if slot > now && self.checklist.has_ordinary(&self.candidates) {
            Some(slot)
        } else {
            None
        }
    }
}

/// How many slots of Ta triggered checks may take in advance.
const BORROWED_SLOTS: u32 = 4;
