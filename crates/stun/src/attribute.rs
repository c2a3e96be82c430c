//! Attributes: their types, the trait of the typed ones, and the raw view of any.

mod address;
mod error_code;
mod ice;
mod text;

use core::fmt;

pub use address::{MappedAddress, XorMappedAddress};
pub use error_code::{ErrorCode, UnknownAttributes};
pub use ice::{IceControlled, IceControlling, Priority, UseCandidate};
pub use text::{Nonce, Realm, Software, Username};

use crate::TransactionId;

/// A typed attribute: one that knows its number and how its value is written.
///
/// Other crates implement it for attributes of their own (TURN does). The transaction id is there for
/// the addresses, which are obfuscated with it (RFC 8489 §14.2).
pub trait Attribute<'a>: Sized {
    /// Its number.
    const TYPE: AttributeType;

    /// Reads the value, which comes without padding.
    ///
    /// # Errors
    /// [`AttributeError`] if the value is not one of this attribute.
    fn parse(value: &'a [u8], id: TransactionId) -> Result<Self, AttributeError>;

    /// Whether the value is one that may be written. Every value is, unless an attribute says otherwise.
    ///
    /// # Errors
    /// [`AttributeError`] if its RFC does not allow it; then [`MessageWriter`](crate::MessageWriter) writes nothing.
    fn check(&self) -> Result<(), AttributeError> {
        Ok(())
    }

    /// Appends the value, without padding.
    fn write(&self, id: TransactionId, out: &mut Vec<u8>);
}

/// The number of an attribute (RFC 8489 §18.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType(u16);

impl AttributeType {
    /// MAPPED-ADDRESS (RFC 8489 §14.1).
    pub const MAPPED_ADDRESS: Self = Self(0x0001);
    /// USERNAME (RFC 8489 §14.3).
    pub const USERNAME: Self = Self(0x0006);
    /// MESSAGE-INTEGRITY (RFC 8489 §14.5).
    pub const MESSAGE_INTEGRITY: Self = Self(0x0008);
    /// ERROR-CODE (RFC 8489 §14.8).
    pub const ERROR_CODE: Self = Self(0x0009);
    /// UNKNOWN-ATTRIBUTES (RFC 8489 §14.13).
    pub const UNKNOWN_ATTRIBUTES: Self = Self(0x000A);
    /// REALM (RFC 8489 §14.9).
    pub const REALM: Self = Self(0x0014);
    /// NONCE (RFC 8489 §14.10).
    pub const NONCE: Self = Self(0x0015);
    /// MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.6).
    pub const MESSAGE_INTEGRITY_SHA256: Self = Self(0x001C);
    /// PASSWORD-ALGORITHM (RFC 8489 §14.12).
    pub const PASSWORD_ALGORITHM: Self = Self(0x001D);
    /// USERHASH (RFC 8489 §14.4).
    pub const USERHASH: Self = Self(0x001E);
    /// XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
    pub const XOR_MAPPED_ADDRESS: Self = Self(0x0020);
    /// PRIORITY (RFC 8445 §16.1).
    pub const PRIORITY: Self = Self(0x0024);
    /// USE-CANDIDATE (RFC 8445 §16.1).
    pub const USE_CANDIDATE: Self = Self(0x0025);
    /// PASSWORD-ALGORITHMS (RFC 8489 §14.11).
    pub const PASSWORD_ALGORITHMS: Self = Self(0x8002);
    /// ALTERNATE-DOMAIN (RFC 8489 §14.16).
    pub const ALTERNATE_DOMAIN: Self = Self(0x8003);
    /// SOFTWARE (RFC 8489 §14.14).
    pub const SOFTWARE: Self = Self(0x8022);
    /// ALTERNATE-SERVER (RFC 8489 §14.15).
    pub const ALTERNATE_SERVER: Self = Self(0x8023);
    /// FINGERPRINT (RFC 8489 §14.7).
    pub const FINGERPRINT: Self = Self(0x8028);
    /// ICE-CONTROLLED (RFC 8445 §16.1).
    pub const ICE_CONTROLLED: Self = Self(0x8029);
    /// ICE-CONTROLLING (RFC 8445 §16.1).
    pub const ICE_CONTROLLING: Self = Self(0x802A);

    /// The attribute with this number.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Whether a message with this attribute cannot be processed by who does not know it (RFC 8489 §14).
    pub const fn is_comprehension_required(self) -> bool {
        self.0 < 0x8000
    }
}

impl fmt::Debug for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttributeType({:#06x})", self.0)
    }
}

/// Any attribute, as it stands in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawAttribute<'a> {
    /// Its number.
    pub attribute_type: AttributeType,
    /// Its value, without the padding.
    pub value: &'a [u8],
}

impl<'a> RawAttribute<'a> {
    /// Reads it as `A`, if it is one.
    ///
    /// `id` is the transaction id of the message it stands in.
    ///
    /// # Errors
    /// [`AttributeError`] if the number is that of `A`, but the value is not.
    pub fn typed<A: Attribute<'a>>(self, id: TransactionId) -> Option<Result<A, AttributeError>> {
        (self.attribute_type == A::TYPE).then(|| A::parse(self.value, id))
    }
}

/// Why the value of an attribute could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// The value has the wrong length.
    #[error("a value of {actual} bytes, expected {expected}")]
    Length {
        /// How long it should have been (at least).
        expected: usize,
        /// How long it was.
        actual: usize,
    },
    /// An address of a family that is neither IPv4 nor IPv6.
    #[error("the address family {0:#04x} is neither IPv4 nor IPv6")]
    Family(u8),
    /// Text that is longer than its RFC allows, in bytes (USERNAME) or characters (others).
    #[error("a text of {actual} bytes or characters, at most {limit}")]
    Text {
        /// How long it may be.
        limit: usize,
        /// How long it is.
        actual: usize,
    },
    /// Text that is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// An error code outside of 300 to 699.
    #[error("the error code of class {class} and number {number} is not one of 300 to 699")]
    ErrorCode {
        /// The hundreds.
        class: u8,
        /// The rest.
        number: u8,
    },
}

/// RFC 8489 §14.8, §14.9, §14.10, §14.14: "fewer than 128 characters".
fn check_characters(text: &str) -> Result<(), AttributeError> {
    let (limit, actual) = (127, text.chars().count());
    if actual > limit {
        return Err(AttributeError::Text { limit, actual });
    }
    Ok(())
}

/// A value of exactly `N` bytes.
fn exactly<const N: usize>(value: &[u8]) -> Result<[u8; N], AttributeError> {
    value.try_into().map_err(|_| AttributeError::Length {
        expected: N,
        actual: value.len(),
    })
}
