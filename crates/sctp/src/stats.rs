//! Counters.

use crate::Ppid;

/// What an association has done and dropped. Every drop is counted by its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// What went out.
    pub sent: Traffic,
    /// What came in and was used.
    pub received: Traffic,
    /// DATA chunks sent again.
    pub retransmissions: u64,
    /// Times the retransmission timer ran out (T3, RFC 9260 §6.3.3).
    pub timeouts: u64,
    /// Chunks sent again because nothing was heard of them for two round trips (RFC 8985 §7).
    pub tail_probes: u64,
    /// Times fast recovery was entered (RFC 9260 §7.2.4).
    pub fast_recoveries: u64,
    /// Messages given up by their reliability (RFC 3758).
    pub abandoned_messages: u64,
    /// DATA chunks that had arrived before.
    pub duplicate_chunks: u64,
    /// DCEP messages that are malformed, for a stream in use, or of the wrong parity.
    pub invalid_dcep: u64,
    /// Messages with a PPID that is not WebRTC's.
    pub unknown_ppid: u64,
    /// Messages dropped because their stream has no channel.
    pub no_channel: u64,
    /// Events dropped because [`Limits::events`](crate::Limits::events) was reached.
    pub events_dropped: u64,
    /// What was dropped on arrival.
    pub dropped: Dropped,
}

/// Packets, DATA chunks and user bytes in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// SCTP packets.
    pub packets: u64,
    /// DATA chunks; retransmissions count.
    pub chunks: u64,
    /// Whole messages, those of DCEP excepted, which are not the user's.
    pub messages: u64,
    /// Bytes of those messages.
    pub message_bytes: u64,
}

/// Adds one. A counter that has reached its maximum stays there.
pub(crate) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

impl Traffic {
    /// Counts a message, unless it is one of DCEP.
    pub(crate) fn count(&mut self, ppid: Ppid, bytes: usize) {
        if ppid != Ppid::DCEP {
            self.messages = self.messages.saturating_add(1);
            self.message_bytes = self
                .message_bytes
                .saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
    }
}

/// Packets and chunks that were dropped, by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Dropped {
    /// Packets that are no SCTP packets, or whose chunks do not fit them.
    pub malformed: u64,
    /// Packets with a wrong `CRC32c`.
    pub checksum: u64,
    /// Packets for other ports.
    pub port: u64,
    /// Packets whose verification tag is not ours (RFC 9260 §8.5).
    pub verification_tag: u64,
    /// Chunks that are not expected in the present state.
    pub unexpected: u64,
    /// Chunks of a type that is not known.
    pub unknown_chunk: u64,
    /// COOKIE ECHOs whose cookie is not the one we issued.
    pub invalid_cookie: u64,
    /// DATA for a stream that does not exist.
    pub invalid_stream: u64,
    /// DATA whose TSN is too far ahead to be acknowledged in a gap block.
    pub tsn_out_of_range: u64,
    /// DATA that the receive buffer has no room for.
    pub receive_buffer_full: u64,
    /// Gap blocks that are inverted or cover TSNs never sent.
    pub invalid_gap: u64,
    /// SACKs older than one already handled.
    pub stale_sack: u64,
    /// Answers dropped because too many waited to be sent.
    pub replies: u64,
    /// Packets that arrived after the end.
    pub closed: u64,
}
