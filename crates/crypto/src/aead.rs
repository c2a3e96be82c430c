//! Authenticated encryption with associated data (RFC 5116), in place.
//!
//! The caller makes the nonces, and must never seal twice with the same one: protocols derive them
//! from sequence numbers that do not repeat under one key.

use core::fmt;

use ring::aead;

/// How many octets the tag has that sealing adds, for every algorithm here.
pub const TAG_LEN: usize = 16;

/// How many octets a nonce has, for every algorithm here.
pub const NONCE_LEN: usize = 12;

/// The cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `AEAD_AES_128_GCM` (RFC 5116 §5.1).
    Aes128Gcm,
    /// `AEAD_AES_256_GCM` (RFC 5116 §5.2).
    Aes256Gcm,
    /// `AEAD_CHACHA20_POLY1305` (RFC 8439 §2.8).
    ChaCha20Poly1305,
}

impl Algorithm {
    /// How many octets a key has.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    fn ring(self) -> &'static aead::Algorithm {
        match self {
            Self::Aes128Gcm => &aead::AES_128_GCM,
            Self::Aes256Gcm => &aead::AES_256_GCM,
            Self::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
        }
    }
}

/// The key does not have [`Algorithm::key_len`] octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key of {actual} octets where {expected} are needed")]
#[non_exhaustive]
pub struct KeyLengthError {
    /// How many octets the algorithm needs.
    pub expected: usize,
    /// How many were given.
    pub actual: usize,
}

/// The plaintext is longer than the algorithm can encrypt under one nonce (64 GiB).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plaintext is too long to be sealed")]
pub struct SealError;

/// The ciphertext is not authentic: it, the tag, the associated data, the nonce or the key is wrong.
///
/// Which of them it was is not told: the answer would help only an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ciphertext is not authentic")]
pub struct OpenError;

/// A key, expanded once and used for any number of messages.
pub struct Key {
    algorithm: Algorithm,
    inner: aead::LessSafeKey,
}

impl Key {
    /// A key for `algorithm`.
    ///
    /// # Errors
    /// [`KeyLengthError`] if `key` is not [`Algorithm::key_len`] octets long.
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, KeyLengthError> {
        let unbound = aead::UnboundKey::new(algorithm.ring(), key).map_err(|_| KeyLengthError {
            expected: algorithm.key_len(),
            actual: key.len(),
        })?;
        Ok(Self {
            algorithm,
            inner: aead::LessSafeKey::new(unbound),
        })
    }

    /// The cipher this key is for.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Encrypts `in_out` in place and returns the tag, which authenticates `aad` too.
    ///
    /// # Errors
    /// [`SealError`] for more than 64 GiB; nothing is encrypted then.
    pub fn seal_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; TAG_LEN], SealError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let tag = self
            .inner
            .seal_in_place_separate_tag(nonce, aead::Aad::from(aad), in_out)
            .map_err(|_| SealError)?;
        tag.as_ref().try_into().map_err(|_| SealError)
    }

    /// Verifies and decrypts in place. `in_out` is the ciphertext and, behind it, the tag; the
    /// plaintext then stands at its beginning, as long as the returned number says.
    ///
    /// # Errors
    /// [`OpenError`] if anything is not authentic; `in_out` then holds nothing of use.
    pub fn open_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<usize, OpenError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        self.inner
            .open_in_place(nonce, aead::Aad::from(aad), in_out)
            .map(|plaintext| plaintext.len())
            .map_err(|_| OpenError)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("algorithm", &self.algorithm)
            .field("octets", &self.algorithm.key_len())
            .finish_non_exhaustive()
    }
}
