//! Full intra requests (RFC 5104 §4.3.1).

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::{Reader, Truncated};

use super::{FORMAT_FIR, PAYLOAD_FEEDBACK, ParseError, Raw, WriteError, feedback, finished};
use crate::{Items, Ssrc, WireItem};

/// Senders are asked for a key frame (RFC 5104 §4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fir<'a> {
    /// Who asks.
    pub sender: Ssrc,
    /// Unused, 0 (RFC 5104 §4.3.1.2); the senders asked are in the entries.
    pub media: Ssrc,
    /// One entry for each sender asked.
    pub entries: Items<'a, FirEntry>,
}

/// One sender that is asked for a key frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FirEntry {
    /// The sender.
    pub ssrc: Ssrc,
    /// One more for every new request. A repetition keeps it, and asks for nothing new: whoever answers
    /// remembers the last number of each pair of sender and target (RFC 5104 §4.3.1.1).
    pub command_sequence_number: u8,
}

impl<'a> Fir<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        let (sender, media) = feedback::ssrcs(&mut reader)?;
        let whole = reader
            .remaining()
            .saturating_sub(reader.remaining() % FirEntry::SIZE);
        let entries = Items::from_wire(reader.take(whole)?);
        finished(&reader)?;
        // RFC 5104 §4.3.1.1: "one or more FCI entries".
        if entries.is_empty() {
            return Err(ParseError::Empty);
        }
        Ok(Self {
            sender,
            media,
            entries,
        })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::Empty`] without entries, [`WriteError::Length`] over 32,766 of them.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if self.entries.is_empty() {
            return Err(WriteError::Empty);
        }
        feedback::packet(
            out,
            (PAYLOAD_FEEDBACK, FORMAT_FIR),
            (self.sender, self.media),
            |out| {
                self.entries.write(out);
                Ok(())
            },
        )
    }
}

impl WireItem for FirEntry {
    const SIZE: usize = 8;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        let entry = Self {
            ssrc: Ssrc::read(reader)?,
            command_sequence_number: reader.u8()?,
        };
        // RFC 5104 §4.3.1.1: 24 reserved bits, which the receiver must ignore.
        reader.take(3)?;
        Ok(entry)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.put_u32(self.ssrc.get());
        out.put_u8(self.command_sequence_number);
        out.put_bytes(0, 3);
    }
}
