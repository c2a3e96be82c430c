//! Data channels (RFC 8831) over one association.

use alloc::{collections::VecDeque, string::String, vec::Vec};

use bytes::Bytes;
use slab::Slab;
use strata_core::{Endpoint, Entropy, Instant};

pub use self::channel::Channel;
use self::unclaimed::Unclaimed;
use crate::{
    Association, AssociationEvent, CloseReason, Config, Reliability, Stats, StreamId,
    message::MESSAGE_OVERHEAD, stream_table::StreamTable,
};

mod channel;
mod close;
mod dcep;
mod events;
mod open;
mod unclaimed;

/// Identifies a channel, from [`DataChannels::open`] or [`Event::ChannelOpened`] until [`Event::ChannelClosed`]. It is
/// never used again for another channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId {
    slot: u32,
    serial: u32,
}

/// Which side of the DTLS connection below this is. It decides which stream numbers this side uses (RFC 8832 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// DTLS client: even numbers.
    Client,
    /// DTLS server: odd numbers.
    Server,
}

/// The properties of a channel that is to be opened.
///
/// ```
/// use strata_sctp::{ChannelConfig, Reliability};
///
/// let config = ChannelConfig::new("position")
///     .with_unordered(true)
///     .with_reliability(Reliability::MaxRetransmits(0));
/// assert_eq!(config.label, "position");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChannelConfig {
    /// Its name, for the application. It need not be unique.
    pub label: String,
    /// The sub-protocol, empty for none.
    pub protocol: String,
    /// Whether messages may overtake each other; ordered by default.
    pub unordered: bool,
    /// How hard delivery is tried; reliable by default.
    pub reliability: Reliability,
    /// The priority that `DATA_CHANNEL_OPEN` tells the peer (RFC 8831 §6.4): 128 below normal, 256
    /// normal, 512 high, 1024 extra high; 0 is what browsers send. It has no effect here: streams take turns.
    pub priority: u16,
    /// If it is `Some`, both sides open the channel on this stream, and no DCEP is used ("negotiated").
    pub negotiated: Option<StreamId>,
}

impl ChannelConfig {
    /// A reliable, ordered channel with this label.
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..Self::default()
        }
    }

    /// The same with this sub-protocol.
    #[must_use]
    pub fn with_protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = protocol.into();
        self
    }

    /// The same with messages that may overtake each other, or not.
    #[must_use]
    pub const fn with_unordered(mut self, unordered: bool) -> Self {
        self.unordered = unordered;
        self
    }

    /// The same with delivery tried so hard.
    #[must_use]
    pub const fn with_reliability(mut self, reliability: Reliability) -> Self {
        self.reliability = reliability;
        self
    }

    /// The same, opened by both sides on this stream ([`negotiated`](Self::negotiated)).
    #[must_use]
    pub const fn with_negotiated(mut self, stream: StreamId) -> Self {
        self.negotiated = Some(stream);
        self
    }
}

/// Text or binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// UTF-8. What arrives is not checked: the peer may have sent anything.
    Text,
    /// Bytes.
    Binary,
}

/// What happened to the channels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The association is established. Of the channels that were opened so far, the negotiated ones are open now. The
    /// others are when the peer acknowledges them.
    Connected,
    /// The channel is open: the peer opened it or merely used it
    /// ([`Config::implicit_channels`](crate::Config::implicit_channels)) (`incoming`), or acknowledged ours.
    ChannelOpened {
        /// The channel.
        id: ChannelId,
        /// Whether the peer opened it.
        incoming: bool,
    },
    /// A message arrived.
    Message {
        /// The channel it came on.
        id: ChannelId,
        /// Text or binary.
        kind: MessageKind,
        /// Its bytes.
        data: Bytes,
    },
    /// `buffered_amount` fell to the channel's threshold or below, from above it. If that happens before the channel is
    /// open, this event comes after [`Event::ChannelOpened`].
    BufferedAmountLow {
        /// The channel.
        id: ChannelId,
    },
    /// The channel was closed by either side, or could not be opened. Its id is not valid any more.
    ChannelClosed {
        /// The channel.
        id: ChannelId,
    },
    /// The association is over, and with it all channels. There is no event for each of them, and no event after this.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

/// The state of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChannelState {
    /// Waiting for the association, or for the peer's `DATA_CHANNEL_ACK`. Messages can be sent already.
    Opening,
    /// Open.
    Open,
    /// Closed by either side. Messages that were sent before are still delivered.
    Closing,
}

impl ChannelConfig {
    /// Bytes of its names.
    const fn name_bytes(&self) -> usize {
        self.label.len().saturating_add(self.protocol.len())
    }
}

/// One channel.
#[derive(Debug)]
struct Entry {
    serial: u32,
    config: ChannelConfig,
    /// `None` until the role is known.
    stream: Option<StreamId>,
    state: ChannelState,
    incoming: bool,
    /// The peer has acknowledged or opened the channel, or it is negotiated. Only then may messages be sent unordered
    /// (RFC 8832 §6).
    acknowledged: bool,
    /// The peer has reset its direction.
    peer_reset: bool,
    /// Our direction is reset.
    own_reset: bool,
    low_threshold: usize,
    /// The buffered amount fell to the threshold before the channel was open.
    low_unsaid: bool,
    /// What has happened on the stream since the peer has reset its direction, while our reset is under way.
    next: Vec<AssociationEvent>,
}

/// Data channels over one SCTP association: DCEP (RFC 8832) and channel closing (RFC 8831 §6.7).
///
/// A *plain* engine: its input is an SCTP packet as DTLS decrypted it, its output goes into a DTLS
/// record. Call [`set_role`](Self::set_role) and [`connect`](Self::connect) once DTLS is connected. Both sides may
/// connect at the same time, and in WebRTC they do. [Drive it](Endpoint#drive-it) shows the loop of an owner.
#[derive(Debug)]
pub struct DataChannels {
    association: Association,
    channels: Slab<Entry>,
    /// Which channel a stream belongs to.
    by_stream: StreamTable<u32>,
    /// Numbers of our parity below `next_stream` that are free again.
    free_streams: alloc::collections::BTreeSet<u16>,
    next_stream: u32,
    role: Option<Role>,
    serial: u32,
    max_channels: usize,
    implicit_channels: bool,
    max_events: usize,
    /// How many bytes the names of further channels of the peer may have.
    names_left: usize,
    events: VecDeque<Event>,
    /// Messages on streams that have no channel yet.
    unclaimed: Unclaimed,
    closed: bool,
    /// The closing event has been taken.
    finished: bool,
}

impl DataChannels {
    /// Channels over a new association.
    #[must_use]
    pub fn new(mut config: Config, entropy: Entropy) -> Self {
        let limits = &config.limits;
        let (max_channels, max_events) = (limits.channels, limits.events.max(16));
        let implicit_channels = config.implicit_channels;
        let names_left = limits.channel_names;
        // The rest of the receive window has to be enough for messages that have a channel.
        let max_unclaimed = limits.unclaimed.min(limits.receive_buffer / 4);
        // The events of the association are taken after each packet. None may be dropped: a channel would never close
        // if the event of its reset were.
        config.limits.events = EVENTS_OF_A_PACKET;
        Self {
            association: Association::new(config, entropy),
            channels: Slab::new(),
            by_stream: StreamTable::default(),
            free_streams: alloc::collections::BTreeSet::new(),
            next_stream: 0,
            role: None,
            serial: 0,
            max_channels,
            implicit_channels,
            max_events,
            names_left,
            events: VecDeque::new(),
            unclaimed: Unclaimed::new(max_unclaimed),
            closed: false,
            finished: false,
        }
    }

    /// Starts the association. Does nothing if it has been started, by either side.
    pub fn connect(&mut self, now: Instant) {
        self.association.connect(now);
        self.pump(now);
    }

    /// The channel with this id, until its [`Event::ChannelClosed`] has been queued.
    pub fn channel(&mut self, id: ChannelId) -> Option<Channel<'_>> {
        let slot = usize::try_from(id.slot).ok()?;
        let state = self.channels.get(slot)?;
        (state.serial == id.serial && !self.closed).then_some(Channel { owner: self, slot })
    }

    /// All channels that are not closed.
    pub fn ids(&self) -> impl Iterator<Item = ChannelId> + '_ {
        self.channels
            .iter()
            .map(|(slot, state)| id_of(slot, state.serial))
    }

    /// Sets the peer's SCTP port (its `a=sctp-port`, RFC 8841 §5), before [`connect`](Self::connect).
    pub fn set_remote_port(&mut self, port: u16) {
        self.association.set_remote_port(port);
    }

    /// Sets the largest message that the peer accepts: its `a=max-message-size`. A 0 there means any size, which is
    /// `usize::MAX` here.
    pub fn set_remote_max_message_size(&mut self, bytes: usize) {
        self.association.set_remote_max_message_size(bytes);
    }

    /// Ends the association in order, once all that was sent is acknowledged (RFC 9260 §9.2).
    pub fn shutdown(&mut self, now: Instant) {
        self.association.shutdown(now);
        self.pump(now);
    }

    /// Ends the association at once, and sends the peer an ABORT.
    pub fn abort(&mut self, now: Instant) {
        self.association.abort(now);
        self.pump(now);
    }

    /// There is no path to the other side: see [`Association::suspend`].
    pub fn suspend(&mut self, now: Instant) {
        self.association.suspend(now);
    }

    /// There is a path again: see [`Association::resume`].
    pub fn resume(&mut self, now: Instant) {
        self.association.resume(now);
        self.pump(now);
    }

    /// Packets take another path from now on: see [`Association::path_changed`].
    pub fn path_changed(&mut self, now: Instant, lost: bool) {
        self.association.path_changed(now, lost);
        self.pump(now);
    }

    /// Whether the association is established, so that messages can be sent both ways.
    pub fn is_connected(&self) -> bool {
        self.association.is_connected()
    }

    /// Whether the association is over: [`Event::Closed`] is queued, or was taken.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// What the association has counted.
    pub const fn stats(&self) -> &Stats {
        self.association.stats()
    }

    /// The association below, for its getters.
    pub const fn association(&self) -> &Association {
        &self.association
    }
}

impl Endpoint for DataChannels {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = Event;

    fn handle_input(&mut self, now: Instant, packet: &mut [u8]) {
        self.association.handle_input(now, packet);
        self.pump(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.association.handle_timeout(now);
        self.pump(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<()> {
        if self.finished {
            return None;
        }
        let sent = self.association.poll_transmit(now, out);
        self.pump(now);
        sent
    }

    fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        if let Event::Message { data, .. } = &event {
            self.association
                .release(data.len().saturating_add(MESSAGE_OVERHEAD));
        }
        self.finished |= matches!(event, Event::Closed { .. });
        Some(event)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.association.poll_timeout()
    }
}

/// More events than one packet can cause: a message for every few bytes, and a reset of every stream.
const EVENTS_OF_A_PACKET: usize = 1 << 17;

fn id_of(slot: usize, serial: u32) -> ChannelId {
    ChannelId {
        slot: u32::try_from(slot).unwrap_or(u32::MAX),
        serial,
    }
}
