//! Order within streams (RFC 9260 §6.6).

use alloc::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    vec::Vec,
};

use bytes::Bytes;

use super::Meta;
use crate::{
    AssociationEvent, Incoming, Ssn, StreamId, association::MESSAGE_OVERHEAD,
    stream_table::StreamTable,
};

/// The peer's streams that have been used.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    streams: StreamTable<Stream>,
    /// Bytes of messages that wait for an earlier one, each with its overhead.
    waiting: usize,
}

#[derive(Debug)]
struct Stream {
    /// The number of the message that comes next; its lower half is the sequence number. Starts at
    /// 65536, so that numbers older than the first are below it and above zero.
    next: u64,
    waiting: BTreeMap<u64, Incoming>,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            next: 1 << 16,
            waiting: BTreeMap::new(),
        }
    }
}

impl Stream {
    fn unwrap(&self, ssn: Ssn) -> u64 {
        let distance = low(self.next).distance_to(ssn);
        self.next.saturating_add_signed(i64::from(distance))
    }

    /// Moves messages that need not wait any more to `events`; returns their charge.
    fn drain(&mut self, events: &mut VecDeque<AssociationEvent>) -> usize {
        let mut charge = 0;
        while let Some(entry) = self.waiting.first_entry()
            && *entry.key() <= self.next
        {
            if *entry.key() == self.next {
                self.next += 1;
            }
            let message = entry.remove();
            charge += message.data.len() + MESSAGE_OVERHEAD;
            events.push_back(AssociationEvent::Message(message));
        }
        charge
    }
}

impl Inbound {
    pub(super) const fn bytes(&self) -> usize {
        self.waiting
    }

    /// Whether a message is not the next of its stream.
    pub(super) fn has_to_wait(&self, meta: &Meta) -> bool {
        let expected = self.streams.get(meta.stream).map(|stream| low(stream.next));
        !meta.unordered && expected.unwrap_or_default() != meta.ssn
    }

    /// Delivers a message, or lets it wait for its turn. Returns the charge of what was delivered.
    pub(super) fn deliver(
        &mut self,
        meta: &Meta,
        data: Bytes,
        events: &mut VecDeque<AssociationEvent>,
    ) -> usize {
        let charge = data.len() + MESSAGE_OVERHEAD;
        let message = meta.message(data);
        if meta.unordered {
            events.push_back(AssociationEvent::Message(message));
            return charge;
        }
        let Some(stream) = self.streams.get_or_default(meta.stream) else {
            return 0;
        };
        let number = stream.unwrap(meta.ssn);
        if number == stream.next {
            stream.next += 1;
            events.push_back(AssociationEvent::Message(message));
            let drained = stream.drain(events);
            self.waiting -= drained;
            return charge + drained;
        }
        // A number that is taken already comes from a sender that breaks the rules: the first message stays.
        if number > stream.next
            && let Entry::Vacant(free) = stream.waiting.entry(number)
        {
            free.insert(message);
            self.waiting += charge;
        }
        0
    }

    /// RFC 3758 §3.6: messages up to `ssn` will not come; what waits for them need not.
    pub(super) fn skip(
        &mut self,
        id: StreamId,
        ssn: Ssn,
        events: &mut VecDeque<AssociationEvent>,
    ) -> usize {
        let Some(stream) = self.streams.get_or_default(id) else {
            return 0;
        };
        let number = stream.unwrap(ssn);
        if number < stream.next {
            return 0;
        }
        stream.next = number + 1;
        let drained = stream.drain(events);
        self.waiting -= drained;
        drained
    }

    pub(super) fn reset(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.remove(id) {
            let dropped = stream.waiting.values();
            self.waiting -= dropped
                .map(|message| message.data.len() + MESSAGE_OVERHEAD)
                .sum::<usize>();
        }
    }

    /// Resets every stream that has been used, and names them.
    pub(super) fn reset_all(&mut self) -> Vec<StreamId> {
        let used: Vec<StreamId> = self.streams.ids().collect();
        for id in &used {
            self.reset(*id);
        }
        used
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is the sequence number"
)]
const fn low(number: u64) -> Ssn {
    Ssn::new(number as u16)
}
