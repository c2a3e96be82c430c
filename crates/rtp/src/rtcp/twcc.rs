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
mod packets;

pub use builder::{TwccBuilder, TwccError};
use chunk::Chunk;
pub use packets::{PacketStatus, TwccPackets};

/// Which packets of a transport arrived, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01).
///
/// [`TwccBuilder`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twcc<'a> {
    sender: Ssrc,
    media: Ssrc,
    base: SequenceNumber,
    status_count: u16,
    reference_time: i32,
    feedback_count: u8,
    /// 16 bits each; they cover at least `status_count` packets.
    chunks: &'a [u8],
    /// As many bytes as the chunks' symbols announce.
    deltas: &'a [u8],
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
        let chunk_bytes = behind.len().saturating_sub(reader.remaining());
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

    /// Who reports.
    pub const fn sender(&self) -> Ssrc {
        self.sender
    }

    /// One of the streams that are reported on.
    pub const fn media(&self) -> Ssrc {
        self.media
    }

    /// The transport-wide number of the first packet.
    pub const fn base(&self) -> SequenceNumber {
        self.base
    }

    /// How many packets it reports on.
    pub const fn status_count(&self) -> u16 {
        self.status_count
    }

    /// What the first delta is relative to, in 64 ms, 24 bits signed.
    pub const fn reference_time(&self) -> i32 {
        self.reference_time
    }

    /// One more for each feedback packet.
    pub const fn feedback_count(&self) -> u8 {
        self.feedback_count
    }

    /// What became of each packet, in the order of their numbers.
    ///
    /// There are [`status_count`](Self::status_count) of them, at most 65,535, however small the
    /// feedback packet is: a run of lost packets takes two bytes. A sender that knows which
    /// packets it has sent asks for those alone: [`packets_within`](Self::packets_within).
    #[must_use]
    pub fn packets(&self) -> TwccPackets<'a> {
        TwccPackets::new(self)
    }

    /// What became of those of its packets that are among the `count` from `first` on, in the order of
    /// [`packets`](Self::packets).
    ///
    /// All others are passed over, a run of them at a time: it takes as many steps as there are packets asked for
    /// and bytes in the feedback, whatever its [`status_count`](Self::status_count) says.
    pub fn packets_within(
        &self,
        first: SequenceNumber,
        count: u16,
    ) -> impl Iterator<Item = (SequenceNumber, PacketStatus)> + use<'a> {
        let total = usize::from(self.status_count);
        let from = usize::from(first.get().wrapping_sub(self.base.get()));
        let to = from.saturating_add(usize::from(count));
        // The range may begin behind the feedback's packets and come round to its first ones.
        let round = to.saturating_sub(SEQUENCE_NUMBERS).min(total);
        let (from, to) = (from.min(total), to.min(total));
        let mut packets = self.packets();
        let mut at = 0;
        core::iter::from_fn(move || {
            if at == round && at < from {
                packets.pass_over(from.saturating_sub(at));
                at = from;
            }
            if at >= to {
                return None;
            }
            at = at.saturating_add(1);
            packets.next()
        })
    }

    /// The packets that arrived and when: microseconds on the reporter's clock, which wraps around
    /// with the reference time every 2^24 * 64 ms.
    ///
    /// Runs of lost packets are passed over in one step each.
    pub fn arrivals(&self) -> impl Iterator<Item = (SequenceNumber, i64)> + use<'a> {
        let mut packets = self.packets();
        core::iter::from_fn(move || {
            loop {
                packets.pass_over_untimed();
                if let (number, PacketStatus::Received { micros }) = packets.next()? {
                    return Some((number, micros));
                }
            }
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
    let mut delta_bytes = 0_usize;
    while remaining > 0 {
        let chunk = Chunk::from_bits(reader.u16()?);
        delta_bytes = delta_bytes.saturating_add(chunk.delta_bytes(remaining));
        // A run of length 0 is legal and covers nothing; two bytes of input are gone all the same.
        remaining = remaining.saturating_sub(chunk.len());
    }
    Ok(delta_bytes)
}

/// The reference time counts 64 ms, deltas count 250 µs.
const TICKS_PER_REFERENCE: i64 = 256;
const MICROS_PER_TICK: i64 = 250;
const SEQUENCE_NUMBERS: usize = 1 << 16;
