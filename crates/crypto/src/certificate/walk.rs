//! The way to the public key in a certificate of others (RFC 5280 §4.1), and nothing but that.
//!
//! WebRTC authenticates a certificate by the fingerprint of all its octets, so its names, dates and extensions
//! mean nothing here: they are stepped over as a whole, whatever is in them. The way is at most four levels deep, with
//! one function call for each level. There is no recursion, and nothing is allocated.
//!
//! What is not DER (X.690 §10) on that way is refused, such as a length that is indefinite, or longer than it has to
//! be. Two readers may understand such an encoding differently, and an attacker could show each of them another key.

use strata_core::wire::Reader;

use super::{
    PublicKeyError,
    asn1::{
        BIT_STRING, EC_PUBLIC_KEY, ED25519, INTEGER, OBJECT_IDENTIFIER, RSA_ENCRYPTION, SECP256R1,
        SECP384R1, SEQUENCE, VERSION,
    },
};
use crate::signature::{KeyKind, PublicKey};

/// The public key in an X.509 certificate of any version. Nothing else in it is looked at.
///
/// # Errors
/// [`PublicKeyError`] if it is no certificate, or the key is of no kind that
/// [`signature::verify`](crate::signature::verify) knows.
pub fn parse_public_key(der: &[u8]) -> Result<PublicKey, PublicKeyError> {
    // SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
    let mut info = subject_public_key_info(der)?;
    // AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY DEFINED BY algorithm OPTIONAL }
    let mut algorithm = info.sequence()?;
    let bits = info.content_of(BIT_STRING)?;
    info.end()?;
    let identifier = algorithm.content_of(OBJECT_IDENTIFIER)?;
    let parameters = algorithm.optional()?;
    algorithm.end()?;
    let kind = match identifier {
        RSA_ENCRYPTION => KeyKind::Rsa,
        ED25519 => KeyKind::Ed25519,
        EC_PUBLIC_KEY => curve(parameters.ok_or(PublicKeyError::Malformed)?)?,
        _ => return Err(PublicKeyError::Unsupported),
    };
    // X.690 §8.6.2.2: the first octet counts the unused bits of the last. Keys are whole octets.
    match bits.split_first() {
        Some((0, key)) => Ok(PublicKey::new(kind, key.to_vec())),
        Some(_) | None => Err(PublicKeyError::Malformed),
    }
}

/// The kind of key that is on the curve which these parameters stand for.
fn curve(parameters: Element<'_>) -> Result<KeyKind, PublicKeyError> {
    match (parameters.tag, parameters.content) {
        (OBJECT_IDENTIFIER, SECP256R1) => Ok(KeyKind::EcdsaP256),
        (OBJECT_IDENTIFIER, SECP384R1) => Ok(KeyKind::EcdsaP384),
        // RFC 5480 §2.1.1: a curve spelled out MUST NOT be used, even if it is one of these.
        _ => Err(PublicKeyError::Unsupported),
    }
}

/// What is in the `SubjectPublicKeyInfo` of a certificate.
fn subject_public_key_info(der: &[u8]) -> Result<Elements<'_>, PublicKeyError> {
    let mut whole = Elements::new(der);
    let mut certificate = whole.sequence()?;
    whole.end()?;
    let mut fields = certificate.sequence()?;
    certificate.content_of(SEQUENCE)?; // signatureAlgorithm
    certificate.content_of(BIT_STRING)?; // signatureValue
    certificate.end()?;
    // RFC 5280 §4.1: left out of a certificate of version 1.
    fields.skip_if(VERSION)?;
    // RFC 5280 §4.1.2.2: of any length, negative or zero too.
    fields.content_of(INTEGER)?; // serialNumber
    fields.content_of(SEQUENCE)?; // signature
    fields.content_of(SEQUENCE)?; // issuer
    fields.content_of(SEQUENCE)?; // validity
    fields.content_of(SEQUENCE)?; // subject
    let info = fields.sequence()?;
    // issuerUniqueID, subjectUniqueID, extensions: any, or none.
    while fields.optional()?.is_some() {}
    Ok(info)
}

/// Elements in DER, one after the other.
struct Elements<'a>(Reader<'a>);

/// A tag and what it is for.
#[derive(Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

impl<'a> Elements<'a> {
    const fn new(octets: &'a [u8]) -> Self {
        Self(Reader::new(octets))
    }

    fn next(&mut self) -> Result<Element<'a>, PublicKeyError> {
        let tag = self.octet()?;
        // X.690 §8.1.2.4: tag numbers from 31 on take more octets; no field of a certificate has one.
        if tag & 0x1F == 0x1F {
            return Err(PublicKeyError::Malformed);
        }
        let length = self.length()?;
        let content = self.0.take(length).map_err(|_| PublicKeyError::Malformed)?;
        Ok(Element { tag, content })
    }

    /// A length, definite (X.690 §8.1.3) and in its shortest form (§10.1).
    fn length(&mut self) -> Result<usize, PublicKeyError> {
        let first = self.octet()?;
        if first < 0x80 {
            return Ok(usize::from(first));
        }
        // 0x80 is the indefinite form. A certificate of TLS has fewer than 2^24 octets (RFC 5246 §7.4.2).
        let count = first & 0x7F;
        if !(1..=3).contains(&count) {
            return Err(PublicKeyError::Malformed);
        }
        let mut length: u32 = 0;
        for _ in 0..count {
            length = length << 8 | u32::from(self.octet()?);
        }
        let shortest: u32 = match count {
            1 => 0x80,
            2 => 0x100,
            _ => 0x1_0000,
        };
        if length < shortest {
            return Err(PublicKeyError::Malformed);
        }
        usize::try_from(length).map_err(|_| PublicKeyError::Malformed)
    }

    fn octet(&mut self) -> Result<u8, PublicKeyError> {
        self.0.u8().map_err(|_| PublicKeyError::Malformed)
    }

    /// What is in the next element, which has to have this tag.
    fn content_of(&mut self, tag: u8) -> Result<&'a [u8], PublicKeyError> {
        let element = self.next()?;
        if element.tag == tag {
            Ok(element.content)
        } else {
            Err(PublicKeyError::Malformed)
        }
    }

    /// The elements in the next element, which has to be a SEQUENCE.
    fn sequence(&mut self) -> Result<Self, PublicKeyError> {
        self.content_of(SEQUENCE).map(Self::new)
    }

    /// The next element, `None` behind the last.
    fn optional(&mut self) -> Result<Option<Element<'a>>, PublicKeyError> {
        if self.0.is_empty() {
            Ok(None)
        } else {
            self.next().map(Some)
        }
    }

    /// Steps over the next element if it has this tag.
    fn skip_if(&mut self, tag: u8) -> Result<(), PublicKeyError> {
        if self.0.peek().first() == Some(&tag) {
            self.next()?;
        }
        Ok(())
    }

    /// Nothing may be left.
    const fn end(&self) -> Result<(), PublicKeyError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(PublicKeyError::Malformed)
        }
    }
}

#[cfg(test)]
mod tests;
