//! What is made of RTP and RTCP that the other side sends.

use std::time::Duration;

use strata_core::{Datagram, Endpoint as _, Path};
use strata_peer::{Config, Direction, Event, Limits, MediaKind, Peer};
use strata_rtp::{
    Ssrc,
    rtcp::{Fir, FirEntry, Pli, ReceiverReport, SdesChunk, SdesItem, SourceDescription},
};

use crate::wire::{AUDIO, Call, VIDEO, call, config, media, rtp};

const MOMENT: Duration = Duration::from_millis(1);

fn limited(change: impl FnOnce(&mut Limits)) -> Config {
    let mut config = config();
    change(&mut config.limits);
    config
}

fn both_ways(peer: &mut Peer) {
    peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
        .unwrap();
    peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
        .unwrap();
}

/// A call with audio and video both ways.
fn everything(config: Config) -> Call {
    call(config, &[AUDIO, VIDEO], both_ways)
}

/// The source of what the peer sends in its section of video.
fn our_video(pair: &Call) -> Ssrc {
    pair.a.transceivers().nth(1).unwrap().ssrc()
}

fn keyframes_asked(pair: &Call) -> usize {
    let asks = |(_, event): &&(_, Event)| matches!(event, Event::KeyframeRequested { .. });
    pair.a_events.iter().filter(asks).count()
}

fn reports(pair: &Call) -> usize {
    let is_rtcp = |(_, event): &&(_, Event)| matches!(event, Event::Rtcp { .. });
    pair.a_events.iter().filter(is_rtcp).count()
}

fn pli(media: Ssrc) -> Vec<u8> {
    let mut packet = Vec::new();
    let sender = Ssrc::new(7);
    Pli { sender, media }.write(&mut packet).unwrap();
    packet
}

fn fir(sender: u32, entries: &[(Ssrc, u8)]) -> Vec<u8> {
    let entries: Vec<_> = entries
        .iter()
        .map(|(ssrc, number)| FirEntry {
            ssrc: *ssrc,
            command_sequence_number: *number,
        })
        .collect();
    let mut packet = Vec::new();
    Fir {
        sender: Ssrc::new(sender),
        media: Ssrc::new(0),
        entries: entries.as_slice().into(),
    }
    .write(&mut packet)
    .unwrap();
    packet
}

fn report(ssrc: u32) -> Vec<u8> {
    let mut packet = Vec::new();
    ReceiverReport {
        ssrc: Ssrc::new(ssrc),
        reports: [].as_slice().into(),
        profile_extension: &[],
    }
    .write(&mut packet)
    .unwrap();
    packet
}

/// A report with the name of the section that a source belongs to.
fn named(ssrc: u32, mid: &str) -> Vec<u8> {
    let mut packet = report(ssrc);
    let items = [
        SdesItem::cname("c"),
        SdesItem {
            kind: SdesItem::MID,
            text: mid.as_bytes(),
        },
    ];
    let chunks = [SdesChunk {
        ssrc: Ssrc::new(ssrc),
        items: items.as_slice().into(),
    }];
    SourceDescription {
        chunks: chunks.as_slice().into(),
    }
    .write(&mut packet)
    .unwrap();
    packet
}

/// Gives the peer everything that the other side has protected, without polling its events.
fn flood(pair: &mut Call) {
    let (now, path) = (pair.now(), Path::udp(Call::A_ADDRESS, Call::B_ADDRESS));
    let mut datagram = Vec::new();
    while pair.b.poll_transmit(now, &mut datagram).is_some() {
        pair.a.handle_input(now, Datagram::new(path, &mut datagram));
        datagram.clear();
    }
}

#[test]
fn a_burst_of_video_pushes_out_no_report_and_is_counted_beyond_its_limit() {
    let mut pair = everything(limited(|limits| {
        (limits.media_events, limits.rtcp_events) = (50, 3);
    }));
    let dropped = |pair: &Call| {
        let dropped = pair.a.stats().dropped;
        (dropped.media_events, dropped.rtcp_events)
    };
    for number in 0..50 {
        pair.b.send_rtp(rtp(9, 96, number, None));
    }
    flood(&mut pair);
    assert_eq!(dropped(&pair), (0, 0), "the limit is reached, not passed");
    for number in 50..60 {
        pair.b.send_rtp(rtp(9, 96, number, None));
        if number == 53 {
            pair.b.send_rtcp(report(9));
            pair.b.send_rtcp(pli(our_video(&pair)));
        }
    }
    flood(&mut pair);
    assert_eq!(dropped(&pair), (10, 0));
    assert_eq!(pair.a.stats().media.packets_received, 50);
    pair.b.send_rtcp(report(9));
    pair.b.send_rtcp(report(9));
    flood(&mut pair);
    assert_eq!(dropped(&pair), (10, 2));
    pair.drain().unwrap();
    let numbers: Vec<u16> = media(&pair.a_events).iter().map(|(.., n)| *n).collect();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
    assert_eq!((reports(&pair), keyframes_asked(&pair)), (2, 1));
    // There is room again.
    pair.b.send_rtp(rtp(9, 96, 60, None));
    pair.b.send_rtcp(report(9));
    pair.run_for(MOMENT).unwrap();
    assert_eq!((media(&pair.a_events).len(), reports(&pair)), (51, 3));
    assert_eq!(dropped(&pair), (10, 2));
}

/// RFC 9143 §15.2: a report that nobody takes still says whose a source is.
#[test]
fn reports_beyond_the_limit_are_acted_upon() {
    let other = VIDEO.replace("a=mid:v", "a=mid:w");
    let config = limited(|limits| limits.rtcp_events = 1);
    let mut pair = call(config, &[VIDEO, &other], |peer| {
        for _ in 0..2 {
            peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
                .unwrap();
        }
    });
    pair.b.send_rtcp(report(9));
    pair.b.send_rtcp(named(9, "w"));
    flood(&mut pair);
    assert_eq!(pair.a.stats().dropped.rtcp_events, 1);
    // Both sections have this payload type.
    pair.b.send_rtp(rtp(9, 96, 1, None));
    pair.run_for(MOMENT).unwrap();
    assert_eq!(media(&pair.a_events), [("w".parse().unwrap(), 9, 1)]);
}

#[test]
fn a_request_for_a_key_frame_needs_a_place_too() {
    let mut pair = everything(limited(|limits| limits.rtcp_events = 1));
    pair.b.send_rtcp(pli(our_video(&pair)));
    pair.run_for(MOMENT).unwrap();
    assert_eq!((reports(&pair), keyframes_asked(&pair)), (1, 0));
    assert_eq!(pair.a.stats().dropped.rtcp_events, 1);
}

#[test]
fn media_and_rtcp_are_told_of_in_the_order_they_came() {
    let mut pair = everything(config());
    for number in 0..4 {
        pair.b.send_rtp(rtp(9, 96, number, None));
        pair.b.send_rtcp(report(u32::from(number)));
    }
    flood(&mut pair);
    let before = pair.a_events.len();
    pair.drain().unwrap();
    let told: Vec<&str> = pair.a_events[before..]
        .iter()
        .map(|(_, event)| match event {
            Event::MediaPacket { .. } => "RTP",
            Event::Rtcp { .. } => "RTCP",
            _ => "other",
        })
        .collect();
    assert_eq!(told, ["RTP", "RTCP"].repeat(4));
}

/// RFC 5104 §4.3.1.1: a repetition has the number of what it repeats.
#[test]
fn a_repeated_full_intra_request_is_no_new_request() {
    let mut pair = everything(config());
    let ours = our_video(&pair);
    let audio = pair.a.transceivers().next().unwrap().ssrc();
    let mut asked = 0;
    for (packet, new) in [
        (fir(7, &[(ours, 3)]), 1),
        (fir(7, &[(ours, 3)]), 0),
        (fir(7, &[(ours, 3), (audio, 3)]), 1),
        (fir(7, &[(ours, 4)]), 1),
        (fir(8, &[(ours, 4)]), 1),
        (fir(7, &[(ours, 4)]), 0),
        // Whoever repeats a command in one packet asks once.
        (fir(7, &[(ours, 5), (ours, 6)]), 1),
        // Not ours.
        (fir(7, &[(Ssrc::new(1), 1)]), 0),
        // A picture loss has no number: each is a request.
        (pli(ours), 1),
        (pli(ours), 1),
        ([pli(ours), pli(ours), fir(7, &[(ours, 7)])].concat(), 1),
    ] {
        pair.b.send_rtcp(packet.clone());
        pair.run_for(MOMENT).unwrap();
        asked += new;
        assert_eq!(keyframes_asked(&pair), asked, "{packet:02x?}");
    }
}

#[test]
fn malformed_parts_of_a_compound_are_counted_and_the_others_taken() {
    let mut pair = everything(config());
    let ours = our_video(&pair);
    // A name that is longer than its chunk.
    let sdes = vec![0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 0, 0];
    // A PLI of one word only.
    let short = vec![0x81, 206, 0, 1, 0, 0, 0, 1];
    let unknown = vec![0x9f, 209, 0, 0];
    for (compound, malformed) in [
        ([report(1), pli(ours)].concat(), 0),
        ([report(1), unknown, pli(ours)].concat(), 0),
        ([report(1), sdes.clone(), pli(ours)].concat(), 1),
        ([short.clone(), sdes, short, pli(ours)].concat(), 3),
    ] {
        let (asked, before) = (keyframes_asked(&pair), pair.a.stats().dropped);
        pair.b.send_rtcp(compound.clone());
        pair.run_for(MOMENT).unwrap();
        assert_eq!(keyframes_asked(&pair), asked + 1, "{compound:02x?}");
        let dropped = pair.a.stats().dropped;
        let counted = dropped.rtcp_parts - before.rtcp_parts;
        assert_eq!(counted, malformed, "{compound:02x?}");
        assert_eq!(dropped.rtcp_unprotect, 0);
    }
    assert_eq!(reports(&pair), 4);
}

#[test]
fn media_of_a_section_that_does_not_receive_is_not_told_of() {
    let mut pair = call(config(), &[AUDIO, VIDEO], |peer| {
        peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
            .unwrap();
        peer.add_transceiver(MediaKind::Video, Direction::SendOnly)
            .unwrap();
    });
    for number in 0..3 {
        // By its name, and by what is known of it then.
        let mid = (number == 0).then_some("v");
        pair.b.send_rtp(rtp(9, 96, number, mid));
        pair.b.send_rtp(rtp(8, 111, number, None));
    }
    pair.run_for(MOMENT).unwrap();
    let told: Vec<u32> = media(&pair.a_events)
        .iter()
        .map(|(_, ssrc, _)| *ssrc)
        .collect();
    assert_eq!(told, [8; 3]);
    let stats = pair.a.stats();
    assert_eq!(
        (stats.dropped.unrouted, stats.media.packets_received),
        (3, 3)
    );
}
