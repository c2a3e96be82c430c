//! Cipher suites (RFC 5289, RFC 7905).

use strata_crypto::{aead, digest, hmac, signature::KeyKind};

use crate::wire::record::MAX_SEQUENCE;

/// A cipher suite of DTLS 1.2: ephemeral elliptic-curve Diffie-Hellman, and an AEAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CipherSuite {
    /// `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256` (RFC 5289).
    EcdheEcdsaAes128Gcm,
    /// `TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384` (RFC 5289).
    EcdheEcdsaAes256Gcm,
    /// `TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256` (RFC 7905).
    EcdheEcdsaChaCha20Poly1305,
    /// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` (RFC 5289).
    EcdheRsaAes128Gcm,
    /// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` (RFC 5289).
    EcdheRsaAes256Gcm,
    /// `TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256` (RFC 7905).
    EcdheRsaChaCha20Poly1305,
}

impl CipherSuite {
    /// All of them, the preferred first.
    pub const ALL: [Self; 6] = [
        Self::EcdheEcdsaAes128Gcm,
        Self::EcdheEcdsaAes256Gcm,
        Self::EcdheEcdsaChaCha20Poly1305,
        Self::EcdheRsaAes128Gcm,
        Self::EcdheRsaAes256Gcm,
        Self::EcdheRsaChaCha20Poly1305,
    ];

    /// The number in TLS's registry.
    pub const fn code(self) -> u16 {
        match self {
            Self::EcdheEcdsaAes128Gcm => 0xc02b,
            Self::EcdheEcdsaAes256Gcm => 0xc02c,
            Self::EcdheEcdsaChaCha20Poly1305 => 0xcca9,
            Self::EcdheRsaAes128Gcm => 0xc02f,
            Self::EcdheRsaAes256Gcm => 0xc030,
            Self::EcdheRsaChaCha20Poly1305 => 0xcca8,
        }
    }

    /// The suite with this number, if it is one of these.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.code() == code)
    }

    /// How many records one of its keys may seal: 2³² with AES-GCM, which keeps an attacker's advantage below 2⁻⁵⁰
    /// for records of 1,200 octets (by the analysis RFC 9147 §4.5.3 refers to), after 5 TB of them. With
    /// ChaCha20-Poly1305 the numbers of the records end before the cipher's safety does (RFC 8446 §5.5): 2⁴⁸ - 1,
    /// as the last one is left for an alert.
    pub const fn max_records(self) -> u64 {
        match self.aead() {
            aead::Algorithm::ChaCha20Poly1305 => MAX_SEQUENCE,
            aead::Algorithm::Aes128Gcm | aead::Algorithm::Aes256Gcm | _ => 1 << 32,
        }
    }

    /// The cipher of its records.
    pub(crate) const fn aead(self) -> aead::Algorithm {
        match self {
            Self::EcdheEcdsaAes128Gcm | Self::EcdheRsaAes128Gcm => aead::Algorithm::Aes128Gcm,
            Self::EcdheEcdsaAes256Gcm | Self::EcdheRsaAes256Gcm => aead::Algorithm::Aes256Gcm,
            Self::EcdheEcdsaChaCha20Poly1305 | Self::EcdheRsaChaCha20Poly1305 => {
                aead::Algorithm::ChaCha20Poly1305
            }
        }
    }

    /// The hash under its pseudo-random function.
    pub(crate) const fn prf(self) -> hmac::Algorithm {
        match self {
            Self::EcdheEcdsaAes256Gcm | Self::EcdheRsaAes256Gcm => hmac::Algorithm::Sha384,
            Self::EcdheEcdsaAes128Gcm
            | Self::EcdheRsaAes128Gcm
            | Self::EcdheEcdsaChaCha20Poly1305
            | Self::EcdheRsaChaCha20Poly1305 => hmac::Algorithm::Sha256,
        }
    }

    /// The hash of its transcripts: the same function.
    pub(crate) const fn digest(self) -> digest::Algorithm {
        match self.prf() {
            hmac::Algorithm::Sha384 => digest::Algorithm::Sha384,
            hmac::Algorithm::Sha1 | hmac::Algorithm::Sha256 | _ => digest::Algorithm::Sha256,
        }
    }

    /// Whether a server can use it with our own certificate, which is ECDSA.
    pub(crate) const fn is_ecdsa(self) -> bool {
        match self {
            Self::EcdheEcdsaAes128Gcm
            | Self::EcdheEcdsaAes256Gcm
            | Self::EcdheEcdsaChaCha20Poly1305 => true,
            Self::EcdheRsaAes128Gcm | Self::EcdheRsaAes256Gcm | Self::EcdheRsaChaCha20Poly1305 => {
                false
            }
        }
    }

    /// Whether a server with this kind of key may have picked it (RFC 8422 §2: Ed25519 counts as ECDSA).
    pub(crate) fn goes_with(self, key: KeyKind) -> bool {
        (key != KeyKind::Rsa) == self.is_ecdsa()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_suites_correspond() {
        for suite in CipherSuite::ALL {
            assert_eq!(CipherSuite::from_code(suite.code()), Some(suite));
        }
        assert_eq!(CipherSuite::from_code(0x1301), None, "a suite of TLS 1.3");
    }
}
