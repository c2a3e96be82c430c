//! Counters.

/// What a connection has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Records sent, of any kind.
    pub records_sent: u64,
    /// Records received and used.
    pub records_received: u64,
    /// Octets of application data sealed.
    pub bytes_sent: u64,
    /// Octets of application data received.
    pub bytes_received: u64,
    /// Flights sent again because nothing came back in time.
    pub timeouts: u64,
    /// Flights sent again because the peer sent its own again.
    pub repeats: u64,
    /// What was received and not used.
    pub dropped: Drops,
}

/// Counts one more. A counter that is full stays so.
pub(crate) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// What was received and not used, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drops {
    /// Records of another type or version, and octets that are no record: the rest of the datagram goes with them.
    pub malformed: u64,
    /// Records of an epoch that is over, or of one that cannot be yet.
    pub epoch: u64,
    /// Records that do not authenticate.
    pub forged: u64,
    /// Records that came before, or that are too old to tell.
    pub replayed: u64,
    /// Early records beyond [`Limits::early_records`](crate::Limits::early_records).
    pub early: u64,
    /// Handshake messages that had been handled before.
    pub repeated_messages: u64,
    /// Fragments that contradict others or themselves, or are too far ahead.
    pub fragments: u64,
    /// Fragments beyond [`Limits::reassembly_bytes`](crate::Limits::reassembly_bytes).
    pub reassembly: u64,
    /// Records of a type that means nothing at that time, and alerts that nobody vouches for.
    pub unexpected: u64,
    /// Application data beyond [`Limits::event_bytes`](crate::Limits::event_bytes).
    pub events: u64,
    /// Datagrams that arrived after the end.
    pub closed: u64,
}
