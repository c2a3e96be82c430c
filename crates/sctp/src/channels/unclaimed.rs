//! Messages that arrive before their channel is opened.
//!
//! The two sides of a negotiated channel open it independently, so the peer may send on it before it is
//! opened here; and an unordered message of an impatient peer may overtake its `DATA_CHANNEL_OPEN`.

use alloc::{collections::BTreeMap, vec::Vec};

use bytes::Bytes;
use strata_core::tracing;

use super::{DataChannels, MessageKind};
use crate::StreamId;
use crate::stats::count;

/// Messages on streams without a channel.
#[derive(Debug)]
pub(super) struct Unclaimed {
    /// By stream, in the order in which they arrived.
    messages: BTreeMap<StreamId, Vec<Message>>,
    /// How many bytes the receive window is charged for all of them.
    bytes: usize,
    limit: usize,
}

#[derive(Debug)]
struct Message {
    kind: MessageKind,
    data: Bytes,
    /// How many bytes the receive window is charged for it, until it is taken.
    charge: usize,
}

impl Unclaimed {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            messages: BTreeMap::new(),
            bytes: 0,
            limit,
        }
    }

    fn take(&mut self, stream: StreamId) -> Vec<Message> {
        let taken = self.messages.remove(&stream).unwrap_or_default();
        self.bytes = self
            .bytes
            .saturating_sub(taken.iter().map(|message| message.charge).sum::<usize>());
        taken
    }
}

impl DataChannels {
    /// Keeps a message until a channel is opened on its stream, if there is room for it.
    pub(super) fn leave_unclaimed(
        &mut self,
        stream: StreamId,
        kind: MessageKind,
        data: &[u8],
        charge: usize,
    ) {
        let unclaimed = &mut self.unclaimed;
        if unclaimed.bytes.saturating_add(charge) > unclaimed.limit {
            tracing::trace!(%stream, "message for no channel dropped");
            count(&mut self.association.stats_mut().no_channel);
            self.association.release(charge);
            return;
        }
        unclaimed.bytes = unclaimed.bytes.saturating_add(charge);
        unclaimed.messages.entry(stream).or_default().push(Message {
            kind,
            // The message may wait for long, so it is copied: it may be a slice of a much larger piece of memory.
            data: Bytes::copy_from_slice(data),
            charge,
        });
    }

    /// Delivers the messages that were kept for the channel in this slot.
    pub(super) fn claim(&mut self, slot: usize, stream: StreamId) {
        for message in self.unclaimed.take(stream) {
            self.deliver(slot, message.kind, message.data, message.charge);
        }
    }

    /// Drops what has been kept for a stream: the peer has reset it, or it starts anew with us.
    pub(super) fn discard_unclaimed(&mut self, stream: StreamId) {
        for message in self.unclaimed.take(stream) {
            count(&mut self.association.stats_mut().no_channel);
            self.association.release(message.charge);
        }
    }
}
