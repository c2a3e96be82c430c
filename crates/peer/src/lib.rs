#![doc = include_str!("../README.md")]
//! # Modules
//!
//! | module        | what is there                                                              |
//! |---------------|----------------------------------------------------------------------------|
//! | `peer`        | [`Peer`]: the layers put together. `input` and `output` move datagrams, `route` moves the layers' events, `descriptions` turns what was agreed on into calls of the layers, `closing` ends it, `outage` is about times without a path; `candidates`, `security`, `data` and `media` are the parts |
//! | `jsep`        | the session. `offer` and `answer` make descriptions, `local` writes and `remote` reads them, `set` takes them over, `outcome` is what an exchange means for the layers below, `restart` is about ICE |
//! | `signaling_state`, `description` | [`SignalingState`], [`Description`]                     |
//! | `transceiver` | [`Transceiver`], [`RemoteSource`]                                          |
//! | `codecs`      | [`Codecs`], [`NegotiatedCodec`]: what is offered, and what two sides share |
//! | `media`       | queues of media, [`OutgoingRtp`], feedback, routing of received packets    |
//! | `demux`, `config` | [`Demux`]; [`Config`], [`Keeps`], [`Limits`]                           |
//! | `event`, `stats`, `error`, `mid` | [`Event`], [`Stats`], errors, [`Mid`]                   |
//!
//! The layers below are modules here, for what their types show in turn: [`sdp`], [`ice`], [`dtls`], [`srtp`],
//! [`rtp`], [`sctp`]. How an owner drives a [`Peer`] stands [at `Endpoint`](Endpoint#drive-it).
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

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
mod signaling_state;
mod stats;
mod transceiver;

pub use codecs::{Codec, Codecs, Feedback, MediaKind, NegotiatedCodec};
pub use config::{Config, Keeps, Limits};
pub use demux::{Demux, DemuxFull, DemuxLimits, DemuxStats};
pub use description::{Description, DescriptionKind};
pub use error::{
    AddCandidateError, AddTransceiverError, DescriptionError, OpenChannelError, SectionProblem,
    WriteError,
};
pub use event::{CloseReason, ConnectionState, Event, RtpPacket};
pub use media::OutgoingRtp;
#[cfg(feature = "fuzzing")]
pub use media::fuzzing;
pub use mid::{InvalidMid, Mid};
pub use peer::Peer;
pub use signaling_state::SignalingState;
pub use stats::{Drops, MediaStats, SrtpStats, Stats};
pub use transceiver::{RemoteSource, Transceiver, TransceiverId};

pub use bytes::Bytes;
pub use strata_core::{
    Clock, Datagram, Ecn, Endpoint, Entropy, EntropySource, Instant, Path, Protocol, Transmit,
    earliest,
};
pub use strata_crypto::Certificate;
#[doc(no_inline)]
pub use strata_dtls as dtls;
pub use strata_dtls::SrtpProfile;
#[doc(no_inline)]
pub use strata_ice as ice;
pub use strata_ice::{Closed, Credentials, RestartReason, State as IceState};
#[doc(no_inline)]
pub use strata_rtp as rtp;
pub use strata_rtp::{PayloadType, SequenceNumber, Ssrc, Timestamp};
#[doc(no_inline)]
pub use strata_sctp as sctp;
pub use strata_sctp::{
    Channel, ChannelConfig, ChannelId, ChannelState, MessageKind, Reliability, SendError,
};
#[doc(no_inline)]
pub use strata_sdp as sdp;
pub use strata_sdp::Direction;
#[doc(no_inline)]
pub use strata_srtp as srtp;
