//! This crate is enough: nothing else is imported, and everything that its signatures show has a name here.

use strata_crypto::{
    Certificate, Fingerprint, aead, aes_cm,
    certificate::{CertificateError, PublicKeyError, parse_public_key},
    constant_time_eq, digest,
    fingerprint::{FingerprintError, HashFunction, UnsupportedHash},
    hmac,
    key_exchange::{EphemeralKey, Group, KeyExchangeError},
    prf,
    signature::{BadSignature, PublicKey, Scheme, verify},
};

/// What one end of an exchange tells the other: its ephemeral key, signed with the key of its certificate.
struct Hello {
    certificate: Vec<u8>,
    public_key: Vec<u8>,
    signature: Vec<u8>,
}

/// Why the other end is not believed.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Stranger,
    Certificate(PublicKeyError),
    Signature(BadSignature),
    Key(KeyExchangeError),
}

/// One end of a key exchange that certificates authenticate, as DTLS is one.
struct End {
    certificate: Certificate,
    ephemeral: EphemeralKey,
}

impl End {
    fn new(group: Group) -> Result<Self, CertificateError> {
        let certificate = Certificate::generate()?;
        let ephemeral = EphemeralKey::generate(group).map_err(|_| CertificateError::Generation)?;
        Ok(Self {
            certificate,
            ephemeral,
        })
    }

    fn hello(&self) -> Result<Hello, CertificateError> {
        Ok(Hello {
            certificate: self.certificate.der().to_vec(),
            public_key: self.ephemeral.public_key().to_vec(),
            signature: self.certificate.sign(self.ephemeral.public_key())?,
        })
    }

    /// The key that both ends have then, if the other is the one with this fingerprint.
    fn agree(self, peer: &Hello, expected: Fingerprint) -> Result<aead::Key, Refused> {
        if !expected.matches(&peer.certificate) {
            return Err(Refused::Stranger);
        }
        let key: PublicKey = parse_public_key(&peer.certificate).map_err(Refused::Certificate)?;
        verify(Scheme::EcdsaSha256, &key, &peer.public_key, &peer.signature)
            .map_err(Refused::Signature)?;
        let mut material = [0; 16];
        self.ephemeral
            .agree(&peer.public_key, |secret| {
                prf(
                    hmac::Algorithm::Sha256,
                    secret,
                    b"key",
                    &[b"both ends"],
                    &mut material,
                );
            })
            .map_err(Refused::Key)?;
        let made: Result<_, aead::KeyLengthError> =
            aead::Key::new(aead::Algorithm::Aes128Gcm, &material);
        made.map_err(|_| Refused::Stranger)
    }
}

#[test]
fn two_ends_agree_on_a_key_and_a_third_does_not() {
    let end = || End::new(Group::X25519).unwrap();
    let (alice, bob, mallory) = (end(), end(), end());
    let (from_alice, from_bob, from_mallory) = (
        alice.hello().unwrap(),
        bob.hello().unwrap(),
        mallory.hello().unwrap(),
    );
    let fingerprint = |end: &End| -> Fingerprint {
        let text = end.certificate.fingerprint().to_string();
        let read: Result<_, FingerprintError> = text.parse();
        read.unwrap()
    };
    let (of_alice, of_bob) = (fingerprint(&alice), fingerprint(&bob));
    let stolen = Hello {
        certificate: from_alice.certificate.clone(),
        ..mallory.hello().unwrap()
    };
    for (hello, refused) in [
        (from_mallory, Refused::Stranger),
        (stolen, Refused::Signature(BadSignature)),
    ] {
        assert_eq!(end().agree(&hello, of_alice).err(), Some(refused));
    }
    let alices = alice.agree(&from_bob, of_bob).unwrap();
    let bobs = bob.agree(&from_alice, of_alice).unwrap();
    let (nonce, mut text) = ([7; aead::NONCE_LEN], b"hello".to_vec());
    let sealed: Result<_, aead::SealError> = alices.seal_in_place(nonce, b"", &mut text);
    text.extend_from_slice(&sealed.unwrap());
    let opened: Result<usize, aead::OpenError> = bobs.open_in_place(nonce, b"", &mut text);
    assert_eq!(&text[..opened.unwrap()], b"hello");
}

#[test]
fn keystreams_digests_and_tags_are_there() {
    let key: aes_cm::Key = aes_cm::Key::aes128(&[7; 16]);
    let mut text = *b"hello";
    key.apply_keystream([1; 16], &mut text);
    assert_ne!(&text, b"hello");
    key.apply_keystream([1; 16], &mut text);
    assert_eq!(&text, b"hello");
    let digest: digest::Digest = digest::sha256(b"hello");
    let tag: hmac::Tag = hmac::Key::new(hmac::Algorithm::Sha256, b"key").sign(&[b"hello"]);
    assert!(!constant_time_eq(digest.as_ref(), tag.as_ref()));
    let weak: Result<HashFunction, UnsupportedHash> = "sha-1".parse();
    assert_eq!(weak, Err(UnsupportedHash));
}
