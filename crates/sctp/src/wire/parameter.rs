//! Parameters of INIT, INIT ACK and RE-CONFIG (RFC 9260 §3.2.1).
//!
//! ```text
//! |          Parameter Type       |       Parameter Length        |
//! |                       Parameter Value ..                      |
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{
    ChunkType, ParseError, UnknownAction,
    framing::{pad, patch_length, skip_padding, write_chunk},
};

/// A parameter's type on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParameterType(pub u16);

impl ParameterType {
    /// Heartbeat Info (§3.3.5).
    pub const HEARTBEAT_INFO: Self = Self(1);
    /// IPv4 Address (§3.3.2.1.1).
    pub const IPV4_ADDRESS: Self = Self(5);
    /// IPv6 Address (§3.3.2.1.2).
    pub const IPV6_ADDRESS: Self = Self(6);
    /// State Cookie (§3.3.3.1).
    pub const STATE_COOKIE: Self = Self(7);
    /// Unrecognized Parameter (§3.3.3.1).
    pub const UNRECOGNIZED: Self = Self(8);
    /// Cookie Preservative (§3.3.2.1.3).
    pub const COOKIE_PRESERVATIVE: Self = Self(9);
    /// Host Name Address (§3.3.2.1.4).
    pub const HOST_NAME_ADDRESS: Self = Self(11);
    /// Supported Address Types (§3.3.2.1.5).
    pub const SUPPORTED_ADDRESS_TYPES: Self = Self(12);
    /// Outgoing SSN Reset Request (RFC 6525 §4.1).
    pub const OUTGOING_RESET: Self = Self(13);
    /// Incoming SSN Reset Request (RFC 6525 §4.2).
    pub const INCOMING_RESET: Self = Self(14);
    /// SSN/TSN Reset Request (RFC 6525 §4.3).
    pub const TSN_RESET: Self = Self(15);
    /// Re-configuration Response (RFC 6525 §4.4).
    pub const RESPONSE: Self = Self(16);
    /// Add Outgoing Streams Request (RFC 6525 §4.5).
    pub const ADD_OUTGOING: Self = Self(17);
    /// Add Incoming Streams Request (RFC 6525 §4.6).
    pub const ADD_INCOMING: Self = Self(18);
    /// Supported Extensions (RFC 5061 §4.2.7).
    pub const SUPPORTED_EXTENSIONS: Self = Self(0x8008);
    /// Forward-TSN-Supported (RFC 3758 §3.1).
    pub const FORWARD_TSN_SUPPORTED: Self = Self(0xc000);

    /// Whether it is known in INIT and INIT ACK. Addresses and the lifetime of cookies mean nothing over DTLS and are
    /// known all the same.
    pub(crate) const fn is_known_in_init(self) -> bool {
        matches!(
            self,
            Self::IPV4_ADDRESS
                | Self::IPV6_ADDRESS
                | Self::STATE_COOKIE
                | Self::UNRECOGNIZED
                | Self::COOKIE_PRESERVATIVE
                | Self::HOST_NAME_ADDRESS
                | Self::SUPPORTED_ADDRESS_TYPES
                | Self::SUPPORTED_EXTENSIONS
                | Self::FORWARD_TSN_SUPPORTED
        )
    }

    /// RFC 9260 §3.2.1: what the two highest bits of an unknown type ask for.
    pub const fn unknown_action(self) -> UnknownAction {
        UnknownAction {
            skip: self.0 & 0x8000 != 0,
            report: self.0 & 0x4000 != 0,
        }
    }
}

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// Its type.
    pub kind: ParameterType,
    /// Its value.
    pub value: &'a [u8],
}

impl<'a> Parameter<'a> {
    pub(super) fn parse(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let kind = ParameterType(reader.u16()?);
        let length = reader.u16()?;
        let value = length.checked_sub(4).ok_or(ParseError::Length(length))?;
        let value = reader.take(usize::from(value))?;
        skip_padding(reader, value.len());
        Ok(Self { kind, value })
    }

    /// Appends the parameter, padded.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let start = out.len();
        self.write_unpadded(out)?;
        pad(out, start);
        Ok(())
    }

    /// Appends the parameter as the last of its chunk, or as what another one is about: without padding.
    pub(crate) fn write_unpadded(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let start = out.len();
        out.extend_from_slice(&self.kind.0.to_be_bytes());
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(self.value);
        patch_length(out, start)
    }
}

/// A run of parameters without the padding of the last one. RFC 9260 §3.2: a chunk's length "does include
/// any padding of variable-length parameters other than the last parameter in the chunk", and a receiver
/// should take it either way. What is no run of parameters stays as it is.
pub(super) fn without_last_padding(run: &[u8]) -> &[u8] {
    let mut reader = Reader::new(run);
    let mut end = 0;
    while !reader.is_empty() {
        let before = reader.remaining();
        let Ok(parameter) = Parameter::parse(&mut reader) else {
            return run;
        };
        end = run
            .len()
            .saturating_sub(before)
            .saturating_add(HEADER_LENGTH)
            .saturating_add(parameter.value.len());
    }
    run.get(..end).unwrap_or(run)
}

/// Appends a chunk that ends with parameters or causes. RFC 9260 §3.2: its length does not count the
/// padding of the last one.
pub(super) fn write_parameters(
    out: &mut Vec<u8>,
    kind: ChunkType,
    flags: u8,
    fixed: &[u8],
    parameters: &[u8],
) -> Result<(), TooLong> {
    write_chunk(out, kind, flags, |out| {
        out.extend_from_slice(fixed);
        out.extend_from_slice(without_last_padding(parameters));
    })
}

/// Bytes of a parameter before its value.
const HEADER_LENGTH: usize = 4;

/// A run of parameters. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    reader: Reader<'a>,
}

impl<'a> Parameters<'a> {
    /// The parameters in these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(bytes),
        }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let parameter = Parameter::parse(&mut self.reader);
        if parameter.is_err() {
            self.reader = Reader::new(&[]);
        }
        Some(parameter)
    }
}
