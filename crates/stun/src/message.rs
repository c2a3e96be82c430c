//! The message (RFC 8489 §5): a borrowed view, checked once and read lazily.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |0 0|     STUN Message Type     |         Message Length        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                         Magic Cookie                          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                     Transaction ID (96 bits)                  |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use strata_core::wire::{Reader, Truncated};

use crate::{
    Attribute, AttributeError, AttributeType, Class, MAGIC_COOKIE, Method, RawAttribute,
    TransactionId,
};

/// A STUN message somebody sent: its bytes, known to be well formed.
///
/// [`parse`](Self::parse) walks the attributes once; everything after that reads the bytes where they
/// are. Values of attributes are not looked at until they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    bytes: &'a [u8],
    class: Class,
    method: Method,
    id: TransactionId,
    /// Where MESSAGE-INTEGRITY starts, if there is one.
    integrity: Option<usize>,
    /// Where MESSAGE-INTEGRITY-SHA256 starts, if there is one.
    integrity_sha256: Option<usize>,
    /// Where FINGERPRINT starts, if there is one.
    fingerprint: Option<usize>,
}

impl<'a> Message<'a> {
    /// Reads a message that is all of `bytes`: one datagram.
    ///
    /// # Errors
    /// [`ParseError`] if the bytes are not exactly one well-formed message.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let message_type = reader.u16()?;
        // RFC 8489 §5: the most significant two bits of every STUN message MUST be zeroes.
        if message_type & 0xC000 != 0 {
            return Err(ParseError::NotStun);
        }
        let length = usize::from(reader.u16()?);
        if reader.u32()? != MAGIC_COOKIE {
            return Err(ParseError::NotStun);
        }
        let id = TransactionId::new(reader.take_array()?);
        // RFC 8489 §5: the last two bits of the length are always zero.
        if length != reader.remaining() || !length.is_multiple_of(4) {
            return Err(ParseError::Length {
                expected: length,
                actual: reader.remaining(),
            });
        }
        let mut message = Self {
            bytes,
            class: Class::of(message_type),
            method: Method::of(message_type),
            id,
            integrity: None,
            integrity_sha256: None,
            fingerprint: None,
        };
        message.walk(reader)?;
        Ok(message)
    }

    /// Checks the lengths of all attributes, and notes where those are that cover what precedes them.
    fn walk(&mut self, mut reader: Reader<'a>) -> Result<(), ParseError> {
        while !reader.is_empty() {
            // RFC 8489 §14.7: FINGERPRINT MUST be the last attribute.
            if self.fingerprint.is_some() {
                return Err(ParseError::AfterFingerprint);
            }
            let start = self.bytes.len().saturating_sub(reader.remaining());
            let RawAttribute {
                attribute_type,
                value,
            } = read_attribute(&mut reader)?;
            let (slot, fits) = match attribute_type {
                // RFC 8489 §9: what follows an integrity is ignored, this one too.
                AttributeType::MESSAGE_INTEGRITY if !self.has_integrity() => {
                    (&mut self.integrity, value.len() == 20)
                }
                // RFC 8489 §9: behind MESSAGE-INTEGRITY it counts. §14: a second one does not.
                AttributeType::MESSAGE_INTEGRITY_SHA256 if self.integrity_sha256.is_none() => (
                    &mut self.integrity_sha256,
                    // RFC 8489 §14.6: at least 16 bytes, at most 32, a multiple of 4.
                    (16..=32).contains(&value.len()) && value.len().is_multiple_of(4),
                ),
                AttributeType::FINGERPRINT => (&mut self.fingerprint, value.len() == 4),
                _ => continue,
            };
            if !fits {
                return Err(ParseError::Attribute {
                    attribute_type,
                    actual: value.len(),
                });
            }
            *slot = Some(start);
        }
        Ok(())
    }

    const fn has_integrity(&self) -> bool {
        self.integrity.is_some() || self.integrity_sha256.is_some()
    }

    /// Request, indication, success or error response.
    #[inline]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// What is asked or answered.
    #[inline]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// What ties a response to its request.
    #[inline]
    pub const fn transaction_id(&self) -> TransactionId {
        self.id
    }

    /// The whole message as it came.
    #[inline]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Every attribute, in the order they stand in the message.
    #[inline]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes {
            reader: Reader::new(self.bytes.get(HEADER_LEN..).unwrap_or_default()),
        }
    }

    /// The attributes that count: those up to the first message integrity.
    ///
    /// RFC 8489 §9: what follows MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 MUST be ignored, but for
    /// those two and FINGERPRINT, which have methods of their own here.
    #[inline]
    pub fn protected_attributes(&self) -> Attributes<'a> {
        let end = [self.integrity, self.integrity_sha256, self.fingerprint]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.bytes.len());
        Attributes {
            reader: Reader::new(self.bytes.get(HEADER_LEN..end).unwrap_or_default()),
        }
    }

    /// The first attribute of the type `A` among those that [count](Self::protected_attributes), if any.
    ///
    /// # Errors
    /// [`AttributeError`] if it is there, but its value is not one.
    pub fn get<A: Attribute<'a>>(&self) -> Result<Option<A>, AttributeError> {
        self.protected_attributes()
            .find_map(|attribute| attribute.typed(self.id))
            .transpose()
    }

    /// Whether there is an attribute of this type among those that [count](Self::protected_attributes).
    pub fn contains(&self, attribute_type: AttributeType) -> bool {
        self.protected_attributes()
            .any(|attribute| attribute.attribute_type == attribute_type)
    }

    /// The comprehension-required attributes that are not in `known`.
    ///
    /// A server that finds one answers 420 with [`UnknownAttributes`](crate::UnknownAttributes); a
    /// client that finds one in a response gives the transaction up; in an indication it discards it
    /// (RFC 8489 §6.3).
    pub fn unknown_attributes(
        &self,
        known: &'a [AttributeType],
    ) -> impl Iterator<Item = AttributeType> + use<'a> {
        self.protected_attributes()
            .map(|attribute| attribute.attribute_type)
            .filter(|attribute_type| {
                attribute_type.is_comprehension_required() && !known.contains(attribute_type)
            })
    }

    pub(crate) const fn integrity_at(&self) -> Option<usize> {
        self.integrity
    }

    pub(crate) const fn integrity_sha256_at(&self) -> Option<usize> {
        self.integrity_sha256
    }

    pub(crate) const fn fingerprint_at(&self) -> Option<usize> {
        self.fingerprint
    }

    /// The value of the attribute that starts at `at`.
    pub(crate) fn value_at(&self, at: usize) -> Option<&'a [u8]> {
        let mut reader = Reader::new(self.bytes.get(at..)?);
        read_attribute(&mut reader)
            .ok()
            .map(|attribute| attribute.value)
    }
}

/// The attributes of a [`Message`].
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = RawAttribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // `Message::parse` read all of them once, so the only error here is the end.
        read_attribute(&mut self.reader).ok()
    }
}

/// Whether the bytes look like STUN: for telling protocols on one socket apart (RFC 7983 §7).
///
/// ```
/// assert!(strata_stun::is_stun(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
/// assert!(!strata_stun::is_stun(b"\x16\xfe\xfd a DTLS record, say"));
/// ```
#[inline]
pub fn is_stun(datagram: &[u8]) -> bool {
    matches!(datagram, [0..=3, _, _, _, 0x21, 0x12, 0xA4, 0x42, rest @ ..] if rest.len() >= 12)
}

/// Why bytes are not a STUN message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The header or an attribute is cut off.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// The two leading zero bits or the magic cookie are missing.
    #[error("not a STUN message: the leading zero bits or the magic cookie are missing")]
    NotStun,
    /// The length in the header is not that of what follows it, or not a multiple of 4.
    #[error(
        "the header announces {expected} bytes, but {actual} follow, or they are no multiple of 4"
    )]
    Length {
        /// What the header says.
        expected: usize,
        /// How many bytes follow the header.
        actual: usize,
    },
    /// An integrity or fingerprint attribute has an impossible length.
    #[error("{attribute_type:?} cannot have {actual} bytes")]
    Attribute {
        /// Which one.
        attribute_type: AttributeType,
        /// How long it is.
        actual: usize,
    },
    /// Something follows FINGERPRINT.
    #[error("FINGERPRINT is not the last attribute")]
    AfterFingerprint,
}

#[inline]
fn read_attribute<'a>(reader: &mut Reader<'a>) -> Result<RawAttribute<'a>, Truncated> {
    let attribute_type = AttributeType::new(reader.u16()?);
    let length = usize::from(reader.u16()?);
    let value = reader.take(length)?;
    // RFC 8489 §14: padded to a multiple of 4; the length does not count the padding.
    reader.take(length.wrapping_neg() & 0b11)?;
    Ok(RawAttribute {
        attribute_type,
        value,
    })
}

/// How long the header is.
pub(crate) const HEADER_LEN: usize = 20;
/// How long the header of an attribute is: its type and its length.
pub(crate) const ATTRIBUTE_HEADER_LEN: usize = 4;

#[cfg(test)]
mod tests;
