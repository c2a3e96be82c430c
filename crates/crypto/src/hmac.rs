//! HMAC (RFC 2104).
//!
//! SHA-1 is that of the `sha1` crate, which uses the processor's SHA instructions; ring's is
//! portable code, in which SRTP would spend nine tenths of its time. SHA-2 is ring's.

use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::hmac as ring_hmac;
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::{constant_time_eq, digest};

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
pub struct Key(Inner);

#[derive(Clone)]
enum Inner {
    /// Wiped on drop.
    Sha1(Hmac<Sha1>),
    Sha2(Algorithm, ring_hmac::Key),
}

impl Key {
    /// A key of any length; RFC 2104 §3 wants at least the length of a tag.
    #[must_use]
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        let sha2 = |function| Inner::Sha2(algorithm, ring_hmac::Key::new(function, key));
        Self(match algorithm {
            Algorithm::Sha1 => Inner::Sha1(sha1_key(key)),
            Algorithm::Sha256 => sha2(ring_hmac::HMAC_SHA256),
            Algorithm::Sha384 => sha2(ring_hmac::HMAC_SHA384),
        })
    }

    /// The hash function this key is for.
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Inner::Sha1(_) => Algorithm::Sha1,
            Inner::Sha2(algorithm, _) => algorithm,
        }
    }

    /// The tag of the concatenation of `parts`. Allocates nothing.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Tag {
        match &self.0 {
            Inner::Sha1(key) => {
                let mut mac = key.clone();
                for part in parts {
                    mac.update(part);
                }
                Tag(TagInner::Sha1(mac.finalize().into_bytes().into()))
            }
            Inner::Sha2(_, key) => {
                let mut context = ring_hmac::Context::with_key(key);
                for part in parts {
                    context.update(part);
                }
                Tag(TagInner::Sha2(context.sign()))
            }
        }
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
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// The result of [`Key::sign`]: [`Algorithm::tag_len`] octets, of which protocols may send the first few.
#[derive(Clone, Copy)]
pub struct Tag(TagInner);

#[derive(Clone, Copy)]
enum TagInner {
    Sha1([u8; 20]),
    Sha2(ring_hmac::Tag),
}

impl AsRef<[u8]> for Tag {
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            TagInner::Sha1(tag) => tag,
            TagInner::Sha2(tag) => tag.as_ref(),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({} octets)", self.as_ref().len())
    }
}

fn sha1_key(key: &[u8]) -> Hmac<Sha1> {
    // RFC 2104 §2: a key longer than a block is hashed first, a shorter one padded with zeros.
    let mut block = Zeroizing::new([0; SHA1_BLOCK_LEN]);
    if key.len() > SHA1_BLOCK_LEN {
        fill(block.as_mut_slice(), digest::sha1(key).as_ref());
    } else {
        fill(block.as_mut_slice(), key);
    }
    Hmac::new((&*block).into())
}

fn fill(block: &mut [u8], from: &[u8]) {
    for (to, from) in block.iter_mut().zip(from) {
        *to = *from;
    }
}

const SHA1_BLOCK_LEN: usize = 64;
