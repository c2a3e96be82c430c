//! The operating system's random generator, and what tests put in its place.

use ring::rand::{SecureRandom, SystemRandom};
use strata_core::EntropySource;

/// The operating system's cryptographically secure generator.
///
/// ```
/// use strata_core::Entropy;
/// use strata_crypto::SystemEntropy;
///
/// let mut entropy = Entropy::new(SystemEntropy::new());
/// assert_ne!(entropy.array::<16>(), entropy.array::<16>());
/// ```
#[derive(Clone, Debug)]
pub struct SystemEntropy {
    system: SystemRandom,
}

impl SystemEntropy {
    /// The system's generator; nothing is drawn yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            system: SystemRandom::new(),
        }
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl EntropySource for SystemEntropy {
    /// # Panics
    ///
    /// If the operating system has no randomness to give, which no supported system does once it
    /// has booted. To go on without it would mean predictable passwords and keys.
    fn fill(&mut self, out: &mut [u8]) {
        let drawn = self.system.fill(out);
        assert!(
            drawn.is_ok(),
            "the operating system's random generator failed"
        );
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(self.clone())
    }
}

/// Where a private key and its signatures get their randomness from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Randomness {
    /// The operating system.
    System,
    /// Nowhere: the same key signs the same message by the same signature.
    #[cfg(feature = "deterministic")]
    Fixed,
}

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
    use ring::{
        rand::SecureRandom,
        test::rand::{FixedByteRandom, FixedSliceRandom},
    };

    use crate::digest::{Algorithm, digest};

    /// What ECDSA hashes with the key and the message into its nonce, so that nonces differ all the same.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_and_a_fork_differ() {
        let mut entropy = SystemEntropy::new();
        let (mut a, mut b, mut c) = ([0; 32], [0; 32], [0; 32]);
        entropy.fill(&mut a);
        entropy.fill(&mut b);
        entropy.fork().fill(&mut c);
        assert!(a != b && b != c && a != c && a != [0; 32]);
    }
}
