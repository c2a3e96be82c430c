//! Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03 §2.2).

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::Reader;

use super::{
    FORMAT_APPLICATION, PAYLOAD_FEEDBACK, ParseError, Raw, WriteError, feedback, finished,
};
use crate::{Items, Ssrc, WireItem as _};

/// The bitrate that a receiver believes the path can carry (draft-alvestrand-rmcat-remb-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remb<'a> {
    /// Who estimates.
    pub sender: Ssrc,
    /// Unused, 0.
    pub media: Ssrc,
    /// Bits per second, together for all streams. Sent with 18 significant bits, rounded down.
    pub bitrate_bps: u64,
    /// The streams it is about, at most 255.
    pub ssrcs: Items<'a, Ssrc>,
}

impl<'a> Remb<'a> {
    pub(super) fn is_remb(body: &[u8]) -> bool {
        body.get(8..12) == Some(&IDENTIFIER)
    }

    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        let (sender, media) = feedback::ssrcs(&mut reader)?;
        reader.take(IDENTIFIER.len())?;
        let count = reader.u8()?;
        let bits = reader.u24()?;
        let ssrcs = Items::from_wire(reader.take(usize::from(count) * Ssrc::SIZE)?);
        finished(&reader)?;
        Ok(Self {
            sender,
            media,
            bitrate_bps: bitrate(bits)?,
            ssrcs,
        })
    }

    /// The same estimate in packets of at most `max_ssrcs` streams each, which are 1 to 255.
    ///
    /// Each says the whole bitrate, as it is for all streams together: those who ignore the list, as libwebrtc
    /// does, would take a share for the whole.
    ///
    /// ```
    /// use strata_rtp::{Items, Ssrc, rtcp::Remb};
    ///
    /// let ssrcs: Vec<Ssrc> = (1..=300).map(Ssrc::new).collect();
    /// let (sender, media) = (Ssrc::new(7), Ssrc::new(0));
    /// let remb = Remb { sender, media, bitrate_bps: 2_000_000, ssrcs: Items::from(&ssrcs[..]) };
    /// let mut out = Vec::new();
    /// remb.split(255).try_for_each(|part| part.write(&mut out))?;
    /// assert_eq!(out.len(), 20 + 255 * 4 + 20 + 45 * 4);
    /// # Ok::<(), strata_rtp::rtcp::WriteError>(())
    /// ```
    pub fn split(self, max_ssrcs: u8) -> impl Iterator<Item = Self> {
        let none = self.ssrcs.is_empty().then_some(self);
        let chunks = self.ssrcs.chunks(usize::from(max_ssrcs));
        none.into_iter()
            .chain(chunks.map(move |ssrcs| Self { ssrcs, ..self }))
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::TooMany`] over 255 streams: [`split`](Self::split) it.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let count = u8::try_from(self.ssrcs.len()).map_err(|_| WriteError::TooMany {
            limit: 255,
            actual: self.ssrcs.len(),
        })?;
        feedback::packet(
            out,
            (PAYLOAD_FEEDBACK, FORMAT_APPLICATION),
            (self.sender, self.media),
            |out| {
                out.put_slice(&IDENTIFIER);
                out.put_u8(count);
                out.put_uint(bits(self.bitrate_bps), 3);
                self.ssrcs.write(out);
                Ok(())
            },
        )
    }
}

/// Six bits of exponent, 18 of mantissa.
fn bitrate(bits: u32) -> Result<u64, ParseError> {
    let [_, exponent, ..] = bits.to_be_bytes();
    let exponent = exponent >> 2;
    let mantissa = bits & MANTISSA_MASK;
    let shifted = u64::from(mantissa) << exponent;
    if shifted >> exponent != u64::from(mantissa) {
        return Err(ParseError::Bitrate { mantissa, exponent });
    }
    Ok(shifted)
}

fn bits(bitrate: u64) -> u64 {
    // The smallest exponent that leaves 18 bits of mantissa: at most 46.
    let exponent =
        u64::from((u64::BITS.saturating_sub(bitrate.leading_zeros())).saturating_sub(18));
    exponent << 18 | bitrate >> exponent
}

const IDENTIFIER: [u8; 4] = *b"REMB";
const MANTISSA_MASK: u32 = 0x3_ffff;
