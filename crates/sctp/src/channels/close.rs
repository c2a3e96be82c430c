//! Closing channels (RFC 8831 §6.7): when a channel is closed, and what becomes of its stream number.

use core::mem;

use strata_core::Instant;

use super::{ChannelState, DataChannels, Event, id_of};
use crate::StreamId;

impl DataChannels {
    /// RFC 8831 §6.7: closing is resetting our direction of the stream.
    pub(super) fn close_slot(&mut self, now: Instant, slot: usize) {
        let Some(state) = self.channels.get_mut(slot) else {
            return;
        };
        if state.state == ChannelState::Closing {
            return;
        }
        state.state = ChannelState::Closing;
        match state.stream {
            Some(stream) => self.association.reset_stream(now, stream),
            None => self.drop_channel(slot),
        }
    }

    /// RFC 8831 §6.7: the peer has reset its direction, so this side resets its own.
    pub(super) fn on_peer_reset(&mut self, now: Instant, stream: StreamId) {
        let Some(slot) = self.slot_of(stream) else {
            return self.discard_unclaimed(stream);
        };
        if let Some(state) = self.channels.get_mut(slot) {
            state.peer_reset = true;
        }
        self.close_slot(now, slot);
        self.finish_close(now, slot);
    }

    pub(super) fn on_own_reset(&mut self, now: Instant, stream: StreamId) {
        let Some(slot) = self.slot_of(stream) else {
            return;
        };
        if let Some(state) = self.channels.get_mut(slot) {
            state.own_reset = true;
            // A peer that refuses our reset will not reset its own direction either, so the channel ends on this side
            // alone.
            state.peer_reset |= self.association.is_reset_refused(stream);
        }
        self.finish_close(now, slot);
    }

    /// RFC 8831 §6.7: a channel is closed when both directions of its stream are reset.
    fn finish_close(&mut self, now: Instant, slot: usize) {
        let Some(state) = self.channels.get_mut(slot) else {
            return;
        };
        if !(state.own_reset && state.peer_reset) {
            return;
        }
        let next = mem::take(&mut state.next);
        self.drop_channel(slot);
        for event in next {
            self.on_event(now, event);
        }
    }

    /// Removes a channel, and queues the event for the owner.
    pub(super) fn drop_channel(&mut self, slot: usize) {
        if let Some(serial) = self.channels.get(slot).map(|state| state.serial) {
            self.forget(slot);
            let id = id_of(slot, serial);
            self.events.push_back(Event::ChannelClosed { id });
        }
    }

    pub(super) fn forget(&mut self, slot: usize) {
        let Some(state) = self.channels.try_remove(slot) else {
            return;
        };
        if state.incoming {
            self.names_left = self.names_left.saturating_add(state.config.name_bytes());
        }
        if let Some(stream) = state.stream {
            self.by_stream.remove(stream);
            let ours = u32::from(stream.get()) % 2 == self.next_stream % 2;
            // A peer that has refused the reset still has the channel, and would refuse another one there (RFC 8832
            // §6).
            let is_free = !self.association.is_reset_refused(stream);
            if ours && is_free && u32::from(stream.get()) < self.next_stream {
                self.free_streams.insert(stream.get());
            }
        }
    }
}
