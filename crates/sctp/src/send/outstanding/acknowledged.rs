//! What is learnt from one SACK.

use core::time::Duration;

use strata_core::Instant;

/// What one SACK has newly acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Acknowledged {
    /// Size of the chunks newly acknowledged.
    pub(crate) bytes: usize,
    /// Whether the cumulative TSN advanced.
    pub(crate) advanced: bool,
    /// Round-trip time of a chunk that was sent once.
    pub(crate) rtt: Option<Duration>,
    /// How many of its gap blocks were invalid.
    pub(crate) invalid_gaps: u64,
    /// Highest TSN newly acknowledged.
    pub(super) highest: Option<u64>,
    /// One TSN for each packet's worth of chunks newly acknowledged.
    pub(super) packets: Reports,
    /// Size of the chunks newly acknowledged that make no whole packet yet.
    pub(super) rest: usize,
    /// Of the newly acknowledged chunks that were sent only once: when the latest was sent.
    pub(super) latest_sent: Option<Instant>,
    /// Of the newly acknowledged chunks that were sent again: when the latest transmission was.
    pub(super) latest_resent: Option<Instant>,
}

impl Acknowledged {
    pub(super) fn note(&mut self, tsn: u64, size: usize, packet: usize) {
        self.bytes = self.bytes.saturating_add(size);
        self.highest = self.highest.max(Some(tsn));
        self.rest = self.rest.saturating_add(size);
        // Chunks rarely fill their packet, so three quarters count as a packet.
        if self.rest >= packet.saturating_sub(packet / 4) {
            self.rest = 0;
            self.packets.note(tsn);
        }
    }

    pub(super) fn note_arrival(&mut self, sent: Instant, once: bool) {
        let latest = if once {
            &mut self.latest_sent
        } else {
            &mut self.latest_resent
        };
        *latest = (*latest).max(Some(sent));
    }

    /// When the latest transmission was that has certainly arrived. If the answer to a retransmission comes sooner than
    /// the smallest round-trip time, it may belong to the first transmission, and does not count (RFC 8985 §6.2 step
    /// 2).
    pub(super) fn latest_arrived(&self, now: Instant, smallest_rtt: Duration) -> Option<Instant> {
        let resent = self
            .latest_resent
            .filter(|at| now.duration_since(*at) >= smallest_rtt);
        self.latest_sent.max(resent)
    }

    /// Round-trip time of the latest chunk that was sent once.
    pub(crate) fn latest_rtt(&self, now: Instant) -> Option<Duration> {
        self.latest_sent.map(|sent| now.duration_since(sent))
    }
}

/// The three largest of the TSNs that were noted, the largest first. 0 stands for none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reports(pub(super) [u64; 3]);

impl Reports {
    pub(super) fn note(&mut self, tsn: u64) {
        let [a, b, c] = self.0;
        self.0 = if tsn >= a {
            [tsn, a, b]
        } else if tsn >= b {
            [a, tsn, b]
        } else {
            [a, b, c.max(tsn)]
        };
    }
}
