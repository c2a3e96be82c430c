//! Certificate fingerprints (RFC 8122 §5).

use core::{fmt, str::FromStr};

use crate::{constant_time_eq, digest};

/// The hash function of a fingerprint.
///
/// The weak ones that RFC 8122 §5 still lists for old peers (MD2, MD5, SHA-1) are not here: a
/// fingerprint is all that authenticates the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HashFunction {
    /// SHA-256; the one everybody must know.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashFunction {
    /// The name in `a=fingerprint`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    const fn algorithm(self) -> digest::Algorithm {
        match self {
            Self::Sha256 => digest::Algorithm::Sha256,
            Self::Sha384 => digest::Algorithm::Sha384,
            Self::Sha512 => digest::Algorithm::Sha512,
        }
    }
}

/// The hash function is one that is not accepted (SHA-1, MD5, ...) or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hash function is weak or unknown")]
pub struct UnsupportedHash;

impl FromStr for HashFunction {
    type Err = UnsupportedHash;

    /// Reads the name in `a=fingerprint`, in any case.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|function| function.name().eq_ignore_ascii_case(name))
            .ok_or(UnsupportedHash)
    }
}

/// Why a fingerprint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FingerprintError {
    /// The hash function is weak or unknown.
    #[error("the hash function is weak or unknown")]
    UnsupportedHash,
    /// The digest does not have the function's length.
    #[error("{actual} octets where the hash function has {expected}")]
    Length {
        /// How many octets the function gives.
        expected: usize,
        /// How many were there.
        actual: usize,
    },
    /// The text is not octets in hexadecimal with colons between.
    #[error("not octets in hexadecimal with colons between")]
    Malformed,
}

/// The digest of a certificate, by which the session description vouches for it.
///
/// ```
/// use strata_crypto::{Fingerprint, fingerprint::HashFunction};
///
/// let certificate = b"in earnest: octets in DER";
/// let text = Fingerprint::of(HashFunction::Sha256, certificate).to_string();
/// assert!(text.starts_with("sha-256 "));
/// assert!(text.parse::<Fingerprint>().is_ok_and(|read| read.matches(certificate)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    function: HashFunction,
    /// The digest; zero behind its length.
    octets: [u8; MAX_LEN],
}

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    #[must_use]
    pub fn of(function: HashFunction, der: &[u8]) -> Self {
        let digest = digest::digest(function.algorithm(), der);
        let mut octets = [0; MAX_LEN];
        for (octet, computed) in octets.iter_mut().zip(digest.as_ref()) {
            *octet = *computed;
        }
        Self { function, octets }
    }

    /// A fingerprint read elsewhere.
    ///
    /// # Errors
    /// [`FingerprintError::Length`] if `digest` has not the length of the function's digests.
    pub fn new(function: HashFunction, digest: &[u8]) -> Result<Self, FingerprintError> {
        let expected = function.algorithm().digest_len();
        if digest.len() != expected {
            return Err(FingerprintError::Length {
                expected,
                actual: digest.len(),
            });
        }
        let mut octets = [0; MAX_LEN];
        for (octet, given) in octets.iter_mut().zip(digest) {
            *octet = *given;
        }
        Ok(Self { function, octets })
    }

    /// The hash function.
    pub const fn function(&self) -> HashFunction {
        self.function
    }

    /// The digest.
    pub fn digest(&self) -> &[u8] {
        self.octets
            .get(..self.function.algorithm().digest_len())
            .unwrap_or(&self.octets)
    }

    /// Whether it is the fingerprint of this certificate.
    #[must_use]
    pub fn matches(&self, der: &[u8]) -> bool {
        constant_time_eq(self.digest(), Self::of(self.function, der).digest())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Reads the value of `a=fingerprint`: `sha-256 4A:AD:...`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, digits) = text.split_once(' ').ok_or(FingerprintError::Malformed)?;
        let function = name
            .parse()
            .map_err(|UnsupportedHash| FingerprintError::UnsupportedHash)?;
        let octets = digits
            .trim()
            .split(':')
            .map(|pair| match pair.as_bytes() {
                [a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                    u8::from_str_radix(pair, 16).map_err(|_| FingerprintError::Malformed)
                }
                _ => Err(FingerprintError::Malformed),
            })
            .collect::<Result<Vec<u8>, _>>()?;
        Self::new(function, &octets)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function.name())?;
        let mut separator = ' ';
        for octet in self.digest() {
            write!(f, "{separator}{octet:02X}")?;
            separator = ':';
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Octets of the longest digest.
const MAX_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weak_functions_are_refused() {
        for text in ["sha-1 00", "md5 00", "md2 00", "sha-224 00", "crc 00"] {
            assert_eq!(
                text.parse::<Fingerprint>(),
                Err(FingerprintError::UnsupportedHash)
            );
        }
    }

    #[test]
    fn malformed_texts_are_refused() {
        assert_eq!("".parse::<Fingerprint>(), Err(FingerprintError::Malformed));
        for digits in ["+1", "1", "001", "0g", "00:", "é"] {
            assert_eq!(
                format!("sha-256 {digits}").parse::<Fingerprint>(),
                Err(FingerprintError::Malformed),
                "{digits}"
            );
        }
        assert_eq!(
            "sha-256 00:11".parse::<Fingerprint>(),
            Err(FingerprintError::Length {
                expected: 32,
                actual: 2
            })
        );
    }

    proptest! {
        #[test]
        fn texts_read_back(der: Vec<u8>) {
            for function in [HashFunction::Sha256, HashFunction::Sha384, HashFunction::Sha512] {
                let fingerprint = Fingerprint::of(function, &der);
                prop_assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
                prop_assert_eq!(fingerprint.to_string().to_lowercase().parse(), Ok(fingerprint));
                prop_assert_eq!(Fingerprint::new(function, fingerprint.digest()), Ok(fingerprint));
                prop_assert!(fingerprint.matches(&der));
            }
        }

        #[test]
        fn another_certificate_does_not_match(der: Vec<u8>, at: usize, bit in 0u8..8) {
            prop_assume!(!der.is_empty());
            let fingerprint = Fingerprint::of(HashFunction::Sha256, &der);
            let mut other = der;
            let at = at % other.len();
            other[at] ^= 1 << bit;
            prop_assert!(!fingerprint.matches(&other));
        }
    }
}
