//! Rewriting an RTP packet in place, as an SFU or an echo does.

use strata_core::wire::patch;

use super::{MARKER_BIT, Packet, ParseError};
use crate::extension::{self, ExtensionId};
use crate::{PayloadType, SequenceNumber, Ssrc, Timestamp};

/// A checked RTP packet whose header fields can be overwritten where they lie.
#[derive(Debug)]
pub struct PacketMut<'a> {
    bytes: &'a mut [u8],
    /// Where the elements of the header extension are.
    elements: core::ops::Range<usize>,
    profile: u16,
}

impl<'a> PacketMut<'a> {
    /// Checks that `bytes` are one RTP packet.
    ///
    /// # Errors
    /// See [`ParseError`].
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "the extension is a part of the header, at its end"
    )]
    #[inline]
    pub fn parse(bytes: &'a mut [u8]) -> Result<Self, ParseError> {
        let packet = Packet::parse(bytes)?;
        let end = packet.header().len();
        let elements = end - packet.extensions().as_bytes().len()..end;
        let profile = packet.extensions().profile();
        Ok(Self {
            bytes,
            elements,
            profile,
        })
    }

    /// Replaces the stream.
    #[inline]
    pub fn set_ssrc(&mut self, ssrc: Ssrc) {
        patch(self.bytes, 8, &ssrc.get().to_be_bytes());
    }

    /// Replaces the timestamp.
    #[inline]
    pub fn set_timestamp(&mut self, timestamp: Timestamp) {
        patch(self.bytes, 4, &timestamp.get().to_be_bytes());
    }

    /// Replaces the sequence number.
    #[inline]
    pub fn set_sequence_number(&mut self, number: SequenceNumber) {
        patch(self.bytes, 2, &number.get().to_be_bytes());
    }

    /// Replaces the payload type; the marker bit stays.
    #[inline]
    pub fn set_payload_type(&mut self, payload_type: PayloadType) {
        if let Some(second) = self.bytes.get_mut(1) {
            *second = *second & MARKER_BIT | payload_type.get();
        }
    }

    /// Sets or clears the marker bit.
    #[inline]
    pub fn set_marker(&mut self, marker: bool) {
        if let Some(second) = self.bytes.get_mut(1) {
            *second = *second & !MARKER_BIT | if marker { MARKER_BIT } else { 0 };
        }
    }

    /// The data of one extension element, to overwrite with as many bytes (an absolute send time, a
    /// transport-wide sequence number). `None` if the packet does not have it.
    #[inline]
    pub fn extension_mut(&mut self, id: ExtensionId) -> Option<&mut [u8]> {
        let elements = self.bytes.get_mut(self.elements.clone())?;
        let at = extension::locate(self.profile, elements, id)?;
        elements.get_mut(at)
    }

    /// The payload and the padding behind it, for payload formats that are rewritten in place.
    #[inline]
    pub fn payload_and_padding_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.elements.end..).unwrap_or_default()
    }

    /// Reads the packet as it is now.
    ///
    /// # Errors
    /// [`ParseError::Padding`] if the padding count was overwritten; nothing else can go wrong.
    #[inline]
    pub fn as_packet(&self) -> Result<Packet<'_>, ParseError> {
        Packet::parse(self.bytes)
    }
}
