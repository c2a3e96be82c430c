//! What an association can be told, with its defaults and their reasons.

use core::time::Duration;

/// Parameters and limits of an [`Association`](crate::Association).
///
/// [`Config::default`] is right for data channels over DTLS over UDP; every value out of range is
/// brought into range by [`Association::new`](crate::Association::new), as the fields say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Our port; 5000, as `a=sctp-port` says in every known SDP (RFC 8841 §5).
    pub local_port: u16,
    /// The peer's port; 5000.
    pub remote_port: u16,
    /// Size of the largest SCTP packet, common header included, rounded down to a multiple of 4 and
    /// at least 256. 1160: 1200 bytes of UDP payload (what every path is known to carry, RFC 8831 §5)
    /// without the 37 bytes of a DTLS 1.2 AES-GCM record, the largest there is, rounded down.
    pub max_packet_size: usize,
    /// Streams in each direction; 65535, so that every channel id is legal (RFC 8831 §6.2).
    pub streams: u16,
    /// The largest message accepted from the peer; 262144 bytes, what browsers announce in
    /// `a=max-message-size`. At most [`Limits::receive_buffer`].
    pub max_message_size: usize,
    /// The largest message the peer accepts, from its `a=max-message-size`; 262144 bytes.
    pub remote_max_message_size: usize,
    /// Whether a message on a stream without a channel opens one there: nameless, reliable and ordered,
    /// as if it had been negotiated. For a side that cannot know which channels the other has
    /// negotiated, such as an echo. `false`: the message waits for a channel
    /// ([`Limits::unclaimed`]).
    pub implicit_channels: bool,
    /// How losses are answered.
    pub congestion: CongestionControl,
    /// What may be held in memory.
    pub limits: Limits,
    /// Timer values.
    pub timing: Timing,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            local_port: 5000,
            remote_port: 5000,
            max_packet_size: 1160,
            streams: 65535,
            max_message_size: 262_144,
            remote_max_message_size: 262_144,
            implicit_channels: false,
            congestion: CongestionControl::default(),
            limits: Limits::default(),
            timing: Timing::default(),
        }
    }
}

/// How the congestion window answers a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CongestionControl {
    /// The window falls to what the path was measured to carry: delivery rate times the smallest
    /// round-trip time, at least half of what it was (Westwood+; the rate is the largest of eight round
    /// trips). Random loss then costs little, congestion as much as with [`NewReno`](Self::NewReno). The
    /// default.
    #[default]
    Westwood,
    /// The window falls to half (RFC 9260 §7.2.3, to the letter).
    NewReno,
}

/// What may be held in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of messages that were sent but not yet acknowledged, over all streams; 8 MiB, some 0.6 s
    /// at 100 Mbit/s. Each message counts 64 bytes more than its length. A full buffer refuses
    /// messages ([`SendError::BufferFull`](crate::SendError)).
    pub send_buffer: usize,
    /// Bytes of received messages that are incomplete, out of order, or not yet taken by
    /// `poll_event`; 4 MiB: six times the bandwidth-delay product of 100 Mbit/s and 50 ms. This is the
    /// window that the peer is told. What waits behind a gap counts the blocks of 128 bytes it lies in, 120 of them
    /// its own, and 64 more. An eighth of this may be kept, uncounted, for what will wait next, and an eighth for
    /// what will be delivered at once when a gap closes, until the association has been quiet for one or two
    /// heartbeat intervals.
    pub receive_buffer: usize,
    /// Data channels that exist at once, opened by either side; 4096. The peer's further
    /// `DATA_CHANNEL_OPEN`s are answered with a stream reset.
    pub channels: usize,
    /// Bytes of the labels and protocols of the channels that the peer has opened, all together; 4 MiB, a
    /// kilobyte for each of 4096. One alone may have 128 KiB. Further `DATA_CHANNEL_OPEN`s are answered
    /// with a stream reset.
    pub channel_names: usize,
    /// Bytes of received messages on streams without a channel, kept until one is opened there; 65536.
    /// Both sides open a negotiated channel for themselves, so one may send before the other is ready.
    /// They are part of `receive_buffer`, and at most a quarter of it. What is beyond is dropped.
    pub unclaimed: usize,
    /// Events not yet taken, messages excepted (those are limited by `receive_buffer`); 16384.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            send_buffer: 8 << 20,
            receive_buffer: 4 << 20,
            channels: 4096,
            channel_names: 4 << 20,
            unclaimed: 65_536,
            events: 16_384,
        }
    }
}

/// Timer values (RFC 9260 §16).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// RTO.Initial: 500 ms. RFC 9260 §16 recommends 1 s; ICE and DTLS have measured the path already.
    pub rto_initial: Duration,
    /// RTO.Min: 400 ms, twice the SACK delay of the peer. RFC 9260 §16 recommends 1 s.
    pub rto_min: Duration,
    /// RTO.Max: 60 s.
    pub rto_max: Duration,
    /// SACK delay: 200 ms (RFC 9260 §6.2).
    pub sack_delay: Duration,
    /// HB.interval: 30 s, to which the RTO and jitter are added (RFC 9260 §8.3).
    pub heartbeat_interval: Duration,
    /// Association.Max.Retrans: 10 timeouts in a row close the association (RFC 9260 §8.1).
    pub max_retransmissions: u32,
    /// Max.Init.Retransmits: 8.
    pub max_init_retransmissions: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            rto_initial: Duration::from_millis(500),
            rto_min: Duration::from_millis(400),
            rto_max: Duration::from_secs(60),
            sack_delay: Duration::from_millis(200),
            heartbeat_interval: Duration::from_secs(30),
            max_retransmissions: 10,
            max_init_retransmissions: 8,
        }
    }
}

impl Config {
    /// The largest message that an association accepts with these values: what to say in
    /// `a=max-message-size` (RFC 8841 §6). Not more than the receive buffer holds.
    #[must_use]
    pub fn accepted_message_size(&self) -> usize {
        self.clone().sanitized().max_message_size
    }

    /// The same with every value in its range.
    pub(crate) fn sanitized(mut self) -> Self {
        self.max_packet_size = self.max_packet_size.clamp(256, 65_532) & !3;
        self.streams = self.streams.max(1);
        self.limits.receive_buffer = self.limits.receive_buffer.clamp(2048, 1 << 30);
        self.max_message_size = self.max_message_size.clamp(1, self.limits.receive_buffer);
        self.remote_max_message_size = self.remote_max_message_size.max(1);
        self.limits.events = self.limits.events.max(16);
        self.timing.rto_min = self.timing.rto_min.max(Duration::from_millis(1));
        self.timing.rto_max = self.timing.rto_max.max(self.timing.rto_min);
        self
    }
}
