//! The memory that received bytes are copied to, once.

use alloc::{collections::VecDeque, vec::Vec};

use bytes::{BufMut as _, Bytes, BytesMut};

use super::store::{Key, Store};

/// The size of the first chunk. Each later one is twice as large.
const MIN_CHUNK: usize = 2048;
/// The largest size of a chunk. As long as the application takes its messages, chunks are used over and over.
const MAX_CHUNK: usize = 32_768;

/// A message that has waited gets memory of its own if it is at least this large, so that little is left over at the
/// ends of chunks.
const OWN_MEMORY: usize = MAX_CHUNK / 8;

/// Gives messages slices of shared chunks of memory, so that a message needs no allocation of its own.
#[derive(Debug)]
pub(super) struct Arena {
    chunk: BytesMut,
    size: usize,
    /// Full chunks, oldest first. A gap that is filled delivers several chunks of messages at once, and the next such
    /// gap uses them again.
    full: VecDeque<BytesMut>,
    /// How many full chunks are kept at most.
    limit: usize,
}

impl Arena {
    /// An arena that keeps up to `spare_limit` bytes in full chunks for later use.
    pub(super) fn new(spare_limit: usize) -> Self {
        Self {
            chunk: BytesMut::new(),
            size: 0,
            full: VecDeque::new(),
            limit: spare_limit / MAX_CHUNK,
        }
    }

    /// Keeps nothing for later use.
    pub(super) fn rest(&mut self) {
        self.full = VecDeque::new();
        self.chunk = BytesMut::new();
        self.size = 0;
    }

    pub(super) fn copy(&mut self, bytes: &[u8]) -> Bytes {
        self.reserve(bytes.len());
        self.chunk.put_slice(bytes);
        self.chunk.split().freeze()
    }

    /// Moves a message that has waited from its store to memory that can be delivered.
    pub(super) fn gather(&mut self, key: Key, store: &mut Store) -> Bytes {
        let length = store.length(key);
        if length >= OWN_MEMORY {
            let mut own = Vec::with_capacity(length);
            store.take(key, |part| own.extend_from_slice(part));
            return own.into();
        }
        self.reserve(length);
        store.take(key, |part| self.chunk.put_slice(part));
        self.chunk.split().freeze()
    }

    fn reserve(&mut self, length: usize) {
        if self.chunk.capacity() >= length || self.chunk.try_reclaim(length) {
            return;
        }
        let free = self.take_free(length);
        if self.size == MAX_CHUNK && self.limit > 0 {
            // The oldest is forgotten, because the application still keeps messages that are in it.
            if self.full.len() >= self.limit {
                self.full.pop_front();
            }
            self.full.push_back(core::mem::take(&mut self.chunk));
        }
        self.chunk = free.unwrap_or_else(|| {
            self.size = self.size.saturating_mul(2).clamp(MIN_CHUNK, MAX_CHUNK);
            BytesMut::with_capacity(self.size.max(length))
        });
    }

    /// The oldest full chunk whose messages are all gone, or the one after it.
    fn take_free(&mut self, length: usize) -> Option<BytesMut> {
        for _ in 0..2 {
            let mut oldest = self.full.pop_front()?;
            if oldest.try_reclaim(length) {
                return Some(oldest);
            }
            // The application may keep one message for long. Then the next chunk is tried.
            self.full.push_back(oldest);
        }
        None
    }
}

/// Messages at least this large get a buffer of their own, so that none keeps a larger one alive.
const OWN_BUFFER: usize = 16_384;

/// The message in progress: fragments that arrived in order.
#[derive(Debug, Default)]
pub(super) struct Front {
    buffer: BytesMut,
    /// The buffer used before. By the time that the present one is full, its messages are taken, and it is used again.
    spare: BytesMut,
    active: bool,
    /// Length of the last message, if it was large. The next large one gets so much room at once.
    hint: usize,
}

impl Front {
    pub(super) const fn is_active(&self) -> bool {
        self.active
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Keeps nothing for later use.
    pub(super) fn rest(&mut self) {
        self.spare = BytesMut::new();
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    pub(super) fn begin(&mut self) {
        self.buffer.clear();
        self.active = true;
    }

    /// Drops the message in progress. Fragments are dropped until a new message begins.
    pub(super) fn abandon(&mut self) {
        self.buffer.clear();
        self.active = false;
    }

    pub(super) fn append(&mut self, payload: &[u8]) {
        self.reserve(payload.len());
        self.buffer.put_slice(payload);
    }

    /// Makes room for a fragment.
    pub(super) fn reserve(&mut self, fragment: usize) {
        let length = self.buffer.len();
        if self.buffer.capacity().saturating_sub(length) >= fragment
            || self.buffer.try_reclaim(fragment)
        {
            return;
        }
        let mut other = core::mem::take(&mut self.spare);
        let needed = length.saturating_add(fragment);
        if other.capacity() < needed && !other.try_reclaim(needed) {
            // The size is doubled, so that each byte is copied once more at most, on average.
            let room = length.saturating_mul(2).max(OWN_BUFFER).max(self.hint);
            other = BytesMut::with_capacity(room.max(needed));
        }
        other.put_slice(&self.buffer);
        self.buffer.clear();
        if self.buffer.capacity() <= OWN_BUFFER {
            self.spare = core::mem::take(&mut self.buffer);
        }
        self.buffer = other;
    }

    pub(super) fn finish(&mut self) -> Bytes {
        self.active = false;
        if self.buffer.len() >= OWN_BUFFER {
            self.hint = self.buffer.len();
            return core::mem::take(&mut self.buffer).freeze();
        }
        self.hint = 0;
        self.buffer.split().freeze()
    }
}
