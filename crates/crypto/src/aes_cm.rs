//! AES in counter mode: the keystream of SRTP (RFC 3711 §4.1.1, RFC 6188 §2).
//!
//! It encrypts and does not authenticate; the protocol adds an HMAC.

use core::fmt;

use aes::{
    Aes128Enc, Aes256Enc,
    cipher::{
        Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt as _,
        BlockSizeUser, KeyInit as _, ParBlocks, consts::U16, typenum::Unsigned as _,
    },
};

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
        let counter = u128::from_be_bytes(counter);
        match &self.0 {
            Inner::Aes128(cipher) => cipher.encrypt_with_backend(Keystream { counter, in_out }),
            Inner::Aes256(cipher) => cipher.encrypt_with_backend(Keystream { counter, in_out }),
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

/// Counter mode over whichever implementation of AES the processor has.
///
/// Written out because packets are short: the `ctr` crate fills batches of 64 blocks where the processor
/// has wide registers, and takes twice the time for an RTP packet.
struct Keystream<'a> {
    counter: u128,
    in_out: &'a mut [u8],
}

impl BlockSizeUser for Keystream<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Keystream<'_> {
    #[expect(
        clippy::inline_always,
        reason = "to be compiled with the processor features that the cipher is called with"
    )]
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let batch = B::ParBlocksSize::USIZE;
        let mut counter = self.counter;
        let (blocks, tail) = self.in_out.as_chunks_mut::<16>();
        // Without AES instructions, or with few registers, batches of blocks are faster. Otherwise single blocks
        // are: none depends on another, so the processor works on several at once.
        #[expect(
            clippy::arithmetic_side_effects,
            reason = "a cipher has batches of one block at least, and a rest is no more than the whole"
        )]
        let batched = if batch <= WIDEST_BATCH {
            blocks.len() - blocks.len() % batch
        } else {
            0
        };
        let (batches, singles) = blocks.split_at_mut(batched);
        for now in batches.chunks_exact_mut(batch) {
            let mut keystream = ParBlocks::<B>::default();
            for block in &mut keystream {
                *block = next(&mut counter).into();
            }
            backend.encrypt_par_blocks((&mut keystream).into());
            for (block, key) in now.iter_mut().zip(keystream) {
                *block = xor(*block, key.into());
            }
        }
        for block in singles {
            let mut keystream: Block<B> = next(&mut counter).into();
            backend.encrypt_block((&mut keystream).into());
            *block = xor(*block, keystream.into());
        }
        if !tail.is_empty() {
            let mut keystream: Block<B> = next(&mut counter).into();
            backend.encrypt_block((&mut keystream).into());
            for (to, from) in tail.iter_mut().zip(keystream) {
                *to ^= from;
            }
        }
    }
}

const fn next(counter: &mut u128) -> [u8; 16] {
    let block = counter.to_be_bytes();
    *counter = counter.wrapping_add(1);
    block
}

const fn xor(a: [u8; 16], b: [u8; 16]) -> [u8; 16] {
    (u128::from_ne_bytes(a) ^ u128::from_ne_bytes(b)).to_ne_bytes()
}

/// Portable code has batches of 2 or 4 blocks, AES-NI and ARM of 8; AVX2 of 30 and AVX-512 of 64.
const WIDEST_BATCH: usize = 16;

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
