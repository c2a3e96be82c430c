mod integrity;
mod text;

use proptest::prelude::*;

use super::*;
use crate::{
    Attribute, ErrorCode, IceControlled, Integrity, IntegrityError, IntegrityKey, MessageWriter,
    Nonce, Priority, Realm, Software, UnknownAttributes, Username, XorMappedAddress,
};

/// Bytes from hexadecimal digits.
fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

#[test]
fn rfc_5769_2_1_sample_request() {
    let bytes = hex(
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e\
         0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781e\
         f2b5b2d3f249c1b571a280280004e57a3bcf",
    );
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.class(), Class::Request);
    assert_eq!(message.method(), Method::BINDING);
    assert_eq!(
        message.transaction_id().octets(),
        hex("b7e7a701bc34d686fa87dfae")[..]
    );
    assert_eq!(message.get(), Ok(Some(Software("STUN test client"))));
    assert_eq!(message.get(), Ok(Some(Priority(0x6e00_01ff))));
    assert_eq!(
        message.get(),
        Ok(Some(IceControlled(0x932f_f9b1_5126_3b36)))
    );
    assert_eq!(message.get(), Ok(Some(Username("evtj:h6vY"))));
    assert_eq!(message.get::<XorMappedAddress>(), Ok(None));
    assert_eq!(message.verify_fingerprint(), Some(true));
    assert_eq!(
        message.verify_integrity(&IntegrityKey::short_term(PASSWORD)),
        Ok(Integrity::Sha1)
    );
    assert_eq!(
        message.verify_integrity(&IntegrityKey::short_term("wrong")),
        Err(IntegrityError::Mismatch)
    );
    assert_eq!(
        message
            .unknown_attributes(&[AttributeType::USERNAME])
            .collect::<Vec<_>>(),
        [AttributeType::PRIORITY]
    );
}

#[test]
fn rfc_5769_2_2_sample_ipv4_response() {
    let bytes = hex(
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e1\
         12a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
    );
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.class(), Class::Success);
    assert_eq!(message.get(), Ok(Some(Software("test vector"))));
    assert_eq!(
        message.get(),
        Ok(Some(XorMappedAddress("192.0.2.1:32853".parse().unwrap())))
    );
    assert_eq!(message.verify_fingerprint(), Some(true));
    assert_eq!(
        message.verify_integrity(&IntegrityKey::short_term(PASSWORD)),
        Ok(Integrity::Sha1)
    );
}

#[test]
fn rfc_5769_2_3_sample_ipv6_response() {
    let bytes = hex(
        "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a14701\
         13a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb\
         0b4c",
    );
    let message = Message::parse(&bytes).unwrap();
    let address = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
    assert_eq!(
        message.get(),
        Ok(Some(XorMappedAddress(address.parse().unwrap())))
    );
    assert_eq!(message.verify_fingerprint(), Some(true));
    assert_eq!(
        message.verify_integrity(&IntegrityKey::short_term(PASSWORD)),
        Ok(Integrity::Sha1)
    );
}

#[test]
fn rfc_5769_2_4_sample_request_with_long_term_authentication() {
    let bytes = hex(
        "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b9000000\
         15001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f72\
         670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666",
    );
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.get(), Ok(Some(Realm("example.org"))));
    assert_eq!(
        message.get(),
        Ok(Some(Nonce("f//499k954d6OL34oL9FSTvy64sA")))
    );
    assert_eq!(message.verify_fingerprint(), None);
    // MD5 of "username:realm:password" (RFC 8489 §9.2.2).
    let key = IntegrityKey::new(&hex("e8ca7ad59d5eb0518e312911d2dab2a9"));
    assert_eq!(message.verify_integrity(&key), Ok(Integrity::Sha1));
}

/// RFC 8489 §B.1, whose header states 156 bytes where 136 follow: refused as printed, and with the
/// length (and so the integrity) put right it verifies.
#[test]
fn rfc_8489_b_1_sample_request_with_sha_256() {
    let attributes = "001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f170400150029\
         6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c394653547679363473410000000014\
         000b6578616d706c652e6f726700001c0020";
    let printed = hex(&format!(
        "0001009c2112a44278ad3433c6ad72c029da412e{attributes}\
         e4686c8f0edeb59013e07090010a93efccbccc544c0a45d9f830aa6d6f735a01"
    ));
    assert_eq!(
        Message::parse(&printed),
        Err(ParseError::Length {
            expected: 156,
            actual: 136
        })
    );
    let corrected = hex(&format!(
        "000100882112a44278ad3433c6ad72c029da412e{attributes}\
         234112fbd4e27f983eb4032836f998216f5b23f8d927753fbc4f882bfbdf0dec"
    ));
    let message = Message::parse(&corrected).unwrap();
    let key = IntegrityKey::new(&hex(
        "dd295a613b9058c3c23d6dc7165bda072304d989c9d0af3a8c7e184b4f9bb4a1",
    ));
    assert_eq!(message.verify_integrity(&key), Ok(Integrity::Sha256));
}

/// A nominating check that Chromium 156 sent, with its GOOG-NETWORK-INFO.
#[test]
fn a_check_of_a_browser() {
    let bytes = hex(
        "000100502112a4426150673863744d784467734f00060009687435673a33326b7a000000c05700040001003280\
         2a00085eeb82c70e8c914b00250000002400046e7f1eff00080014e4d0a000f4db0e0251056ebe9ad8ad69df35\
         8ce2802800045b3d2797",
    );
    let message = Message::parse(&bytes).unwrap();
    let types: Vec<u16> = message
        .attributes()
        .map(|attribute| attribute.attribute_type.get())
        .collect();
    assert_eq!(
        types,
        [0x0006, 0xC057, 0x802A, 0x0025, 0x0024, 0x0008, 0x8028]
    );
    assert_eq!(message.get(), Ok(Some(Username("ht5g:32kz"))));
    assert_eq!(
        message.get(),
        Ok(Some(crate::IceControlling(0x5eeb_82c7_0e8c_914b)))
    );
    assert_eq!(message.get(), Ok(Some(crate::UseCandidate)));
    assert_eq!(message.get(), Ok(Some(Priority(0x6e7f_1eff))));
    assert_eq!(message.verify_fingerprint(), Some(true));
    let known = [
        AttributeType::USERNAME,
        AttributeType::PRIORITY,
        AttributeType::USE_CANDIDATE,
    ];
    assert_eq!(message.unknown_attributes(&known).count(), 0);
}

#[test]
fn what_is_malformed_is_refused_with_the_reason() {
    let id = [0; 12];
    let message = |length: u16, rest: &[u8]| {
        let mut bytes = vec![0, 1];
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&MAGIC_COOKIE.to_be_bytes());
        bytes.extend_from_slice(&id);
        bytes.extend_from_slice(rest);
        Message::parse(&bytes).map(|_| ()).unwrap_err()
    };
    let truncated = |expected, actual| ParseError::Truncated(Truncated { expected, actual });
    assert_eq!(Message::parse(&[0]), Err(truncated(2, 1)));
    assert_eq!(Message::parse(&[0x40; 20]), Err(ParseError::NotStun));
    assert_eq!(Message::parse(&[0; 20]), Err(ParseError::NotStun));
    assert_eq!(
        message(4, &[]),
        ParseError::Length {
            expected: 4,
            actual: 0
        }
    );
    assert_eq!(
        message(3, &[0; 3]),
        ParseError::Length {
            expected: 3,
            actual: 3
        }
    );
    // A value, and a padding, beyond the end.
    assert_eq!(message(8, &[0, 6, 0, 5, 0, 0, 0, 0]), truncated(5, 4));
    assert_eq!(
        message(8, &[0, 8, 0, 4, 0, 0, 0, 0]),
        ParseError::Attribute {
            attribute_type: AttributeType::MESSAGE_INTEGRITY,
            actual: 4
        }
    );
    let after_fingerprint = [0x80, 0x28, 0, 4, 0, 0, 0, 0, 0, 0x25, 0, 0];
    assert_eq!(
        message(12, &after_fingerprint),
        ParseError::AfterFingerprint
    );
}

/// RFC 8489 §5: "The most significant 2 bits of every STUN message MUST be zeroes", whatever else is right.
#[test]
fn the_two_leading_bits_are_zero() {
    let mut bytes = Vec::new();
    let id = TransactionId::new([7; 12]);
    MessageWriter::new(&mut bytes, Class::Request, Method::BINDING, id)
        .finish()
        .unwrap();
    assert!(Message::parse(&bytes).is_ok());
    for bits in [0x40, 0x80, 0xC0] {
        let mut bytes = bytes.clone();
        bytes[0] |= bits;
        assert_eq!(
            Message::parse(&bytes),
            Err(ParseError::NotStun),
            "{bits:#x}"
        );
        assert!(!is_stun(&bytes), "{bits:#x}");
    }
}

/// RFC 8489 §14.6: "The value must be the full 32 bytes unless the STUN Usage explicitly specifies that
/// truncation is allowed."
#[test]
fn a_truncated_sha_256_integrity_does_not_verify() {
    let key = IntegrityKey::short_term(PASSWORD);
    for length in [16_u16, 20, 24, 28, 32] {
        let mut bytes = vec![0, 1];
        bytes.extend_from_slice(&(4 + length).to_be_bytes());
        bytes.extend_from_slice(&MAGIC_COOKIE.to_be_bytes());
        bytes.extend_from_slice(&[7; 12]);
        let tag = key.sign_sha256(&[&bytes]);
        bytes.extend_from_slice(&[0x00, 0x1C]);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&tag.as_ref()[..usize::from(length)]);
        let expected = if length == 32 {
            Ok(Integrity::Sha256)
        } else {
            Err(IntegrityError::Mismatch)
        };
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.verify_integrity(&key), expected, "{length} bytes");
    }
}

/// RFC 8489 §14.3: USERNAME has fewer than 509 bytes; §14.8, §14.9, §14.10, §14.14: the other texts have fewer than 128
/// characters, of however many bytes. §14.8: an error is 300 to 699.
#[test]
fn what_the_rfc_does_not_allow_is_not_written() {
    fn is_written<'a>(attribute: &impl Attribute<'a>) -> bool {
        let mut out = vec![1, 2, 3];
        let id = TransactionId::new([0; 12]);
        let result = MessageWriter::new(&mut out, Class::Error, Method::BINDING, id)
            .push(attribute)
            .fingerprint()
            .finish();
        assert_eq!(result.is_err(), out == [1, 2, 3]);
        result.is_ok()
    }
    for length in [0, 1, 127, 128, 508, 509, 763] {
        assert_eq!(is_written(&Username(&"x".repeat(length))), length < 509);
        for character in ["x", "\u{10348}"] {
            let text = &*character.repeat(length);
            let expected = length < 128;
            assert_eq!(is_written(&Realm(text)), expected, "{length}");
            assert_eq!(is_written(&Nonce(text)), expected, "{length}");
            assert_eq!(is_written(&Software(text)), expected, "{length}");
            let error = ErrorCode {
                code: 400,
                reason: text,
            };
            assert_eq!(is_written(&error), expected, "{length}");
        }
    }
    for code in [0, 200, 299, 300, 699, 700, 1101, u16::MAX] {
        let error = ErrorCode { code, reason: "" };
        assert_eq!(is_written(&error), (300..700).contains(&code), "{code}");
    }
}

#[test]
fn an_attribute_that_is_too_long_takes_the_message_back() {
    let mut out = vec![1, 2, 3];
    let long = "x".repeat(65_536);
    let result = MessageWriter::new(
        &mut out,
        Class::Request,
        Method::BINDING,
        TransactionId::new([0; 12]),
    )
    .push(&Username(&long))
    .fingerprint()
    .finish();
    assert!(result.is_err());
    assert_eq!(out, [1, 2, 3]);
}

/// RFC 8489 §6.3.1, §14.8, §14.13.
#[test]
fn error_420_says_what_was_not_known() {
    let mut out = Vec::new();
    let unknown = [AttributeType::new(0x0033), AttributeType::new(0x7fff)];
    MessageWriter::new(
        &mut out,
        Class::Error,
        Method::BINDING,
        TransactionId::new([0; 12]),
    )
    .push(&ErrorCode::UNKNOWN_ATTRIBUTE)
    .unknown_attributes(unknown)
    .finish()
    .unwrap();
    let message = Message::parse(&out).unwrap();
    assert_eq!(message.get(), Ok(Some(ErrorCode::UNKNOWN_ATTRIBUTE)));
    let told = message.get::<UnknownAttributes<'_>>().unwrap().unwrap();
    assert!(told.iter().eq(unknown));
}

prop_compose! {
    fn any_attribute()(
        number in any::<u16>().prop_filter("not computed", |number| {
            ![0x0008, 0x001C, 0x8028].contains(number)
        }),
        value in proptest::collection::vec(any::<u8>(), 0..40),
    ) -> (AttributeType, Vec<u8>) {
        (AttributeType::new(number), value)
    }
}

fn any_class() -> impl Strategy<Value = Class> {
    prop_oneof![
        Just(Class::Request),
        Just(Class::Indication),
        Just(Class::Success),
        Just(Class::Error),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        class in any_class(),
        method in 0_u16..0x1000,
        id: [u8; 12],
        before in proptest::collection::vec(any::<u8>(), 0..9),
        attributes in proptest::collection::vec(any_attribute(), 0..8),
        password in "[a-zA-Z0-9+/]{22,30}",
    ) {
        let method = Method::new(method).unwrap();
        let key = IntegrityKey::short_term(&password);
        let mut out = before.clone();
        let mut writer = MessageWriter::new(&mut out, class, method, TransactionId::new(id));
        for (attribute_type, value) in &attributes {
            writer = writer.push_raw(RawAttribute { attribute_type: *attribute_type, value });
        }
        writer.integrity(&key).fingerprint().finish().unwrap();
        let written = out.strip_prefix(&before[..]).unwrap();
        // RFC 8489 §18.2: methods above 0xff are reserved, so that others can share the port.
        prop_assert_eq!(is_stun(written), method.get() <= 0xff);
        let message = Message::parse(written).unwrap();
        prop_assert_eq!(message.class(), class);
        prop_assert_eq!(message.method(), method);
        prop_assert_eq!(message.transaction_id().octets(), id);
        prop_assert_eq!(message.verify_integrity(&key), Ok(Integrity::Sha1));
        prop_assert_eq!(message.verify_fingerprint(), Some(true));
        let read: Vec<_> = message
            .protected_attributes()
            .map(|attribute| (attribute.attribute_type, attribute.value.to_vec()))
            .collect();
        prop_assert_eq!(read, attributes);
    }

    /// RFC 8489 §14.5, §14.7.
    #[test]
    fn one_changed_bit_is_noticed(bit in 0_usize..(20 + 12 + 24) * 8) {
        let key = IntegrityKey::short_term(PASSWORD);
        let mut out = Vec::new();
        let id = TransactionId::new([3; 12]);
        MessageWriter::new(&mut out, Class::Request, Method::BINDING, id)
            .push(&Username("ab:cdef"))
            .integrity(&key)
            .fingerprint()
            .finish()
            .unwrap();
        prop_assert_eq!(out.len(), 20 + 12 + 24 + 8);
        out[bit / 8] ^= 1 << (bit % 8);
        if let Ok(message) = Message::parse(&out) {
            prop_assert_ne!(message.verify_fingerprint(), Some(true));
            // The padding is covered too, like every byte.
            prop_assert!(message.verify_integrity(&key).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_views_stay_inside(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        looks_right: bool,
    ) {
        if looks_right && bytes.len() >= 20 {
            bytes.truncate(bytes.len() / 4 * 4);
            let length = u16::try_from(bytes.len() - 20).unwrap();
            bytes[0] &= 0x3f;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            bytes[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
        }
        if let Ok(message) = Message::parse(&bytes) {
            let range = bytes.as_ptr_range();
            let mut end = range.start;
            for attribute in message.attributes() {
                let value = attribute.value.as_ptr_range();
                prop_assert!(value.start >= end && value.end <= range.end);
                end = value.end;
                let _ = attribute.typed::<XorMappedAddress>(message.transaction_id());
                let _ = attribute.typed::<ErrorCode<'_>>(message.transaction_id());
                let _ = attribute.typed::<Username<'_>>(message.transaction_id());
            }
            let _ = message.verify_integrity(&IntegrityKey::short_term(PASSWORD));
            let _ = message.verify_fingerprint();
        }
    }

    /// RFC 8489 §14.1, §14.2.
    #[test]
    fn addresses_read_back(ip: std::net::IpAddr, port: u16, id: [u8; 12]) {
        let id = TransactionId::new(id);
        let address = core::net::SocketAddr::new(ip, port);
        let mut out = Vec::new();
        XorMappedAddress::write_xor(address, id, &mut out);
        prop_assert_eq!(XorMappedAddress::parse_xor(&out, id), Ok(address));
    }
}
