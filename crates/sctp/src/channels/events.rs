//! Turns events of the association into events of channels.

use alloc::vec::Vec;

use bytes::Bytes;
use strata_core::Instant;

use super::{ChannelState, DataChannels, Event, MessageKind, id_of};
use crate::{AssociationEvent, Incoming, Ppid, StreamId, message::MESSAGE_OVERHEAD, stats::count};

impl DataChannels {
    /// Handles the association's events. Those that need an answer are answered in this drain.
    pub(super) fn pump(&mut self, now: Instant) {
        while let Some(event) = self.association.take_event() {
            self.on_event(now, event);
        }
    }

    pub(super) fn on_event(&mut self, now: Instant, event: AssociationEvent) {
        match event {
            AssociationEvent::Connected => self.on_connected(),
            AssociationEvent::Message(mut message) => {
                if let Some(next) = self.next_on(message.stream) {
                    // The message has to wait, so it is copied: it may be a slice of a much larger piece of memory.
                    message.data = Bytes::copy_from_slice(&message.data);
                    next.push(AssociationEvent::Message(message));
                } else {
                    self.on_message(now, message);
                }
            }
            AssociationEvent::BufferedAmountLow { stream } => {
                if let Some(slot) = self.slot_of(stream) {
                    self.on_low(slot);
                }
            }
            AssociationEvent::StreamResetByPeer { stream } => {
                let Some(next) = self.next_on(stream) else {
                    return self.on_peer_reset(now, stream);
                };
                // A reset of a stream that was not used since the last reset is no news.
                if matches!(next.last(), Some(AssociationEvent::Message(_))) {
                    next.push(AssociationEvent::StreamResetByPeer { stream });
                }
            }
            AssociationEvent::StreamReset { stream } => self.on_own_reset(now, stream),
            AssociationEvent::Closed { reason } => {
                self.closed = true;
                self.events.push_back(Event::Closed { reason });
            }
        }
    }

    /// Where to keep events of a stream that the peer has reset, as long as our direction is not known to be reset.
    /// They belong to the next channel on that stream: the peer may have answered our request, and the answer may be
    /// lost. Their messages stay charged to the receive window, which limits them.
    fn next_on(&mut self, stream: StreamId) -> Option<&mut Vec<AssociationEvent>> {
        let slot = self.slot_of(stream)?;
        let state = self.channels.get_mut(slot)?;
        state.peer_reset.then_some(&mut state.next)
    }

    /// The buffered amount of a channel fell to its threshold. The owner is told so once it knows of the channel.
    pub(super) fn on_low(&mut self, slot: usize) {
        let Some(state) = self.channels.get_mut(slot) else {
            return;
        };
        if state.state == ChannelState::Opening {
            state.low_unsaid = true;
            return;
        }
        let id = id_of(slot, state.serial);
        let stream = state.stream;
        let is_low = stream
            .is_some_and(|stream| self.association.buffered_amount(stream) <= state.low_threshold);
        if is_low {
            self.push(Event::BufferedAmountLow { id });
        }
    }

    /// Queues an event that the peer can cause at will.
    fn push(&mut self, event: Event) {
        if self.events.len() < self.max_events {
            self.events.push_back(event);
        } else {
            count(&mut self.association.stats_mut().events_dropped);
        }
    }

    fn on_connected(&mut self) {
        self.events.push_back(Event::Connected);
        let streams = self.association.outgoing_streams();
        let slots: Vec<usize> = self.channels.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            let Some(state) = self.channels.get(slot) else {
                continue;
            };
            let out_of_range = state.stream.is_some_and(|stream| stream.get() >= streams);
            if out_of_range {
                // The peer accepts fewer streams than this side has asked for.
                self.drop_channel(slot);
            } else if state.config.negotiated.is_some() {
                self.on_opened(slot);
            }
        }
    }

    fn on_message(&mut self, now: Instant, message: Incoming) {
        let Incoming {
            stream, ppid, data, ..
        } = message;
        let charge = data.len().saturating_add(MESSAGE_OVERHEAD);
        if ppid == Ppid::DCEP {
            self.on_dcep(now, stream, &data);
            self.association.release(charge);
            return;
        }
        let Some((kind, data)) = contents(ppid, data) else {
            count(&mut self.association.stats_mut().unknown_ppid);
            self.association.release(charge);
            return;
        };
        let Some(slot) = self.slot_of(stream).or_else(|| self.open_implicit(stream)) else {
            return self.leave_unclaimed(stream, kind, &data, charge);
        };
        self.deliver(slot, kind, data, charge);
    }

    /// Queues a message for the owner. `charge` is what the receive window was charged for it.
    pub(super) fn deliver(&mut self, slot: usize, kind: MessageKind, data: Bytes, charge: usize) {
        self.on_heard(slot);
        let serial = self.channels.get(slot).map_or(0, |state| state.serial);
        // `poll_event` will give back less than the charge. The difference is given back here.
        self.association.release(
            charge
                .saturating_sub(data.len())
                .saturating_sub(MESSAGE_OVERHEAD),
        );
        self.events.push_back(Event::Message {
            id: id_of(slot, serial),
            kind,
            data,
        });
    }
}

/// RFC 8831 §6.6 and §8.
fn contents(ppid: Ppid, data: Bytes) -> Option<(MessageKind, Bytes)> {
    match ppid {
        Ppid::STRING => Some((MessageKind::Text, data)),
        Ppid::BINARY => Some((MessageKind::Binary, data)),
        Ppid::STRING_EMPTY => Some((MessageKind::Text, Bytes::new())),
        Ppid::BINARY_EMPTY => Some((MessageKind::Binary, Bytes::new())),
        _ => None,
    }
}
