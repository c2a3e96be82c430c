//! Error causes (RFC 9260 §3.3.10).

use alloc::vec::Vec;
use core::fmt;

use strata_core::wire::TooLong;

use super::{Parameter, ParameterType, Parameters, ParseError};

/// Why a chunk or association is refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CauseCode(pub u16);

impl CauseCode {
    /// Invalid Stream Identifier.
    pub const INVALID_STREAM: Self = Self(1);
    /// Missing Mandatory Parameter.
    pub const MISSING_PARAMETER: Self = Self(2);
    /// Stale Cookie.
    pub const STALE_COOKIE: Self = Self(3);
    /// Out of Resource.
    pub const OUT_OF_RESOURCE: Self = Self(4);
    /// Unresolvable Address.
    pub const UNRESOLVABLE_ADDRESS: Self = Self(5);
    /// Unrecognized Chunk Type.
    pub const UNRECOGNIZED_CHUNK: Self = Self(6);
    /// Invalid Mandatory Parameter.
    pub const INVALID_PARAMETER: Self = Self(7);
    /// Unrecognized Parameters.
    pub const UNRECOGNIZED_PARAMETERS: Self = Self(8);
    /// No User Data.
    pub const NO_USER_DATA: Self = Self(9);
    /// Cookie Received While Shutting Down.
    pub const COOKIE_WHILE_SHUTTING_DOWN: Self = Self(10);
    /// Restart of an Association with New Addresses.
    pub const RESTART_WITH_NEW_ADDRESSES: Self = Self(11);
    /// User-Initiated Abort.
    pub const USER_INITIATED_ABORT: Self = Self(12);
    /// Protocol Violation.
    pub const PROTOCOL_VIOLATION: Self = Self(13);
}

impl fmt::Display for CauseCode {
    /// The cause's name in RFC 9260 §3.3.10, or its number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::INVALID_STREAM => "Invalid Stream Identifier",
            Self::MISSING_PARAMETER => "Missing Mandatory Parameter",
            Self::STALE_COOKIE => "Stale Cookie",
            Self::OUT_OF_RESOURCE => "Out of Resource",
            Self::UNRESOLVABLE_ADDRESS => "Unresolvable Address",
            Self::UNRECOGNIZED_CHUNK => "Unrecognized Chunk Type",
            Self::INVALID_PARAMETER => "Invalid Mandatory Parameter",
            Self::UNRECOGNIZED_PARAMETERS => "Unrecognized Parameters",
            Self::NO_USER_DATA => "No User Data",
            Self::COOKIE_WHILE_SHUTTING_DOWN => "Cookie Received While Shutting Down",
            Self::RESTART_WITH_NEW_ADDRESSES => "Restart of an Association with New Addresses",
            Self::USER_INITIATED_ABORT => "User-Initiated Abort",
            Self::PROTOCOL_VIOLATION => "Protocol Violation",
            Self(code) => return write!(f, "cause {code}"),
        };
        f.write_str(name)
    }
}

impl fmt::Debug for CauseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CauseCode({})", self.0)
    }
}

/// One cause, in an ABORT or ERROR.
///
/// ```text
/// |           Cause Code          |       Cause Length            |
/// |                    Cause-Specific Information ..              |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause<'a> {
    /// Which.
    pub code: CauseCode,
    /// What belongs to it.
    pub value: &'a [u8],
}

impl Cause<'_> {
    /// Appends the cause, padded.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        // Causes are laid out as parameters are.
        Parameter {
            kind: ParameterType(self.code.0),
            value: self.value,
        }
        .write(out)
    }
}

/// A run of causes. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Causes<'a>(Parameters<'a>);

impl<'a> Causes<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(Parameters::new(bytes))
    }
}

impl<'a> Iterator for Causes<'a> {
    type Item = Result<Cause<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let parameter = self.0.next()?;
        Some(parameter.map(|Parameter { kind, value }| Cause {
            code: CauseCode(kind.0),
            value,
        }))
    }
}
