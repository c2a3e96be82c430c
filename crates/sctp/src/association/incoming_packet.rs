//! Handling a packet: it is checked, then handled chunk by chunk (RFC 9260 §8.5, §6.8).

use alloc::vec::Vec;

use strata_core::{Instant, tracing};

use super::{Association, State, transmit::Reply};
use crate::stats::count;
use crate::wire::{
    Cause, CauseCode, Chunk, ChunkType, ErrorChunk, Packet, Unknown, verify_checksum,
};

/// Whether the next chunk of the packet is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Continue,
    Stop,
}

impl Association {
    pub(super) fn on_packet(&mut self, now: Instant, bytes: &mut [u8]) {
        if !verify_checksum(bytes) {
            count(&mut self.stats.dropped.checksum);
            return;
        }
        let Ok(packet) = Packet::parse(bytes) else {
            count(&mut self.stats.dropped.malformed);
            return;
        };
        let header = packet.header;
        if header.destination_port != self.config.local_port
            || header.source_port != self.config.remote_port
        {
            count(&mut self.stats.dropped.port);
            return;
        }
        count(&mut self.stats.received.packets);
        let mut data = false;
        for (index, chunk) in packet.chunks().enumerate() {
            let Ok(chunk) = chunk else {
                count(&mut self.stats.dropped.malformed);
                break;
            };
            if !self.is_tag_valid(header.verification_tag, &chunk, index) {
                count(&mut self.stats.dropped.verification_tag);
                break;
            }
            data |= matches!(chunk, Chunk::Data(_));
            if self.on_chunk(now, &chunk) == Flow::Stop || self.state == State::Closed {
                break;
            }
        }
        if data && self.state != State::Closed {
            self.after_data(now);
        }
    }

    /// RFC 9260 §8.5, §8.5.1.
    fn is_tag_valid(&self, tag: u32, chunk: &Chunk<'_>, index: usize) -> bool {
        let own = tag == self.own.tag;
        let reflected = self.peer.as_ref().is_some_and(|peer| peer.tag == tag);
        match chunk {
            // A: "the packet containing the INIT chunk [..] Verification Tag is 0", and it is alone.
            Chunk::Init(_) => tag == 0 && index == 0,
            // B, C: "own tag" or, with the T bit, "the Peer's Tag".
            Chunk::Abort(abort) => {
                if abort.reflected {
                    reflected
                } else {
                    own
                }
            }
            Chunk::ShutdownComplete(complete) => {
                if complete.reflected {
                    reflected
                } else {
                    own
                }
            }
            Chunk::Data(_)
            | Chunk::InitAck(_)
            | Chunk::Sack(_)
            | Chunk::Heartbeat(_)
            | Chunk::HeartbeatAck(_)
            | Chunk::Shutdown(_)
            | Chunk::ShutdownAck
            | Chunk::Error(_)
            | Chunk::CookieEcho(_)
            | Chunk::CookieAck
            | Chunk::ReConfig(_)
            | Chunk::ForwardTsn(_)
            | Chunk::Unknown(_) => own,
        }
    }

    fn on_chunk(&mut self, now: Instant, chunk: &Chunk<'_>) -> Flow {
        match chunk {
            Chunk::Data(data) => return self.on_data(now, data),
            Chunk::Sack(sack) => self.on_sack(now, sack),
            Chunk::Init(init) => {
                self.on_init(now, init);
                // §3: "INIT, INIT ACK, and SHUTDOWN COMPLETE [..] MUST NOT be bundled".
                return Flow::Stop;
            }
            Chunk::InitAck(init) => {
                self.on_init_ack(now, init);
                return Flow::Stop;
            }
            Chunk::CookieEcho(cookie) => {
                if !self.on_cookie_echo(now, cookie) {
                    return Flow::Stop;
                }
            }
            Chunk::CookieAck => self.on_cookie_ack(now),
            Chunk::Heartbeat(heartbeat) => self.on_heartbeat(heartbeat),
            Chunk::HeartbeatAck(heartbeat) => self.on_heartbeat_ack(now, heartbeat),
            Chunk::Abort(abort) => {
                self.on_abort(now, abort);
                return Flow::Stop;
            }
            Chunk::Error(error) => self.on_error(now, error),
            Chunk::Shutdown(cumulative) => self.on_shutdown(now, *cumulative),
            Chunk::ShutdownAck => self.on_shutdown_ack(now),
            Chunk::ShutdownComplete(_) => {
                self.on_shutdown_complete(now);
                return Flow::Stop;
            }
            Chunk::ReConfig(reconfig) => self.on_reconfig(now, reconfig),
            Chunk::ForwardTsn(forward) => self.on_forward_tsn(now, forward),
            Chunk::Unknown(unknown) => return self.on_unknown(unknown),
        }
        Flow::Continue
    }

    /// RFC 9260 §3.2: the two highest bits of the type say what to do.
    fn on_unknown(&mut self, unknown: &Unknown<'_>) -> Flow {
        count(&mut self.stats.dropped.unknown_chunk);
        let action = unknown.kind.unknown_action();
        if action.report && unknown.value.len() <= 256 {
            let mut copy = Vec::new();
            // It cannot be too long, because it came in a packet. If writing failed, `copy` would be empty.
            let _ = Chunk::Unknown(*unknown).write(&mut copy);
            // §3.3.10.6: the chunk "complete with Chunk Type, Chunk Flags, and Chunk Length", which counts no
            // padding.
            copy.truncate(unknown.value.len().saturating_add(4));
            self.report(CauseCode::UNRECOGNIZED_CHUNK, &copy);
        }
        if action.skip {
            Flow::Continue
        } else {
            Flow::Stop
        }
    }

    /// Queues an ERROR chunk.
    pub(super) fn report(&mut self, code: CauseCode, value: &[u8]) {
        let mut causes = Vec::new();
        let mut chunk = Vec::new();
        let written = Cause { code, value }.write(&mut causes).and_then(|()| {
            let raw_causes = &causes;
            Chunk::Error(ErrorChunk { raw_causes }).write(&mut chunk)
        });
        if written.is_ok() {
            self.reply(Reply::bundled(chunk));
        }
    }

    /// A chunk may prove that the peer is established although its COOKIE ACK has not arrived. Only an established peer
    /// sends such a chunk, or one that has put its own COOKIE ECHO before it. RFC 9260 §6 would drop the chunk, and
    /// both sides would wait for their timers.
    pub(super) fn imply_cookie_ack(&mut self, now: Instant) {
        if matches!(self.state, State::CookieEchoed(_)) {
            self.establish(now);
        }
    }

    pub(super) fn unexpected(&mut self, kind: ChunkType) {
        tracing::trace!(kind = kind.0, "unexpected chunk dropped");
        count(&mut self.stats.dropped.unexpected);
    }
}
