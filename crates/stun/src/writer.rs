//! Writing messages.

use strata_core::wire::{TooLong, patch, prefixed_u16};

use crate::{
    Attribute, AttributeError, AttributeType, Class, IntegrityKey, MAGIC_COOKIE, Method,
    RawAttribute, TransactionId,
    integrity::{Covered, fingerprint},
    message::HEADER_LEN,
};

/// Appends one message to a buffer, attribute by attribute.
///
/// What was in the buffer before stays as it is. Attributes come in the order they are pushed;
/// the integrity goes after what it protects, the fingerprint last. [`finish`](Self::finish) must be
/// called: it writes the length.
#[derive(Debug)]
#[must_use = "a message is complete only after `finish`"]
pub struct MessageWriter<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    id: TransactionId,
    error: Option<WriteError>,
}

/// Why a message was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// An attribute or the message does not fit its length field.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The value of an attribute is not allowed.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
}

impl<'o> MessageWriter<'o> {
    /// Starts a message at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>, class: Class, method: Method, id: TransactionId) -> Self {
        let start = out.len();
        out.extend_from_slice(&method.with(class).to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&MAGIC_COOKIE.to_be_bytes());
        out.extend_from_slice(&id.octets());
        Self {
            out,
            start,
            id,
            error: None,
        }
    }

    /// Adds a typed attribute.
    pub fn push<'a, A: Attribute<'a>>(mut self, attribute: &A) -> Self {
        if let Err(error) = attribute.check() {
            self.error.get_or_insert_with(|| error.into());
        }
        let id = self.id;
        self.value(A::TYPE, |out| attribute.write(id, out))
    }

    /// Adds any attribute.
    pub fn push_raw(self, attribute: RawAttribute<'_>) -> Self {
        self.value(attribute.attribute_type, |out| {
            out.extend_from_slice(attribute.value);
        })
    }

    /// Adds UNKNOWN-ATTRIBUTES with these numbers (RFC 8489 §14.13).
    pub fn unknown_attributes(self, unknown: impl IntoIterator<Item = AttributeType>) -> Self {
        self.value(AttributeType::UNKNOWN_ATTRIBUTES, |out| {
            for attribute_type in unknown {
                out.extend_from_slice(&attribute_type.get().to_be_bytes());
            }
        })
    }

    /// Adds MESSAGE-INTEGRITY: HMAC-SHA1 over all that was pushed so far (RFC 8489 §14.5).
    pub fn integrity(self, key: &IntegrityKey) -> Self {
        let covered = self.length_with(24);
        let tag = key.sign_sha1(&Covered::new(self.written(), covered).parts());
        self.value(AttributeType::MESSAGE_INTEGRITY, |out| {
            out.extend_from_slice(tag.as_ref());
        })
    }

    /// Adds MESSAGE-INTEGRITY-SHA256 over all that was pushed so far (RFC 8489 §14.6).
    pub fn integrity_sha256(self, key: &IntegrityKey) -> Self {
        let covered = self.length_with(36);
        let tag = key.sign_sha256(&Covered::new(self.written(), covered).parts());
        self.value(AttributeType::MESSAGE_INTEGRITY_SHA256, |out| {
            out.extend_from_slice(tag.as_ref());
        })
    }

    /// Adds FINGERPRINT, which must come last (RFC 8489 §14.7).
    pub fn fingerprint(self) -> Self {
        let covered = self.length_with(8);
        let crc = fingerprint(&Covered::new(self.written(), covered).parts());
        self.value(AttributeType::FINGERPRINT, |out| {
            out.extend_from_slice(&crc.to_be_bytes());
        })
    }

    /// Writes the length, and with that the message is done.
    ///
    /// # Errors
    /// [`WriteError`] if an attribute is not allowed, or it or the message does not fit its 16-bit length. The buffer
    /// is then as it was before the message.
    pub fn finish(self) -> Result<(), WriteError> {
        let actual = self.written().len().saturating_sub(HEADER_LEN);
        let limit = usize::from(u16::MAX);
        let length = u16::try_from(actual).map_err(|_| TooLong { limit, actual }.into());
        match (self.error, length) {
            (None, Ok(length)) => {
                let at = self.start.saturating_add(2);
                patch(self.out, at, &length.to_be_bytes());
                Ok(())
            }
            (Some(error), _) | (None, Err(error)) => {
                self.out.truncate(self.start);
                Err(error)
            }
        }
    }

    fn value(mut self, attribute_type: AttributeType, fill: impl FnOnce(&mut Vec<u8>)) -> Self {
        self.out
            .extend_from_slice(&attribute_type.get().to_be_bytes());
        if let Err(error) = prefixed_u16(self.out, fill) {
            self.error.get_or_insert_with(|| error.into());
        }
        let padded = self.written().len().next_multiple_of(4);
        self.out.resize(self.start.saturating_add(padded), 0);
        self
    }

    /// The bytes of this message so far.
    fn written(&self) -> &[u8] {
        self.out.get(self.start..).unwrap_or_default()
    }

    /// The length to say in the header when an attribute of `more` bytes (with its own header) follows.
    fn length_with(&self, more: usize) -> u16 {
        let length = self
            .written()
            .len()
            .saturating_sub(HEADER_LEN)
            .saturating_add(more);
        // Too long shows again in `finish`, which takes the whole message back.
        u16::try_from(length).unwrap_or(u16::MAX)
    }
}
