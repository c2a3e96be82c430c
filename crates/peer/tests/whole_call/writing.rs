//! What is written arrives, or its writer is told at once.

use std::time::Duration;

use strata_peer::{Config, Event, Keeps, Mid, PayloadType, SequenceNumber, WriteError};
use strata_rtp::{
    Ssrc,
    rtcp::{Compound, Packet, Pli, ReceiverReport},
};
use strata_sim::{LinkConfig, SeededEntropy};

use crate::support::{
    Call, EVERYTHING, answered, answerer_config, call_with, connect, offerer_config, packet, peers,
    received, sections,
};

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(10));

fn connected(change: impl FnOnce(&mut Config)) -> Call {
    let mut offerer = offerer_config();
    change(&mut offerer);
    let mut pair = call_with([offerer, answerer_config()], EVERYTHING, LINK, 1);
    connect(&mut pair);
    pair
}

/// The name of the section of video, and the payload types of its first codec.
fn video(pair: &Call) -> (Mid, PayloadType, PayloadType) {
    let (mid, payload_type, rtx) = sections(&pair.a)[1];
    (mid, payload_type, rtx.unwrap())
}

/// The RTCP packets that the answerer was told of.
fn heard(pair: &Call) -> Vec<bytes::Bytes> {
    pair.b_events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Rtcp { packet } => Some(packet.clone()),
            _ => None,
        })
        .collect()
}

fn report() -> Vec<u8> {
    let mut packet = Vec::new();
    ReceiverReport {
        ssrc: Ssrc::new(1),
        reports: [].as_slice().into(),
        profile_extension: &[],
    }
    .write(&mut packet)
    .unwrap();
    packet
}

#[test]
fn what_srtp_would_refuse_is_refused_when_it_is_written() {
    let mut pair = connected(|_| {});
    let (mid, media, rtx) = video(&pair);
    let now = pair.now();
    for (number, repair, expected) in [
        (5000, false, Ok(())),
        (
            5000,
            false,
            Err(WriteError::Repeated(SequenceNumber::new(5000))),
        ),
        (5000, true, Ok(())),
        (
            5000,
            true,
            Err(WriteError::Repeated(SequenceNumber::new(5000))),
        ),
        (4990, false, Ok(())),
        (
            3976,
            false,
            Err(WriteError::TooOld(SequenceNumber::new(3976))),
        ),
        (3977, false, Ok(())),
        (5001, false, Ok(())),
    ] {
        let payload_type = if repair { rtx } else { media };
        let result = pair
            .a
            .write_rtp(now, &mid, packet(payload_type, number, repair));
        assert_eq!(result, expected, "{number}, {repair}");
    }
    pair.run_for(Duration::from_millis(50)).unwrap();
    assert_eq!(
        received(&pair.b_events, mid, false),
        [5000, 4990, 3977, 5001]
    );
    assert_eq!(received(&pair.b_events, mid, true), [5000]);
    assert_eq!(pair.a.stats().dropped.unsent, 0);
}

/// RFC 3711 §3.3.1: numbers wrap; none that was taken may be lost between the writer and the wire.
#[test]
fn every_packet_that_was_taken_arrives() {
    let mut dice = SeededEntropy::entropy(9);
    let mut pair = connected(|config| config.limits.rtp_queue = 50);
    let (mid, payload_type, _) = video(&pair);
    let (mut next, mut taken, mut refused) = (65_000_u16, Vec::new(), 0);
    for _ in 0..5000 {
        let back = u16::try_from(dice.below(3000)).unwrap();
        let number = match dice.below(10) {
            0 => next.wrapping_sub(back),
            _ => next,
        };
        next = next.wrapping_add(u16::from(number == next));
        let now = pair.now();
        match pair
            .a
            .write_rtp(now, &mid, packet(payload_type, number, false))
        {
            Ok(()) => taken.push(number),
            Err(WriteError::QueueFull { limit: 50 }) => refused += 1,
            Err(error) => assert!(
                matches!(error, WriteError::Repeated(_) | WriteError::TooOld(_)),
                "{error}"
            ),
        }
        if dice.below(60) == 0 {
            pair.run_for(Duration::from_millis(1)).unwrap();
        }
    }
    pair.run_for(Duration::from_millis(50)).unwrap();
    assert_eq!(received(&pair.b_events, mid, false), taken);
    assert!(
        taken.len() > 2000 && refused > 100,
        "{} {refused}",
        taken.len()
    );
    assert_eq!(pair.a.stats().dropped.unsent, 0);
}

#[test]
fn a_full_queue_takes_no_rtp_and_a_number_that_was_refused_can_be_used() {
    let mut pair = connected(|config| config.limits.rtp_queue = 3);
    let (mid, payload_type, _) = video(&pair);
    for round in 0..3 {
        let now = pair.now();
        let write = |pair: &mut Call, number| {
            pair.a
                .write_rtp(now, &mid, packet(payload_type, number, false))
        };
        for number in 0..3 {
            assert_eq!(write(&mut pair, 3 * round + number), Ok(()));
        }
        let full = Err(WriteError::QueueFull { limit: 3 });
        assert_eq!(write(&mut pair, 3 * round + 3), full);
        pair.run_for(Duration::from_millis(50)).unwrap();
    }
    assert_eq!(
        received(&pair.b_events, mid, false),
        (0..9).collect::<Vec<_>>()
    );
}

#[test]
fn a_full_queue_takes_no_rtcp() {
    let mut pair = connected(|config| config.limits.rtcp_queue = 3);
    for _ in 0..2 {
        let (now, full) = (pair.now(), Err(WriteError::QueueFull { limit: 3 }));
        for _ in 0..3 {
            assert_eq!(pair.a.write_rtcp(now, &report()), Ok(()));
        }
        assert_eq!(pair.a.write_rtcp(now, &report()), full);
        assert_eq!(pair.a.request_keyframe(now, Ssrc::new(7)), full);
        pair.run_for(Duration::from_millis(50)).unwrap();
    }
    assert_eq!(heard(&pair).len(), 6);
}

#[test]
fn a_long_list_of_losses_is_asked_for_as_a_whole_or_not_at_all() {
    let mut pair = connected(|config| config.limits.rtcp_queue = 8);
    let now = pair.now();
    let lost: Vec<_> = (0..2000_u16).map(|n| SequenceNumber::new(n * 20)).collect();
    let source = Ssrc::new(7);
    assert_eq!(pair.a.write_nack(now, source, &[]), Ok(()));
    pair.a.write_rtcp(now, &report()).unwrap();
    let full = Err(WriteError::QueueFull { limit: 8 });
    assert_eq!(pair.a.write_nack(now, source, &lost), full);
    pair.run_for(Duration::from_millis(50)).unwrap();
    assert_eq!(heard(&pair).len(), 1);
    let now = pair.now();
    assert_eq!(pair.a.write_nack(now, source, &lost), Ok(()));
    pair.run_for(Duration::from_millis(50)).unwrap();
    let mut named = Vec::new();
    for packet in &heard(&pair)[1..] {
        for part in Compound::parse(packet).unwrap() {
            if let Packet::Nack(nack) = part.unwrap() {
                named.extend(nack.sequence_numbers());
            }
        }
    }
    assert_eq!(named, lost);
}

#[test]
fn an_estimate_for_many_streams_is_told_as_a_whole_or_not_at_all() {
    let mut pair = connected(|config| config.limits.rtcp_queue = 4);
    let now = pair.now();
    let sources: Vec<_> = (1..=600).map(Ssrc::new).collect();
    pair.a.write_remb(now, 9, &[]).unwrap();
    pair.a.write_rtcp(now, &report()).unwrap();
    let full = Err(WriteError::QueueFull { limit: 4 });
    assert_eq!(pair.a.write_remb(now, 1000, &sources), full);
    pair.run_for(Duration::from_millis(50)).unwrap();
    let now = pair.now();
    assert_eq!(pair.a.write_remb(now, 1000, &sources), Ok(()));
    pair.run_for(Duration::from_millis(50)).unwrap();
    let mut estimates = Vec::new();
    for packet in heard(&pair) {
        for part in Compound::parse(&packet).unwrap() {
            if let Packet::Remb(remb) = part.unwrap() {
                estimates.push((remb.bitrate_bps, remb.ssrcs.iter().collect::<Vec<_>>()));
            }
        }
    }
    // One packet names 255 streams at most, and each says what all of them may have together.
    let parts = sources.chunks(255).map(|part| (1000, part.to_vec()));
    let expected: Vec<_> = [(9, Vec::new())].into_iter().chain(parts).collect();
    assert_eq!(estimates, expected);
}

/// RFC 5506 §5: what we have not offered cannot be agreed on.
#[test]
fn an_answer_cannot_agree_to_reduced_size_rtcp_that_was_not_offered() {
    let mut offerer = offerer_config();
    offerer.keeps = Keeps::NOTHING;
    let mut entropy = SeededEntropy::entropy(4);
    let [mut a, mut b] = peers([offerer, answerer_config()], EVERYTHING, &mut entropy);
    let mut answer = answered(&mut a, &mut b, strata_sim::START);
    answer.sdp = answer
        .sdp
        .replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=rtcp-rsize\r\n");
    a.set_remote_description(strata_sim::START, answer).unwrap();
    let mut pair = strata_sim::Pair::new(a, b, LINK, 4);
    connect(&mut pair);
    let (now, mut pli) = (pair.now(), Vec::new());
    let (sender, media) = (Ssrc::new(1), Ssrc::new(2));
    Pli { sender, media }.write(&mut pli).unwrap();
    assert_eq!(pair.a.write_rtcp(now, &pli), Err(WriteError::ReducedSize));
}

#[test]
fn rtcp_that_the_other_side_would_not_read_is_refused() {
    let mut pli = Vec::new();
    let (sender, media) = (Ssrc::new(1), Ssrc::new(2));
    Pli { sender, media }.write(&mut pli).unwrap();
    // Of a PLI of one word, the framing is right.
    let short = [report(), vec![0x81, 206, 0, 1, 0, 0, 0, 1]].concat();
    for (keeps, expected) in [
        (Keeps::EVERYTHING, Ok(())),
        // RFC 5506 §5: both must have said so.
        (Keeps::NOTHING, Err(WriteError::ReducedSize)),
    ] {
        let mut pair = connected(|config| config.keeps = keeps);
        let now = pair.now();
        assert_eq!(pair.a.write_rtcp(now, &pli), expected);
        assert_eq!(
            pair.a.write_rtcp(now, &[report(), pli.clone()].concat()),
            Ok(())
        );
        assert_eq!(pair.a.write_rtcp(now, &short), Err(WriteError::Malformed));
        assert_eq!(pair.a.write_rtcp(now, &[]), Err(WriteError::Malformed));
    }
}
