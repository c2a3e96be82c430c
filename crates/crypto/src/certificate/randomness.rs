//! Where the key of a certificate and its signatures get their randomness from.

use ring::rand::{SecureRandom, SystemRandom};

/// What ring is lent when it makes a key or a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Randomness {
    /// The operating system's generator.
    System,
    /// The same octets every time, so that a key and a message always give the same signature. ECDSA hashes these
    /// octets together with the key and the message into its nonce, so different messages still have different nonces.
    #[cfg(feature = "deterministic")]
    Fixed,
}

impl Randomness {
    /// Lends ring its generator.
    pub(super) fn lend<R>(self, borrow: impl FnOnce(&dyn SecureRandom) -> R) -> R {
        match self {
            Self::System => borrow(&SystemRandom::new()),
            #[cfg(feature = "deterministic")]
            Self::Fixed => borrow(&fixed()),
        }
    }
}

#[cfg(feature = "deterministic")]
#[expect(
    deprecated,
    reason = "hidden and for tests, as this is; every release of ring 0.17 has it"
)]
const fn fixed() -> ring::test::rand::FixedByteRandom {
    ring::test::rand::FixedByteRandom { byte: 0x5d }
}
