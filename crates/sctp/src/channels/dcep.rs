//! Data Channel Establishment Protocol (RFC 8832 §6).

use alloc::{string::String, vec::Vec};
use core::time::Duration;

use bytes::Bytes;
use strata_core::{Instant, tracing};

use super::{ChannelConfig, DataChannels, Role};
use crate::{
    Outgoing, Ppid, Reliability, StreamId,
    stats::count,
    wire::{ChannelType, Dcep, Open, ParseError},
};

impl DataChannels {
    pub(super) fn on_dcep(&mut self, now: Instant, stream: StreamId, data: &[u8]) {
        match Dcep::parse(data) {
            Ok(Dcep::Open(open)) => self.on_open(now, stream, &open),
            Ok(Dcep::Ack) => self.on_ack(stream),
            Err(ParseError::UnknownMessage(kind)) => {
                tracing::debug!(kind, "DCEP message dropped");
                count(&mut self.association.stats_mut().invalid_dcep);
            }
            Err(error) => {
                tracing::debug!(%error, "DATA_CHANNEL_OPEN refused");
                self.refuse_open(now, stream);
            }
        }
    }

    fn on_open(&mut self, now: Instant, stream: StreamId, open: &Open<'_>) {
        // RFC 8832 §6: "on an already used stream", where "there are problems with parameters", or if "the odd/even
        // rule is violated".
        let ours = match self.role {
            Some(Role::Client) => 0,
            Some(Role::Server) => 1,
            None => 2,
        };
        let config = config_of(open);
        let slot = self.slot_of(stream);
        // A message may have overtaken this one.
        let implicit = slot.filter(|slot| self.is_implicit(*slot));
        let taken = slot.is_some() && implicit.is_none();
        let full = (implicit.is_none() && self.channels.len() >= self.max_channels)
            || config.name_bytes() > self.names_left;
        if taken || full || stream.get() % 2 == ours {
            tracing::debug!(%stream, taken, "DATA_CHANNEL_OPEN refused");
            self.refuse_open(now, stream);
            return;
        }
        self.names_left = self.names_left.saturating_sub(config.name_bytes());
        if let Some(state) = implicit.and_then(|slot| self.channels.get_mut(slot)) {
            state.config = config;
        } else {
            let slot = self.insert(config, true);
            self.bind(slot, stream);
            self.on_opened(slot);
            self.claim(slot, stream);
        }
        let ack = Outgoing::reliable(Ppid::DCEP, Bytes::from_static(&[0x02]));
        if let Err(error) = self.association.send(now, stream, ack) {
            // If the send buffer is full, no ACK is sent. The opener then learns from our first message that the
            // channel is open.
            tracing::debug!(%stream, %error, "DATA_CHANNEL_ACK not sent");
        }
    }

    /// RFC 8832 §6: the receiver of an OPEN that cannot be "MUST close the corresponding data channel [..] and MUST NOT
    /// send a `DATA_CHANNEL_ACK`".
    fn refuse_open(&mut self, now: Instant, stream: StreamId) {
        count(&mut self.association.stats_mut().invalid_dcep);
        match self.slot_of(stream) {
            Some(slot) => self.close_slot(now, slot),
            None => self.association.reset_stream(now, stream),
        }
    }

    /// Whether the channel was opened by a message, without DCEP.
    fn is_implicit(&self, slot: usize) -> bool {
        self.channels
            .get(slot)
            .is_some_and(|state| state.incoming && state.config.negotiated.is_some())
    }

    fn on_ack(&mut self, stream: StreamId) {
        let Some(slot) = self.slot_of(stream) else {
            count(&mut self.association.stats_mut().invalid_dcep);
            return;
        };
        self.on_heard(slot);
    }

    /// The peer knows of the channel, because it has acknowledged it or has sent on it. By RFC 8832 §6 both are enough,
    /// and Firefox sends before it acknowledges.
    pub(super) fn on_heard(&mut self, slot: usize) {
        if let Some(state) = self.channels.get_mut(slot)
            && !state.acknowledged
        {
            state.acknowledged = true;
            self.on_opened(slot);
        }
    }
}

/// What a `DATA_CHANNEL_OPEN` asks for.
fn config_of(open: &Open<'_>) -> ChannelConfig {
    let parameter = open.reliability_parameter;
    ChannelConfig {
        label: String::from_utf8_lossy(open.label).into_owned(),
        protocol: String::from_utf8_lossy(open.protocol).into_owned(),
        unordered: open.unordered,
        reliability: match open.kind {
            ChannelType::Reliable => Reliability::Reliable,
            ChannelType::MaxRetransmits => Reliability::MaxRetransmits(parameter),
            ChannelType::MaxLifetime => {
                Reliability::MaxLifetime(Duration::from_millis(u64::from(parameter)))
            }
        },
        priority: open.priority,
        negotiated: None,
    }
}

/// The `DATA_CHANNEL_OPEN` for a channel; `None` if a name is too long.
pub(super) fn open_message(config: &ChannelConfig) -> Option<Vec<u8>> {
    let (kind, reliability_parameter) = match config.reliability {
        Reliability::Reliable => (ChannelType::Reliable, 0),
        Reliability::MaxRetransmits(count) => (ChannelType::MaxRetransmits, count),
        Reliability::MaxLifetime(lifetime) => (
            ChannelType::MaxLifetime,
            u32::try_from(lifetime.as_millis()).unwrap_or(u32::MAX),
        ),
    };
    let open = Open {
        unordered: config.unordered,
        kind,
        priority: config.priority,
        reliability_parameter,
        label: config.label.as_bytes(),
        protocol: config.protocol.as_bytes(),
    };
    let mut out = Vec::new();
    Dcep::Open(open).write(&mut out).ok()?;
    Some(out)
}
