//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      base sequence number     |      packet status count      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                 reference time                | fb pkt. count |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  packet chunks (16 bits each) ...  receive deltas (8 or 16 bits each) ...  zero padding
//! ```

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::{Reader, Truncated};

use super::{FORMAT_TWCC, ParseError, Raw, TRANSPORT_FEEDBACK, WriteError, feedback, write};
use crate::{SequenceNumber, Ssrc};

mod builder;
mod chunk;

pub use builder::{TwccBuilder, TwccError};
use chunk::{Chunk, Symbol};

/// Which packets of a transport arrived, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01).
///
/// [`TwccBuilder`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twcc<'a> {
    /// Who reports.
    pub sender: Ssrc,
    /// One of the streams that are reported on.
    pub media: Ssrc,
    /// The transport-wide number of the first packet.
    pub base: SequenceNumber,
    /// How many packets it reports on.
    pub status_count: u16,
    /// What the first delta is relative to, in 64 ms, 24 bits signed.
    pub reference_time: i32,
    /// One more for each feedback packet.
    pub feedback_count: u8,
    /// 16 bits each; they cover at least `status_count` packets.
    chunks: &'a [u8],
    /// As many bytes as the chunks' symbols announce.
    deltas: &'a [u8],
}

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketStatus {
    /// It has not arrived, or not yet.
    NotReceived,
    /// It arrived so much after the one before it, or after the reference time if it is the first.
    Received {
        /// In 250 µs.
        delta: i16,
    },
    /// It arrived, but there is no saying when (the reserved symbol 3).
    ReceivedWithoutDelta,
}

impl<'a> Twcc<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        let (sender, media) = feedback::ssrcs(&mut reader)?;
        let base = SequenceNumber::new(reader.u16()?);
        let status_count = reader.u16()?;
        let [a, b, c, feedback_count] = reader.take_array()?;
        let behind = reader.peek();
        let delta_bytes = check_chunks(&mut reader, status_count)?;
        let chunk_bytes = behind.len() - reader.remaining();
        let deltas = reader.take(delta_bytes)?;
        // Zero padding fills the last word.
        if reader.remaining() >= 4 {
            return Err(ParseError::Excess(reader.remaining()));
        }
        Ok(Self {
            sender,
            media,
            base,
            status_count,
            // In the upper 24 bits, so that the arithmetic shift extends the sign.
            reference_time: i32::from_be_bytes([a, b, c, 0]) >> 8,
            feedback_count,
            chunks: behind.get(..chunk_bytes).unwrap_or_default(),
            deltas,
        })
    }

    /// What became of each packet, in the order of their numbers.
    ///
    /// There are [`status_count`](Self::status_count) of them, at most 65,535, however small the
    /// feedback packet is: a run of lost packets takes two bytes.
    #[must_use]
    pub fn packets(&self) -> TwccPackets<'a> {
        TwccPackets {
            next: self.base,
            remaining: self.status_count,
            chunk: Chunk::default(),
            chunks: Reader::new(self.chunks),
            deltas: Reader::new(self.deltas),
        }
    }

    /// The packets that arrived and when: microseconds on the reporter's clock, which wraps around
    /// with the reference time every 2^24 * 64 ms.
    pub fn arrivals(&self) -> impl Iterator<Item = (SequenceNumber, i64)> + use<'a> {
        let mut ticks = i64::from(self.reference_time) * TICKS_PER_REFERENCE;
        self.packets()
            .filter_map(move |(number, status)| match status {
                PacketStatus::Received { delta } => {
                    ticks += i64::from(delta);
                    Some((number, ticks * MICROS_PER_TICK))
                }
                PacketStatus::NotReceived | PacketStatus::ReceivedWithoutDelta => None,
            })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// None for what was parsed.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        feedback::packet(
            out,
            (TRANSPORT_FEEDBACK, FORMAT_TWCC),
            (self.sender, self.media),
            |out| {
                let start = out.len();
                out.put_u16(self.base.get());
                out.put_u16(self.status_count);
                let [_, low @ ..] = self.reference_time.to_be_bytes();
                out.put_slice(&low);
                out.put_u8(self.feedback_count);
                out.put_slice(self.chunks);
                out.put_slice(self.deltas);
                write::pad_to_words(out, start);
                Ok(())
            },
        )
    }
}

/// Takes the chunks for `status_count` packets and counts the bytes of their deltas.
fn check_chunks(reader: &mut Reader<'_>, status_count: u16) -> Result<usize, Truncated> {
    let mut remaining = status_count;
    let mut delta_bytes = 0;
    while remaining > 0 {
        let chunk = Chunk::from_bits(reader.u16()?);
        delta_bytes += chunk.delta_bytes(remaining);
        // A run of length 0 is legal and covers nothing; two bytes of input are gone all the same.
        remaining = remaining.saturating_sub(chunk.len());
    }
    Ok(delta_bytes)
}

/// Iterator over the packets of a [`Twcc`].
#[derive(Clone, Debug)]
pub struct TwccPackets<'a> {
    next: SequenceNumber,
    remaining: u16,
    chunk: Chunk,
    chunks: Reader<'a>,
    deltas: Reader<'a>,
}

impl Iterator for TwccPackets<'_> {
    type Item = (SequenceNumber, PacketStatus);

    fn next(&mut self) -> Option<Self::Item> {
        self.remaining = self.remaining.checked_sub(1)?;
        let symbol = loop {
            if let Some(symbol) = self.chunk.next() {
                break symbol;
            }
            self.chunk = Chunk::from_bits(self.chunks.u16().ok()?);
        };
        let status = match symbol {
            Symbol::NotReceived => PacketStatus::NotReceived,
            Symbol::SmallDelta => PacketStatus::Received {
                delta: i16::from(self.deltas.u8().ok()?),
            },
            Symbol::LargeDelta => PacketStatus::Received {
                delta: self.deltas.u16().ok()?.cast_signed(),
            },
            Symbol::Reserved => PacketStatus::ReceivedWithoutDelta,
        };
        let number = self.next;
        self.next = number.next();
        Some((number, status))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let remaining = usize::from(self.remaining);
        (remaining, Some(remaining))
    }
}

impl ExactSizeIterator for TwccPackets<'_> {}

/// The reference time counts 64 ms, deltas count 250 µs.
const TICKS_PER_REFERENCE: i64 = 256;
const MICROS_PER_TICK: i64 = 250;
