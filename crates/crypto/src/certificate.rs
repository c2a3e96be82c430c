//! Self-signed certificates of ours, and the public keys in those of others (RFC 5280).

use core::fmt;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SignatureAlgorithm, SigningKey, date_time_ymd,
};
use ring::{
    rand::SecureRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use x509_parser::{
    oid_registry::{
        OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION,
        OID_SIG_ED25519,
    },
    prelude::{FromDer as _, X509Certificate},
};
use zeroize::Zeroizing;

use crate::{
    fingerprint::{Fingerprint, HashFunction},
    random::Randomness,
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
    /// The certificate could not be encoded.
    #[error("the certificate could not be encoded")]
    Encoding,
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
        let pkcs8 = crate::random::seeded::lend(seed, 32, draw_key)?;
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
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "WebRTC");
        // Wide dates: peers that check them nevertheless must not refuse us for a wrong clock.
        parameters.not_before = date_time_ymd(2000, 1, 1);
        parameters.not_after = date_time_ymd(2100, 1, 1);
        let der = parameters
            .self_signed(&Signer(&key, randomness))
            .map_err(|_| CertificateError::Encoding)?
            .der()
            .to_vec();
        Ok(Self {
            der,
            pkcs8,
            key,
            randomness,
        })
    }

    /// A certificate that was kept: what [`der`](Self::der) and [`pkcs8`](Self::pkcs8) gave.
    ///
    /// # Errors
    /// [`CertificateError`] if the key is none or not the certificate's.
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
        self.randomness
            .lend(|random| self.key.sign(random, message))
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| CertificateError::Signing)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

/// The public key in an X.509 certificate. Nothing else in it is looked at.
///
/// # Errors
/// [`PublicKeyError`] if it is no certificate, or the key is of no kind that
/// [`signature::verify`](crate::signature::verify) knows.
pub fn parse_public_key(der: &[u8]) -> Result<PublicKey, PublicKeyError> {
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|_| PublicKeyError::Malformed)?;
    if !rest.is_empty() {
        return Err(PublicKeyError::Malformed);
    }
    let info = certificate.public_key();
    let algorithm = &info.algorithm;
    let kind = if algorithm.algorithm == OID_PKCS1_RSAENCRYPTION {
        KeyKind::Rsa
    } else if algorithm.algorithm == OID_SIG_ED25519 {
        KeyKind::Ed25519
    } else if algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
        let curve = algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.as_oid().ok())
            .ok_or(PublicKeyError::Malformed)?;
        if curve == OID_EC_P256 {
            KeyKind::EcdsaP256
        } else if curve == OID_NIST_EC_P384 {
            KeyKind::EcdsaP384
        } else {
            return Err(PublicKeyError::Unsupported);
        }
    } else {
        return Err(PublicKeyError::Unsupported);
    };
    Ok(PublicKey::new(kind, info.subject_public_key.data.to_vec()))
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

/// Lets the certificate's encoder sign with our key.
struct Signer<'a>(&'a EcdsaKeyPair, Randomness);

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.1
            .lend(|random| self.0.sign(random, message))
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
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
