//! Sends everything back to where it came from.

mod estimate;
mod media;
mod reception;
mod reports;
mod sources;
mod track;

use std::time::Duration;

use strata_peer::{
    Bytes, ChannelConfig, ChannelId, ConnectionState, Direction, Event, Instant, Keeps, MediaKind,
    MessageKind, Peer, SendError,
};

use self::media::Media;
use crate::{application::Application, wall_clock};

/// What an echo keeps of what descriptions can promise: it hands requests for key frames and for lost packets
/// on to whoever sends, returns what is sent again, and tells senders how much they may send: no more than
/// the other side can take back. It looks at no audio level.
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
    media: Media,
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
        Self::at(now, wall_clock::since_1970())
    }

    /// The same when the wall clock shows `since_1970`.
    fn at(now: Instant, since_1970: Duration) -> Self {
        Self {
            give_up: Some(now + CONNECT_TIMEOUT),
            media: Media::new(now, since_1970),
            held: None,
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
            Event::MediaPacket { mid, packet } => {
                self.media.return_packet(now, peer, mid, &packet);
            }
            Event::KeyframeRequested { mid } => self.media.request_keyframe(now, peer, mid),
            Event::Rtcp { packet } => self.media.handle_rtcp(now, peer, &packet),
            Event::TrackRemoved { mid, .. } => self.media.end_track(peer, mid),
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
        self.media.handle_timeout(now, peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        strata_peer::earliest([self.give_up, self.media.poll_timeout()])
    }

    fn handle_close(&mut self, now: Instant, peer: &mut Peer) {
        self.media.farewell(now, peer);
    }
}

/// How long a session may take to connect: the other side may be slow to gather its candidates, but an
/// offer that nobody answers must not stay.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
