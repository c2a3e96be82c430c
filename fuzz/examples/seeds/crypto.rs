//! A certificate and its fingerprints.
//!
//! The certificate is new with every run; those of OpenSSL are the tests'.

use strata_crypto::fingerprint::HashFunction;
use strata_crypto::{Certificate, Fingerprint};

use crate::Seed;

const RSA: &[u8] = include_bytes!("../../../crates/crypto/tests/certificates/rsa-many.der");
const P384: &[u8] = include_bytes!("../../../crates/crypto/tests/certificates/p384-many.der");
const ED25519: &[u8] = include_bytes!("../../../crates/crypto/tests/certificates/ed25519-many.der");
const EXPLICIT: &[u8] = include_bytes!("../../../crates/crypto/tests/certificates/explicit.der");

pub(crate) fn seeds() -> Vec<Seed> {
    let certificate = Certificate::generate().expect("randomness");
    let text = |function| {
        let fingerprint = Fingerprint::of(function, certificate.der());
        fingerprint.to_string().into_bytes()
    };
    let sha256 = text(HashFunction::Sha256);
    let mut sha1 = b"sha-1".to_vec();
    sha1.extend_from_slice(&sha256[7..67]);
    vec![
        ("crypto_certificate", "own", certificate.der().to_vec()),
        ("crypto_certificate", "openssl-rsa", RSA.to_vec()),
        ("crypto_certificate", "openssl-p384", P384.to_vec()),
        ("crypto_certificate", "openssl-ed25519", ED25519.to_vec()),
        ("crypto_certificate", "openssl-explicit", EXPLICIT.to_vec()),
        (
            "crypto_fingerprint",
            "lower-case",
            sha256.to_ascii_lowercase(),
        ),
        ("crypto_fingerprint", "sha-256", sha256),
        ("crypto_fingerprint", "sha-384", text(HashFunction::Sha384)),
        ("crypto_fingerprint", "sha-512", text(HashFunction::Sha512)),
        ("crypto_fingerprint", "sha-1", sha1),
    ]
}
