//! What SRTP and whoever agrees on its keys have in common: profiles and master keys (RFC 3711, RFC 5764).
//!
//! DTLS agrees on the keys and SRTP uses them; neither layer needs the other.

use core::fmt;

use zeroize::Zeroizing;

use crate::constant_time_eq;

/// A protection profile of SRTP: the cipher, the tag, and the lengths of master key and salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// `SRTP_AEAD_AES_256_GCM` (RFC 7714 §14.2).
    AeadAes256Gcm,
    /// `SRTP_AEAD_AES_128_GCM` (RFC 7714 §14.2).
    AeadAes128Gcm,
    /// `SRTP_AES128_CM_HMAC_SHA1_80` (RFC 5764 §4.1.2): what every implementation has.
    Aes128CmHmacSha1_80,
    /// `SRTP_AES128_CM_HMAC_SHA1_32` (RFC 5764 §4.1.2): RTP with a tag of 32 bits, RTCP of 80.
    Aes128CmHmacSha1_32,
    /// `AES_256_CM_HMAC_SHA1_80` (RFC 6188 §3.1); not for DTLS-SRTP.
    Aes256CmHmacSha1_80,
    /// `AES_256_CM_HMAC_SHA1_32` (RFC 6188 §3.1); not for DTLS-SRTP.
    Aes256CmHmacSha1_32,
}

impl Profile {
    /// All of them, the strongest first.
    pub const ALL: [Self; 6] = [
        Self::AeadAes256Gcm,
        Self::AeadAes128Gcm,
        Self::Aes256CmHmacSha1_80,
        Self::Aes128CmHmacSha1_80,
        Self::Aes256CmHmacSha1_32,
        Self::Aes128CmHmacSha1_32,
    ];

    /// How many octets the master key has.
    pub const fn key_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::Aes256CmHmacSha1_80 | Self::Aes256CmHmacSha1_32 => 32,
            Self::AeadAes128Gcm | Self::Aes128CmHmacSha1_80 | Self::Aes128CmHmacSha1_32 => 16,
        }
    }

    /// How many octets the master salt has.
    pub const fn salt_len(self) -> usize {
        if self.is_aead() { 12 } else { 14 }
    }

    /// By how many octets protection lengthens an RTP packet.
    pub const fn rtp_overhead(self) -> usize {
        self.rtp_tag_len()
    }

    /// By how many octets protection lengthens an RTCP packet: the tag and the index.
    pub const fn rtcp_overhead(self) -> usize {
        self.rtcp_tag_len().saturating_add(4)
    }

    /// The number in the `use_srtp` extension of DTLS (RFC 5764 §4.1.2, RFC 7714 §14.2), if there is one.
    pub const fn dtls_id(self) -> Option<u16> {
        match self {
            Self::Aes128CmHmacSha1_80 => Some(0x0001),
            Self::Aes128CmHmacSha1_32 => Some(0x0002),
            Self::AeadAes128Gcm => Some(0x0007),
            Self::AeadAes256Gcm => Some(0x0008),
            Self::Aes256CmHmacSha1_80 | Self::Aes256CmHmacSha1_32 => None,
        }
    }

    /// The profile with this number in the `use_srtp` extension of DTLS.
    #[must_use]
    pub fn from_dtls_id(id: u16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.dtls_id() == Some(id))
    }

    /// Whether AES-GCM encrypts and authenticates (RFC 7714), and not AES in counter mode and HMAC-SHA1 (RFC 3711,
    /// RFC 6188).
    pub const fn is_aead(self) -> bool {
        matches!(self, Self::AeadAes256Gcm | Self::AeadAes128Gcm)
    }

    /// How many octets the tag of an RTP packet has.
    pub const fn rtp_tag_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 16,
            Self::Aes128CmHmacSha1_80 | Self::Aes256CmHmacSha1_80 => 10,
            Self::Aes128CmHmacSha1_32 | Self::Aes256CmHmacSha1_32 => 4,
        }
    }

    /// How many octets the tag of an RTCP packet has.
    pub const fn rtcp_tag_len(self) -> usize {
        // RFC 5764 §4.1.2, RFC 4568 §6.2.2: the short tag is RTP's alone.
        if self.is_aead() { 16 } else { 10 }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
            Self::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Self::Aes128CmHmacSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
            Self::Aes128CmHmacSha1_32 => "SRTP_AES128_CM_HMAC_SHA1_32",
            Self::Aes256CmHmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::Aes256CmHmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
        })
    }
}

/// A master key of SRTP and its salt, for one direction (RFC 3711 §3.2.1). Wiped on drop.
#[derive(Clone)]
pub struct MasterKey {
    key: Zeroizing<Vec<u8>>,
    salt: Zeroizing<Vec<u8>>,
}

impl MasterKey {
    /// A key and a salt. [`Profile::key_len`] and [`Profile::salt_len`] say how long they have to be; who uses them
    /// with a profile checks that.
    #[must_use]
    pub fn new(key: &[u8], salt: &[u8]) -> Self {
        Self {
            key: Zeroizing::new(key.to_vec()),
            salt: Zeroizing::new(salt.to_vec()),
        }
    }

    /// The octets of the key. They are a secret.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The octets of the salt.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }
}

/// Takes the same time wherever the keys differ.
impl PartialEq for MasterKey {
    fn eq(&self, other: &Self) -> bool {
        // Both are compared, whatever comes of the first.
        constant_time_eq(&self.key, &other.key) & constant_time_eq(&self.salt, &other.salt)
    }
}

impl Eq for MasterKey {}

/// Shows the lengths only.
impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, salt) = (self.key.len(), self.salt.len());
        write!(f, "MasterKey(key {key} octets, salt {salt} octets)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dtls_numbers_are_those_of_the_registry() {
        let numbers: Vec<_> = (0..=u16::MAX)
            .filter_map(|id| Profile::from_dtls_id(id).map(|profile| (id, profile)))
            .collect();
        let expected = [
            (1, Profile::Aes128CmHmacSha1_80),
            (2, Profile::Aes128CmHmacSha1_32),
            (7, Profile::AeadAes128Gcm),
            (8, Profile::AeadAes256Gcm),
        ];
        assert_eq!(numbers, expected);
    }

    #[test]
    fn master_keys_are_equal_when_key_and_salt_are_and_show_neither() {
        let one = MasterKey::new(&[0xab; 16], &[0xcd; 12]);
        assert_eq!(one, one.clone());
        assert_ne!(one, MasterKey::new(&[0xab; 16], &[0xce; 12]));
        assert_ne!(one, MasterKey::new(&[0xac; 16], &[0xcd; 12]));
        assert_ne!(one, MasterKey::new(&[0xab; 15], &[0xcd; 12]));
        let shown = format!("{one:?}");
        assert_eq!(shown, "MasterKey(key 16 octets, salt 12 octets)");
    }
}
