//! A WebRTC peer connection without I/O (RFC 9429).
mod codecs;
mod config;
mod demux;
mod description;
mod error;
mod event;
mod jsep;
mod media;
mod mid;
mod peer;
mod signaling;
mod stats;
mod transceiver;

pub use codecs::{Codec, Codecs, Feedback, MediaKind, NegotiatedCodec};
pub use config::{Config, Limits};
pub use demux::{Demux, DemuxFull, DemuxLimits, DemuxStats};
pub use description::{Description, DescriptionKind};
pub use error::{
    AddCandidateError, DescriptionError, OpenChannelError, SectionProblem, WriteError,
};
pub use event::{CloseReason, ConnectionState, Event, RtpPacket};
pub use media::OutgoingRtp;
pub use mid::{InvalidMid, Mid};
pub use peer::Peer;
pub use signaling::SignalingState;
pub use stats::{Drops, MediaStats, Stats};
pub use strata_ice::{Credentials, State as IceState};
pub use strata_rtp::{PayloadType, SequenceNumber, Ssrc, Timestamp};
pub use strata_sctp::{
    Channel, ChannelConfig, ChannelId, ChannelState, MessageKind, Reliability, StreamId,
};
pub use strata_sdp::Direction;
pub use transceiver::{RemoteSource, Transceiver, TransceiverId};
