//! Order within streams (RFC 9260 §6.6).

use alloc::{collections::VecDeque, vec::Vec};

use bytes::Bytes;

use super::{
    Meta,
    arena::Arena,
    runs::Runs,
    store::{Chain, Key, Store},
};
use crate::{
    AssociationEvent, Ssn, StreamId, message::MESSAGE_OVERHEAD, stream_table::StreamTable,
};

/// The streams that the peer has used.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    streams: StreamTable<Stream>,
}

#[derive(Debug)]
struct Stream {
    /// The number of the message that comes next. Its lower 16 bits are the sequence number. It starts at 65536, so
    /// that the numbers before the first one are not negative.
    next: u64,
    waiting: Runs,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            next: 1 << 16,
            waiting: Runs::default(),
        }
    }
}

impl Stream {
    fn unwrap(&self, ssn: Ssn) -> u64 {
        let distance = low(self.next).distance_to(ssn);
        self.next.saturating_add_signed(i64::from(distance))
    }

    /// Moves the messages that need not wait any more to `events`. Returns how many bytes they are charged.
    fn drain(&mut self, memory: &mut Memory, events: &mut VecDeque<AssociationEvent>) -> usize {
        let mut charge = 0_usize;
        while let Some(mut run) = self.waiting.pop_until(self.next) {
            self.next = self.next.max(run.end.saturating_add(1));
            while let Some(key) = memory.store.pop(&mut run.chain)
                && let Some(piece) = memory.store.get(key)
            {
                let meta = piece.meta;
                let data = memory.arena.gather(key, &mut memory.store);
                charge = charge.saturating_add(data.len().saturating_add(MESSAGE_OVERHEAD));
                events.push_back(AssociationEvent::Message(meta.message(data)));
            }
        }
        charge
    }
}

/// The memory for messages that wait, and that for messages that are delivered.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) store: Store,
    pub(super) arena: Arena,
}

impl Inbound {
    /// Whether a message is ordered and not the next of its stream.
    pub(super) fn has_to_wait(&self, meta: &Meta) -> bool {
        let expected = self.streams.get(meta.stream).map(|stream| low(stream.next));
        !meta.unordered && expected.unwrap_or_default() != meta.ssn
    }

    /// Lets a message wait for its turn.
    pub(super) fn wait(&mut self, meta: &Meta, key: Key, store: &mut Store) {
        if let Some(stream) = self.streams.get_or_default(meta.stream) {
            let number = stream.unwrap(meta.ssn);
            // A sender that uses a number twice breaks the rules. The first message is kept.
            if number > stream.next && !stream.waiting.contains(number) {
                stream.waiting.insert(number, Chain::of(key), store);
                return;
            }
        }
        store.remove(key);
    }

    /// Delivers a message that need not wait, and those that have waited for it. Returns how many bytes they are
    /// charged.
    pub(super) fn deliver(
        &mut self,
        meta: &Meta,
        data: Bytes,
        memory: &mut Memory,
        events: &mut VecDeque<AssociationEvent>,
    ) -> usize {
        let charge = data.len().saturating_add(MESSAGE_OVERHEAD);
        events.push_back(AssociationEvent::Message(meta.message(data)));
        if meta.unordered {
            return charge;
        }
        let Some(stream) = self.streams.get_or_default(meta.stream) else {
            return charge;
        };
        stream.next = stream.next.saturating_add(1);
        charge.saturating_add(stream.drain(memory, events))
    }

    /// RFC 3758 §3.6: messages up to `ssn` will not come any more, so those that wait for them are delivered.
    pub(super) fn skip(
        &mut self,
        id: StreamId,
        ssn: Ssn,
        memory: &mut Memory,
        events: &mut VecDeque<AssociationEvent>,
    ) -> usize {
        let Some(stream) = self.streams.get_or_default(id) else {
            return 0;
        };
        let number = stream.unwrap(ssn);
        if number < stream.next {
            return 0;
        }
        stream.next = number.saturating_add(1);
        stream.drain(memory, events)
    }

    pub(super) fn reset(&mut self, id: StreamId, store: &mut Store) {
        if let Some(mut stream) = self.streams.remove(id) {
            stream.waiting.clear(store);
        }
    }

    /// Resets every stream that was used, and returns their identifiers.
    pub(super) fn reset_all(&mut self, store: &mut Store) -> Vec<StreamId> {
        let used: Vec<StreamId> = self.streams.ids().collect();
        for id in &used {
            self.reset(*id, store);
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
