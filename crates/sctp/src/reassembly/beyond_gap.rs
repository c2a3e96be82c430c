//! Fragments beyond a gap. They are held until the gap is filled or their message is whole.

use alloc::collections::VecDeque;

use super::{
    Arrival, Meta, Reassembly,
    store::{Chain, Key, Piece},
};
use crate::{AssociationEvent, wire::Data};

impl Reassembly {
    /// Takes a fragment or message beyond a gap.
    pub(super) fn hold(
        &mut self,
        tsn: u64,
        data: &Data<'_>,
        events: &mut VecDeque<AssociationEvent>,
    ) -> Arrival {
        let meta = Meta::of(data);
        if data.beginning && data.ending {
            self.runs.insert(tsn, Chain::EMPTY, &mut self.memory.store);
            self.deliver_chunk(&meta, data.payload, events);
            return Arrival::Gap;
        }
        let store = &mut self.memory.store;
        let piece = Piece {
            tsn,
            meta,
            beginning: data.beginning,
            ending: data.ending,
        };
        let key = store.insert(piece, data.payload);
        let run = self.runs.insert(tsn, Chain::of(key), store);
        let (first, last) = store.join_fragments(key);
        let whole = store.get(first).is_some_and(|piece| piece.beginning)
            && store.get(last).is_some_and(|piece| piece.ending);
        if whole {
            return self.deliver_held(run, first, last, events);
        }
        Arrival::Gap
    }

    /// Delivers a whole message beyond a gap.
    fn deliver_held(
        &mut self,
        run: u64,
        first: Key,
        last: Key,
        events: &mut VecDeque<AssociationEvent>,
    ) -> Arrival {
        let store = &mut self.memory.store;
        if store.length_between(first, last) > self.max_message_size {
            return Arrival::TooLarge;
        }
        let Some(meta) = store.get(first).map(|piece| piece.meta) else {
            return Arrival::Gap;
        };
        if let Some(chain) = self.runs.chain_mut(run) {
            store.cut(chain, first, last);
        }
        if self.inbound.has_to_wait(&meta) {
            self.inbound.wait(&meta, first, store);
        } else {
            let message = self.memory.arena.gather(first, store);
            self.deliver(&meta, message, events);
        }
        Arrival::Gap
    }

    /// If the gap before the first run is filled, moves the cumulative TSN to the end of the run, and appends the
    /// fragments held there. Returns whether their messages are small enough.
    pub(super) fn absorb(&mut self, events: &mut VecDeque<AssociationEvent>) -> bool {
        let Some(mut run) = self.runs.pop_until(self.cumulative.saturating_add(1)) else {
            return true;
        };
        self.cumulative = run.end;
        while let Some(key) = self.memory.store.pop(&mut run.chain) {
            if !self.append_held(key, events) {
                self.memory.store.remove_all(run.chain);
                return false;
            }
        }
        true
    }

    /// Appends a fragment that was held.
    fn append_held(&mut self, key: Key, events: &mut VecDeque<AssociationEvent>) -> bool {
        let store = &mut self.memory.store;
        let Some(piece) = store.get(key).cloned() else {
            return true;
        };
        let length = store.length(key);
        if !self.front_takes(piece.beginning, length) {
            self.memory.store.remove(key);
            return !self.front.is_active();
        }
        self.front.reserve(length);
        self.memory.store.take(key, |part| self.front.append(part));
        if piece.ending {
            self.finish_front(&piece.meta, events);
        }
        true
    }
}
