//! A WebRTC peer connection without I/O (RFC 9429): what a browser calls `RTCPeerConnection`.
//!
//! [`Peer`] makes and takes session descriptions, finds a path (ICE), secures it (DTLS), and carries RTP
//! and data channels over it. It opens no socket and reads no clock: give it datagrams and the time, send
//! what it writes, take its [`Event`]s. [`Demux`] shares one socket among many peers.
//!
//! | module        | what is there                                                              |
//! |---------------|----------------------------------------------------------------------------|
//! | `peer`        | [`Peer`]: the layers put together, in `input`, `output`, `route`, `closing` |
//! | `jsep`        | the session: `offer`, `answer`, `remote` (reading), `set`, `outcome`, `restart` |
//! | `signaling_state`, `description` | [`SignalingState`], [`Description`]                           |
//! | `transceiver` | [`Transceiver`], [`RemoteSource`]                                          |
//! | `codecs`      | [`Codecs`], [`NegotiatedCodec`]: what is offered, and what two sides share |
//! | `media`       | queues, [`OutgoingRtp`], feedback, routing of received packets             |
//! | `demux`, `config` | [`Demux`]; [`Config`], [`Keeps`], [`Limits`]                           |
//! | `event`, `stats`, `error`, `mid` | [`Event`], [`Stats`], errors, [`Mid`]                   |
//!
//! | section                                    | where                | state                        |
//! |--------------------------------------------|----------------------|------------------------------|
//! | RFC 9429 3.2 signalling states             | `signaling_state`    | done, without `pranswer`     |
//! | 4.1.8, 5.2 offers, first and later         | `jsep/offer`         | done; we stop and recycle no sections |
//! | 4.1.9, 5.3 answers                         | `jsep/answer`        | done; theirs may be stopped and recycled |
//! | 4.1.10.2 rollback                          | `jsep`               | done; explicit, also when offers cross |
//! | 5.5 to 5.11 setting descriptions           | `jsep/set`           | done; all or nothing         |
//! | 5.10 matching of transceivers              | `jsep/set`           | the application's own come first, as `addTrack`'s do |
//! | RFC 9143 BUNDLE; 9.2 routing of packets    | `jsep/remote`, `media/router` | done; one transport, what is not bundled is rejected |
//! | RFC 3264 offer/answer                      | `jsep`, `codecs`     | done; one payload type for both ways |
//! | RFC 8285 header extensions                 | `jsep/remote`        | one-byte; MID (sent), audio level where [`Keeps`] has it |
//! | RFC 8853 simulcast                         |                      | not; answered as one stream  |
//! | RFC 8839, 8840 candidates, trickle         | `peer/candidates`    | done; UDP hosts of our own, all UDP of theirs |
//! | RFC 8445 9 ICE restart                     | `jsep/restart`       | done, from either side       |
//! | RFC 8842 DTLS roles, fingerprints, tls-id  | `jsep/outcome`       | done; a new association takes a new peer |
//! | RFC 8841 SCTP section                      | `peer/data`          | done                         |
//! | RFC 7983, 5761 datagrams; 5764 DTLS-SRTP   | `peer/input`, `peer/security` | done                |
//! | RFC 3550 6.4 SR, RR; transport-wide, 8888  |                      | not sent, not offered; reports received are passed on, BYE (6.2.1) is obeyed |
//! | RFC 4585, 5104 PLI, FIR, NACK; REMB        | `media/feedback`     | offered where [`Keeps`] has it; written (not FIR); PLI and FIR understood |
//! | RFC 4588 retransmission                    | `codecs`, `media/send` | negotiated where [`Keeps`] has it; the application repeats |
//!
//! The feature `fuzzing` is for fuzzers only. It adds `fuzzing::MediaRouter`, the routing of packets without a session
//! around it, and changes nothing else.
//!
//! # A call
//! ```
//! use std::sync::Arc;
//! use strata_core::{Datagram, Endpoint, Instant};
//! use strata_crypto::Certificate;
//! use strata_peer::{ChannelConfig, Config, Event, MessageKind, Peer};
//!
//! let now = Instant::EPOCH;
//! let config = Config::new(Arc::new(Certificate::generate()?));
//! let new = || Peer::new(config.clone(), strata_core::Entropy::system());
//! let (mut alice, mut bob) = (new(), new());
//! alice.add_local_candidate(now, "192.0.2.1:1000".parse()?)?;
//! bob.add_local_candidate(now, "192.0.2.2:2000".parse()?)?;
//!
//! // What signalling carries.
//! alice.open_channel(now, ChannelConfig::new("chat"))?;
//! let offer = alice.create_offer(now)?;
//! alice.set_local_description(now, offer.clone())?;
//! bob.set_remote_description(now, offer)?;
//! let answer = bob.create_answer(now)?;
//! bob.set_local_description(now, answer.clone())?;
//! alice.set_remote_description(now, answer)?;
//!
//! // What the network carries, and what the applications do with it.
//! let mut heard = Vec::new();
//! for step in 0..1000 {
//!     let now = Instant::from_millis(step);
//!     for alices_turn in [true, false] {
//!         let (from, to) = if alices_turn { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
//!         from.handle_timeout(now);
//!         let mut datagram = Vec::new();
//!         while let Some(transmit) = from.poll_transmit(now, &mut datagram) {
//!             to.handle_input(now, Datagram::new(transmit.path.reversed(), &mut datagram));
//!             datagram.clear();
//!         }
//!         while let Some(event) = from.poll_event() {
//!             if let Event::ChannelOpened { id, incoming: false, .. } = event {
//!                 let mut channel = from.channel(id).ok_or("it is open")?;
//!                 channel.send(now, MessageKind::Text, "hello")?;
//!             } else if let Event::ChannelMessage { data, .. } = event {
//!                 heard.push(data);
//!             }
//!         }
//!     }
//! }
//! assert_eq!(heard, ["hello"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use strata_ice::{Credentials, State as IceState};
pub use strata_rtp::{PayloadType, SequenceNumber, Ssrc, Timestamp};
pub use strata_sctp::{Channel, ChannelConfig, ChannelId, ChannelState, MessageKind, Reliability};
pub use strata_sdp::Direction;
pub use transceiver::{RemoteSource, Transceiver, TransceiverId};
