//! HMAC against the vectors of RFC 2202 (SHA-1) and RFC 4231 (SHA-2).
#![expect(clippy::expect_used, reason = "helpers of tests")]

use proptest::prelude::*;
use strata_crypto::{
    digest,
    hmac::{Algorithm, Key},
};

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal digits")
}

/// Key, data, and the tag (or its beginning, as RFC 4231 §4.6 prints it).
fn check(algorithm: Algorithm, key: &str, data: &str, tag: &str) {
    let (key, data, tag) = (Key::new(algorithm, &hex(key)), hex(data), hex(tag));
    let signed = key.sign(&[&data]);
    assert_eq!(signed.as_ref().len(), algorithm.tag_len());
    assert!(signed.as_ref().starts_with(&tag));
    assert!(key.verify(&[&data], &tag));
}

#[test]
fn rfc_2202_section_3() {
    // Test case 1
    check(
        Algorithm::Sha1,
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "4869205468657265",
        "b617318655057264e28bc0b6fb378c8ef146be00",
    );
    // Test case 2
    check(
        Algorithm::Sha1,
        "4a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    );
    // Test case 3
    check(
        Algorithm::Sha1,
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
        "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
    );
    // Test case 4
    check(
        Algorithm::Sha1,
        "0102030405060708090a0b0c0d0e0f10111213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
    );
    // Test case 5
    check(
        Algorithm::Sha1,
        "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        "546573742057697468205472756e636174696f6e",
        "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04",
    );
    // Test case 6
    check(
        Algorithm::Sha1,
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
        "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    );
    // Test case 7
    check(
        Algorithm::Sha1,
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b657920616e64204c6172676572205468616e204f6e6520426c6f636b2d53697a652044617461",
        "e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
    );
}

/// Key, data, HMAC-SHA-256, HMAC-SHA-384.
const RFC_4231: &[(&str, &str, &str, &str)] = &[
    // §4.2
    (
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "4869205468657265",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
    ),
    // §4.3
    (
        "4a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    ),
    // §4.4
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
    ),
    // §4.5
    (
        "0102030405060708090a0b0c0d0e0f10111213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
    ),
    // §4.6
    (
        "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        "546573742057697468205472756e636174696f6e",
        "a3b6167473100ee06e0c796c2955552b",
        "3abf34c3503b2a23a46efc619baef897",
    ),
    // §4.7
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
    ),
    // §4.8
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
    ),
];

#[test]
fn rfc_4231_section_4() {
    for (key, data, sha256, sha384) in RFC_4231 {
        check(Algorithm::Sha256, key, data, sha256);
        check(Algorithm::Sha384, key, data, sha384);
    }
}

#[test]
fn empty_and_overlong_tags_do_not_verify() {
    let key = Key::new(Algorithm::Sha1, b"key");
    let tag = key.sign(&[b"data"]);
    assert!(!key.verify(&[b"data"], &[]));
    let long: Vec<u8> = tag.as_ref().iter().copied().chain([0]).collect();
    assert!(!key.verify(&[b"data"], &long));
}

#[test]
fn debug_shows_no_secret() {
    let key = Key::new(Algorithm::Sha256, b"key");
    assert_eq!(format!("{key:?}"), "Key { algorithm: Sha256, .. }");
    assert_eq!(format!("{:?}", key.sign(&[b"data"])), "Tag(32 octets)");
}

/// RFC 2104 §2, as it is written.
fn sha1_by_definition(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut key = match key.len() {
        0..=64 => key.to_vec(),
        _ => digest::sha1(key).as_ref().to_vec(),
    };
    key.resize(64, 0);
    let pad = |byte: u8| key.iter().map(|k| k ^ byte).collect::<Vec<_>>();
    let inner = digest::sha1(&[&pad(0x36), data].concat());
    let outer = digest::sha1(&[&pad(0x5c), inner.as_ref()].concat());
    outer.as_ref().to_vec()
}

proptest! {
    #[test]
    fn sha1_is_what_the_definition_says(
        key in proptest::collection::vec(any::<u8>(), 0..130),
        data in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let tag = Key::new(Algorithm::Sha1, &key).sign(&[&data]);
        prop_assert_eq!(tag.as_ref(), sha1_by_definition(&key, &data));
    }

    #[test]
    fn how_the_data_is_cut_does_not_matter(
        key in proptest::collection::vec(any::<u8>(), 0..200),
        data in proptest::collection::vec(any::<u8>(), 0..300),
        cut in any::<prop::sample::Index>(),
    ) {
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha384] {
            let key = Key::new(algorithm, &key);
            let (a, b) = data.split_at(cut.index(data.len() + 1));
            let (whole, parts) = (key.sign(&[&data]), key.sign(&[a, b]));
            prop_assert_eq!(whole.as_ref(), parts.as_ref());
        }
    }

    #[test]
    fn a_flipped_bit_does_not_verify(
        data in proptest::collection::vec(any::<u8>(), 1..64),
        bit in any::<prop::sample::Index>(),
        length in 4usize..=20,
    ) {
        let key = Key::new(Algorithm::Sha1, b"key");
        let tag = key.sign(&[&data]);
        let mut tag = tag.as_ref()[..length].to_vec();
        prop_assert!(key.verify(&[&data], &tag));
        let bit = bit.index(length * 8);
        tag[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!key.verify(&[&data], &tag));
    }
}
