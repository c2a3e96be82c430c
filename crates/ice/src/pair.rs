//! Candidate pairs and their states (RFC 8445 §6.1.2.6).

use core::{fmt, time::Duration};

use strata_core::{Instant, Path};
use strata_stun::TransactionId;

use crate::{liveness::Liveness, record::Record};

/// The state of a pair's connectivity check.
///
/// ```text
///   Waiting --perform--> InProgress --succeed--> Succeeded
///     ^  ^                 /    \                  |    |
///     |   `---trigger-----'      `--fail--> Failed <    |
///      `-----------------------park---------------------'
/// ```
///
/// No pair is frozen (RFC 8445 §6.1.2.6): with one component there is nothing to learn from another stream, and a dead
/// pair must not hold up others of its foundation. `trigger` also leads from `Failed` back to `Waiting`, and a check
/// that was cancelled may still succeed from `Waiting` or `Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PairState {
    /// It waits for its check.
    Waiting,
    /// A check is under way.
    InProgress,
    /// A check was answered.
    Succeeded,
    /// A check was not answered, or refused; or consent on the pair was lost.
    Failed,
}

impl PairState {
    /// A check is sent. A second check of a pair that has succeeded, to nominate it, does not change the state.
    pub(crate) const fn perform(self) -> Option<Self> {
        match self {
            Self::Waiting => Some(Self::InProgress),
            Self::Succeeded => Some(Self::Succeeded),
            Self::InProgress | Self::Failed => None,
        }
    }

    /// The check under way has failed. It may have been one that was to nominate a pair that had succeeded.
    pub(crate) const fn fail(self) -> Option<Self> {
        match self {
            Self::InProgress | Self::Succeeded => Some(Self::Failed),
            Self::Waiting | Self::Failed => None,
        }
    }

    /// The other side has sent a check on this pair (RFC 8445 §7.3.1.4).
    pub(crate) const fn trigger(self) -> Option<Self> {
        match self {
            Self::Waiting | Self::InProgress | Self::Failed => Some(Self::Waiting),
            Self::Succeeded => None,
        }
    }
}

impl fmt::Display for PairState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::InProgress => "in progress",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        })
    }
}

/// Identifies a pair within its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PairId(pub(crate) u32);

/// A local base, a remote candidate, and what is known of the way between them.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) id: PairId,
    /// The index of the host candidate.
    pub(crate) local: usize,
    /// The index of the remote candidate.
    pub(crate) remote: usize,
    pub(crate) path: Path,
    pub(crate) priority: u64,
    pub(crate) state: PairState,
    /// What the last successful check has shown; `None` if none was answered, or consent was lost since.
    pub(crate) valid: Option<Valid>,
    /// Answers, consent and other signs of life.
    pub(crate) liveness: Liveness,
    /// The number of the latest nomination that both sides have agreed on.
    pub(crate) nominated: Option<u32>,
    /// The number of a nomination of the controlling side. This side agrees as soon as its own check succeeds.
    pub(crate) nominating: Option<u32>,
    /// The last check of the other side that has nominated it. Copies of it say nothing new.
    pub(crate) nominated_by: Option<TransactionId>,
    /// The pair that its remote candidate was in before the address of the other side changed.
    pub(crate) moved_from: Option<PairId>,
    /// The transaction of the check under way.
    pub(crate) check: Option<TransactionId>,
    /// When it was first checked.
    pub(crate) first_sent: Option<Instant>,
    /// It was checked once, and is not needed for now.
    pub(crate) parked: bool,
    /// Consent was lost on it, so it is not used again in this session (RFC 7675 §5.1).
    pub(crate) revoked: bool,
    /// The PRIORITY of the last check that came on it: the same for all checks from one base of the other side.
    pub(crate) peer_priority: Option<u32>,
    /// What a report tells of its checks. Nothing else depends on it.
    pub(crate) record: Record,
}

/// The valid pair of RFC 8445 §7.2.5.3.2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Valid {
    /// The index of the local candidate that the other side sees.
    pub(crate) local: usize,
    /// The priority of the pair with that candidate.
    pub(crate) priority: u64,
}

impl Pair {
    /// Consent on it is lost: nothing is sent on it any more (RFC 7675 §5.1: "the same ICE credentials MUST NOT be used
    /// on the affected 5-tuple again").
    pub(crate) fn revoke(&mut self) {
        self.state = PairState::Failed;
        self.revoked = true;
        self.valid = None;
        self.nominated = None;
        self.nominating = None;
        self.check = None;
        self.liveness = Liveness::default();
    }

    /// Nobody has asked for consent on it for so long that it would have to be checked again before use.
    pub(crate) fn park(&mut self) {
        self.state = PairState::Waiting;
        self.parked = true;
        self.valid = None;
        self.check = None;
        self.liveness = Liveness::default();
    }
}

/// What [`is_dead`](Self::is_dead) judges a pair by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InUse {
    pub(crate) now: Instant,
    /// For how long an answer gives consent (RFC 7675 §5.1).
    pub(crate) expiry: Duration,
    /// The path of the selected pair.
    pub(crate) selected: Option<Path>,
    /// The pair that this side is about to nominate.
    pub(crate) nomination: Option<PairId>,
}

impl InUse {
    /// Whether a pair is of no more use: its check has failed, or was answered so long ago that consent would have
    /// expired, or it is not needed. A pair that is selected, or that either side is nominating, is never dead.
    pub(crate) fn is_dead(&self, pair: &Pair) -> bool {
        let wanted = pair.nominating.is_some()
            || self.nomination == Some(pair.id)
            || self.selected == Some(pair.path);
        !wanted
            && match pair.state {
                PairState::Failed => true,
                PairState::Succeeded => !pair.liveness.has_consent(self.now, self.expiry),
                PairState::Waiting => pair.parked,
                PairState::InProgress => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::PairState::{self, Failed, InProgress, Succeeded, Waiting};

    #[test]
    fn every_state_meets_every_transition() {
        type Row = (PairState, [Option<PairState>; 3]);
        // perform, fail, trigger
        let table: [Row; 4] = [
            (Waiting, [Some(InProgress), None, Some(Waiting)]),
            (InProgress, [None, Some(Failed), Some(Waiting)]),
            (Succeeded, [Some(Succeeded), Some(Failed), None]),
            (Failed, [None, None, Some(Waiting)]),
        ];
        for (state, expected) in table {
            let next = [state.perform(), state.fail(), state.trigger()];
            assert_eq!(next, expected, "{state:?}");
        }
    }
}
