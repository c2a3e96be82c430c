//! The one certificate that we write: self-signed, ECDSA on P-256 (RFC 5280 §4.1), in DER (X.690 §10).
//!
//! ```text
//! Certificate ::= SEQUENCE {
//!     tbsCertificate SEQUENCE {
//!         version         [0] INTEGER,        -- 2, which means version 3
//!         serialNumber    INTEGER,
//!         signature       AlgorithmIdentifier,
//!         issuer          Name,
//!         validity        SEQUENCE { notBefore Time, notAfter Time },
//!         subject         Name,               -- the issuer's
//!         subjectPublicKeyInfo SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING } },
//!     signatureAlgorithm  AlgorithmIdentifier,
//!     signatureValue      BIT STRING }
//! ```

use super::asn1::{
    BIT_STRING, COMMON_NAME, EC_PUBLIC_KEY, ECDSA_WITH_SHA256, GENERALIZED_TIME, INTEGER,
    OBJECT_IDENTIFIER, SECP256R1, SEQUENCE, SET, UTC_TIME, UTF8_STRING, VERSION,
};
use crate::digest;

/// The certificate of the key whose public half is `point` (uncompressed, 65 octets), signed by `sign`.
///
/// # Errors
/// What `sign` gives.
pub(super) fn self_signed<E>(
    point: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let mut to_be_signed = Vec::new();
    element(&mut to_be_signed, SEQUENCE, |out| fields(out, point));
    let signature = sign(&to_be_signed)?;
    let mut out = Vec::new();
    element(&mut out, SEQUENCE, |out| {
        out.extend_from_slice(&to_be_signed);
        algorithm(out, &[ECDSA_WITH_SHA256]);
        bit_string(out, &signature);
    });
    Ok(out)
}

/// The fields of `tbsCertificate`.
fn fields(out: &mut Vec<u8>, point: &[u8]) {
    element(out, VERSION, |out| {
        element(out, INTEGER, |out| out.push(2));
    });
    element(out, INTEGER, |out| out.extend_from_slice(&serial(point)));
    algorithm(out, &[ECDSA_WITH_SHA256]);
    name(out);
    element(out, SEQUENCE, |out| {
        element(out, UTC_TIME, |out| out.extend_from_slice(NOT_BEFORE));
        element(out, GENERALIZED_TIME, |out| {
            out.extend_from_slice(NOT_AFTER);
        });
    });
    name(out);
    element(out, SEQUENCE, |out| {
        // RFC 5480 §2.1.1: the parameter is the curve's name.
        algorithm(out, &[EC_PUBLIC_KEY, SECP256R1]);
        bit_string(out, point);
    });
}

/// The serial number: out of the hash of the public key, so as random as the key, and different for every key.
fn serial(point: &[u8]) -> [u8; SERIAL_LEN] {
    let mut serial = [0; SERIAL_LEN];
    for (to, from) in serial
        .iter_mut()
        .zip(digest::sha256(point).as_ref().iter().copied())
    {
        *to = from;
    }
    // RFC 5280 §4.1.2.2: positive. X.690 §8.3.2: in no more octets than are needed; so the first is 0x40 to 0x7f.
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x3F | 0x40;
    }
    serial
}

/// A name of one part: `CN=WebRTC`.
fn name(out: &mut Vec<u8>) {
    element(out, SEQUENCE, |out| {
        element(out, SET, |out| {
            element(out, SEQUENCE, |out| {
                element(out, OBJECT_IDENTIFIER, |out| {
                    out.extend_from_slice(COMMON_NAME);
                });
                element(out, UTF8_STRING, |out| out.extend_from_slice(b"WebRTC"));
            });
        });
    });
}

/// An `AlgorithmIdentifier`: its own object identifier, and another one where that is its parameter.
///
/// RFC 5758 §3.2: `ecdsa-with-SHA256` MUST have no parameters, not even NULL.
fn algorithm(out: &mut Vec<u8>, identifiers: &[&[u8]]) {
    element(out, SEQUENCE, |out| {
        for identifier in identifiers {
            element(out, OBJECT_IDENTIFIER, |out| {
                out.extend_from_slice(identifier);
            });
        }
    });
}

/// A BIT STRING of whole octets (X.690 §8.6.2.2: the first octet counts the unused bits of the last).
fn bit_string(out: &mut Vec<u8>, octets: &[u8]) {
    element(out, BIT_STRING, |out| {
        out.push(0);
        out.extend_from_slice(octets);
    });
}

/// Tag, length and what `fill` appends.
pub(super) fn element(out: &mut Vec<u8>, tag: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    fill(&mut content);
    out.push(tag);
    length(out, content.len());
    out.extend_from_slice(&content);
}

/// A length in the shortest form there is (X.690 §10.1).
fn length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(_) | Err(_) => {
            let octets = length.to_be_bytes();
            let octets = octets.into_iter().skip_while(|octet| *octet == 0);
            // X.690 §8.1.3.5: how many there are, with the bit that says so. A usize has 8 at most.
            let count = octets
                .clone()
                .fold(0, |count: u8, _| count.saturating_add(1));
            out.push(0x80 | count);
            out.extend(octets);
        }
    }
}

/// Octets of the serial number: as many as RFC 5280 §4.1.2.2 allows.
const SERIAL_LEN: usize = 20;

// RFC 5280 §4.1.2.5: UTCTime through the year 2049, GeneralizedTime from 2050 on. The dates are wide: peers that
// check them, which WebRTC does not ask for, must not refuse us because of a wrong clock.
const NOT_BEFORE: &[u8] = b"000101000000Z";
const NOT_AFTER: &[u8] = b"21000101000000Z";

#[cfg(test)]
mod tests {
    use super::*;

    /// X.690 §8.1.3, §10.1.
    #[test]
    fn lengths_take_as_few_octets_as_they_can() {
        for (count, octets) in [
            (0, &[0][..]),
            (1, &[1]),
            (0x7F, &[0x7F]),
            (0x80, &[0x81, 0x80]),
            (0xFF, &[0x81, 0xFF]),
            (0x100, &[0x82, 0x01, 0x00]),
            (0xFFFF, &[0x82, 0xFF, 0xFF]),
            (0x1_0000, &[0x83, 0x01, 0x00, 0x00]),
        ] {
            let mut out = vec![9];
            length(&mut out, count);
            assert_eq!(out[1..], *octets, "{count}");
        }
    }

    /// RFC 5280 §4.1.2.2, X.690 §8.3.2: whatever the key is.
    #[test]
    fn serials_are_positive_of_one_length_and_different() {
        let mut seen = std::collections::BTreeSet::new();
        for octet in 0..=u8::MAX {
            let serial = serial(&[octet; 65]);
            assert!((0x40..=0x7F).contains(&serial[0]), "{serial:02x?}");
            assert!(seen.insert(serial));
        }
    }
}
