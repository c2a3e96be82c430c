//! What a peer tells its owner.

use core::fmt;

use bytes::Bytes;
use strata_core::Path;
use strata_ice::RestartReason;
use strata_rtp::Packet;
use strata_sctp::{ChannelId, MessageKind};

use crate::{MediaKind, Mid, TransceiverId};

/// What the application must know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The connection as a whole is in another state.
    ConnectionStateChanged(ConnectionState),
    /// ICE is in another state.
    IceStateChanged(strata_ice::State),
    /// Everything is sent on this path from now on: the other side has answered on it. To be told to
    /// [`Demux::note_selected`](crate::Demux::note_selected), where there is one.
    SelectedPath(Path),
    /// Only another exchange of descriptions can help, after [`Peer::restart_ice`](crate::Peer::restart_ice) on either
    /// side. What works meanwhile goes on.
    RestartAdvised {
        /// What has happened.
        reason: RestartReason,
    },
    /// A local candidate that is in no description yet, to be told to the other side.
    LocalCandidate {
        /// The section it belongs to: the first of the bundle.
        mid: Mid,
        /// `candidate:...`, with the `ufrag` of its session of ICE; empty after the last one.
        line: String,
    },
    /// The other side will send media in this section, from the description just set.
    TrackAdded {
        /// The section.
        mid: Mid,
        /// What it carries.
        kind: MediaKind,
        /// Its transceiver.
        transceiver: TransceiverId,
    },
    /// The other side will send no media in this section any more, from the description just set: it
    /// has changed the direction, or rejected or stopped the section; or our answer does not want it, or
    /// the offer that brought it is taken back.
    TrackRemoved {
        /// The section.
        mid: Mid,
        /// Its transceiver.
        transceiver: TransceiverId,
    },
    /// An RTP packet arrived.
    MediaPacket {
        /// The section it belongs to.
        mid: Mid,
        /// The packet.
        packet: RtpPacket,
    },
    /// A compound (or reduced-size, RFC 5506) RTCP packet arrived.
    Rtcp {
        /// Its plain bytes; [`strata_rtp::rtcp`] reads them.
        packet: Bytes,
    },
    /// The other side cannot go on without a key frame of what we send in this section (PLI, RFC 4585
    /// §6.3.1, or FIR, RFC 5104 §4.3.1). Told besides [`Rtcp`](Self::Rtcp).
    KeyframeRequested {
        /// The section.
        mid: Mid,
    },
    /// A data channel is open.
    ChannelOpened {
        /// The channel.
        id: ChannelId,
        /// Its label.
        label: String,
        /// Whether the other side opened it.
        incoming: bool,
    },
    /// A message arrived on a data channel.
    ChannelMessage {
        /// The channel.
        id: ChannelId,
        /// Text or binary.
        kind: MessageKind,
        /// Its bytes.
        data: Bytes,
    },
    /// A channel's `buffered_amount` fell to its threshold.
    ChannelBufferedAmountLow {
        /// The channel.
        id: ChannelId,
    },
    /// A data channel is gone. Its id is dead.
    ChannelClosed {
        /// The channel.
        id: ChannelId,
    },
    /// The DTLS key has sealed nine tenths of the records it may seal. DTLS 1.2 cannot change keys: who has more to
    /// say makes another peer; at the limit this one closes.
    KeyRunsOut {
        /// How many records have been sealed.
        sealed: u64,
        /// How many may be.
        limit: u64,
    },
    /// It is over. The last event.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

/// An RTP packet that arrived: decrypted and whole, header included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpPacket {
    bytes: Bytes,
    repair: bool,
}

impl RtpPacket {
    /// A packet that [`Packet::parse`] has accepted.
    pub(crate) const fn new(bytes: Bytes, repair: bool) -> Self {
        Self { bytes, repair }
    }

    /// The whole plain packet. Cheap to clone; a piece of
    /// [`Limits::arena_bytes`](crate::Limits::arena_bytes) stays allocated as long as one of its packets
    /// is held.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The packet's fields.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "`new` is given what `Packet::parse` has accepted, and the bytes never change"
    )]
    pub fn view(&self) -> Packet<'_> {
        Packet::parse(&self.bytes).expect("packets are parsed when they arrive")
    }

    /// The payload alone, sharing the packet's memory.
    pub fn payload(&self) -> Bytes {
        self.bytes.slice_ref(self.view().payload())
    }

    /// Whether it is a retransmission in its own stream (RFC 4588).
    pub const fn is_repair(&self) -> bool {
        self.repair
    }
}

/// How far a peer is: ICE and DTLS together (W3C `RTCPeerConnectionState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionState {
    /// Descriptions are not exchanged yet. How long to wait for them only the application knows, which carries
    /// them: nothing ends this state but [`Peer::close`](crate::Peer::close).
    #[default]
    New,
    /// ICE looks for a path, or DTLS shakes hands.
    Connecting,
    /// Data and media can flow.
    Connected,
    /// The path does not answer; it may recover.
    Disconnected,
    /// There is no path, or the other side is not who its description says. In the latter case [`Event::Closed`]
    /// follows. In the former the peer stays open, unless [`Config`](crate::Config) says otherwise: another path, which
    /// an ICE restart may find, leads on from here.
    Failed,
    /// Closed by either side.
    Closed,
}

impl ConnectionState {
    /// The word for it in W3C's `RTCPeerConnectionState`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a peer is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// [`Peer::close`](crate::Peer::close).
    #[error("closed by the application")]
    Local,
    /// The other side closed DTLS (`close_notify`).
    #[error("closed by the other side")]
    Remote,
    /// ICE found no path, or the other side's consent (RFC 7675) has ended, for as long as
    /// [`Config::close_after_failed`](crate::Config::close_after_failed) says.
    #[error("the other side cannot be reached, or does not want to be")]
    IceFailed,
    /// The DTLS association failed, or did not come about within [`Config::handshake_timeout`](crate::Config).
    #[error("DTLS: {0}")]
    Dtls(strata_dtls::CloseReason),
    /// The SCTP association ended, or did not come about within [`Config::handshake_timeout`](crate::Config), and
    /// there was nothing but data channels.
    #[error("SCTP: {0}")]
    Sctp(strata_sctp::CloseReason),
    /// The other side negotiated no SRTP profile though media is in the session.
    #[error("no SRTP profile was negotiated")]
    NoSrtpProfile,
}
