//! Candidate pairs and their states (RFC 8445 §6.1.2.6).

use core::time::Duration;

use strata_core::{Instant, Path};
use strata_stun::TransactionId;

/// The state of a pair's connectivity check.
///
/// ```text
///   Frozen --unfreeze--> Waiting --perform--> InProgress --succeed--> Succeeded
///      \                  ^    ^                 /    \                  |
///       `----trigger-----'      `---trigger-----'      `--fail--> Failed <
/// ```
///
/// `trigger` also leads from `Failed` back to `Waiting`, and a check that was cancelled may still
/// succeed from `Waiting` or `Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PairState {
    /// It is not checked before another pair of the same foundation was.
    Frozen,
    /// It waits for its check.
    Waiting,
    /// A check is under way.
    InProgress,
    /// A check was answered.
    Succeeded,
    /// A check was not answered, or refused.
    Failed,
}

impl PairState {
    /// A pair of the same foundation has succeeded, or none of it is being checked any more.
    pub(crate) const fn unfreeze(self) -> Option<Self> {
        match self {
            Self::Frozen => Some(Self::Waiting),
            Self::Waiting | Self::InProgress | Self::Succeeded | Self::Failed => None,
        }
    }

    /// A check is sent. A second check of a pair that has succeeded, to nominate it, does not change the state.
    pub(crate) const fn perform(self) -> Option<Self> {
        match self {
            Self::Waiting => Some(Self::InProgress),
            Self::Succeeded => Some(Self::Succeeded),
            Self::Frozen | Self::InProgress | Self::Failed => None,
        }
    }

    /// A check was answered, perhaps one that had been cancelled.
    pub(crate) const fn succeed(self) -> Option<Self> {
        match self {
            Self::Waiting | Self::InProgress | Self::Succeeded | Self::Failed => {
                Some(Self::Succeeded)
            }
            Self::Frozen => None,
        }
    }

    /// The check under way has failed. It may have been one that was to nominate a pair that had succeeded.
    pub(crate) const fn fail(self) -> Option<Self> {
        match self {
            Self::InProgress | Self::Succeeded => Some(Self::Failed),
            Self::Frozen | Self::Waiting | Self::Failed => None,
        }
    }

    /// The other side has sent a check on this pair (RFC 8445 §7.3.1.4).
    pub(crate) const fn trigger(self) -> Option<Self> {
        match self {
            Self::Frozen | Self::Waiting | Self::InProgress | Self::Failed => Some(Self::Waiting),
            Self::Succeeded => None,
        }
    }
}

/// Identifies a pair within its session.
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
    /// What the last successful check has shown; `None` if none was answered.
    pub(crate) valid: Option<Valid>,
    /// Both sides have agreed on the pair.
    pub(crate) nominated: bool,
    /// The controlling side has nominated it. This side agrees as soon as its own check succeeds.
    pub(crate) nominate_on_success: bool,
    /// The transaction of the check under way.
    pub(crate) check: Option<TransactionId>,
    /// When it was first checked.
    pub(crate) first_sent: Option<Instant>,
}

/// What a successful check has shown: the valid pair of RFC 8445 §7.2.5.3.2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Valid {
    /// The index of the local candidate that the other side sees.
    pub(crate) local: usize,
    /// The priority of the pair with that candidate.
    pub(crate) priority: u64,
    /// The last round-trip time.
    pub(crate) round_trip_time: Duration,
    /// When the last answer came.
    pub(crate) answered_at: Instant,
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
    /// expired. A pair that is selected, or that either side is nominating, is never dead.
    pub(crate) fn is_dead(&self, pair: &Pair) -> bool {
        let wanted = pair.nominate_on_success
            || self.nomination == Some(pair.id)
            || self.selected == Some(pair.path);
        let stale = |valid: Valid| valid.answered_at + self.expiry <= self.now;
        !wanted
            && match pair.state {
                PairState::Failed => true,
                PairState::Succeeded => pair.valid.is_none_or(stale),
                PairState::Frozen | PairState::Waiting | PairState::InProgress => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::PairState::{self, Failed, Frozen, InProgress, Succeeded, Waiting};

    #[test]
    fn every_state_meets_every_transition() {
        type Row = (PairState, [Option<PairState>; 5]);
        // unfreeze, perform, succeed, fail, trigger
        let table: [Row; 5] = [
            (Frozen, [Some(Waiting), None, None, None, Some(Waiting)]),
            (
                Waiting,
                [None, Some(InProgress), Some(Succeeded), None, Some(Waiting)],
            ),
            (
                InProgress,
                [None, None, Some(Succeeded), Some(Failed), Some(Waiting)],
            ),
            (
                Succeeded,
                [None, Some(Succeeded), Some(Succeeded), Some(Failed), None],
            ),
            (Failed, [None, None, Some(Succeeded), None, Some(Waiting)]),
        ];
        for (state, expected) in table {
            let next = [
                state.unfreeze(),
                state.perform(),
                state.succeed(),
                state.fail(),
                state.trigger(),
            ];
            assert_eq!(next, expected, "{state:?}");
        }
    }
}
