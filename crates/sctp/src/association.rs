//! One SCTP association (RFC 9260).

use alloc::vec::Vec;

use strata_core::{Endpoint, Entropy, Instant};

use crate::{CloseReason, Config, Incoming, Outgoing, SendError, Stats, StreamId};

/// What the receive window is charged for a message beyond its bytes.
pub(crate) const MESSAGE_OVERHEAD: usize = 64;

/// What happened to the association.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssociationEvent {
    /// The association stands.
    Connected,
    /// A message arrived.
    Message(Incoming),
    /// The buffered amount of a stream fell to its threshold or below, from above it.
    BufferedAmountLow {
        /// The stream.
        stream: StreamId,
    },
    /// The peer reset its direction of a stream: its next message starts a new sequence.
    StreamResetByPeer {
        /// The stream.
        stream: StreamId,
    },
    /// Our direction of a stream is reset, as [`Association::reset_stream`] asked.
    StreamReset {
        /// The stream.
        stream: StreamId,
    },
    /// The association is over. Nothing follows.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

/// One SCTP association: streams of messages.
#[derive(Debug)]
pub struct Association {
    stats: Stats,
    config: Config,
}

impl Association {
    /// An association that is not started.
    #[must_use]
    pub fn new(config: Config, _entropy: Entropy) -> Self {
        Self {
            stats: Stats::default(),
            config: config.sanitized(),
        }
    }

    /// Starts the association.
    pub fn connect(&mut self, _now: Instant) {}

    /// Queues a message.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn send(
        &mut self,
        _now: Instant,
        _stream: StreamId,
        _message: Outgoing,
    ) -> Result<(), SendError> {
        Err(SendError::Closed)
    }

    /// Resets our direction.
    pub fn reset_stream(&mut self, _now: Instant, _stream: StreamId) {}
    /// Whether our direction is being reset.
    pub fn is_resetting(&self, _stream: StreamId) -> bool {
        false
    }
    /// Streams we may send on.
    pub fn outgoing_streams(&self) -> u16 {
        self.config.streams
    }
    /// Bytes queued.
    pub fn buffered_amount(&self, _stream: StreamId) -> usize {
        0
    }
    /// Sets the threshold.
    pub fn set_buffered_amount_low_threshold(&mut self, _stream: StreamId, _bytes: usize) {}
    /// Sets the largest message the peer accepts.
    pub fn set_remote_max_message_size(&mut self, bytes: usize) {
        self.config.remote_max_message_size = bytes;
    }
    /// Shuts down in order.
    pub fn shutdown(&mut self, _now: Instant) {}
    /// Aborts.
    pub fn abort(&mut self, _now: Instant) {}
    /// Whether messages can flow.
    pub fn is_connected(&self) -> bool {
        false
    }
    /// Whether it is closing or closed.
    pub fn is_closing(&self) -> bool {
        false
    }
    /// Counters.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }
    pub(crate) const fn stats_mut(&mut self) -> &mut Stats {
        &mut self.stats
    }
    pub(crate) fn take_event(&mut self) -> Option<AssociationEvent> {
        None
    }
    pub(crate) fn release(&mut self, _bytes: usize) {}
}

impl Endpoint for Association {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = AssociationEvent;
    fn handle_input(&mut self, _now: Instant, _packet: &mut [u8]) {}
    fn handle_timeout(&mut self, _now: Instant) {}
    fn poll_transmit(&mut self, _now: Instant, _out: &mut Vec<u8>) -> Option<()> {
        None
    }
    fn poll_event(&mut self) -> Option<AssociationEvent> {
        None
    }
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
