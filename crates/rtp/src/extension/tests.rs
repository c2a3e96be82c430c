use alloc::vec::Vec;
use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{Header, Items, Packet, PayloadType, SequenceNumber, Ssrc, Timestamp, WriteError};

fn id(id: u8) -> ExtensionId {
    ExtensionId::new(id).unwrap()
}

fn elements(profile: u16, data: &[u8]) -> Vec<(u8, &[u8])> {
    Extensions::new(profile, data)
        .iter()
        .map(|(id, data)| (id.get(), data))
        .collect()
}

fn header() -> Header<'static> {
    Header {
        marker: false,
        payload_type: PayloadType::new(96).unwrap(),
        sequence_number: SequenceNumber::new(1),
        timestamp: Timestamp::new(2),
        ssrc: Ssrc::new(3),
        csrcs: Items::default(),
    }
}

fn written(
    form: ExtensionForm,
    fill: impl FnOnce(&mut ExtensionWriter<'_>) -> Result<(), WriteError>,
) -> Result<Vec<u8>, WriteError> {
    let mut out = Vec::new();
    header().write_with(&mut out, form, fill).map(|()| out)
}

#[test]
fn the_one_byte_example_of_rfc_8285() {
    // RFC 8285 §4.2: three elements, padding between the second and the third.
    #[rustfmt::skip]
    let data = [
        0x10, 0xa0, 0x21, 0xb0, // ID=1 L=0, data; ID=2 L=1, data...
        0xb1, 0x00, 0x00, 0x33, // ...data; pad, pad; ID=3 L=3
        0xc0, 0xc1, 0xc2, 0xc3, // data
    ];
    let expected: [(u8, &[u8]); 3] = [
        (1, &[0xa0]),
        (2, &[0xb0, 0xb1]),
        (3, &[0xc0, 0xc1, 0xc2, 0xc3]),
    ];
    assert_eq!(elements(0xbede, &data), expected);
}

#[test]
fn the_two_byte_example_of_rfc_8285() {
    // RFC 8285 §4.3, with the appbits set, which must be ignored.
    #[rustfmt::skip]
    let data = [
        0x01, 0x00, 0x10, 0x01, // ID L=0; ID L=1
        0xb0, 0x00, 0xff, 0x04, // data, pad; ID L=4
        0xc0, 0xc1, 0xc2, 0xc3, // data
    ];
    let expected: [(u8, &[u8]); 3] = [
        (0x01, &[]),
        (0x10, &[0xb0]),
        (0xff, &[0xc0, 0xc1, 0xc2, 0xc3]),
    ];
    assert_eq!(elements(0x1000, &data), expected);
    assert_eq!(elements(0x100f, &data), expected);
    assert_eq!(elements(0x1010, &data), []);
}

#[test]
fn what_breaks_the_rules_ends_the_list() {
    // RFC 8285 §4.2: identifier 15 ends it.
    assert_eq!(
        elements(0xbede, &[0x10, 0xa0, 0xf0, 0xff, 0x10, 0xa0, 0, 0]),
        [(1, &[0xa0][..])]
    );
    // RFC 8285 §4.1.2: so does identifier 0 with a length.
    assert_eq!(
        elements(0xbede, &[0x10, 0xa0, 0x01, 0xff, 0xff, 0x20, 0xa0, 0]),
        [(1, &[0xa0][..])]
    );
    // So does an element that is longer than the extension, in both forms, and half a header.
    assert_eq!(elements(0xbede, &[0x10, 0xa0, 0x22, 0]), [(1, &[0xa0][..])]);
    assert_eq!(elements(0x1000, &[0x01, 0x00, 0x02, 2, 0]), [(1, &[][..])]);
    assert_eq!(elements(0x1000, &[0x01, 0x00, 0x00, 2]), [(1, &[][..])]);
}

#[test]
fn the_first_of_two_elements_with_one_identifier_counts() {
    let extensions = Extensions::new(0xbede, &[0x10, 1, 0x10, 2]);
    assert_eq!(extensions.get(id(1)), Some(&[1][..]));
}

#[test]
fn each_form_holds_what_it_can() {
    let one = ExtensionForm::OneByte;
    let two = ExtensionForm::TwoByte;
    let push = |form, number: u8, len: usize| {
        written(form, |out| out.push_bytes(id(number), &[7; 256][..len])).map(|_| ())
    };
    assert_eq!(push(one, 14, 1), Ok(()));
    assert_eq!(push(one, 14, 16), Ok(()));
    assert_eq!(push(one, 15, 1), Err(WriteError::ExtensionId(15)));
    assert_eq!(push(one, 14, 0), Err(WriteError::ElementLength(0)));
    assert_eq!(push(one, 14, 17), Err(WriteError::ElementLength(17)));
    assert_eq!(push(two, 255, 0), Ok(()));
    assert_eq!(push(two, 1, 255), Ok(()));
    assert_eq!(push(two, 1, 256), Err(WriteError::ElementLength(256)));
}

/// RFC 3550 §5.3.1.
#[test]
fn an_extension_has_at_most_65_535_words() {
    // 1020 elements of 257 bytes fit; the 1021st makes more than 262,140 bytes.
    let fill = |count: usize| {
        written(ExtensionForm::TwoByte, |out| {
            (0..count).try_for_each(|_| out.push_bytes(id(1), &[0; 255]))
        })
    };
    assert_eq!(fill(1020).unwrap().len(), 12 + 4 + 1020 * 257);
    assert_eq!(
        fill(1021).map(|_| ()),
        Err(WriteError::ExtensionLength(262_400))
    );
}

/// What a value looks like in the one-byte form, read back.
fn round_trip<'a, T>(value: &T, data: &'a [u8])
where
    T: HeaderExtension<'a> + PartialEq + fmt::Debug,
{
    let mut out = Vec::new();
    value.write(&mut out);
    assert_eq!(out, data);
    assert_eq!(T::parse(data).as_ref(), Some(value));
}

#[test]
fn typed_values_have_the_bytes_of_their_specifications() {
    round_trip(&Mid::new("audio").unwrap(), b"audio");
    round_trip(&Rid::new("hi").unwrap(), b"hi");
    round_trip(&RepairedRid::new("hi").unwrap(), b"hi");
    // RFC 6464 §3: V, then seven bits of level.
    let speech = AudioLevel::new(true, 42).unwrap();
    round_trip(&speech, &[0xaa]);
    let silence = AudioLevel::new(false, 127).unwrap();
    round_trip(&silence, &[0x7f]);
    assert_eq!(AudioLevel::parse(&[0xaa, 0]), Some(speech));
    assert_eq!(AudioLevel::parse(&[]), None);
    // 6.18 fixed point: 1.5 seconds.
    round_trip(&AbsoluteSendTime::from_bits(0x06_0000), &[0x06, 0, 0]);
    round_trip(
        &TransportSequenceNumber(SequenceNumber::new(0xfffe)),
        &[0xff, 0xfe],
    );
    round_trip(&TransmissionOffset::new(-2).unwrap(), &[0xff, 0xff, 0xfe]);
    round_trip(
        &TransmissionOffset::new(0x7f_ffff).unwrap(),
        &[0x7f, 0xff, 0xff],
    );
    let upside_down = VideoOrientation {
        back_camera: true,
        flipped: false,
        rotation: Rotation::Degrees180,
    };
    round_trip(&upside_down, &[0b1010]);
}

#[test]
fn malformed_values_are_none() {
    assert_eq!(AudioLevel::new(false, 128), None);
    assert_eq!(TransmissionOffset::new(0x80_0000), None);
    assert_eq!(TransmissionOffset::new(-0x80_0001), None);
    assert_eq!(AbsoluteSendTime::parse(&[1, 2]), None);
    assert_eq!(TransmissionOffset::parse(&[1, 2, 3, 4]), None);
    assert_eq!(TransportSequenceNumber::parse(&[1]), None);
    assert_eq!(VideoOrientation::parse(&[]), None);
}

/// RFC 9143 §15 and RFC 8866 §9, RFC 8852 §3 and RFC 8851 §10.
#[test]
fn identifiers_are_tokens_and_nulls_behind_them_are_cut() {
    let separators = br#"()<>@,;:\"/[]?="#;
    for byte in 0..=255_u8 {
        let data = [b'a', byte];
        let (text, is_null) = (core::str::from_utf8(&data).ok(), byte == 0);
        let is_token = byte.is_ascii_graphic() && !separators.contains(&byte);
        let is_rid = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let mid = Mid::parse(&data).map(Mid::as_str);
        let rid = Rid::parse(&data).map(Rid::as_str);
        assert_eq!(
            mid,
            if is_null {
                Some("a")
            } else {
                text.filter(|_| is_token)
            }
        );
        assert_eq!(
            rid,
            if is_null {
                Some("a")
            } else {
                text.filter(|_| is_rid)
            }
        );
        assert_eq!(RepairedRid::parse(&data).map(RepairedRid::as_str), rid);
        if let Some(text) = text {
            assert_eq!(Mid::new(text).is_some(), is_token);
            assert_eq!(Rid::new(text).is_some(), is_rid);
        }
    }
    assert_eq!(Mid::parse(b"0\0\0\0").map(Mid::as_str), Some("0"));
    for nothing in [&b""[..], b"\0", b"\0\0", b"\0a", b"a\0b"] {
        assert_eq!(Mid::parse(nothing), None);
        assert_eq!(Rid::parse(nothing), None);
    }
    assert_eq!(
        (Mid::new(""), Rid::new(""), RepairedRid::new("")),
        (None, None, None)
    );
}

#[test]
fn absolute_send_time_wraps_every_64_seconds() {
    let at = |millis| AbsoluteSendTime::from_duration(Duration::from_millis(millis));
    assert_eq!(at(1500).to_bits(), 3 << 17);
    assert_eq!(at(64_000 + 1500), at(1500));
    assert_eq!(at(63_999).to_duration().as_millis(), 63_998);
    assert_eq!(at(1500).to_duration(), Duration::from_millis(1500));
}

fn element() -> impl Strategy<Value = (u8, Vec<u8>)> {
    (1..=255_u8, prop::collection::vec(any::<u8>(), 0..20))
}

proptest! {
    #[test]
    fn what_is_pushed_is_found(
        elements in prop::collection::vec(element(), 0..12),
        two_byte: bool,
    ) {
        let form = if two_byte { ExtensionForm::TwoByte } else { ExtensionForm::OneByte };
        let mut pushed = Vec::new();
        let bytes = written(form, |out| {
            for (number, data) in &elements {
                let result = out.push_bytes(id(*number), data);
                let fits = two_byte || (*number < 15 && (1..=16).contains(&data.len()));
                assert_eq!(result.is_ok(), fits);
                if fits {
                    pushed.push((id(*number), data.as_slice()));
                }
            }
            Ok(())
        })
        .unwrap();
        let packet = Packet::parse(&bytes).unwrap();
        prop_assert!(packet.payload().is_empty());
        prop_assert_eq!(packet.extensions().is_present(), !pushed.is_empty());
        prop_assert_eq!(packet.extensions().iter().collect::<Vec<_>>(), pushed);
    }

    #[test]
    fn a_transmission_offset_keeps_its_sign(offset in -0x80_0000..=0x7f_ffff_i32) {
        let mut data = Vec::new();
        TransmissionOffset::new(offset).unwrap().write(&mut data);
        prop_assert_eq!(TransmissionOffset::parse(&data), Some(TransmissionOffset::new(offset).unwrap()));
    }

    #[test]
    fn an_absolute_send_time_survives_its_duration(bits in 0..0x100_0000_u32) {
        // Truncation in both directions may lose the last bit.
        let time = AbsoluteSendTime::from_bits(bits);
        let back = AbsoluteSendTime::from_duration(time.to_duration());
        prop_assert!(bits - back.to_bits() <= 1);
    }

    #[test]
    fn arbitrary_elements_do_not_panic(
        profile in prop_oneof![Just(0xbede_u16), 0x1000..0x1010_u16, any::<u16>()],
        data in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let extensions = Extensions::new(profile, &data);
        let first_with = |wanted| extensions.iter().find(|(id, _)| *id == wanted);
        for (number, _) in extensions {
            prop_assert_eq!(extensions.get(number), first_with(number).map(|(_, data)| data));
        }
    }
}
