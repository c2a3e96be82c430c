//! Bytes only: records and handshake messages, parsed and written. No time, no state.

use strata_core::wire::{Reader, TooLong, Truncated};

use crate::CloseReason;

pub(crate) mod certificate;
pub(crate) mod client_hello;
pub(crate) mod extension;
pub(crate) mod handshake;
pub(crate) mod key_exchange;
pub(crate) mod record;
pub(crate) mod server_hello;

/// DTLS 1.2 (RFC 6347 §4.1).
pub(crate) const DTLS_1_2: u16 = 0xfefd;

/// DTLS 1.0, as which the first `ClientHello` of a connection travels (RFC 6347 §4.1).
pub(crate) const DTLS_1_0: u16 = 0xfeff;

/// Why a message could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error(transparent)]
    Truncated(#[from] Truncated),
    #[error("bytes are left over")]
    Trailing,
    #[error("a field is longer than it may be")]
    TooLong,
    #[error("a field has a value it may not have")]
    Illegal,
}

impl From<ParseError> for CloseReason {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Truncated(_) | ParseError::Trailing | ParseError::TooLong => Self::Decode,
            ParseError::Illegal => Self::IllegalParameter,
        }
    }
}

/// A message of our own that its length fields cannot hold.
impl From<TooLong> for CloseReason {
    fn from(_: TooLong) -> Self {
        Self::OwnMessageTooLong
    }
}

/// Ends the reading of a structure that must end here.
pub(crate) fn end(reader: Reader<'_>) -> Result<(), ParseError> {
    if reader.is_empty() {
        Ok(())
    } else {
        Err(ParseError::Trailing)
    }
}

/// Reads over a session's identifier: there is nothing to resume, but it has its limit (RFC 5246 §7.4.1.2).
pub(crate) fn skip_session_id(reader: &mut Reader<'_>) -> Result<(), ParseError> {
    if reader.prefixed_u8()?.remaining() <= MAX_SESSION_ID {
        Ok(())
    } else {
        Err(ParseError::TooLong)
    }
}

/// Octets of the longest session identifier.
const MAX_SESSION_ID: usize = 32;

/// A list of 16-bit numbers, as TLS has many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct U16List<'a>(&'a [u8]);

impl<'a> U16List<'a> {
    /// The list that is all of `reader`.
    pub(crate) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let bytes = reader.all();
        if bytes.len().is_multiple_of(2) {
            Ok(Self(bytes))
        } else {
            Err(ParseError::Trailing)
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = u16> + 'a {
        let (pairs, _) = self.0.as_chunks::<2>();
        pairs.iter().map(|pair| u16::from_be_bytes(*pair))
    }

    pub(crate) fn contains(self, code: u16) -> bool {
        self.iter().any(|other| other == code)
    }
}
