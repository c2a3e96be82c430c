use alloc::string::String;

use super::*;

const SENDER: Ssrc = Ssrc::new(1);
const MEDIA: Ssrc = Ssrc::new(2);

fn numbers(range: impl IntoIterator<Item = u16>) -> Vec<SequenceNumber> {
    range.into_iter().map(SequenceNumber::new).collect()
}

#[test]
fn nack() {
    #[rustfmt::skip]
    let bytes = [
        0x81, 205, 0x00, 4,     // V=2 FMT=1, RTPFB, 5 words
        0x00, 0x00, 0x00, 0x01, // sender
        0x00, 0x00, 0x00, 0x02, // media
        0xff, 0xff, 0x80, 0x01, // PID 65535; BLP: 0 and 15
        0x00, 0x64, 0x00, 0x00, // PID 100 alone
    ];
    let entries = [
        NackEntry {
            first: SequenceNumber::new(65_535),
            following: 0x8001,
        },
        NackEntry::new(SequenceNumber::new(100)),
    ];
    let nack = Nack {
        sender: SENDER,
        media: MEDIA,
        entries: Items::from(&entries),
    };
    round_trip(Packet::Nack(nack), &bytes);
    let lost: Vec<_> = nack.sequence_numbers().collect();
    assert_eq!(lost, numbers([65_535, 0, 15, 100]));

    let mut out = Vec::new();
    Nack::write_lost(&mut out, SENDER, MEDIA, lost).unwrap();
    assert_eq!(out, bytes);
    Nack::write_lost(&mut out, SENDER, MEDIA, []).unwrap();
    assert_eq!(out.len(), bytes.len());
}

#[test]
fn a_nack_entry_reaches_16_packets_on() {
    let mut entry = NackEntry::new(SequenceNumber::new(10));
    assert!(entry.include(SequenceNumber::new(10)));
    assert!(entry.include(SequenceNumber::new(26)));
    assert!(!entry.include(SequenceNumber::new(27)));
    assert!(!entry.include(SequenceNumber::new(9)));
    assert_eq!(entry.following, 0x8000);
    entry.following = 0xffff;
    assert!(entry.sequence_numbers().eq(numbers(10..=26)));
}

#[test]
fn pli() {
    let bytes = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    let pli = Pli {
        sender: SENDER,
        media: MEDIA,
    };
    round_trip(Packet::Pli(pli), &bytes);
    assert!(only(&[0x81, 206, 0, 1, 0, 0, 0, 1]).is_err());
    assert_eq!(
        only(&[0x81, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0]),
        Err(ParseError::Excess(4))
    );
}

#[test]
fn fir() {
    #[rustfmt::skip]
    let bytes = [
        0x84, 206, 0x00, 4,     // V=2 FMT=4, PSFB, 5 words
        0x00, 0x00, 0x00, 0x01, // sender
        0x00, 0x00, 0x00, 0x00, // unused
        0x00, 0x00, 0x00, 0x02, // who is asked
        0x09, 0x00, 0x00, 0x00, // the ninth request
    ];
    let entries = [FirEntry {
        ssrc: MEDIA,
        command_sequence_number: 9,
    }];
    let fir = Fir {
        sender: SENDER,
        media: Ssrc::new(0),
        entries: Items::from(&entries),
    };
    round_trip(Packet::Fir(fir), &bytes);
    let mut half = bytes;
    half[3] = 3;
    assert_eq!(only(&half[..16]), Err(ParseError::Excess(4)));
}

#[test]
fn remb() {
    #[rustfmt::skip]
    let bytes = [
        0x8f, 206, 0x00, 6,     // V=2 FMT=15, PSFB, 7 words
        0x00, 0x00, 0x00, 0x01, // sender
        0x00, 0x00, 0x00, 0x00, // unused
        b'R', b'E', b'M', b'B',
        0x02, 0x0b, 0xd0, 0x90, // two streams, exponent 2, mantissa 0x3d090
        0x00, 0x00, 0x00, 0x02,
        0x00, 0x00, 0x00, 0x03,
    ];
    let ssrcs = [MEDIA, Ssrc::new(3)];
    let remb = Remb {
        sender: SENDER,
        media: Ssrc::new(0),
        bitrate_bps: 1_000_000,
        ssrcs: Items::from(&ssrcs),
    };
    round_trip(Packet::Remb(remb), &bytes);

    let mut huge = bytes;
    huge[17] = 0xff;
    assert_eq!(
        only(&huge),
        Err(ParseError::Bitrate {
            mantissa: 0x3_d090,
            exponent: 63
        })
    );
    let mut more = bytes;
    more[16] = 3;
    assert!(matches!(only(&more), Err(ParseError::Truncated(_))));
    let crowd = [MEDIA; 256];
    let crowded = Remb {
        ssrcs: Items::from(&crowd),
        ..remb
    };
    assert_eq!(
        crowded.write(&mut Vec::new()),
        Err(WriteError::TooMany {
            limit: 255,
            actual: 256
        })
    );
}

#[rustfmt::skip]
const TWCC: [u8; 36] = [
    0x8f, 205, 0x00, 8,     // V=2 FMT=15, RTPFB, 9 words
    0x00, 0x00, 0x00, 0x01, // sender
    0x00, 0x00, 0x00, 0x02, // media
    0xff, 0xfe, 0x00, 0x1a, // base 65534, 26 packets
    0xff, 0xff, 0xff, 0x07, // reference time -1, feedback 7
    0x20, 0x03,             // run: 3 x small delta
    0xd9, 0x00,             // two-bit vector: 1 2 1 0 0 0 0
    0x00, 0x02,             // run: 2 x not received
    0xa0, 0x00,             // one-bit vector: 1, 13 x 0
    0x01, 0x02, 0x03,       // small deltas
    0x04, 0xff, 0xf0, 0x05, // small, large -16, small
    0xff,                   // small
];

#[test]
fn twcc() {
    let Ok(Packet::Twcc(twcc)) = only(&TWCC) else {
        panic!("{:?}", only(&TWCC));
    };
    assert_eq!((twcc.sender(), twcc.media()), (SENDER, MEDIA));
    assert_eq!((twcc.base().get(), twcc.status_count()), (65_534, 26));
    assert_eq!((twcc.reference_time(), twcc.feedback_count()), (-1, 7));
    let received: Vec<_> = twcc
        .packets()
        .filter(|(_, status)| *status != PacketStatus::NotReceived)
        .map(|(number, status)| (number.get(), status))
        .collect();
    let at = |ticks: i64| PacketStatus::Received {
        micros: ticks * 250,
    };
    assert_eq!(
        received,
        [
            (65_534, at(-255)),
            (65_535, at(-253)),
            (0, at(-250)),
            (1, at(-246)),
            (2, at(-262)),
            (3, at(-257)),
            (10, at(-2)),
        ]
    );
    assert_eq!(twcc.packets().count(), 26);
    let arrivals: Vec<_> = twcc.arrivals().map(|(_, micros)| micros).collect();
    // In 250 µs: -256, then the deltas summed up.
    let ticks = [-255, -253, -250, -246, -262, -257, -2];
    assert_eq!(arrivals, ticks.map(|ticks| ticks * 250));
    let mut out = Vec::new();
    twcc.write(&mut out).unwrap();
    assert_eq!(out, TWCC);
}

#[test]
fn the_chunk_examples_of_the_twcc_draft() {
    // §3.1.3: 221 x not received, then 24 x the symbol that is reserved now.
    // §3.1.4: 0 11111 000 111 00 in one bit each; 0 3 1 1 1 0 0 in two.
    #[rustfmt::skip]
    let bytes = [
        0x8f, 205, 0x00, 8,
        0x00, 0x00, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x02,
        0x00, 0x00, 0x01, 0x0a, // 221 + 24 + 14 + 7 packets
        0x00, 0x00, 0x00, 0x00,
        0x00, 0xdd,
        0x60, 0x18,
        0x9f, 0x1c,
        0xcd, 0x50,
        1, 2, 3, 4, 5, 6, 7, 8, // eight deltas of the first vector
    ];
    // Three more of the second are missing.
    assert_eq!(
        only(&bytes),
        Err(ParseError::Truncated(Truncated {
            expected: 11,
            actual: 8
        }))
    );
    let mut whole = bytes.to_vec();
    whole[3] = 9;
    whole.extend_from_slice(&[9, 10, 11, 0]);
    let Ok(Packet::Twcc(twcc)) = only(&whole) else {
        panic!("{:?}", only(&whole));
    };
    let letters: String = twcc
        .packets()
        .map(|(_, status)| match status {
            PacketStatus::NotReceived => '-',
            PacketStatus::Received { .. } => 'x',
            PacketStatus::ReceivedWithoutDelta => '?',
        })
        .collect();
    let (runs, vectors) = letters.split_at(245);
    assert_eq!(runs, "-".repeat(221) + &"?".repeat(24));
    assert_eq!(vectors, "-xxxxx---xxx---?xxx--");
    assert_eq!(twcc.arrivals().count(), 11);
}

#[test]
fn twcc_lengths_must_agree() {
    let short = |len: usize, words: u8| {
        let mut bytes = TWCC[..len].to_vec();
        bytes[3] = words;
        Compound::parse(&bytes)
            .unwrap()
            .iter()
            .next()
            .unwrap()
            .map(|_| ())
    };
    // Without the last deltas, without the last chunks, without the counts.
    assert!(matches!(short(32, 7), Err(ParseError::Truncated(_))));
    assert!(matches!(short(24, 5), Err(ParseError::Truncated(_))));
    assert!(matches!(short(16, 3), Err(ParseError::Truncated(_))));
    let mut long = TWCC.to_vec();
    long[3] = 9;
    long.extend_from_slice(&[0; 4]);
    assert_eq!(only(&long), Err(ParseError::Excess(4)));
}

#[test]
fn twcc_padding_need_not_be_words() {
    // As libwebrtc fills its last word: the padding bit, and a count of 2.
    #[rustfmt::skip]
    let bytes = [
        0xaf, 205, 0x00, 5,
        0x00, 0x00, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x02,
        0x00, 0x09, 0x00, 0x00, // no packets, so no chunks
        0x00, 0x00, 0x01, 0x00,
        0x00, 0x00, 0x00, 0x04,
    ];
    let mut odd = bytes;
    odd[15] = 1; // one packet
    odd[20..].copy_from_slice(&[0x00, 0x01, 0x00, 0x02]); // one chunk, two bytes of padding
    for bytes in [bytes, odd] {
        assert!(matches!(only(&bytes), Ok(Packet::Twcc(_))), "{bytes:?}");
    }
    // It sends several such feedback packets in one datagram.
    let both = [bytes, odd].concat();
    let packets: Vec<_> = Compound::parse(&both).unwrap().iter().collect();
    assert!(matches!(
        packets[..],
        [Ok(Packet::Twcc(_)), Ok(Packet::Twcc(_))]
    ));
}

#[test]
fn a_builder_refuses_what_one_feedback_cannot_say() {
    let mut builder = TwccBuilder::new();
    assert!(builder.is_empty());
    let ms = Duration::from_millis;
    builder.push(SequenceNumber::new(5), ms(100_000)).unwrap();
    assert_eq!(
        builder.push(SequenceNumber::new(5), ms(100_001)),
        Err(TwccError::Repeated(5))
    );
    assert_eq!(
        builder.push(SequenceNumber::new(6), ms(108_192)),
        Err(TwccError::Delta(32_768))
    );
    assert_eq!(
        builder.push(SequenceNumber::new(6), ms(91_807)),
        Err(TwccError::Delta(-32_772))
    );
    builder.push(SequenceNumber::new(6), ms(91_808)).unwrap();
    builder
        .push(SequenceNumber::new(32_773), ms(91_808))
        .unwrap();
    // From 5 around to 4 are 65,536 packets, one too many.
    assert_eq!(
        builder.push(SequenceNumber::new(4), ms(91_808)),
        Err(TwccError::Full)
    );
    builder.push(SequenceNumber::new(3), ms(91_808)).unwrap();
    let mut out = Vec::new();
    builder.write(&mut out, SENDER, MEDIA, 0).unwrap();
    assert!(builder.is_empty());
    let Ok(Packet::Twcc(twcc)) = only(&out) else {
        panic!("{:?}", only(&out));
    };
    assert_eq!(twcc.status_count(), 65_535);
    assert_eq!(twcc.arrivals().count(), 4);
    let len = out.len();
    builder.write(&mut out, SENDER, MEDIA, 0).unwrap();
    assert_eq!(out.len(), len);
}

#[test]
fn a_builder_says_much_in_few_chunks() {
    // 1000 packets in a row, 1 ms apart: one run.
    let mut builder = TwccBuilder::new();
    let mut push = |number: u16| {
        let arrival = Duration::from_millis(u64::from(number));
        builder.push(SequenceNumber::new(number), arrival).unwrap();
    };
    (0..1000).for_each(&mut push);
    let mut out = Vec::new();
    builder.write(&mut out, SENDER, MEDIA, 0).unwrap();
    assert_eq!(out.len(), (4 + 16_usize + 2 + 1000).next_multiple_of(4));
}
