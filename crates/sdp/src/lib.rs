//! Session descriptions (RFC 8866) with the WebRTC attributes: text in, text out, lossless.
//!
//! A [`Session`] keeps every line as it was written, in its place, whether it is understood or not, so
//! that `write(parse(x)) == x` for everything that is accepted. What is understood is reached by type:
//! `session.attributes.get::<Group>()`, `media.attributes.all::<Candidate>()`. A typed value that is
//! pushed becomes a canonical line; a line that cannot be read is an error of its own, with the field
//! that is wrong, and does not spoil the description around it. Only what makes a description, its `v=`,
//! `o=` and `m=` lines, must be right.
//!
//! The parser is for text that strangers send: it never panics, takes linear time, and reads no more
//! than its [`Limits`] say. Nothing here knows of sockets, time or the other layers; the crate needs
//! only `alloc` (the default feature `std` adds nothing but `std` in its dependencies).
//!
//! ```
//! use strata_sdp::{Candidate, Direction, Group, Media, Mid, Origin, RtpMap, Session, Setup};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // An offer is built ...
//! let mid = Mid::new("0")?;
//! let mut offer = Session::new(Origin::new(4_611_731_400_430_051_336, 1));
//! offer.attributes.push(&Group::bundle(vec![mid.clone()]));
//! offer.media.push(
//!     Media::new("audio", 9, "UDP/TLS/RTP/SAVPF", [111])
//!         .with(&mid)
//!         .with(&Setup::ActPass)
//!         .with(&RtpMap::new(111, "opus", 48_000).with_channels(2)),
//! );
//! let text = offer.to_string();
//!
//! // ... and read. What is not there has the value its RFC gives it.
//! let read = Session::parse(&text)?;
//! let audio = &read.media[0];
//! assert_eq!(read.direction_of(audio), Direction::SendRecv);
//! assert_eq!(audio.codecs()[0].rtpmap.encoding, "opus");
//! assert_eq!(read.to_string(), text);
//!
//! // Candidates are read as browsers trickle them.
//! let candidate: Candidate =
//!     "candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0".parse()?;
//! assert_eq!(candidate.extension("generation"), Some("0"));
//! # Ok(())
//! # }
//! ```
//!
//! | module       | what is there                                                                    |
//! |--------------|----------------------------------------------------------------------------------|
//! | `session`    | [`Session`]: reading, writing, and what holds for the whole session              |
//! | `media`      | [`Media`], [`MediaLine`]                                                         |
//! | `fields`     | the other lines: [`Origin`], [`Connection`], [`Bandwidth`], [`Timing`]           |
//! | `attributes` | [`Attributes`], the trait [`Attribute`], and a type for each attribute below     |
//! | `view`       | what offers and answers ask: [`Codec`]s, bundles, session-level fallback         |
//! | `number`     | [`Number`]: the numbers without a limit                                          |
//! | `line`       | [`Line`], [`LineEnding`]: what is kept of the text                               |
//! | `limits`     | [`Limits`] against hostile input                                                 |
//! | `error`      | [`ParseError`] with line and field, [`AttributeError`], [`FieldError`]           |
//! | `grammar`    | the pieces lines are made of, over nom                                           |
//!
//! | section                      | where                                              | state        |
//! |------------------------------|----------------------------------------------------|--------------|
//! | RFC 8866 §5, §9 lines        | `session/parse.rs`, `fields`, `media`              | done; `i u e p r z k` kept as text |
//! | RFC 8866 §6 attributes       | `description`, `direction`, `rtp`                  | done         |
//! | RFC 8866 §9 ISO 8859-1 text  |                                                    | not: UTF-8 only |
//! | RFC 3264 §6.1 directions     | [`Direction::reversed`]                            | done; offer/answer itself is a layer above |
//! | RFC 3605 `rtcp`              | [`Rtcp`]                                           | done         |
//! | RFC 3890, 3556 bandwidths    | [`BandwidthKind`]                                  | done         |
//! | RFC 4145, 8122, 8842 DTLS    | [`Setup`], [`ConnectionReuse`], [`Fingerprint`], [`TlsId`] | done |
//! | RFC 4574 `label`             | [`Label`]                                          | done         |
//! | RFC 4585 `rtcp-fb`           | [`RtcpFb`]                                         | done         |
//! | RFC 5506, 5761, 8858 RTCP    | [`RtcpRsize`], [`RtcpMux`], [`RtcpMuxOnly`]        | done         |
//! | RFC 5576 sources             | [`Ssrc`], [`SsrcGroup`]                            | done; the attribute inside `ssrc` is text |
//! | RFC 5888, 9143 groups        | [`Mid`], [`Group`], [`BundleOnly`]                 | done         |
//! | RFC 8285 header extensions   | [`ExtMap`], [`ExtmapAllowMixed`]                   | done         |
//! | RFC 8830 `msid`              | [`Msid`], [`MsidSemantic`]                         | done         |
//! | RFC 8839, 6544 ICE           | [`Candidate`], [`RemoteCandidates`], [`IceUfrag`], [`IcePwd`], [`IceOptions`], [`IceLite`], [`IceMismatch`], [`IcePacing`] | done |
//! | RFC 8840 trickle             | [`EndOfCandidates`], [`Fragment`]                  | done; names in lower case only |
//! | RFC 8841 and drafts: SCTP    | [`SctpPort`], [`MaxMessageSize`], [`SctpMap`]      | done         |
//! | RFC 8851, 8853 simulcast     | [`Rid`], [`Simulcast`]                             | done; restrictions are text |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

extern crate alloc;

mod attributes;
mod base64;
mod error;
mod fields;
mod fragment;
mod grammar;
mod limits;
mod line;
mod media;
mod number;
mod session;
mod view;

pub use attributes::{
    Attribute, Attributes, BundleOnly, Candidate, CandidateAddress, CandidateKind,
    CandidateTransport, Category, Charset, ConferenceType, ConnectionReuse, Crypto, CryptoSuite,
    Direction, EndOfCandidates, ExtMap, ExtmapAllowMixed, FecOrder, Feedback, FeedbackTarget,
    FilterMode, Fingerprint, Fmtp, FrameRate, Group, GroupSemantics, HashFunction, IceLite,
    IceMismatch, IceOptions, IcePacing, IcePwd, IceUfrag, InlineKey, KeyMgmt, Keywords, Label,
    Lang, MaxMessageSize, MaxPtime, Mid, Mki, Msid, MsidSemantic, Orientation, Ptime, Quality,
    RemoteCandidate, RemoteCandidates, Rid, RidDirection, Rtcp, RtcpFb, RtcpMux, RtcpMuxOnly,
    RtcpRsize, RtpMap, SctpMap, SctpPort, SdpLang, Setup, Simulcast, SimulcastFormat, SourceFilter,
    SrtpParameter, Ssrc, SsrcGroup, TcpType, TlsId, Tool,
};
pub use error::{AttributeError, FieldError, ParseError, Reason};
pub use fields::{Bandwidth, BandwidthKind, Connection, Origin, Timing};
pub use fragment::Fragment;
pub use limits::Limits;
pub use line::{Line, LineEnding};
pub use media::{Media, MediaLine};
pub use number::Number;
pub use session::Session;
pub use view::{Codec, MAX_CODEC_FEEDBACK};
