//! DTLS: RFC 8122 fingerprints, RFC 4145 roles, RFC 8842 identities.

use alloc::vec::Vec;
use core::{fmt, str::FromStr};

use super::macros::{open_words, text_attribute, words};
use crate::{
    Attribute,
    error::FieldError,
    grammar::{Cursor, is_token, is_token_char},
};

/// `a=fingerprint:`: the hash of the certificate the author will show (RFC 8122 §5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The hash function.
    pub hash: HashFunction,
    /// The hash, of the length that `hash` says.
    pub value: Vec<u8>,
}

open_words! {
    /// The hash function of a [`Fingerprint`] (RFC 8122 §5).
    pub enum HashFunction {
        /// SHA-1, 20 bytes.
        Sha1 = "sha-1",
        /// SHA-224, 28 bytes.
        Sha224 = "sha-224",
        /// SHA-256, 32 bytes.
        Sha256 = "sha-256",
        /// SHA-384, 48 bytes.
        Sha384 = "sha-384",
        /// SHA-512, 64 bytes.
        Sha512 = "sha-512",
        /// MD5, 16 bytes; RFC 8122 §5 forbids its use.
        Md5 = "md5",
        /// MD2, 16 bytes; RFC 8122 §5 forbids its use.
        Md2 = "md2",
    }
}

words! {
    /// `a=setup:`: who opens the DTLS connection (RFC 4145 §4, RFC 8842 §5).
    pub enum Setup, attribute "setup", "role" {
        /// The author opens it: DTLS client.
        Active = "active",
        /// The author waits for it: DTLS server.
        Passive = "passive",
        /// The author does either; offers say this (RFC 8842 §5.2).
        ActPass = "actpass",
        /// Neither for now.
        HoldConn = "holdconn",
    }
}

words! {
    /// `a=connection:`: whether an existing connection is used on (RFC 4145 §5).
    pub enum ConnectionReuse, attribute "connection", "conn-value" {
        /// A new one is opened.
        New = "new",
        /// The existing one is used.
        Existing = "existing",
    }
}

text_attribute! {
    /// `a=tls-id:`: the name of a DTLS association (RFC 8842 §5.1), 20 to 255 characters; a change
    /// asks for a new association.
    TlsId, "tls-id", "tls-id-value", 20..=255, is_token_char
}

impl Fingerprint {
    /// The hash of a certificate.
    ///
    /// # Errors
    /// If it has not the length that the hash function says.
    pub fn new(hash: HashFunction, value: impl Into<Vec<u8>>) -> Result<Self, FieldError> {
        let value = value.into();
        if hash.length().is_some_and(|length| length != value.len()) {
            return Err(FieldError::out_of_range("fingerprint"));
        }
        Ok(Self { hash, value })
    }
}

impl HashFunction {
    /// How many bytes it makes; `None` if it is not known.
    pub const fn length(&self) -> Option<usize> {
        match self {
            Self::Md5 | Self::Md2 => Some(16),
            Self::Sha1 => Some(20),
            Self::Sha224 => Some(28),
            Self::Sha256 => Some(32),
            Self::Sha384 => Some(48),
            Self::Sha512 => Some(64),
            Self::Other(_) => None,
        }
    }
}

impl Setup {
    /// The answer to this offer that opens the connection where the answerer may choose, as RFC 8842
    /// §5.3 recommends.
    #[must_use]
    pub const fn answer(self) -> Self {
        match self {
            Self::Active => Self::Passive,
            Self::Passive | Self::ActPass => Self::Active,
            Self::HoldConn => Self::HoldConn,
        }
    }
}

impl Attribute for Fingerprint {
    const NAME: &'static str = "fingerprint";
}

impl FromStr for Fingerprint {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let hash = cursor.word("hash-func")?;
        if !is_token(hash) {
            return Err(FieldError::malformed("hash-func"));
        }
        let hash = HashFunction::from(hash);
        // RFC 8122 §5: the hexadecimal digits are upper case; lower case is tolerated.
        let value = cursor
            .word("fingerprint")?
            .split(':')
            .map(|byte| match (byte.len(), u8::from_str_radix(byte, 16)) {
                (2, Ok(value)) if !byte.starts_with('+') => Ok(value),
                _ => Err(FieldError::malformed("fingerprint")),
            })
            .collect::<Result<Vec<u8>, _>>()?;
        cursor.end("fingerprint")?;
        Self::new(hash, value)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hash.as_str())?;
        let mut separator = ' ';
        for byte in &self.value {
            write!(f, "{separator}{byte:02X}")?;
            separator = ':';
        }
        Ok(())
    }
}
