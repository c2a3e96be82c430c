//! Signatures of TLS handshakes (RFC 5246 §7.4.1.4.1, RFC 8422, RFC 8446 §4.2.3).

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

/// A signature algorithm and its hash, by TLS's number for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// Ed25519.
    Ed25519,
    /// RSASSA-PSS with SHA-256.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512.
    RsaPssSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
}

impl Scheme {
    /// All of them, the preferred first.
    pub const ALL: [Self; 9] = [
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::Ed25519,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
    ];

    /// The number in TLS.
    pub const fn code(self) -> u16 {
        match self {
            Self::EcdsaSha256 => 0x0403,
            Self::EcdsaSha384 => 0x0503,
            Self::Ed25519 => 0x0807,
            Self::RsaPssSha256 => 0x0804,
            Self::RsaPssSha384 => 0x0805,
            Self::RsaPssSha512 => 0x0806,
            Self::RsaPkcs1Sha256 => 0x0401,
            Self::RsaPkcs1Sha384 => 0x0501,
            Self::RsaPkcs1Sha512 => 0x0601,
        }
    }

    /// The scheme with this number in TLS, if it is one of these.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.code() == code)
    }
}

/// What kind of public key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// ECDSA on NIST P-256.
    EcdsaP256,
    /// ECDSA on NIST P-384.
    EcdsaP384,
    /// Ed25519.
    Ed25519,
    /// RSA of 2048 to 8192 bits.
    Rsa,
}

/// A public key, out of somebody's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    bytes: Vec<u8>,
}

impl PublicKey {
    /// A key as `SubjectPublicKeyInfo` has it: a point, or an `RSAPublicKey` in DER.
    #[must_use]
    pub const fn new(kind: KeyKind, bytes: Vec<u8>) -> Self {
        Self { kind, bytes }
    }

    /// What kind of key it is.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key as `SubjectPublicKeyInfo` has it: a point, or an `RSAPublicKey` in DER.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The signature is not that key's under that message, or the scheme does not go with the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// Checks `signature` over `message`.
///
/// TLS 1.2 leaves curve and hash of ECDSA independent (RFC 8422 §5.4), so both curves go with both
/// hashes here.
///
/// # Errors
/// [`BadSignature`] if it does not verify.
pub fn verify(
    scheme: Scheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    let algorithm: &'static dyn VerificationAlgorithm = match (scheme, key.kind) {
        (Scheme::EcdsaSha256, KeyKind::EcdsaP256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Scheme::EcdsaSha384, KeyKind::EcdsaP256) => &signature::ECDSA_P256_SHA384_ASN1,
        (Scheme::EcdsaSha256, KeyKind::EcdsaP384) => &signature::ECDSA_P384_SHA256_ASN1,
        (Scheme::EcdsaSha384, KeyKind::EcdsaP384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Scheme::Ed25519, KeyKind::Ed25519) => &signature::ED25519,
        (Scheme::RsaPssSha256, KeyKind::Rsa) => &signature::RSA_PSS_2048_8192_SHA256,
        (Scheme::RsaPssSha384, KeyKind::Rsa) => &signature::RSA_PSS_2048_8192_SHA384,
        (Scheme::RsaPssSha512, KeyKind::Rsa) => &signature::RSA_PSS_2048_8192_SHA512,
        (Scheme::RsaPkcs1Sha256, KeyKind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (Scheme::RsaPkcs1Sha384, KeyKind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Scheme::RsaPkcs1Sha512, KeyKind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (_, KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::Ed25519 | KeyKind::Rsa) => {
            return Err(BadSignature);
        }
    };
    UnparsedPublicKey::new(algorithm, &key.bytes)
        .verify(message, signature)
        .map_err(|_| BadSignature)
}

#[cfg(all(test, feature = "certificates"))]
mod tests {
    use super::*;
    use crate::certificate::{Certificate, parse_public_key};

    #[test]
    fn numbers_and_schemes_correspond() {
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::from_code(scheme.code()), Some(scheme));
        }
        assert_eq!(Scheme::from_code(0x0203), None, "ECDSA with SHA-1");
    }

    #[test]
    fn only_the_right_scheme_and_message_verify() {
        let certificate = Certificate::generate().unwrap();
        let key = parse_public_key(certificate.der()).unwrap();
        let signature = certificate.sign(b"message").unwrap();
        assert_eq!(
            verify(Scheme::EcdsaSha256, &key, b"message", &signature),
            Ok(())
        );
        for (scheme, message) in [
            (Scheme::EcdsaSha256, &b"massage"[..]),
            (Scheme::EcdsaSha384, b"message"),
            (Scheme::Ed25519, b"message"),
            (Scheme::RsaPssSha256, b"message"),
        ] {
            assert_eq!(verify(scheme, &key, message, &signature), Err(BadSignature));
        }
    }
}
