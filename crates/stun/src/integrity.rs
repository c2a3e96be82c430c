//! What protects a message: MESSAGE-INTEGRITY(-SHA256) and FINGERPRINT (RFC 8489 §14.5 to §14.7).

use core::fmt;

use strata_crypto::hmac;

use crate::{
    Message,
    message::{ATTRIBUTE_HEADER_LEN, HEADER_LEN},
};

/// The key of message integrity, expanded once for both algorithms.
#[derive(Clone)]
pub struct IntegrityKey {
    sha1: hmac::Key,
    sha256: hmac::Key,
}

impl IntegrityKey {
    /// The key of short-term credentials: the password itself (RFC 8489 §9.1.1).
    ///
    /// The password must have been through `OpaqueString` preparation (RFC 8265), which changes
    /// nothing about ASCII such as ICE uses.
    #[must_use]
    pub fn short_term(password: &str) -> Self {
        Self::new(password.as_bytes())
    }

    /// A key given as bytes, such as the digest that long-term credentials use (RFC 8489 §9.2.2).
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self {
            sha1: hmac::Key::new(hmac::Algorithm::Sha1, key),
            sha256: hmac::Key::new(hmac::Algorithm::Sha256, key),
        }
    }

    pub(crate) fn sign_sha1(&self, parts: &[&[u8]]) -> hmac::Tag {
        self.sha1.sign(parts)
    }

    pub(crate) fn sign_sha256(&self, parts: &[&[u8]]) -> hmac::Tag {
        self.sha256.sign(parts)
    }
}

impl fmt::Debug for IntegrityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntegrityKey(..)")
    }
}

/// Which attribute proved a message's integrity; its answer must use the same (RFC 8489 §9.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Integrity {
    /// MESSAGE-INTEGRITY.
    Sha1,
    /// MESSAGE-INTEGRITY-SHA256.
    Sha256,
}

/// Why a message is not authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrityError {
    /// It carries no integrity attribute.
    #[error("the message carries no integrity")]
    Missing,
    /// It was made with another key, or changed on the way.
    #[error(
        "the message integrity does not match: it was made with another key, or changed on the way"
    )]
    Mismatch,
}

impl Message<'_> {
    /// Checks the message integrity: the SHA-256 one if it is there, else the SHA-1 one.
    ///
    /// # Errors
    /// [`IntegrityError`] if there is none, or it does not match; a truncated one never does.
    pub fn verify_integrity(&self, key: &IntegrityKey) -> Result<Integrity, IntegrityError> {
        let (at, hmac, integrity) = match (self.integrity_sha256_at(), self.integrity_at()) {
            (Some(at), _) => (at, &key.sha256, Integrity::Sha256),
            (None, Some(at)) => (at, &key.sha1, Integrity::Sha1),
            (None, None) => return Err(IntegrityError::Missing),
        };
        let tag = self.value_at(at).ok_or(IntegrityError::Missing)?;
        // RFC 8489 §14.6: all 32 bytes, unless the usage allows fewer. No usage here does.
        if tag.len() != hmac.algorithm().tag_len() {
            return Err(IntegrityError::Mismatch);
        }
        // RFC 8489 §14.5: over what precedes the attribute, with a length that includes it.
        let length = (at.saturating_sub(HEADER_LEN))
            .saturating_add(ATTRIBUTE_HEADER_LEN)
            .saturating_add(tag.len());
        let covered = self.as_bytes().get(..at).ok_or(IntegrityError::Missing)?;
        let length = u16::try_from(length).map_err(|_| IntegrityError::Mismatch)?;
        if hmac.verify(&Covered::new(covered, length).parts(), tag) {
            Ok(integrity)
        } else {
            Err(IntegrityError::Mismatch)
        }
    }

    /// Whether the FINGERPRINT is right; `None` if there is none.
    pub fn verify_fingerprint(&self) -> Option<bool> {
        let at = self.fingerprint_at()?;
        let covered = self.as_bytes().get(..at)?;
        Some(self.value_at(at)? == fingerprint(&[covered]).to_be_bytes())
    }
}

/// A message, or the beginning of one, as if its header said another length.
///
/// Integrity and fingerprint cover the header with the length up to and including themselves.
pub(crate) struct Covered<'a> {
    message_type: &'a [u8],
    length: [u8; 2],
    rest: &'a [u8],
}

impl<'a> Covered<'a> {
    pub(crate) fn new(message: &'a [u8], length: u16) -> Self {
        Self {
            message_type: message.get(..2).unwrap_or_default(),
            length: length.to_be_bytes(),
            rest: message.get(4..).unwrap_or_default(),
        }
    }

    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        [self.message_type, &self.length, self.rest]
    }
}

/// The value of FINGERPRINT over the concatenation of `parts` (RFC 8489 §14.7).
pub(crate) fn fingerprint(parts: &[&[u8]]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for part in parts {
        crc.update(part);
    }
    crc.finalize() ^ FINGERPRINT_XOR
}

/// "STUN" in ASCII: so that a CRC of another protocol around this one is no valid fingerprint.
const FINGERPRINT_XOR: u32 = 0x5354_554E;
