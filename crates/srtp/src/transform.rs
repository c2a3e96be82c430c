//! The ciphers, on packets whose index is known.

mod counter_mode;
mod gcm;

use core::fmt;

use strata_crypto::{aead, aes_cm, hmac};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    KeyLengthError, MasterKey, Profile,
    derivation::{Derivation, Label},
};
use counter_mode::CounterMode;
use gcm::Gcm;

/// The tag is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unauthentic;

/// The session keys of RTP or of RTCP, and what to do with them.
#[derive(Debug)]
pub(crate) enum Transform {
    CounterMode(CounterMode),
    Gcm(Gcm),
}

/// A session salt, at the place it has in 128 bits. Wiped on drop, and never shown.
struct Salt(u128);

impl Drop for Salt {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// There is not enough keystream for so long a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Which of the two protocols session keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Rtp,
    Rtcp,
}

/// Which packet: the IV is made of this (RFC 3711 §4.1.1, RFC 7714 §8.1 and 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) ssrc: u32,
    /// RTP: 48 bits, the rollover counter and the sequence number. RTCP: the 31 bits of the SRTCP index.
    pub(crate) index: u64,
}

impl Transform {
    pub(crate) fn derive(
        profile: Profile,
        master: &MasterKey,
        protocol: Protocol,
    ) -> Result<Self, KeyLengthError> {
        let derivation = Derivation::new(profile, master)?;
        let (encryption, authentication, salting, tag_len) = match protocol {
            Protocol::Rtp => (
                Label::RtpEncryption,
                Label::RtpAuthentication,
                Label::RtpSalt,
                profile.rtp_tag_len(),
            ),
            Protocol::Rtcp => (
                Label::RtcpEncryption,
                Label::RtcpAuthentication,
                Label::RtcpSalt,
                profile.rtcp_tag_len(),
            ),
        };
        let mut key = Zeroizing::new([0; 32]);
        let mut auth = Zeroizing::new([0; AUTHENTICATION_KEY_LEN]);
        let mut salt = Zeroizing::new([0; 14]);
        let key = key.get_mut(..profile.key_len()).unwrap_or_default();
        let salt = salt.get_mut(..profile.salt_len()).unwrap_or_default();
        derivation.derive(encryption, key);
        derivation.derive(salting, salt);
        derivation.derive(authentication, auth.as_mut_slice());
        Self::with_session_keys(profile, tag_len, key, auth.as_slice(), salt)
    }

    fn with_session_keys(
        profile: Profile,
        tag_len: usize,
        key: &[u8],
        auth: &[u8],
        salt: &[u8],
    ) -> Result<Self, KeyLengthError> {
        let error = KeyLengthError {
            profile,
            key: key.len(),
            salt: salt.len(),
        };
        if profile.is_aead() {
            let algorithm = match profile.key_len() {
                16 => aead::Algorithm::Aes128Gcm,
                _ => aead::Algorithm::Aes256Gcm,
            };
            let key = aead::Key::new(algorithm, key).map_err(|_| error)?;
            return Ok(Self::Gcm(Gcm::new(key, salt)));
        }
        let cipher = aes_cm::Key::new(key).ok_or(error)?;
        let auth = hmac::Key::new(hmac::Algorithm::Sha1, auth);
        Ok(Self::CounterMode(CounterMode::new(
            cipher, auth, salt, tag_len,
        )))
    }

    /// How many octets protection adds at least.
    const fn tag_len(&self) -> usize {
        match self {
            Self::CounterMode(transform) => transform.tag_len(),
            Self::Gcm(_) => aead::TAG_LEN,
        }
    }

    /// The least length of a protected packet of which `clear` octets are not encrypted.
    pub(crate) const fn sealed_len(&self, clear: usize) -> usize {
        clear.saturating_add(self.tag_len())
    }

    /// Protects the RTP packet in `buf[start..]`, of which the first `header_len` octets stay
    /// clear. If it fails, `buf` is as it was.
    pub(crate) fn seal_rtp(
        &self,
        position: Position,
        buf: &mut Vec<u8>,
        start: usize,
        header_len: usize,
    ) -> Result<(), TooLong> {
        match self {
            Self::CounterMode(transform) => transform.seal_rtp(position, buf, start, header_len),
            Self::Gcm(transform) => transform.seal_rtp(position, buf, start, header_len),
        }
    }

    /// Unprotects an RTP packet and says how long it is now. Whatever failed, `packet` is of no use then.
    pub(crate) fn open_rtp(
        &self,
        position: Position,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, Unauthentic> {
        match self {
            Self::CounterMode(transform) => transform.open_rtp(position, packet, header_len),
            Self::Gcm(transform) => transform.open_rtp(position, packet, header_len),
        }
    }

    /// Protects the RTCP packet in `buf[start..]`. If it fails, `buf` is as it was.
    pub(crate) fn seal_rtcp(
        &self,
        position: Position,
        trailer: Trailer,
        buf: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), TooLong> {
        match self {
            Self::CounterMode(transform) => transform.seal_rtcp(position, trailer, buf, start),
            Self::Gcm(transform) => transform.seal_rtcp(position, trailer, buf, start),
        }
    }

    /// Unprotects an RTCP packet and says how long it is now.
    pub(crate) fn open_rtcp(
        &self,
        position: Position,
        trailer: Trailer,
        packet: &mut [u8],
    ) -> Result<usize, Unauthentic> {
        match self {
            Self::CounterMode(transform) => transform.open_rtcp(position, trailer, packet),
            Self::Gcm(transform) => transform.open_rtcp(position, trailer, packet),
        }
    }

    /// How many octets follow the place where a master key identifier would be. In RTCP that is behind the index.
    pub(crate) const fn behind_mki(&self) -> usize {
        // RFC 3711 figures 1 and 2: identifier, tag. RFC 7714 figures 3 and 5: the tag is a part of the ciphertext.
        match self {
            Self::CounterMode(transform) => transform.tag_len(),
            Self::Gcm(_) => 0,
        }
    }

    /// The E flag and the index, from where they stand in a protected packet.
    ///
    /// `None` if the packet is too short for them and for a tag; the header was found before.
    pub(crate) fn trailer(&self, packet: &[u8]) -> Option<Trailer> {
        let end = packet.len().checked_sub(self.behind_mki())?;
        packet.get(..end)?.last_chunk().copied().map(Trailer)
    }
}

/// The word that SRTCP adds: the E flag and the 31-bit index (RFC 3711 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trailer([u8; 4]);

impl Trailer {
    pub(crate) const fn new(encrypted: bool, index: u32) -> Self {
        let flag = if encrypted { E_FLAG } else { 0 };
        Self((flag | index & !E_FLAG).to_be_bytes())
    }

    pub(crate) const fn is_encrypted(self) -> bool {
        u32::from_be_bytes(self.0) & E_FLAG != 0
    }

    pub(crate) const fn index(self) -> u32 {
        u32::from_be_bytes(self.0) & !E_FLAG
    }

    const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    pub(crate) const LEN: usize = 4;
}

const E_FLAG: u32 = 1 << 31;

/// RFC 3711 §5.2: `n_a` is 160 bits.
const AUTHENTICATION_KEY_LEN: usize = 20;

#[cfg(test)]
mod tests;
