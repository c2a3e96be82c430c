//! Timers to the millisecond, and what proves who the peer is, by hand.

#[path = "support/hand.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod hand;

use std::time::Duration;

use hand::{Hand, OUR_TAG, Packets, bytes, chunks, data, sent_at};
use strata_core::{Endpoint as _, Instant};
use strata_sctp::{
    Association, AssociationEvent, CloseReason, Config, Ssn, StreamId, Tsn,
    wire::{
        Abort, Cause, CauseCode, Chunk, Data, ErrorChunk, Heartbeat, ShutdownComplete, write_sack,
    },
};
use strata_sim::SeededEntropy;

fn association() -> Hand<Association> {
    Hand::association(Config::default())
}

fn new() -> Hand<Association> {
    let entropy = SeededEntropy::entropy(1);
    Hand::new(Association::new(Config::default(), entropy))
}

/// When a chunk of a kind went out, in milliseconds.
fn millis(packets: &Packets, since: Instant, is_it: fn(&Chunk<'_>) -> bool) -> Vec<u128> {
    let with = packets
        .iter()
        .filter(|(_, packet)| chunks(packet).iter().any(is_it));
    with.map(|(at, _)| (*at - since).as_millis()).collect()
}

fn say(hand: &mut Hand<Association>, number: u16) {
    let chunk = Data {
        ssn: Ssn::new(number),
        ..data(hand.next.plus(number.into()), b"x")
    };
    hand.give(&[Chunk::Data(chunk)]);
}

/// RFC 9260 §6.2: a SACK "for at least every second packet", and "within 200 ms".
#[test]
fn a_sack_waits_for_the_second_packet_and_at_most_200_ms() {
    let mut hand = association();
    let begin = hand.now;
    let sacks = |packets: &Packets| millis(packets, begin, |chunk| matches!(chunk, Chunk::Sack(_)));
    say(&mut hand, 0);
    let packets = hand.wait(Duration::from_secs(1));
    assert_eq!(sacks(&packets), [200]);
    say(&mut hand, 1);
    let packets = hand.wait(Duration::from_millis(100));
    assert_eq!(packets.len(), 0);
    say(&mut hand, 2);
    let packets = hand.wait(Duration::from_secs(1));
    assert_eq!(sacks(&packets), [1100]);
    // §6.2: "an endpoint SHOULD send a SACK for every packet" while something is missing, and at once for what
    // it has already.
    say(&mut hand, 4);
    assert_eq!(sacks(&hand.wait(Duration::ZERO)), [2100]);
    say(&mut hand, 3);
    assert_eq!(sacks(&hand.wait(Duration::ZERO)), [2100]);
    say(&mut hand, 3);
    assert_eq!(sacks(&hand.wait(Duration::ZERO)), [2100]);
}

/// RFC 9260 §6.3.3, §8.1: the RTO doubles up to `RTO.Max`, and the eleventh timeout in a row ends the
/// association.
#[test]
fn the_association_ends_after_ten_retransmissions() {
    let mut hand = association();
    let begin = hand.now;
    hand.send(0, 1);
    let packets = hand.wait(Duration::from_millis(303_499));
    let first = hand.initial_tsn;
    let times: Vec<_> = sent_at(&packets, first)
        .iter()
        .map(|at| (*at - begin).as_millis())
        .collect();
    // 0.5 s, then twice as much each time, and never more than a minute.
    let expected = [
        0, 500, 1500, 3500, 7500, 15_500, 31_500, 63_500, 123_500, 183_500, 243_500,
    ];
    assert_eq!(times, expected);
    assert_eq!(hand.closed(), None);
    assert_eq!(
        hand.engine.poll_timeout(),
        Some(begin + Duration::from_millis(303_500))
    );
    hand.wait(Duration::from_millis(1));
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

/// RFC 9260 §6.3.2 R3: T3 starts again when the earliest outstanding chunk is acknowledged, not with every SACK.
#[test]
fn a_sack_with_nothing_new_does_not_put_off_the_timeout() {
    let mut hand = association();
    let begin = hand.now;
    hand.send(0, 1);
    hand.wait(Duration::from_millis(400));
    hand.sack(hand.initial_tsn.previous(), &[]);
    let packets = hand.wait(Duration::from_secs(1));
    let timeout = begin + Duration::from_millis(500);
    assert_eq!(sent_at(&packets, hand.initial_tsn), [timeout]);
}

/// RFC 9260 §6.1 A: a peer that answers with a closed window is alive, for however long.
#[test]
fn a_peer_that_has_no_room_is_not_given_up() {
    let mut hand = association();
    hand.send(0, 1);
    let before = hand.initial_tsn.previous();
    for _ in 0..30 {
        hand.wait(Duration::from_mins(2));
        let mut body = Vec::new();
        let (gaps, duplicates) = (std::iter::empty(), std::iter::empty());
        write_sack(&mut body, before, 0, gaps, duplicates).unwrap();
        hand.give_raw(hand.tag, &body);
        assert_eq!(hand.closed(), None);
    }
    hand.sack(hand.initial_tsn, &[]);
    assert_eq!(hand.engine.send_buffer_bytes(), 0);
    // One that is silent is.
    hand.send(0, 1);
    hand.wait(Duration::from_mins(20));
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

/// RFC 9260 §8.1: what is acknowledged clears the counter.
#[test]
fn an_acknowledgement_starts_the_count_again() {
    let mut hand = association();
    for round in 0..3 {
        hand.send(0, 1);
        hand.wait(Duration::from_mins(4));
        assert_eq!(hand.closed(), None, "{round}");
        hand.sack(hand.initial_tsn.plus(round), &[]);
    }
    hand.send(0, 1);
    hand.wait(Duration::from_mins(20));
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

/// RFC 9260 §7.2.3: "cwnd = PMDCS" after a timeout. §6.1 B: as long as less is in flight, one more may go.
#[test]
fn a_timeout_leaves_a_window_of_one_packet() {
    let mut hand = association();
    hand.send(0, 10);
    assert_eq!(hand.take().len(), 10);
    let packets = hand.wait(Duration::from_millis(500));
    assert_eq!(packets.len(), 2);
    let packet = Config::default().max_packet_size;
    assert_eq!(hand.engine.congestion_window(), packet);
}

/// RFC 9260 §6.2.1: a peer may discard what it has acknowledged in a gap block only, and says so by leaving the
/// block out. It gets it again when T3 runs out.
#[test]
fn what_a_peer_has_reneged_on_goes_again() {
    let mut hand = association();
    hand.send(0, 4);
    hand.take();
    let before = hand.initial_tsn.previous();
    let tsn = |number: u32| hand.initial_tsn.plus(number);
    let all = [tsn(0), tsn(1), tsn(2), tsn(3)];
    hand.sack(before, &[(2, 4)]);
    hand.sack(all[0], &[]);
    // Nothing is known to be in flight now. The window of one packet lets two go at a time.
    let packets = hand.wait(Duration::from_millis(400));
    let again = all.map(|tsn| sent_at(&packets, tsn).len());
    assert_eq!(again, [0, 1, 1, 0]);
    hand.sack(all[2], &[]);
    let packets = hand.wait(Duration::ZERO);
    let again = all.map(|tsn| sent_at(&packets, tsn).len());
    assert_eq!(again, [0, 0, 0, 1]);
    hand.sack(all[3], &[]);
    assert_eq!(hand.engine.send_buffer_bytes(), 0);
    assert_eq!(hand.closed(), None);
}

/// RFC 9260 §8.3: an answer to a HEARTBEAT counts if it carries what was sent.
#[test]
fn a_heartbeat_ack_has_to_carry_the_nonce() {
    for (flip, counts) in [(0, true), (1, false), (0x80, false)] {
        let mut hand = association();
        let due = hand.engine.poll_timeout().unwrap();
        let packets = hand.wait(due - hand.now);
        hand.now += Duration::from_millis(20);
        let [Chunk::Heartbeat(heartbeat)] = chunks(&packets[0].1)[..] else {
            panic!("one HEARTBEAT");
        };
        let mut info = heartbeat.info.to_vec();
        info[7] ^= flip;
        hand.give(&[Chunk::HeartbeatAck(Heartbeat { info: &info })]);
        let dropped = hand.engine.stats().dropped.unexpected;
        assert_eq!(dropped, u64::from(!counts));
        let measured = hand.engine.round_trip_time();
        assert_eq!(measured, counts.then_some(Duration::from_millis(20)));
        // The same once more is an answer to nothing.
        hand.give(&[Chunk::HeartbeatAck(Heartbeat { info: &info })]);
        assert_eq!(hand.engine.stats().dropped.unexpected, dropped + 1);
    }
}

/// RFC 9260 §8.3: an unanswered HEARTBEAT is an error; so many of them end the association.
#[test]
fn wrong_nonces_keep_no_association_alive() {
    let mut hand = association();
    let end = hand.now + Duration::from_mins(19);
    while hand.now < end {
        hand.wait(Duration::from_secs(1));
        let info = &[7; 8];
        hand.give(&[Chunk::HeartbeatAck(Heartbeat { info })]);
    }
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

/// RFC 9260 §8.5.1: the T bit says that the tag is the receiver's peer's, and then it has to be.
#[test]
fn an_abort_needs_the_tag_that_its_t_bit_says() {
    let abort = |reflected| {
        Chunk::Abort(Abort {
            reflected,
            raw_causes: &[],
        })
    };
    let complete = |reflected| Chunk::ShutdownComplete(ShutdownComplete { reflected });
    let mut hand = association();
    let own = hand.tag;
    let rows = [
        (false, own, true),
        (false, OUR_TAG, false),
        (false, 0, false),
        (true, OUR_TAG, true),
        (true, own, false),
        (true, 0, false),
        (true, 12_345, false),
    ];
    for (reflected, tag, accepted) in rows {
        hand = association();
        hand.give_raw(tag, &bytes(&[abort(reflected)]));
        let reason = CloseReason::AbortedByPeer(None);
        assert_eq!(
            hand.closed(),
            accepted.then_some(reason),
            "{reflected} {tag}"
        );
        let dropped = hand.engine.stats().dropped.verification_tag;
        assert_eq!(dropped, u64::from(!accepted), "{reflected} {tag}");

        // SHUTDOWN COMPLETE, to one that waits for it.
        hand = association();
        hand.give(&[Chunk::Shutdown(hand.initial_tsn.previous())]);
        hand.take();
        hand.give_raw(tag, &bytes(&[complete(reflected)]));
        let reason = CloseReason::Shutdown;
        assert_eq!(
            hand.closed(),
            accepted.then_some(reason),
            "{reflected} {tag}"
        );
        let dropped = hand.engine.stats().dropped.verification_tag;
        assert_eq!(dropped, u64::from(!accepted), "{reflected} {tag}");
    }
}

/// RFC 9260 §8.5.1 A: a packet with an INIT has tag 0; §3: it is alone.
#[test]
fn an_init_needs_tag_0_and_a_packet_of_its_own() {
    let info = &[1; 8];
    let heartbeat = Chunk::Heartbeat(Heartbeat { info });
    for established in [false, true] {
        let make = || if established { association() } else { new() };
        let init = Chunk::Init(hand::init(Tsn::new(5)));
        let tag = make().tag;
        let rows = [
            (0, vec![init], true),
            (tag ^ 1, vec![init], false),
            (OUR_TAG, vec![init], false),
            (tag ^ 1, vec![heartbeat, init], false),
            (0, vec![heartbeat, init], false),
        ];
        for (tag, packet, accepted) in rows {
            let mut hand = make();
            hand.give_raw(tag, &bytes(&packet));
            let answered = hand.take().iter().any(|packet| {
                let is_ack = |chunk: &Chunk<'_>| matches!(chunk, Chunk::InitAck(_));
                chunks(packet).iter().any(is_ack)
            });
            assert_eq!(answered, accepted, "{tag} {packet:?}");
            let dropped = hand.engine.stats().dropped.verification_tag;
            assert_eq!(dropped, u64::from(!accepted), "{tag} {packet:?}");
        }
        if established {
            // With the right tag, behind a chunk that is fine.
            let mut hand = make();
            hand.give(&[heartbeat, init]);
            hand.give(&[init]);
            let packets = hand.take();
            let [Chunk::HeartbeatAck(_)] = chunks(&packets[0])[..] else {
                panic!("{packets:?}");
            };
            assert_eq!(packets.len(), 1);
            assert_eq!(hand.engine.stats().dropped.verification_tag, 2);
        }
    }
}

/// RFC 9260 §9.2, T5-shutdown-guard: a peer that goes on answering and never comes to the end is left after
/// five times `RTO.Max`.
#[test]
fn a_shutdown_without_end_is_given_up_after_five_minutes() {
    type Step = fn(&mut Hand<Association>);
    // It answers SHUTDOWN with DATA, for ever.
    let ours: Step = |hand| {
        let number = u16::try_from((hand.now - Instant::EPOCH).as_secs()).unwrap();
        let chunk = Data {
            unordered: true,
            ..data(hand.next.plus(number.into()), b"x")
        };
        hand.give(&[Chunk::Data(chunk)]);
    };
    // It shuts down, and never has room for what it is owed.
    let theirs: Step = |hand| {
        let mut body = Vec::new();
        let before = hand.initial_tsn.previous();
        let (gaps, duplicates) = (std::iter::empty(), std::iter::empty());
        write_sack(&mut body, before, 0, gaps, duplicates).unwrap();
        hand.give_raw(hand.tag, &body);
    };
    for (by_us, step) in [(true, ours), (false, theirs)] {
        let mut hand = association();
        let begin = hand.now;
        if by_us {
            hand.engine.shutdown(hand.now);
        } else {
            hand.send(0, 1);
            hand.take();
            hand.give(&[Chunk::Shutdown(hand.initial_tsn.previous())]);
        }
        let mut last = Vec::new();
        while hand.now < begin + Duration::from_mins(5) {
            assert_eq!(hand.closed(), None, "{by_us} {:?}", hand.now - begin);
            step(&mut hand);
            last = hand.wait(Duration::from_secs(1));
        }
        let aborted = |chunk: &Chunk<'_>| matches!(chunk, Chunk::Abort(_));
        assert_eq!(millis(&last, begin, aborted), [300_000], "{by_us}");
        assert_eq!(hand.closed(), Some(CloseReason::Timeout), "{by_us}");
    }
}

/// RFC 9260 §5.2.6: one that calls every cookie stale is not asked for ever.
#[test]
fn a_peer_whose_cookies_are_always_stale_is_given_up() {
    let mut hand = new();
    hand.engine.connect(hand.now);
    let mut cause = Vec::new();
    let (code, value) = (CauseCode::STALE_COOKIE, &[0; 4][..]);
    Cause { code, value }.write(&mut cause).unwrap();
    let cookie = [0, 7, 0, 8, 1, 2, 3, 4];
    let mut asked = 0;
    let end = loop {
        let packets = hand.take();
        let Some(packet) = packets.first() else {
            break hand.closed();
        };
        match chunks(packet)[..] {
            [Chunk::Init(init)] => {
                asked += 1;
                assert!(asked < 20, "it never ends");
                hand.tag = init.initiate_tag;
                let mut ack = hand::init(hand.next);
                ack.raw_parameters = &cookie;
                hand.give(&[Chunk::InitAck(ack)]);
            }
            [Chunk::CookieEcho(_)] => {
                let raw_causes = &cause;
                hand.give(&[Chunk::Error(ErrorChunk { raw_causes })]);
            }
            ref other => panic!("{other:?}"),
        }
    };
    assert_eq!(end, Some(CloseReason::ConnectTimeout));
    // The first, and as many as `Max.Init.Retransmits` says.
    assert_eq!(asked, 9);
    assert_eq!(hand.engine.poll_timeout(), None);
}

/// Only an established peer shuts down, so its COOKIE ACK was lost.
#[test]
fn a_shutdown_before_the_cookie_ack_is_answered() {
    let mut hand = new();
    hand.engine.connect(hand.now);
    let packets = hand.take();
    let [Chunk::Init(init)] = chunks(&packets[0])[..] else {
        panic!("one INIT");
    };
    hand.tag = init.initiate_tag;
    let before = init.initial_tsn.previous();
    let mut ack = hand::init(hand.next);
    ack.raw_parameters = &[0, 7, 0, 8, 1, 2, 3, 4];
    hand.give(&[Chunk::InitAck(ack)]);
    hand.take();
    hand.give(&[Chunk::Shutdown(before)]);
    let packets = hand.take();
    let [Chunk::ShutdownAck] = chunks(&packets[0])[..] else {
        panic!("{packets:?}");
    };
    assert_eq!(hand.events(), [AssociationEvent::Connected]);
}

/// What is told in one drain is told in the order in which it came to be.
#[test]
fn the_association_is_connected_before_its_buffer_is_low() {
    let mut hand = new();
    hand.send(3, 1);
    let cookie = hand.init();
    hand.give(&[Chunk::CookieEcho(&cookie)]);
    hand.take();
    let stream = StreamId::new(3);
    let low = AssociationEvent::BufferedAmountLow { stream };
    assert_eq!(hand.events(), [AssociationEvent::Connected, low]);
}
