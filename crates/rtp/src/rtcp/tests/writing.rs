//! Writers refuse what readers refuse, and lists of any length are written whole.

use super::*;
use alloc::string::ToString as _;

const ONE: Ssrc = Ssrc::new(1);
const TWO: Ssrc = Ssrc::new(2);

fn refused(packet: Packet<'_>, expected: WriteError) {
    let mut out = vec![7];
    assert_eq!(packet.write(&mut out), Err(expected), "{packet:?}");
    assert_eq!(out, [7]);
}

#[test]
fn what_no_reader_takes_is_not_written() {
    let known = |packet_type, count| WriteError::Known { packet_type, count };
    let unknown = |packet_type, count, body| {
        Packet::Unknown(Unknown {
            packet_type,
            count,
            body,
        })
    };
    refused(unknown(100, 0, &[]), WriteError::PacketType(100));
    refused(unknown(191, 0, &[]), WriteError::PacketType(191));
    refused(unknown(224, 0, &[]), WriteError::PacketType(224));
    // Malformed as what their type says, and well-formed.
    for packet_type in 200..=204 {
        refused(unknown(packet_type, 1, &[]), known(packet_type, 1));
    }
    refused(unknown(201, 0, &[0, 0, 0, 1]), known(201, 0));
    refused(unknown(205, 1, &[0; 12]), known(205, 1));
    refused(unknown(206, 1, &[0; 8]), known(206, 1));
    refused(
        unknown(206, 15, b"\0\0\0\x01\0\0\0\0REMB\0\0\0\0"),
        known(206, 15),
    );
    let too_many = WriteError::TooMany {
        limit: 31,
        actual: 32,
    };
    refused(unknown(207, 32, &[]), too_many);
    refused(unknown(207, 0, &[0; 3]), WriteError::Length(3));
    // RFC 4585 §6.2.1, RFC 5104 §4.3.1.1: at least one.
    refused(
        Packet::Nack(Nack {
            sender: ONE,
            media: TWO,
            entries: Items::default(),
        }),
        WriteError::Empty,
    );
    refused(
        Packet::Fir(Fir {
            sender: ONE,
            media: TWO,
            entries: Items::default(),
        }),
        WriteError::Empty,
    );
    assert_eq!(
        only(&[0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
        Err(ParseError::Empty)
    );
    assert_eq!(
        only(&[0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
        Err(ParseError::Empty)
    );
    // RFC 3550 §6.5: type 0 ends the list.
    let items = [
        SdesItem::cname("a"),
        SdesItem {
            kind: 0,
            text: b"b",
        },
    ];
    let chunks = [SdesChunk {
        ssrc: ONE,
        items: items.as_slice().into(),
    }];
    refused(
        Packet::SourceDescription(SourceDescription {
            chunks: chunks.as_slice().into(),
        }),
        WriteError::ItemKind,
    );
}

proptest! {
    /// Whatever is put into a packet: it is read as it was written, or it is not written.
    #[test]
    fn unknown_packets_are_read_as_they_were_written_or_not_written(
        packet_type: u8,
        count in 0..40_u8,
        body in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let packet = Packet::Unknown(Unknown { packet_type, count, body: &body });
        let mut out = Vec::new();
        match packet.write(&mut out) {
            Ok(()) => prop_assert_eq!(only(&out), Ok(packet)),
            Err(_) => prop_assert!(out.is_empty()),
        }
    }

    #[test]
    fn other_packets_are_read_as_they_were_written_or_not_written(
        numbers in prop::collection::vec(any::<u32>(), 0..40),
        text in prop::collection::vec(any::<u8>(), 0..300),
        kind in 0..3_u8,
        subtype in 0..40_u8,
    ) {
        let ssrcs: Vec<_> = numbers.iter().copied().map(Ssrc::new).collect();
        let blocks: Vec<_> = ssrcs.iter().map(|ssrc| ReportBlock { ssrc: *ssrc, ..block() }).collect();
        let fir: Vec<_> = ssrcs
            .iter()
            .map(|ssrc| FirEntry { ssrc: *ssrc, command_sequence_number: subtype })
            .collect();
        let items = [SdesItem { kind, text: &text }];
        let chunks: Vec<_> = ssrcs
            .iter()
            .map(|ssrc| SdesChunk { ssrc: *ssrc, items: items.as_slice().into() })
            .collect();
        let packets = [
            Packet::ReceiverReport(ReceiverReport {
                ssrc: ONE,
                reports: blocks.as_slice().into(),
                profile_extension: &text,
            }),
            Packet::Bye(Bye { ssrcs: ssrcs.as_slice().into(), reason: Some(&text) }),
            Packet::App(App { subtype, ssrc: ONE, name: *b"name", data: &text }),
            Packet::SourceDescription(SourceDescription { chunks: chunks.as_slice().into() }),
            Packet::Fir(Fir { sender: ONE, media: TWO, entries: fir.as_slice().into() }),
        ];
        for packet in packets {
            let mut out = Vec::new();
            match packet.write(&mut out) {
                Ok(()) => prop_assert_eq!(only(&out), Ok(packet)),
                Err(_) => prop_assert!(out.is_empty()),
            }
        }
    }

    /// No lost packet is left out, and no packet is longer than it may be.
    #[test]
    fn a_list_of_lost_packets_of_any_length_is_named_whole(
        start: u16,
        gaps in prop::collection::vec(1..60_u16, 1..300),
        max_len in 16..200_usize,
    ) {
        let lost: Vec<_> = gaps
            .iter()
            .scan(SequenceNumber::new(start), |number, gap| {
                *number = number.plus(*gap);
                Some(*number)
            })
            .collect();
        let mut writer = NackWriter::new(ONE, TWO, lost.iter().copied());
        let mut named = Vec::new();
        while !writer.is_done() {
            let mut out = Vec::new();
            writer.write(&mut out, max_len).unwrap();
            prop_assert!(out.len() <= max_len);
            let Ok(Packet::Nack(nack)) = only(&out) else { panic!("not a NACK") };
            prop_assert_eq!((nack.sender, nack.media), (ONE, TWO));
            named.extend(nack.sequence_numbers());
        }
        prop_assert_eq!(&named, &lost);
        let mut out = vec![];
        prop_assert_eq!(writer.write(&mut out, max_len), Ok(()));
        prop_assert!(out.is_empty());
    }

    #[test]
    fn an_estimate_for_any_number_of_streams_names_all_of_them(
        numbers in prop::collection::vec(any::<u32>(), 0..600),
        max_ssrcs: u8,
    ) {
        let ssrcs: Vec<_> = numbers.iter().copied().map(Ssrc::new).collect();
        let remb = Remb { sender: ONE, media: Ssrc::new(0), bitrate_bps: 3_000_000, ssrcs: Items::from(ssrcs.as_slice()) };
        let mut named = Vec::new();
        let mut packets = 0;
        for part in remb.split(max_ssrcs) {
            let mut out = Vec::new();
            part.write(&mut out).unwrap();
            let Ok(Packet::Remb(read)) = only(&out) else { panic!("not a REMB") };
            prop_assert!(read.ssrcs.len() <= usize::from(max_ssrcs.max(1)));
            prop_assert_eq!((read.sender, read.bitrate_bps), (ONE, 3_000_000));
            named.extend(read.ssrcs);
            // Lists that were received are split like those that were made.
            let again: Vec<_> = read.ssrcs.chunks(2).flatten().collect();
            prop_assert_eq!(again, read.ssrcs.iter().collect::<Vec<_>>());
            packets += 1;
        }
        prop_assert_eq!(named, ssrcs);
        prop_assert_eq!(packets, numbers.len().div_ceil(usize::from(max_ssrcs.max(1))).max(1));
    }
}

#[test]
fn more_lost_packets_than_one_packet_can_name_are_written_in_two() {
    // Each in an entry of its own: every number, over and over, 17 apart.
    let lost =
        (0..70_000_u32).map(|at| SequenceNumber::new((at * 17 % 65_536).try_into().unwrap()));
    let mut out = Vec::new();
    Nack::write_lost(&mut out, ONE, TWO, lost.clone()).unwrap();
    let mut named = Vec::new();
    let mut packets = 0;
    for packet in &Compound::parse(&out).unwrap() {
        let Ok(Packet::Nack(nack)) = packet else {
            panic!("{packet:?}")
        };
        named.extend(nack.sequence_numbers());
        packets += 1;
    }
    assert_eq!(packets, 2);
    assert!(named.into_iter().eq(lost));
}

#[test]
fn a_packet_that_may_not_even_hold_one_entry_is_refused() {
    let mut writer = NackWriter::new(ONE, TWO, [SequenceNumber::new(3)]);
    let mut out = Vec::new();
    assert_eq!(writer.write(&mut out, 15), Err(WriteError::NoRoom(15)));
    assert_eq!(
        WriteError::NoRoom(15).to_string(),
        "15 bytes are too few for any packet"
    );
    assert!(!writer.is_done() && out.is_empty());
    assert_eq!(writer.write(&mut out, 16), Ok(()));
    assert!(writer.is_done());
    assert_eq!(out.len(), 16);
}
