//! Session keys out of a master key (RFC 3711 §4.3), with a key derivation rate of zero.

use strata_crypto::aes_cm;

use crate::{KeyLengthError, MasterKey, Profile};

/// What a derived key is for (RFC 3711 §4.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Label {
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// The pseudo-random function, keyed: AES in counter mode (RFC 3711 §4.3.3, RFC 6188 §3, RFC 7714 §11).
pub(crate) struct Derivation {
    prf: aes_cm::Key,
    /// The master salt at the upper end of 128 bits.
    salt: u128,
}

impl Derivation {
    pub(crate) fn new(profile: Profile, master: &MasterKey) -> Result<Self, KeyLengthError> {
        let (key, salt) = (master.key(), master.salt());
        let error = KeyLengthError {
            key: key.len(),
            salt: salt.len(),
        };
        if key.len() != profile.key_len() || salt.len() != profile.salt_len() {
            return Err(error);
        }
        Ok(Self {
            prf: aes_cm::Key::new(key).ok_or(error)?,
            salt: upper(salt),
        })
    }

    /// Fills `out` with the key for `label`.
    pub(crate) fn derive(&self, label: Label, out: &mut [u8]) {
        // §4.3.1: key_id = label || r, where r is zero and 48 bits long; x = key_id XOR master_salt,
        // and the keystream begins at x * 2^16. RFC 7714 §11 pads its shorter salt on the right.
        let counter = self.salt ^ u128::from(label as u8) << 64;
        out.fill(0);
        self.prf.apply_keystream(counter.to_be_bytes(), out);
    }
}

/// `salt` at the upper end of 128 bits.
pub(crate) fn upper(salt: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(salt) {
        *to = *from;
    }
    u128::from_be_bytes(bytes)
}

impl Drop for Derivation {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.salt);
    }
}
