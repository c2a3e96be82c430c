//! `dcsctp`, the successor of libwebrtc's SCTP, by the same authors.
//!
//! Messages go in a batch, as `send_many` takes them: sent one by one, each would have a packet of its own.

use std::{fmt, hint::black_box, time::Duration};

use bytes::Bytes;
use dcsctp::api::{
    DcSctpSocket, Message, Options, PpId, SendOptions, SocketEvent, SocketState, SocketTime,
    StreamId,
};
use strata_core::Instant;

use super::Sctp;

/// A socket.
pub struct Dcsctp {
    socket: Box<dyn DcSctpSocket>,
}

impl fmt::Debug for Dcsctp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dcsctp").finish_non_exhaustive()
    }
}

impl Dcsctp {
    fn advance(&mut self, now: Instant) {
        let time = SocketTime::zero() + (now - Instant::EPOCH);
        self.socket.advance_time(time);
    }
}

impl Sctp for Dcsctp {
    const NAME: &'static str = "dcsctp";
    type Packet = Vec<u8>;
    type Message = Vec<u8>;

    fn pair() -> [Self; 2] {
        ["client", "server"].map(|name| {
            let options = Options {
                mtu: 1160,
                // By default less than the largest batch.
                max_send_buffer_size: 8 << 20,
                per_stream_send_queue_limit: 8 << 20,
                ..Options::default()
            };
            Self {
                socket: dcsctp::new_socket(name, &options),
            }
        })
    }

    fn connect(&mut self, now: Instant) {
        self.advance(now);
        self.socket.connect();
    }

    fn is_connected(&self) -> bool {
        self.socket.state() == SocketState::Connected
    }

    /// Its streams need no opening.
    fn open(&mut self, _: Instant, _: u16) {}

    fn message(bytes: &Bytes) -> Vec<u8> {
        bytes.to_vec()
    }

    fn send(&mut self, now: Instant, messages: Vec<(u16, Vec<u8>)>) {
        self.advance(now);
        let messages = messages.into_iter().map(|(stream, payload)| {
            // RFC 8831 §8: WebRTC Binary.
            Message::new(StreamId(stream), PpId(53), payload)
        });
        let sent = self
            .socket
            .send_many(messages.collect(), &SendOptions::default());
        sent.expect("room");
    }

    fn buffered(&mut self, stream: u16) -> usize {
        self.socket.buffered_amount(StreamId(stream))
    }

    fn poll_packet(&mut self, _: Instant, packet: &mut Vec<u8>) -> bool {
        while let Some(event) = self.socket.poll_event() {
            if let SocketEvent::SendPacket(next) = event {
                *packet = next;
                return true;
            }
        }
        false
    }

    fn handle_packet(&mut self, now: Instant, packet: &mut Vec<u8>) {
        self.advance(now);
        self.socket.handle_input(packet);
    }

    fn poll_message(&mut self) -> Option<usize> {
        let message = self.socket.get_next_message()?;
        Some(black_box(message).payload.len())
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let at = self.socket.poll_timeout();
        (at != SocketTime::infinite_future())
            .then(|| Instant::EPOCH + (at - SocketTime::zero()).min(Duration::from_hours(24)))
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
    }
}
