//! Sends everything back to where it came from.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use strata_core::Instant;
use strata_peer::{
    ChannelConfig, ChannelId, ConnectionState, Direction, Event, Keeps, MediaKind, MessageKind,
    Mid, OutgoingRtp, Peer, RtpPacket, SequenceNumber, Ssrc, Transceiver,
};
use strata_rtp::rtcp::{Compound, Nack, Packet};
use strata_sctp::SendError;

use crate::application::Application;

/// What an echo keeps of what descriptions can promise: it hands requests for key frames and for lost packets
/// on to whoever sends, returns what is sent again, and tells senders how much they may send. It looks at no
/// audio level.
pub(crate) const KEEPS: Keeps = Keeps {
    audio_level: false,
    ..Keeps::EVERYTHING
};

/// Adds to a new peer connection what our own offer contains: audio, video and a data channel.
pub(crate) fn prepare_offer(now: Instant, peer: &mut Peer) -> anyhow::Result<()> {
    peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)?;
    peer.add_transceiver(MediaKind::Video, Direction::SendRecv)?;
    peer.open_channel(now, ChannelConfig::new("chat"))?;
    Ok(())
}

/// Echoes every track and every data-channel message of one peer connection.
#[derive(Debug)]
pub(crate) struct Echo {
    /// When to give up on a call that does not connect.
    give_up: Option<Instant>,
    /// When to tell the senders again how much they may send.
    next_estimate: Option<Instant>,
    /// The stream last received on each track: whom to ask for key frames, and for what was lost.
    sources: HashMap<Mid, Ssrc>,
    /// A message that the send buffer had no room for. The next ones wait until it has.
    held: Option<Held>,
}

/// A message on its way back.
#[derive(Debug)]
struct Held {
    channel: ChannelId,
    kind: MessageKind,
    data: Bytes,
}

impl Echo {
    /// An echo for a session that is opened now.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            give_up: Some(now + CONNECT_TIMEOUT),
            next_estimate: None,
            sources: HashMap::new(),
            held: None,
        }
    }

    fn return_packet(&mut self, now: Instant, peer: &mut Peer, mid: Mid, packet: &RtpPacket) {
        let rtp = packet.view();
        if !packet.is_repair() && self.sources.insert(mid, rtp.ssrc()).is_none() {
            self.next_estimate.get_or_insert(now);
        }
        // The numbers stay as the sender chose them: its retransmissions name packets by them.
        let outgoing = OutgoingRtp {
            payload_type: rtp.payload_type(),
            sequence_number: rtp.sequence_number(),
            timestamp: rtp.timestamp(),
            marker: rtp.marker(),
            repair: packet.is_repair(),
            payload: packet.payload(),
        };
        if let Err(error) = peer.write_rtp(now, &mid, outgoing) {
            tracing::debug!(%error, "a packet is not echoed");
        }
    }

    fn return_message(&mut self, now: Instant, peer: &mut Peer, message: Held) {
        let Some(mut channel) = peer.channel(message.channel) else {
            return;
        };
        match channel.send(now, message.kind, message.data.clone()) {
            Ok(()) => {}
            Err(SendError::BufferFull { .. }) => self.held = Some(message),
            Err(error) => {
                // An echo with holes would be a lie.
                tracing::debug!(%error, "closing a channel that cannot be echoed");
                channel.close(now);
            }
        }
    }

    /// Packets that the other side misses: nothing is kept here, but whoever sent them has them, and
    /// under the same numbers.
    fn ask_again(&self, now: Instant, peer: &mut Peer, rtcp: &[u8]) {
        let Ok(compound) = Compound::parse(rtcp) else {
            return;
        };
        for packet in compound.iter().flatten() {
            if let Packet::Nack(nack) = packet
                && let Some(source) = self.source_of(peer, &nack)
            {
                let lost: Vec<SequenceNumber> = nack.sequence_numbers().collect();
                let _ = peer.write_nack(now, source, &lost);
            }
        }
    }

    /// Whose packets we have echoed in the stream that a NACK is about.
    fn source_of(&self, peer: &Peer, nack: &Nack<'_>) -> Option<Ssrc> {
        let mut transceivers = peer.transceivers();
        let mid = transceivers
            .find(|transceiver| transceiver.ssrc() == nack.media)
            .and_then(Transceiver::mid)?;
        self.sources.get(&mid).copied()
    }
}

impl Application for Echo {
    fn is_ready(&mut self, now: Instant, peer: &mut Peer) -> bool {
        if let Some(message) = self.held.take() {
            self.return_message(now, peer, message);
        }
        self.held.is_none()
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an echo has no use for the other events, nor for those to come"
    )]
    fn handle_event(&mut self, now: Instant, peer: &mut Peer, event: Event) {
        match event {
            Event::ConnectionStateChanged(ConnectionState::Connected) => self.give_up = None,
            Event::MediaPacket { mid, packet } => self.return_packet(now, peer, mid, &packet),
            Event::KeyframeRequested { mid } => {
                if let Some(source) = self.sources.get(&mid) {
                    let _ = peer.request_keyframe(now, *source);
                }
            }
            Event::Rtcp { packet } => self.ask_again(now, peer, &packet),
            Event::ChannelMessage { id, kind, data } => {
                let message = Held {
                    channel: id,
                    kind,
                    data,
                };
                self.return_message(now, peer, message);
            }
            _ => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant, peer: &mut Peer) {
        if self.give_up.is_some_and(|due| due <= now) {
            self.give_up = None;
            peer.close(now);
        }
        if self.next_estimate.is_some_and(|due| due <= now) {
            self.next_estimate = Some(now + ESTIMATE_INTERVAL);
            let sources: Vec<Ssrc> = self.sources.values().copied().collect();
            let _ = peer.write_remb(now, RECEIVE_BITRATE, &sources);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        strata_core::earliest([self.give_up, self.next_estimate])
    }
}

/// How long a session may take to connect: the other side may be slow to gather its candidates, but an
/// offer that nobody answers must not stay.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How often senders are told what they may send.
const ESTIMATE_INTERVAL: Duration = Duration::from_secs(1);

/// What senders may send, in bits per second. Enough for a camera, and the page needs no more.
const RECEIVE_BITRATE: u64 = 3_000_000;

#[cfg(test)]
mod tests;
