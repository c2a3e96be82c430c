//! What the other side says of its key: certificates and their fingerprints.

use strata_crypto::Fingerprint;
use strata_crypto::certificate::parse_public_key;
use strata_crypto::fingerprint::HashFunction;
use strata_crypto::signature::{Scheme, verify};

use crate::Outcome;

/// A certificate: it alone has its fingerprints, and its key can be asked about any signature.
pub fn crypto_certificate(data: &[u8]) -> Outcome {
    let functions = [
        HashFunction::Sha256,
        HashFunction::Sha384,
        HashFunction::Sha512,
    ];
    for function in functions {
        let fingerprint = Fingerprint::of(function, data);
        assert!(fingerprint.matches(data));
        assert!(!fingerprint.matches(&[data, &[0]].concat()));
        it_is_read_back(&fingerprint);
    }
    let key = match parse_public_key(data) {
        Ok(key) => key,
        Err(error) => return Outcome::refused(error),
    };
    // Nothing may hide behind it, and no part of it is a certificate: DER says where it ends.
    assert!(parse_public_key(&[data, &[0]].concat()).is_err());
    assert!(parse_public_key(&[data, data].concat()).is_err());
    for end in [0, 1, data.len() / 2, data.len() - 1] {
        assert!(parse_public_key(&data[..end]).is_err());
    }
    // The key is octets of the certificate, and the same ones every time.
    let octets = key.as_bytes();
    assert!(octets.is_empty() || data.windows(octets.len()).any(|part| part == octets));
    assert_eq!(parse_public_key(data).as_ref(), Ok(&key));
    // What it is signed with, which ends it, means nothing here.
    let mut resigned = data.to_vec();
    if let Some(last) = resigned.last_mut() {
        *last ^= 0xFF;
    }
    // (An empty signature ends in its length.)
    if let Ok(other) = parse_public_key(&resigned) {
        assert_eq!(other, key);
    }
    for scheme in Scheme::ALL {
        assert!(verify(scheme, &key, b"message", b"").is_err());
        // Not "is an error": there are Ed25519 keys under which zeros are a signature.
        let _ = verify(scheme, &key, b"message", &[0; 64]);
        let _ = verify(scheme, &key, b"message", data);
    }
    Outcome::Parsed
}

/// The text of a fingerprint, as it is signalled.
pub fn crypto_fingerprint(data: &[u8]) -> Outcome {
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => return Outcome::refused(error),
    };
    match text.parse::<Fingerprint>() {
        Ok(fingerprint) => {
            it_is_read_back(&fingerprint);
            let (name, digits) = text.split_once(' ').expect("two words");
            let plain = format!("{name} {}", digits.trim());
            assert!(fingerprint.to_string().eq_ignore_ascii_case(&plain));
            Outcome::Parsed
        }
        Err(error) => Outcome::refused(error),
    }
}

fn it_is_read_back(fingerprint: &Fingerprint) {
    let text = fingerprint.to_string();
    assert_eq!(text.parse().as_ref(), Ok(fingerprint), "{text}");
}
