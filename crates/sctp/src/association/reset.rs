//! Stream reset (RFC 6525), as data channels use it: each side resets the direction it sends on.

use alloc::vec::Vec;

use strata_core::{Instant, tracing};

use super::{Association, connect::Peer, transmit::Reply};
use crate::{
    AssociationEvent, RequestNumber, StreamId, Tsn,
    stats::count,
    tsn::unwrap,
    wire::{ChunkType, ReConfig, ReConfigParameter, ReConfigResult, ResetRequest},
};

/// How many streams one request names at most, so that it fits every packet.
const MAX_STREAMS: usize = 64;

/// Requests under way, ours and the peer's.
#[derive(Debug)]
pub(super) struct Resets {
    /// The number of our next request.
    next: RequestNumber,
    /// Our request that waits for its answer. There is one at a time (§5.1.1).
    requested: Option<Request>,
    /// The number of the peer's next request.
    peer_next: RequestNumber,
    /// The result of the peer's last request.
    last_result: ReConfigResult,
    /// A request of the peer that waits for DATA to arrive (§5.2.2 E2).
    deferred: Option<Asked>,
    /// The peer's last request, if it was told "In progress" before it was performed, until DATA arrives on
    /// one of its streams.
    performed: Option<Performed>,
}

/// Our request.
#[derive(Debug)]
struct Request {
    /// The number it goes out with.
    number: RequestNumber,
    /// The first number it had. An answer to any number from this one on is an answer to it.
    first: RequestNumber,
    /// The last TSN that was used before the request. It stays the same when the request is repeated.
    last_tsn: Tsn,
    streams: Vec<StreamId>,
    progress: Progress,
}

/// The progress of our request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It waits for the first answer.
    Asked,
    /// The answer was "In progress".
    Told,
    /// It was repeated after that answer.
    AskedAgain {
        /// The peer had acknowledged everything up to `last_tsn` before it was repeated.
        all_acked: bool,
    },
}

/// A request of the peer.
#[derive(Debug)]
struct Asked {
    number: RequestNumber,
    /// The first number it had.
    first: RequestNumber,
    last_tsn: Tsn,
    /// The streams, sorted and without repetition. An empty list means all streams.
    streams: Vec<StreamId>,
}

/// A request of the peer that was performed.
#[derive(Debug)]
struct Performed {
    number: RequestNumber,
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
            performed: None,
        }
    }

    pub(super) const fn start(&mut self, peer_next: RequestNumber) {
        self.peer_next = peer_next;
    }

    /// Notes that the peer has used a stream, so that its next request to reset the stream is a new one.
    pub(super) fn note_use(&mut self, stream: StreamId) {
        let is_of_it = |performed: &mut Performed| {
            performed.streams.is_empty() || performed.streams.binary_search(&stream).is_ok()
        };
        self.performed.take_if(is_of_it);
    }
}

impl Association {
    /// Resets our direction of a stream, after the messages that are queued on it were sent. Nothing more can be sent
    /// on it until [`AssociationEvent::StreamReset`] reports the end of the reset. Then its sequence numbers start at 0
    /// again. If the peer has not performed the reset ([`is_reset_refused`](Self::is_reset_refused)), they go on.
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

    /// Whether the last reset of a stream has failed, because the peer refused it or does not know RE-CONFIG.
    pub fn is_reset_refused(&self, stream: StreamId) -> bool {
        self.sender.outbox.is_refused(stream)
    }

    /// Starts a request if a stream waits to be reset and no request is under way. Returns whether a request is to be
    /// sent.
    pub(super) fn prepare_reset(&mut self, now: Instant) -> bool {
        if self.pending.reset {
            return true;
        }
        if self.resets.requested.is_some() || !self.sender.outbox.has_resettable() {
            return false;
        }
        let supports = |peer: &Peer| peer.supports_reconfig;
        if !self.peer.as_ref().is_some_and(supports) {
            while let Some(stream) = self.sender.outbox.poll_resettable() {
                self.give_up_reset(stream);
            }
            return false;
        }
        let outbox = &mut self.sender.outbox;
        let streams: Vec<StreamId> = core::iter::from_fn(|| outbox.poll_resettable())
            .take(MAX_STREAMS)
            .collect();
        let number = self.resets.next;
        self.resets.next = number.next();
        self.resets.requested = Some(Request {
            number,
            first: number,
            // §5.1.2 A3: "the next TSN the sender assigns minus 1".
            last_tsn: self.sender.outstanding.last_tsn(),
            streams,
            progress: Progress::Asked,
        });
        self.timers.reset = Some(now + self.rto());
        self.pending.reset = true;
        true
    }

    /// The peer refuses to reset a stream, or cannot. The sequence numbers go on, because §5.2.7 H4 resets them after a
    /// success only.
    fn give_up_reset(&mut self, stream: StreamId) {
        self.sender.outbox.reset_refused(stream);
        self.tell_own_reset(stream);
    }

    /// Queues the event that a reset has ended. This needs no limit: there is one event for each reset that the owner
    /// has asked for.
    fn tell_own_reset(&mut self, stream: StreamId) {
        self.events
            .push_back(AssociationEvent::StreamReset { stream });
    }

    /// Appends the RE-CONFIG with our request. A repetition is the same (§5.1.1).
    pub(super) fn write_reset(&mut self, out: &mut Vec<u8>) {
        let acked = self.sender.outstanding.cumulative();
        let Some(request) = &mut self.resets.requested else {
            return;
        };
        let mut parameters = Vec::new();
        let written = ReConfigParameter::write_reset(
            &mut parameters,
            request.number,
            self.resets.peer_next.previous(),
            request.last_tsn,
            &request.streams,
        );
        if written.is_ok() {
            let raw_parameters = &parameters;
            // Cannot be too long: `MAX_STREAMS` limits it.
            let _ = ReConfig { raw_parameters }.write(out);
        }
        if request.progress == Progress::Told {
            let all_acked = unwrap(acked, request.last_tsn) <= acked;
            request.progress = Progress::AskedAgain { all_acked };
        }
    }

    pub(super) fn on_reset_timeout(&mut self, now: Instant) {
        let Some(request) = &self.resets.requested else {
            return;
        };
        // If T3-rtx runs, its timeouts are counted and double the RTO, so this one must not. §5.2.7 H2: after "In
        // progress" the request is repeated, "but the corresponding error counters MUST NOT be incremented".
        let counts = self.timers.retransmit.is_none();
        if counts && request.progress != Progress::Told && !self.count_error(now) {
            return;
        }
        if counts {
            self.sender.rto.back_off();
        }
        self.pending.reset = true;
        self.timers.reset = Some(now + self.rto());
    }

    pub(super) fn on_reconfig(&mut self, now: Instant, reconfig: &ReConfig<'_>) {
        self.imply_cookie_ack(now);
        if !self.state.can_receive_data() && !self.state.can_send_data() {
            self.unexpected(ChunkType::RE_CONFIG);
            return;
        }
        // §5.2.1: "If multiple parameters have to be returned, they MUST be put into one RE_CONFIG chunk".
        let mut responses = Vec::new();
        let mut respond = |number, result| {
            ReConfigParameter::write_response(&mut responses, number, result);
        };
        // §3.1: two parameters at most.
        for parameter in reconfig.parameters().take(2) {
            match parameter {
                Ok(ReConfigParameter::OutgoingReset(request)) => {
                    respond(request.number, self.on_reset_request(&request));
                }
                Ok(ReConfigParameter::Response { number, result }) => {
                    self.on_response(now, number, result);
                }
                // §5.2: data channels need none of these.
                Ok(ReConfigParameter::Other { number, .. }) => {
                    let result = self.accept_number(number);
                    respond(number, result.unwrap_or(ReConfigResult::DENIED));
                }
                Err(_) => {
                    count(&mut self.stats.dropped.malformed);
                    break;
                }
            }
        }
        if !responses.is_empty() {
            self.respond(&responses);
        }
    }

    /// §5.2.1: the answer to a request whose number is not the next expected one. If it is, returns `None` and expects
    /// the one after it.
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

    /// §5.2.2. Returns the answer.
    fn on_reset_request(&mut self, request: &ResetRequest<'_>) -> ReConfigResult {
        if let Some(result) = self.accept_number(request.number) {
            return result;
        }
        let mut streams: Vec<StreamId> = request.streams.iter().collect();
        streams.sort_unstable();
        streams.dedup();
        let limit = self.config.streams;
        let before = self.resets.deferred.as_ref();
        let result = if streams.last().is_some_and(|stream| stream.get() >= limit) {
            ReConfigResult::WRONG_SSN
        } else if before.is_some_and(|before| before.streams != streams) {
            // §5.1.1: "there MUST NOT be more than one request in flight".
            ReConfigResult::ALREADY_IN_PROGRESS
        } else {
            let first = before.map(|before| before.first);
            let asked = Asked {
                number: request.number,
                first: first.unwrap_or(request.number),
                last_tsn: request.last_tsn,
                streams,
            };
            if self.receiver.has_reached(asked.last_tsn) {
                self.resets.deferred = None;
                self.perform_reset(asked, first.is_some());
                ReConfigResult::PERFORMED
            } else {
                self.resets.deferred = Some(asked);
                ReConfigResult::IN_PROGRESS
            }
        };
        self.resets.last_result = result;
        result
    }

    /// Performs a request that has waited for DATA, if all of it has arrived.
    pub(super) fn after_cumulative_advance(&mut self) {
        let receiver = &self.receiver;
        let is_reached = |asked: &mut Asked| receiver.has_reached(asked.last_tsn);
        if let Some(asked) = self.resets.deferred.take_if(is_reached) {
            let mut response = Vec::new();
            let result = ReConfigResult::PERFORMED;
            ReConfigParameter::write_response(&mut response, asked.number, result);
            self.perform_reset(asked, true);
            self.resets.last_result = result;
            self.respond(&response);
        }
    }

    /// Performs a request, unless it has been performed under an earlier number.
    ///
    /// Chromium repeats a request that was answered "In progress" under a new number. The answer "Performed" to the old
    /// number may be on its way at that time, and when the new number arrives, the stream may belong to the next
    /// channel. Requests that were never answered "In progress" are not repeated that way. So a request counts as a
    /// repetition if the one before it was answered "In progress" and names the same streams, and if nothing has
    /// arrived on these streams since. (One case cannot be told apart: the reset before was answered "In progress",
    /// then a negotiated channel has used the stream, and the peer closes it without having sent anything.)
    fn perform_reset(&mut self, asked: Asked, told_in_progress: bool) {
        let before = self.resets.performed.as_ref();
        let repeated = before.is_some_and(|before| {
            before.number.next() == asked.first && before.streams == asked.streams
        });
        if repeated {
            tracing::debug!("a stream reset was repeated under a new number");
        } else if asked.streams.is_empty() {
            // §4.1: "If the number of Streams is zero, then all streams are to be reset".
            let used = self.receiver.reset_all_streams();
            self.tell_reset(&used);
        } else {
            for stream in &asked.streams {
                self.receiver.reset_stream(*stream);
            }
            self.tell_reset(&asked.streams);
        }
        self.resets.performed = (told_in_progress || repeated).then_some(Performed {
            number: asked.number,
            streams: asked.streams,
        });
    }

    fn tell_reset(&mut self, streams: &[StreamId]) {
        for stream in streams.iter().copied() {
            self.push_event(AssociationEvent::StreamResetByPeer { stream });
        }
    }

    /// Queues a RE-CONFIG with these responses.
    fn respond(&mut self, raw_parameters: &[u8]) {
        let mut chunk = Vec::new();
        if (ReConfig { raw_parameters }).write(&mut chunk).is_ok() {
            self.reply(Reply::bundled(chunk));
        }
    }

    /// §5.2.7.
    fn on_response(&mut self, now: Instant, number: RequestNumber, result: ReConfigResult) {
        let requested = self.resets.requested.as_mut();
        let Some(request) = requested.filter(|request| request.has_had(number)) else {
            self.unexpected(ChunkType::RE_CONFIG);
            return;
        };
        self.sender.errors = 0;
        let is_success =
            result == ReConfigResult::PERFORMED || result == ReConfigResult::NOTHING_TO_DO;
        if number != request.number && !is_success {
            // The request was repeated under another number since, and only the answer to that one counts.
            return;
        }
        self.pending.reset = false;
        if result == ReConfigResult::IN_PROGRESS {
            self.wait_for_reset(now);
            return;
        }
        tracing::debug!(?result, "a request to reset streams has its answer");
        self.timers.reset = None;
        let streams = self.resets.requested.take().map(|request| request.streams);
        let streams = streams.unwrap_or_default();
        for stream in streams {
            if is_success {
                self.sender.outbox.reset_done(stream);
                self.tell_own_reset(stream);
            } else {
                self.give_up_reset(stream);
            }
        }
    }

    /// §5.2.7 H2: the answer was "In progress", so the same request is sent again when the timer runs out.
    ///
    /// Some peers (Chromium among them) remember that answer, and give it to every repetition under the same number. If
    /// everything had been acknowledged before the request was repeated, the peer is one of those. Then the request
    /// gets a new number.
    fn wait_for_reset(&mut self, now: Instant) {
        self.timers.reset = Some(now + self.rto());
        let resets = &mut self.resets;
        let Some(request) = &mut resets.requested else {
            return;
        };
        if request.progress == (Progress::AskedAgain { all_acked: true }) {
            request.number = resets.next;
            resets.next = request.number.next();
            request.progress = Progress::Asked;
            self.pending.reset = true;
        } else {
            request.progress = Progress::Told;
        }
    }
}

impl Request {
    /// Whether a number is or was that of this request.
    const fn has_had(&self, number: RequestNumber) -> bool {
        let age = number.distance_to(self.number);
        age >= 0 && age <= self.first.distance_to(self.number)
    }
}
