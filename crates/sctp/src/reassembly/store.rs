//! The memory for fragments and messages that have to wait, behind a gap or for their turn.
//!
//! Their bytes are in blocks of one size, which are used over and over. So a fragment needs no allocation of its own,
//! and keeps no more memory alive than its blocks. Blocks that are kept for later use are limited; beyond the limit
//! they are charged like those in use.

use alloc::{boxed::Box, vec::Vec};

use slab::Slab;

use super::Meta;

/// Payload bytes in a block.
const ROOM: usize = 120;
/// Blocks in a page, which is allocated at once: 4 KiB.
const PAGE: usize = 32;
/// No block.
const NONE: u32 = u32::MAX;

/// Identifies a piece in a [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u32);

impl Key {
    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A fragment, or a message that was put together from fragments.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) tsn: u64,
    pub(super) meta: Meta,
    pub(super) beginning: bool,
    pub(super) ending: bool,
}

#[derive(Debug)]
struct Slot {
    piece: Piece,
    length: usize,
    first: u32,
    last: u32,
    before: Option<Key>,
    after: Option<Key>,
    /// Neighbouring fragments of one message form a sequence. At its first and last one, this is the other end of it.
    far_end: Key,
}

/// Pieces in the order of their numbers. It is a list, linked through their slots.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chain {
    ends: Option<(Key, Key)>,
}

impl Chain {
    pub(super) const EMPTY: Self = Self { ends: None };

    pub(super) const fn of(key: Key) -> Self {
        Self {
            ends: Some((key, key)),
        }
    }

    pub(super) fn first(&self) -> Option<Key> {
        self.ends.map(|(first, _)| first)
    }
}

#[derive(Clone, Copy, Debug)]
struct Block {
    bytes: [u8; ROOM],
    length: u8,
    next: u32,
}

const EMPTY_BLOCK: Block = Block {
    bytes: [0; ROOM],
    length: 0,
    next: NONE,
};

/// The fragments and messages that wait.
#[derive(Debug)]
pub(super) struct Store {
    slots: Slab<Slot>,
    pages: Vec<Box<[Block; PAGE]>>,
    /// The first free block; each names the next.
    free: u32,
    blocks_used: usize,
    /// Bytes that may be kept while nothing waits.
    spare_limit: usize,
    /// Whether anything has waited since [`rest`](Self::rest).
    used: bool,
}

impl Store {
    pub(super) const fn new(spare_limit: usize) -> Self {
        Self {
            slots: Slab::new(),
            pages: Vec::new(),
            free: NONE,
            blocks_used: 0,
            spare_limit,
            used: false,
        }
    }

    /// Bytes of memory that are charged: those in use or, if that is more, all but those that may be kept for later
    /// use.
    pub(super) fn charge(&self) -> usize {
        let used = self
            .blocks_used
            .saturating_mul(size_of::<Block>())
            .saturating_add(self.slots.len().saturating_mul(size_of::<Slot>()));
        used.max(self.capacity().saturating_sub(self.spare_limit))
    }

    /// Bytes of memory that are in use or kept.
    pub(super) fn capacity(&self) -> usize {
        self.pages
            .len()
            .saturating_mul(size_of::<[Block; PAGE]>())
            .saturating_add(self.slots.capacity().saturating_mul(size_of::<Slot>()))
    }

    pub(super) fn insert(&mut self, piece: Piece, payload: &[u8]) -> Key {
        self.used = true;
        let (mut first, mut last) = (NONE, NONE);
        for bytes in payload.chunks(ROOM) {
            let index = self.take_free();
            if let Some(block) = self.block(index) {
                if let Some(room) = block.bytes.get_mut(..bytes.len()) {
                    room.copy_from_slice(bytes);
                }
                block.length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
                block.next = NONE;
            }
            self.link_blocks(last, index);
            last = index;
            if first == NONE {
                first = index;
            }
        }
        let entry = self.slots.vacant_entry();
        let key = Key(u32::try_from(entry.key()).unwrap_or(u32::MAX));
        entry.insert(Slot {
            piece,
            length: payload.len(),
            first,
            last,
            before: None,
            after: None,
            far_end: key,
        });
        key
    }

    pub(super) fn get(&self, key: Key) -> Option<&Piece> {
        self.slot(key).map(|slot| &slot.piece)
    }

    pub(super) fn length(&self, key: Key) -> usize {
        self.slot(key).map_or(0, |slot| slot.length)
    }

    /// Takes something out, its bytes in parts.
    pub(super) fn take(&mut self, key: Key, mut each: impl FnMut(&[u8])) {
        let Some(slot) = self.slots.try_remove(key.index()) else {
            return;
        };
        let free = self.free;
        let mut next = slot.first;
        while let Some(block) = self.block(next) {
            each(block.bytes.get(..block.length.into()).unwrap_or_default());
            next = block.next;
            if next == NONE {
                block.next = free;
            }
            self.blocks_used = self.blocks_used.saturating_sub(1);
        }
        if slot.first != NONE {
            self.free = slot.first;
        }
        if self.slots.is_empty() && self.capacity() > self.spare_limit {
            self.give_back(self.spare_limit);
        }
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.take(key, |_| ());
    }

    pub(super) fn remove_all(&mut self, mut chain: Chain) {
        while let Some(key) = self.pop(&mut chain) {
            self.remove(key);
        }
    }

    /// Called after a while of quiet. If nothing has waited since the last call, gives all memory back. Returns whether
    /// it did.
    pub(super) fn rest(&mut self) -> bool {
        let quiet = !core::mem::take(&mut self.used) && self.slots.is_empty();
        if quiet {
            self.give_back(0);
        }
        quiet
    }

    /// Gives memory back that nothing uses.
    fn give_back(&mut self, limit: usize) {
        if self.slots.capacity().saturating_mul(size_of::<Slot>()) > limit / 2 {
            self.slots = Slab::new();
        }
        let slots = self.slots.capacity().saturating_mul(size_of::<Slot>());
        let keep = limit
            .saturating_sub(slots)
            .checked_div(size_of::<[Block; PAGE]>())
            .unwrap_or_default();
        self.pages.truncate(keep);
        self.pages.shrink_to(keep);
        self.free = NONE;
        for page in 0..self.pages.len() {
            self.free_page(page);
        }
    }

    /// A chain of all of `a`, then all of `b`.
    pub(super) fn join(&mut self, a: Chain, b: Chain) -> Chain {
        let (Some((first, end)), Some((start, last))) = (a.ends, b.ends) else {
            return if a.ends.is_some() { a } else { b };
        };
        self.link(Some(end), Some(start));
        Chain {
            ends: Some((first, last)),
        }
    }

    /// Removes the first piece from a chain. The piece stays in the store.
    pub(super) fn pop(&mut self, chain: &mut Chain) -> Option<Key> {
        let (first, last) = chain.ends?;
        let after = self.slot(first)?.after.filter(|_| first != last);
        chain.ends = after.map(|after| (after, last));
        self.link(None, after);
        Some(first)
    }

    /// Removes a part of a chain, and makes one piece of it, with the key of the first.
    pub(super) fn cut(&mut self, chain: &mut Chain, first: Key, last: Key) {
        let before = self.slot(first).and_then(|slot| slot.before);
        let after = self.slot(last).and_then(|slot| slot.after);
        self.link(before, after);
        if let Some((start, end)) = chain.ends {
            let start = if start == first { after } else { Some(start) };
            let end = if end == last { before } else { Some(end) };
            chain.ends = start.zip(end);
        }
        let mut next = self.slot(first).and_then(|slot| slot.after);
        next = next.filter(|_| first != last);
        while let Some(key) = next
            && let Some(slot) = self.slots.try_remove(key.index())
            && let Some(whole) = self.slots.get_mut(first.index())
        {
            next = slot.after.filter(|_| key != last);
            let end = core::mem::replace(&mut whole.last, slot.last);
            whole.length = whole.length.saturating_add(slot.length);
            self.link_blocks(end, slot.first);
        }
        if let Some(whole) = self.slots.get_mut(first.index()) {
            whole.before = None;
            whole.after = None;
        }
    }

    /// Joins a fragment with its neighbours in the chain that belong to the same message. Returns the first and the
    /// last of them.
    pub(super) fn join_fragments(&mut self, key: Key) -> (Key, Key) {
        let Some(slot) = self.slot(key) else {
            return (key, key);
        };
        let piece = &slot.piece;
        let (mut first, mut last) = (key, key);
        if let Some(before) = slot.before.and_then(|before| self.slot(before))
            && before.piece.tsn.saturating_add(1) == piece.tsn
            && !before.piece.ending
            && !piece.beginning
        {
            first = before.far_end;
        }
        if let Some(after) = slot.after.and_then(|after| self.slot(after))
            && after.piece.tsn == piece.tsn.saturating_add(1)
            && !after.piece.beginning
            && !piece.ending
        {
            last = after.far_end;
        }
        for (one, other) in [(first, last), (last, first)] {
            if let Some(slot) = self.slots.get_mut(one.index()) {
                slot.far_end = other;
            }
        }
        (first, last)
    }

    /// Bytes of a part of a chain.
    pub(super) fn length_between(&self, first: Key, last: Key) -> usize {
        let mut total = 0_usize;
        let mut next = Some(first);
        while let Some(slot) = next.and_then(|key| self.slot(key)) {
            total = total.saturating_add(slot.length);
            next = slot.after.filter(|_| next != Some(last));
        }
        total
    }

    fn slot(&self, key: Key) -> Option<&Slot> {
        self.slots.get(key.index())
    }

    fn link(&mut self, before: Option<Key>, after: Option<Key>) {
        if let Some(slot) = before.and_then(|key| self.slots.get_mut(key.index())) {
            slot.after = after;
        }
        if let Some(slot) = after.and_then(|key| self.slots.get_mut(key.index())) {
            slot.before = before;
        }
    }

    fn block(&mut self, index: u32) -> Option<&mut Block> {
        let index = usize::try_from(index).ok()?;
        self.pages.get_mut(index / PAGE)?.get_mut(index % PAGE)
    }

    fn link_blocks(&mut self, before: u32, after: u32) {
        if let Some(block) = self.block(before) {
            block.next = after;
        }
    }

    fn take_free(&mut self) -> u32 {
        if self.free == NONE {
            self.pages.push(Box::new([EMPTY_BLOCK; PAGE]));
            self.free_page(self.pages.len().saturating_sub(1));
        }
        let index = self.free;
        self.free = self.block(index).map_or(NONE, |block| block.next);
        self.blocks_used = self.blocks_used.saturating_add(1);
        index
    }

    /// Makes all blocks of a page free.
    fn free_page(&mut self, page: usize) {
        for index in (page.saturating_mul(PAGE)..page.saturating_add(1).saturating_mul(PAGE)).rev()
        {
            let index = u32::try_from(index).unwrap_or(NONE);
            let free = self.free;
            if let Some(block) = self.block(index) {
                block.next = free;
                self.free = index;
            }
        }
    }
}
