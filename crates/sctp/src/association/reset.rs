//! Stream reset (RFC 6525), as data channels use it: each side resets the direction it sends on.

use alloc::vec::Vec;

use strata_core::Instant;

use super::{Association, transmit::Reply};
use crate::{
    AssociationEvent, RequestNumber, StreamId, Tsn,
    wire::{ChunkType, ReConfig, ReConfigParameter, ReConfigResult, ResetRequest},
};

/// Streams in one request: it fits every packet.
const MAX_STREAMS: usize = 64;

/// Requests under way, ours and the peer's.
#[derive(Debug)]
pub(super) struct Resets {
    /// The number of our next request.
    next: RequestNumber,
    /// Our request that waits for its answer; there is one at a time (§5.1.1).
    requested: Option<Request>,
    /// The number of the peer's next request.
    peer_next: RequestNumber,
    /// How the peer's last request went.
    last_result: ReConfigResult,
    /// A request of the peer that waits for DATA to arrive (§5.2.2 E2).
    deferred: Option<Deferred>,
}

#[derive(Debug)]
struct Request {
    number: RequestNumber,
    streams: Vec<StreamId>,
}

#[derive(Debug)]
struct Deferred {
    number: RequestNumber,
    last_tsn: Tsn,
    streams: Vec<StreamId>,
}

impl Resets {
    /// §4.1: the first number of each side is its initial TSN.
    pub(super) const fn new(initial: Tsn) -> Self {
        Self {
            next: RequestNumber::new(initial.get()),
            requested: None,
            peer_next: RequestNumber::new(0),
            last_result: ReConfigResult::NOTHING_TO_DO,
            deferred: None,
        }
    }

    pub(super) const fn start(&mut self, peer_next: RequestNumber) {
        self.peer_next = peer_next;
    }
}

impl Association {
    /// Resets our direction of a stream once what was sent on it has gone out. Nothing can be sent on it
    /// until [`AssociationEvent::StreamReset`] tells that the peer has done so too; then it starts over.
    pub fn reset_stream(&mut self, now: Instant, stream: StreamId) {
        self.now = now;
        if !self.is_closing() {
            self.sender.outbox.reset(stream);
        }
    }

    /// Whether our direction of a stream is being reset.
    pub fn is_resetting(&self, stream: StreamId) -> bool {
        self.sender.outbox.is_resetting(stream)
    }

    /// Starts a request if there is something to reset and none is under way. Returns whether one is to
    /// be sent.
    pub(super) fn prepare_reset(&mut self, now: Instant) -> bool {
        if self.pending.reset {
            return true;
        }
        if self.resets.requested.is_some() || !self.sender.outbox.has_resettable() {
            return false;
        }
        let outbox = &mut self.sender.outbox;
        let streams: Vec<StreamId> = core::iter::from_fn(|| outbox.poll_resettable())
            .take(MAX_STREAMS)
            .collect();
        if !self
            .peer
            .as_ref()
            .is_some_and(|peer| peer.supports_reconfig)
        {
            // Such a peer cannot close a channel; it is closed on our side alone.
            for stream in streams {
                self.sender.outbox.reset_done(stream);
                self.push_event(AssociationEvent::StreamReset { stream });
                self.push_event(AssociationEvent::StreamResetByPeer { stream });
            }
            return false;
        }
        let number = self.resets.next;
        self.resets.next = number.next();
        self.resets.requested = Some(Request { number, streams });
        self.timers.reset = Some(now + self.rto());
        self.pending.reset = true;
        true
    }

    /// Appends the RE-CONFIG with our request.
    pub(super) fn write_reset(&self, out: &mut Vec<u8>) {
        let Some(request) = &self.resets.requested else {
            return;
        };
        let mut parameters = Vec::new();
        let written = ReConfigParameter::write_reset(
            &mut parameters,
            request.number,
            self.resets.peer_next.previous(),
            self.sender.outstanding.last_tsn(),
            &request.streams,
        );
        if written.is_ok() {
            let raw_parameters = &parameters;
            // Cannot be too long: `MAX_STREAMS`.
            let _ = ReConfig { raw_parameters }.write(out);
        }
    }

    pub(super) fn on_reset_timeout(&mut self, now: Instant) {
        if self.resets.requested.is_none() || !self.count_error(now) {
            return;
        }
        self.sender.rto.back_off();
        self.pending.reset = true;
        self.timers.reset = Some(now + self.rto());
    }

    pub(super) fn on_reconfig(&mut self, now: Instant, reconfig: &ReConfig<'_>) {
        self.imply_cookie_ack(now);
        if !self.state.can_receive_data() && !self.state.can_send_data() {
            self.unexpected(ChunkType::RE_CONFIG);
            return;
        }
        // §3.1: two parameters at most.
        for parameter in reconfig.parameters().take(2) {
            match parameter {
                Ok(ReConfigParameter::OutgoingReset(request)) => self.on_reset_request(&request),
                Ok(ReConfigParameter::Response { number, result }) => {
                    self.on_response(now, number, result);
                }
                // §5.2: data channels need none of these.
                Ok(ReConfigParameter::Other { number, .. }) => {
                    let result = self.accept_number(number);
                    self.respond(number, result.unwrap_or(ReConfigResult::DENIED));
                }
                Err(_) => {
                    self.stats.dropped.malformed += 1;
                    return;
                }
            }
        }
    }

    /// §5.2.1: `Err`-like results for numbers that are not the next.
    fn accept_number(&mut self, number: RequestNumber) -> Option<ReConfigResult> {
        if number == self.resets.peer_next {
            self.resets.peer_next = number.next();
            self.resets.last_result = ReConfigResult::DENIED;
            return None;
        }
        if number == self.resets.peer_next.previous() {
            return Some(self.resets.last_result);
        }
        Some(ReConfigResult::BAD_SEQUENCE_NUMBER)
    }

    /// §5.2.2.
    fn on_reset_request(&mut self, request: &ResetRequest<'_>) {
        if let Some(result) = self.accept_number(request.number) {
            self.respond(request.number, result);
            return;
        }
        let limit = self.config.streams;
        let result = if request.streams.iter().any(|stream| stream.get() >= limit) {
            ReConfigResult::WRONG_SSN
        } else if self.receiver.has_reached(request.last_tsn) {
            self.resets.deferred = None;
            let streams: Vec<StreamId> = request.streams.iter().collect();
            self.perform_reset(streams);
            ReConfigResult::PERFORMED
        } else {
            self.resets.deferred = Some(Deferred {
                number: request.number,
                last_tsn: request.last_tsn,
                streams: request.streams.iter().collect(),
            });
            ReConfigResult::IN_PROGRESS
        };
        self.resets.last_result = result;
        self.respond(request.number, result);
    }

    /// Performs a request that waited for DATA.
    pub(super) fn after_cumulative_advance(&mut self, _now: Instant) {
        let reached = self
            .resets
            .deferred
            .as_ref()
            .is_some_and(|deferred| self.receiver.has_reached(deferred.last_tsn));
        if reached && let Some(deferred) = self.resets.deferred.take() {
            self.perform_reset(deferred.streams);
            self.resets.last_result = ReConfigResult::PERFORMED;
            self.respond(deferred.number, ReConfigResult::PERFORMED);
        }
    }

    fn perform_reset(&mut self, streams: Vec<StreamId>) {
        let streams = if streams.is_empty() {
            // §4.1: "If the number of Streams is zero, then all streams are to be reset".
            self.receiver.reset_all_streams()
        } else {
            streams
        };
        for stream in streams {
            self.receiver.reset_stream(stream);
            self.push_event(AssociationEvent::StreamResetByPeer { stream });
        }
    }

    fn respond(&mut self, number: RequestNumber, result: ReConfigResult) {
        let mut parameters = Vec::new();
        ReConfigParameter::write_response(&mut parameters, number, result);
        let mut chunk = Vec::new();
        let raw_parameters = &parameters;
        if (ReConfig { raw_parameters }).write(&mut chunk).is_ok() {
            self.reply(Reply::bundled(chunk));
        }
    }

    /// §5.2.7.
    fn on_response(&mut self, now: Instant, number: RequestNumber, result: ReConfigResult) {
        let Some(request) = self
            .resets
            .requested
            .take_if(|request| request.number == number)
        else {
            self.unexpected(ChunkType::RE_CONFIG);
            return;
        };
        self.sender.errors = 0;
        self.pending.reset = false;
        if result == ReConfigResult::IN_PROGRESS {
            // H2: it is sent again when the timer runs out. With a new number: some peers answer an old
            // one with the result they remember, which stays "in progress".
            let number = self.resets.next;
            self.resets.next = number.next();
            let streams = request.streams;
            self.resets.requested = Some(Request { number, streams });
            self.timers.reset = Some(now + self.rto());
            return;
        }
        tracing::debug!(?result, "streams reset");
        self.timers.reset = None;
        for stream in request.streams {
            // A peer that refuses leaves the stream unusable to us; to the owner it is gone either way.
            self.sender.outbox.reset_done(stream);
            self.push_event(AssociationEvent::StreamReset { stream });
        }
    }
}
