//! Opening channels, and which side uses which stream numbers.

use alloc::vec::Vec;

use bytes::Bytes;
use strata_core::{Instant, tracing};

use super::{
    ChannelConfig, ChannelId, ChannelState, DataChannels, Entry, Event, Role, dcep, id_of,
};
use crate::{OpenError, Outgoing, Ppid, SendError, StreamId};

impl DataChannels {
    /// Sets which side of DTLS this is. Call it once, before or after channels are opened. Channels that wait for a
    /// stream number get one.
    pub fn set_role(&mut self, now: Instant, role: Role) {
        if self.role.is_some() {
            return;
        }
        self.role = Some(role);
        self.next_stream = match role {
            Role::Client => 0,
            Role::Server => 1,
        };
        let waiting: Vec<usize> = self
            .channels
            .iter()
            .filter(|(_, state)| state.stream.is_none())
            .map(|(slot, _)| slot)
            .collect();
        for slot in waiting {
            if self.assign_stream(now, slot).is_err() {
                self.drop_channel(slot);
            }
        }
    }

    /// Opens a channel. [`Event::ChannelOpened`] follows when the peer has acknowledged it or, if it is negotiated,
    /// when the association is established.
    ///
    /// # Errors
    /// [`OpenError`] says why it was not opened. Nothing has changed then.
    pub fn open(&mut self, now: Instant, config: ChannelConfig) -> Result<ChannelId, OpenError> {
        if self.closed || self.association.is_closing() {
            return Err(OpenError::Closed);
        }
        if self.channels.len() >= self.max_channels {
            return Err(OpenError::TooManyChannels);
        }
        if config.label.len() > 65_535 || config.protocol.len() > 65_535 {
            return Err(OpenError::TooLong);
        }
        let negotiated = config.negotiated;
        if negotiated.is_some_and(|stream| self.is_unavailable(stream)) {
            return Err(OpenError::StreamUnavailable);
        }
        let slot = self.insert(config, false);
        if let Some(stream) = negotiated {
            self.bind(slot, stream);
            if self.association.is_connected() {
                self.on_opened(slot);
            }
            self.claim(slot, stream);
        } else if self.role.is_some()
            && let Err(error) = self.assign_stream(now, slot)
        {
            self.forget(slot);
            return Err(error);
        }
        let serial = self.channels.get(slot).map_or(0, |state| state.serial);
        Ok(id_of(slot, serial))
    }

    /// Opens a channel on a stream on which the peer has sent without opening one, if the configuration wants that and
    /// the limits allow it.
    pub(super) fn open_implicit(&mut self, stream: StreamId) -> Option<usize> {
        let full = self.channels.len() >= self.max_channels;
        if !self.implicit_channels || full || self.is_unavailable(stream) {
            return None;
        }
        tracing::debug!(%stream, "opened by a message");
        let config = ChannelConfig {
            negotiated: Some(stream),
            ..ChannelConfig::default()
        };
        let slot = self.insert(config, true);
        self.bind(slot, stream);
        self.on_opened(slot);
        // Messages may have come while the channel could not be opened.
        self.claim(slot, stream);
        Some(slot)
    }

    pub(super) fn insert(&mut self, config: ChannelConfig, incoming: bool) -> usize {
        self.serial = self.serial.wrapping_add(1);
        let negotiated = config.negotiated.is_some();
        self.channels.insert(Entry {
            serial: self.serial,
            config,
            stream: None,
            state: ChannelState::Opening,
            incoming,
            acknowledged: incoming || negotiated,
            peer_reset: false,
            own_reset: false,
            low_threshold: 0,
            low_unsaid: false,
            next: Vec::new(),
        })
    }

    pub(super) fn bind(&mut self, slot: usize, stream: StreamId) {
        if let Some(state) = self.channels.get_mut(slot) {
            state.stream = Some(stream);
            self.association
                .set_buffered_amount_low_threshold(stream, state.low_threshold);
        }
        if let Ok(slot) = u32::try_from(slot) {
            self.by_stream.insert(stream, slot);
        }
    }

    pub(super) fn slot_of(&self, stream: StreamId) -> Option<usize> {
        let slot = *self.by_stream.get(stream)?;
        usize::try_from(slot).ok()
    }

    /// RFC 8832 §6: the opener takes a number of its parity and sends `DATA_CHANNEL_OPEN` on it.
    fn assign_stream(&mut self, now: Instant, slot: usize) -> Result<(), OpenError> {
        let stream = self.next_free_stream().ok_or(OpenError::NoFreeStream)?;
        let open = self
            .channels
            .get(slot)
            .and_then(|state| dcep::open_message(&state.config))
            .ok_or(OpenError::TooLong)?;
        let message = Outgoing::reliable(Ppid::DCEP, Bytes::from(open));
        self.association
            .send(now, stream, message)
            .map_err(|error| match error {
                SendError::Closed => OpenError::Closed,
                SendError::TooLarge { .. } => OpenError::TooLong,
                SendError::BufferFull { .. } => OpenError::BufferFull,
                SendError::NoStream
                | SendError::UnknownStream
                | SendError::Resetting
                | SendError::Empty => OpenError::StreamUnavailable,
            })?;
        if !self.free_streams.remove(&stream.get()) {
            self.next_stream = u32::from(stream.get()) + 2;
        }
        self.discard_unclaimed(stream);
        self.bind(slot, stream);
        Ok(())
    }

    fn next_free_stream(&self) -> Option<StreamId> {
        let freed = self.free_streams.iter().map(|number| u32::from(*number));
        // Numbers above `next_stream` are taken only by negotiated channels, so this ends after at most
        // as many steps as there are channels.
        freed
            .chain((self.next_stream..65_535).step_by(2))
            .filter_map(|number| u16::try_from(number).ok().map(StreamId::new))
            .find(|stream| !self.is_unavailable(*stream))
    }

    fn is_unavailable(&self, stream: StreamId) -> bool {
        // RFC 8831 §6.2: 65535 is reserved.
        stream.get() >= self.association.outgoing_streams()
            || stream.get() == 65_535
            || self.by_stream.get(stream).is_some()
            || self.association.is_resetting(stream)
    }

    pub(super) fn on_opened(&mut self, slot: usize) {
        if let Some(state) = self.channels.get_mut(slot)
            && state.state == ChannelState::Opening
        {
            state.state = ChannelState::Open;
            let (id, incoming) = (id_of(slot, state.serial), state.incoming);
            let low = core::mem::take(&mut state.low_unsaid);
            self.events.push_back(Event::ChannelOpened { id, incoming });
            if low {
                self.on_low(slot);
            }
        }
    }
}
