//! Packets that are passed on as they came.

use alloc::vec::Vec;

use super::{Packet, Raw, WriteError, write};

/// A packet of a type, or with a feedback format, that this crate does not read (XR, RFC 8888, ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown<'a> {
    /// The packet type, 192 to 223.
    pub packet_type: u8,
    /// The five bits in the first byte: a count, a subtype or a feedback format.
    pub count: u8,
    /// What is behind the four bytes of header, whole words.
    pub body: &'a [u8],
}

impl<'a> Unknown<'a> {
    pub(super) const fn new(raw: &Raw<'a>) -> Self {
        Self {
            packet_type: raw.packet_type,
            count: raw.count,
            body: raw.body,
        }
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::PacketType`] if it is not RTCP's, [`WriteError::Known`] if readers take it for another
    /// packet, or a malformed one; [`WriteError::TooMany`] if the count has more than five bits,
    /// [`WriteError::Length`] if the body is not whole words.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if !matches!(self.packet_type, 192..=223) {
            return Err(WriteError::PacketType(self.packet_type));
        }
        let raw = Raw {
            count: self.count,
            packet_type: self.packet_type,
            has_padding: false,
            body: self.body,
        };
        if !matches!(Packet::from_raw(&raw), Ok(Packet::Unknown(_))) {
            return Err(WriteError::Known {
                packet_type: self.packet_type,
                count: self.count,
            });
        }
        write::packet(out, self.packet_type, usize::from(self.count), |out| {
            out.extend_from_slice(self.body);
            Ok(())
        })
    }
}
