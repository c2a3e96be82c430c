//! Data Channel Establishment Protocol messages (RFC 8832 §5).
//!
//! ```text
//! |  Message Type |  Channel Type |            Priority           |
//! |                    Reliability Parameter                      |
//! |         Label Length          |       Protocol Length         |
//! |                             Label                             |
//! |                            Protocol                           |
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::ParseError;

/// A message on PPID 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dcep<'a> {
    /// `DATA_CHANNEL_OPEN` (§5.1).
    Open(Open<'a>),
    /// `DATA_CHANNEL_ACK` (§5.2).
    Ack,
}

/// `DATA_CHANNEL_OPEN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open<'a> {
    /// Whether messages may overtake each other: the highest bit of the channel type.
    pub unordered: bool,
    /// The rest of the channel type.
    pub kind: ChannelType,
    /// 128, 256, 512 or 1024 (RFC 8831 §6.4).
    pub priority: u16,
    /// Retransmissions or milliseconds, by `kind`; ignored for reliable channels.
    pub reliability_parameter: u32,
    /// The label; should be UTF-8.
    pub label: &'a [u8],
    /// The sub-protocol; should be UTF-8.
    pub protocol: &'a [u8],
}

/// How reliable a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelType {
    /// `DATA_CHANNEL_RELIABLE`.
    Reliable,
    /// `DATA_CHANNEL_PARTIAL_RELIABLE_REXMIT`.
    MaxRetransmits,
    /// `DATA_CHANNEL_PARTIAL_RELIABLE_TIMED`.
    MaxLifetime,
}

const ACK: u8 = 0x02;
const OPEN: u8 = 0x03;
const UNORDERED: u8 = 0x80;

impl<'a> Dcep<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// [`ParseError`] if it ends early, is longer than it says, or has an unknown type.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            // Whatever follows the type of an ACK is ignored, as every known peer does.
            ACK => Ok(Self::Ack),
            OPEN => Open::parse(reader).map(Self::Open),
            kind => Err(ParseError::UnknownMessage(kind)),
        }
    }

    /// Appends the message.
    ///
    /// # Errors
    /// [`TooLong`] if label or protocol exceed 65535 bytes; `out` is then as it was.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        match self {
            Self::Open(open) => open.write(out),
            Self::Ack => {
                out.push(ACK);
                Ok(())
            }
        }
    }
}

impl<'a> Open<'a> {
    fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let kind = reader.u8()?;
        let priority = reader.u16()?;
        let reliability_parameter = reader.u32()?;
        let label_length = usize::from(reader.u16()?);
        let protocol_length = usize::from(reader.u16()?);
        let open = Self {
            unordered: kind & UNORDERED != 0,
            kind: match kind & !UNORDERED {
                0 => ChannelType::Reliable,
                1 => ChannelType::MaxRetransmits,
                2 => ChannelType::MaxLifetime,
                _ => return Err(ParseError::UnknownChannelType(kind)),
            },
            priority,
            reliability_parameter,
            label: reader.take(label_length)?,
            protocol: reader.take(protocol_length)?,
        };
        if reader.is_empty() {
            Ok(open)
        } else {
            Err(ParseError::TrailingBytes(reader.remaining()))
        }
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let kind = match self.kind {
            ChannelType::Reliable => 0,
            ChannelType::MaxRetransmits => 1,
            ChannelType::MaxLifetime => 2,
        };
        let length = |bytes: &[u8]| {
            u16::try_from(bytes.len()).map_err(|_| TooLong {
                limit: usize::from(u16::MAX),
                actual: bytes.len(),
            })
        };
        let (label_length, protocol_length) = (length(self.label)?, length(self.protocol)?);
        out.extend_from_slice(&[OPEN, kind | if self.unordered { UNORDERED } else { 0 }]);
        out.extend_from_slice(&self.priority.to_be_bytes());
        out.extend_from_slice(&self.reliability_parameter.to_be_bytes());
        out.extend_from_slice(&label_length.to_be_bytes());
        out.extend_from_slice(&protocol_length.to_be_bytes());
        out.extend_from_slice(self.label);
        out.extend_from_slice(self.protocol);
        Ok(())
    }
}
