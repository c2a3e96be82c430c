//! FORWARD-TSN (RFC 3758) as other stacks send it, by hand.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests"
)]

#[path = "support/hand.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod hand;

use hand::{Hand, Request, bytes, chunks, data, reconfigs};
use strata_core::Instant;
use strata_sctp::{
    Association, AssociationEvent, Config, DataChannels, Event, Ppid, Role, Ssn, StreamId,
    wire::{Chunk, Data, ReConfigResult, Skipped, write_forward_tsn},
};
use strata_sim::SeededEntropy;

/// What stream 0 skips up to this number.
const fn ordered(ssn: u16) -> Skipped {
    Skipped {
        stream: StreamId::new(0),
        ssn: Ssn::new(ssn),
    }
}

/// Skips everything up to the n-th TSN of the test's; further chunks are in the same packet.
fn skip(hand: &mut Hand<Association>, up_to: u32, skipped: &[Skipped], behind: &[Chunk<'_>]) {
    let mut body = Vec::new();
    let target = hand.next.plus(up_to);
    write_forward_tsn(&mut body, target, skipped.iter().copied()).unwrap();
    body.extend(bytes(behind));
    hand.give_raw(hand.tag, &body);
}

/// A part of a message, in the n-th TSN of the test's.
fn part<'a>(hand: &Hand<Association>, tsn: u32, ssn: u16, (first, last): (bool, bool)) -> Data<'a> {
    Data {
        beginning: first,
        ending: last,
        ssn: Ssn::new(ssn),
        ..data(hand.next.plus(tsn), b"part")
    }
}

fn heard(hand: &mut Hand<Association>) -> Vec<Vec<u8>> {
    let of = |event| match event {
        AssociationEvent::Message(message) => message.data.to_vec(),
        other => panic!("{other:?}"),
    };
    hand.events().into_iter().map(of).collect()
}

/// The window in the last SACK, and up to where it acknowledges.
fn window(hand: &mut Hand<Association>) -> (u32, u32) {
    let packets = hand.wait(std::time::Duration::from_millis(300));
    let said = packets.iter().flat_map(|(_, packet)| chunks(packet));
    let mut sacks = said.filter_map(|chunk| match chunk {
        Chunk::Sack(sack) => Some((sack.a_rwnd, sack.cumulative.get())),
        _ => None,
    });
    sacks.next_back().unwrap()
}

/// RFC 3758 §3.2: unordered messages have no stream in the list, and yet what is held of them goes.
#[test]
fn parts_of_unordered_messages_that_are_skipped_free_the_window() {
    let mut hand = Hand::association(Config::default());
    let large = vec![7; 20_000];
    for round in 0..200 {
        let first = 4 * round;
        for (tsn, beginning) in [(first, true), (first + 2, false)] {
            let chunk = Data {
                unordered: true,
                payload: &large,
                ..part(&hand, tsn, 0, (beginning, false))
            };
            hand.give(&[Chunk::Data(chunk)]);
        }
        skip(&mut hand, first + 3, &[], &[]);
    }
    let whole = part(&hand, 800, 0, (true, true));
    hand.give(&[Chunk::Data(whole)]);
    assert_eq!(heard(&mut hand), [b"part"]);
    let all = Config::default().limits.receive_buffer;
    let expected = (u32::try_from(all).unwrap(), hand.next.plus(800).get());
    assert_eq!(window(&mut hand), expected);
}

#[test]
fn the_next_message_may_come_with_what_skips_the_one_before() {
    let mut hand = Hand::association(Config::default());
    for tsn in 0..3 {
        let begun = part(&hand, tsn, 0, (tsn == 0, false));
        hand.give(&[Chunk::Data(begun)]);
    }
    let next = Chunk::Data(part(&hand, 4, 1, (true, true)));
    skip(&mut hand, 3, &[ordered(0)], &[next]);
    assert_eq!(heard(&mut hand), [b"part"]);
}

/// They were on their way when it was skipped.
#[test]
fn parts_of_a_skipped_message_that_come_late_are_nothing() {
    let mut hand = Hand::association(Config::default());
    skip(&mut hand, 2, &[ordered(0)], &[]);
    for tsn in 0..3 {
        let late = part(&hand, tsn, 0, (tsn == 0, tsn == 2));
        hand.give(&[Chunk::Data(late)]);
    }
    // It was skipped up to its middle only.
    for (tsn, last) in [(3, false), (4, true)] {
        let rest = part(&hand, tsn, 0, (false, last));
        hand.give(&[Chunk::Data(rest)]);
    }
    let next = part(&hand, 5, 1, (true, true));
    hand.give(&[Chunk::Data(next)]);
    assert_eq!(heard(&mut hand), [b"part"]);
    let (_, cumulative) = window(&mut hand);
    assert_eq!(cumulative, hand.next.plus(5).get());
}

/// RFC 6525 §5.2.2 E3: the cumulative TSN gets there, however it does.
#[test]
fn a_reset_waits_for_what_is_skipped() {
    let mut hand = Hand::association(Config::default());
    let request = Request {
        number: hand.next.get(),
        last_tsn: hand.next,
        streams: vec![0],
    };
    let mut results = Vec::new();
    hand.reconfig(None, std::slice::from_ref(&request));
    results.extend(reconfigs(&hand.take()).0);
    assert_eq!(hand.events(), []);
    skip(&mut hand, 0, &[ordered(0)], &[]);
    results.extend(reconfigs(&hand.take()).0);
    let stream = StreamId::new(0);
    assert_eq!(
        hand.events(),
        [AssociationEvent::StreamResetByPeer { stream }]
    );
    let number = request.number;
    assert_eq!(
        results,
        [
            (number, ReConfigResult::IN_PROGRESS),
            (number, ReConfigResult::PERFORMED)
        ]
    );
}

#[test]
fn a_channel_opens_behind_what_was_skipped_on_its_stream() {
    let mut channels = DataChannels::new(Config::default(), SeededEntropy::entropy(1));
    channels.set_role(Instant::EPOCH, Role::Client);
    let mut hand = Hand::connected(channels);
    hand.events();
    let stream = StreamId::new(1);
    let mut body = Vec::new();
    let ssn = Ssn::new(0);
    write_forward_tsn(&mut body, hand.next, [Skipped { stream, ssn }].into_iter()).unwrap();
    hand.give_raw(hand.tag, &body);
    let open = Data {
        stream,
        ssn: Ssn::new(1),
        ppid: Ppid::DCEP,
        // Unordered, without retransmissions.
        ..data(hand.next.next(), b"\x03\x81\0\0\0\0\0\0\0\x01\0\0u")
    };
    hand.give(&[Chunk::Data(open)]);
    let opened = |event: &Event| matches!(event, Event::ChannelOpened { incoming: true, .. });
    assert_eq!(
        hand.events().iter().filter(|event| opened(event)).count(),
        1
    );
    assert_eq!(hand.engine.stats().invalid_dcep, 0);
}
