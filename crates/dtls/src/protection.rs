//! Records, sealed and opened (RFC 6347 §4.1.2, RFC 5288 §3, RFC 7905 §2).

use core::ops::Range;

use strata_crypto::aead;
use zeroize::Zeroizing;

use crate::{
    CipherSuite, CloseReason, Role,
    window::ReplayWindow,
    wire::{
        DTLS_1_2,
        record::{ContentType, HEADER_LEN, Header, MAX_PLAINTEXT, MAX_SEQUENCE},
    },
};

/// Why a record was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// It came before, or is too old to tell.
    Replayed,
    /// It does not authenticate.
    Forged,
}

/// Why a record was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    /// The key's last sequence number is used, or there is no key.
    Exhausted,
    /// The plaintext is longer than a record may have (RFC 5246 §6.2.1).
    TooLong,
}

impl From<WriteError> for CloseReason {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Exhausted => Self::KeyExhausted,
            WriteError::TooLong => Self::OwnMessageTooLong,
        }
    }
}

/// Both directions of the epoch after the handshake.
#[derive(Debug)]
pub(crate) struct Protection {
    seal: Cipher,
    open: Cipher,
    /// The number of the next record we seal.
    sequence: u64,
    window: ReplayWindow,
    /// Records that did not authenticate.
    forged: u64,
}

impl Protection {
    /// The keys out of the key block (RFC 5246 §6.3), which `expand` writes.
    pub(crate) fn new(
        suite: CipherSuite,
        role: Role,
        expand: impl FnOnce(&mut [u8]),
    ) -> Option<Self> {
        let (key_len, iv_len) = (suite.aead().key_len(), Cipher::fixed_iv_len(suite.aead()));
        let mut block = Zeroizing::new([0; 2 * (32 + aead::NONCE_LEN)]);
        let length = key_len.saturating_add(iv_len).saturating_mul(2);
        let block = block.get_mut(..length)?;
        expand(block);
        let (client_key, rest) = block.split_at_checked(key_len)?;
        let (server_key, rest) = rest.split_at_checked(key_len)?;
        let (client_iv, server_iv) = rest.split_at_checked(iv_len)?;
        let client = Cipher::new(suite.aead(), client_key, client_iv)?;
        let server = Cipher::new(suite.aead(), server_key, server_iv)?;
        let (seal, open) = match role {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        Some(Self {
            seal,
            open,
            sequence: 0,
            window: ReplayWindow::default(),
            forged: 0,
        })
    }

    /// Octets that sealing adds to a plaintext.
    pub(crate) const fn overhead(&self) -> usize {
        self.front_len().saturating_add(aead::TAG_LEN)
    }

    /// Octets in front of a plaintext.
    const fn front_len(&self) -> usize {
        HEADER_LEN.saturating_add(self.seal.explicit_len())
    }

    /// How many records have been sealed.
    pub(crate) const fn sealed(&self) -> u64 {
        self.sequence
    }

    /// How many records did not authenticate.
    pub(crate) const fn forged(&self) -> u64 {
        self.forged
    }

    /// Appends what comes before the plaintext of a record.
    pub(crate) fn begin(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0; HEADER_LEN]);
        if self.seal.explicit_len() > 0 {
            out.extend_from_slice(&[0; EXPLICIT_LEN]);
        }
    }

    /// Makes a record of what stands from `at` on: what [`begin`](Self::begin) appended, and a plaintext of at
    /// most [`MAX_PLAINTEXT`] octets. If it fails, no number is used up.
    pub(crate) fn finish(
        &mut self,
        content_type: ContentType,
        out: &mut Vec<u8>,
        at: usize,
    ) -> Result<(), WriteError> {
        if self.sequence > MAX_SEQUENCE {
            return Err(WriteError::Exhausted);
        }
        let front_len = self.front_len();
        let plain_len = out.len().saturating_sub(at).saturating_sub(front_len);
        if plain_len > MAX_PLAINTEXT {
            return Err(WriteError::TooLong);
        }
        let mut header = Header {
            content_type,
            version: DTLS_1_2,
            epoch: 1,
            sequence: self.sequence,
            length: plain_len,
        };
        let record = out.get_mut(at..).ok_or(WriteError::Exhausted)?;
        let (front, plaintext) = record
            .split_at_mut_checked(front_len)
            .ok_or(WriteError::Exhausted)?;
        let nonce = self.seal.nonce(header.number());
        let tag = self
            .seal
            .key
            .seal_in_place(nonce, &associated_data(header), plaintext)
            .map_err(|_| WriteError::Exhausted)?;
        let sealed_len = plain_len.saturating_add(aead::TAG_LEN);
        header.length = sealed_len.saturating_add(self.seal.explicit_len());
        // RFC 5288 §3: the explicit part of the nonce may be the sequence number. A cipher without that part (RFC
        // 7905 §2) has a `front` that ends before it, and so `zip` does.
        let number = header.number();
        for (octet, value) in front
            .iter_mut()
            .zip(header.to_bytes().iter().chain(&number))
        {
            *octet = *value;
        }
        out.extend_from_slice(&tag);
        self.sequence = self.sequence.saturating_add(1);
        Ok(())
    }

    /// Opens the body of a record in place: where in `body` the plaintext is.
    pub(crate) fn open(
        &mut self,
        header: Header,
        body: &mut [u8],
    ) -> Result<Range<usize>, OpenError> {
        if self.window.check(header.sequence).is_err() {
            return Err(OpenError::Replayed);
        }
        let Some(plaintext) = self.open.open(header, body) else {
            self.forged = self.forged.saturating_add(1);
            return Err(OpenError::Forged);
        };
        self.window.accept(header.sequence);
        Ok(plaintext)
    }
}

/// One direction.
#[derive(Debug)]
struct Cipher {
    key: aead::Key,
    iv: Iv,
}

/// The part of the nonce that comes from the handshake.
#[derive(Clone)]
enum Iv {
    /// RFC 5288 §3: the front of the nonce; the rest is in the record.
    Front([u8; SALT_LEN]),
    /// RFC 7905 §2: all of it, to be combined with the record's number.
    Whole([u8; aead::NONCE_LEN]),
}

impl core::fmt::Debug for Iv {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Front(salt) => write!(f, "Front({} octets)", salt.len()),
            Self::Whole(iv) => write!(f, "Whole({} octets)", iv.len()),
        }
    }
}

impl Cipher {
    fn new(algorithm: aead::Algorithm, key: &[u8], iv: &[u8]) -> Option<Self> {
        Some(Self {
            key: aead::Key::new(algorithm, key).ok()?,
            iv: match iv.try_into() {
                Ok(salt) => Iv::Front(salt),
                Err(_) => Iv::Whole(iv.try_into().ok()?),
            },
        })
    }

    const fn fixed_iv_len(algorithm: aead::Algorithm) -> usize {
        match algorithm {
            aead::Algorithm::ChaCha20Poly1305 => aead::NONCE_LEN,
            aead::Algorithm::Aes128Gcm | aead::Algorithm::Aes256Gcm | _ => SALT_LEN,
        }
    }

    const fn explicit_len(&self) -> usize {
        match self.iv {
            Iv::Front(_) => EXPLICIT_LEN,
            Iv::Whole(_) => 0,
        }
    }

    fn nonce(&self, explicit: [u8; EXPLICIT_LEN]) -> [u8; aead::NONCE_LEN] {
        let [e0, e1, e2, e3, e4, e5, e6, e7] = explicit;
        match self.iv {
            Iv::Front([s0, s1, s2, s3]) => [s0, s1, s2, s3, e0, e1, e2, e3, e4, e5, e6, e7],
            Iv::Whole(mut iv) => {
                for (octet, value) in iv.iter_mut().rev().zip(explicit.iter().rev()) {
                    *octet ^= *value;
                }
                iv
            }
        }
    }

    fn open(&self, mut header: Header, body: &mut [u8]) -> Option<Range<usize>> {
        let explicit = self.explicit_len();
        let nonce = match body.first_chunk() {
            Some(front) if explicit > 0 => self.nonce(*front),
            Some(_) | None => self.nonce(header.number()),
        };
        let sealed = body.get_mut(explicit..)?;
        header.length = sealed.len().checked_sub(aead::TAG_LEN)?;
        let length = self
            .key
            .open_in_place(nonce, &associated_data(header), sealed)
            .ok()?;
        (length <= MAX_PLAINTEXT).then_some(explicit..explicit.saturating_add(length))
    }
}

/// RFC 5246 §6.2.3.3: number, type, version and length of the plaintext.
fn associated_data(header: Header) -> [u8; 13] {
    let [kind, v0, v1, .., l0, l1] = header.to_bytes();
    let [n0, n1, n2, n3, n4, n5, n6, n7] = header.number();
    [n0, n1, n2, n3, n4, n5, n6, n7, kind, v0, v1, l0, l1]
}

/// Octets of the nonce that come from the handshake in AES-GCM.
const SALT_LEN: usize = 4;

/// Octets of the nonce that are in every record in AES-GCM.
const EXPLICIT_LEN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(suite: CipherSuite) -> (Protection, Protection) {
        let make = |role| {
            Protection::new(suite, role, |block| {
                for (octet, value) in block.iter_mut().zip(0..) {
                    *octet = value;
                }
            })
            .unwrap()
        };
        (make(Role::Client), make(Role::Server))
    }

    fn seal(protection: &mut Protection, plaintext: &[u8]) -> Vec<u8> {
        let mut out = b"before".to_vec();
        protection.begin(&mut out);
        out.extend_from_slice(plaintext);
        protection
            .finish(ContentType::ApplicationData, &mut out, 6)
            .unwrap();
        assert_eq!(&out[..6], b"before");
        out.split_off(6)
    }

    fn open(protection: &mut Protection, record: &[u8]) -> Result<Vec<u8>, OpenError> {
        let header = Header::parse(record).unwrap();
        let mut body = record[HEADER_LEN..].to_vec();
        protection
            .open(header, &mut body)
            .map(|range| body[range].to_vec())
    }

    #[test]
    fn what_is_sealed_opens_once() {
        for suite in CipherSuite::ALL {
            let (mut client, mut server) = pair(suite);
            for length in [0, 1, 15, 16, 1200, MAX_PLAINTEXT] {
                let plaintext = vec![7; length];
                let record = seal(&mut client, &plaintext);
                assert_eq!(record.len(), length + client.overhead());
                assert_eq!(open(&mut server, &record), Ok(plaintext));
                assert_eq!(open(&mut server, &record), Err(OpenError::Replayed));
            }
            let record = seal(&mut server, b"back");
            assert_eq!(open(&mut client, &record), Ok(b"back".to_vec()));
            assert_eq!(open(&mut server, &record), Err(OpenError::Replayed));
        }
    }

    #[test]
    fn every_bit_counts() {
        for suite in [
            CipherSuite::EcdheEcdsaAes128Gcm,
            CipherSuite::EcdheEcdsaChaCha20Poly1305,
        ] {
            let (mut client, mut server) = pair(suite);
            let record = seal(&mut client, b"plaintext");
            for bit in 0..record.len() * 8 {
                let mut changed = record.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                if let Some(header) = Header::parse(&changed) {
                    let mut body = changed[HEADER_LEN..HEADER_LEN + header.length].to_vec();
                    assert_eq!(
                        server.open(header, &mut body),
                        Err(OpenError::Forged),
                        "bit {bit}"
                    );
                }
            }
            assert_eq!(open(&mut server, &record), Ok(b"plaintext".to_vec()));
        }
    }

    #[test]
    fn short_bodies_are_forged() {
        for suite in CipherSuite::ALL {
            let (_, mut server) = pair(suite);
            for length in 0..24 {
                let header = Header {
                    content_type: ContentType::Alert,
                    version: DTLS_1_2,
                    epoch: 1,
                    sequence: 0,
                    length,
                };
                assert_eq!(
                    server.open(header, &mut vec![0; length]),
                    Err(OpenError::Forged)
                );
            }
        }
    }

    /// RFC 5246 §6.2.1
    #[test]
    fn a_plaintext_too_long_for_a_record_is_refused_and_uses_up_no_number() {
        let (mut client, mut server) = pair(CipherSuite::EcdheEcdsaAes128Gcm);
        let mut out = Vec::new();
        client.begin(&mut out);
        out.resize(out.len() + MAX_PLAINTEXT + 1, 7);
        let finished = client.finish(ContentType::ApplicationData, &mut out, 0);
        assert_eq!(finished, Err(WriteError::TooLong));
        assert_eq!(client.sealed(), 0);
        let record = seal(&mut client, b"after");
        assert_eq!(open(&mut server, &record), Ok(b"after".to_vec()));
    }

    #[test]
    fn the_last_number_is_the_last() {
        let (mut client, _) = pair(CipherSuite::EcdheEcdsaAes128Gcm);
        client.sequence = MAX_SEQUENCE;
        let record = seal(&mut client, b"last");
        assert_eq!(Header::parse(&record).unwrap().sequence, MAX_SEQUENCE);
        let mut out = Vec::new();
        client.begin(&mut out);
        assert_eq!(
            client.finish(ContentType::Alert, &mut out, 0),
            Err(WriteError::Exhausted)
        );
    }
}
