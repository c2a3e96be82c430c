//! Writing packets, each when the owner polls it (RFC 9260 §6.1, §6.10).

use alloc::{collections::VecDeque, vec::Vec};

use strata_core::Instant;

use super::{Association, State};
use crate::stats::count;
use crate::wire::{
    Abort, Cause, CauseCode, Chunk, ChunkType, Data, HEADER_LENGTH, Header, Heartbeat, Sack, seal,
    write_forward_tsn, write_sack,
};

/// How many answers may wait at a time. Requests beyond them are not answered.
const MAX_REPLIES: usize = 32;

/// The memory of an answer is kept for the next one if it is not longer than this: enough for the HEARTBEAT ACKs of all
/// known implementations.
const SPARE_BYTES: usize = 64;

/// A large message is cut into the rest of a packet only if at least this much of it fits.
const MIN_FRAGMENT: usize = 64;

/// What is to be sent besides DATA.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// An INIT or a COOKIE ECHO, depending on the state.
    pub(super) handshake: bool,
    pub(super) cookie_ack: bool,
    pub(super) shutdown: bool,
    pub(super) shutdown_ack: bool,
    pub(super) heartbeat: bool,
    /// The HEARTBEAT not yet answered, and when it was sent.
    pub(super) heartbeat_nonce: Option<(u64, Instant)>,
    pub(super) forward: bool,
    pub(super) reset: bool,
    replies: VecDeque<Reply>,
    /// The memory of the last short answer, for the next one: on an idle path HEARTBEATs are answered for hours.
    pub(super) spare: Vec<u8>,
}

/// A chunk that answers a chunk of the peer.
#[derive(Debug)]
pub(super) struct Reply {
    /// If it is `Some`, the chunk is sent alone, in a packet with this verification tag.
    tag: Option<u32>,
    chunk: Vec<u8>,
}

impl Reply {
    pub(super) const fn bundled(chunk: Vec<u8>) -> Self {
        Self { tag: None, chunk }
    }

    pub(super) const fn alone(tag: u32, chunk: Vec<u8>) -> Self {
        Self {
            tag: Some(tag),
            chunk,
        }
    }

    /// An ABORT to a peer with which there is no association.
    pub(super) fn abort(tag: u32, code: CauseCode) -> Self {
        Self::abort_with(tag, false, code)
    }

    /// An ABORT to a peer whose tag is not known. It reflects the tag of the packet that it answers.
    pub(super) fn reflected_abort(tag: u32, code: CauseCode) -> Self {
        Self::abort_with(tag, true, code)
    }

    fn abort_with(tag: u32, reflected: bool, code: CauseCode) -> Self {
        let (mut causes, mut chunk) = (Vec::new(), Vec::new());
        // Neither can be too long: both are a few bytes.
        let _ = Cause { code, value: &[] }.write(&mut causes);
        let abort = Abort {
            reflected,
            raw_causes: &causes,
        };
        let _ = Chunk::Abort(abort).write(&mut chunk);
        Self::alone(tag, chunk)
    }
}

impl Pending {
    /// Queues an answer; returns whether there was room.
    pub(super) fn reply(&mut self, reply: Reply) -> bool {
        let room = self.replies.len() < MAX_REPLIES;
        if room {
            self.replies.push_back(reply);
        }
        room
    }

    /// Whether an answer waits to be sent.
    pub(super) fn has_replies(&self) -> bool {
        !self.replies.is_empty()
    }

    /// Takes the oldest answer, if the condition is true of it.
    fn next_reply(&mut self, is_one: impl FnOnce(&Reply) -> bool) -> Option<Reply> {
        if !is_one(self.replies.front()?) {
            return None;
        }
        self.replies.pop_front()
    }
}

impl Association {
    pub(super) fn transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<()> {
        if self.suspended.is_some() {
            return None;
        }
        let start = out.len();
        if let Some(reply) = self.pending.next_reply(|reply| reply.tag.is_some()) {
            self.write_header(reply.tag.unwrap_or_default(), out);
            out.extend_from_slice(&reply.chunk);
            self.finish_packet(start, out);
            return Some(());
        }
        if self.state == State::CookieWait && core::mem::take(&mut self.pending.handshake) {
            // §8.5.1 A: an INIT is sent alone, with tag 0.
            self.write_header(0, out);
            self.write_init(ChunkType::INIT, self.config.streams, &[], out);
            self.finish_packet(start, out);
            return Some(());
        }
        let tag = self.peer.as_ref()?.tag;
        if self.state.can_send_data() {
            self.expire(now);
        }
        self.write_header(tag, out);
        let limit = start.saturating_add(self.config.max_packet_size);
        self.write_control(now, limit, out);
        if self.state.can_send_data() {
            self.write_data(now, start, limit, out);
        }
        if out.len() == start.saturating_add(HEADER_LENGTH) {
            out.truncate(start);
            return None;
        }
        self.finish_packet(start, out);
        Some(())
    }

    fn write_header(&self, verification_tag: u32, out: &mut Vec<u8>) {
        let header = Header {
            source_port: self.config.local_port,
            destination_port: self.config.remote_port,
            verification_tag,
        };
        header.write(out);
    }

    fn finish_packet(&mut self, start: usize, out: &mut [u8]) {
        seal(out, start);
        count(&mut self.stats.sent.packets);
    }

    /// §6.10: control chunks come before DATA. All of them together fit every packet, except for the answers. Answers
    /// that do not fit wait for the next packet.
    fn write_control(&mut self, now: Instant, limit: usize, out: &mut Vec<u8>) {
        if self.pending.handshake
            && let State::CookieEchoed(cookie) = &self.state
        {
            self.pending.handshake = false;
            // Cannot be too long: it came in a packet. §5.1 C: the cookie is the first chunk.
            let _ = Chunk::CookieEcho(cookie).write(out);
        }
        if core::mem::take(&mut self.pending.cookie_ack) {
            let _ = Chunk::CookieAck.write(out);
        }
        self.write_sack(limit, out);
        if core::mem::take(&mut self.pending.shutdown) {
            let _ = Chunk::Shutdown(self.receiver.cumulative()).write(out);
        }
        if core::mem::take(&mut self.pending.shutdown_ack) {
            let _ = Chunk::ShutdownAck.write(out);
        }
        // An answer may be longer than our packets, because it is as long as the HEARTBEAT it answers. It is sent
        // alone.
        let empty = limit
            .saturating_sub(self.config.max_packet_size)
            .saturating_add(HEADER_LENGTH);
        while let Some(reply) = self.pending.next_reply(|reply| {
            reply.tag.is_none()
                && (out.len().saturating_add(reply.chunk.len()) <= limit || out.len() == empty)
        }) {
            out.extend_from_slice(&reply.chunk);
            if reply.chunk.capacity() <= SPARE_BYTES {
                self.pending.spare = reply.chunk;
            }
        }
        if self.state.can_send_data()
            && self.prepare_reset(now)
            && out.len().saturating_add(160) <= limit
        {
            self.pending.reset = false;
            self.write_reset(out);
        }
        if core::mem::take(&mut self.pending.heartbeat)
            && let Some((nonce, _)) = self.pending.heartbeat_nonce
        {
            let info = &nonce.to_be_bytes();
            let _ = Heartbeat { info }.write(ChunkType::HEARTBEAT, out);
        }
        if self.pending.forward && out.len().saturating_add(208) <= limit {
            self.pending.forward = false;
            self.write_forward(now, out);
        }
    }

    /// §6.2: a SACK that is not due yet is sent if the packet carries DATA anyway.
    fn write_sack(&mut self, limit: usize, out: &mut Vec<u8>) {
        let owed = self.acknowledging.packets > 0;
        let due = self.acknowledging.due || (owed && self.has_data_to_send());
        let room = limit.saturating_sub(out.len().saturating_add(Sack::MIN_LENGTH)) / 4;
        if !due || self.peer.is_none() || limit < out.len().saturating_add(Sack::MIN_LENGTH) {
            return;
        }
        let window = self.receiver.window();
        let gaps = self.receiver.gap_count().min(room);
        let duplicates = self.receiver.duplicates().iter().copied();
        // Cannot be too long: it fits the packet.
        let _ = write_sack(
            out,
            self.receiver.cumulative(),
            window,
            self.receiver.gaps().take(gaps),
            duplicates.take(room.saturating_sub(gaps)),
        );
        self.receiver.clear_duplicates();
        self.timers.acknowledge = None;
        self.acknowledging.packets = 0;
        self.acknowledging.due = false;
        self.acknowledging.advertised = window;
    }

    /// RFC 3758 §3.5 C3, C5.
    fn write_forward(&mut self, now: Instant, out: &mut Vec<u8>) {
        if !self.sender.outstanding.advance_forward() {
            return;
        }
        let (tsn, skipped) = self.sender.outstanding.forward();
        // Cannot be too long: the streams are limited.
        let _ = write_forward_tsn(out, tsn, skipped);
        let rto = self.rto();
        self.timers.retransmit.get_or_insert(now + rto);
    }

    fn has_data_to_send(&self) -> bool {
        let sender = &self.sender;
        if !self.state.can_send_data() {
            return false;
        }
        let lost = sender.outstanding.next_lost();
        let size = lost
            .map(|(_, fragment)| fragment.payload.len())
            .or_else(|| sender.outbox.next_size());
        size.is_some_and(|size| self.may_send(size.min(self.config.max_packet_size)))
    }

    /// §6.1 A and B: whether the peer's receive window and our congestion window allow one more chunk. One chunk may
    /// always be in flight.
    fn may_send(&self, payload: usize) -> bool {
        let sender = &self.sender;
        let flight = sender.outstanding.flight();
        let used = sender.outstanding.flight_payload();
        flight == 0
            || (sender.congestion.allows(flight)
                && used.saturating_add(payload) <= sender.peer_window)
    }

    fn write_data(&mut self, now: Instant, start: usize, limit: usize, out: &mut Vec<u8>) {
        self.write_lost(now, limit, out);
        if self.sender.outstanding.next_lost().is_some() {
            return;
        }
        while let Some(size) = self.sender.outbox.next_size() {
            let empty = out.len() == start.saturating_add(HEADER_LENGTH);
            let room = limit.saturating_sub(out.len().saturating_add(Data::OVERHEAD));
            let largest = self
                .config
                .max_packet_size
                .saturating_sub(HEADER_LENGTH)
                .saturating_sub(Data::OVERHEAD);
            // A message that fits into a packet of its own is not cut, and from a larger one no tiny piece is cut.
            let fits = size <= room || (size > largest && room >= MIN_FRAGMENT) || empty;
            if !fits || !self.may_send(size.min(room)) {
                return;
            }
            let Some(fragment) = self.sender.outbox.next_fragment(room) else {
                return;
            };
            let tsn = self.sender.outstanding.next_tsn();
            // RFC 7053 §4: nothing follows this chunk, so its SACK would be delayed for no use.
            let immediate = self.sender.outbox.next_size().is_none();
            write_chunk(out, tsn, &fragment, immediate);
            self.note_sent(
                now,
                Data::OVERHEAD.saturating_add(fragment.payload.len().next_multiple_of(4)),
            );
            self.sender.outstanding.push(now, fragment);
            self.watch_tail(now);
            let rto = self.rto();
            self.timers.retransmit.get_or_insert(now + rto);
            self.stats.abandoned_messages = self
                .stats
                .abandoned_messages
                .saturating_add(self.sender.outbox.drop_expired(now));
        }
    }

    /// Gives up on messages that have expired, if they would be sent now. This is done before anything is written,
    /// because it may cause a control chunk: a FORWARD-TSN, a stream reset, or a SHUTDOWN.
    fn expire(&mut self, now: Instant) {
        if !self.has_data_to_send() {
            return;
        }
        let abandoned = self.sender.outstanding.abandon_expired(now);
        if abandoned > 0 {
            self.after_abandoning(now, abandoned);
        }
        let expired = self.sender.outbox.drop_expired(now);
        if expired > 0 {
            self.stats.abandoned_messages = self.stats.abandoned_messages.saturating_add(expired);
            self.continue_shutdown(now);
        }
    }

    /// §7.2.4, §6.3.3: retransmissions are sent before new chunks.
    fn write_lost(&mut self, now: Instant, limit: usize, out: &mut Vec<u8>) {
        let before = out.len();
        while let Some((tsn, fragment)) = self.sender.outstanding.next_lost() {
            let size = Data::OVERHEAD.saturating_add(fragment.payload.len().next_multiple_of(4));
            let allowed = self.sender.fast_retransmit || self.may_send(fragment.payload.len());
            if out.len().saturating_add(size) > limit || !allowed {
                break;
            }
            write_chunk(out, tsn, fragment, true);
            self.note_sent(now, size);
            count(&mut self.stats.retransmissions);
            let earliest = self.sender.outstanding.resend(now);
            // §7.2.4 step 4: the timer starts again if the earliest outstanding chunk is sent again.
            if earliest || self.timers.retransmit.is_none() {
                self.timers.retransmit = Some(now + self.rto());
            }
        }
        if out.len() > before || self.sender.outstanding.next_lost().is_none() {
            // §7.2.4 step 3: a single packet of retransmissions is sent even if the window is full. A packet in which a
            // SACK has left no room for any does not count.
            self.sender.fast_retransmit = false;
        }
    }

    fn note_sent(&mut self, now: Instant, size: usize) {
        count(&mut self.stats.sent.chunks);
        let flight = self.sender.outstanding.flight();
        let rto = self.sender.rto.get();
        self.sender.congestion.on_sent(now, size, rto, flight);
    }
}

fn write_chunk(
    out: &mut Vec<u8>,
    tsn: crate::Tsn,
    fragment: &crate::send::Fragment,
    immediate: bool,
) {
    let data = Data {
        immediate,
        unordered: fragment.unordered,
        beginning: fragment.beginning,
        ending: fragment.ending,
        tsn,
        stream: fragment.stream,
        ssn: fragment.ssn,
        ppid: fragment.ppid,
        payload: &fragment.payload,
    };
    // Cannot be too long: it fits the packet.
    let _ = data.write(out);
}
