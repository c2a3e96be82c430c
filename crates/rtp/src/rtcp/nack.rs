//! Generic negative acknowledgements (RFC 4585 §6.2.1).

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::{Reader, Truncated};

use super::{FORMAT_NACK, ParseError, Raw, TRANSPORT_FEEDBACK, WriteError, feedback, finished};
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
        // Bodies are whole words, and so are entries.
        let entries = Items::from_wire(reader.all());
        finished(&reader)?;
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
    /// [`WriteError::Length`] over 65,533 entries.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
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

    /// Appends a packet that names `lost`, with as few entries as their order allows: ascending
    /// numbers pack best. Nothing is appended if nothing is lost.
    ///
    /// # Errors
    /// [`WriteError::Length`] over 65,533 entries.
    pub fn write_lost(
        out: &mut Vec<u8>,
        sender: Ssrc,
        media: Ssrc,
        lost: impl IntoIterator<Item = SequenceNumber>,
    ) -> Result<(), WriteError> {
        let mut lost = lost.into_iter();
        let Some(first) = lost.next() else {
            return Ok(());
        };
        let ids = (TRANSPORT_FEEDBACK, FORMAT_NACK);
        feedback::packet(out, ids, (sender, media), |out| {
            let mut entry = NackEntry::new(first);
            for number in lost {
                if !entry.include(number) {
                    entry.write(out);
                    entry = NackEntry::new(number);
                }
            }
            entry.write(out);
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
                self.following |= 1 << (distance - 1);
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
        let step = self.following.trailing_zeros() + 1;
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
