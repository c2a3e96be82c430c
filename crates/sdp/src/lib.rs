#![doc = include_str!("../README.md")]
//!
//! # How it is made
//!
//! A [`Session`] keeps every line as it was written, in its place, whether it is understood or not, so
//! that `write(parse(x)) == x` for everything that is accepted. What is understood is reached by type:
//! `session.attributes.get::<Group>()`, `media.attributes.all::<Candidate>()`. A typed value that is
//! pushed becomes a canonical line; a line that cannot be read is an error of its own, with the field
//! that is wrong, and does not spoil the description around it. Only what makes a description, its `v=`,
//! `o=` and `m=` lines, must be right.
//!
//! | module       | what is there                                                                    |
//! |--------------|----------------------------------------------------------------------------------|
//! | `session`    | [`Session`]: reading, writing, bundles, and what holds where media is silent      |
//! | `media`      | [`Media`], [`MediaLine`]: one media description, its keys, where it is sent to   |
//! | `fields`     | the other lines: [`Origin`], [`Connection`], [`Bandwidth`], [`Timing`]           |
//! | `attributes` | [`Attributes`], the trait [`Attribute`], and a type for each attribute below     |
//! | `codec`      | [`Codec`]: what a media description says of a payload type                       |
//! | `fragment`   | [`Fragment`]s, by which candidates are trickled                                  |
//! | `number`     | [`Number`]: the numbers without a limit                                          |
//! | `line`       | [`Line`], [`LineEnding`]: what is kept of the text, whatever its octets          |
//! | `limits`     | [`Limits`] against hostile input                                                 |
//! | `error`      | [`ParseError`] with line and field, [`AttributeError`], [`FieldError`]           |
//! | `grammar`    | the pieces lines are made of, over nom                                           |
//! | `base64`     | how keys are written                                                             |
//!
//! An offer is built, and read:
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
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

extern crate alloc;

mod attributes;
mod base64;
mod codec;
mod error;
mod fields;
mod fragment;
mod grammar;
mod limits;
mod line;
mod media;
mod number;
mod session;
mod written;

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
pub use codec::{Codec, MAX_CODEC_FEEDBACK};
pub use error::{AttributeError, FieldError, ParseError, Reason};
pub use fields::{Bandwidth, BandwidthKind, Connection, Origin, Timing};
pub use fragment::Fragment;
pub use limits::Limits;
pub use line::{Line, LineEnding};
pub use media::{Media, MediaLine};
pub use number::Number;
pub use session::Session;
