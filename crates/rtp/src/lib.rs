//! RTP and RTCP packets and header extensions (RFC 3550, RFC 8285), read where they lie and written into
//! the caller's buffer.
//!
//! Parsing checks a packet once and allocates nothing; fields, extensions, report blocks and feedback
//! entries are decoded when they are asked for. Writing appends. There is no state and no clock here:
//! jitter buffers, report schedules and bandwidth estimation belong to whoever has a session.
//!
//! | module        | what is there                                                                   |
//! |---------------|---------------------------------------------------------------------------------|
//! | `ids`         | [`Ssrc`], [`SequenceNumber`], [`Timestamp`], [`PayloadType`]                     |
//! | `items`       | [`Items`]: lists of [`WireItem`]s, received or about to be sent                  |
//! | `packet`      | [`Packet`] to read, [`Header`] to write, [`PacketMut`] to rewrite in place       |
//! | [`extension`] | header extension elements of both forms, and typed values                        |
//! | [`rtcp`]      | [`rtcp::Compound`] and every RTCP packet; [`is_rtcp`] to tell RTP from RTCP      |
//!
//! | specification                                   | where                  | state                |
//! |-------------------------------------------------|------------------------|----------------------|
//! | RFC 3550 §5.1, §5.3.1 RTP packets               | `packet`               | done                 |
//! | RFC 3550 §6.4 SR, RR                            | `rtcp::report`         | done                 |
//! | RFC 3550 §6.5, §6.6, §6.7 SDES, BYE, APP        | `rtcp::{sdes,bye,app}` | done                 |
//! | RFC 3550 §A.2 what is bad in a compound         | `rtcp`                 | done                 |
//! | RFC 3550 §6.2, §6.3 transmission rules, §A.3    | -                      | not                  |
//! | RFC 8285 §4 header extensions                   | `extension`            | done                 |
//! | RFC 9143 §15, RFC 8852 §3 mid, rid, repaired rid| `extension::typed`     | done                 |
//! | RFC 6464, RFC 5450 audio level, send offset     | `extension::typed`     | done                 |
//! | abs-send-time, 3GPP video orientation           | `extension::typed`     | done                 |
//! | RFC 4585 §6 NACK, PLI                           | `rtcp::{nack,feedback}`| done; SLI, RPSI raw  |
//! | RFC 5104 §4.3.1 FIR                             | `rtcp::fir`            | done; TMMBR raw      |
//! | RFC 5506 reduced-size RTCP                      | `rtcp`                 | done                 |
//! | RFC 5761 §4 RTP and RTCP on one port            | [`is_rtcp`]            | done                 |
//! | draft-alvestrand-rmcat-remb-03                  | `rtcp::remb`           | done                 |
//! | draft-holmer-rmcat-transport-wide-cc-ext...-01  | `rtcp::twcc`           | done                 |
//! | RFC 3611 XR, RFC 8888                           | `rtcp::Unknown`        | preserved raw        |
//! | payload formats                                 | -                      | not                  |
//!
//! RTP's `Packet`, `ParseError` and `WriteError` are here, those of RTCP in [`rtcp`]: import that as a module.
//!
//! The crate is `no_std` with `alloc`; the default feature `std` only passes through to its dependencies.
//!
//! # An echo with a new stream identifier
//!
//! ```
//! use strata_rtp::extension::{AudioLevel, ExtensionForm, ExtensionId};
//! use strata_rtp::{Header, Items, Packet, PacketMut, PayloadType, SequenceNumber, Ssrc, Timestamp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let level_id = ExtensionId::new(1).ok_or("0 is padding")?;
//! let header = Header {
//!     marker: true,
//!     payload_type: PayloadType::try_from(111)?,
//!     sequence_number: SequenceNumber::new(7),
//!     timestamp: Timestamp::new(960),
//!     ssrc: Ssrc::new(0x1234_5678),
//!     csrcs: Items::default(),
//! };
//! let mut out = Vec::new();
//! header.write_with(&mut out, ExtensionForm::OneByte, |elements| {
//!     elements.push(level_id, &AudioLevel::new(true, 30).expect("at most 127"))
//! })?;
//! out.extend_from_slice(b"opus");
//!
//! PacketMut::parse(&mut out)?.set_ssrc(Ssrc::new(42));
//!
//! let packet = Packet::parse(&out)?;
//! assert_eq!(packet.ssrc(), Ssrc::new(42));
//! assert_eq!(packet.payload(), b"opus");
//! let level = packet.extension::<AudioLevel>(level_id).ok_or("no level")?;
//! assert_eq!(level.level(), 30);
//! # Ok(())
//! # }
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod extension;
mod ids;
mod items;
mod packet;
pub mod rtcp;

pub use ids::{PayloadType, PayloadTypeError, SequenceNumber, Ssrc, Timestamp};
pub use items::{Items, ItemsIter, WireItem};
pub use packet::{Header, Packet, PacketMut, ParseError, WriteError, write_padding};
pub use rtcp::is_rtcp;
