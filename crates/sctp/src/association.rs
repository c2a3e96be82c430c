//! One SCTP association (RFC 9260): streams of messages between two endpoints.

use alloc::{collections::VecDeque, vec::Vec};

use strata_core::{Endpoint, Entropy, Instant};

use self::{
    connect::{IssuedCookie, Peer},
    reset::Resets,
    state::State,
    timers::Timers,
    transmit::{Pending, Reply},
};
use crate::{
    AssociationEvent, Config, Outgoing, SendError, Stats, StreamId, Tsn,
    message::MESSAGE_OVERHEAD,
    reassembly::Reassembly,
    send::{Congestion, Outbox, Outstanding, Rto},
    stats::count,
};

mod abort;
mod connect;
mod heartbeat;
mod incoming_data;
mod incoming_packet;
mod incoming_sack;

mod reset;
mod shutdown;
mod state;
mod suspend;
mod tail_loss;
mod timers;
mod transmit;

/// The sending half: what is sent, and when.
#[derive(Debug)]
struct Sender {
    outbox: Outbox,
    outstanding: Outstanding,
    congestion: Congestion,
    rto: Rto,
    /// The peer's receive window as last advertised.
    peer_window: usize,
    /// Fast recovery has begun, so the next packet of retransmissions is sent even if the window is full.
    fast_retransmit: bool,
    /// The TSN of the chunk that was sent again as a probe, and when.
    probe: Option<(u64, Instant)>,
    /// Timeouts in a row (RFC 9260 §8.1).
    errors: u32,
}

/// When to acknowledge (RFC 9260 §6.2).
#[derive(Debug, Default)]
struct Acknowledging {
    /// Packets with DATA since the last SACK.
    packets: u32,
    /// Whether the next packet carries a SACK.
    due: bool,
    /// The window that the last SACK advertised.
    advertised: u32,
}

/// What this side contributes to the handshake.
#[derive(Debug)]
struct Own {
    tag: u32,
    initial_tsn: Tsn,
    /// Times that the peer called its cookie stale, so that the handshake began again.
    restarts: u32,
}

/// One SCTP association.
///
/// A *plain* engine: its input is one SCTP packet, its output is one SCTP packet per
/// [`poll_transmit`](Endpoint::poll_transmit). Most users want [`DataChannels`](crate::DataChannels),
/// which is built on it. [Drive it](Endpoint#drive-it) shows the loop of its owner.
#[derive(Debug)]
pub struct Association {
    config: Config,
    entropy: Entropy,
    state: State,
    own: Own,
    /// What the other side has said of itself; `None` until it has.
    peer: Option<Peer>,
    cookie: Option<IssuedCookie>,
    sender: Sender,
    receiver: Reassembly,
    acknowledging: Acknowledging,
    resets: Resets,
    timers: Timers,
    /// Since when there is no path.
    suspended: Option<Instant>,
    pending: Pending,
    events: VecDeque<AssociationEvent>,
    stats: Stats,
    /// The time of the latest call.
    now: Instant,
}

impl Association {
    /// An association that is not started. A value of `config` that is out of range is replaced by the nearest in
    /// range.
    #[must_use]
    pub fn new(config: Config, mut entropy: Entropy) -> Self {
        let config = config.sanitized();
        // RFC 9260 §5.3.1: the tag is random and not 0.
        let tag = core::iter::repeat_with(|| entropy.u32())
            .take(64)
            .find(|tag| *tag != 0)
            .unwrap_or(1);
        let initial_tsn = Tsn::new(entropy.u32());
        let limits = &config.limits;
        Self {
            sender: Sender {
                outbox: Outbox::default(),
                outstanding: Outstanding::new(initial_tsn, config.max_packet_size),
                congestion: Congestion::new(config.congestion, config.max_packet_size),
                rto: Rto::new(&config.timing),
                peer_window: 0,
                fast_retransmit: false,
                probe: None,
                errors: 0,
            },
            receiver: Reassembly::new(limits.receive_buffer, config.max_message_size),
            state: State::New,
            own: Own {
                tag,
                initial_tsn,
                restarts: 0,
            },
            peer: None,
            cookie: None,
            acknowledging: Acknowledging::default(),
            resets: Resets::new(initial_tsn),
            timers: Timers::default(),
            suspended: None,
            pending: Pending::default(),
            events: VecDeque::new(),
            stats: Stats::default(),
            now: Instant::EPOCH,
            entropy,
            config,
        }
    }

    /// Queues a message. This is allowed before the association is established, too.
    ///
    /// # Errors
    /// [`SendError`] says why the message was not queued. Nothing has changed then.
    pub fn send(
        &mut self,
        now: Instant,
        stream: StreamId,
        message: Outgoing,
    ) -> Result<(), SendError> {
        self.now = now;
        if self.is_closing() {
            return Err(SendError::Closed);
        }
        let size = message.data.len();
        if size == 0 {
            return Err(SendError::Empty);
        }
        if size > self.config.remote_max_message_size {
            let limit = self.config.remote_max_message_size;
            return Err(SendError::TooLarge { size, limit });
        }
        if stream.get() >= self.outgoing_streams() {
            return Err(SendError::UnknownStream);
        }
        if self.sender.outbox.is_resetting(stream) {
            return Err(SendError::Resetting);
        }
        let limit = self.config.limits.send_buffer;
        if self.send_buffer_bytes().saturating_add(size) > limit {
            return Err(SendError::BufferFull { limit });
        }
        self.stats.sent.count(message.ppid, size);
        self.sender.outbox.push(now, stream, message);
        Ok(())
    }

    /// Bytes sent but not acknowledged, over all streams, as [`Limits::send_buffer`](crate::Limits) counts
    /// them.
    pub fn send_buffer_bytes(&self) -> usize {
        let outstanding = &self.sender.outstanding;
        self.sender
            .outbox
            .bytes()
            .saturating_add(outstanding.held_payload())
            .saturating_add(outstanding.chunk_count().saturating_mul(MESSAGE_OVERHEAD))
    }

    /// Bytes of a stream's messages that are not yet in a packet. Those of DCEP do not count.
    pub fn buffered_amount(&self, stream: StreamId) -> usize {
        self.sender.outbox.buffered(stream)
    }

    /// Sets the amount at which [`AssociationEvent::BufferedAmountLow`] is reported for a stream. It is 0 at first.
    pub fn set_buffered_amount_low_threshold(&mut self, stream: StreamId, bytes: usize) {
        self.sender.outbox.set_low_threshold(stream, bytes);
    }

    /// Sets the peer's port. Call it before [`connect`](Self::connect).
    pub fn set_remote_port(&mut self, port: u16) {
        self.config.remote_port = port;
    }

    /// Sets the largest message the peer accepts.
    pub fn set_remote_max_message_size(&mut self, bytes: usize) {
        self.config.remote_max_message_size = bytes.max(1);
    }

    /// The number of streams that this side may send on: the configured one, or less if the peer accepts less.
    pub fn outgoing_streams(&self) -> u16 {
        self.peer
            .as_ref()
            .map_or(self.config.streams, |peer| peer.outgoing_streams)
    }

    /// Whether the association is established, so that messages can be sent both ways.
    pub const fn is_connected(&self) -> bool {
        matches!(self.state, State::Established)
    }

    /// Whether the association is closing or closed, so that nothing can be sent any more.
    pub const fn is_closing(&self) -> bool {
        self.state.is_closing()
    }

    /// What was counted.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The smoothed round-trip time; `None` before the first measurement.
    pub const fn round_trip_time(&self) -> Option<core::time::Duration> {
        self.sender.rto.smoothed()
    }

    /// The congestion window, in bytes.
    pub const fn congestion_window(&self) -> usize {
        self.sender.congestion.window()
    }

    pub(crate) const fn stats_mut(&mut self) -> &mut Stats {
        &mut self.stats
    }

    /// The next event. A message still takes room of the receive window until [`release`](Self::release) is called.
    pub(crate) fn take_event(&mut self) -> Option<AssociationEvent> {
        // The closing event waits until the last packet is on its way: after it there is none.
        let is_last = matches!(self.events.front(), Some(AssociationEvent::Closed { .. }));
        if is_last && self.pending.has_replies() {
            return None;
        }
        // Queued events come first, so that `Connected` comes before everything that follows from it.
        self.events.pop_front().or_else(|| {
            let stream = self.sender.outbox.poll_low()?;
            Some(AssociationEvent::BufferedAmountLow { stream })
        })
    }

    /// Queues an event that the peer can cause at will.
    fn push_event(&mut self, event: AssociationEvent) {
        if self.events.len() < self.config.limits.events {
            self.events.push_back(event);
        } else {
            count(&mut self.stats.events_dropped);
        }
    }

    fn reply(&mut self, reply: Reply) {
        if !self.pending.reply(reply) {
            count(&mut self.stats.dropped.replies);
        }
    }
}

impl Endpoint for Association {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = AssociationEvent;

    fn handle_input(&mut self, now: Instant, packet: &mut [u8]) {
        self.now = now;
        // Who slept through a deadline notices that first, and not what has come in since.
        self.on_timeout(now);
        if self.state == State::Closed {
            count(&mut self.stats.dropped.closed);
            return;
        }
        self.on_packet(now, packet);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.on_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<()> {
        self.now = now;
        self.transmit(now, out)
    }

    fn poll_event(&mut self) -> Option<AssociationEvent> {
        let event = self.take_event()?;
        match &event {
            AssociationEvent::Message(message) => {
                self.release(message.data.len().saturating_add(MESSAGE_OVERHEAD));
            }
            AssociationEvent::Closed { .. }
            | AssociationEvent::Connected
            | AssociationEvent::BufferedAmountLow { .. }
            | AssociationEvent::StreamResetByPeer { .. }
            | AssociationEvent::StreamReset { .. } => {}
        }
        Some(event)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.suspended.is_some() {
            // What waits for the other side stands still.
            return self.timers.acknowledge;
        }
        self.timers.next()
    }
}
