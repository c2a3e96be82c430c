//! Losses that are detected by time (after RFC 8985 §6, §7): of retransmissions, and of chunks that are followed by too
//! few others to be reported missing three times.

use core::time::Duration;

use strata_core::Instant;

use super::{Outstanding, State};

/// Which chunks may be lost, although they were not reported missing three times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspicion {
    /// None, or those that may be lost are to be sent again already.
    None,
    /// Chunks are missing below one that has arrived.
    Gap,
    /// The last chunk was sent once, and is not acknowledged.
    Tail,
}

impl Outstanding {
    /// Which chunks may be lost now.
    pub(crate) fn suspicion(&self) -> Suspicion {
        if !self.lost.is_empty() {
            return Suspicion::None;
        }
        if self.highest_acked().is_some_and(|end| self.examined < end) {
            return Suspicion::Gap;
        }
        match self.chunks.back() {
            Some(last) if last.state == State::InFlight && last.transmissions == 1 => {
                Suspicion::Tail
            }
            Some(_) | None => Suspicion::None,
        }
    }

    /// Marks all chunks as lost that are missing below one that has arrived. Returns whether there were any, and how
    /// many messages were given up.
    pub(crate) fn lose_gaps(&mut self, now: Instant) -> (bool, u64) {
        let (mut any, mut abandoned) = (false, 0);
        let end = self.highest_acked().unwrap_or(0);
        while self.examined < end {
            let tsn = self.examined;
            self.examined = self.examined.saturating_add(1);
            any |= self.lose(now, tsn, true, &mut abandoned);
        }
        (any, abandoned)
    }

    /// A retransmission counts as lost if a chunk has arrived that was sent later than it by more than `reordering` (as
    /// in RFC 8985). RFC 9260 would wait for the retransmission timer.
    pub(super) fn detect_lost_retransmissions(
        &mut self,
        now: Instant,
        arrived: Instant,
        reordering: Duration,
        abandoned: &mut u64,
    ) -> bool {
        let mut any = false;
        while let Some((tsn, at)) = self.resent.front().copied() {
            let sent = self.index(tsn).and_then(|index| self.chunks.get(index));
            let waits = sent.is_some_and(|sent| sent.state == State::InFlight && sent.at == at);
            if waits {
                if arrived <= at + reordering {
                    break;
                }
                any |= self.lose(now, tsn, false, abandoned);
            }
            self.resent.pop_front();
        }
        any
    }

    /// Marks the last chunk to be sent again, and returns its TSN. `None` if its message allows no retransmission.
    pub(crate) fn probe(&mut self, now: Instant) -> Option<u64> {
        let last = self.chunks.back()?;
        let policy = last.fragment.policy;
        if policy.max_retransmits == Some(0) || policy.expires.is_some_and(|at| at <= now) {
            return None;
        }
        let tsn = self.last();
        self.lose(now, tsn, false, &mut 0).then_some(tsn)
    }

    /// Whether the chunk is still to be acknowledged.
    pub(crate) fn is_missing(&self, tsn: u64) -> bool {
        self.index(tsn)
            .and_then(|index| self.chunks.get(index))
            .is_some_and(|sent| matches!(sent.state, State::InFlight | State::Lost))
    }

    /// The last TSN that a gap block acknowledges.
    fn highest_acked(&self) -> Option<u64> {
        self.acked.last_key_value().map(|(_, end)| *end)
    }
}
