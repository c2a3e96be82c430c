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
    /// Not a key, but a number that tells keys apart: two contexts have the same one only if they have the same keys.
    /// The label is far from those that specifications use.
    Identity = 0xff,
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
            profile,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text).expect("hexadecimal digits")
    }

    fn check(profile: Profile, key: &str, salt: &str, derived: &[(Label, &str)]) {
        let master = MasterKey::new(&hex(key), &hex(salt));
        let derivation = Derivation::new(profile, &master).unwrap();
        for (label, expected) in derived {
            let expected = hex(expected);
            let mut out = vec![0xff; expected.len()];
            derivation.derive(*label, &mut out);
            assert_eq!(out, expected, "{label:?}");
        }
    }

    #[test]
    fn rfc_3711_appendix_b3() {
        check(
            Profile::Aes128CmHmacSha1_80,
            "e1f97a0d3e018be0d64fa32c06de4139",
            "0ec675ad498afeebb6960b3aabe6",
            &[
                (Label::RtpEncryption, "c61e7a93744f39ee10734afe3ff7a087"),
                (
                    Label::RtpAuthentication,
                    "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2",
                ),
                (Label::RtpSalt, "30cbbc08863d8c85d49db34a9ae1"),
            ],
        );
    }

    #[test]
    fn rfc_6188_section_7_2() {
        check(
            Profile::Aes256CmHmacSha1_80,
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
            "3b04803de51ee7c96423ab5b78d2",
            &[
                (
                    Label::RtpEncryption,
                    "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
                ),
                (
                    Label::RtpAuthentication,
                    "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
                ),
                (Label::RtpSalt, "fa31791685ca444a9e07c6c64e93"),
            ],
        );
    }

    #[test]
    fn keys_of_other_lengths_are_refused() {
        for profile in Profile::ALL {
            for key in 0..40 {
                for salt in 0..20 {
                    let master = MasterKey::new(&vec![0; key], &vec![0; salt]);
                    let fits = key == profile.key_len() && salt == profile.salt_len();
                    let expected = if fits {
                        None
                    } else {
                        Some(KeyLengthError { profile, key, salt })
                    };
                    assert_eq!(Derivation::new(profile, &master).err(), expected);
                }
            }
        }
    }
}
