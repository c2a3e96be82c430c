//! The handshake header and fragments (RFC 6347 §4.2.2).

use strata_core::wire::{Reader, Truncated};

use super::ParseError;

/// Octets of the header.
pub(crate) const HEADER_LEN: usize = 12;

/// The longest body: its length has 24 bits (RFC 6347 §4.2.2).
pub(crate) const MAX_BODY_LEN: usize = (1 << 24) - 1;

/// What a handshake message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageType {
    HelloRequest,
    ClientHello,
    ServerHello,
    HelloVerifyRequest,
    Certificate,
    ServerKeyExchange,
    CertificateRequest,
    ServerHelloDone,
    CertificateVerify,
    ClientKeyExchange,
    Finished,
    /// One that we know no use for.
    Other(u8),
}

impl MessageType {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::HelloRequest => 0,
            Self::ClientHello => 1,
            Self::ServerHello => 2,
            Self::HelloVerifyRequest => 3,
            Self::Certificate => 11,
            Self::ServerKeyExchange => 12,
            Self::CertificateRequest => 13,
            Self::ServerHelloDone => 14,
            Self::CertificateVerify => 15,
            Self::ClientKeyExchange => 16,
            Self::Finished => 20,
            Self::Other(code) => code,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::HelloRequest,
            1 => Self::ClientHello,
            2 => Self::ServerHello,
            3 => Self::HelloVerifyRequest,
            11 => Self::Certificate,
            12 => Self::ServerKeyExchange,
            13 => Self::CertificateRequest,
            14 => Self::ServerHelloDone,
            15 => Self::CertificateVerify,
            16 => Self::ClientKeyExchange,
            20 => Self::Finished,
            code => Self::Other(code),
        }
    }
}

/// A part of a message, perhaps all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment<'a> {
    pub(crate) message_type: MessageType,
    /// Octets of the whole message.
    pub(crate) length: usize,
    pub(crate) sequence: u16,
    /// Where `body` belongs in the message.
    pub(crate) offset: usize,
    pub(crate) body: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// The next fragment in a record.
    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let message_type = MessageType::from_code(reader.u8()?);
        let length = to_usize(reader.u24()?);
        let sequence = reader.u16()?;
        let offset = to_usize(reader.u24()?);
        let count = to_usize(reader.u24()?);
        let body = reader.take(count)?;
        if offset.saturating_add(count) > length {
            return Err(ParseError::Illegal);
        }
        Ok(Self {
            message_type,
            length,
            sequence,
            offset,
            body,
        })
    }

    /// Whether it is all of its message.
    pub(crate) const fn is_whole(&self) -> bool {
        self.body.len() == self.length
    }

    /// Whether the message's last octet is in it.
    pub(crate) const fn is_last(&self) -> bool {
        self.offset.saturating_add(self.body.len()) == self.length
    }
}

/// The header of a fragment, or of a whole message if `offset` is 0 and `count` is `length`.
pub(crate) fn header(
    message_type: MessageType,
    length: usize,
    sequence: u16,
    offset: usize,
    count: usize,
) -> [u8; HEADER_LEN] {
    let [l0, l1, l2] = u24(length);
    let [s0, s1] = sequence.to_be_bytes();
    let [o0, o1, o2] = u24(offset);
    let [c0, c1, c2] = u24(count);
    let kind = message_type.code();
    [kind, l0, l1, l2, s0, s1, o0, o1, o2, c0, c1, c2]
}

/// A whole message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: MessageType,
    /// The epoch of the records it came in.
    pub(crate) epoch: u16,
    /// The header as if it had come in one piece, then the body: what transcripts are made of.
    pub(crate) bytes: Vec<u8>,
}

impl Message {
    /// The message that came in one fragment, in the clear.
    pub(crate) fn of_one(fragment: &Fragment<'_>) -> Self {
        let (kind, length) = (fragment.message_type, fragment.length);
        let front = header(kind, length, fragment.sequence, 0, length);
        Self {
            kind,
            epoch: 0,
            bytes: [&front[..], fragment.body].concat(),
        }
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.bytes.get(HEADER_LEN..).unwrap_or_default()
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.body())
    }
}

/// Checks that a message without content has none.
pub(crate) const fn empty(reader: Reader<'_>) -> Result<(), ParseError> {
    if reader.is_empty() {
        Ok(())
    } else {
        Err(ParseError::Trailing)
    }
}

fn u24(value: usize) -> [u8; 3] {
    let [_, b0, b1, b2] = u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    [b0, b1, b2]
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// The `HelloVerifyRequest` (RFC 6347 §4.2.1): its cookie.
pub(crate) fn parse_verify_request(mut reader: Reader<'_>) -> Result<&[u8], Truncated> {
    let _version = reader.u16()?;
    Ok(reader.prefixed_u8()?.all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_read_back() {
        let mut wire = header(MessageType::Certificate, 0x0001_0203, 5, 0x0001_0000, 3).to_vec();
        wire.extend_from_slice(b"abc");
        let fragment = Fragment::parse(&mut Reader::new(&wire)).unwrap();
        assert_eq!(fragment.message_type, MessageType::Certificate);
        assert_eq!((fragment.length, fragment.sequence), (0x0001_0203, 5));
        assert_eq!((fragment.offset, fragment.body), (0x0001_0000, &b"abc"[..]));
        assert!(!fragment.is_last());
    }

    #[test]
    fn a_fragment_beyond_its_message_is_refused() {
        let mut wire = header(MessageType::Finished, 12, 0, 10, 3).to_vec();
        wire.extend_from_slice(b"abc");
        assert_eq!(
            Fragment::parse(&mut Reader::new(&wire)),
            Err(ParseError::Illegal)
        );
    }

    #[test]
    fn types_and_numbers_correspond() {
        for code in 0..=u8::MAX {
            assert_eq!(MessageType::from_code(code).code(), code);
        }
    }
}
