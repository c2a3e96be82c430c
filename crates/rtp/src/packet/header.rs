//! Writing RTP packets into the caller's buffer.

use alloc::vec::Vec;
use core::num::NonZeroU8;

use bytes::BufMut as _;
use strata_core::wire::patch;

use super::{EXTENSION_BIT, MARKER_BIT, PADDING_BIT, Packet};
use crate::extension::{ExtensionForm, ExtensionWriter};
use crate::{Items, PayloadType, SequenceNumber, Ssrc, Timestamp};

/// What goes in front of a payload.
///
/// Write it, with or without header extensions, then append the payload to the same buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The marker bit.
    pub marker: bool,
    /// What the payload is.
    pub payload_type: PayloadType,
    /// The packet's number in its stream.
    pub sequence_number: SequenceNumber,
    /// When the first byte of the payload was sampled.
    pub timestamp: Timestamp,
    /// The stream.
    pub ssrc: Ssrc,
    /// The sources that a mixer combined, at most 15.
    pub csrcs: Items<'a, Ssrc>,
}

/// Why a header cannot be written. The buffer is then as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// More than 15 contributing sources.
    #[error("{0} contributing sources, 15 at most")]
    TooManyCsrcs(usize),
    /// The one-byte form has no identifiers above 14 (RFC 8285 §4.2).
    #[error("extension identifier {0} does not fit the one-byte form")]
    ExtensionId(u8),
    /// The one-byte form holds 1 to 16 bytes, the two-byte form 0 to 255 (RFC 8285 §4.2, §4.3).
    #[error("{0} bytes do not fit an extension element of this form")]
    ElementLength(usize),
    /// The extension as a whole is longer than 65,535 words, or raw data is not whole words.
    #[error("{0} bytes do not fit a header extension: whole words, 262,140 bytes at most")]
    ExtensionLength(usize),
    /// What padding is to be put behind is no RTP packet, or has padding already.
    #[error("there is no RTP packet without padding to put padding behind")]
    NotAPacket,
}

impl Header<'_> {
    /// Appends the header without extensions. The payload goes right behind it.
    ///
    /// # Errors
    /// [`WriteError::TooManyCsrcs`].
    #[inline]
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        self.write_with_bits(out, VERSION_BITS)
    }

    /// Appends the header; `first` is what its first byte holds beside the count of CSRCs.
    #[inline]
    fn write_with_bits(&self, out: &mut Vec<u8>, first: u8) -> Result<(), WriteError> {
        let count = self.csrcs.len();
        let csrc_count = u8::try_from(count)
            .ok()
            .filter(|count| *count <= 15)
            .ok_or(WriteError::TooManyCsrcs(count))?;
        let marker = if self.marker { MARKER_BIT } else { 0 };
        let [number_high, number_low] = self.sequence_number.get().to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.get().to_be_bytes();
        let [s0, s1, s2, s3] = self.ssrc.get().to_be_bytes();
        // In one piece: each append by itself would ask again whether there is room.
        out.extend_from_slice(&[
            first | csrc_count,
            marker | self.payload_type.get(),
            number_high,
            number_low,
            t0,
            t1,
            t2,
            t3,
            s0,
            s1,
            s2,
            s3,
        ]);
        self.csrcs.write(out);
        Ok(())
    }

    /// Appends the header with the extension elements that `fill` pushes. The payload goes right
    /// behind it. If `fill` pushes nothing, this is [`write`](Self::write).
    ///
    /// # Errors
    /// What `fill` fails with, [`WriteError::TooManyCsrcs`] or [`WriteError::ExtensionLength`].
    #[inline]
    pub fn write_with(
        &self,
        out: &mut Vec<u8>,
        form: ExtensionForm,
        fill: impl FnOnce(&mut ExtensionWriter<'_>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        self.write_extended(out, form.profile(), |out| {
            let mut writer = ExtensionWriter::new(out, form);
            fill(&mut writer)?;
            writer.pad_to_words();
            Ok(())
        })
    }

    /// Appends the header with an extension of another profile than RFC 8285, or one taken as it is
    /// from another packet. The payload goes right behind it.
    ///
    /// Unlike with [`write_with`](Self::write_with), empty `data` makes an extension of no words.
    ///
    /// # Errors
    /// [`WriteError::ExtensionLength`] if `data` is not whole 32-bit words or more than 65,535 of
    /// them; [`WriteError::TooManyCsrcs`].
    #[inline]
    pub fn write_with_raw(
        &self,
        out: &mut Vec<u8>,
        profile: u16,
        data: &[u8],
    ) -> Result<(), WriteError> {
        let words = Some(data.len())
            .filter(|len| len % 4 == 0)
            .and_then(|len| u16::try_from(len / 4).ok())
            .ok_or(WriteError::ExtensionLength(data.len()))?;
        self.write_with_bits(out, VERSION_BITS | EXTENSION_BIT)?;
        write_extension_header(out, profile, words);
        out.extend_from_slice(data);
        Ok(())
    }

    #[inline]
    fn write_extended(
        &self,
        out: &mut Vec<u8>,
        profile: u16,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let start = out.len();
        self.write_with_bits(out, VERSION_BITS | EXTENSION_BIT)?;
        write_extension_header(out, profile, 0);
        let elements = out.len();
        if let Err(error) = fill(out) {
            out.truncate(start);
            return Err(error);
        }
        let length = out.len().saturating_sub(elements);
        if length == 0 {
            out.truncate(start);
            return self.write(out);
        }
        let Ok(words) = u16::try_from(length / 4) else {
            out.truncate(start);
            return Err(WriteError::ExtensionLength(length));
        };
        patch(out, elements.saturating_sub(2), &words.to_be_bytes());
        Ok(())
    }
}

/// RFC 3550 §5.3.1: what the extension is, and its length in words of 32 bits.
#[inline]
fn write_extension_header(out: &mut Vec<u8>, profile: u16, words: u16) {
    let ([p0, p1], [w0, w1]) = (profile.to_be_bytes(), words.to_be_bytes());
    out.extend_from_slice(&[p0, p1, w0, w1]);
}

/// Appends `count` bytes of padding to the packet that is `out[start..]`, and says so in its
/// header (RFC 3550 §5.1). A packet of padding alone probes for bandwidth.
///
/// # Errors
/// [`WriteError::NotAPacket`] if that is no RTP packet, or one that has padding.
pub fn write_padding(out: &mut Vec<u8>, start: usize, count: NonZeroU8) -> Result<(), WriteError> {
    let packet = out.get(start..).map(Packet::parse);
    let Some(Ok(0)) = packet.map(|packet| packet.map(|packet| packet.padding())) else {
        return Err(WriteError::NotAPacket);
    };
    out.put_bytes(0, usize::from(count.get()).saturating_sub(1));
    out.put_u8(count.get());
    if let Some(first) = out.get_mut(start) {
        *first |= PADDING_BIT;
    }
    Ok(())
}

const VERSION_BITS: u8 = 2 << 6;
