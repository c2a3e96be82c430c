//! What is bad in a compound, and what is good beside it (RFC 3550 §A.2).

use super::*;

const REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];
const BYE: [u8; 8] = [0x81, 203, 0, 1, 0, 0, 0, 1];
/// A receiver report with four bytes of padding.
const PADDED: [u8; 12] = [0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4];

/// What one packet is read as.
type Read = Result<&'static str, ParseError>;

fn results(bytes: &[u8]) -> Vec<Read> {
    let compound = Compound::parse(bytes).unwrap();
    let first_bad = compound.iter().find_map(Result::err);
    assert_eq!(compound.validate().err(), first_bad);
    compound
        .iter()
        .map(|packet| {
            packet.map(|packet| {
                if let Packet::ReceiverReport(_) = packet {
                    "report"
                } else if let Packet::Bye(_) = packet {
                    "bye"
                } else {
                    "other"
                }
            })
        })
        .collect()
}

/// RFC 3550 §6.1, RFC 5506 §5.
#[test]
fn the_first_packet_tells_whether_it_is_a_compound() {
    let both = [REPORT, BYE].concat();
    let compound = Compound::parse(&both).unwrap();
    assert!(!compound.is_reduced_size());
    assert!(Compound::parse(&BYE).unwrap().is_reduced_size());
    assert_eq!(compound.as_bytes(), both);
    for cut in 0..8 {
        let error = Compound::parse(&both[..cut]).map(|_| ());
        assert!(matches!(error, Err(ParseError::Truncated(_))), "{cut}");
    }
    for (at, value, expected) in [
        (0, 0x40, ParseError::Version(1)),
        (1, 96, ParseError::PacketType(96)),
        (1, 191, ParseError::PacketType(191)),
        (1, 224, ParseError::PacketType(224)),
    ] {
        let mut wrong = both.clone();
        wrong[at] = value;
        assert_eq!(Compound::parse(&wrong).map(|_| ()), Err(expected));
    }
}

/// Rows: what comes between a report and a goodbye, and what is read of all.
#[test]
fn one_bad_packet_does_not_cost_the_good_ones() {
    let truncated = |expected, actual| ParseError::Truncated(Truncated { expected, actual });
    let padding = |count, available| ParseError::Padding { count, available };
    let padded = |count| {
        let mut padded = PADDED.to_vec();
        padded[11] = count;
        padded
    };
    let rows: [(Vec<u8>, &[Read]); 10] = [
        (vec![], &[Ok("report"), Ok("bye")]),
        // Malformed inside: a report of one block that it does not have.
        (
            vec![0x81, 201, 0, 1, 0, 0, 0, 1],
            &[Ok("report"), Err(truncated(24, 0)), Ok("bye")],
        ),
        // RFC 3550 §6.4.1: padding in a packet that is not the last, and padding that is none.
        (
            PADDED.to_vec(),
            &[Ok("report"), Err(ParseError::PaddingInTheMiddle), Ok("bye")],
        ),
        (padded(0), &[Ok("report"), Err(padding(0, 8)), Ok("bye")]),
        (padded(3), &[Ok("report"), Err(padding(3, 8)), Ok("bye")]),
        (padded(12), &[Ok("report"), Err(padding(12, 8)), Ok("bye")]),
        (
            vec![0xa0, 203, 0, 0],
            &[Ok("report"), Err(padding(0, 0)), Ok("bye")],
        ),
        // Nobody knows where the next begins.
        (
            vec![0x40, 201, 0, 0],
            &[Ok("report"), Err(ParseError::Version(1))],
        ),
        (
            vec![0x80, 96, 0, 0],
            &[Ok("report"), Err(ParseError::PacketType(96))],
        ),
        (
            vec![0x80, 201, 0, 9],
            &[Ok("report"), Err(truncated(36, 8))],
        ),
    ];
    for (between, expected) in rows {
        let bytes = [&REPORT, between.as_slice(), &BYE].concat();
        assert_eq!(results(&bytes), expected, "{between:?}");
    }
    // A tail that is no packet.
    for cut in 1..4 {
        let bytes = [&REPORT, &BYE[..cut]].concat();
        let expected = truncated(2, if cut < 2 { cut } else { cut - 2 });
        assert_eq!(results(&bytes), [Ok("report"), Err(expected)], "{cut}");
    }
}

#[test]
fn padding_belongs_to_the_last_packet() {
    assert_eq!(results(&PADDED), [Ok("report")]);
    let Ok(Packet::ReceiverReport(report)) = only(&PADDED) else {
        panic!("not a receiver report");
    };
    assert_eq!(report.profile_extension, []);
    assert_eq!(
        results(&[PADDED, PADDED].concat()),
        [Err(ParseError::PaddingInTheMiddle), Ok("report")]
    );
}
