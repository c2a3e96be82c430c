//! Candidate pairs and their states (RFC 8445 §6.1.2.6).

use core::time::Duration;

use strata_core::{Instant, Path};
use strata_stun::TransactionId;

/// How far the check of a pair is.
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
    /// Not to be checked before a pair of the same foundation was.
    Frozen,
    /// To be checked.
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

    /// A check is sent. One that repeats a successful check (to nominate) changes nothing.
    pub(crate) const fn perform(self) -> Option<Self> {
        match self {
            Self::Waiting => Some(Self::InProgress),
            Self::Succeeded => Some(Self::Succeeded),
            Self::Frozen | Self::InProgress | Self::Failed => None,
        }
    }

    /// A check, perhaps one that was cancelled, is answered.
    pub(crate) const fn succeed(self) -> Option<Self> {
        match self {
            Self::Waiting | Self::InProgress | Self::Succeeded | Self::Failed => {
                Some(Self::Succeeded)
            }
            Self::Frozen => None,
        }
    }

    /// The check under way has failed, or the one that was to nominate a valid pair.
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

/// Names a pair for as long as its session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PairId(pub(crate) u32);

/// A local base, a remote candidate, and what is known of the way between them.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) id: PairId,
    /// Which local host candidate.
    pub(crate) local: usize,
    /// Which remote candidate.
    pub(crate) remote: usize,
    pub(crate) path: Path,
    pub(crate) priority: u64,
    pub(crate) state: PairState,
    /// Set once a check was answered.
    pub(crate) valid: Option<Valid>,
    /// The pair is agreed on.
    pub(crate) nominated: bool,
    /// The controlling side has nominated it, but our own check is not answered yet.
    pub(crate) nominate_on_success: bool,
    /// The check under way.
    pub(crate) check: Option<TransactionId>,
    /// When it was first checked.
    pub(crate) first_sent: Option<Instant>,
}

/// What a successful check has shown: the valid pair of RFC 8445 §7.2.5.3.2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Valid {
    /// The local candidate as the other side sees it.
    pub(crate) local: usize,
    /// The priority of the pair with that candidate.
    pub(crate) priority: u64,
    /// The last round-trip time.
    pub(crate) round_trip_time: Duration,
    /// When the last answer came.
    pub(crate) answered_at: Instant,
}

/// What keeps a pair alive when its table is full.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InUse {
    pub(crate) now: Instant,
    /// For how long an answer counts (RFC 7675 §5.1).
    pub(crate) expiry: Duration,
    /// Data goes over it.
    pub(crate) selected: Option<Path>,
    /// This side has chosen it.
    pub(crate) nomination: Option<PairId>,
}

impl InUse {
    /// Whether a pair is of no more use: its check has failed, or was answered so long ago that the answer
    /// does not count any more.
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
