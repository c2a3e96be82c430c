//! Sends everything back to where it came from.

use std::{collections::HashMap, time::Duration};

use strata_core::Instant;
use strata_peer::{
    ChannelConfig, ConnectionState, Direction, Event, MediaKind, Mid, OutgoingRtp, Peer, RtpPacket,
    Ssrc,
};

use crate::session::Application;

/// Adds to a new peer connection what our own offer contains: audio, video and a data channel.
pub(crate) fn prepare_offer(now: Instant, peer: &mut Peer) -> anyhow::Result<()> {
    peer.add_transceiver(MediaKind::Audio, Direction::SendRecv);
    peer.add_transceiver(MediaKind::Video, Direction::SendRecv);
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
    /// The stream last received on each track: whom to ask for keyframes.
    sources: HashMap<Mid, Ssrc>,
}

impl Echo {
    /// An echo for a session that is opened now.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            give_up: Some(now + CONNECT_TIMEOUT),
            next_estimate: None,
            sources: HashMap::new(),
        }
    }

    fn return_packet(&mut self, now: Instant, peer: &mut Peer, mid: Mid, packet: &RtpPacket) {
        let rtp = packet.view();
        if !packet.is_repair() {
            self.sources.insert(mid, rtp.ssrc());
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
}

impl Application for Echo {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an echo has no use for the other events, nor for those to come"
    )]
    fn handle_event(&mut self, now: Instant, peer: &mut Peer, event: Event) {
        match event {
            Event::ConnectionStateChanged(ConnectionState::Connected) => {
                self.give_up = None;
                self.next_estimate = Some(now);
            }
            Event::MediaPacket { mid, packet } => self.return_packet(now, peer, mid, &packet),
            Event::KeyframeRequested { mid } => {
                if let Some(source) = self.sources.get(&mid) {
                    let _ = peer.request_keyframe(now, *source);
                }
            }
            Event::ChannelMessage { id, kind, data } => {
                let Some(mut channel) = peer.channel(id) else {
                    return;
                };
                if let Err(error) = channel.send(now, kind, data) {
                    // The sender does not take back what it sends: an echo that grew without limit
                    // would be its weapon, one with holes would be a lie.
                    tracing::warn!(%error, "closing a channel that cannot be echoed");
                    channel.close(now);
                }
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

/// How long a session may take to connect: the person may have to find the button that grants the
/// camera, but an offer nobody answers must not stay.
const CONNECT_TIMEOUT: Duration = Duration::from_mins(1);

/// How often senders are told what they may send.
const ESTIMATE_INTERVAL: Duration = Duration::from_secs(1);

/// What senders may send, in bits per second. Enough for a camera, and the page needs no more.
const RECEIVE_BITRATE: u64 = 3_000_000;
