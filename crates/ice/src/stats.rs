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
    /// Times that data went over from one pair to another.
    pub pair_changes: u64,
    /// Times that a role conflict made this side change its role.
    pub role_conflicts: u64,
    /// Remote candidates ignored: TCP, names, other components, unusable addresses, too many.
    pub remote_candidates_ignored: u64,
    /// Remote candidates that were replaced by later ones, because of
    /// [`Limits::remote_candidates`](crate::Limits::remote_candidates). None of them was in a pair that was still of
    /// use.
    pub remote_candidates_forgotten: u64,
    /// Pairs removed, or not added, because of [`Limits::pairs`](crate::Limits::pairs).
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
    /// Received at an address that was not added as a local candidate.
    pub unknown_local_address: u64,
    /// A request that lacks an attribute that a check must have. It was answered 400.
    pub bad_request: u64,
    /// A message with wrong credentials. If it was a request, it was answered 401.
    pub unauthenticated: u64,
    /// A message with comprehension-required attributes that are not known here. If it was a request, it was answered
    /// 420.
    pub unknown_attributes: u64,
    /// A response to a request that was never sent, or was given up.
    pub unknown_transaction: u64,
    /// A response from another address than the request went to.
    pub asymmetric: u64,
    /// A request for which a table was full: that of answers that wait to be sent, that of early checks (where the
    /// oldest is dropped), or that of candidates.
    pub overload: u64,
    /// A check from an address that may not be sent to: it was answered, and no check was sent there. See
    /// [`Config::remote_addresses`](crate::Config::remote_addresses).
    pub refused_address: u64,
    /// A request that names another fragment of the other side than the one it has signalled.
    pub other_session: u64,
    /// A check on a pair on which consent was lost in this session: it was answered, and changes nothing
    /// (RFC 7675 §5.1).
    pub consent_lost: u64,
    /// Received after the agent was closed.
    pub closed: u64,
}

/// Adds one.
pub(crate) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
