//! The receiving half: which TSNs have arrived, and messages put together from them.
//!
//! Fragments of a message have consecutive TSNs. A fragment that arrives in order is appended to the one message in
//! progress (`front`). A fragment beyond a gap is held. If fragments beyond a gap make a whole message that need not
//! wait for its turn, it is delivered before the gap is filled.

use alloc::{collections::VecDeque, vec::Vec};

use bytes::Bytes;

use self::{
    arena::{Arena, Front},
    runs::Runs,
    store::{Chain, Piece, Store},
    streams::{Inbound, Memory},
};
use crate::{
    AssociationEvent, Incoming, Ppid, Ssn, StreamId, Tsn,
    tsn::{unwrap, wrap},
    wire::{Data, GapBlock, Skipped},
};

mod arena;
mod beyond_gap;

mod runs;
mod store;
mod streams;

/// RFC 9260 §3.3.4: gap blocks are 16-bit offsets, so a TSN further ahead could not be reported.
const MAX_AHEAD: u64 = 65_535;

/// Duplicate TSNs remembered for the next SACK.
const MAX_DUPLICATES: usize = 16;

/// One eighth of the limit may be kept as memory for later data that has to wait, and another eighth for later data
/// that is delivered.
const SPARE_PART: usize = 8;

/// What became of a DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The next one in order, and nothing is missing.
    InOrder,
    /// It is new, and there is a gap before it, or it has filled one.
    Gap,
    /// It has arrived before.
    Duplicate,
    /// It is too far ahead.
    OutOfRange,
    /// There is no room for it.
    NoRoom,
    /// Its message is larger than the largest that is accepted.
    TooLarge,
}

/// What every fragment says of its message.
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

/// The receiving half of an association.
#[derive(Debug)]
pub(crate) struct Reassembly {
    /// The cumulative TSN: everything up to it has arrived.
    cumulative: u64,
    /// The TSNs that have arrived beyond a gap, and the fragments that are held there.
    runs: Runs,
    front: Front,
    memory: Memory,
    inbound: Inbound,
    /// Bytes of delivered messages that the owner has not taken.
    undelivered: usize,
    duplicates: Vec<Tsn>,
    limit: usize,
    max_message_size: usize,
}

impl Reassembly {
    pub(crate) fn new(limit: usize, max_message_size: usize) -> Self {
        Self {
            cumulative: 0,
            runs: Runs::default(),
            front: Front::default(),
            memory: Memory {
                store: Store::new(limit / SPARE_PART),
                arena: Arena::new(limit / SPARE_PART),
            },
            inbound: Inbound::default(),
            undelivered: 0,
            duplicates: Vec::new(),
            limit,
            max_message_size,
        }
    }

    /// Starts at the peer's initial TSN.
    pub(crate) fn start(&mut self, initial: Tsn) {
        self.cumulative = ((1 << 32) + u64::from(initial.get())).saturating_sub(1);
    }

    pub(crate) fn cumulative(&self) -> Tsn {
        wrap(self.cumulative)
    }

    pub(crate) fn has_gaps(&self) -> bool {
        !self.runs.is_empty()
    }

    /// The receive window that is advertised to the peer: the room that is left.
    pub(crate) fn window(&self) -> u32 {
        let held = self.undelivered.saturating_add(self.front.len());
        let used = held.saturating_add(self.memory.store.charge());
        u32::try_from(self.limit.saturating_sub(used)).unwrap_or(u32::MAX)
    }

    pub(crate) const fn release(&mut self, bytes: usize) {
        self.undelivered = self.undelivered.saturating_sub(bytes);
    }

    /// The runs beyond the cumulative TSN, as a SACK reports them.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = GapBlock> + '_ {
        let offset =
            |tsn: u64| u16::try_from(tsn.saturating_sub(self.cumulative)).unwrap_or(u16::MAX);
        self.runs.iter().map(move |(start, run)| GapBlock {
            start: offset(*start),
            end: offset(run.end),
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
        let tsn = match self.unwrap_new(data.tsn) {
            Ok(tsn) => tsn,
            Err(arrival) => return arrival,
        };
        // This measures a message that is whole in its chunk; one in fragments is measured as it grows. The limit is
        // for messages of the user, which those of DCEP are not.
        if data.payload.len() > self.max_message_size && data.ppid != Ppid::DCEP {
            return Arrival::TooLarge;
        }
        let in_order = tsn == self.cumulative.saturating_add(1);
        if !self.has_room(in_order) {
            return Arrival::NoRoom;
        }
        if !in_order {
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
        let tsn = match self.unwrap_new(data.tsn) {
            Ok(tsn) => tsn,
            Err(arrival) => return arrival,
        };
        if tsn > self.cumulative.saturating_add(1) {
            self.runs.insert(tsn, Chain::EMPTY, &mut self.memory.store);
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

    /// The number of a TSN that has not arrived yet, if it is not too far ahead.
    fn unwrap_new(&mut self, tsn: Tsn) -> Result<u64, Arrival> {
        let number = unwrap(self.cumulative, tsn);
        if number <= self.cumulative || self.runs.contains(number) {
            // RFC 9260 §6.2: the next SACK reports it.
            if self.duplicates.len() < MAX_DUPLICATES {
                self.duplicates.push(tsn);
            }
            return Err(Arrival::Duplicate);
        }
        if number.saturating_sub(self.cumulative) > MAX_AHEAD {
            return Err(Arrival::OutOfRange);
        }
        Ok(number)
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
        self.runs.trim(tsn, &mut self.memory.store);
        for Skipped { stream, ssn } in skipped {
            self.undelivered = self.undelivered.saturating_add(self.inbound.skip(
                stream,
                ssn,
                &mut self.memory,
                events,
            ));
        }
        self.absorb(events);
        true
    }

    /// Whether everything up to a TSN has arrived.
    pub(crate) fn has_reached(&self, tsn: Tsn) -> bool {
        unwrap(self.cumulative, tsn) <= self.cumulative
    }

    /// RFC 6525 §5.2.2: the stream starts over at sequence number 0.
    pub(crate) fn reset_stream(&mut self, stream: StreamId) {
        self.inbound.reset(stream, &mut self.memory.store);
    }

    pub(crate) fn reset_all_streams(&mut self) -> Vec<StreamId> {
        self.inbound.reset_all(&mut self.memory.store)
    }

    /// After a while of quiet, gives back the memory that was kept for later use.
    pub(crate) fn rest(&mut self) {
        if self.memory.store.rest() {
            self.memory.arena.rest();
            self.front.rest();
        }
    }

    /// Chunks beyond a gap may fill the buffer. Chunks in order are accepted even then, because they fill the gap and
    /// so empty the buffer. They are refused while the owner does not take its messages, or if messages wait for
    /// sequence numbers that a correct sender would have sent.
    fn has_room(&self, in_order: bool) -> bool {
        let waiting = self.memory.store.charge();
        if in_order {
            self.undelivered < self.limit && waiting < self.limit.saturating_mul(2)
        } else {
            let held = self.undelivered.saturating_add(waiting);
            held.saturating_add(self.front.len()) < self.limit
        }
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
            self.deliver_chunk(meta, payload, events);
            return true;
        }
        if !self.front_takes(beginning, payload.len()) {
            return !self.front.is_active();
        }
        self.front.append(payload);
        if ending {
            self.finish_front(meta, events);
        }
        true
    }

    /// Whether the next fragment in order belongs to the message in progress, and that message is not too large with
    /// it.
    fn front_takes(&mut self, beginning: bool, length: usize) -> bool {
        if beginning {
            // If the message in progress is not finished, its sender has given it up.
            self.front.begin();
        }
        // There is no message in progress if a FORWARD-TSN has skipped its beginning. Then its rest is dropped.
        self.front.is_active() && self.front.len().saturating_add(length) <= self.max_message_size
    }

    /// Delivers the message in progress, which is whole.
    fn finish_front(&mut self, meta: &Meta, events: &mut VecDeque<AssociationEvent>) {
        let message = self.front.finish();
        if self.inbound.has_to_wait(meta) {
            self.let_wait(meta, &message);
        } else {
            self.deliver(meta, message, events);
        }
    }

    /// Delivers a message that is whole in its chunk.
    fn deliver_chunk(
        &mut self,
        meta: &Meta,
        payload: &[u8],
        events: &mut VecDeque<AssociationEvent>,
    ) {
        if self.inbound.has_to_wait(meta) {
            self.let_wait(meta, payload);
        } else {
            let message = self.memory.arena.copy(payload);
            self.deliver(meta, message, events);
        }
    }

    /// Lets a message wait for its turn in its stream. It is not copied to the arena, where it could keep a whole chunk
    /// of memory alive that it is not charged for.
    fn let_wait(&mut self, meta: &Meta, message: &[u8]) {
        let piece = Piece {
            tsn: 0,
            meta: *meta,
            beginning: true,
            ending: true,
        };
        let key = self.memory.store.insert(piece, message);
        self.inbound.wait(meta, key, &mut self.memory.store);
    }

    fn deliver(&mut self, meta: &Meta, data: Bytes, events: &mut VecDeque<AssociationEvent>) {
        self.undelivered = self.undelivered.saturating_add(self.inbound.deliver(
            meta,
            data,
            &mut self.memory,
            events,
        ));
    }
}

#[cfg(test)]
mod tests;
