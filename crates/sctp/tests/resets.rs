//! Requests to reset streams (RFC 6525), by hand: what is answered, and what is done.
#![expect(
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests"
)]

#[path = "support/hand.rs"]
mod hand;

use std::time::Duration;

use hand::{Hand, Request, chunks, data, reconfigs, sent_at};
use strata_core::Endpoint as _;
use strata_sctp::{
    Association, AssociationEvent, ChannelConfig, ChannelState, CloseReason, Config, DataChannels,
    Event, Ppid, Role, Ssn, StreamId,
    wire::{Chunk, Data, ReConfigResult},
};
use strata_sim::SeededEntropy;

const PERFORMED: ReConfigResult = ReConfigResult::PERFORMED;
const IN_PROGRESS: ReConfigResult = ReConfigResult::IN_PROGRESS;
const BAD: ReConfigResult = ReConfigResult::BAD_SEQUENCE_NUMBER;

fn association() -> Hand<Association> {
    Hand::association(Config::default())
}

/// A request with the n-th number of the test's, for what was sent up to the n-th TSN.
fn request(hand: &Hand<Association>, number: u32, sent: u32, streams: &[u16]) -> Request {
    Request {
        number: hand.next.get() + number,
        last_tsn: hand.next.plus(sent).previous(),
        streams: streams.to_vec(),
    }
}

/// Makes a request, and says how it was answered and which streams were reset.
fn ask(hand: &mut Hand<Association>, request: Request) -> (ReConfigResult, Vec<u16>) {
    let number = request.number;
    hand.reconfig(None, &[request]);
    let (answers, _) = reconfigs(&hand.take());
    let [(answered, result)] = answers[..] else {
        panic!("{answers:?}");
    };
    assert_eq!(answered, number);
    (result, resets(hand))
}

fn resets(hand: &mut Hand<Association>) -> Vec<u16> {
    let of = |event| match event {
        AssociationEvent::StreamResetByPeer { stream } => Some(stream.get()),
        _ => None,
    };
    hand.events().into_iter().filter_map(of).collect()
}

fn say(hand: &mut Hand<Association>, tsn: u32, stream: u16, ssn: u16) {
    let chunk = Data {
        stream: StreamId::new(stream),
        ssn: Ssn::new(ssn),
        ..data(hand.next.plus(tsn), b"x")
    };
    hand.give(&[Chunk::Data(chunk)]);
}

/// RFC 6525 §5.2.2 E2, E3, E5.
#[test]
fn a_reset_waits_for_the_data_before_it() {
    let mut hand = association();
    let first = request(&hand, 0, 2, &[0]);
    assert_eq!(ask(&mut hand, first.clone()), (IN_PROGRESS, vec![]));
    say(&mut hand, 1, 0, 1);
    assert_eq!(reconfigs(&hand.take()).0, [], "one is still missing");
    assert_eq!(ask(&mut hand, first), (IN_PROGRESS, vec![]));
    say(&mut hand, 0, 0, 0);
    let order: Vec<_> = hand.events();
    assert_eq!(order.len(), 3, "two messages and then the reset");
    let stream = StreamId::new(0);
    assert_eq!(order[2], AssociationEvent::StreamResetByPeer { stream });
    assert_eq!(
        reconfigs(&hand.take()).0,
        [(hand.next.get(), PERFORMED)],
        "and it is told without being asked again"
    );
    // The stream starts over.
    say(&mut hand, 2, 0, 0);
    assert_eq!(hand.events().len(), 1);
}

/// RFC 6525 §5.2.1: a number that was answered is answered as before, and only the next one is new.
#[test]
fn a_request_number_is_good_once() {
    let mut hand = association();
    for (number, expected) in [
        (1, (BAD, vec![])),
        (0, (PERFORMED, vec![3])),
        (0, (PERFORMED, vec![])),
        (u32::MAX, (BAD, vec![])),
        (2, (BAD, vec![])),
        (1, (PERFORMED, vec![3])),
        (0, (BAD, vec![])),
        (1, (PERFORMED, vec![])),
    ] {
        let mut asked = request(&hand, 0, 0, &[3]);
        asked.number = asked.number.wrapping_add(number);
        assert_eq!(ask(&mut hand, asked), expected, "{number}");
    }
}

/// What follows a request for stream 3 that was told "In progress" and then performed.
#[test]
fn a_request_is_performed_once_whatever_its_number() {
    type Between = fn(&mut Hand<Association>);
    // What happens between the two; what the second says: TSNs sent by then, and streams; what it resets.
    type Row<'a> = (&'a str, Between, u32, &'a [u16], &'a [u16]);
    let nothing: Between = |_| ();
    let used: Between = |hand| say(hand, 1, 3, 0);
    let used_unordered: Between = |hand| {
        let chunk = Data {
            unordered: true,
            stream: StreamId::new(3),
            ..data(hand.next.plus(1), b"x")
        };
        hand.give(&[Chunk::Data(chunk)]);
    };
    let other_used: Between = |hand| say(hand, 1, 4, 0);
    let old_again: Between = |hand| say(hand, 0, 3, 0);
    let rows: [Row<'_>; 7] = [
        ("the same again", nothing, 1, &[3], &[]),
        ("its DATA again", old_again, 1, &[3], &[]),
        ("another stream was used", other_used, 2, &[3], &[]),
        ("the stream was used", used, 2, &[3], &[3]),
        ("it was used out of order", used_unordered, 2, &[3], &[3]),
        ("another stream", nothing, 1, &[4], &[4]),
        ("one stream more", nothing, 1, &[3, 4], &[3, 4]),
    ];
    for (case, between, sent, streams, expected) in rows {
        let mut hand = association();
        let first = request(&hand, 0, 1, &[3]);
        assert_eq!(ask(&mut hand, first), (IN_PROGRESS, vec![]));
        say(&mut hand, 0, 3, 0);
        assert_eq!(resets(&mut hand), [3]);
        hand.take();
        between(&mut hand);
        let again = request(&hand, 1, sent, streams);
        let expected = (PERFORMED, expected.to_vec());
        assert_eq!(ask(&mut hand, again), expected, "{case}");
        // The next one after it is the same once more, or not, by the same rule.
        let third = request(&hand, 2, sent, streams);
        let again = expected.1.is_empty();
        let expected = if again { vec![] } else { streams.to_vec() };
        assert_eq!(ask(&mut hand, third), (PERFORMED, expected), "{case}");
    }
}

/// A negotiated channel can close without having been used. Its request was never told "In progress", so its
/// successor is another one.
#[test]
fn a_request_performed_at_once_has_successors_of_their_own() {
    let mut hand = association();
    for number in 0..3 {
        let asked = request(&hand, number, 0, &[3]);
        assert_eq!(ask(&mut hand, asked), (PERFORMED, vec![3]));
    }
}

#[test]
fn a_request_under_a_new_number_takes_the_place_of_the_one_that_waits() {
    let mut hand = association();
    for number in 0..3 {
        let asked = request(&hand, number, 1, &[3, 5, 3]);
        assert_eq!(ask(&mut hand, asked), (IN_PROGRESS, vec![]));
    }
    say(&mut hand, 0, 3, 0);
    assert_eq!(resets(&mut hand), [3, 5]);
    let answered = reconfigs(&hand.take()).0;
    assert_eq!(answered, [(hand.next.get() + 2, PERFORMED)]);
    let again = request(&hand, 3, 1, &[5, 3]);
    assert_eq!(ask(&mut hand, again), (PERFORMED, vec![]));
}

/// RFC 6525 §5.1.1: "there MUST NOT be more than one request in flight".
#[test]
fn a_second_request_while_one_waits_is_refused() {
    let mut hand = association();
    let first = request(&hand, 0, 1, &[3]);
    assert_eq!(ask(&mut hand, first), (IN_PROGRESS, vec![]));
    let second = request(&hand, 1, 0, &[4]);
    let refused = ReConfigResult::ALREADY_IN_PROGRESS;
    assert_eq!(ask(&mut hand, second), (refused, vec![]));
    say(&mut hand, 0, 3, 0);
    assert_eq!(resets(&mut hand), [3], "the first is not forgotten");
}

/// RFC 6525 §5.2.1: "If multiple parameters have to be returned, they MUST be put into one" chunk.
#[test]
fn two_requests_in_a_chunk_are_answered_in_one() {
    let mut hand = association();
    let both = [request(&hand, 0, 0, &[3]), request(&hand, 1, 0, &[4])];
    hand.reconfig(None, &both);
    let packets = hand.take();
    let is_reconfig = |chunk: &Chunk<'_>| matches!(chunk, Chunk::ReConfig(_));
    let count = chunks(&packets[0]).into_iter().filter(is_reconfig).count();
    assert_eq!((packets.len(), count), (1, 1));
    let first = hand.next.get();
    let (answers, _) = reconfigs(&packets);
    assert_eq!(answers, [(first, PERFORMED), (first + 1, PERFORMED)]);
    assert_eq!(resets(&mut hand), [3, 4]);
}

/// RFC 6525 §4.4: "Error - Wrong SSN".
#[test]
fn streams_out_of_range_are_not_reset() {
    let mut config = Config::default();
    config.streams = 10;
    let mut hand = Hand::association(config);
    let asked = request(&hand, 0, 0, &[3, 10]);
    let wrong = ReConfigResult::WRONG_SSN;
    assert_eq!(ask(&mut hand, asked), (wrong, vec![]));
    let asked = request(&hand, 1, 0, &[3, 9]);
    assert_eq!(ask(&mut hand, asked), (PERFORMED, vec![3, 9]));
}

/// One that has sent a message on stream 0 and asks to reset it; with the request.
fn asking() -> (Hand<Association>, Request) {
    let mut hand = association();
    hand.send(0, 1);
    hand.take();
    hand.engine.reset_stream(hand.now, StreamId::new(0));
    let (_, mut requests) = reconfigs(&hand.take());
    let asked = requests.remove(0);
    assert_eq!(asked.number, hand.initial_tsn.get());
    assert_eq!(asked.last_tsn, hand.initial_tsn);
    (hand, asked)
}

/// The requests that go out within this time.
fn requests(hand: &mut Hand<Association>, within: Duration) -> Vec<Request> {
    let packets = hand.wait(within);
    reconfigs(packets.iter().map(|(_, packet)| packet)).1
}

fn is_reset(hand: &mut Hand<Association>) -> bool {
    let stream = StreamId::new(0);
    let done = AssociationEvent::StreamReset { stream };
    hand.events().contains(&done)
}

/// RFC 6525 §5.1.1: the chunk is retransmitted, and so says the same.
#[test]
fn a_request_that_goes_again_is_the_same() {
    let (mut hand, asked) = asking();
    hand.send(1, 1);
    hand.take();
    hand.sack(hand.initial_tsn.next(), &[]);
    let again = requests(&mut hand, Duration::from_secs(4));
    assert!(again.len() >= 2);
    for request in again {
        assert_eq!(request.number, asked.number);
        assert_eq!(request.last_tsn, asked.last_tsn);
        assert_eq!(request.streams, [0]);
    }
    hand.reconfig(Some((asked.number, PERFORMED)), &[]);
    assert!(is_reset(&mut hand));
    assert_eq!(requests(&mut hand, Duration::from_secs(10)).len(), 0);
}

/// RFC 6525 §5.2.7 H2: repeated under its number, "but the corresponding error counters MUST NOT be
/// incremented".
#[test]
fn a_request_told_in_progress_goes_on_under_its_number() {
    let (mut hand, asked) = asking();
    // The peer still misses the DATA before it, and takes its time.
    for _ in 0..30 {
        hand.reconfig(Some((asked.number, IN_PROGRESS)), &[]);
        hand.sack(hand.initial_tsn.previous(), &[]);
        let again = requests(&mut hand, Duration::from_secs(5));
        assert!(again.iter().all(|again| again.number == asked.number));
        assert!(!is_reset(&mut hand));
    }
    hand.sack(hand.initial_tsn, &[]);
    hand.reconfig(Some((asked.number, PERFORMED)), &[]);
    assert!(is_reset(&mut hand));
}

/// H2 to the letter: the timeout after "In progress" does not count, those after it do.
#[test]
fn the_timeout_after_in_progress_is_no_error() {
    let mut config = Config::default();
    config.timing.heartbeat_interval = Duration::from_hours(1);
    let mut hand = Hand::association(config);
    hand.engine.reset_stream(hand.now, StreamId::new(0));
    hand.take();
    let number = hand.initial_tsn.get();
    hand.reconfig(Some((number, IN_PROGRESS)), &[]);
    let begin = hand.now;
    // 0.5 + 1 + 2 + 4 + 8 + 16 + 32 s, and five minutes: one timeout that does not count, and eleven that do.
    let end = Duration::from_millis(363_500);
    let asked = requests(&mut hand, end.saturating_sub(Duration::from_millis(1)));
    assert_eq!(asked.len(), 11);
    assert_eq!(hand.closed(), None);
    assert_eq!(hand.engine.poll_timeout(), Some(begin + end));
    requests(&mut hand, Duration::from_millis(1));
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

/// Some peers give an old number the answer that they remember, which stays "In progress".
#[test]
fn a_peer_that_remembers_in_progress_is_asked_under_a_new_number() {
    for answered in [0, 1] {
        let (mut hand, asked) = asking();
        hand.reconfig(Some((asked.number, IN_PROGRESS)), &[]);
        hand.sack(hand.initial_tsn, &[]);
        let again = requests(&mut hand, Duration::from_millis(600));
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].number, asked.number, "a late answer is possible");
        hand.reconfig(Some((asked.number, IN_PROGRESS)), &[]);
        let new = requests(&mut hand, Duration::ZERO);
        assert_eq!(new.len(), 1, "now it is known");
        assert_eq!(new[0].number, asked.number + 1);
        assert_eq!(new[0].last_tsn, asked.last_tsn);
        // What the old number is told beyond that means nothing, unless it is done.
        hand.reconfig(Some((asked.number, IN_PROGRESS)), &[]);
        hand.reconfig(Some((asked.number, BAD)), &[]);
        hand.reconfig(Some((asked.number + 2, PERFORMED)), &[]);
        assert!(!is_reset(&mut hand));
        hand.reconfig(Some((asked.number + answered, PERFORMED)), &[]);
        assert!(
            is_reset(&mut hand),
            "an answer to number {answered} ends it"
        );
        assert_eq!(requests(&mut hand, Duration::from_secs(10)).len(), 0);
    }
}

/// RFC 9260 §8.1, RFC 6525 §5.1.1: DATA and a request that are lost together are one timeout.
#[test]
fn data_and_a_request_lost_together_are_one_timeout() {
    let (mut hand, _) = asking();
    let begin = hand.now;
    let packets = hand.wait(Duration::from_secs(1000));
    let millis: Vec<_> = sent_at(&packets, hand.initial_tsn)
        .iter()
        .map(|at| (*at - begin).as_millis())
        .collect();
    let expected = [
        500, 1500, 3500, 7500, 15_500, 31_500, 63_500, 123_500, 183_500, 243_500,
    ];
    assert_eq!(millis, expected);
    let asked = packets.iter().map(|(_, packet)| packet);
    assert_eq!(reconfigs(asked).1.len(), 10);
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

/// While T3 runs, it alone counts and doubles; the request goes again by its own timer all the same.
#[test]
fn a_request_lost_before_the_data_is_no_timeout_more() {
    let mut hand = association();
    hand.engine.reset_stream(hand.now, StreamId::new(0));
    let begin = hand.now;
    let mut packets = hand.wait(Duration::from_millis(100));
    hand.send(1, 1);
    packets.extend(hand.wait(Duration::from_secs(3)));
    let millis = |at: &strata_core::Instant| (*at - begin).as_millis();
    let data: Vec<_> = sent_at(&packets, hand.initial_tsn)
        .iter()
        .map(millis)
        .collect();
    assert_eq!(data, [100, 600, 1600]);
    let has_request = |packet: &Vec<u8>| !reconfigs([packet]).1.is_empty();
    let asked = packets.iter().filter(|(_, packet)| has_request(packet));
    let asked: Vec<_> = asked.map(|(at, _)| millis(at)).collect();
    assert_eq!(asked, [0, 500, 600, 1600]);
    hand.wait(Duration::from_millis(300_499));
    assert_eq!(hand.closed(), None);
    hand.wait(Duration::from_millis(1));
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

/// ```text
/// Z  reset 0, DATA missing ──────>  A    "In progress"
///    DATA ───────────────────────>       performed, the channel is gone
///                                        A opens the next one on the same stream
///    reset 0 under a new number ─>       answered, and nothing happens
/// ```
#[test]
fn a_request_repeated_under_a_new_number_does_not_close_the_next_channel() {
    let mut engine = DataChannels::new(Config::default(), SeededEntropy::entropy(1));
    engine.set_role(strata_core::Instant::EPOCH, Role::Client);
    let mut hand = Hand::connected(engine);
    let first = hand
        .engine
        .open(hand.now, ChannelConfig::new("first"))
        .unwrap();
    hand.take();
    let ack = Data {
        ppid: Ppid::DCEP,
        ..data(hand.next, &[2])
    };
    hand.give(&[Chunk::Data(ack)]);
    hand.engine.channel(first).unwrap().close(hand.now);
    let (_, ours) = reconfigs(&hand.take());
    let asked = |number| Request {
        number,
        last_tsn: hand.next.next(),
        streams: vec![0],
    };
    let asked = [asked(hand.next.get()), asked(hand.next.get() + 1)];
    hand.reconfig(Some((ours[0].number, PERFORMED)), &asked[..1]);
    let last = Data {
        ssn: Ssn::new(1),
        ..data(hand.next.next(), b"last words")
    };
    hand.give(&[Chunk::Data(last)]);
    hand.take();
    assert!(hand.events().contains(&Event::ChannelClosed { id: first }));
    let second = hand
        .engine
        .open(hand.now, ChannelConfig::new("second"))
        .unwrap();
    let stream = |hand: &mut Hand<DataChannels>| {
        let channel = hand.engine.channel(second).unwrap();
        (channel.stream(), channel.state())
    };
    assert_eq!(stream(&mut hand).0, Some(StreamId::new(0)));
    hand.take();
    hand.reconfig(None, &asked[1..]);
    let (answers, requests) = reconfigs(&hand.take());
    assert_eq!(answers, [(hand.next.get() + 1, PERFORMED)]);
    assert_eq!(requests.len(), 0, "it has nothing to close");
    assert_eq!(stream(&mut hand).1, ChannelState::Opening);
    assert_eq!(hand.events(), []);
    // And it works.
    let ack = Data {
        ppid: Ppid::DCEP,
        ..data(hand.next.plus(2), &[2])
    };
    hand.give(&[Chunk::Data(ack)]);
    assert_eq!(stream(&mut hand).1, ChannelState::Open);
}

/// The limit of events leaves out nothing without which a channel would never end.
#[test]
fn channels_that_the_peer_closes_all_at_once_all_end() {
    let mut config = Config::default();
    config.limits.events = 16;
    let mut engine = DataChannels::new(config, SeededEntropy::entropy(1));
    engine.set_role(strata_core::Instant::EPOCH, Role::Client);
    let mut hand = Hand::connected(engine);
    // DATA_CHANNEL_OPEN without names.
    let open = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let streams: Vec<u16> = (1..100).step_by(2).collect();
    for (tsn, stream) in (0..).zip(&streams) {
        let chunk = Data {
            stream: StreamId::new(*stream),
            ppid: Ppid::DCEP,
            ..data(hand.next.plus(tsn), &open)
        };
        hand.give(&[Chunk::Data(chunk)]);
    }
    hand.take();
    let request = Request {
        number: hand.next.get(),
        last_tsn: hand.next.plus(49),
        streams,
    };
    hand.sack(hand.initial_tsn.plus(49), &[]);
    hand.reconfig(None, &[request]);
    let (_, asked) = reconfigs(&hand.take());
    assert_eq!(asked[0].streams.len(), 50);
    hand.reconfig(Some((asked[0].number, PERFORMED)), &[]);
    let closed = |event: &Event| matches!(event, Event::ChannelClosed { .. });
    assert_eq!(
        hand.events().iter().filter(|event| closed(event)).count(),
        50
    );
}
