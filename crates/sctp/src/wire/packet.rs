//! The packet: common header and chunks (RFC 9260 §3).
//!
//! ```text
//! |     Source Port Number        |     Destination Port Number   |
//! |                      Verification Tag                         |
//! |                           Checksum                            |
//! |                           Chunks ..                           |
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, patch};

use super::{Chunk, ParseError, checksum::crc32c};

/// Bytes of the common header.
pub const HEADER_LENGTH: usize = 12;

const CHECKSUM_AT: usize = 8;

/// The common header, without the checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// The tag that the receiver chose for the association.
    pub verification_tag: u32,
}

impl Header {
    /// Appends the header with a zero checksum; [`seal`] fills that in.
    pub fn write(&self, out: &mut Vec<u8>) {
        let [s0, s1] = self.source_port.to_be_bytes();
        let [d0, d1] = self.destination_port.to_be_bytes();
        let [t0, t1, t2, t3] = self.verification_tag.to_be_bytes();
        out.extend_from_slice(&[s0, s1, d0, d1, t0, t1, t2, t3, 0, 0, 0, 0]);
    }
}

/// A packet, its chunks not yet read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The common header.
    pub header: Header,
    chunks: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the header. The checksum is not looked at: that is [`verify_checksum`].
    ///
    /// # Errors
    /// [`ParseError::Truncated`] if there are fewer than 12 bytes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let header = Header {
            source_port: reader.u16()?,
            destination_port: reader.u16()?,
            verification_tag: reader.u32()?,
        };
        reader.u32()?;
        Ok(Self {
            header,
            chunks: reader.all(),
        })
    }

    /// The chunks, in order.
    pub const fn chunks(&self) -> Chunks<'a> {
        Chunks {
            reader: Reader::new(self.chunks),
        }
    }
}

/// The chunks of a packet. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let chunk = Chunk::parse(&mut self.reader);
        if chunk.is_err() {
            self.reader = Reader::new(&[]);
        }
        Some(chunk)
    }
}

/// Whether the `CRC32c` of the packet is right (RFC 9260 §6.8). The bytes are as before afterwards.
pub fn verify_checksum(packet: &mut [u8]) -> bool {
    let Some(field) = packet
        .get(CHECKSUM_AT..)
        .and_then(|tail| tail.first_chunk::<4>())
        .copied()
    else {
        return false;
    };
    patch(packet, CHECKSUM_AT, &[0; 4]);
    let right = crc32c(packet) == field;
    patch(packet, CHECKSUM_AT, &field);
    right
}

/// Fills in the checksum of the packet that starts at `start` and ends with `out`. Its checksum field
/// must be zero, as [`Header::write`] leaves it.
pub fn seal(out: &mut [u8], start: usize) {
    if let Some(packet) = out.get_mut(start..) {
        let value = crc32c(packet);
        patch(packet, CHECKSUM_AT, &value);
    }
}
