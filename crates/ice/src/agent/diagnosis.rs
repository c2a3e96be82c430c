//! What the agent tells of its search to who asks why it does not connect.
//!
//! Nothing here decides anything. Each pair has a few counters, and the search has three.

use core::cmp::Reverse;

use strata_core::Path;
use strata_stun::{ErrorCode, Message};

use super::{Agent, restart::PreviousPair, selection::Choice};
use crate::{
    PairError, PairReport, Report, State, Verdict,
    pair::{Pair, PairState},
    record::Record,
    stats::count,
};

/// What is counted of a whole search.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// Candidates of the other side that were ignored.
    pub(super) candidates_ignored: u64,
    /// Requests that were answered 401.
    pub(super) requests_refused: u64,
    /// Requests of either side that were answered 487.
    pub(super) role_conflicts: u64,
}

impl Agent {
    /// Why data goes over a pair, or why not, and what is known of each pair: for people who look for a fault. The
    /// [`Verdict`] is printed as a sentence that says what to try.
    ///
    /// ```
    /// use strata_ice::{Agent, Config, Entropy, Verdict};
    ///
    /// let agent = Agent::new(Config::default(), Entropy::system());
    /// assert_eq!(agent.report().verdict, Verdict::NoLocalCandidates);
    /// println!("{}", agent.report());
    /// ```
    #[must_use]
    pub fn report(&self) -> Report {
        let mut pairs: Vec<&Pair> = self.checklist.iter().collect();
        pairs.sort_by_key(|pair| Reverse(pair.priority));
        let previous = self.previous.as_deref();
        let previous = previous.map(|previous| self.report_previous(previous));
        let pairs = pairs.into_iter().filter_map(|pair| self.report_pair(pair));
        Report {
            verdict: self.verdict(),
            state: self.state,
            role: self.role,
            local_candidates: self.candidates.hosts().count(),
            remote_candidates: self.candidates.remotes().count(),
            remote_candidates_ignored: self.search.troubles.candidates_ignored,
            pairs: previous.into_iter().chain(pairs).collect(),
        }
    }

    fn report_pair(&self, pair: &Pair) -> Option<PairReport> {
        let local = pair.valid.map_or(pair.local, |valid| valid.local);
        Some(PairReport {
            path: pair.path,
            local: self.candidates.local(local)?.candidate,
            remote: *self.candidates.remote(pair.remote)?,
            state: pair.state,
            nominated: pair.nominated.is_some(),
            selected: self.selected_id() == Some(pair.id),
            previous: false,
            round_trip: pair.liveness.round_trip(),
            last_answer: pair.liveness.answered_at(),
            checks_sent: pair.record.sent,
            checks_answered: pair.record.answered,
            checks_received: pair.record.received,
            last_error: pair.record.error,
        })
    }

    fn report_previous(&self, previous: &PreviousPair) -> PairReport {
        let selection = self.selection.as_ref();
        PairReport {
            path: previous.selected.path,
            local: previous.selected.local,
            remote: previous.selected.remote,
            state: PairState::Succeeded,
            nominated: previous.nominated,
            selected: selection.is_some_and(|selection| selection.choice == Choice::Previous),
            previous: true,
            round_trip: previous.liveness.round_trip(),
            last_answer: previous.liveness.answered_at(),
            checks_sent: previous.record.sent,
            checks_answered: previous.record.answered,
            checks_received: previous.record.received,
            last_error: previous.record.error,
        }
    }

    fn verdict(&self) -> Verdict {
        if self.state == State::Closed {
            Verdict::Closed
        } else if self.has_live_pair() {
            Verdict::Connected
        } else if self.selection.is_some() {
            Verdict::Silent
        } else if self.candidates.hosts().next().is_none() {
            Verdict::NoLocalCandidates
        } else if self.remote_credentials().is_none() {
            Verdict::NoRemoteCredentials
        } else {
            self.verdict_of_search()
        }
    }

    /// What is wrong with a search that has led to no pair: first what somebody has said, then what is missing.
    fn verdict_of_search(&self) -> Verdict {
        let troubles = &self.search.troubles;
        if troubles.role_conflicts > CONFLICTS {
            return Verdict::RoleConflict;
        }
        if let Some(verdict) = self.verdict_of_errors() {
            return verdict;
        }
        if troubles.requests_refused > 0 {
            return Verdict::WrongLocalCredentials;
        }
        let mut pairs = self.checklist.iter().peekable();
        if pairs.peek().is_none() {
            let ignored = troubles.candidates_ignored;
            return match (self.candidates.remotes().next(), ignored) {
                (Some(_), _) => Verdict::NoPairs,
                (None, 0) => Verdict::NoRemoteCandidates,
                (None, ignored) => Verdict::UnusableRemoteCandidates { ignored },
            };
        }
        let one_way = |record: &Record| {
            record.received > 0 && record.answered == 0 && record.sent >= CHECKS_IN_VAIN
        };
        if self.checklist.iter().any(|pair| one_way(&pair.record)) {
            Verdict::OneWay
        } else if self.search.failed || pairs.all(|pair| pair.state == PairState::Failed) {
            Verdict::NothingAnswered
        } else {
            Verdict::Checking
        }
    }

    /// What the errors of the pairs say. Of several, the one that tells most counts, and of those the best pair's.
    fn verdict_of_errors(&self) -> Option<Verdict> {
        let errors = self.checklist.iter().filter_map(|pair| {
            let (rank, verdict) = match pair.record.error? {
                PairError::Unauthenticated => (4, Verdict::WrongRemoteCredentials),
                // It was told by both sides how to end it. If it does not end, that is another verdict.
                PairError::Refused(code) if code == ErrorCode::ROLE_CONFLICT.code => return None,
                PairError::Refused(code) => (3, Verdict::Refused { code }),
                PairError::Asymmetric(from) => {
                    let to = pair.path.remote;
                    (2, Verdict::Asymmetric { to, from })
                }
                PairError::ConsentLost => (1, Verdict::ConsentLost),
                PairError::Unanswered | PairError::Unreadable => return None,
            };
            Some(((rank, pair.priority), verdict))
        });
        let (_, verdict) = errors.max_by_key(|(rank, _)| *rank)?;
        Some(verdict)
    }

    /// An answer to a check or a consent check was not authentic. It is dropped, but its cause is worth knowing: most
    /// often, one of the two sides has restarted, and the other one does not know.
    pub(super) fn note_unauthenticated(
        &mut self,
        path: Path,
        asked: Choice,
        message: &Message<'_>,
    ) {
        // RFC 8489 §9.1.3: 400 and 401 are not signed.
        let error = match message.get::<ErrorCode<'_>>() {
            Ok(Some(error)) if error.code != 401 => PairError::Refused(error.code),
            Ok(_) | Err(_) => PairError::Unauthenticated,
        };
        if self.path_of(asked) == Some(path) {
            self.note_refused(asked, error);
        }
    }

    pub(super) fn note_refused(&mut self, choice: Choice, error: PairError) {
        if let Some(record) = self.record_of(choice) {
            record.refused(error);
        }
    }

    /// A check of the other side was answered 401.
    pub(super) const fn note_refused_request(&mut self) {
        count(&mut self.search.troubles.requests_refused);
    }

    /// What was counted of a pair.
    pub(super) fn record_of(&mut self, choice: Choice) -> Option<&mut Record> {
        match choice {
            Choice::Pair(id) => Some(&mut self.checklist.get_mut(id)?.record),
            Choice::Previous => Some(&mut self.previous.as_mut()?.record),
        }
    }
}

/// So many 487s may pass until both sides have their roles: each may have sent one, on two pairs, before it has heard of
/// the other's.
const CONFLICTS: u64 = 4;

/// So many checks on a pair are not lost by chance.
const CHECKS_IN_VAIN: u64 = 3;
