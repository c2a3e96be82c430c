use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZeroU8;

use proptest::prelude::*;

use super::*;
use crate::extension::{ExtensionForm, Mid, TransportSequenceNumber};

/// Everything a header can have, laid out by hand.
#[rustfmt::skip]
const FULL: [u8; 44] = [
    0xb2, 0xe0, 0x12, 0x34, // V=2 P=1 X=1 CC=2, M=1 PT=96, sequence number
    0xde, 0xad, 0xbe, 0xef, // timestamp
    0x01, 0x02, 0x03, 0x04, // SSRC
    0x00, 0x00, 0x00, 0x0a, // first CSRC
    0x00, 0x00, 0x00, 0x0b, // second CSRC
    0xbe, 0xde, 0x00, 0x02, // one-byte form, two words
    0x10, b'0', 0x51, 0x01, // id 1 L=1 "0"; id 5 L=2
    0x02, 0x00, 0x00, 0x00, //   0x0102; padding
    b'p', b'a', b'y', b'l', // payload
    b'o', b'a', b'd', 0x00, // payload
    0x00, 0x00, 0x00, 0x04, // padding, its count
];

fn id(id: u8) -> ExtensionId {
    ExtensionId::new(id).unwrap()
}

fn header() -> Header<'static> {
    Header {
        marker: false,
        payload_type: PayloadType::new(111).unwrap(),
        sequence_number: SequenceNumber::new(65_535),
        timestamp: Timestamp::new(1),
        ssrc: Ssrc::new(2),
        csrcs: Items::default(),
    }
}

#[test]
fn every_field_is_read() {
    let packet = Packet::parse(&FULL).unwrap();
    assert!(packet.marker());
    assert_eq!(packet.payload_type().get(), 96);
    assert_eq!(packet.sequence_number(), SequenceNumber::new(0x1234));
    assert_eq!(packet.timestamp(), Timestamp::new(0xdead_beef));
    assert_eq!(packet.ssrc(), Ssrc::new(0x0102_0304));
    let csrcs: Vec<_> = packet.csrcs().iter().collect();
    assert_eq!(csrcs, [Ssrc::new(10), Ssrc::new(11)]);
    assert_eq!(packet.extension::<Mid<'_>>(id(1)), Mid::new("0"));
    assert_eq!(
        packet.extension::<TransportSequenceNumber>(id(5)),
        Some(TransportSequenceNumber(SequenceNumber::new(0x0102)))
    );
    assert_eq!(packet.extension::<Mid<'_>>(id(2)), None);
    assert_eq!(packet.payload(), b"payload\0");
    assert_eq!(packet.padding(), 4);
    assert_eq!(packet.header().len(), 32);
    assert_eq!(packet.as_bytes(), FULL);
}

#[test]
fn a_packet_needs_its_twelve_bytes() {
    for len in 0..12 {
        assert_eq!(
            Packet::parse(&FULL[..len]).map(|_| ()),
            Err(ParseError::Truncated(Truncated {
                expected: 12,
                actual: len
            }))
        );
    }
}

#[test]
fn what_the_counts_announce_must_be_there() {
    // The CSRCs end at 20, the extension's header at 24, its elements at 32; then the padding count
    // is a byte of the payload.
    for len in 12..32 {
        assert!(matches!(
            Packet::parse(&FULL[..len]).map(|_| ()),
            Err(ParseError::Truncated(_))
        ));
    }
    assert_eq!(
        Packet::parse(&FULL[..32]).map(|_| ()),
        Err(ParseError::Padding {
            count: 0,
            available: 0
        })
    );
    assert_eq!(
        Packet::parse(&FULL[..33]).map(|_| ()),
        Err(ParseError::Padding {
            count: b'p',
            available: 1
        })
    );
}

#[test]
fn only_version_two_is_rtp() {
    for version in [0, 1, 3] {
        let mut bytes = FULL;
        bytes[0] = version << 6 | 0x32;
        assert_eq!(
            Packet::parse(&bytes).map(|_| ()),
            Err(ParseError::Version(version))
        );
    }
}

#[test]
fn padding_counts_itself() {
    let mut bytes = FULL;
    bytes[43] = 0;
    assert_eq!(
        Packet::parse(&bytes).map(|_| ()),
        Err(ParseError::Padding {
            count: 0,
            available: 12
        })
    );
    bytes[43] = 12;
    let packet = Packet::parse(&bytes).unwrap();
    assert_eq!((packet.payload(), packet.padding()), (&[][..], 12));
    bytes[43] = 13;
    assert!(Packet::parse(&bytes).is_err());
}

/// RFC 3550 §5.1: a packet says how much padding it has once, in its last byte.
#[test]
fn padding_is_put_behind_a_packet_that_has_none() {
    let four = NonZeroU8::new(4).unwrap();
    let mut whole = Vec::new();
    header().write(&mut whole).unwrap();
    for (mut out, start) in [
        (FULL.to_vec(), 0),
        (whole.clone(), 1),
        (whole.clone(), whole.len() + 1),
        (whole[..11].to_vec(), 0),
        (vec![], 0),
    ] {
        let before = out.clone();
        let error = write_padding(&mut out, start, four);
        assert_eq!(error, Err(WriteError::NotAPacket));
        assert_eq!(out, before);
    }
    write_padding(&mut whole, 0, four).unwrap();
    let packet = Packet::parse(&whole).unwrap();
    assert_eq!((packet.payload(), packet.padding()), (&[][..], 4));
}

#[test]
fn writing_gives_the_bytes_of_the_drawing() {
    let csrcs = [Ssrc::new(10), Ssrc::new(11)];
    let header = Header {
        marker: true,
        payload_type: PayloadType::new(96).unwrap(),
        sequence_number: SequenceNumber::new(0x1234),
        timestamp: Timestamp::new(0xdead_beef),
        ssrc: Ssrc::new(0x0102_0304),
        csrcs: Items::from(&csrcs),
    };
    let mut out = vec![0xff];
    header
        .write_with(&mut out, ExtensionForm::OneByte, |elements| {
            elements.push(id(1), &Mid::new("0").unwrap())?;
            elements.push_bytes(id(5), &[1, 2])
        })
        .unwrap();
    out.extend_from_slice(b"payload\0");
    write_padding(&mut out, 1, NonZeroU8::new(4).unwrap()).unwrap();
    assert_eq!(out[1..], FULL);
}

#[test]
fn without_elements_there_is_no_extension() {
    let (mut plain, mut empty) = (Vec::new(), Vec::new());
    header().write(&mut plain).unwrap();
    header()
        .write_with(&mut empty, ExtensionForm::TwoByte, |_| Ok(()))
        .unwrap();
    assert_eq!(plain, empty);
    assert!(!Packet::parse(&plain).unwrap().extensions().is_present());
}

#[test]
fn a_failed_write_leaves_the_buffer_as_it_was() {
    let csrcs = [Ssrc::default(); 16];
    let mut out = vec![1, 2, 3];
    let crowded = Header {
        csrcs: Items::from(&csrcs),
        ..header()
    };
    assert_eq!(crowded.write(&mut out), Err(WriteError::TooManyCsrcs(16)));
    assert_eq!(
        header().write_with(&mut out, ExtensionForm::OneByte, |elements| {
            elements.push(id(1), &Mid::new("0").unwrap())?;
            elements.push_bytes(id(2), &[])
        }),
        Err(WriteError::ElementLength(0))
    );
    assert_eq!(
        header().write_with_raw(&mut out, 0xbede, &[0; 3]),
        Err(WriteError::ExtensionLength(3))
    );
    assert_eq!(
        header().write_with_raw(&mut out, 0xbede, &vec![0; 262_144]),
        Err(WriteError::ExtensionLength(262_144))
    );
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn rewriting_touches_only_what_it_names() {
    let mut bytes = FULL;
    let mut packet = PacketMut::parse(&mut bytes).unwrap();
    packet.set_ssrc(Ssrc::new(0x0908_0706));
    packet.set_sequence_number(SequenceNumber::new(0x4321));
    packet.set_timestamp(Timestamp::new(7));
    packet.set_payload_type(PayloadType::new(45).unwrap());
    packet
        .extension_mut(id(5))
        .unwrap()
        .copy_from_slice(&[0xaa, 0xbb]);
    assert!(packet.extension_mut(id(9)).is_none());
    assert!(packet.as_packet().unwrap().marker());
    packet.set_marker(false);

    let mut expected = FULL;
    expected[1] = 45;
    expected[2..4].copy_from_slice(&[0x43, 0x21]);
    expected[4..8].copy_from_slice(&[0, 0, 0, 7]);
    expected[8..12].copy_from_slice(&[9, 8, 7, 6]);
    expected[27..29].copy_from_slice(&[0xaa, 0xbb]);
    assert_eq!(bytes, expected);
}

#[test]
fn payload_types_are_seven_bits() {
    assert_eq!(PayloadType::new(127).map(PayloadType::get), Some(127));
    assert_eq!(PayloadType::new(128), None);
    let colliding = (0..128)
        .filter_map(PayloadType::new)
        .filter(|payload_type| payload_type.collides_with_rtcp());
    assert!(colliding.map(PayloadType::get).eq(64..96));
}

#[derive(Clone, Debug)]
struct Parts {
    header: (bool, u8, u16, u32, u32),
    csrcs: Vec<Ssrc>,
    extension: Option<(u16, Vec<u8>)>,
    payload: Vec<u8>,
    padding: u8,
}

impl Parts {
    fn write(&self) -> Vec<u8> {
        let (marker, payload_type, number, timestamp, ssrc) = self.header;
        let header = Header {
            marker,
            payload_type: PayloadType::new(payload_type).unwrap(),
            sequence_number: SequenceNumber::new(number),
            timestamp: Timestamp::new(timestamp),
            ssrc: Ssrc::new(ssrc),
            csrcs: Items::from(self.csrcs.as_slice()),
        };
        let mut out = Vec::new();
        match &self.extension {
            None => header.write(&mut out).unwrap(),
            Some((profile, data)) => header.write_with_raw(&mut out, *profile, data).unwrap(),
        }
        out.extend_from_slice(&self.payload);
        if let Some(count) = NonZeroU8::new(self.padding) {
            write_padding(&mut out, 0, count).unwrap();
        }
        out
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    let words = prop::collection::vec(any::<[u8; 4]>(), 0..6).prop_map(|words| words.concat());
    (
        (
            any::<bool>(),
            0..128_u8,
            any::<u16>(),
            any::<u32>(),
            any::<u32>(),
        ),
        prop::collection::vec(any::<u32>().prop_map(Ssrc::new), 0..16),
        prop::option::of((any::<u16>(), words)),
        prop::collection::vec(any::<u8>(), 0..40),
        any::<u8>(),
    )
        .prop_map(|(header, csrcs, extension, payload, padding)| Parts {
            header,
            csrcs,
            extension,
            payload,
            padding,
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(parts in parts()) {
        let bytes = parts.write();
        let packet = Packet::parse(&bytes).unwrap();
        let (marker, payload_type, number, timestamp, ssrc) = parts.header;
        prop_assert_eq!(packet.marker(), marker);
        prop_assert_eq!(packet.payload_type().get(), payload_type);
        prop_assert_eq!(packet.sequence_number().get(), number);
        prop_assert_eq!(packet.timestamp().get(), timestamp);
        prop_assert_eq!(packet.ssrc().get(), ssrc);
        prop_assert!(packet.csrcs().iter().eq(parts.csrcs.iter().copied()));
        prop_assert_eq!(packet.extensions().is_present(), parts.extension.is_some());
        if let Some((profile, data)) = &parts.extension {
            prop_assert_eq!(packet.extensions().profile(), *profile);
            prop_assert_eq!(packet.extensions().as_bytes(), data);
        }
        prop_assert_eq!(packet.payload(), &parts.payload);
        prop_assert_eq!(packet.padding(), parts.padding);
    }

    #[test]
    fn what_is_read_is_written(mut bytes in prop::collection::vec(any::<u8>(), 12..80)) {
        bytes[0] = bytes[0] & 0x3f | 0x80;
        let Ok(packet) = Packet::parse(&bytes) else { return Ok(()); };
        let mut out = Vec::new();
        let extensions = packet.extensions();
        if extensions.is_present() {
            packet
                .to_header()
                .write_with_raw(&mut out, extensions.profile(), extensions.as_bytes())
                .unwrap();
        } else {
            packet.to_header().write(&mut out).unwrap();
        }
        out.extend_from_slice(packet.payload());
        // All but the padding, whose bytes nobody may look at (RFC 3550 §5.1), and its bit.
        let unpadded = bytes.len() - usize::from(packet.padding());
        bytes.truncate(unpadded);
        bytes[0] &= !PADDING_BIT;
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(packet) = Packet::parse(&bytes) {
            let _ = alloc::format!("{packet:?}");
            prop_assert_eq!(
                packet.header().len() + packet.payload().len() + usize::from(packet.padding()),
                bytes.len()
            );
        }
        if let Ok(mut packet) = PacketMut::parse(&mut bytes) {
            packet.set_marker(true);
            for number in 1..=255 {
                packet.extension_mut(id(number));
            }
            packet.as_packet().unwrap();
        }
    }
}
