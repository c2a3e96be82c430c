//! When connectivity checks are sent, repeated and given up (RFC 8445 §6.1.4, §7.2, §14).

use core::time::Duration;

use strata_core::{Instant, tracing};
use strata_stun::{Expiry, Retransmission, Schedule, TransactionId};

use super::{Agent, output::Outgoing, selection::Choice};
use crate::{
    Role,
    pair::{Pair, PairId, PairState},
};

/// One Binding request that may still be answered.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) pair: PairId,
    pub(super) timer: Retransmission,
    pub(super) sent_at: Instant,
    /// The role that the request claims. It is kept because a repetition must be the same to the octet; likewise
    /// `tie_breaker`, `use_candidate` and `nomination`.
    pub(super) role: Role,
    pub(super) tie_breaker: u64,
    pub(super) use_candidate: bool,
    /// The value of its NOMINATION attribute, if it has one.
    pub(super) nomination: Option<u32>,
    /// A newer check has taken its place. It is not repeated, and its pair does not fail if no answer comes.
    pub(super) cancelled: bool,
    /// Whether it waits in the output queue.
    pub(super) queued: bool,
}

impl Agent {
    /// Repeats the checks that are due, and gives up those that were repeated often enough.
    ///
    /// Once the search is over and there are enough standby pairs, checks that were not answered are not repeated
    /// (RFC 8445 §8.1.2). Their pairs wait until they are needed.
    pub(super) fn handle_check_timers(&mut self, now: Instant) {
        let needed = self.needs_more_pairs(now);
        let mut failed = Vec::new();
        let (outgoing, checklist) = (&mut self.outgoing, &mut self.checklist);
        self.search.checks.retain(|id, check| {
            // The list of failures allocates nothing as long as it is empty.
            match check.timer.handle_timeout(now) {
                None => true,
                Some(Expiry::Resend) => {
                    let pair = checklist.get_mut(check.pair);
                    let idle = |pair: &&mut Pair| !needed && pair.state == PairState::InProgress;
                    if let Some(pair) = pair.filter(idle) {
                        pair.park();
                        return false;
                    }
                    if !check.cancelled && !check.queued {
                        check.queued = true;
                        outgoing.push_back(Outgoing::Check(*id));
                    }
                    true
                }
                Some(Expiry::TimedOut) => {
                    if !check.cancelled {
                        failed.push((check.pair, *id));
                    }
                    false
                }
            }
        });
        for (pair, check) in failed {
            tracing::debug!(?pair, "check timed out");
            if let Some(record) = self.record_of(Choice::Pair(pair)) {
                record.timed_out();
            }
            self.fail_pair(pair, check);
        }
    }

    /// Whether the search goes on. It is over when a pair was nominated, the selected one is alive, and there are enough
    /// standby pairs. Pairs that were never checked are checked once nevertheless: a better standby pair may be among
    /// them.
    fn needs_more_pairs(&self, now: Instant) -> bool {
        !self.search.nominations.is_concluded() || !self.has_live_pair() || !self.has_standby(now)
    }

    /// A check has failed, and its pair with it. If it was to nominate the pair, another one may be nominated.
    ///
    /// RFC 8445 §7.2.5.3.4 lets ICE as a whole fail then. But other pairs may work, and the other side follows the
    /// nomination that reaches it.
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
        pair.nominating = None;
        if self.search.nominations.pending() == Some(id) {
            tracing::debug!(?id, "the nomination was not answered");
            self.search.nominations.cancel();
        }
        if self.selected_id() == Some(id) {
            self.selection = None;
            self.look_for_another_pair();
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
        let needed = self.needs_more_pairs(now);
        loop {
            let next = if self.checklist.has_triggered() && self.may_trigger(now) {
                self.checklist.next_triggered()
            } else if now >= self.search.next_check {
                self.checklist.next_ordinary(needed)
            } else {
                None
            };
            let Some(pair) = next else {
                return;
            };
            self.send_check(now, pair, needed);
        }
    }

    /// When the next triggered check may be sent.
    fn first_borrowed_slot(&self) -> Instant {
        self.search.next_check - self.pacing().saturating_mul(BORROWED_SLOTS)
    }

    /// Ta. RFC 8839 §5.5: both sides use the larger one of what they have signalled.
    fn pacing(&self) -> Duration {
        (self.config.pacing).max(self.search.remote_options.pacing)
    }

    fn may_trigger(&self, now: Instant) -> bool {
        self.first_borrowed_slot() <= now
    }

    /// Starts a new check of one pair, and queues its request.
    fn send_check(&mut self, now: Instant, id: PairId, needed: bool) {
        let pending = self.checklist.pending(needed);
        let nominates = self.search.nominations.pending() == Some(id);
        let to_lite = self.role == Role::Controlling && self.search.remote_options.lite;
        let nomination =
            (nominates && self.renominates()).then(|| self.search.nominations.latest());
        let transaction = TransactionId::random(&mut self.entropy);
        let pacing = self.pacing();
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        let Some(state) = pair.state.perform() else {
            return;
        };
        // The pair may have succeeded after its check was triggered. Then there is nothing left to find out.
        if state == PairState::Succeeded && !nominates && pair.nominating.is_none() {
            return;
        }
        pair.state = state;
        pair.parked = false;
        pair.first_sent.get_or_insert(now);
        pair.record.begin();
        let use_candidate = nominates || (to_lite && pair.nominated.is_some());
        let replaced = pair.check.replace(transaction);
        self.cancel(replaced);
        // RFC 8445 §14.3, with N = 1 as for one checklist in RFC 5245 §16.2.
        let schedule = Schedule {
            rto: (pacing.saturating_mul(pending)).max(self.config.schedule.rto),
            ..self.config.schedule
        };
        self.search.next_check = self.search.next_check.max(now) + pacing;
        self.forget_cancelled();
        let check = Check {
            pair: id,
            timer: Retransmission::start(now, schedule),
            sent_at: now,
            role: self.role,
            tie_breaker: self.tie_breaker,
            use_candidate,
            nomination,
            cancelled: false,
            queued: true,
        };
        self.search.checks.insert(transaction, check);
        self.outgoing.push_back(Outgoing::Check(transaction));
    }

    /// RFC 8445 §7.3.1.4: a cancelled check is not repeated, and its pair does not fail if no answer comes.
    pub(super) fn cancel(&mut self, check: Option<TransactionId>) {
        if let Some(check) = check.and_then(|id| self.search.checks.get_mut(&id)) {
            check.cancelled = true;
        }
    }

    /// Keeps the list of checks within twice the limit of pairs, by forgetting the oldest check that was cancelled.
    fn forget_cancelled(&mut self) {
        if self.search.checks.len() < self.config.limits.pairs.saturating_mul(2) {
            return;
        }
        let cancelled = self
            .search
            .checks
            .iter()
            .filter(|(_, check)| check.cancelled);
        let oldest = cancelled.min_by_key(|(_, check)| check.sent_at);
        if let Some(oldest) = oldest.map(|(id, _)| *id) {
            self.search.checks.remove(&oldest);
        }
    }

    /// Pairs were removed: their checks end with them.
    pub(super) fn forget_checks_of_removed_pairs(&mut self) {
        let checklist = &self.checklist;
        let lives = |pair| checklist.get(pair).is_some();
        self.search.checks.retain(|_, check| lives(check.pair));
        if !(self.search.nominations.pending()).is_none_or(lives) {
            self.search.nominations.cancel();
        }
    }

    pub(super) fn checks_deadline(&self) -> Option<Instant> {
        self.search
            .checks
            .values()
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
        } else if slot > now {
            let needed = self.needs_more_pairs(now);
            self.checklist.next_ordinary(needed).map(|_| slot)
        } else {
            None
        }
    }
}

/// How many slots of Ta triggered checks may take in advance.
const BORROWED_SLOTS: u32 = 4;
