//! SHA-1 and SHA-2 (RFC 3174, RFC 6234).

use core::fmt;

use ring::digest;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// SHA-1: 20 octets; for old certificate fingerprints only.
    Sha1,
    /// SHA-256: 32 octets.
    Sha256,
    /// SHA-384: 48 octets.
    Sha384,
    /// SHA-512: 64 octets.
    Sha512,
}

impl Algorithm {
    /// How many octets a digest has.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn ring(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

/// The SHA-1 digest of `data`.
#[must_use]
pub fn sha1(data: &[u8]) -> Digest {
    digest(Algorithm::Sha1, data)
}

/// The SHA-256 digest of `data`.
#[must_use]
pub fn sha256(data: &[u8]) -> Digest {
    digest(Algorithm::Sha256, data)
}

/// The SHA-384 digest of `data`.
#[must_use]
pub fn sha384(data: &[u8]) -> Digest {
    digest(Algorithm::Sha384, data)
}

/// The SHA-512 digest of `data`.
#[must_use]
pub fn sha512(data: &[u8]) -> Digest {
    digest(Algorithm::Sha512, data)
}

/// The digest of `data` by any of the functions.
#[must_use]
pub fn digest(algorithm: Algorithm, data: &[u8]) -> Digest {
    Digest(digest::digest(algorithm.ring(), data))
}

/// A digest in the making; a clone goes its own way from here (transcript hashes need that).
#[derive(Clone)]
pub struct Context {
    algorithm: Algorithm,
    inner: digest::Context,
}

impl Context {
    /// The digest of nothing yet.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            inner: digest::Context::new(algorithm.ring()),
        }
    }

    /// The hash function.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Adds `data` to what is digested.
    pub fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }

    /// The digest of everything added.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.inner.finish())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// What a hash function made of its input: [`Algorithm::digest_len`] octets.
#[derive(Clone, Copy, Debug)]
pub struct Digest(digest::Digest);

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}
