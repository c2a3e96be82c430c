//! The receiving half: which TSNs have arrived, and messages put together from them.
//!
//! Fragments of a message have consecutive TSNs. What arrives in order is appended to the one message
//! in progress (`front`); what arrives beyond a gap is held, and delivered early if it makes a whole
//! message that need not wait.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use bytes::Bytes;

use self::{
    arena::{Arena, Front},
    streams::Inbound,
};
use crate::{
    AssociationEvent, Incoming, Ppid, Ssn, StreamId, Tsn,
    association::MESSAGE_OVERHEAD,
    tsn::{unwrap, wrap},
    wire::{Data, GapBlock, Skipped},
};

mod arena;
mod streams;

/// RFC 9260 §3.3.4: gap blocks are 16-bit offsets, so a TSN further ahead could not be reported.
const MAX_AHEAD: u64 = 65_535;

/// Duplicate TSNs remembered for the next SACK.
const MAX_DUPLICATES: usize = 16;

/// What became of a DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The next one in order, and nothing is missing.
    InOrder,
    /// It is new, but there is a gap before it, or it filled one.
    Gap,
    /// It had arrived before.
    Duplicate,
    /// It is too far ahead.
    OutOfRange,
    /// There is no room for it.
    NoRoom,
    /// Its message is larger than we accept.
    TooLarge,
}

/// What is known of a message from any of its fragments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meta {
    pub(crate) stream: StreamId,
    pub(crate) ssn: Ssn,
    pub(crate) ppid: Ppid,
    pub(crate) unordered: bool,
}

impl Meta {
    const fn of(data: &Data<'_>) -> Self {
        Self {
            stream: data.stream,
            ssn: data.ssn,
            ppid: data.ppid,
            unordered: data.unordered,
        }
    }

    const fn message(&self, data: Bytes) -> Incoming {
        Incoming {
            stream: self.stream,
            ppid: self.ppid,
            ordered: !self.unordered,
            data,
        }
    }
}

/// A fragment beyond a gap.
#[derive(Debug)]
struct Held {
    meta: Meta,
    beginning: bool,
    ending: bool,
    payload: Bytes,
}

/// The receiving half of an association.
#[derive(Debug)]
pub(crate) struct Receiver {
    /// Everything up to here has arrived.
    cumulative: u64,
    /// What has arrived beyond a gap: first and last TSN of each run.
    runs: BTreeMap<u64, u64>,
    held: BTreeMap<u64, Held>,
    /// Runs of held fragments of one message.
    partials: BTreeMap<u64, u64>,
    front: Front,
    arena: Arena,
    inbound: Inbound,
    /// Bytes of `held`, each fragment with its overhead.
    held_bytes: usize,
    /// Bytes of delivered messages that the owner has not taken.
    undelivered: usize,
    duplicates: Vec<Tsn>,
    limit: usize,
    max_message_size: usize,
}

impl Receiver {
    pub(crate) fn new(limit: usize, max_message_size: usize) -> Self {
        Self {
            cumulative: 0,
            runs: BTreeMap::new(),
            held: BTreeMap::new(),
            partials: BTreeMap::new(),
            front: Front::default(),
            arena: Arena::default(),
            inbound: Inbound::default(),
            held_bytes: 0,
            undelivered: 0,
            duplicates: Vec::new(),
            limit,
            max_message_size,
        }
    }

    /// Starts at the peer's initial TSN.
    pub(crate) fn start(&mut self, initial: Tsn) {
        self.cumulative = (1 << 32) + u64::from(initial.get()) - 1;
    }

    pub(crate) fn cumulative(&self) -> Tsn {
        wrap(self.cumulative)
    }

    pub(crate) fn has_gaps(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Room left, as advertised to the peer.
    pub(crate) fn window(&self) -> u32 {
        let used = self.held_bytes + self.inbound.bytes() + self.undelivered + self.front.len();
        u32::try_from(self.limit.saturating_sub(used)).unwrap_or(u32::MAX)
    }

    pub(crate) const fn release(&mut self, bytes: usize) {
        self.undelivered = self.undelivered.saturating_sub(bytes);
    }

    /// The runs beyond the cumulative TSN, as a SACK reports them.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = GapBlock> + '_ {
        let offset = |tsn: u64| u16::try_from(tsn - self.cumulative).unwrap_or(u16::MAX);
        self.runs.iter().map(move |(start, end)| GapBlock {
            start: offset(*start),
            end: offset(*end),
        })
    }

    pub(crate) fn gap_count(&self) -> usize {
        self.runs.len()
    }

    pub(crate) fn duplicates(&self) -> &[Tsn] {
        &self.duplicates
    }

    pub(crate) fn clear_duplicates(&mut self) {
        self.duplicates.clear();
    }

    /// Takes a DATA chunk; messages that became whole are appended to `events`.
    pub(crate) fn handle_data(
        &mut self,
        data: &Data<'_>,
        events: &mut VecDeque<AssociationEvent>,
    ) -> Arrival {
        let tsn = unwrap(self.cumulative, data.tsn);
        if tsn <= self.cumulative || self.is_in_run(tsn) {
            if self.duplicates.len() < MAX_DUPLICATES {
                self.duplicates.push(data.tsn);
            }
            return Arrival::Duplicate;
        }
        if tsn - self.cumulative > MAX_AHEAD {
            return Arrival::OutOfRange;
        }
        // One that is whole in its chunk; those in fragments are measured as they come together. What is DCEP is no
        // message of the user's, to which alone the limit applies.
        if data.payload.len() > self.max_message_size && data.ppid != Ppid::DCEP {
            return Arrival::TooLarge;
        }
        let in_order = tsn == self.cumulative + 1;
        if !self.has_room(in_order) {
            return Arrival::NoRoom;
        }
        if !in_order {
            self.add_to_runs(tsn);
            return self.hold(tsn, data, events);
        }
        self.cumulative = tsn;
        let meta = Meta::of(data);
        let had_gaps = self.has_gaps();
        if !self.append(&meta, data.beginning, data.ending, data.payload, events) {
            return Arrival::TooLarge;
        }
        if !had_gaps {
            return Arrival::InOrder;
        }
        if self.absorb(events) {
            Arrival::Gap
        } else {
            Arrival::TooLarge
        }
    }

    /// Takes the TSN of a DATA chunk whose contents are not wanted.
    pub(crate) fn handle_unwanted(
        &mut self,
        data: &Data<'_>,
        events: &mut VecDeque<AssociationEvent>,
    ) -> Arrival {
        let tsn = unwrap(self.cumulative, data.tsn);
        if tsn <= self.cumulative || self.is_in_run(tsn) {
            return Arrival::Duplicate;
        }
        if tsn - self.cumulative > MAX_AHEAD {
            return Arrival::OutOfRange;
        }
        if tsn > self.cumulative + 1 {
            self.add_to_runs(tsn);
            return Arrival::Gap;
        }
        self.cumulative = tsn;
        self.front.abandon();
        if self.absorb(events) {
            Arrival::InOrder
        } else {
            Arrival::TooLarge
        }
    }

    /// Takes a FORWARD-TSN (RFC 3758 §3.6). Returns whether it moved anything.
    pub(crate) fn handle_forward(
        &mut self,
        cumulative: Tsn,
        skipped: impl Iterator<Item = Skipped>,
        events: &mut VecDeque<AssociationEvent>,
    ) -> bool {
        let tsn = unwrap(self.cumulative, cumulative);
        if tsn <= self.cumulative {
            return false;
        }
        self.cumulative = tsn;
        // The message in progress needed a TSN that is now skipped.
        self.front.abandon();
        while let Some(entry) = self.held.first_entry()
            && *entry.key() <= tsn
        {
            self.held_bytes -= entry.remove().payload.len() + MESSAGE_OVERHEAD;
        }
        trim(&mut self.partials, tsn);
        trim(&mut self.runs, tsn);
        let mut charged = 0;
        for Skipped { stream, ssn } in skipped {
            charged += self.inbound.skip(stream, ssn, events);
        }
        self.undelivered += charged;
        self.absorb(events);
        true
    }

    /// Whether everything up to a TSN has arrived.
    pub(crate) fn has_reached(&self, tsn: Tsn) -> bool {
        unwrap(self.cumulative, tsn) <= self.cumulative
    }

    /// RFC 6525 §5.2.2: the stream starts over at sequence number 0.
    pub(crate) fn reset_stream(&mut self, stream: StreamId) {
        self.inbound.reset(stream);
    }

    pub(crate) fn reset_all_streams(&mut self) -> Vec<StreamId> {
        self.inbound.reset_all()
    }

    fn is_in_run(&self, tsn: u64) -> bool {
        let before = self.runs.range(..=tsn).next_back();
        before.is_some_and(|(_, end)| tsn <= *end)
    }

    /// What is beyond a gap may fill the buffer. What is in order may still come then, because it
    /// empties the buffer; it is refused while the owner leaves messages lying, or if messages wait
    /// for sequence numbers that a correct sender would have sent.
    fn has_room(&self, in_order: bool) -> bool {
        let waiting = self.inbound.bytes();
        if in_order {
            self.undelivered < self.limit && waiting < self.limit.saturating_mul(2)
        } else {
            self.undelivered + waiting + self.held_bytes + self.front.len() < self.limit
        }
    }

    fn add_to_runs(&mut self, tsn: u64) {
        let mut start = tsn;
        let mut end = tsn;
        if let Some((before, last)) = self.runs.range_mut(..tsn).next_back()
            && *last + 1 == tsn
        {
            start = *before;
        }
        if let Some(last) = self.runs.remove(&(tsn + 1)) {
            end = last;
        }
        self.runs.insert(start, end);
    }

    /// Takes a fragment or message beyond a gap.
    fn hold(
        &mut self,
        tsn: u64,
        data: &Data<'_>,
        events: &mut VecDeque<AssociationEvent>,
    ) -> Arrival {
        let meta = Meta::of(data);
        // Not in the arena: what has to wait must not keep more alive than it is charged for.
        let payload = Bytes::copy_from_slice(data.payload);
        if data.beginning && data.ending {
            self.undelivered += self.inbound.deliver(&meta, payload, events);
            return Arrival::Gap;
        }
        self.held_bytes += payload.len() + MESSAGE_OVERHEAD;
        self.held.insert(
            tsn,
            Held {
                meta,
                beginning: data.beginning,
                ending: data.ending,
                payload,
            },
        );
        let (start, end) = self.join_partial(tsn, data.beginning, data.ending);
        let is = |tsn: u64, what: fn(&Held) -> bool| self.held.get(&tsn).is_some_and(what);
        if is(start, |held| held.beginning) && is(end, |held| held.ending) {
            self.partials.remove(&start);
            return self.deliver_held(start, end, events);
        }
        Arrival::Gap
    }

    /// Joins a held fragment with those of its message beside it.
    fn join_partial(&mut self, tsn: u64, beginning: bool, ending: bool) -> (u64, u64) {
        let (mut start, mut end) = (tsn, tsn);
        if !beginning
            && let Some((before, last)) = self.partials.range(..tsn).next_back()
            && *last + 1 == tsn
            && self.held.get(last).is_some_and(|held| !held.ending)
        {
            start = *before;
        }
        if !ending
            && self
                .held
                .get(&(tsn + 1))
                .is_some_and(|held| !held.beginning)
            && let Some(last) = self.partials.remove(&(tsn + 1))
        {
            end = last;
        }
        self.partials.insert(start, end);
        (start, end)
    }

    /// Delivers a whole message beyond a gap.
    fn deliver_held(
        &mut self,
        start: u64,
        end: u64,
        events: &mut VecDeque<AssociationEvent>,
    ) -> Arrival {
        let total = self
            .held
            .range(start..=end)
            .map(|(_, held)| held.payload.len())
            .sum();
        if total > self.max_message_size {
            return Arrival::TooLarge;
        }
        let mut message = Vec::with_capacity(total);
        let mut meta = None;
        for tsn in start..=end {
            if let Some(held) = self.held.remove(&tsn) {
                self.held_bytes -= held.payload.len() + MESSAGE_OVERHEAD;
                message.extend_from_slice(&held.payload);
                meta.get_or_insert(held.meta);
            }
        }
        if let Some(meta) = meta {
            self.undelivered += self.inbound.deliver(&meta, Bytes::from(message), events);
        }
        Arrival::Gap
    }

    /// Appends the next fragment in order. Returns whether its message is small enough.
    fn append(
        &mut self,
        meta: &Meta,
        beginning: bool,
        ending: bool,
        payload: &[u8],
        events: &mut VecDeque<AssociationEvent>,
    ) -> bool {
        if beginning && ending {
            self.front.abandon();
            let message = self.arena.copy(payload);
            self.deliver(meta, message, events);
            return true;
        }
        if beginning {
            // A message in progress that was not finished was given up by its sender.
            self.front.begin();
        }
        if !self.front.is_active() {
            // The rest of a message whose beginning was skipped by a FORWARD-TSN.
            return true;
        }
        if self.front.len() + payload.len() > self.max_message_size {
            return false;
        }
        self.front.append(payload);
        if ending {
            let message = self.front.finish();
            self.deliver(meta, message, events);
        }
        true
    }

    /// After a gap before it is filled, moves the first run behind the cumulative TSN.
    fn absorb(&mut self, events: &mut VecDeque<AssociationEvent>) -> bool {
        let Some(run) = self.runs.first_entry() else {
            return true;
        };
        if *run.key() != self.cumulative + 1 {
            return true;
        }
        self.cumulative = run.remove();
        while let Some(entry) = self.held.first_entry()
            && *entry.key() <= self.cumulative
        {
            let held = entry.remove();
            self.held_bytes -= held.payload.len() + MESSAGE_OVERHEAD;
            if !self.append(
                &held.meta,
                held.beginning,
                held.ending,
                &held.payload,
                events,
            ) {
                return false;
            }
        }
        trim(&mut self.partials, self.cumulative);
        true
    }

    /// Delivers a message that shares its memory with others.
    fn deliver(&mut self, meta: &Meta, data: Bytes, events: &mut VecDeque<AssociationEvent>) {
        let data = if self.inbound.has_to_wait(meta) {
            // Its sender left out a number, which none does that keeps the rules.
            Bytes::copy_from_slice(&data)
        } else {
            data
        };
        self.undelivered += self.inbound.deliver(meta, data, events);
    }
}

/// Cuts everything up to `tsn` from a set of runs.
fn trim(runs: &mut BTreeMap<u64, u64>, tsn: u64) {
    while let Some(entry) = runs.first_entry()
        && *entry.key() <= tsn
    {
        let end = entry.remove();
        if end > tsn {
            runs.insert(tsn + 1, end);
            return;
        }
    }
}

#[cfg(test)]
mod tests;
