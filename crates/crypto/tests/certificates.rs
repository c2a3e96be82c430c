//! Certificates read by others, and those of others read by us.
//!
//! The other reader is `x509-parser`, the other writer `rcgen`; the files in `certificates/` are OpenSSL's (`make.sh`
//! there says how).
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::ops::Range;

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    SanType, SignatureAlgorithm, date_time_ymd,
};
use strata_crypto::{
    Certificate,
    certificate::{PublicKeyError, parse_public_key},
    signature::{KeyKind, PublicKey, Scheme, verify},
};
use x509_parser::{
    oid_registry::{
        OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION,
        OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ED25519,
    },
    prelude::{ASN1Time, FromDer as _, X509Certificate, X509Version},
};

const RSA: &[u8] = include_bytes!("certificates/rsa-many.der");
const P384: &[u8] = include_bytes!("certificates/p384-many.der");
const ED25519: &[u8] = include_bytes!("certificates/ed25519-many.der");
const NEGATIVE: &[u8] = include_bytes!("certificates/negative.der");
const ZERO: &[u8] = include_bytes!("certificates/zero.der");
const LONG: &[u8] = include_bytes!("certificates/long.der");
const EXPLICIT: &[u8] = include_bytes!("certificates/explicit.der");
const PSS: &[u8] = include_bytes!("certificates/pss.der");
const ED448: &[u8] = include_bytes!("certificates/ed448.der");

/// The key that `x509-parser` finds, where it is one of ours.
fn found_by_another(der: &[u8]) -> Option<PublicKey> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    let info = certificate.public_key();
    let algorithm = &info.algorithm.algorithm;
    let curve = || info.algorithm.parameters.as_ref()?.as_oid().ok();
    let kind = if *algorithm == OID_PKCS1_RSAENCRYPTION {
        KeyKind::Rsa
    } else if *algorithm == OID_SIG_ED25519 {
        KeyKind::Ed25519
    } else if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve()? == OID_EC_P256 {
        KeyKind::EcdsaP256
    } else if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve()? == OID_NIST_EC_P384 {
        KeyKind::EcdsaP384
    } else {
        return None;
    };
    rest.is_empty()
        .then(|| PublicKey::new(kind, info.subject_public_key.data.to_vec()))
}

/// A certificate made by `rcgen`, with no extension or with many.
fn made_by_another(algorithm: &'static SignatureAlgorithm, extensions: usize) -> Vec<u8> {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let mut parameters = CertificateParams::default();
    parameters
        .distinguished_name
        .push(DnType::OrganizationName, "A name of two parts");
    if extensions > 0 {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(2));
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.not_after = date_time_ymd(2049, 12, 31);
    }
    for number in 0..extensions {
        let name = format!("host-{number}.example").try_into().unwrap();
        parameters.subject_alt_names.push(SanType::DnsName(name));
        let identifier = [1, 2, 3, 4, u64::try_from(number).unwrap()];
        let extension = CustomExtension::from_oid_content(&identifier, vec![0xFF; number]);
        parameters.custom_extensions.push(extension);
    }
    parameters.self_signed(&key).unwrap().der().to_vec()
}

/// RFC 5280 §4.1, RFC 5480 §2.1.1, RFC 5758 §3.2: field by field, and the signature.
#[test]
fn another_reader_finds_in_ours_what_belongs_there() {
    for _ in 0..64 {
        let ours = Certificate::generate().unwrap();
        let (rest, read) = X509Certificate::from_der(ours.der()).unwrap();
        assert!(rest.is_empty());
        assert_eq!(read.version(), X509Version::V3);
        // RFC 5280 §4.1.2.2: positive, at most 20 octets; X.690 §8.3.2: no octet of zeros in front.
        let serial = read.raw_serial();
        assert_eq!(serial.len(), 20);
        assert!((1..0x80).contains(&serial[0]), "{serial:02x?}");
        assert_eq!(read.subject().to_string(), "CN=WebRTC");
        assert_eq!(read.issuer().to_string(), "CN=WebRTC");
        let instant = |time: ASN1Time| time.timestamp();
        assert_eq!(instant(read.validity().not_before), 946_684_800);
        assert_eq!(instant(read.validity().not_after), 4_102_444_800);
        // RFC 5280 §4.1.1.2: both the same. RFC 5758 §3.2: without parameters.
        for algorithm in [&read.signature_algorithm, &read.signature] {
            assert_eq!(algorithm.algorithm, OID_SIG_ECDSA_WITH_SHA256);
            assert!(algorithm.parameters.is_none());
        }
        assert!(read.extensions().is_empty());
        assert!(read.issuer_uid.is_none() && read.subject_uid.is_none());
        assert_eq!(read.verify_signature(None), Ok(()));
        // It is a certificate of the key that signs for us.
        let key = found_by_another(ours.der()).unwrap();
        assert_eq!(key.kind(), KeyKind::EcdsaP256);
        let signature = ours.sign(b"message").unwrap();
        assert_eq!(
            verify(Scheme::EcdsaSha256, &key, b"message", &signature),
            Ok(())
        );
    }
}

/// But for the serial number and the signature, it is octet for octet what `rcgen` writes of the same fields.
#[test]
fn ours_is_what_another_writer_writes() {
    let ours = Certificate::from_seed(&[7; 32]).unwrap();
    let key = KeyPair::from_pkcs8_der_and_sign_algo(
        &ours.pkcs8().to_vec().into(),
        &PKCS_ECDSA_P256_SHA256,
    )
    .unwrap();
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, "WebRTC");
    parameters.not_before = date_time_ymd(2000, 1, 1);
    parameters.not_after = date_time_ymd(2100, 1, 1);
    let (_, read) = X509Certificate::from_der(ours.der()).unwrap();
    parameters.serial_number = Some(read.raw_serial().to_vec().into());
    let theirs = parameters.self_signed(&key).unwrap();
    let (_, theirs) = X509Certificate::from_der(theirs.der()).unwrap();
    assert_eq!(
        read.tbs_certificate.as_ref(),
        theirs.tbs_certificate.as_ref()
    );
}

#[test]
fn serial_numbers_do_not_repeat() {
    let serial = || {
        let ours = Certificate::generate().unwrap();
        let (_, read) = X509Certificate::from_der(ours.der()).unwrap();
        read.raw_serial().to_vec()
    };
    assert_ne!(serial(), serial());
}

#[test]
fn certificates_of_another_writer_are_read() {
    for (algorithm, kind) in [
        (&PKCS_ECDSA_P256_SHA256, KeyKind::EcdsaP256),
        (&PKCS_ECDSA_P384_SHA384, KeyKind::EcdsaP384),
        (&PKCS_ED25519, KeyKind::Ed25519),
    ] {
        for extensions in [0, 1, 10, 100, 400] {
            let der = made_by_another(algorithm, extensions);
            let key = parse_public_key(&der).unwrap();
            assert_eq!(key.kind(), kind);
            assert_eq!(Some(key), found_by_another(&der));
        }
    }
}

/// Dates of both kinds, serial numbers that no certificate should have, extensions that nobody knows.
#[test]
fn certificates_of_openssl_are_read() {
    for (der, kind) in [
        (RSA, KeyKind::Rsa),
        (P384, KeyKind::EcdsaP384),
        (ED25519, KeyKind::Ed25519),
        (NEGATIVE, KeyKind::EcdsaP256),
        (ZERO, KeyKind::EcdsaP256),
        (LONG, KeyKind::EcdsaP256),
    ] {
        let key = parse_public_key(der).unwrap();
        assert_eq!(key.kind(), kind);
        assert_eq!(Some(key), found_by_another(der));
    }
}

#[test]
fn keys_that_are_not_supported_are_told_from_garbage() {
    // RFC 5480 §2.1.1: a curve spelled out MUST NOT be used, even if it is P-256.
    for der in [EXPLICIT, PSS, ED448] {
        assert_eq!(parse_public_key(der), Err(PublicKeyError::Unsupported));
    }
}

#[test]
fn what_is_cut_off_or_goes_on_is_refused() {
    for der in [RSA, P384, ED25519, NEGATIVE, ZERO, LONG, EXPLICIT, PSS] {
        for length in 0..der.len() {
            let cut = parse_public_key(&der[..length]);
            assert_eq!(cut, Err(PublicKeyError::Malformed), "{length}");
        }
        let longer = [der, &[0]].concat();
        assert_eq!(parse_public_key(&longer), Err(PublicKeyError::Malformed));
    }
}

/// Where in a certificate the serial number, the names, the extensions and the signature lie, without their headers.
fn stepped_over(der: &[u8]) -> Vec<Range<usize>> {
    let (_, read) = X509Certificate::from_der(der).unwrap();
    let place = |part: &[u8]| {
        let start = part.as_ptr().addr() - der.as_ptr().addr();
        start..start + part.len()
    };
    let mut places: Vec<_> = read
        .extensions()
        .iter()
        .map(|one| place(one.value))
        .collect();
    places.push(place(read.raw_serial()));
    places.push(place(&read.issuer().as_raw()[4..]));
    places.push(place(&read.subject().as_raw()[4..]));
    places.push(place(&read.signature_value.data));
    places
}

/// Every bit of some certificates, one after the other.
#[test]
fn a_flipped_bit_never_shows_another_key_than_others_see() {
    for der in [NEGATIVE, P384, ED25519] {
        let key = parse_public_key(der);
        let stepped_over = stepped_over(der);
        let (mut same, mut refused) = (0, 0);
        for bit in 0..der.len() * 8 {
            let mut flipped = der.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let ours = parse_public_key(&flipped);
            if stepped_over.iter().any(|place| place.contains(&(bit / 8))) {
                // WebRTC authenticates the whole by its fingerprint; this means nothing to us.
                assert_eq!(ours, key, "bit {bit}");
            }
            match (ours, found_by_another(&flipped)) {
                (Ok(ours), Some(theirs)) => {
                    assert_eq!(ours, theirs, "bit {bit}");
                    same += 1;
                }
                (Ok(_), None) => {}
                // Where tags and lengths on the way to the key are wrong, the other reader is less strict.
                (Err(_), _) => refused += 1,
            }
        }
        assert!(same > 1000 && refused > 100, "{same} {refused}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(parse_public_key(&bytes).is_ok(), false);
    }

    /// Damage of any kind: octets changed, taken out and put in.
    #[test]
    fn damage_never_shows_another_key_than_others_see(
        which in 0_usize..6,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..3, any::<u8>()), 1..6),
    ) {
        let mut der = [RSA, P384, ED25519, NEGATIVE, ZERO, LONG][which].to_vec();
        for (at, edit, octet) in edits {
            let at = at.index(der.len());
            match edit {
                0 => der[at] = octet,
                1 => der.insert(at, octet),
                _ => drop(der.remove(at)),
            }
        }
        if let (Ok(ours), Some(theirs)) = (parse_public_key(&der), found_by_another(&der)) {
            prop_assert_eq!(ours, theirs);
        }
    }
}
