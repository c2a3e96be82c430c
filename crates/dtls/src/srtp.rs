//! Keying of SRTP (RFC 5764).

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// An SRTP protection profile (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SrtpProfile {
    /// `SRTP_AES128_CM_HMAC_SHA1_80`, the one everybody has.
    Aes128CmHmacSha1_80,
    /// `SRTP_AES128_CM_HMAC_SHA1_32`.
    Aes128CmHmacSha1_32,
    /// `SRTP_AEAD_AES_128_GCM`.
    AeadAes128Gcm,
    /// `SRTP_AEAD_AES_256_GCM`.
    AeadAes256Gcm,
}

impl SrtpProfile {
    /// The number in `use_srtp`.
    pub const fn code(self) -> u16 {
        match self {
            Self::Aes128CmHmacSha1_80 => 0x0001,
            Self::Aes128CmHmacSha1_32 => 0x0002,
            Self::AeadAes128Gcm => 0x0007,
            Self::AeadAes256Gcm => 0x0008,
        }
    }

    /// The profile with this number, if it is one of these.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            0x0001 => Some(Self::Aes128CmHmacSha1_80),
            0x0002 => Some(Self::Aes128CmHmacSha1_32),
            0x0007 => Some(Self::AeadAes128Gcm),
            0x0008 => Some(Self::AeadAes256Gcm),
            _ => None,
        }
    }

    /// Octets of the master key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128CmHmacSha1_80 | Self::Aes128CmHmacSha1_32 | Self::AeadAes128Gcm => 16,
            Self::AeadAes256Gcm => 32,
        }
    }

    /// Octets of the master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            Self::Aes128CmHmacSha1_80 | Self::Aes128CmHmacSha1_32 => 14,
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 12,
        }
    }
}

/// The negotiated profile and the master keys and salts of both directions (RFC 5764 §4.2).
///
/// What the DTLS client protects, it protects with the client's; so does the server with its own.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SrtpKeys {
    #[zeroize(skip)]
    profile: SrtpProfile,
    material: [u8; Self::MAX_LEN],
}

impl SrtpKeys {
    const MAX_LEN: usize = 2 * (32 + 14);

    /// Splits the `EXTRACTOR-dtls_srtp` material, which `export` writes.
    pub(crate) fn derive(profile: SrtpProfile, export: impl FnOnce(&mut [u8])) -> Self {
        let mut keys = Self {
            profile,
            material: [0; Self::MAX_LEN],
        };
        let length = 2 * (profile.key_len() + profile.salt_len());
        if let Some(material) = keys.material.get_mut(..length) {
            export(material);
        }
        keys
    }

    /// The negotiated profile.
    pub const fn profile(&self) -> SrtpProfile {
        self.profile
    }

    /// The master key of what the DTLS client sends.
    pub fn client_key(&self) -> &[u8] {
        self.part(0, self.profile.key_len())
    }

    /// The master key of what the DTLS server sends.
    pub fn server_key(&self) -> &[u8] {
        self.part(self.profile.key_len(), self.profile.key_len())
    }

    /// The master salt of what the DTLS client sends.
    pub fn client_salt(&self) -> &[u8] {
        self.part(2 * self.profile.key_len(), self.profile.salt_len())
    }

    /// The master salt of what the DTLS server sends.
    pub fn server_salt(&self) -> &[u8] {
        let (key, salt) = (self.profile.key_len(), self.profile.salt_len());
        self.part(2 * key + salt, salt)
    }

    fn part(&self, at: usize, length: usize) -> &[u8] {
        self.material.get(at..at + length).unwrap_or_default()
    }
}

/// Takes the same time wherever the keys differ.
impl PartialEq for SrtpKeys {
    fn eq(&self, other: &Self) -> bool {
        self.profile == other.profile
            && strata_crypto::constant_time_eq(&self.material, &other.material)
    }
}

impl Eq for SrtpKeys {}

impl fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SrtpKeys")
            .field("profile", &self.profile)
            .field("key_octets", &self.profile.key_len())
            .field("salt_octets", &self.profile.salt_len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn material_is_split_in_the_order_of_rfc_5764_section_4_2() {
        for (profile, key, salt) in [
            (SrtpProfile::Aes128CmHmacSha1_80, 16, 14),
            (SrtpProfile::Aes128CmHmacSha1_32, 16, 14),
            (SrtpProfile::AeadAes128Gcm, 16, 12),
            (SrtpProfile::AeadAes256Gcm, 32, 12),
        ] {
            assert_eq!(SrtpProfile::from_code(profile.code()), Some(profile));
            let keys = SrtpKeys::derive(profile, |material| {
                for (octet, value) in material.iter_mut().zip(1..) {
                    *octet = value;
                }
            });
            let all: Vec<u8> = [
                keys.client_key(),
                keys.server_key(),
                keys.client_salt(),
                keys.server_salt(),
            ]
            .concat();
            assert_eq!(keys.client_key().len(), key);
            assert_eq!(keys.server_salt().len(), salt);
            assert!(all.iter().copied().eq((1..).take(2 * (key + salt))));
        }
    }
}
