//! Where private keys and signatures get their randomness from.

use ring::rand::{SecureRandom, SystemRandom};

/// Where a private key and its signatures get their randomness from.
#[cfg(feature = "certificates")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Randomness {
    /// The operating system.
    System,
    /// Nowhere: the same key signs the same message by the same signature.
    #[cfg(feature = "deterministic")]
    Fixed,
}

#[cfg(feature = "certificates")]
impl Randomness {
    /// Lends ring its generator.
    pub(crate) fn lend<R>(self, borrow: impl FnOnce(&dyn SecureRandom) -> R) -> R {
        match self {
            Self::System => borrow(&SystemRandom::new()),
            #[cfg(feature = "deterministic")]
            Self::Fixed => borrow(&seeded::fixed()),
        }
    }
}

/// Private keys out of seeds, with ring's own test generators: the code that uses the keys is the code
/// that runs in production.
#[cfg(feature = "deterministic")]
#[expect(
    deprecated,
    reason = "hidden and for tests, as this is; every release of ring 0.17 has it"
)]
pub(crate) mod seeded {
    #[cfg(feature = "certificates")]
    use ring::test::rand::FixedByteRandom;
    use ring::{rand::SecureRandom, test::rand::FixedSliceRandom};

    use crate::digest::{Algorithm, digest};

    /// What ECDSA hashes with the key and the message into its nonce, so that nonces differ all the same.
    #[cfg(feature = "certificates")]
    pub(super) const fn fixed() -> FixedByteRandom {
        FixedByteRandom { byte: 0x5d }
    }

    /// Lends a generator whose one draw, of `length` octets and at most 48, is a private key for any of our groups.
    pub(crate) fn lend<R>(
        seed: &[u8; 32],
        length: usize,
        borrow: impl FnOnce(&dyn SecureRandom) -> R,
    ) -> R {
        let mut key = digest(Algorithm::Sha384, seed).as_ref().to_vec();
        key.truncate(length);
        // Below the order of P-256 and of P-384, which ring would otherwise want another draw for.
        if let Some(first) = key.first_mut() {
            *first &= 0x7f;
        }
        borrow(&FixedSliceRandom { bytes: &key })
    }
}
