use strata_rtp::{
    Header, Items, PayloadType, SequenceNumber, Timestamp,
    extension::{ExtensionForm, ExtensionId},
    rtcp::SdesChunk,
};
use strata_sdp::Direction;

use super::*;
use crate::{
    Feedback, MediaKind, NegotiatedCodec, RemoteSource, TransceiverId,
    transceiver::{Extensions, RemoteTrack, Sender},
};

const MID_ID: u8 = 4;

fn codec(payload_type: u8) -> NegotiatedCodec {
    NegotiatedCodec {
        payload_type: PayloadType::new(payload_type).unwrap(),
        name: "x".into(),
        clock_rate: 90_000,
        channels: 1,
        format: "".into(),
        local_format: "".into(),
        feedback: Feedback::NONE,
        rtx: None,
    }
}

fn section(number: u32, direction: Direction, types: &[u8]) -> Transceiver {
    Transceiver {
        id: TransceiverId(number),
        kind: MediaKind::Video,
        direction,
        mid: number.to_string().parse().ok(),
        stopped: false,
        by_remote: false,
        sender: Sender {
            ssrc: Ssrc::new(9000 + number),
            rtx: None,
            track: String::new(),
        },
        offered: None,
        current: Some(Parameters {
            direction,
            codecs: types.iter().map(|number| codec(*number)).collect(),
            extensions: Extensions {
                mid: Some(MID_ID),
                audio_level: None,
            },
            reduced_size: true,
            remote: RemoteTrack::default(),
        }),
        has_track: false,
    }
}

fn router(sections: &[Transceiver]) -> Router {
    let mut router = Router::new(4);
    router.update(sections);
    router
}

/// Where a packet goes.
fn route(router: &mut Router, ssrc: u32, payload_type: u8, mid: Option<&str>) -> Option<usize> {
    let packet = packet(ssrc, payload_type, mid);
    let packet = Packet::parse(&packet).ok()?;
    router.route(&packet).map(|route| route.section)
}

fn packet(ssrc: u32, payload_type: u8, mid: Option<&str>) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(payload_type).unwrap(),
        sequence_number: SequenceNumber::new(1),
        timestamp: Timestamp::new(0),
        ssrc: Ssrc::new(ssrc),
        csrcs: Items::default(),
    };
    let mut packet = Vec::new();
    match mid {
        Some(mid) => header.write_with(&mut packet, ExtensionForm::OneByte, |elements| {
            elements.push_bytes(ExtensionId::new(MID_ID).unwrap(), mid.as_bytes())
        }),
        None => header.write(&mut packet),
    }
    .unwrap();
    packet
}

/// RFC 9143 §9.2.
#[test]
fn the_name_counts_most_then_the_source_then_the_type() {
    let both = Direction::SendRecv;
    let mut router = router(&[section(0, both, &[96]), section(1, both, &[96, 97])]);
    assert_eq!(route(&mut router, 1, 96, None), None, "two have this type");
    assert_eq!(route(&mut router, 1, 97, None), Some(1));
    assert_eq!(
        route(&mut router, 1, 96, None),
        Some(1),
        "the source is known"
    );
    assert_eq!(route(&mut router, 1, 96, Some("0")), Some(0));
    assert_eq!(route(&mut router, 1, 96, None), Some(0));
    assert_eq!(route(&mut router, 1, 97, None), None, "not there");
}

#[test]
fn a_name_of_no_section_is_nobodys() {
    let both = Direction::SendRecv;
    let mut router = router(&[section(0, both, &[96]), section(1, both, &[97])]);
    assert_eq!(route(&mut router, 1, 96, Some("7")), None);
    assert_eq!(route(&mut router, 1, 96, Some("not a token")), None);
    // Senders name the section in their first packets only.
    assert_eq!(route(&mut router, 1, 96, None), None);
    assert_eq!(route(&mut router, 2, 96, None), Some(0));
    // Nor does it help that the source is known.
    assert_eq!(route(&mut router, 2, 96, Some("7")), None);
    assert_eq!(route(&mut router, 2, 96, None), None);
    assert_eq!(route(&mut router, 2, 97, Some("1")), Some(1));
    assert_eq!(route(&mut router, 2, 97, None), Some(1));
}

#[test]
fn nulls_behind_a_name_are_no_part_of_it() {
    let both = Direction::SendRecv;
    let mut router = router(&[section(0, both, &[96]), section(1, both, &[96])]);
    assert_eq!(route(&mut router, 1, 96, Some("1\0\0\0")), Some(1));
    assert_eq!(route(&mut router, 2, 96, Some("0\0")), Some(0));
    for nobodys in ["\0", "\x000", "0\x001"] {
        assert_eq!(
            route(&mut router, 3, 96, Some(nobodys)),
            None,
            "{nobodys:?}"
        );
    }
}

#[test]
fn a_source_that_is_faster_than_the_description_of_its_section_is_known_then() {
    let both = Direction::SendRecv;
    let mut sections = vec![section(0, both, &[96])];
    let mut router = router(&sections);
    assert_eq!(route(&mut router, 1, 96, Some("1")), None);
    assert_eq!(route(&mut router, 2, 96, Some("not a token")), None);
    sections.push(section(1, both, &[96]));
    router.update(&sections);
    assert_eq!(route(&mut router, 1, 96, None), Some(1));
    assert_eq!(route(&mut router, 2, 96, None), None);
}

#[test]
fn types_of_sections_that_do_not_receive_do_not_count() {
    let mut router = router(&[
        section(0, Direction::SendOnly, &[96]),
        section(1, Direction::RecvOnly, &[96]),
    ]);
    assert_eq!(route(&mut router, 1, 96, None), Some(1));
}

#[test]
fn of_too_many_sources_the_silent_ones_are_forgotten() {
    let both = Direction::SendRecv;
    // By its type alone, no packet can be routed.
    let mut router = router(&[section(0, both, &[96]), section(1, both, &[96])]);
    for ssrc in 0..100 {
        assert_eq!(route(&mut router, ssrc, 96, Some("1")), Some(1));
        assert_eq!(route(&mut router, ssrc, 96, None), Some(1));
        assert_eq!(route(&mut router, 0, 96, None), Some(1), "it speaks on");
    }
    assert_eq!(router.by_source.len(), 4);
    assert_eq!(router.forgotten, 96);
    let known = |ssrc: &u32| route(&mut router, *ssrc, 96, None).is_some();
    assert_eq!((0..100).filter(known).collect::<Vec<_>>(), [0, 97, 98, 99]);
}

#[test]
fn what_a_description_says_of_a_source_counts_more_than_what_was_learned() {
    let both = Direction::SendRecv;
    let mut sections = [section(0, both, &[96]), section(1, both, &[96])];
    let mut router = router(&sections);
    for ssrc in [1, 2] {
        assert_eq!(route(&mut router, ssrc, 96, Some("0")), Some(0));
    }
    let moved = RemoteSource {
        ssrc: Ssrc::new(2),
        rtx: None,
    };
    sections[1].current.as_mut().unwrap().remote.sources = vec![moved];
    router.update(&sections);
    assert_eq!(route(&mut router, 1, 96, None), Some(0));
    assert_eq!(route(&mut router, 2, 96, None), Some(1));
}

/// RFC 9143 §9.1: "that SSRC can be reused by another source (possibly associated with a different bundled "m="
/// section)".
#[test]
fn the_number_of_a_source_that_has_left_may_be_used_in_another_section() {
    let both = Direction::SendRecv;
    let mut router = router(&[section(0, both, &[96]), section(1, both, &[97])]);
    assert_eq!(route(&mut router, 1, 96, None), Some(0));
    assert_eq!(route(&mut router, 1, 97, None), None, "it has not left");
    router.leave(Ssrc::new(1));
    assert_eq!(route(&mut router, 1, 97, None), Some(1));
    assert_eq!(route(&mut router, 1, 96, None), None, "nor has this one");
    router.leave(Ssrc::new(1));
    assert_eq!(route(&mut router, 1, 97, None), Some(1), "the same again");
}

#[test]
fn what_a_description_no_longer_says_of_a_source_was_learned() {
    let both = Direction::SendRecv;
    let mut sections = [section(0, both, &[96]), section(1, both, &[96])];
    let described = |ssrc| RemoteSource {
        ssrc: Ssrc::new(ssrc),
        rtx: Some(Ssrc::new(ssrc + 1)),
    };
    let describe = |sections: &mut [Transceiver; 2], sources| {
        sections[1].current.as_mut().unwrap().remote.sources = sources;
    };
    describe(&mut sections, vec![described(1)]);
    let mut router = router(&sections);
    let mut others = 10..;
    let mut known_after_four = |router: &mut Router, known: [u32; 2]| {
        for other in others.by_ref().take(4) {
            assert_eq!(route(router, other, 96, Some("0")), Some(0));
        }
        known.map(|ssrc| route(router, ssrc, 96, None))
    };
    assert_eq!(known_after_four(&mut router, [1, 2]), [Some(1); 2]);
    describe(&mut sections, vec![described(3)]);
    router.update(&sections);
    assert_eq!(known_after_four(&mut router, [3, 4]), [Some(1); 2]);
    assert_eq!(known_after_four(&mut router, [1, 2]), [None; 2]);
    assert_eq!(router.by_source.len(), 4);
}

/// RFC 9143 §9.2, §15.2.
#[test]
fn rtcp_may_name_the_section_of_a_source() {
    let both = Direction::SendRecv;
    let mut router = router(&[section(0, both, &[96]), section(1, both, &[96])]);
    let mut describe = |name: &str| {
        let item = |kind, text| SdesItem { kind, text };
        let items = [SdesItem::cname("c"), item(SdesItem::MID, name.as_bytes())];
        let chunks = [SdesChunk {
            ssrc: Ssrc::new(1),
            items: items.as_slice().into(),
        }];
        router.name_sources(&SourceDescription {
            chunks: chunks.as_slice().into(),
        });
        route(&mut router, 1, 96, None)
    };
    assert_eq!(describe("7"), None);
    assert_eq!(describe("1"), Some(1));
    assert_eq!(describe("7"), Some(1), "a name of no section");
    assert_eq!(describe("not a token"), Some(1));
    assert_eq!(describe("0"), Some(0));
    assert_eq!(describe("1\0\0"), Some(1), "nulls are no part of the name");
}
