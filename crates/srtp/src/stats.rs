//! Counters.

use crate::{ProtectError, UnprotectError};

/// What a context has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// RTP.
    pub rtp: Counters,
    /// RTCP.
    pub rtcp: Counters,
}

/// Packets, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Protected or unprotected.
    pub packets: u64,
    /// Refused: not RTP or RTCP.
    pub malformed: u64,
    /// Refused: longer than the keystream of one packet. (Outbound only.)
    pub too_long: u64,
    /// Dropped: not authentic. (Inbound only.)
    pub unauthentic: u64,
    /// Refused: protected, or received, before.
    pub repeated: u64,
    /// Refused: behind the replay window.
    pub too_old: u64,
    /// Refused: the SSRC was used before, and its indices are forgotten.
    pub retired: u64,
    /// Dropped: carries a master key identifier, and none was agreed on. (Inbound only.)
    pub mki: u64,
    /// Refused: not the packet that its index was claimed for. (Outbound RTP only.)
    pub unclaimed: u64,
    /// Refused: the key is exhausted.
    pub key_exhausted: u64,
    /// Streams found again after a loss that the rollover counter could not follow. (Inbound RTP only.)
    pub resynchronized: u64,
    /// Streams forgotten because another needed their place.
    pub forgotten: u64,
}

impl Counters {
    /// Counts a stream that had to make room for another, if `evicted`.
    pub(crate) fn count_forgotten(&mut self, evicted: bool) {
        self.forgotten = self.forgotten.saturating_add(u64::from(evicted));
    }

    /// Counts a stream whose rollover counter was found again.
    pub(crate) const fn count_resynchronized(&mut self) {
        self.resynchronized = self.resynchronized.saturating_add(1);
    }

    pub(crate) const fn count_protect(&mut self, result: Result<(), ProtectError>) {
        let counter = match result {
            Ok(()) => &mut self.packets,
            Err(ProtectError::Malformed(_)) => &mut self.malformed,
            Err(ProtectError::TooLong) => &mut self.too_long,
            Err(ProtectError::Repeated) => &mut self.repeated,
            Err(ProtectError::TooOld) => &mut self.too_old,
            Err(ProtectError::Retired) => &mut self.retired,
            Err(ProtectError::Unclaimed) => &mut self.unclaimed,
            Err(ProtectError::KeyExhausted) => &mut self.key_exhausted,
        };
        *counter = counter.saturating_add(1);
    }

    pub(crate) const fn count_unprotect(&mut self, result: Result<usize, UnprotectError>) {
        let counter = match result {
            Ok(_) => &mut self.packets,
            Err(UnprotectError::Malformed(_)) => &mut self.malformed,
            Err(UnprotectError::Unauthentic) => &mut self.unauthentic,
            Err(UnprotectError::Replayed) => &mut self.repeated,
            Err(UnprotectError::TooOld) => &mut self.too_old,
            Err(UnprotectError::Retired) => &mut self.retired,
            Err(UnprotectError::Mki { .. }) => &mut self.mki,
            Err(UnprotectError::KeyExhausted) => &mut self.key_exhausted,
        };
        *counter = counter.saturating_add(1);
    }
}
