//! Keys in the description: RFC 4568.

use alloc::{format, string::ToString as _, vec, vec::Vec};
use core::num::NonZeroU64;

use super::{canonical, refused, tolerated};
use crate::{
    Crypto, CryptoSuite, FecOrder, FieldError, InlineKey, Mki,
    Reason::{Duplicate, Malformed, Missing, OutOfRange, Trailing},
    SrtpParameter,
};

/// RFC 4568 §6.1: a key and a salt of AES-128 in counter mode.
const KEY: &str = "YUJDZGVmZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2";
/// Two of RFC 4568 §7.1.5.
const FIRST: &str = "MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm";
const SECOND: &str = "QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5";

fn read(value: &str) -> Crypto {
    value.parse().unwrap_or_else(|e| panic!("{value:?}: {e}"))
}

fn key(fill: u8, length: usize) -> InlineKey {
    InlineKey::new(vec![fill; length])
}

#[test]
fn crypto_attributes_of_the_rfcs() {
    canonical::<Crypto>(&[
        // RFC 4568 §4, §4.5 and §6.1.
        "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32",
        "1 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32",
        "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4",
        &format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1066:4"),
        // RFC 4568 §7.1.5.
        "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 FEC_ORDER=FEC_SRTP",
        &format!(
            "2 F8_128_HMAC_SHA1_80 inline:{FIRST}|2^20|1:4;inline:{SECOND}|2^20|2:4 FEC_ORDER=FEC_SRTP"
        ),
        // All that RFC 4568 §6.3 defines, and what it leaves to others.
        &format!(
            "999999999 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1000001 KDR=24 UNENCRYPTED_SRTP \
             UNENCRYPTED_SRTCP UNAUTHENTICATED_SRTP FEC_ORDER=SRTP_FEC FEC_KEY=inline:{FIRST}|2^20|1:4 \
             WSH=128 -OPTIONAL=x MANDATORY"
        ),
        &format!("0 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^48"),
        // Suites that are not known have keys of any size and lifetime.
        "3 SEED_CTR_128_HMAC_SHA1_80 inline:Zg==|2^63",
    ]);
    tolerated::<Crypto>(&[
        // RFC 4568 §4: in any case; §9.1: tabs; §7.1.5 as it is folded; §6.1: without padding.
        (
            &format!(
                "1\taes_cm_128_hmac_sha1_80  INLINE:{KEY} kdr=1\tunencrypted_srtcp fec_order=fec_srtp"
            ),
            &format!(
                "1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} KDR=1 UNENCRYPTED_SRTCP FEC_ORDER=FEC_SRTP"
            ),
        ),
        (
            &format!("2 F8_128_HMAC_SHA1_80 inline:{FIRST}|1:4; inline:{SECOND}|2:4 WSH=60"),
            &format!("2 F8_128_HMAC_SHA1_80 inline:{FIRST}|1:4;inline:{SECOND}|2:4 WSH=60"),
        ),
        (
            &format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1048576; X"),
            &format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20 X"),
        ),
        ("1 X inline:Zg|2^0", "1 X inline:Zg==|1"),
    ]);
}

#[test]
fn crypto_attributes_that_are_invalid() {
    let suite = "AES_CM_128_HMAC_SHA1_80";
    refused::<Crypto>(&[
        ("", "tag", Missing),
        ("x", "tag", Malformed),
        // RFC 4568 §4.1: no zeros in front; §9.1: nine digits.
        (&format!("01 {suite} inline:{KEY}"), "tag", Malformed),
        (
            &format!("1000000000 {suite} inline:{KEY}"),
            "tag",
            OutOfRange,
        ),
        ("1", "crypto-suite", Missing),
        (&format!("1 AES-CM inline:{KEY}"), "crypto-suite", Malformed),
        (&format!("1 {suite}"), "key-params", Missing),
        (&format!("1 {suite} ;"), "key-params", Missing),
        (&format!("1 {suite} {KEY}"), "key-method", Malformed),
        (&format!("1 {suite} uri:http"), "key-method", Malformed),
        (&format!("1 {suite} inline:"), "key-salt", Missing),
        (&format!("1 {suite} inline:|2^20"), "key-salt", Missing),
        (&format!("1 {suite} inline:{KEY}-"), "key-salt", Malformed),
        // RFC 4568 §6.1: lifetimes are more than 0 and at most 2^48, without zeros in front.
        (&format!("1 {suite} inline:{KEY}|0"), "lifetime", OutOfRange),
        (
            &format!("1 {suite} inline:{KEY}|020"),
            "lifetime",
            Malformed,
        ),
        (
            &format!("1 {suite} inline:{KEY}|2^020"),
            "lifetime",
            Malformed,
        ),
        (
            &format!("1 {suite} inline:{KEY}|2^49"),
            "lifetime",
            OutOfRange,
        ),
        (
            &format!("1 {suite} inline:{KEY}|281474976710657"),
            "lifetime",
            OutOfRange,
        ),
        ("1 X inline:Zg==|2^64", "lifetime", OutOfRange),
        (&format!("1 {suite} inline:{KEY}|"), "lifetime", Missing),
        (
            &format!("1 {suite} inline:{KEY}|2^x"),
            "lifetime",
            Malformed,
        ),
    ]);
}

#[test]
fn names_of_keys_that_are_invalid() {
    let suite = "AES_CM_128_HMAC_SHA1_80";
    refused::<Crypto>(&[
        // RFC 4568 §6.1: an MKI is positive, fits into its length, and that is 1 to 128.
        (&format!("1 {suite} inline:{KEY}|1:"), "mki-length", Missing),
        (
            &format!("1 {suite} inline:{KEY}|2^20|1"),
            "mki-length",
            Missing,
        ),
        (
            &format!("1 {suite} inline:{KEY}|1:0"),
            "mki-length",
            OutOfRange,
        ),
        (
            &format!("1 {suite} inline:{KEY}|1:129"),
            "mki-length",
            OutOfRange,
        ),
        (
            &format!("1 {suite} inline:{KEY}|1:04"),
            "mki-length",
            Malformed,
        ),
        (
            &format!("1 {suite} inline:{KEY}|01:4"),
            "mki-value",
            Malformed,
        ),
        (
            &format!("1 {suite} inline:{KEY}|0:4"),
            "mki-value",
            OutOfRange,
        ),
        (
            &format!("1 {suite} inline:{KEY}|256:1"),
            "mki-value",
            OutOfRange,
        ),
        (
            &format!("1 {suite} inline:{KEY}|x:1"),
            "mki-value",
            Malformed,
        ),
        (
            &format!("1 {suite} inline:{KEY}|1:4|2:4"),
            "srtp-key-info",
            Trailing,
        ),
        // RFC 4568 §6.1: several keys all have an MKI, of one length, each its own.
        (
            &format!("1 {suite} inline:{FIRST}|1:4;inline:{SECOND}"),
            "mki",
            Missing,
        ),
        (
            &format!("1 {suite} inline:{FIRST}|1:4;inline:{SECOND}|2:5"),
            "mki-length",
            OutOfRange,
        ),
        (
            &format!("1 {suite} inline:{FIRST}|1:4;inline:{SECOND}|1:4"),
            "mki-value",
            Duplicate,
        ),
    ]);
}

#[test]
fn parameters_that_are_invalid() {
    let suite = "AES_CM_128_HMAC_SHA1_80";
    refused::<Crypto>(&[
        // RFC 4568 §6.3.1: 1 to 24.
        (&format!("1 {suite} inline:{KEY} KDR=0"), "KDR", OutOfRange),
        (&format!("1 {suite} inline:{KEY} KDR=25"), "KDR", OutOfRange),
        (&format!("1 {suite} inline:{KEY} KDR=01"), "KDR", Malformed),
        (
            &format!("1 {suite} inline:{KEY} FEC_ORDER=x"),
            "FEC_ORDER",
            Malformed,
        ),
        (&format!("1 {suite} inline:{KEY} WSH=x"), "WSH", Malformed),
        (
            &format!("1 {suite} inline:{KEY} FEC_KEY="),
            "key-params",
            Missing,
        ),
        (
            &format!("1 {suite} inline:{KEY} FEC_KEY=inline:Zg=="),
            "key-salt",
            OutOfRange,
        ),
        (
            &format!("1 {suite} inline:{KEY} \u{e9}"),
            "session-param",
            Malformed,
        ),
    ]);
}

#[test]
fn keys_have_the_size_of_their_suite() {
    // RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §12.
    for (suite, key_length, salt_length) in [
        ("AES_CM_128_HMAC_SHA1_80", 16, 14),
        ("AES_CM_128_HMAC_SHA1_32", 16, 14),
        ("F8_128_HMAC_SHA1_80", 16, 14),
        ("AES_192_CM_HMAC_SHA1_80", 24, 14),
        ("AES_192_CM_HMAC_SHA1_32", 24, 14),
        ("AES_256_CM_HMAC_SHA1_80", 32, 14),
        ("AES_256_CM_HMAC_SHA1_32", 32, 14),
        ("AES_CM_256_HMAC_SHA1_80", 32, 14),
        ("AES_CM_256_HMAC_SHA1_32", 32, 14),
        ("AEAD_AES_128_GCM", 16, 12),
        ("AEAD_AES_256_GCM", 32, 12),
        ("AEAD_AES_128_GCM_8", 16, 12),
        ("AEAD_AES_256_GCM_8", 32, 12),
    ] {
        let suite = CryptoSuite::from(suite);
        assert_eq!(suite.key_length(), Some(key_length), "{suite}");
        assert_eq!(suite.salt_length(), Some(salt_length), "{suite}");
        let whole: Vec<u8> = (0..).take(key_length + salt_length).collect();
        let right = InlineKey::new(whole.clone());
        assert_eq!(suite.split(&right), Some(whole.split_at(key_length)));
        let crypto = Crypto::new(1, suite.clone(), [right]).unwrap();
        assert_eq!(read(&crypto.to_string()), crypto);
        for length in [
            key_length + salt_length - 1,
            key_length + salt_length + 1,
            key_length,
        ] {
            let wrong = key(7, length);
            assert_eq!(suite.split(&wrong), None);
            let error = Err(FieldError::new("key-salt", OutOfRange));
            assert_eq!(Crypto::new(1, suite.clone(), [wrong.clone()]), error);
            let line = format!("1 {suite} {wrong}");
            assert_eq!(line.parse::<Crypto>(), error, "{line}");
        }
    }
    let unknown = CryptoSuite::from("NEW_SUITE");
    assert_eq!((unknown.key_length(), unknown.salt_length()), (None, None));
    assert_eq!(unknown.split(&key(1, 30)), None);
    assert!(Crypto::new(1, unknown, [key(1, 3)]).is_ok());
}

#[test]
fn a_crypto_attribute_tells_its_parts() {
    let crypto = read(&format!(
        "7 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20|1066:4 KDR=3 FEC_KEY=inline:{FIRST} WSH=64 X=1"
    ));
    assert_eq!(crypto.tag, 7);
    assert_eq!(crypto.suite, CryptoSuite::AesCm128HmacSha1_32);
    let key = &crypto.keys[0];
    assert_eq!(key.key_and_salt(), b"aBCdefghiJKLmoPQrsTuVwyz123456");
    assert_eq!(key.lifetime(), Some(1 << 20));
    let mki = key.mki().unwrap();
    assert_eq!(*mki.value(), 1066);
    assert_eq!(mki.octets(), [0, 0, 4, 42]);
    assert_eq!(
        crypto.parameters,
        [
            SrtpParameter::KeyDerivationRate(3),
            SrtpParameter::FecKey(vec![InlineKey::new(*b"123456789ABCDE0123456789ABcdef")]),
            SrtpParameter::WindowSizeHint(64),
            SrtpParameter::Other("X=1".into()),
        ]
    );
    assert_eq!(crypto.unknown_mandatory_parameter(), Some("X=1"));
    let optional = read(&format!("7 AES_CM_128_HMAC_SHA1_32 inline:{KEY} -X=1"));
    assert_eq!(optional.unknown_mandatory_parameter(), None);
}

#[test]
fn names_of_keys_are_numbers_of_up_to_128_bytes() {
    let largest = "1".repeat(300);
    let mki = Mki::new(largest.parse::<crate::Number>().unwrap(), Mki::MAX_LENGTH).unwrap();
    assert_eq!(mki.octets().len(), 128);
    // 111..1 (300 digits) is 3 modulo 4, and 7 modulo 16.
    assert_eq!(mki.octets()[127] & 0xf, 7);
    assert_eq!(mki.to_string(), format!("{largest}:128"));
    assert_eq!(Mki::new(255, 1).unwrap().octets(), [255]);
    assert_eq!(
        Mki::new(1_234_567_890, 4).unwrap().octets(),
        [0x49, 0x96, 0x02, 0xD2]
    );
    assert_eq!(Mki::new(u64::MAX, 8).unwrap().octets(), [255; 8]);
    assert_eq!(Mki::new(0x0102_0304, 4).unwrap().octets(), [1, 2, 3, 4]);
    for (value, length, field) in [
        (256, 1, "mki-value"),
        (0, 4, "mki-value"),
        (1, 0, "mki-length"),
        (1, 129, "mki-length"),
    ] {
        let error = FieldError::new(field, OutOfRange);
        assert_eq!(Mki::new(value, length), Err(error));
    }
    // A number of any length costs no more than its first 309 digits.
    let long = format!("1 X inline:Zg==|{}:128", "9".repeat(60_000));
    refused::<Crypto>(&[(&long, "mki-value", OutOfRange)]);
}

#[test]
fn no_key_is_shown() {
    let text = format!(
        "1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1066:4 FEC_KEY=inline:{FIRST} -SECRET={SECOND} KDR=2"
    );
    let shown = format!("{:?}", read(&text));
    for key in [KEY, FIRST, SECOND] {
        let bytes = format!("{:?}", crate::base64::decode(key).unwrap());
        let inner = bytes.trim_matches(['[', ']']);
        assert!(!shown.contains(key) && !shown.contains(inner), "{shown}");
    }
    assert!(shown.contains("key_and_salt_bytes: 30"), "{shown}");
    assert!(shown.contains("FEC_KEY=.., -SECRET=.., KDR=2"), "{shown}");
}

#[test]
fn an_answer_accepts_one_of_the_offered_suites() {
    // RFC 4568 §7.1.5.
    let offer = read(&format!(
        "1 AES_CM_128_HMAC_SHA1_80 inline:{FIRST}|2^20|1:4 FEC_ORDER=FEC_SRTP UNENCRYPTED_SRTCP"
    ));
    let own = InlineKey::new(crate::base64::decode(SECOND).unwrap());
    let answer = offer.accept([own]).unwrap();
    // §5.1.2: tag, suite and what is negotiated; not what is declared.
    assert_eq!(
        answer.to_string(),
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{SECOND} UNENCRYPTED_SRTCP")
    );
    assert!(answer.is_answer_to(&offer));
    // §7.1.2: not with the offerer's keys.
    let stolen = offer.keys[0].clone();
    assert_eq!(
        offer.accept([stolen]),
        Err(FieldError::new("key-salt", Malformed))
    );
    // §5.1.3: what an offerer has to look for.
    for (text, is_answer) in [
        (
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{SECOND} UNENCRYPTED_SRTCP KDR=1"),
            true,
        ),
        (
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{SECOND} UNENCRYPTED_SRTCP -X"),
            true,
        ),
        (
            format!("2 AES_CM_128_HMAC_SHA1_80 inline:{SECOND} UNENCRYPTED_SRTCP"),
            false,
        ),
        (
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{SECOND} UNENCRYPTED_SRTCP"),
            false,
        ),
        (
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{FIRST} UNENCRYPTED_SRTCP"),
            false,
        ),
        (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{SECOND}"), false),
        (
            format!(
                "1 AES_CM_128_HMAC_SHA1_80 inline:{SECOND} UNENCRYPTED_SRTCP UNAUTHENTICATED_SRTP"
            ),
            false,
        ),
        (
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{SECOND} UNENCRYPTED_SRTCP X"),
            false,
        ),
    ] {
        assert_eq!(read(&text).is_answer_to(&offer), is_answer, "{text}");
    }
}

#[test]
fn a_crypto_attribute_is_built() {
    let suite = CryptoSuite::AesCm128HmacSha1_80;
    let life = NonZeroU64::new(1 << 31).unwrap();
    let keys = [1, 2].map(|at| {
        key(at, 30)
            .with_lifetime(life)
            .with_mki(Mki::new(u64::from(at), 1).unwrap())
    });
    let crypto = Crypto::new(4, suite.clone(), keys)
        .unwrap()
        .with_parameter(SrtpParameter::FecOrder(FecOrder::SrtpFec))
        .unwrap();
    assert_eq!(
        crypto.to_string(),
        "4 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB|2^31|1:1;\
         inline:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC|2^31|2:1 FEC_ORDER=SRTP_FEC"
    );
    assert_eq!(read(&crypto.to_string()), crypto);
    let error = |field, reason| Err(FieldError::new(field, reason));
    let too_long = key(1, 30).with_lifetime(NonZeroU64::new((1 << 48) + 1).unwrap());
    assert_eq!(
        Crypto::new(1, suite.clone(), []),
        error("key-params", Missing)
    );
    assert_eq!(
        Crypto::new(1_000_000_000, suite.clone(), [key(1, 30)]),
        error("tag", OutOfRange)
    );
    assert_eq!(
        Crypto::new(1, suite, [too_long]),
        error("lifetime", OutOfRange)
    );
    assert_eq!(
        crypto.with_parameter(SrtpParameter::FecKey(vec![key(1, 5)])),
        error("key-salt", OutOfRange)
    );
}
