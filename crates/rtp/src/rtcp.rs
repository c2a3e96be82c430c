//! RTCP packets, compound and alone (RFC 3550 §6, RFC 5506), and the feedback messages.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P|  count  |  packet type  |       length in words - 1     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Reading: [`Compound::parse`] checks the framing of all packets in a datagram, and its iterator gives
//! each as a [`Packet`]. Writing: every packet type has `write`, which appends it; one after the other
//! they make a compound packet.

use alloc::vec::Vec;
use core::fmt;

use strata_core::wire::{Reader, Truncated};

mod app;
mod bye;
mod feedback;
mod fir;
mod nack;
mod remb;
mod report;
mod sdes;
#[cfg(test)]
mod tests;
mod twcc;
mod unknown;
mod write;

pub use app::App;
pub use bye::Bye;
pub use feedback::Pli;
pub use fir::{Fir, FirEntry};
pub use nack::{Nack, NackEntry, NackSequenceNumbers, NackWriter};
pub use remb::Remb;
pub use report::{NtpTimestamp, ReceiverReport, ReportBlock, SenderReport};
pub use sdes::{SdesChunk, SdesChunks, SdesItem, SdesItems, SourceDescription};
pub use twcc::{PacketStatus, Twcc, TwccBuilder, TwccError, TwccPackets};
pub use unknown::Unknown;
pub use write::WriteError;

/// The RTCP packets of one datagram.
///
/// ```
/// use strata_rtp::Ssrc;
/// use strata_rtp::rtcp::{Compound, Packet, Pli};
///
/// let pli = Pli { sender: Ssrc::new(1), media: Ssrc::new(2) };
/// let mut datagram = vec![0x81, 206, 0, 1, 0, 0, 0, 1]; // a PLI that names nobody
/// pli.write(&mut datagram)?;
///
/// let packets: Vec<_> = Compound::parse(&datagram)?.iter().collect();
/// assert!(packets[0].is_err());
/// assert_eq!(packets[1], Ok(Packet::Pli(pli)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Compound<'a> {
    bytes: &'a [u8],
}

/// One RTCP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packet<'a> {
    /// SR, type 200.
    SenderReport(SenderReport<'a>),
    /// RR, type 201.
    ReceiverReport(ReceiverReport<'a>),
    /// SDES, type 202.
    SourceDescription(SourceDescription<'a>),
    /// BYE, type 203.
    Bye(Bye<'a>),
    /// APP, type 204.
    App(App<'a>),
    /// Generic NACK, type 205 format 1.
    Nack(Nack<'a>),
    /// Transport-wide congestion control feedback, type 205 format 15.
    Twcc(Twcc<'a>),
    /// Picture loss indication, type 206 format 1.
    Pli(Pli),
    /// Full intra request, type 206 format 4.
    Fir(Fir<'a>),
    /// Receiver estimated maximum bitrate, type 206 format 15.
    Remb(Remb<'a>),
    /// Everything else (XR, RFC 8888, ...), as it came.
    Unknown(Unknown<'a>),
}

/// Why bytes are not RTCP, or a packet among them is not what its type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// A length or count announces more than there is.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// The version is not 2.
    #[error("RTCP version {0}, not 2")]
    Version(u8),
    /// The packet type is none of RTCP's 192 to 223 (RFC 5761 §4).
    #[error("packet type {0} is not RTCP")]
    PacketType(u8),
    /// The padding count is zero, not whole words, or more than there is.
    #[error("{count} bytes of padding in {available} bytes behind the header")]
    Padding {
        /// What the last byte says.
        count: u8,
        /// How many bytes there are behind the header.
        available: usize,
    },
    /// A packet that is not the last of its compound has padding (RFC 3550 §6.4.1). Transport-wide
    /// feedback is excepted.
    #[error("padding in the middle of a compound packet")]
    PaddingInTheMiddle,
    /// A list that must not be empty is.
    #[error("nothing is listed where something must be")]
    Empty,
    /// Bytes are left over that the packet's counts do not explain.
    #[error("{0} bytes left over")]
    Excess(usize),
    /// A bitrate does not fit 64 bits.
    #[error("bitrate {mantissa} * 2^{exponent} is too large")]
    Bitrate {
        /// The mantissa, 18 bits.
        mantissa: u32,
        /// The exponent, 6 bits.
        exponent: u8,
    },
}

/// Whether a packet on a port that RTP and RTCP share is RTCP (RFC 5761 §4): version 2, and a second
/// byte of 192 to 223.
///
/// Both kinds have a first byte of 128 to 191 (RFC 7983 §7); anything else is answered `false`.
///
/// ```
/// assert!(strata_rtp::is_rtcp(&[0x80, 200, 0, 6]));
/// assert!(!strata_rtp::is_rtcp(&[0x80, 96, 0, 6]));
/// ```
#[inline]
pub const fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [128..=191, 192..=223, ..])
}

impl<'a> Compound<'a> {
    /// Checks that `bytes` begin with an RTCP packet: its version, type and length.
    ///
    /// Any packet may come first: RFC 3550 §6.1 wants a report there, RFC 5506 §3 lifts that;
    /// [`is_reduced_size`](Self::is_reduced_size) tells.
    ///
    /// # Errors
    /// See [`ParseError`]. What is inside the packets, and what comes behind the first, is checked by the
    /// iterator: one bad packet does not cost the good ones.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        match Raw::parse(&mut Reader::new(bytes)) {
            Ok(_) | Err(ParseError::Padding { .. }) => Ok(Self { bytes }),
            Err(error) => Err(error),
        }
    }

    /// Checks all packets.
    ///
    /// # Errors
    /// The first that the iterator answers.
    pub fn validate(&self) -> Result<(), ParseError> {
        self.iter().try_for_each(|packet| packet.map(|_| ()))
    }

    /// The packets in order. One that is malformed inside is an error; the ones behind it still come. Behind one
    /// whose header or length is wrong nobody knows where the next begins: that error is the last.
    #[must_use]
    pub const fn iter(&self) -> CompoundIter<'a> {
        CompoundIter {
            reader: Reader::new(self.bytes),
        }
    }

    /// Whether the first packet is neither a sender nor a receiver report (RFC 5506).
    pub fn is_reduced_size(&self) -> bool {
        !matches!(self.bytes.get(1), Some(&(SENDER_REPORT | RECEIVER_REPORT)))
    }

    /// The whole datagram.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl<'a> IntoIterator for Compound<'a> {
    type Item = Result<Packet<'a>, ParseError>;
    type IntoIter = CompoundIter<'a>;

    fn into_iter(self) -> CompoundIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Compound<'a> {
    type Item = Result<Packet<'a>, ParseError>;
    type IntoIter = CompoundIter<'a>;

    fn into_iter(self) -> CompoundIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Compound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Iterator over the packets of a [`Compound`].
#[derive(Clone, Debug)]
pub struct CompoundIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for CompoundIter<'a> {
    type Item = Result<Packet<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let raw = match Raw::parse(&mut self.reader) {
            Ok(raw) => raw,
            Err(error) => {
                // RFC 3550 §A.2: the lengths of all packets must add up to that of the compound.
                if !matches!(error, ParseError::Padding { .. }) {
                    self.reader.all();
                }
                return Some(Err(error));
            }
        };
        // RFC 3550 §6.4.1: "padding MUST only be added to the last individual packet".
        if raw.has_padding && !raw.is_twcc() && !self.reader.is_empty() {
            return Some(Err(ParseError::PaddingInTheMiddle));
        }
        Some(Packet::from_raw(&raw))
    }
}

impl<'a> Packet<'a> {
    fn from_raw(raw: &Raw<'a>) -> Result<Self, ParseError> {
        match (raw.packet_type, raw.count) {
            (SENDER_REPORT, _) => SenderReport::parse(raw).map(Self::SenderReport),
            (RECEIVER_REPORT, _) => ReceiverReport::parse(raw).map(Self::ReceiverReport),
            (SOURCE_DESCRIPTION, _) => SourceDescription::parse(raw).map(Self::SourceDescription),
            (BYE, _) => Bye::parse(raw).map(Self::Bye),
            (APP, _) => App::parse(raw).map(Self::App),
            (TRANSPORT_FEEDBACK, FORMAT_NACK) => Nack::parse(raw).map(Self::Nack),
            (TRANSPORT_FEEDBACK, FORMAT_TWCC) => Twcc::parse(raw).map(Self::Twcc),
            (PAYLOAD_FEEDBACK, FORMAT_PLI) => Pli::parse(raw).map(Self::Pli),
            (PAYLOAD_FEEDBACK, FORMAT_FIR) => Fir::parse(raw).map(Self::Fir),
            (PAYLOAD_FEEDBACK, FORMAT_APPLICATION) if Remb::is_remb(raw.body) => {
                Remb::parse(raw).map(Self::Remb)
            }
            _ => Ok(Self::Unknown(Unknown::new(raw))),
        }
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// See [`WriteError`]; what was parsed can always be written.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        match self {
            Self::SenderReport(packet) => packet.write(out),
            Self::ReceiverReport(packet) => packet.write(out),
            Self::SourceDescription(packet) => packet.write(out),
            Self::Bye(packet) => packet.write(out),
            Self::App(packet) => packet.write(out),
            Self::Nack(packet) => packet.write(out),
            Self::Twcc(packet) => packet.write(out),
            Self::Pli(packet) => packet.write(out),
            Self::Fir(packet) => packet.write(out),
            Self::Remb(packet) => packet.write(out),
            Self::Unknown(packet) => packet.write(out),
        }
    }
}

/// One packet whose framing is checked.
#[derive(Clone, Copy, Debug)]
struct Raw<'a> {
    /// Reception report count, source count, subtype or feedback message type: five bits.
    count: u8,
    packet_type: u8,
    has_padding: bool,
    /// Behind the header, without padding.
    body: &'a [u8],
}

impl<'a> Raw<'a> {
    fn parse(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let [first, packet_type] = reader.take_array()?;
        if first >> 6 != 2 {
            return Err(ParseError::Version(first >> 6));
        }
        if !matches!(packet_type, 192..=223) {
            return Err(ParseError::PacketType(packet_type));
        }
        // RFC 3550 §6.4.1: the length counts 32-bit words, minus the one that is the header.
        let words = reader.u16()?;
        let body = reader.take(4 * usize::from(words))?;
        let has_padding = first & 0x20 != 0;
        Ok(Self {
            count: first & 0x1f,
            packet_type,
            has_padding,
            body: if has_padding {
                unpadded(body, !is_twcc(packet_type, first & 0x1f))?
            } else {
                body
            },
        })
    }

    const fn is_twcc(&self) -> bool {
        is_twcc(self.packet_type, self.count)
    }
}

/// Transport-wide feedback breaks the rules of padding (RFC 3550 §6.4.1: whole words, and in the last
/// packet only): libwebrtc fills up its last word with one to three bytes of it, and sends several such
/// packets in one datagram.
const fn is_twcc(packet_type: u8, format: u8) -> bool {
    matches!((packet_type, format), (TRANSPORT_FEEDBACK, FORMAT_TWCC))
}

/// RFC 3550 §6.4.1: the last octet counts the padding, itself included.
fn unpadded(body: &[u8], in_words: bool) -> Result<&[u8], ParseError> {
    let count = body.last().copied().unwrap_or(0);
    body.len()
        .checked_sub(usize::from(count))
        .filter(|_| count != 0 && (count % 4 == 0 || !in_words))
        .and_then(|end| body.get(..end))
        .ok_or(ParseError::Padding {
            count,
            available: body.len(),
        })
}

/// That nothing is left over.
const fn finished(reader: &Reader<'_>) -> Result<(), ParseError> {
    if reader.is_empty() {
        Ok(())
    } else {
        Err(ParseError::Excess(reader.remaining()))
    }
}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
const APP: u8 = 204;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const FORMAT_NACK: u8 = 1;
const FORMAT_TWCC: u8 = 15;
const FORMAT_PLI: u8 = 1;
const FORMAT_FIR: u8 = 4;
const FORMAT_APPLICATION: u8 = 15;
