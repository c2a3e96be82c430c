use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{Items, SequenceNumber, Ssrc, Timestamp};

mod compound;
mod feedback;
mod properties;
mod twcc;
mod writing;

fn only(bytes: &[u8]) -> Result<Packet<'_>, ParseError> {
    let mut packets = Compound::parse(bytes)?.iter();
    let packet = packets.next().unwrap();
    assert!(packets.next().is_none());
    packet
}

/// That `bytes` are read as `packet` and `packet` is written as `bytes`.
fn round_trip(packet: Packet<'_>, bytes: &[u8]) {
    assert_eq!(only(bytes), Ok(packet));
    let mut out = vec![0xee];
    packet.write(&mut out).unwrap();
    assert_eq!(out[1..], *bytes);
}

const fn block() -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc::new(0x0102_0304),
        fraction_lost: 0x40,
        cumulative_lost: -2,
        highest_sequence_number: 0x0001_0002,
        jitter: 3,
        last_sender_report: 0xaabb_ccdd,
        delay_since_last_sender_report: 0x0001_8000,
    }
}

#[rustfmt::skip]
const SENDER_REPORT_BYTES: [u8; 56] = [
    0x81, 200, 0x00, 13,    // V=2 RC=1, SR, 14 words
    0x00, 0x00, 0x00, 0x2a, // SSRC of sender
    0x83, 0xaa, 0x7e, 0x80, // NTP seconds: 1970-01-01
    0x80, 0x00, 0x00, 0x00, // NTP fraction: a half
    0x00, 0x00, 0x03, 0xc0, // RTP timestamp
    0x00, 0x00, 0x00, 0x05, // packets
    0x00, 0x00, 0x01, 0x00, // octets
    0x01, 0x02, 0x03, 0x04, // SSRC of the block
    0x40, 0xff, 0xff, 0xfe, // fraction lost, cumulative -2
    0x00, 0x01, 0x00, 0x02, // highest sequence number
    0x00, 0x00, 0x00, 0x03, // jitter
    0xaa, 0xbb, 0xcc, 0xdd, // LSR
    0x00, 0x01, 0x80, 0x00, // DLSR: 1.5 s
    b'p', b'r', b'o', b'f', // profile-specific extension
];

/// RFC 3550 §6.4.1.
#[test]
fn sender_report() {
    let reports = [block()];
    let ntp = NtpTimestamp::from_unix(Duration::from_millis(500));
    let report = SenderReport {
        ssrc: Ssrc::new(42),
        ntp,
        rtp: Timestamp::new(960),
        packet_count: 5,
        octet_count: 256,
        reports: Items::from(&reports),
        profile_extension: b"prof",
    };
    round_trip(Packet::SenderReport(report), &SENDER_REPORT_BYTES);
    assert_eq!(ntp.middle(), 0x7e80_8000);
}

#[test]
fn a_count_that_announces_more_blocks_is_refused() {
    let mut bytes = SENDER_REPORT_BYTES;
    bytes[0] = 0x82;
    assert_eq!(
        only(&bytes),
        Err(ParseError::Truncated(Truncated {
            expected: 48,
            actual: 28
        }))
    );
}

/// RFC 3550 §6.4.2.
#[test]
fn receiver_report() {
    #[rustfmt::skip]
    let empty = [0x80, 201, 0x00, 1, 0x00, 0x00, 0x00, 0x2a];
    let report = ReceiverReport {
        ssrc: Ssrc::new(42),
        reports: Items::default(),
        profile_extension: &[],
    };
    round_trip(Packet::ReceiverReport(report), &empty);

    let reports = [block(); 31];
    let full = ReceiverReport {
        reports: Items::from(&reports),
        ..report
    };
    let mut out = Vec::new();
    full.write(&mut out).unwrap();
    assert_eq!(only(&out), Ok(Packet::ReceiverReport(full)));

    let crowd = [block(); 32];
    let crowded = ReceiverReport {
        reports: Items::from(&crowd),
        ..report
    };
    assert_eq!(
        crowded.write(&mut out),
        Err(WriteError::TooMany {
            limit: 31,
            actual: 32
        })
    );
    assert_eq!(out.len(), 8 + 31 * 24);
}

#[test]
fn cumulative_loss_is_clamped_to_24_bits() {
    // RFC 3550 §A.3.
    for (lost, sent) in [
        (i32::MAX, 0x7f_ffff),
        (i32::MIN, -0x80_0000),
        (-0x80_0000, -0x80_0000),
    ] {
        let reports = [ReportBlock {
            cumulative_lost: lost,
            ..block()
        }];
        let report = ReceiverReport {
            ssrc: Ssrc::new(1),
            reports: Items::from(&reports),
            profile_extension: &[],
        };
        let mut out = Vec::new();
        report.write(&mut out).unwrap();
        let Ok(Packet::ReceiverReport(read)) = only(&out) else {
            panic!("not a receiver report");
        };
        assert_eq!(read.reports.iter().next().unwrap().cumulative_lost, sent);
    }
}

/// RFC 3550 §6.5.
#[test]
fn source_description() {
    #[rustfmt::skip]
    let bytes = [
        0x82, 202, 0x00, 6,     // V=2 SC=2, SDES, 7 words
        0x00, 0x00, 0x00, 0x01, // first source
        0x01, 0x02, b'm', b'e', // CNAME "me"
        0x02, 0x01, b'N', 0x00, // NAME "N", end
        0x00, 0x00, 0x00, 0x02, // second source
        0x01, 0x02, b'u', b's', // CNAME "us"
        0x00, 0x00, 0x00, 0x00, // end, which needs a word of its own
    ];
    let first = [
        SdesItem::cname("me"),
        SdesItem {
            kind: SdesItem::NAME,
            text: b"N",
        },
    ];
    let second = [SdesItem::cname("us")];
    let chunks = [
        SdesChunk {
            ssrc: Ssrc::new(1),
            items: SdesItems::from(first.as_slice()),
        },
        SdesChunk {
            ssrc: Ssrc::new(2),
            items: SdesItems::from(second.as_slice()),
        },
    ];
    let packet = SourceDescription {
        chunks: SdesChunks::from(chunks.as_slice()),
    };
    round_trip(Packet::SourceDescription(packet), &bytes);

    let Ok(Packet::SourceDescription(read)) = only(&bytes) else {
        panic!("not a source description");
    };
    let names: Vec<_> = read.chunks.iter().map(|chunk| chunk.cname()).collect();
    assert_eq!(names, [Some("me"), Some("us")]);
}

#[test]
fn a_source_description_ends_where_its_chunks_do() {
    // Cut in an item's text, before the null, and with a word too many.
    assert!(only(&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 3, b'm', b'e']).is_err());
    assert!(only(&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, b'm', b'e']).is_err());
    assert_eq!(
        only(&[0x81, 202, 0, 3, 0, 0, 0, 1, 1, 1, b'm', 0, 0, 0, 0, 0]),
        Err(ParseError::Excess(4))
    );
    let long = [0; 256];
    let item = [SdesItem {
        kind: SdesItem::CNAME,
        text: &long,
    }];
    let chunk = [SdesChunk {
        ssrc: Ssrc::new(1),
        items: SdesItems::from(item.as_slice()),
    }];
    let packet = SourceDescription {
        chunks: SdesChunks::from(chunk.as_slice()),
    };
    assert_eq!(
        packet.write(&mut Vec::new()),
        Err(WriteError::TextLength(256))
    );
}

/// RFC 3550 §6.6.
#[test]
fn bye() {
    let ssrcs = [Ssrc::new(1), Ssrc::new(2)];
    #[rustfmt::skip]
    let bytes = [
        0x82, 203, 0x00, 4,     // V=2 SC=2, BYE, 5 words
        0x00, 0x00, 0x00, 0x01, // first source
        0x00, 0x00, 0x00, 0x02, // second source
        0x06, b'c', b'a', b'm', // reason
        b'e', b'r', b'a', 0x00, // reason, padding
    ];
    let bye = Bye {
        ssrcs: Items::from(&ssrcs),
        reason: Some(b"camera"),
    };
    round_trip(Packet::Bye(bye), &bytes);

    let nobody = Bye {
        ssrcs: Items::default(),
        reason: None,
    };
    round_trip(Packet::Bye(nobody), &[0x80, 203, 0, 0]);
    // A reason of no letters fills a word.
    let silent = Bye {
        reason: Some(b""),
        ..nobody
    };
    round_trip(Packet::Bye(silent), &[0x80, 203, 0, 1, 0, 0, 0, 0]);
    // A reason that nobody can read is no reason to stay.
    let unreadable = Bye {
        reason: Some(&[0xff]),
        ..nobody
    };
    round_trip(Packet::Bye(unreadable), &[0x80, 203, 0, 1, 1, 0xff, 0, 0]);
    assert_eq!(
        only(&[0x80, 203, 0, 2, 1, b'x', 0, 0, 0, 0, 0, 0]),
        Err(ParseError::Excess(6))
    );
}

/// RFC 3550 §6.7.
#[test]
fn app() {
    #[rustfmt::skip]
    let bytes = [
        0x9f, 204, 0x00, 3,
        0x00, 0x00, 0x00, 0x01,
        b't', b'e', b's', b't',
        1, 2, 3, 4,
    ];
    let packet = App {
        subtype: 31,
        ssrc: Ssrc::new(1),
        name: *b"test",
        data: &[1, 2, 3, 4],
    };
    round_trip(Packet::App(packet), &bytes);
    let odd = App {
        data: &[1],
        ..packet
    };
    assert_eq!(odd.write(&mut Vec::new()), Err(WriteError::Length(9)));
}

#[test]
fn unknown_packets_are_preserved() {
    // RFC 3611 §4.4: an extended report with a receiver reference time.
    #[rustfmt::skip]
    let xr = [
        0x80, 207, 0x00, 4,
        0x00, 0x00, 0x00, 0x01,
        0x04, 0x00, 0x00, 0x02,
        0xe0, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x01,
    ];
    let unknown = Unknown {
        packet_type: 207,
        count: 0,
        body: &xr[4..],
    };
    round_trip(Packet::Unknown(unknown), &xr);
    // RFC 8888: transport feedback with format 11.
    let ccfb = [0x8b, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9];
    let unknown = Unknown {
        packet_type: 205,
        count: 11,
        body: &ccfb[4..],
    };
    round_trip(Packet::Unknown(unknown), &ccfb);
    // Application layer feedback that is not REMB.
    let afb = [
        0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, b'L', b'N', b'T', b'F',
    ];
    assert!(matches!(only(&afb), Ok(Packet::Unknown(_))));
}

#[test]
fn rtcp_is_told_by_its_second_byte() {
    for second in 0..=255 {
        // RFC 5761 §4, and RFC 7983 §7 for the first byte.
        assert_eq!(
            is_rtcp(&[0x80, second]),
            (192..=223).contains(&second),
            "{second}"
        );
        assert!(!is_rtcp(&[0x7f, second]));
        assert!(!is_rtcp(&[0xc0, second]));
    }
    assert!(!is_rtcp(&[0x80]));
}
