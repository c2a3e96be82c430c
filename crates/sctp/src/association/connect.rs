//! Association set-up (RFC 9260 §5.1, §5.2).
//!
//! In WebRTC both sides connect at once, so INITs cross in every session:
//!
//! ```text
//! A                         Z
//! INIT ───────┐   ┌─────── INIT
//!      <──────┼───┘
//!             └──────────>
//! INIT ACK ───┐   ┌─── INIT ACK
//!      <──────┼───┘
//! COOKIE ECHO └──────────> COOKIE ECHO
//! COOKIE ACK               COOKIE ACK
//! ```

use alloc::vec::Vec;

use bytes::Bytes;
use strata_core::{Instant, tracing};

use super::{Association, State, transmit::Reply};
use crate::{
    AssociationEvent, CloseReason, RequestNumber, Tsn,
    stats::count,
    wire::{CauseCode, ChunkType, Init, Parameter, ParameterType},
};

/// What the peer has said of itself in its INIT or INIT ACK.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) tag: u32,
    pub(super) initial_tsn: Tsn,
    pub(super) a_rwnd: u32,
    /// How many streams this side may send on: the configured number, or less if the peer accepts less.
    pub(super) outgoing_streams: u16,
    pub(super) supports_forward_tsn: bool,
    pub(super) supports_reconfig: bool,
}

/// The cookie in our INIT ACK.
///
/// In RFC 9260 §5.1.3 the cookie holds the state and is signed, so that a forged peer costs no memory. Here DTLS has
/// authenticated the peer, and there is one association only. So the state is kept, once, and the cookie is a random
/// number that cannot be guessed.
#[derive(Debug)]
pub(super) struct IssuedCookie {
    value: [u8; 16],
    peer: Peer,
}

/// What a valid COOKIE ECHO means (RFC 9260 §5.2.4, table 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CookieResolution {
    /// The peer is taken as the INIT described it: no collision, or action B.
    Adopt,
    /// Both sides agree already: action D.
    Confirm,
    /// The peer has forgotten the association: action A.
    Restart,
    /// This side is in SHUTDOWN-ACK-SENT, so it repeats its SHUTDOWN ACK instead of restarting: action A.
    RepeatShutdownAck,
}

/// What is wrong with an INIT or INIT ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The tag is 0.
    Tag,
    /// The number of streams is 0 in one direction.
    Streams,
    /// The window is smaller than [`MIN_WINDOW`].
    Window,
    /// It holds a host name.
    HostName,
}

/// RFC 9260 §3.3.2: the `a_rwnd` "MUST NOT be smaller than 1500".
const MIN_WINDOW: u32 = 1500;

/// How many parameters a report of unrecognized ones lists at most.
const MAX_REPORTED: usize = 8;

impl Association {
    /// Starts the association. Does nothing if either side has started it already.
    pub fn connect(&mut self, now: Instant) {
        self.now = now;
        if self.state == State::New {
            self.state = State::CookieWait;
            self.start_handshake(now);
            tracing::debug!("INIT");
        }
    }

    pub(super) fn start_handshake(&mut self, now: Instant) {
        self.pending.handshake = true;
        self.timers.handshake = Some(now + self.rto());
    }

    pub(super) fn on_handshake_timeout(&mut self, now: Instant) {
        self.sender.errors = self.sender.errors.saturating_add(1);
        if self.sender.errors > self.config.timing.max_init_retransmissions {
            self.finish(now, CloseReason::ConnectTimeout, None);
            return;
        }
        self.sender.rto.back_off();
        self.start_handshake(now);
    }

    /// Appends our INIT or INIT ACK.
    pub(super) fn write_init(
        &self,
        kind: ChunkType,
        outbound_streams: u16,
        extra: &[u8],
        out: &mut Vec<u8>,
    ) {
        let mut parameters = extra.to_vec();
        // RFC 6525 §3.1, RFC 3758 §3.1: both extensions are in the list. Old peers look for a parameter of its own.
        let extensions = [ChunkType::RE_CONFIG.0, ChunkType::FORWARD_TSN.0];
        let supported = [
            (ParameterType::FORWARD_TSN_SUPPORTED, &[][..]),
            (ParameterType::SUPPORTED_EXTENSIONS, &extensions[..]),
        ];
        for (kind, value) in supported {
            // Cannot be too long: a few bytes.
            let _ = Parameter { kind, value }.write(&mut parameters);
        }
        let init = Init {
            initiate_tag: self.own.tag,
            a_rwnd: self.receiver.window(),
            outbound_streams,
            inbound_streams: self.config.streams,
            initial_tsn: self.own.initial_tsn,
            raw_parameters: &parameters,
        };
        // Cannot be too long: `extra` is limited where it is made.
        let _ = init.write(kind, out);
    }

    /// RFC 9260 §5.1 B, §5.2.1, §5.2.2.
    pub(super) fn on_init(&mut self, now: Instant, init: &Init<'_>) {
        if self.state == State::ShutdownAckSent {
            // §9.2: "discard the INIT chunk and retransmit the SHUTDOWN ACK chunk".
            self.pending.shutdown_ack = true;
            return;
        }
        if let Some(fault) = fault_of(init) {
            count(&mut self.stats.dropped.unexpected);
            // A tag of 0 is discarded silently.
            let is_told = self.peer.is_none() || fault == Fault::HostName;
            if is_told && fault != Fault::Tag {
                self.reply(Reply::abort(init.initiate_tag, fault.cause()));
            }
            return;
        }
        self.now = now;
        let peer = self.peer_of(init);
        let same = self.cookie.as_ref().is_some_and(|cookie| {
            cookie.peer.tag == peer.tag && cookie.peer.initial_tsn == peer.initial_tsn
        });
        // A repeated INIT gets the same cookie, because the peer may answer the first INIT ACK, which is on its way.
        if !same {
            let value = self.entropy.array();
            self.cookie = Some(IssuedCookie { value, peer });
        }
        let mut extra = Vec::new();
        if let Some(cookie) = &self.cookie {
            let value = &cookie.value;
            let kind = ParameterType::STATE_COOKIE;
            let _ = Parameter { kind, value }.write(&mut extra);
        }
        report_unrecognized(init, &mut extra);
        let mut chunk = Vec::new();
        // §3.3.3: the outbound streams of the INIT ACK "MUST NOT be greater than the MIS value sent in the INIT chunk".
        let streams = self.config.streams.min(init.inbound_streams);
        self.write_init(ChunkType::INIT_ACK, streams, &extra, &mut chunk);
        self.reply(Reply::alone(init.initiate_tag, chunk));
    }

    /// RFC 9260 §5.1 C.
    pub(super) fn on_init_ack(&mut self, now: Instant, init: &Init<'_>) {
        if self.state != State::CookieWait {
            // §5.2.3: "discard the INIT ACK chunk".
            count(&mut self.stats.dropped.unexpected);
            return;
        }
        if let Some(fault) = fault_of(init) {
            self.refuse_init_ack(now, init, fault);
            return;
        }
        let Some(cookie) = init.find(ParameterType::STATE_COOKIE) else {
            let peer = self.peer_of(init);
            self.peer = Some(peer);
            self.abort_with(
                now,
                CauseCode::MISSING_PARAMETER,
                CloseReason::ProtocolViolation,
            );
            return;
        };
        let cookie = Bytes::copy_from_slice(cookie);
        let peer = self.peer_of(init);
        self.adopt(peer);
        self.state = State::CookieEchoed(cookie);
        self.sender.errors = 0;
        self.start_handshake(now);
    }

    /// RFC 9260 §3.3.3, §5.1.2 B.
    fn refuse_init_ack(&mut self, now: Instant, init: &Init<'_>, fault: Fault) {
        count(&mut self.stats.dropped.unexpected);
        let answer = match fault {
            // "with the T bit set": the peer has sent no tag of its own.
            Fault::Tag => Reply::reflected_abort(self.own.tag, fault.cause()),
            Fault::Streams | Fault::Window | Fault::HostName => {
                Reply::abort(init.initiate_tag, fault.cause())
            }
        };
        match fault {
            // "MUST NOT change the state of any existing association".
            Fault::Window => self.reply(answer),
            // "MUST destroy the TCB".
            Fault::Tag | Fault::Streams | Fault::HostName => {
                self.finish(now, CloseReason::ProtocolViolation, Some(answer));
            }
        }
    }

    /// RFC 9260 §5.1 D, §5.2.4.
    pub(super) fn on_cookie_echo(&mut self, now: Instant, cookie: &[u8]) -> bool {
        let issued = self
            .cookie
            .as_ref()
            .filter(|issued| issued.value == *cookie);
        let Some(peer) = issued.map(|issued| issued.peer.clone()) else {
            count(&mut self.stats.dropped.invalid_cookie);
            return false;
        };
        let resolution = self.resolve(&peer);
        tracing::debug!(?resolution, "COOKIE ECHO");
        match resolution {
            CookieResolution::Adopt => {
                self.adopt(peer);
                self.pending.cookie_ack = true;
                self.establish(now);
            }
            CookieResolution::Confirm => {
                self.pending.cookie_ack = true;
                if matches!(self.state, State::CookieEchoed(_)) {
                    self.establish(now);
                }
            }
            CookieResolution::Restart => {
                self.finish(now, CloseReason::Restarted, None);
                return false;
            }
            CookieResolution::RepeatShutdownAck => self.pending.shutdown_ack = true,
        }
        true
    }

    fn resolve(&self, peer: &Peer) -> CookieResolution {
        let known = self
            .peer
            .as_ref()
            .is_some_and(|known| known.tag == peer.tag);
        match (&self.state, known) {
            (State::New | State::CookieWait, _) | (State::CookieEchoed(_), false) => {
                CookieResolution::Adopt
            }
            (State::ShutdownAckSent, _) => CookieResolution::RepeatShutdownAck,
            (
                State::CookieEchoed(_)
                | State::Established
                | State::ShutdownPending
                | State::ShutdownSent
                | State::ShutdownReceived
                | State::Closed,
                true,
            ) => CookieResolution::Confirm,
            (
                State::Established
                | State::ShutdownPending
                | State::ShutdownSent
                | State::ShutdownReceived
                | State::Closed,
                false,
            ) => CookieResolution::Restart,
        }
    }

    pub(super) fn on_cookie_ack(&mut self, now: Instant) {
        // §5.2.5: in any other state it is discarded, silently because it is ordinary in a collision.
        if matches!(self.state, State::CookieEchoed(_)) {
            self.establish(now);
        }
    }

    pub(super) fn establish(&mut self, now: Instant) {
        self.state = State::Established;
        self.timers.handshake = None;
        self.pending.handshake = false;
        self.sender.errors = 0;
        self.arm_heartbeat(now);
        self.events.push_back(AssociationEvent::Connected);
        tracing::debug!("association established");
    }

    /// RFC 9260 §5.2.6: after a stale cookie the handshake begins again, to get a new one. §8.4 does not mention it.
    pub(super) fn on_stale_cookie(&mut self, now: Instant) {
        if !matches!(self.state, State::CookieEchoed(_)) {
            return;
        }
        // The number of attempts is limited, because a peer may call every cookie stale.
        self.own.restarts = self.own.restarts.saturating_add(1);
        if self.own.restarts > self.config.timing.max_init_retransmissions {
            self.finish(now, CloseReason::ConnectTimeout, None);
            return;
        }
        self.state = State::CookieWait;
        self.on_handshake_timeout(now);
    }

    fn peer_of(&self, init: &Init<'_>) -> Peer {
        Peer {
            tag: init.initiate_tag,
            initial_tsn: init.initial_tsn,
            a_rwnd: init.a_rwnd,
            outgoing_streams: self.config.streams.min(init.inbound_streams),
            supports_forward_tsn: init.find(ParameterType::FORWARD_TSN_SUPPORTED).is_some()
                || init.supports(ChunkType::FORWARD_TSN),
            supports_reconfig: init.supports(ChunkType::RE_CONFIG),
        }
    }

    fn adopt(&mut self, peer: Peer) {
        self.receiver.start(peer.initial_tsn);
        self.resets
            .start(RequestNumber::new(peer.initial_tsn.get()));
        self.sender.peer_window = usize::try_from(peer.a_rwnd).unwrap_or(usize::MAX);
        let outbox = &mut self.sender.outbox;
        outbox.set_reliable_only(!peer.supports_forward_tsn);
        self.peer = Some(peer);
    }
}

/// The first fault of an INIT or INIT ACK: RFC 9260 §3.3.2, §3.3.3, §5.1.2 B.
fn fault_of(init: &Init<'_>) -> Option<Fault> {
    if init.initiate_tag == 0 {
        Some(Fault::Tag)
    } else if init.outbound_streams == 0 || init.inbound_streams == 0 {
        Some(Fault::Streams)
    } else if init.a_rwnd < MIN_WINDOW {
        Some(Fault::Window)
    } else if init.find(ParameterType::HOST_NAME_ADDRESS).is_some() {
        Some(Fault::HostName)
    } else {
        None
    }
}

impl Fault {
    /// The error cause that is sent to the peer.
    const fn cause(self) -> CauseCode {
        match self {
            Self::Tag | Self::Streams | Self::Window => CauseCode::INVALID_PARAMETER,
            Self::HostName => CauseCode::UNRESOLVABLE_ADDRESS,
        }
    }
}

/// RFC 9260 §3.2.2: unknown parameters that ask to be reported are returned in the INIT ACK.
fn report_unrecognized(init: &Init<'_>, out: &mut Vec<u8>) {
    let mut reported = 0;
    for parameter in init.parameters().filter_map(Result::ok) {
        if parameter.kind.is_known_in_init() {
            continue;
        }
        let action = parameter.kind.unknown_action();
        if action.report && reported < MAX_REPORTED && parameter.value.len() <= 64 {
            reported = reported.saturating_add(1);
            let mut copy = Vec::new();
            let kind = ParameterType::UNRECOGNIZED;
            // §3.3.3.1.2: "complete with Parameter Type, Length, and Value fields", so without its padding.
            let _ = parameter.write_unpadded(&mut copy);
            let _ = Parameter { kind, value: &copy }.write(out);
        }
        if !action.skip {
            return;
        }
    }
}
