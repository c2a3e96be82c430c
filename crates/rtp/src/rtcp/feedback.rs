//! What all feedback messages share (RFC 4585 §6.1), and picture loss indications, which are no more
//! than that.

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::{Reader, Truncated};

use super::{FORMAT_PLI, PAYLOAD_FEEDBACK, ParseError, Raw, WriteError, finished, write};
use crate::{Ssrc, WireItem as _};

/// A receiver has lost some of a picture and wants a key frame (RFC 4585 §6.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pli {
    /// Who asks.
    pub sender: Ssrc,
    /// Whose picture it is.
    pub media: Ssrc,
}

impl Pli {
    pub(super) fn parse(raw: &Raw<'_>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        let (sender, media) = ssrcs(&mut reader)?;
        finished(&reader)?;
        Ok(Self { sender, media })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// None; the result is that of every packet's `write`.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        packet(
            out,
            (PAYLOAD_FEEDBACK, FORMAT_PLI),
            (self.sender, self.media),
            |_| Ok(()),
        )
    }
}

/// The packet sender and the media source in front of every feedback message.
pub(super) fn ssrcs(reader: &mut Reader<'_>) -> Result<(Ssrc, Ssrc), Truncated> {
    Ok((Ssrc::read(reader)?, Ssrc::read(reader)?))
}

/// Appends a feedback message; `fill` appends its feedback control information.
pub(super) fn packet(
    out: &mut Vec<u8>,
    (packet_type, format): (u8, u8),
    (sender, media): (Ssrc, Ssrc),
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    write::packet(out, packet_type, usize::from(format), |out| {
        out.put_u32(sender.get());
        out.put_u32(media.get());
        fill(out)
    })
}
