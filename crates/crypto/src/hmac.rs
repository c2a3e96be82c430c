//! HMAC (RFC 2104).

use core::fmt;

use ring::hmac;

use crate::constant_time_eq;

/// The hash function under the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC-SHA-1: 20 octets. STUN's MESSAGE-INTEGRITY, SRTP's default authentication.
    Sha1,
    /// HMAC-SHA-256: 32 octets.
    Sha256,
    /// HMAC-SHA-384: 48 octets.
    Sha384,
}

impl Algorithm {
    /// How many octets a whole tag has.
    pub const fn tag_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

/// A key, expanded once and used for any number of messages.
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    inner: hmac::Key,
}

impl Key {
    /// A key of any length; RFC 2104 §3 wants at least the length of a tag.
    #[must_use]
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        let inner = hmac::Key::new(
            match algorithm {
                Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                Algorithm::Sha256 => hmac::HMAC_SHA256,
                Algorithm::Sha384 => hmac::HMAC_SHA384,
            },
            key,
        );
        Self { algorithm, inner }
    }

    /// The hash function this key is for.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The tag of the concatenation of `parts`. Allocates nothing.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Tag {
        let mut context = hmac::Context::with_key(&self.inner);
        for part in parts {
            context.update(part);
        }
        Tag(context.sign())
    }

    /// Whether `tag` is the tag of the concatenation of `parts`, or the beginning of it.
    ///
    /// The length of a truncated tag (RFC 2104 §5) is for the caller to check: four octets of the
    /// right tag verify. No octets at all, or more than there can be, do not. The comparison takes
    /// the same time wherever the tags differ.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        let computed = self.sign(parts);
        computed
            .as_ref()
            .get(..tag.len())
            .is_some_and(|expected| !expected.is_empty() && constant_time_eq(expected, tag))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The result of [`Key::sign`]: [`Algorithm::tag_len`] octets, of which protocols may send the first few.
#[derive(Clone, Copy)]
pub struct Tag(hmac::Tag);

impl AsRef<[u8]> for Tag {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({} octets)", self.as_ref().len())
    }
}
