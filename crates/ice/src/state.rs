//! What the agent tells its owner: states, roles, events.

use core::fmt;

use strata_core::Path;

use crate::Candidate;

/// How far the agent has come.
///
/// ```text
///             remote credentials            a pair is valid             it is nominated
///       New ----------------> Checking ----------------> Connected ----------------> Completed
///                                |                          |  ^                       |  ^
///            all pairs failed    |           answers missing |  | answered              |  |
///                                v                          v  |                       v  |
///                              Failed <------------------- Disconnected <--------------+  +
///                                        consent expired
/// ```
///
/// A restart leads back to `Checking`. `Closed` can be reached from every state, and no state follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing is known of the other side.
    New,
    /// Pairs are being checked, none has worked yet.
    Checking,
    /// A pair works and data can be sent, but better ones may be found.
    Connected,
    /// A pair was nominated, so the search is over.
    Completed,
    /// The other side does not answer on the selected pair any more, and no other pair works. It may do so again.
    Disconnected,
    /// No pair works, or the other side's consent has expired on all. This is no end: a restart leads on, and so does a
    /// pair that is new, because an interface was added, or a check came from a new address.
    Failed,
    /// The agent was closed.
    Closed,
}

/// Which side decides on the pair that is used (RFC 8445 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// This side nominates.
    Controlling,
    /// The other side nominates.
    Controlled,
}

impl Role {
    /// The role of the other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Controlling => Self::Controlled,
            Self::Controlled => Self::Controlling,
        }
    }
}

/// What an agent tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The state is now this.
    StateChanged(State),
    /// Data goes over this pair from now on.
    SelectedPair {
        /// The addresses to send from and to; [`Agent::selected_pair`](crate::Agent::selected_pair)
        /// has the candidates too.
        path: Path,
    },
    /// Only new credentials and candidates of both sides can help: see [`Agent::restart`](crate::Agent::restart). The
    /// agent goes on trying meanwhile. It is told once each time that there is a reason.
    RestartAdvised {
        /// What has happened.
        reason: RestartReason,
    },
    /// The agent is closed. Nothing comes after this.
    Closed,
}

/// Why a restart is advised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RestartReason {
    /// The pair in use does not answer any more, and no other pair does.
    NoPairAnswers,
    /// The nominated pair does not answer any more. Data has gone over to another pair, which works, but the other side
    /// does not follow a second nomination. It may go on sending on the dead pair.
    PairNotNominated,
}

impl fmt::Display for RestartReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPairAnswers => "no pair answers any more",
            Self::PairNotNominated => "the pair in use cannot be nominated without a restart",
        })
    }
}

/// The agent is closed, so the call has done nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the agent is closed")]
pub struct Closed;

/// The pair that data goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectedPair {
    /// The addresses to send from and to.
    pub path: Path,
    /// The candidate of this side, with the address that the other side sees.
    pub local: Candidate,
    /// The candidate of the other side.
    pub remote: Candidate,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The words of RTCIceTransportState.
        f.write_str(match self {
            Self::New => "new",
            Self::Checking => "checking",
            Self::Connected => "connected",
            Self::Completed => "completed",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        })
    }
}
