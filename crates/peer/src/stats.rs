//! Counters.

/// What a peer has done so far. Every layer counts its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Media sent and received.
    pub media: MediaStats,
    /// What this layer itself did not use, by reason.
    pub dropped: Drops,
    /// The ICE agent's.
    pub ice: strata_ice::Stats,
    /// The DTLS association's, once there is one.
    pub dtls: Option<strata_dtls::Stats>,
    /// Those of SRTP, once there are keys.
    pub srtp: Option<SrtpStats>,
    /// The SCTP association's, once there is one.
    pub sctp: Option<strata_sctp::Stats>,
}

/// What SRTP has protected and unprotected, and what it refused and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SrtpStats {
    /// What was sent.
    pub outbound: strata_srtp::Stats,
    /// What was received.
    pub inbound: strata_srtp::Stats,
}

/// Media sent and received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaStats {
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Bytes of RTP packets sent, headers included, before encryption.
    pub bytes_sent: u64,
    /// RTP packets received and delivered.
    pub packets_received: u64,
    /// Bytes of RTP packets received and delivered, headers included, after decryption.
    pub bytes_received: u64,
    /// RTCP compounds sent.
    pub rtcp_sent: u64,
    /// RTCP compounds received.
    pub rtcp_received: u64,
}

/// What was received and not used by this layer, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drops {
    /// Datagrams whose first byte means nothing here (RFC 7983 §7).
    pub unknown: u64,
    /// DTLS datagrams of the handshake that came on a path that ICE neither has validated nor checks.
    pub unvalidated_path: u64,
    /// DTLS datagrams that came before the remote description or on a path that ICE still checks, beyond
    /// [`Limits::early_dtls_bytes`](crate::Limits::early_dtls_bytes).
    pub early: u64,
    /// RTP and RTCP that came before the keys.
    pub no_keys: u64,
    /// RTP that did not authenticate, was replayed, or is malformed; [`Stats::srtp`] says how many of each.
    pub rtp_unprotect: u64,
    /// RTCP that did not authenticate, was replayed, or is malformed.
    pub rtcp_unprotect: u64,
    /// RTP packets that belong to no section (RFC 9143 §9.2).
    pub unrouted: u64,
    /// RTP packets beyond [`Limits::media_events`](crate::Limits::media_events).
    pub media_events: u64,
    /// RTCP packets, and requests for key frames, beyond
    /// [`Limits::rtcp_events`](crate::Limits::rtcp_events).
    pub rtcp_events: u64,
    /// Malformed parts of RTCP compounds whose other parts were taken.
    pub rtcp_parts: u64,
    /// Synchronisation sources that were forgotten for others, beyond
    /// [`Limits::sources`](crate::Limits::sources).
    pub sources: u64,
    /// SCTP packets, though no data section is negotiated.
    pub no_sctp: u64,
    /// Packets that were written, and could not be sent when their turn came: the section sends no more, SRTP
    /// refused them, or no path was left.
    pub unsent: u64,
    /// Remote candidates of kinds that are not supported (TCP, host names).
    pub candidates: u64,
    /// Datagrams that arrived after the end.
    pub closed: u64,
}

/// Counts one more.
pub(crate) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// Counts the bytes of one more packet.
pub(crate) fn add_bytes(counter: &mut u64, bytes: usize) {
    *counter = counter.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
}
