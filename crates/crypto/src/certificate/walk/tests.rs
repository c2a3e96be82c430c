//! What is DER on the way to the key, and what is not.

use super::*;
use crate::certificate::{asn1::UTF8_STRING, template::element};

/// An element.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    element(&mut out, tag, |out| out.extend_from_slice(content));
    out
}

/// The parts of a certificate, to be changed one at a time.
#[derive(Clone)]
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    /// signature, issuer, validity, subject.
    stepped_over: [Vec<u8>; 4],
    algorithm: Vec<u8>,
    key: Vec<u8>,
    behind_key: Vec<u8>,
    extensions: Vec<u8>,
    signature_algorithm: Vec<u8>,
    signature: Vec<u8>,
    behind: Vec<u8>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            version: tlv(VERSION, &tlv(INTEGER, &[2])),
            serial: tlv(INTEGER, &[1]),
            stepped_over: [(); 4].map(|()| tlv(SEQUENCE, b"what is here is nothing to us")),
            algorithm: tlv(SEQUENCE, &tlv(OBJECT_IDENTIFIER, ED25519)),
            key: tlv(BIT_STRING, b"\0a key"),
            behind_key: Vec::new(),
            extensions: tlv(0xA3, b"nor what is here"),
            signature_algorithm: tlv(SEQUENCE, b"nor here"),
            signature: tlv(BIT_STRING, b"nor here"),
            behind: Vec::new(),
        }
    }
}

impl Parts {
    fn to_be_signed(&self) -> Vec<u8> {
        let info = [&*self.algorithm, &self.key, &self.behind_key].concat();
        let fields = [
            &*self.version,
            &self.serial,
            &self.stepped_over.concat(),
            &tlv(SEQUENCE, &info),
            &self.extensions,
        ];
        tlv(SEQUENCE, &fields.concat())
    }

    fn certificate(&self) -> Vec<u8> {
        let parts = [
            &*self.to_be_signed(),
            &self.signature_algorithm,
            &self.signature,
            &self.behind,
        ];
        tlv(SEQUENCE, &parts.concat())
    }
}

/// What becomes of a certificate that `change` has changed.
fn with(change: impl FnOnce(&mut Parts)) -> Result<PublicKey, PublicKeyError> {
    let mut parts = Parts::default();
    change(&mut parts);
    parse_public_key(&parts.certificate())
}

/// The key is found.
fn found() -> PublicKey {
    PublicKey::new(KeyKind::Ed25519, b"a key".to_vec())
}

const MALFORMED: Result<PublicKey, PublicKeyError> = Err(PublicKeyError::Malformed);
const UNSUPPORTED: Result<PublicKey, PublicKeyError> = Err(PublicKeyError::Unsupported);

/// RFC 5280 §4.1: the version is left out of version 1; §4.1.2.2: numbers that should not be are borne;
/// §4.1.2.8, §4.1.2.9: unique identifiers and extensions may be there.
#[test]
fn what_may_be_there_or_not_is_stepped_over() {
    assert_eq!(with(|_| ()), Ok(found()));
    assert_eq!(with(|parts| parts.version.clear()), Ok(found()));
    for serial in [&[0][..], &[0xFF; 9], &[0xFF; 200], &vec![0; 70_000], &[]] {
        assert_eq!(
            with(|parts| parts.serial = tlv(INTEGER, serial)),
            Ok(found())
        );
    }
    let identifiers = [tlv(0x81, b"\0issuer"), tlv(0x82, b"\0subject")].concat();
    for extensions in [
        Vec::new(),
        identifiers.clone(),
        [identifiers, tlv(0xA3, &[])].concat(),
    ] {
        assert_eq!(with(|parts| parts.extensions = extensions), Ok(found()));
    }
}

#[test]
fn what_must_be_there_must_be_there() {
    assert_eq!(with(|parts| parts.serial.clear()), MALFORMED);
    for place in 0..4 {
        assert_eq!(with(|parts| parts.stepped_over[place].clear()), MALFORMED);
        let text = |parts: &mut Parts| parts.stepped_over[place] = tlv(UTF8_STRING, b"");
        assert_eq!(with(text), MALFORMED);
    }
    assert_eq!(with(|parts| parts.algorithm.clear()), MALFORMED);
    assert_eq!(
        with(|parts| parts.algorithm = tlv(SEQUENCE, &[])),
        MALFORMED
    );
    assert_eq!(with(|parts| parts.key.clear()), MALFORMED);
    assert_eq!(with(|parts| parts.signature_algorithm.clear()), MALFORMED);
    assert_eq!(with(|parts| parts.signature.clear()), MALFORMED);
}

#[test]
fn nothing_else_may_be_there() {
    let more = || tlv(INTEGER, &[1]);
    assert_eq!(with(|parts| parts.behind = more()), MALFORMED);
    assert_eq!(with(|parts| parts.behind_key = more()), MALFORMED);
    assert_eq!(with(|parts| parts.extensions = vec![0xA3]), MALFORMED);
    assert_eq!(with(|parts| parts.extensions = vec![0xA3, 1]), MALFORMED);
    let parameters = [tlv(OBJECT_IDENTIFIER, ED25519), more(), more()].concat();
    assert_eq!(
        with(|parts| parts.algorithm = tlv(SEQUENCE, &parameters)),
        MALFORMED
    );
}

/// RFC 3279 §2.3.1 and RFC 8410 §3 say which parameters stand there; peers disagree, and they mean nothing.
#[test]
fn parameters_count_for_curves_alone() {
    let algorithm = |identifier, parameters: &[u8]| {
        let content = [&tlv(OBJECT_IDENTIFIER, identifier), parameters].concat();
        with(|parts| parts.algorithm = tlv(SEQUENCE, &content)).map(|key| key.kind())
    };
    for parameters in [&[][..], &[5, 0]] {
        assert_eq!(algorithm(RSA_ENCRYPTION, parameters), Ok(KeyKind::Rsa));
        assert_eq!(algorithm(ED25519, parameters), Ok(KeyKind::Ed25519));
    }
    // RFC 5480 §2.1.1
    let named = |curve| algorithm(EC_PUBLIC_KEY, &tlv(OBJECT_IDENTIFIER, curve));
    assert_eq!(named(SECP256R1), Ok(KeyKind::EcdsaP256));
    assert_eq!(named(SECP384R1), Ok(KeyKind::EcdsaP384));
    assert_eq!(named(ED25519), Err(PublicKeyError::Unsupported));
    let without = algorithm(EC_PUBLIC_KEY, &[]);
    assert_eq!(without, Err(PublicKeyError::Malformed));
    for tag in [SEQUENCE, UTF8_STRING] {
        let other = algorithm(EC_PUBLIC_KEY, &tlv(tag, SECP256R1));
        assert_eq!(other, Err(PublicKeyError::Unsupported));
    }
    assert_eq!(
        with(|parts| parts.algorithm = tlv(SEQUENCE, &tlv(OBJECT_IDENTIFIER, SECP256R1))),
        UNSUPPORTED
    );
}

/// X.690 §8.6.2.2
#[test]
fn keys_are_whole_octets() {
    for unused in 1..=8 {
        assert_eq!(
            with(|parts| parts.key = tlv(BIT_STRING, &[unused, 1, 0])),
            MALFORMED
        );
    }
    assert_eq!(with(|parts| parts.key = tlv(BIT_STRING, &[])), MALFORMED);
}

/// X.690 §10.1: "The definite form of length encoding shall be used, encoded in the minimum number of octets."
#[test]
fn lengths_are_definite_and_as_short_as_can_be() {
    let element = |octets: &[u8]| {
        let mut elements = Elements::new(octets);
        elements.next().map(|element| element.content.len())
    };
    let long = |header: &[u8], length| element(&[header, &vec![0; length]].concat());
    for (header, length) in [
        (&[4, 0][..], 0),
        (&[4, 0x7F], 0x7F),
        (&[4, 0x81, 0x80], 0x80),
        (&[4, 0x81, 0xFF], 0xFF),
        (&[4, 0x82, 0x01, 0x00], 0x100),
        (&[4, 0x82, 0xFF, 0xFF], 0xFFFF),
        (&[4, 0x83, 0x01, 0x00, 0x00], 0x1_0000),
    ] {
        assert_eq!(long(header, length), Ok(length), "{header:02x?}");
        // One octet is missing.
        if let Some(less) = length.checked_sub(1) {
            assert_eq!(long(header, less), Err(PublicKeyError::Malformed));
        }
    }
    for header in [
        &[4, 0x80, 0, 0][..],
        &[4, 0x81, 0x00],
        &[4, 0x81, 0x7F],
        &[4, 0x82, 0x00, 0xFF],
        &[4, 0x83, 0x00, 0xFF, 0xFF],
        &[4, 0x84, 0x00, 0x01, 0x00, 0x00],
        &[4, 0x84, 0x01, 0x00, 0x00, 0x00],
        &[4, 0xFF],
        // X.690 §8.1.2.4: a tag of more octets.
        &[0x1F, 0x1F, 0],
        &[0xBF, 0x81, 0x01, 0],
    ] {
        let refused = long(header, 0x2_0000);
        assert_eq!(refused, Err(PublicKeyError::Malformed), "{header:02x?}");
    }
    for cut in [&[][..], &[4], &[4, 0x81], &[4, 0x82, 1]] {
        assert_eq!(long(cut, 0), Err(PublicKeyError::Malformed), "{cut:02x?}");
    }
}

/// X.690 §8.1.2: class and form are part of a tag.
#[test]
fn a_tag_of_another_class_is_another_tag() {
    for bits in [0x20, 0x40, 0x80] {
        assert_eq!(with(|parts| parts.serial[0] ^= bits), MALFORMED);
        assert_eq!(with(|parts| parts.algorithm[0] ^= bits), MALFORMED);
        assert_eq!(with(|parts| parts.algorithm[2] ^= bits), MALFORMED);
        assert_eq!(with(|parts| parts.key[0] ^= bits), MALFORMED);
        assert_eq!(with(|parts| parts.signature[0] ^= bits), MALFORMED);
    }
}
