//! Ephemeral Diffie-Hellman over elliptic curves (RFC 7748, RFC 8422).

use core::fmt;

use ring::{
    agreement,
    rand::{SecureRandom, SystemRandom},
};

/// The group, with its number in TLS's registry of supported groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// Curve25519 (RFC 7748): public keys of 32 octets.
    X25519,
    /// NIST P-256: uncompressed points of 65 octets.
    Secp256r1,
    /// NIST P-384: uncompressed points of 97 octets.
    Secp384r1,
}

impl Group {
    /// The number in TLS (RFC 8422 §5.1.1).
    pub const fn code(self) -> u16 {
        match self {
            Self::Secp256r1 => 23,
            Self::Secp384r1 => 24,
            Self::X25519 => 29,
        }
    }

    /// The group with this number in TLS, if it is one of these.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            23 => Some(Self::Secp256r1),
            24 => Some(Self::Secp384r1),
            29 => Some(Self::X25519),
            _ => None,
        }
    }

    fn ring(self) -> &'static agreement::Algorithm {
        match self {
            Self::X25519 => &agreement::X25519,
            Self::Secp256r1 => &agreement::ECDH_P256,
            Self::Secp384r1 => &agreement::ECDH_P384,
        }
    }
}

/// Why no secret was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyExchangeError {
    /// The operating system gave no randomness.
    #[error("no key could be generated")]
    Generation,
    /// The peer's public key is not a point of the group, or one that makes the secret known to all.
    #[error("the peer's public key is not valid in this group")]
    InvalidPublicKey,
}

/// A private key for one exchange. Only ring ever sees it.
pub struct EphemeralKey {
    group: Group,
    private: agreement::EphemeralPrivateKey,
    public: agreement::PublicKey,
}

impl EphemeralKey {
    /// A new key out of the operating system's randomness.
    ///
    /// # Errors
    /// [`KeyExchangeError::Generation`] if there is none.
    pub fn generate(group: Group) -> Result<Self, KeyExchangeError> {
        Self::draw(group, &SystemRandom::new())
    }

    /// The key that this seed stands for, the same every time. **For tests and fuzzers only**: who knows the seed
    /// knows the key.
    ///
    /// # Errors
    /// [`KeyExchangeError::Generation`] if no key comes of it, which no seed is known to do.
    #[cfg(feature = "deterministic")]
    pub fn from_seed(group: Group, seed: &[u8; 32]) -> Result<Self, KeyExchangeError> {
        let length = match group {
            Group::X25519 | Group::Secp256r1 => 32,
            Group::Secp384r1 => 48,
        };
        crate::seeded::lend(seed, length, |random| Self::draw(group, random))
    }

    fn draw(group: Group, random: &dyn SecureRandom) -> Result<Self, KeyExchangeError> {
        let private = agreement::EphemeralPrivateKey::generate(group.ring(), random)
            .map_err(|_| KeyExchangeError::Generation)?;
        let public = private
            .compute_public_key()
            .map_err(|_| KeyExchangeError::Generation)?;
        Ok(Self {
            group,
            private,
            public,
        })
    }

    /// The group of the key.
    pub const fn group(&self) -> Group {
        self.group
    }

    /// The public half, as it goes on the wire.
    pub fn public_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    /// Gives the secret shared with the owner of `peer` to `derive`, which must not keep it as it is.
    ///
    /// # Errors
    /// [`KeyExchangeError::InvalidPublicKey`] if `peer` is not a valid point (RFC 8422 §5.11), or the
    /// X25519 secret would be all zeros (RFC 7748 §6.1).
    pub fn agree<R>(
        self,
        peer: &[u8],
        derive: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, KeyExchangeError> {
        let peer = agreement::UnparsedPublicKey::new(self.group.ring(), peer);
        agreement::agree_ephemeral(self.private, &peer, derive)
            .map_err(|_| KeyExchangeError::InvalidPublicKey)
    }
}

impl fmt::Debug for EphemeralKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EphemeralKey")
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_get_the_same_secret() {
        for (group, length) in [
            (Group::X25519, 32),
            (Group::Secp256r1, 65),
            (Group::Secp384r1, 97),
        ] {
            let (ours, theirs) = (
                EphemeralKey::generate(group).unwrap(),
                EphemeralKey::generate(group).unwrap(),
            );
            let (our_public, their_public) =
                (ours.public_key().to_vec(), theirs.public_key().to_vec());
            assert_eq!(our_public.len(), length);
            let a = ours.agree(&their_public, <[u8]>::to_vec).unwrap();
            let b = theirs.agree(&our_public, <[u8]>::to_vec).unwrap();
            assert_eq!(a, b);
            assert_eq!(Group::from_code(group.code()), Some(group));
        }
        assert_eq!(Group::from_code(0x11ec), None);
    }

    #[cfg(feature = "deterministic")]
    #[test]
    fn a_seed_stands_for_one_key() {
        for group in [Group::X25519, Group::Secp256r1, Group::Secp384r1] {
            let key = |seed| EphemeralKey::from_seed(group, &[seed; 32]).unwrap();
            for seed in 0..=u8::MAX {
                let (one, again) = (key(seed), key(seed));
                assert_eq!(one.public_key(), again.public_key());
                assert_ne!(one.public_key(), key(seed.wrapping_add(1)).public_key());
            }
            let random = EphemeralKey::generate(group).unwrap();
            let (seeded, public) = (key(0), random.public_key().to_vec());
            let ours = random.agree(seeded.public_key(), <[u8]>::to_vec);
            assert_eq!(ours, seeded.agree(&public, <[u8]>::to_vec));
        }
    }

    #[test]
    fn bad_points_are_refused() {
        for group in [Group::X25519, Group::Secp256r1, Group::Secp384r1] {
            for length in [0, 1, 32, 65, 97] {
                let key = EphemeralKey::generate(group).unwrap();
                assert_eq!(
                    key.agree(&vec![0; length], |_| ()),
                    Err(KeyExchangeError::InvalidPublicKey)
                );
            }
        }
    }
}
