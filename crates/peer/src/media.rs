//! Media: queues of what is to be sent, and the way of what was received.

mod arena;
mod arrivals;
mod feedback;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod keyframes;
mod leaving;
mod receive;
mod router;
mod send;

use std::collections::VecDeque;

use bytes::Bytes;

pub(crate) use arena::Arena;
pub(crate) use router::Router;
pub use send::OutgoingRtp;
pub(crate) use send::Queued;

use self::{arrivals::Arrivals, keyframes::Commands, leaving::Leaving};
use crate::{Event, Limits, Transceiver, stats::MediaStats};

/// The media path of a peer, keys excepted.
#[derive(Debug)]
pub(crate) struct Media {
    limits: Limits,
    router: Router,
    arena: Arena,
    rtp: VecDeque<Queued>,
    /// Plain compounds.
    rtcp: VecDeque<Bytes>,
    /// Where RTCP is composed.
    scratch: Vec<u8>,
    /// Whether the other side takes reduced-size RTCP (RFC 5506) in every section.
    reduced_size: bool,
    received: Arrivals,
    commands: Commands,
    leaving: Leaving,
    pub(crate) stats: MediaStats,
}

impl Media {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            router: Router::new(limits.sources),
            arena: Arena::new(limits.arena_bytes),
            received: Arrivals::new(&limits),
            commands: Commands::new(limits.sources),
            leaving: Leaving::new(limits.sources),
            limits,
            rtp: VecDeque::new(),
            rtcp: VecDeque::new(),
            scratch: Vec::new(),
            reduced_size: false,
            stats: MediaStats::default(),
        }
    }

    /// Takes over what was just negotiated.
    pub(crate) fn update(&mut self, transceivers: &[Transceiver]) {
        let before: Vec<_> = self.router.sections().iter().map(|s| s.mid).collect();
        self.router.update(transceivers);
        // What was queued names sections by their place, which may be another now.
        let router = &self.router;
        self.rtp.retain_mut(|queued| {
            let mid = before.get(queued.section);
            let now = mid.and_then(|mid| router.find(*mid)).filter(|at| {
                let section = router.sections().get(*at);
                section.is_some_and(|section| section.source_of(&queued.packet).is_some())
            });
            queued.section = now.unwrap_or(queued.section);
            now.is_some()
        });
        let mut agreed = transceivers.iter().filter_map(|t| t.current.as_ref());
        self.reduced_size = agreed.all(|parameters| parameters.reduced_size);
    }

    pub(crate) fn pop_received(&mut self) -> Option<Event> {
        self.received.pop()
    }

    /// How many sources had to go for others.
    pub(crate) const fn forgotten_sources(&self) -> u64 {
        self.router.forgotten
    }

    /// Gives up what waits to be sent. Says how many packets that were.
    pub(crate) fn give_up_outgoing(&mut self) -> u64 {
        let waiting = self.rtp.len().saturating_add(self.rtcp.len());
        self.rtp.clear();
        self.rtcp.clear();
        u64::try_from(waiting).unwrap_or(u64::MAX)
    }

    /// Gives up everything that waits.
    pub(crate) fn clear(&mut self) {
        self.rtp = VecDeque::new();
        self.rtcp = VecDeque::new();
        self.received.clear();
        self.leaving.clear();
        self.scratch = Vec::new();
        self.arena = Arena::new(self.limits.arena_bytes);
    }
}
