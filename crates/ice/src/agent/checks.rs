//! When connectivity checks are sent, repeated and given up (RFC 8445 §6.1.4, §7.2, §14).

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
    /// The role that the request claims. It is kept because a repetition must be the same to the octet; likewise
    /// `tie_breaker` and `use_candidate`.
    pub(super) role: Role,
    pub(super) tie_breaker: u64,
    pub(super) use_candidate: bool,
    /// A newer check has taken its place. It is not repeated, and its pair does not fail if no answer comes.
    pub(super) cancelled: bool,
    /// Whether it waits in the output queue.
    pub(super) queued: bool,
}

impl Agent {
    /// Repeats the checks that are due, and gives up those that were repeated often enough.
    pub(super) fn handle_check_timers(&mut self, now: Instant) {
        let mut failed = Vec::new();
        let outgoing = &mut self.outgoing;
        self.search.checks.retain_mut(|check| {
            // The list of failures allocates nothing as long as it is empty.
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

    /// A check has failed, and its pair with it. If it was to nominate the pair, ICE has failed as a whole
    /// (RFC 8445 §7.2.5.3.4).
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
        // On the controlled side this is no failure of ICE: the other side may nominate another pair.
        pair.nominate_on_success = false;
        if self.search.nomination == Some(id) {
            tracing::debug!(?id, "the nominated pair failed");
            self.fail();
        }
    }

    /// Sends the checks whose turn it is.
    ///
    /// There is one slot for a new check every Ta. An ordinary check waits for its slot. A triggered check is sent at
    /// once and takes one of the next slots in advance, up to `BORROWED_SLOTS` of them. So the mean rate is that of
    /// RFC 8445 §14.2, but a pair that probably works need not wait up to Ta for its check.
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

    /// When the next triggered check may be sent.
    fn first_borrowed_slot(&self) -> Instant {
        self.search.next_check - self.config.pacing.saturating_mul(BORROWED_SLOTS)
    }

    fn may_trigger(&self, now: Instant) -> bool {
        self.first_borrowed_slot() <= now
    }

    /// Starts a new check of one pair, and queues its request.
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
        // The pair may have succeeded after its check was triggered. Then there is nothing left to find out.
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

    /// RFC 8445 §7.3.1.4: a cancelled check is not repeated, and its pair does not fail if no answer comes.
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

    /// Keeps the list of checks within twice the limit of pairs, by forgetting the oldest check that was cancelled.
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
