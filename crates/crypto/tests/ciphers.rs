//! Ciphers and digests against the vectors of their RFCs.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use proptest::prelude::*;
use strata_crypto::{aead, aes_cm, digest};

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal digits")
}

#[test]
fn rfc_3711_appendix_b2_aes_128_cm() {
    let key = aes_cm::Key::new(&hex("2b7e151628aed2a6abf7158809cf4f3c")).unwrap();
    let counter: [u8; 16] = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000").try_into().unwrap();
    // All of the keystream that one packet can have, but for the end: counters ..0000 to ..ff01.
    let mut keystream = vec![0; 1_044_512];
    key.apply_keystream(counter, &mut keystream);
    let first = "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0";
    let last = "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44";
    assert_eq!(keystream[..48], hex(first));
    assert_eq!(keystream[keystream.len() - 48..], hex(last));
}

#[test]
fn rfc_6188_section_7_1_aes_256_cm() {
    let key = aes_cm::Key::new(&hex(
        "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
    ))
    .unwrap();
    let counter: [u8; 16] = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000").try_into().unwrap();
    // All of the keystream that one packet can have, but for the end: counters ..0000 to ..ff01.
    let mut keystream = vec![0; 1_044_512];
    key.apply_keystream(counter, &mut keystream);
    let first = "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31";
    let last = "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d6eb246913062a16891433e97dd01a57f";
    assert_eq!(keystream[..48], hex(first));
    assert_eq!(keystream[keystream.len() - 48..], hex(last));
}

/// Key, nonce, associated data, plaintext, ciphertext with tag.
const RFC_7714: &[(aead::Algorithm, &str, &str, &str, &str, &str)] = &[
    // §16.1.1
    (
        aead::Algorithm::Aes128Gcm,
        "000102030405060708090a0b0c0d0e0f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b2",
        "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
    ),
    // §16.1.2
    (
        aead::Algorithm::Aes128Gcm,
        "000102030405060708090a0b0c0d0e0f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b2",
        "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
    ),
    // §16.1.3
    (
        aead::Algorithm::Aes128Gcm,
        "000102030405060708090a0b0c0d0e0f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "",
        "22493f82d2bce397e9d79e3b19aa4216",
    ),
    // §16.1.4
    (
        aead::Algorithm::Aes128Gcm,
        "000102030405060708090a0b0c0d0e0f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "",
        "22493f82d2bce397e9d79e3b19aa4216",
    ),
    // §16.2.1
    (
        aead::Algorithm::Aes256Gcm,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b2",
        "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
    ),
    // §16.2.2
    (
        aead::Algorithm::Aes256Gcm,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b2",
        "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
    ),
    // §16.2.3
    (
        aead::Algorithm::Aes256Gcm,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "",
        "a866d5910f887463067ceefec45215d4",
    ),
    // §16.2.4
    (
        aead::Algorithm::Aes256Gcm,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "51753c6580c2726f20718414",
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        "",
        "a866d5910f887463067ceefec45215d4",
    ),
    // §17.1
    (
        aead::Algorithm::Aes128Gcm,
        "000102030405060708090a0b0c0d0e0f",
        "517524055203726f207170bb",
        "81c8000d4d617273800005d4",
        "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade",
    ),
    // §17.2
    (
        aead::Algorithm::Aes256Gcm,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "517524055203726f207170bb",
        "81c8000d4d617273800005d4",
        "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be",
    ),
    // §17.3
    (
        aead::Algorithm::Aes128Gcm,
        "000102030405060708090a0b0c0d0e0f",
        "517524055203726f207170bb",
        "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef000005d4",
        "",
        "841dd9683dd78ec92ae58790125f62b3",
    ),
    // §17.4
    (
        aead::Algorithm::Aes256Gcm,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "517524055203726f207170bb",
        "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef000005d4",
        "",
        "91db4afbfeee5a978fab4393ed2615fe",
    ),
];

#[test]
fn rfc_7714_aes_gcm() {
    for (algorithm, key, nonce, aad, plaintext, ciphertext) in RFC_7714 {
        let key = aead::Key::new(*algorithm, &hex(key)).unwrap();
        let nonce = hex(nonce).try_into().unwrap();
        let mut buffer = hex(plaintext);
        let tag = key.seal_in_place(nonce, &hex(aad), &mut buffer).unwrap();
        buffer.extend_from_slice(&tag);
        assert_eq!(buffer, hex(ciphertext));
        let length = key.open_in_place(nonce, &hex(aad), &mut buffer).unwrap();
        assert_eq!(buffer[..length], hex(plaintext));
    }
}

#[test]
fn rfc_8439_section_2_8_2_chacha20_poly1305() {
    let key: Vec<u8> = (0x80..=0x9f).collect();
    let key = aead::Key::new(aead::Algorithm::ChaCha20Poly1305, &key).unwrap();
    let nonce = hex("070000004041424344454647").try_into().unwrap();
    let mut text = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip \
        for the future, sunscreen would be it.";
    let aad = hex("50515253c0c1c2c3c4c5c6c7");
    let tag = key.seal_in_place(nonce, &aad, &mut text).unwrap();
    assert_eq!(text[..16], hex("d31a8d34648e60db7b86afbc53ef7ec2"));
    assert_eq!(tag[..], hex("1ae10b594f09e26a7e902ecbd0600691"));
}

#[test]
fn a_key_of_the_wrong_length_is_refused() {
    let error = aead::Key::new(aead::Algorithm::Aes256Gcm, &[0; 16]).unwrap_err();
    assert_eq!((error.expected, error.actual), (32, 16));
}

#[test]
fn debug_shows_lengths_only() {
    let key = aead::Key::new(aead::Algorithm::Aes128Gcm, &[7; 16]).unwrap();
    assert_eq!(
        format!("{key:?}"),
        "Key { algorithm: Aes128Gcm, octets: 16, .. }"
    );
}

/// The digests of "abc": RFC 3174 §7.3 and RFC 6234 §8.5.
#[test]
fn digests_of_abc() {
    use digest::Algorithm::{Sha1, Sha256, Sha384, Sha512};
    for (algorithm, digest, expected) in [
        (
            Sha1,
            digest::sha1(b"abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d",
        ),
        (
            Sha256,
            digest::sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            Sha384,
            digest::sha384(b"abc"),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            Sha512,
            digest::sha512(b"abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ] {
        assert_eq!(digest.as_ref(), hex(expected));
        assert_eq!(digest.as_ref().len(), algorithm.digest_len());
        let mut context = digest::Context::new(algorithm);
        context.update(b"a");
        let branch = context.clone();
        context.update(b"bc");
        assert_eq!(context.finish().as_ref(), hex(expected));
        assert_ne!(branch.finish().as_ref(), hex(expected));
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_a_flipped_bit_does_not(
        plaintext in proptest::collection::vec(any::<u8>(), 0..100),
        aad: [u8; 13],
        nonce: [u8; 12],
        bit in any::<prop::sample::Index>(),
    ) {
        let key = aead::Key::new(aead::Algorithm::Aes128Gcm, &[7; 16]).unwrap();
        let mut sealed = plaintext.clone();
        let tag = key.seal_in_place(nonce, &aad, &mut sealed).unwrap();
        sealed.extend_from_slice(&tag);
        let mut opened = sealed.clone();
        let length = key.open_in_place(nonce, &aad, &mut opened).unwrap();
        prop_assert_eq!(&opened[..length], &plaintext[..]);
        let bit = bit.index(sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(key.open_in_place(nonce, &aad, &mut sealed), Err(aead::OpenError));
    }

    #[test]
    fn the_keystream_is_the_same_at_any_offset(counter: [u8; 16], blocks in 0usize..9) {
        let counter = u128::from_be_bytes(counter);
        let key = aes_cm::Key::aes256(&[7; 32]);
        let (mut whole, mut rest) = (vec![0; 256], vec![0; 256 - 16 * blocks]);
        key.apply_keystream(counter.to_be_bytes(), &mut whole);
        let later = counter.wrapping_add(u128::try_from(blocks).unwrap());
        key.apply_keystream(later.to_be_bytes(), &mut rest);
        prop_assert_eq!(&whole[16 * blocks..], &rest[..]);
    }
}
