//! Self-signed certificates of ours, and the public keys in those of others (RFC 5280).

mod asn1;
mod randomness;
mod template;
mod walk;

use core::fmt;

use ring::{
    rand::SecureRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use zeroize::Zeroizing;

use self::randomness::Randomness;
pub use self::walk::parse_public_key;
use crate::{
    fingerprint::{Fingerprint, HashFunction},
    signature::{KeyKind, PublicKey, Scheme},
};

/// Why a certificate of our own could not be made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The operating system gave no randomness for the key.
    #[error("no key could be generated")]
    Generation,
    /// The private key is not a P-256 key in PKCS#8.
    #[error("the private key is not a P-256 key in PKCS#8")]
    PrivateKey,
    /// The certificate is not one of that private key.
    #[error("the certificate is not one of that private key")]
    Mismatch,
    /// The signature could not be made.
    #[error("the signature could not be made")]
    Signing,
}

/// Why no public key was found in a peer's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The certificate is not X.509 in DER.
    #[error("not an X.509 certificate")]
    Malformed,
    /// The key in it is of a kind, or on a curve, that is not supported.
    #[error("the kind of public key is not supported")]
    Unsupported,
}

/// A certificate of ours with its private key, ECDSA on P-256.
///
/// WebRTC authenticates certificates by the [`Fingerprint`] in the session description alone, so
/// names and dates in it mean nothing.
pub struct Certificate {
    der: Vec<u8>,
    pkcs8: Zeroizing<Vec<u8>>,
    key: EcdsaKeyPair,
    randomness: Randomness,
}

impl Certificate {
    /// A new key and a self-signed certificate for it.
    ///
    /// # Errors
    /// [`CertificateError`] if the operating system gives no randomness.
    pub fn generate() -> Result<Self, CertificateError> {
        let pkcs8 = Randomness::System.lend(draw_key)?;
        Self::self_signed(pkcs8, Randomness::System)
    }

    /// The certificate that this seed stands for, the same octets every time. **For tests and fuzzers only**: who knows
    /// the seed knows the private key.
    ///
    /// Its signatures are the same every time too, and `strata-dtls` takes it as the sign to draw the keys of its
    /// key exchanges from the injected entropy.
    ///
    /// # Errors
    /// [`CertificateError`] if no key comes of it, which no seed is known to do.
    #[cfg(feature = "deterministic")]
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, CertificateError> {
        let pkcs8 = crate::seeded::lend(seed, 32, draw_key)?;
        Self::self_signed(pkcs8, Randomness::Fixed)
    }

    /// Whether it was made by [`from_seed`](Self::from_seed).
    #[cfg(feature = "deterministic")]
    pub const fn is_seeded(&self) -> bool {
        matches!(self.randomness, Randomness::Fixed)
    }

    fn self_signed(
        pkcs8: Zeroizing<Vec<u8>>,
        randomness: Randomness,
    ) -> Result<Self, CertificateError> {
        let key = key_pair(&pkcs8, randomness)?;
        let der = template::self_signed(key.public_key().as_ref(), |to_be_signed| {
            sign(&key, randomness, to_be_signed)
        })?;
        Ok(Self {
            der,
            pkcs8,
            key,
            randomness,
        })
    }

    /// Restores a certificate that was stored, from what [`der`](Self::der) and [`pkcs8`](Self::pkcs8) gave.
    ///
    /// # Errors
    /// [`CertificateError`] if `pkcs8` is no private key, or not the one of the certificate.
    pub fn from_der(der: &[u8], pkcs8: &[u8]) -> Result<Self, CertificateError> {
        let key = key_pair(pkcs8, Randomness::System)?;
        let expected = PublicKey::new(KeyKind::EcdsaP256, key.public_key().as_ref().to_vec());
        if parse_public_key(der) != Ok(expected) {
            return Err(CertificateError::Mismatch);
        }
        Ok(Self {
            der: der.to_vec(),
            pkcs8: Zeroizing::new(pkcs8.to_vec()),
            key,
            randomness: Randomness::System,
        })
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The private key in PKCS#8, to be kept secret.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The SHA-256 fingerprint, for the session description.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(HashFunction::Sha256, &self.der)
    }

    /// The scheme [`sign`](Self::sign) signs by.
    pub const fn scheme(&self) -> Scheme {
        Scheme::EcdsaSha256
    }

    /// A signature over `message`.
    ///
    /// # Errors
    /// [`CertificateError::Signing`] if the operating system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CertificateError> {
        sign(&self.key, self.randomness, message)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

/// A new private key in PKCS#8.
fn draw_key(random: &dyn SecureRandom) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, random)
        .map(|pkcs8| Zeroizing::new(pkcs8.as_ref().to_vec()))
        .map_err(|_| CertificateError::Generation)
}

fn key_pair(pkcs8: &[u8], randomness: Randomness) -> Result<EcdsaKeyPair, CertificateError> {
    randomness
        .lend(|random| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, random))
        .map_err(|_| CertificateError::PrivateKey)
}

fn sign(
    key: &EcdsaKeyPair,
    randomness: Randomness,
    message: &[u8],
) -> Result<Vec<u8>, CertificateError> {
    randomness
        .lend(|random| key.sign(random, message))
        .map(|signature| signature.as_ref().to_vec())
        .map_err(|_| CertificateError::Signing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_certificate_comes_back() {
        let made = Certificate::generate().unwrap();
        let kept = Certificate::from_der(made.der(), made.pkcs8()).unwrap();
        assert_eq!(kept.fingerprint(), made.fingerprint());
        assert!(!format!("{made:?}").contains("pkcs8"));
    }

    #[cfg(feature = "deterministic")]
    #[test]
    fn a_seed_stands_for_one_certificate_and_one_signature() {
        let of = |seed| Certificate::from_seed(&[seed; 32]).unwrap();
        let (one, again, other) = (of(1), of(1), of(2));
        assert_eq!((one.der(), one.pkcs8()), (again.der(), again.pkcs8()));
        assert_ne!(one.der(), other.der());
        let signature = one.sign(b"message").unwrap();
        assert_eq!(again.sign(b"message").as_ref(), Ok(&signature));
        // Two messages under one nonce would give the key away.
        assert_ne!(again.sign(b"massage").unwrap()[..36], signature[..36]);
        let key = parse_public_key(one.der()).unwrap();
        let verified = crate::signature::verify(one.scheme(), &key, b"message", &signature);
        assert_eq!(verified, Ok(()));
        assert!(one.is_seeded() && !Certificate::generate().unwrap().is_seeded());
    }

    #[test]
    fn certificate_and_key_must_belong_together() {
        let (one, other) = (
            Certificate::generate().unwrap(),
            Certificate::generate().unwrap(),
        );
        assert_eq!(
            Certificate::from_der(one.der(), other.pkcs8()).err(),
            Some(CertificateError::Mismatch)
        );
        assert_eq!(
            Certificate::from_der(one.der(), b"no key").err(),
            Some(CertificateError::PrivateKey)
        );
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let made = Certificate::generate().unwrap();
        for length in 0..made.der().len() {
            assert_eq!(
                parse_public_key(&made.der()[..length]),
                Err(PublicKeyError::Malformed)
            );
        }
        let mut long = made.der().to_vec();
        long.push(0);
        assert_eq!(parse_public_key(&long), Err(PublicKeyError::Malformed));
    }
}
