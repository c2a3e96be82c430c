//! The chunks that were sent, from the first that is not acknowledged on.
//!
//! They are in a ring indexed by TSN. The work for a SACK depends on what it newly acknowledges and on the number of
//! its gap blocks, but not on the size of the window.

use alloc::collections::{BTreeMap, VecDeque};
use core::time::Duration;

use strata_core::Instant;

use super::Fragment;
use crate::{
    Tsn,
    tsn::{unwrap, wrap},
    wire::{Data, GapBlock},
};

mod abandon;
mod acknowledged;
mod lost;
mod tail_loss;

pub(crate) use acknowledged::Acknowledged;
use acknowledged::Reports;
use lost::Lost;
pub(crate) use tail_loss::Suspicion;

/// A chunk that was sent.
#[derive(Debug)]
struct Sent {
    fragment: Fragment,
    state: State,
    at: Instant,
    transmissions: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    InFlight,
    /// It counts as lost, and is to be sent again.
    Lost,
    /// Acknowledged by a gap block.
    Acked,
    /// Given up (RFC 3758).
    Abandoned,
}

impl Sent {
    /// Its size in a packet.
    const fn size(&self) -> usize {
        Data::OVERHEAD.saturating_add(self.fragment.payload.len().next_multiple_of(4))
    }
}

/// The size of all chunks in flight together.
#[derive(Debug, Default)]
struct Flight {
    /// Size of the chunks.
    bytes: usize,
    /// Bytes of their payloads.
    payload: usize,
}

impl Flight {
    fn add(&mut self, sent: &Sent) {
        self.bytes = self.bytes.saturating_add(sent.size());
        self.payload = self.payload.saturating_add(sent.fragment.payload.len());
    }

    fn remove(&mut self, sent: &Sent) {
        self.bytes = self.bytes.saturating_sub(sent.size());
        self.payload = self.payload.saturating_sub(sent.fragment.payload.len());
    }
}

/// All chunks beyond the peer's cumulative TSN.
#[derive(Debug)]
pub(crate) struct Outstanding {
    /// The TSN of the first of `chunks`; everything before it is acknowledged.
    first: u64,
    chunks: VecDeque<Sent>,
    /// What is acknowledged by gap blocks: first and last TSN of each run.
    acked: BTreeMap<u64, u64>,
    lost: Lost,
    /// Chunks sent again, oldest transmission first.
    resent: VecDeque<(u64, Instant)>,
    /// The largest TSNs that were newly acknowledged, one for each SACK or packet. A missing chunk below the third of
    /// them was reported missing three times (RFC 9260 §7.2.4).
    reported: Reports,
    /// Size of a packet.
    packet: usize,
    /// The first TSN that was not examined for loss yet.
    examined: u64,
    flight: Flight,
    /// Payload bytes held, in flight or not.
    held_payload: usize,
    /// The chunk whose round trip is being measured.
    timed: Option<(u64, Instant)>,
    forward: abandon::Forward,
}

impl Outstanding {
    /// No chunks yet. `packet` is the size of the packets that they will be sent in.
    pub(crate) fn new(initial: Tsn, packet: usize) -> Self {
        let first = (1 << 32) + u64::from(initial.get());
        Self {
            first,
            chunks: VecDeque::new(),
            acked: BTreeMap::new(),
            lost: Lost::default(),
            resent: VecDeque::new(),
            reported: Reports::default(),
            packet,
            examined: first,
            flight: Flight::default(),
            held_payload: 0,
            timed: None,
            forward: abandon::Forward::default(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(crate) const fn flight(&self) -> usize {
        self.flight.bytes
    }

    pub(crate) const fn flight_payload(&self) -> usize {
        self.flight.payload
    }

    pub(crate) const fn held_payload(&self) -> usize {
        self.held_payload
    }

    pub(crate) fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    /// The TSN after the last one used.
    fn end(&self) -> u64 {
        self.first.saturating_add(to_u64(self.chunks.len()))
    }

    /// The last TSN used.
    pub(crate) fn last(&self) -> u64 {
        self.end().saturating_sub(1)
    }

    pub(crate) fn last_tsn(&self) -> Tsn {
        wrap(self.last())
    }

    /// The TSN that the next new chunk gets.
    pub(crate) fn next_tsn(&self) -> Tsn {
        wrap(self.end())
    }

    /// The last TSN acknowledged cumulatively.
    pub(crate) const fn cumulative(&self) -> u64 {
        self.first.saturating_sub(1)
    }

    /// Notes that a new chunk was sent with [`next_tsn`](Self::next_tsn).
    pub(crate) fn push(&mut self, now: Instant, fragment: Fragment) {
        let tsn = self.end();
        let sent = Sent {
            fragment,
            state: State::InFlight,
            at: now,
            transmissions: 1,
        };
        self.flight.add(&sent);
        self.held_payload = self
            .held_payload
            .saturating_add(sent.fragment.payload.len());
        self.chunks.push_back(sent);
        // §6.3.1 C4: one measurement per round trip.
        self.timed.get_or_insert((tsn, now));
    }

    /// The earliest chunk to be sent again.
    pub(crate) fn next_lost(&self) -> Option<(Tsn, &Fragment)> {
        let tsn = self.lost.first()?;
        let sent = self.chunks.get(self.index(tsn)?)?;
        Some((wrap(tsn), &sent.fragment))
    }

    /// Notes that the chunk of [`next_lost`](Self::next_lost) was sent again. Returns whether it is the
    /// earliest outstanding one.
    pub(crate) fn resend(&mut self, now: Instant) -> bool {
        let Some(tsn) = self.lost.pop_first() else {
            return false;
        };
        let Some(sent) = self.index(tsn).and_then(|index| self.chunks.get_mut(index)) else {
            return false;
        };
        sent.state = State::InFlight;
        sent.at = now;
        sent.transmissions = sent.transmissions.saturating_add(1);
        self.flight.add(sent);
        self.resent.push_back((tsn, now));
        // §6.3.1 C5 (Karn): a chunk sent twice measures nothing.
        if self.timed.is_some_and(|(timed, _)| timed == tsn) {
            self.timed = None;
        }
        tsn == self.first
    }

    /// Takes a SACK's acknowledgements (RFC 9260 §6.2.1). `None`: it acknowledges what was never sent.
    pub(crate) fn acknowledge(
        &mut self,
        now: Instant,
        cumulative: Tsn,
        gaps: impl Iterator<Item = GapBlock>,
    ) -> Option<Acknowledged> {
        let cumulative = unwrap(self.cumulative(), cumulative);
        if cumulative >= self.end() {
            return None;
        }
        let mut result = Acknowledged {
            advanced: cumulative > self.cumulative(),
            ..Acknowledged::default()
        };
        self.acknowledge_cumulative(now, cumulative, &mut result);
        for gap in gaps {
            let start = cumulative.saturating_add(u64::from(gap.start));
            let end = cumulative.saturating_add(u64::from(gap.end));
            if gap.start < 1 || end < start || end >= self.end() {
                result.invalid_gaps = result.invalid_gaps.saturating_add(1);
            } else {
                self.acknowledge_run(now, start, end, &mut result);
            }
        }
        Some(result)
    }

    fn acknowledge_cumulative(&mut self, now: Instant, cumulative: u64, out: &mut Acknowledged) {
        while self.first <= cumulative
            && let Some(sent) = self.chunks.pop_front()
        {
            let tsn = self.first;
            self.first = self.first.saturating_add(1);
            self.held_payload = self
                .held_payload
                .saturating_sub(sent.fragment.payload.len());
            self.take_from_flight(now, tsn, &sent, out);
        }
        while let Some(run) = self.acked.first_entry()
            && *run.key() < self.first
        {
            let end = run.remove();
            if end >= self.first {
                self.acked.insert(self.first, end);
            }
        }
        self.examined = self.examined.max(self.first);
    }

    /// Accounts for a chunk that is newly acknowledged.
    fn take_from_flight(&mut self, now: Instant, tsn: u64, sent: &Sent, out: &mut Acknowledged) {
        match sent.state {
            State::InFlight => {
                self.flight.remove(sent);
            }
            State::Lost => {
                self.lost.remove(tsn);
            }
            State::Acked | State::Abandoned => return,
        }
        out.note(tsn, sent.size(), self.packet);
        out.note_arrival(sent.at, sent.transmissions == 1);
        if let Some((timed, at)) = self.timed
            && timed <= tsn
        {
            self.timed = None;
            if timed == tsn && sent.transmissions == 1 {
                out.rtt = Some(now.duration_since(at));
            }
        }
    }

    /// Marks the TSNs of a gap block that are not yet known to be acknowledged.
    fn acknowledge_run(&mut self, now: Instant, start: u64, end: u64, out: &mut Acknowledged) {
        let start = start.max(self.first);
        let mut merged = (start, end);
        let mut next = start;
        if let Some((before, last)) = self.acked.range(..start).next_back()
            && last.saturating_add(1) >= start
        {
            merged.0 = *before;
            next = last.saturating_add(1);
        }
        if next > end {
            return;
        }
        // Runs that begin inside the block are swallowed by it.
        while let Some((run_start, run_end)) = self.first_run_within(start, end) {
            self.acknowledge_each(now, next, run_start, out);
            self.acked.remove(&run_start);
            next = next.max(run_end.saturating_add(1));
            merged.1 = merged.1.max(run_end);
        }
        self.acknowledge_each(now, next, end.saturating_add(1), out);
        self.acked.insert(merged.0, merged.1);
    }

    fn first_run_within(&self, start: u64, end: u64) -> Option<(u64, u64)> {
        let run = self.acked.range(start..=end).next();
        run.map(|(start, end)| (*start, *end))
    }

    fn acknowledge_each(&mut self, now: Instant, from: u64, until: u64, out: &mut Acknowledged) {
        for tsn in from..until {
            let Some(index) = self.index(tsn) else {
                return;
            };
            let Some(sent) = self.chunks.get_mut(index) else {
                return;
            };
            let state = sent.state;
            sent.state = State::Acked;
            let size = sent.size();
            let once = sent.transmissions == 1;
            let at = sent.at;
            match state {
                State::InFlight => {
                    self.flight.remove(sent);
                }
                State::Lost => {
                    self.lost.remove(tsn);
                }
                State::Abandoned => {
                    sent.state = State::Abandoned;
                    continue;
                }
                State::Acked => continue,
            }
            out.note(tsn, size, self.packet);
            out.note_arrival(at, once);
            if let Some((timed, timed_at)) = self.timed
                && timed == tsn
            {
                self.timed = None;
                if once {
                    out.rtt = Some(now.duration_since(timed_at));
                }
            }
        }
    }

    /// Finds losses after a SACK. Returns whether any chunk was marked to be sent again, and how many
    /// messages were given up.
    pub(crate) fn detect_losses(
        &mut self,
        now: Instant,
        acknowledged: &Acknowledged,
        recovering: bool,
        smallest_rtt: Duration,
        reordering: Duration,
    ) -> (bool, u64) {
        // RFC 9260 §7.2.4: miss indications count for TSNs below the highest newly acknowledged one; in
        // fast recovery, when the cumulative TSN advances, for all that are reported missing.
        // A peer that handles many packets at once sends one SACK for them; each packet that it
        // acknowledges is then an indication of its own, as in RFC 6675.
        let Reports([newest, rest @ ..]) = acknowledged.packets;
        for tsn in rest.into_iter().rev().filter(|tsn| *tsn > 0) {
            self.reported.note(tsn);
        }
        let highest_acked = self.acked.last_key_value().map(|(_, end)| *end);
        let reporter = if recovering && acknowledged.advanced {
            acknowledged.highest.max(highest_acked)
        } else {
            acknowledged.highest
        };
        if let Some(tsn) = reporter.max(Some(newest)).filter(|tsn| *tsn > 0) {
            self.reported.note(tsn);
        }
        let mut any = false;
        let mut abandoned = 0;
        let Reports([_, _, limit]) = self.reported;
        while self.examined < limit {
            let tsn = self.examined;
            self.examined = self.examined.saturating_add(1);
            any |= self.lose(now, tsn, true, &mut abandoned);
        }
        if let Some(arrived) = acknowledged.latest_arrived(now, smallest_rtt) {
            any |= self.detect_lost_retransmissions(now, arrived, reordering, &mut abandoned);
        }
        (any, abandoned)
    }

    /// Marks a chunk in flight as lost, or gives up on its message if its policy says so.
    fn lose(&mut self, now: Instant, tsn: u64, only_first: bool, abandoned: &mut u64) -> bool {
        let Some(index) = self.index(tsn) else {
            return false;
        };
        let Some(sent) = self.chunks.get_mut(index) else {
            return false;
        };
        if sent.state != State::InFlight || (only_first && sent.transmissions > 1) {
            return false;
        }
        sent.state = State::Lost;
        self.flight.remove(sent);
        self.lost.insert(tsn);
        let policy = sent.fragment.policy;
        let tried = sent.transmissions;
        // RFC 7496 §3.1, RFC 3758 §3.5: a retransmission would be one too many, or too late.
        if policy.max_retransmits.is_some_and(|max| tried > max)
            || policy.expires.is_some_and(|at| at <= now)
        {
            self.abandon(tsn);
            *abandoned = abandoned.saturating_add(1);
        }
        true
    }

    /// The retransmission timer ran out (RFC 9260 §6.3.3): everything in flight counts as lost. Returns
    /// how many messages were given up.
    pub(crate) fn on_timeout(&mut self, now: Instant) -> u64 {
        // The first chunk is the one the peer says it has not: if a gap block acknowledged it once, the
        // peer has reneged (RFC 9260 §6.2.1), so no gap block is believed any more.
        let reneged = self
            .chunks
            .front()
            .is_some_and(|sent| sent.state == State::Acked);
        if reneged {
            self.forget_gaps();
        }
        let mut abandoned = 0;
        for tsn in self.first..self.end() {
            self.lose(now, tsn, false, &mut abandoned);
        }
        self.resent.clear();
        self.timed = None;
        self.examined = self.end();
        abandoned
    }

    /// After a while of quiet, gives back the memory that was kept for later use.
    pub(crate) fn rest(&mut self) {
        if self.chunks.is_empty() {
            self.chunks = VecDeque::new();
            self.resent = VecDeque::new();
        }
    }

    fn forget_gaps(&mut self) {
        self.acked.clear();
        for (sent, tsn) in self.chunks.iter_mut().zip(self.first..) {
            if sent.state == State::Acked {
                sent.state = State::Lost;
                self.lost.insert(tsn);
            }
        }
    }

    fn index(&self, tsn: u64) -> Option<usize> {
        usize::try_from(tsn.checked_sub(self.first)?).ok()
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
