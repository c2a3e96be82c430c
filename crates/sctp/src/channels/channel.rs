//! The handle of one channel.

use bytes::Bytes;
use strata_core::Instant;

use super::{ChannelId, ChannelState, DataChannels, Entry, MessageKind, id_of};
use crate::{Outgoing, Ppid, Reliability, SendError, StreamId};

/// A channel, borrowed from its [`DataChannels`].
#[derive(Debug)]
pub struct Channel<'a> {
    pub(super) owner: &'a mut DataChannels,
    pub(super) slot: usize,
}

impl Channel<'_> {
    /// Queues a message. It is copied once, when it is put into packets. A `Bytes` or a `Vec` is taken without another
    /// copy.
    ///
    /// Can be called while the channel is still opening, once it has a stream number.
    ///
    /// # Errors
    /// [`SendError`] says why the message was not queued. Nothing has changed then.
    pub fn send(
        &mut self,
        now: Instant,
        kind: MessageKind,
        data: impl Into<Bytes>,
    ) -> Result<(), SendError> {
        self.send_bytes(now, kind, data.into())
    }

    fn send_bytes(
        &mut self,
        now: Instant,
        kind: MessageKind,
        data: Bytes,
    ) -> Result<(), SendError> {
        let state = self.state_ref().ok_or(SendError::Closed)?;
        if state.state == ChannelState::Closing {
            return Err(SendError::Closed);
        }
        let stream = state.stream.ok_or(SendError::NoStream)?;
        // RFC 8831 §6.6: SCTP cannot carry empty messages, so one zero byte is sent instead.
        let (ppid, data) = match (kind, data.is_empty()) {
            (MessageKind::Text, false) => (Ppid::STRING, data),
            (MessageKind::Text, true) => (Ppid::STRING_EMPTY, Bytes::from_static(&[0])),
            (MessageKind::Binary, false) => (Ppid::BINARY, data),
            (MessageKind::Binary, true) => (Ppid::BINARY_EMPTY, Bytes::from_static(&[0])),
        };
        let message = Outgoing {
            ppid,
            data,
            // RFC 8832 §6: "before the DATA_CHANNEL_ACK message or any other message has been received
            // [..], all other messages containing user data [..] MUST be sent ordered".
            ordered: !state.config.unordered || !state.acknowledged,
            reliability: state.config.reliability,
        };
        self.owner.association.send(now, stream, message)
    }

    /// Closes the channel after the messages that are queued on it were sent (RFC 8831 §6.7).
    /// [`Event::ChannelClosed`](super::Event::ChannelClosed) follows.
    pub fn close(self, now: Instant) {
        self.owner.close_slot(now, self.slot);
        self.owner.pump(now);
    }

    /// Its id.
    pub fn id(&self) -> Option<ChannelId> {
        self.state_ref().map(|state| id_of(self.slot, state.serial))
    }

    /// How far it is; [`ChannelState::Closing`] once it is gone.
    pub fn state(&self) -> ChannelState {
        self.state_ref()
            .map_or(ChannelState::Closing, |state| state.state)
    }

    /// Its name.
    pub fn label(&self) -> &str {
        self.state_ref().map_or("", |state| &state.config.label)
    }

    /// The sub-protocol, empty for none.
    pub fn protocol(&self) -> &str {
        self.state_ref().map_or("", |state| &state.config.protocol)
    }

    /// Its stream number; `None` before it has one.
    pub fn stream(&self) -> Option<StreamId> {
        self.state_ref().and_then(|state| state.stream)
    }

    /// Whether messages arrive in the order they were sent in.
    pub fn is_ordered(&self) -> bool {
        self.state_ref().is_none_or(|state| !state.config.unordered)
    }

    /// How hard delivery is tried.
    pub fn reliability(&self) -> Reliability {
        self.state_ref()
            .map_or(Reliability::Reliable, |state| state.config.reliability)
    }

    /// Whether both sides opened it without DCEP.
    pub fn is_negotiated(&self) -> bool {
        self.state_ref()
            .is_some_and(|state| state.config.negotiated.is_some())
    }

    /// Whether the peer opened it.
    pub fn is_incoming(&self) -> bool {
        self.state_ref().is_some_and(|state| state.incoming)
    }

    /// Bytes that were sent here but not yet put in a packet.
    pub fn buffered_amount(&self) -> usize {
        self.stream()
            .map_or(0, |stream| self.owner.association.buffered_amount(stream))
    }

    /// The threshold of [`Event::BufferedAmountLow`](super::Event::BufferedAmountLow); 0 at first.
    pub fn buffered_amount_low_threshold(&self) -> usize {
        self.state_ref().map_or(0, |state| state.low_threshold)
    }

    /// Sets the threshold of [`Event::BufferedAmountLow`](super::Event::BufferedAmountLow), in bytes.
    pub fn set_buffered_amount_low_threshold(&mut self, bytes: usize) {
        let Some(state) = self.owner.channels.get_mut(self.slot) else {
            return;
        };
        state.low_threshold = bytes;
        if let Some(stream) = state.stream {
            self.owner
                .association
                .set_buffered_amount_low_threshold(stream, bytes);
        }
    }

    fn state_ref(&self) -> Option<&Entry> {
        self.owner.channels.get(self.slot)
    }
}
