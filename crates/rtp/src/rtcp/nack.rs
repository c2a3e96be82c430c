//! Generic negative acknowledgements (RFC 4585 §6.2.1).

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::{Reader, Truncated};

use super::{FORMAT_NACK, ParseError, Raw, TRANSPORT_FEEDBACK, WriteError, feedback, write};
use crate::{Items, SequenceNumber, Ssrc, WireItem};

/// Packets that a receiver misses (RFC 4585 §6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nack<'a> {
    /// Who misses them.
    pub sender: Ssrc,
    /// Whose packets they are.
    pub media: Ssrc,
    /// Which.
    pub entries: Items<'a, NackEntry>,
}

/// A lost packet and which of the 16 that follow it are lost too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NackEntry {
    /// The first lost packet (PID).
    pub first: SequenceNumber,
    /// Bit `i`, counted from the least significant, says that packet `first + i + 1` is lost (BLP).
    pub following: u16,
}

impl<'a> Nack<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        let (sender, media) = feedback::ssrcs(&mut reader)?;
        // Bodies are whole words, and so are entries. RFC 4585 §6.2.1: "The FCI field MUST contain at least one".
        if reader.is_empty() {
            return Err(ParseError::Empty);
        }
        let entries = Items::from_wire(reader.all());
        Ok(Self {
            sender,
            media,
            entries,
        })
    }

    /// All lost packets, entry by entry.
    pub fn sequence_numbers(&self) -> impl Iterator<Item = SequenceNumber> + use<'a> {
        self.entries.iter().flat_map(NackEntry::sequence_numbers)
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::Empty`] without entries, [`WriteError::Length`] over 65,533 of them.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if self.entries.is_empty() {
            return Err(WriteError::Empty);
        }
        feedback::packet(
            out,
            (TRANSPORT_FEEDBACK, FORMAT_NACK),
            (self.sender, self.media),
            |out| {
                self.entries.write(out);
                Ok(())
            },
        )
    }

    /// Appends packets that name all of `lost`, with as few entries as their order allows: ascending
    /// numbers pack best. Nothing is appended if nothing is lost.
    ///
    /// One packet is as long as RTCP allows. [`NackWriter`] makes packets that fit a datagram.
    ///
    /// # Errors
    /// None; the result is that of every packet's `write`.
    pub fn write_lost(
        out: &mut Vec<u8>,
        sender: Ssrc,
        media: Ssrc,
        lost: impl IntoIterator<Item = SequenceNumber>,
    ) -> Result<(), WriteError> {
        let mut writer = NackWriter::new(sender, media, lost);
        while !writer.is_done() {
            writer.write(out, usize::MAX)?;
        }
        Ok(())
    }
}

/// Writes a list of lost packets, however long it is, as one packet after the other.
///
/// ```
/// use strata_rtp::{SequenceNumber, Ssrc, rtcp::NackWriter};
///
/// let lost = (0..1000).step_by(20).map(SequenceNumber::new);
/// let mut writer = NackWriter::new(Ssrc::new(1), Ssrc::new(2), lost);
/// let mut datagrams = Vec::new();
/// while !writer.is_done() {
///     let mut datagram = Vec::new();
///     writer.write(&mut datagram, 100)?;
///     datagrams.push(datagram);
/// }
/// assert_eq!(datagrams.len(), 3);
/// # Ok::<(), strata_rtp::rtcp::WriteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NackWriter<I> {
    sender: Ssrc,
    media: Ssrc,
    /// The next that no entry includes yet.
    next: Option<SequenceNumber>,
    lost: I,
}

impl<I: Iterator<Item = SequenceNumber>> NackWriter<I> {
    /// Takes the lost packets; ascending numbers pack best.
    pub fn new(
        sender: Ssrc,
        media: Ssrc,
        lost: impl IntoIterator<Item = SequenceNumber, IntoIter = I>,
    ) -> Self {
        let mut lost = lost.into_iter();
        Self {
            sender,
            media,
            next: lost.next(),
            lost,
        }
    }

    /// Whether all are written.
    pub const fn is_done(&self) -> bool {
        self.next.is_none()
    }

    /// Appends a packet of at most `max_len` bytes that names the next of the lost packets. Appends nothing
    /// when all are written.
    ///
    /// # Errors
    /// [`WriteError::NoRoom`] if `max_len` is less than 16, which one entry takes.
    pub fn write(&mut self, out: &mut Vec<u8>, max_len: usize) -> Result<(), WriteError> {
        if self.is_done() {
            return Ok(());
        }
        let room = max_len.min(write::MAX_LEN).saturating_sub(FIXED_LEN) / NackEntry::SIZE;
        if room == 0 {
            return Err(WriteError::NoRoom(max_len));
        }
        let ids = (TRANSPORT_FEEDBACK, FORMAT_NACK);
        feedback::packet(out, ids, (self.sender, self.media), |out| {
            for _ in 0..room {
                let Some(first) = self.next else { break };
                let mut entry = NackEntry::new(first);
                self.next = self.lost.find(|number| !entry.include(*number));
                entry.write(out);
            }
            Ok(())
        })
    }
}

impl NackEntry {
    /// An entry for this packet alone.
    #[must_use]
    pub const fn new(first: SequenceNumber) -> Self {
        Self {
            first,
            following: 0,
        }
    }

    /// Adds a packet if it is the first or one of the 16 after it; otherwise says `false`.
    #[must_use = "a packet that does not fit needs another entry"]
    pub fn include(&mut self, number: SequenceNumber) -> bool {
        let distance = number.get().wrapping_sub(self.first.get());
        match distance {
            0 => true,
            1..=16 => {
                self.following |= 1 << distance.saturating_sub(1);
                true
            }
            _ => false,
        }
    }

    /// The lost packets in ascending order.
    #[must_use]
    pub const fn sequence_numbers(self) -> NackSequenceNumbers {
        NackSequenceNumbers {
            next: Some(self.first),
            following: self.following,
        }
    }
}

/// Iterator over the packets of a [`NackEntry`].
#[derive(Clone, Debug)]
pub struct NackSequenceNumbers {
    next: Option<SequenceNumber>,
    following: u16,
}

impl Iterator for NackSequenceNumbers {
    type Item = SequenceNumber;

    fn next(&mut self) -> Option<SequenceNumber> {
        let current = self.next?;
        // How far the next lost packet is ahead; 17 shifts the mask away.
        let step = self.following.trailing_zeros().saturating_add(1);
        self.next = (self.following != 0)
            .then(|| u16::try_from(step).ok())
            .flatten()
            .map(|step| current.plus(step));
        self.following = self.following.checked_shr(step).unwrap_or(0);
        Some(current)
    }
}

impl WireItem for NackEntry {
    const SIZE: usize = 4;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        Ok(Self {
            first: SequenceNumber::new(reader.u16()?),
            following: reader.u16()?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.put_u16(self.first.get());
        out.put_u16(self.following);
    }
}

/// RTCP header and two SSRCs.
const FIXED_LEN: usize = 12;
