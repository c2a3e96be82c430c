//! Messages of key management protocols: RFC 4567.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::{
    Attribute,
    base64::{self, Base64},
    error::FieldError,
    grammar::{self, Cursor},
};

/// `a=key-mgmt:`: a message of a key management protocol (RFC 4567 §3.1).
///
/// Several are alternatives, best first (§4.1.2). Those of a media description stand in place of the
/// session's: [`Session::effective_all`](crate::Session::effective_all). `Debug` does not show the message.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct KeyMgmt {
    /// The protocol, such as [`MIKEY`](Self::MIKEY); its case counts (§3).
    pub protocol: String,
    /// The message, decoded.
    pub data: Vec<u8>,
}

impl KeyMgmt {
    /// Multimedia Internet Keying (RFC 3830), the protocol that RFC 4567 §9.3 registers.
    pub const MIKEY: &'static str = "mikey";

    /// A message of a protocol.
    ///
    /// # Errors
    /// If the protocol's name is empty or anything but letters and digits.
    pub fn new(protocol: &str, data: impl Into<Vec<u8>>) -> Result<Self, FieldError> {
        let is_letter_or_digit = |c: char| c.is_ascii_alphanumeric();
        Ok(Self {
            protocol: grammar::checked(protocol, "prtcl-id", 1..=usize::MAX, is_letter_or_digit)?
                .into(),
            data: data.into(),
        })
    }
}

impl Attribute for KeyMgmt {
    const NAME: &'static str = "key-mgmt";
}

impl FromStr for KeyMgmt {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let protocol = cursor.word("prtcl-id")?;
        let data = cursor.word("keymgmt-data")?;
        cursor.end("keymgmt-data")?;
        let data = base64::decode(data).ok_or(FieldError::malformed("keymgmt-data"))?;
        Self::new(protocol, data)
    }
}

impl fmt::Display for KeyMgmt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.protocol, Base64(&self.data))
    }
}

impl fmt::Debug for KeyMgmt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyMgmt")
            .field("protocol", &self.protocol)
            .field("data_bytes", &self.data.len())
            .finish()
    }
}
