//! What an agent counts.

use core::time::Duration;

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
    /// Of these, answers to consent checks.
    pub consent_responses_received: u64,
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

/// Counts one more.
pub(crate) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
