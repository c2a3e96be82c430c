//! What the owner is told: states, roles, events.

use core::{fmt, time::Duration};

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
/// A restart leads back to `Checking`. `Closed` can be reached from everywhere and is left to nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing is known of the other side.
    New,
    /// Pairs are being checked, none has worked yet.
    Checking,
    /// A pair works and data can be sent, but better ones may be found.
    Connected,
    /// One pair was nominated: the search is over.
    Completed,
    /// The selected pair has stopped answering. It may come back.
    Disconnected,
    /// No pair works, or the other side's consent has expired. Only a restart leads on.
    Failed,
    /// The agent was closed.
    Closed,
}

/// Which side decides on the pair (RFC 8445 §4).
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

/// What the owner of an agent must know.
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
    /// The agent is closed. Nothing comes after this.
    Closed,
}

/// The agent is closed, so the call has done nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the agent is closed")]
pub struct Closed;

/// The pair that data goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectedPair {
    /// The addresses to send from and to.
    pub path: Path,
    /// Our side, as the other side sees it.
    pub local: Candidate,
    /// The other side.
    pub remote: Candidate,
}

/// What an agent has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Binding requests sent, with retransmissions and consent checks.
    pub requests_sent: u64,
    /// Of these, retransmissions.
    pub retransmissions_sent: u64,
    /// Of these, consent checks.
    pub consent_requests_sent: u64,
    /// Binding requests that were authentic.
    pub requests_received: u64,
    /// Responses sent, errors included.
    pub responses_sent: u64,
    /// Responses that were authentic and awaited.
    pub responses_received: u64,
    /// Binding indications received: keepalives.
    pub indications_received: u64,
    /// The last round-trip time measured on the selected pair.
    pub round_trip_time: Option<Duration>,
    /// The sum of all round-trip times measured on selected pairs.
    pub total_round_trip_time: Duration,
    /// Times that a role conflict made this side change its role.
    pub role_conflicts: u64,
    /// Remote candidates ignored: TCP, names, other components, unusable addresses, too many.
    pub remote_candidates_ignored: u64,
    /// Remote candidates forgotten for others, because of
    /// [`Limits::remote_candidates`](crate::Limits::remote_candidates): no pair of theirs was alive.
    pub remote_candidates_forgotten: u64,
    /// Pairs given up, or never checked, because of [`Limits::pairs`](crate::Limits::pairs).
    pub pairs_discarded: u64,
    /// Events forgotten because nobody polled them: see [`Limits::events`](crate::Limits::events).
    pub events_forgotten: u64,
    /// What was dropped.
    pub drops: Drops,
}

/// Datagrams dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drops {
    /// Not a well-formed STUN message.
    pub malformed: u64,
    /// STUN, but not Binding.
    pub method: u64,
    /// No FINGERPRINT, or a wrong one.
    pub fingerprint: u64,
    /// At an address that is none of ours.
    pub unknown_local_address: u64,
    /// A request without what a check must have; answered 400.
    pub bad_request: u64,
    /// A request, response or indication with wrong credentials; a request was answered 401.
    pub unauthenticated: u64,
    /// A message with comprehension-required attributes we do not know; a request was answered 420.
    pub unknown_attributes: u64,
    /// A response to no request of ours, or to one given up.
    pub unknown_transaction: u64,
    /// A response from another address than the request went to.
    pub asymmetric: u64,
    /// A request that found no room, or has made room for another: too many answers or early checks wait,
    /// or too many candidates are known.
    pub overload: u64,
    /// A request signed for another session of the other side than the one we know.
    pub other_session: u64,
    /// Anything after the agent was closed.
    pub closed: u64,
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
