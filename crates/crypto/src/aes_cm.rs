//! AES in counter mode: the keystream of SRTP (RFC 3711 §4.1.1, RFC 6188 §2).
//!
//! It encrypts and does not authenticate; the protocol adds an HMAC.

use core::fmt;

use aes::{
    Aes128Enc, Aes256Enc,
    cipher::{BlockCipherEncrypt, InnerIvInit as _, KeyInit as _, StreamCipher as _, consts::U16},
};
use ctr::{Ctr128BE, CtrCore};

/// A key, expanded once and wiped on drop.
#[derive(Clone)]
pub struct Key(Inner);

#[derive(Clone)]
enum Inner {
    Aes128(Aes128Enc),
    Aes256(Aes256Enc),
}

impl Key {
    /// An AES-128 key.
    #[must_use]
    pub fn aes128(key: &[u8; 16]) -> Self {
        Self(Inner::Aes128(Aes128Enc::new(key.into())))
    }

    /// An AES-256 key.
    #[must_use]
    pub fn aes256(key: &[u8; 32]) -> Self {
        Self(Inner::Aes256(Aes256Enc::new(key.into())))
    }

    /// The key that 16 or 32 octets make, `None` for any other length.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        if let Ok(key) = key.try_into() {
            return Some(Self::aes128(key));
        }
        key.try_into().ok().map(Self::aes256)
    }

    /// Encrypts or decrypts `in_out`: adds to it, by exclusive or, the keystream that begins at
    /// `counter` and counts up by one for every 16 octets.
    ///
    /// RFC 3711 §4.1.1 leaves the low 16 bits of the counter free for that, which is enough for the
    /// 2^20 octets that a packet may have at most.
    pub fn apply_keystream(&self, counter: [u8; 16], in_out: &mut [u8]) {
        match &self.0 {
            Inner::Aes128(cipher) => apply(cipher, counter, in_out),
            Inner::Aes256(cipher) => apply(cipher, counter, in_out),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = match self.0 {
            Inner::Aes128(_) => 16,
            Inner::Aes256(_) => 32,
        };
        write!(f, "Key({octets} octets)")
    }
}

fn apply<C>(cipher: &C, counter: [u8; 16], in_out: &mut [u8])
where
    C: BlockCipherEncrypt<BlockSize = U16>,
{
    let core = CtrCore::inner_iv_init(cipher, &counter.into());
    Ctr128BE::from_core(core).apply_keystream(in_out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aes_key_lengths_make_a_key() {
        for length in 0..64 {
            let made = Key::new(&vec![7; length]).is_some();
            assert_eq!(made, matches!(length, 16 | 32), "{length}");
        }
    }

    #[test]
    fn debug_shows_lengths_only() {
        assert_eq!(format!("{:?}", Key::aes128(&[7; 16])), "Key(16 octets)");
        assert_eq!(format!("{:?}", Key::aes256(&[7; 32])), "Key(32 octets)");
    }
}
