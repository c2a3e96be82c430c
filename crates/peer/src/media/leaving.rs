//! Sources of the other side that have said goodbye (RTCP BYE).

use core::time::Duration;
use std::collections::VecDeque;

use strata_core::Instant;
use strata_rtp::Ssrc;
use strata_srtp::Inbound;

use super::Media;

/// Sources that have said BYE. They make room for others after a while, so that no source that stays has to.
#[derive(Debug)]
pub(super) struct Leaving {
    /// In the order of their goodbyes.
    left: VecDeque<Left>,
    limit: usize,
}

#[derive(Debug)]
struct Left {
    source: Ssrc,
    due: Instant,
    /// Which packet was its last by then; `None` if it was not known where it belongs.
    last: Option<u64>,
}

impl Leaving {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            left: VecDeque::new(),
            limit,
        }
    }

    pub(super) fn clear(&mut self) {
        self.left = VecDeque::new();
    }

    /// The next that is due, or for which there is no room.
    fn pop(&mut self, now: Instant) -> Option<Left> {
        let front = self.left.front()?;
        let goes = front.due <= now || self.left.len() > self.limit;
        goes.then(|| self.left.pop_front()).flatten()
    }
}

impl Media {
    /// A source says that it has ended.
    pub(super) fn on_bye(&mut self, now: Instant, source: Ssrc) {
        self.leaving.left.push_back(Left {
            source,
            due: now + STRAGGLERS,
            last: self.router.last_of(source),
        });
    }

    /// Lets those go that said goodbye a while ago and were not heard since. RFC 3550 §6.2.1: not at once, for
    /// packets may arrive after the BYE.
    ///
    /// SRTP keeps what it needs to refuse a replay.
    pub(super) fn forget_left(&mut self, now: Instant, keys: &mut Inbound) {
        while let Some(left) = self.leaving.pop(now) {
            if self.router.last_of(left.source) == left.last {
                self.router.leave(left.source);
                keys.remove_stream(left.source.get());
            }
        }
    }
}

/// How long packets may be under way that were sent before a BYE.
const STRAGGLERS: Duration = Duration::from_secs(2);
