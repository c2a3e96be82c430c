//! Where received bytes are copied to, once.

use bytes::{BufMut as _, Bytes, BytesMut};

/// Chunks grow from this..
const MIN_CHUNK: usize = 2048;
/// ..to this: as long as the application takes its messages, a chunk is used over and over.
const MAX_CHUNK: usize = 32_768;

/// Hands out slices of shared chunks, so that a message costs no allocation of its own.
#[derive(Debug, Default)]
pub(super) struct Arena {
    chunk: BytesMut,
    size: usize,
}

impl Arena {
    pub(super) fn copy(&mut self, bytes: &[u8]) -> Bytes {
        if self.chunk.capacity() < bytes.len() && !self.chunk.try_reclaim(bytes.len()) {
            self.size = (self.size * 2).clamp(MIN_CHUNK, MAX_CHUNK);
            self.chunk = BytesMut::with_capacity(self.size.max(bytes.len()));
        }
        self.chunk.put_slice(bytes);
        self.chunk.split().freeze()
    }
}

/// Messages at least this large get a buffer of their own, so that none keeps a larger one alive.
const OWN_BUFFER: usize = 16_384;

/// The message in progress: fragments that arrived in order.
#[derive(Debug, Default)]
pub(super) struct Front {
    buffer: BytesMut,
    /// The buffer before: by the time this one is full, its messages are taken, and it serves again.
    spare: BytesMut,
    active: bool,
    /// Length of the last large message, for which room is made at once next time.
    hint: usize,
}

impl Front {
    pub(super) const fn is_active(&self) -> bool {
        self.active
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn begin(&mut self) {
        self.buffer.clear();
        self.active = true;
    }

    /// Drops what has been gathered; the fragments to come are dropped until a new message begins.
    pub(super) fn abandon(&mut self) {
        self.buffer.clear();
        self.active = false;
    }

    pub(super) fn append(&mut self, payload: &[u8]) {
        let length = self.buffer.len();
        if self.buffer.capacity() - length < payload.len()
            && !self.buffer.try_reclaim(payload.len())
        {
            let mut other = core::mem::take(&mut self.spare);
            let needed = length + payload.len();
            if other.capacity() < needed && !other.try_reclaim(needed) {
                // Doubling keeps the copying of what is there to one more pass at most.
                let room = (length * 2).max(OWN_BUFFER).max(self.hint);
                other = BytesMut::with_capacity(room.max(needed));
            }
            other.put_slice(&self.buffer);
            self.buffer.clear();
            if self.buffer.capacity() <= OWN_BUFFER {
                self.spare = core::mem::take(&mut self.buffer);
            }
            self.buffer = other;
        }
        self.buffer.put_slice(payload);
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
