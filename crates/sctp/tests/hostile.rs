//! Peers that lie, and what becomes of it.

#[path = "support/hand.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod hand;

use hand::{Hand, data};
use strata_core::Endpoint as _;
use strata_sctp::{
    Association, AssociationEvent, CloseReason, Config, Outgoing, Ppid, SendError, Ssn, StreamId,
    Tsn,
    wire::{Chunk, ChunkType, Data, Heartbeat, Init, Packet, Skipped, Unknown, write_forward_tsn},
};

fn victim(config: Config) -> Hand<Association> {
    Hand::association(config)
}

/// RFC 9260 §5.1.5: a cookie that is not ours is discarded.
#[test]
fn a_cookie_that_was_not_issued_connects_nobody() {
    let entropy = strata_sim::SeededEntropy::entropy(1);
    let mut victim = Hand::new(Association::new(Config::default(), entropy));
    let cookie = victim.init();
    let mut wrong = cookie.clone();
    wrong[15] ^= 1;
    for cookie in [&wrong[..], &cookie[..15], &[]] {
        victim.give(&[Chunk::CookieEcho(cookie)]);
    }
    assert_eq!(victim.engine.stats().dropped.invalid_cookie, 3);
    assert_eq!(victim.events(), []);
    victim.give(&[Chunk::CookieEcho(&cookie)]);
    assert_eq!(victim.events(), [AssociationEvent::Connected]);
}

#[test]
fn acknowledging_what_was_never_sent_is_a_violation() {
    let mut victim = victim(Config::default());
    victim.send(0, 2);
    victim.take();
    victim.sack(victim.initial_tsn.plus(2), &[]);
    victim.take();
    assert_eq!(victim.closed(), Some(CloseReason::ProtocolViolation));
}

#[test]
fn absurd_gap_blocks_are_counted_and_acknowledge_nothing() {
    let mut victim = victim(Config::default());
    victim.send(0, 4);
    victim.take();
    let before = victim.initial_tsn.previous();
    victim.sack(before, &[(5, 2), (2, 60_000), (0, 0), (65_535, 65_535)]);
    assert_eq!(victim.engine.stats().dropped.invalid_gap, 4);
    assert_eq!(victim.closed(), None);
    victim.sack(before, &[(2, 2), (2, 4), (2, 3), (4, 4), (3, 3)]);
    victim.sack(victim.initial_tsn.plus(3), &[]);
    assert_eq!(victim.engine.send_buffer_bytes(), 0);
    victim.sack(before, &[]);
    assert_eq!(victim.engine.stats().dropped.stale_sack, 1);
}

/// RFC 9260 §6.8, §8.5: a packet with another checksum or tag is discarded.
#[test]
fn tags_and_checksums_are_checked() {
    let mut victim = victim(Config::default());
    let mut body = Vec::new();
    Chunk::Data(data(victim.next, b"x"))
        .write(&mut body)
        .unwrap();
    victim.give_raw(victim.tag ^ 1, &body);
    victim.give_raw(0, &body);
    assert_eq!(victim.engine.stats().dropped.verification_tag, 2);
    victim.engine.handle_input(victim.now, &mut [0; 40]);
    victim.engine.handle_input(victim.now, &mut []);
    assert_eq!(victim.engine.stats().dropped.checksum, 2);
    // An ABORT by somebody who knows neither tag.
    victim.give_raw(5, b"\x06\x00\x00\x04");
    assert_eq!(victim.closed(), None);
    assert_eq!(victim.engine.poll_event(), None);
}

/// RFC 3758 §3.6: a FORWARD-TSN moves the cumulative TSN, however far.
#[test]
fn huge_jumps_are_dropped() {
    let mut victim = victim(Config::default());
    for ahead in [70_000, 1 << 20, i32::MAX.cast_unsigned() - 10] {
        victim.give(&[Chunk::Data(data(victim.next.plus(ahead), b"x"))]);
    }
    assert_eq!(victim.engine.stats().dropped.tsn_out_of_range, 3);
    // A FORWARD-TSN may jump; everything skipped counts as arrived.
    let mut body = Vec::new();
    let skipped = Skipped {
        stream: StreamId::new(9),
        ssn: Ssn::new(40_000),
    };
    let target = victim.next.plus(1 << 30);
    write_forward_tsn(&mut body, target, [skipped].into_iter()).unwrap();
    victim.give_raw(victim.tag, &body);
    victim.give(&[Chunk::Data(data(target.next(), b"after"))]);
    let Some(AssociationEvent::Message(message)) = victim.engine.poll_event() else {
        panic!("no message");
    };
    assert_eq!(&message.data[..], b"after");
}

#[test]
fn a_flood_of_fragments_stays_within_the_buffer() {
    let mut config = Config::default();
    config.limits.receive_buffer = 100_000;
    config.max_message_size = 50_000;
    let mut victim = victim(config);
    let start = victim.next;
    // Fragments of messages that never begin, and never the first TSN.
    for ahead in 1..3000 {
        let chunk = Data {
            beginning: false,
            ending: ahead % 7 == 0,
            ..data(start.plus(ahead), &[1; 500])
        };
        victim.give(&[Chunk::Data(chunk)]);
    }
    assert!(victim.engine.stats().dropped.receive_buffer_full > 2000);
    // What fills the gap is accepted still, and the orphans go.
    victim.give(&[Chunk::Data(data(start, b"x"))]);
    assert!(matches!(
        victim.engine.poll_event(),
        Some(AssociationEvent::Message(_))
    ));
    assert_eq!(victim.closed(), None);
}

#[test]
fn messages_that_wait_for_a_number_that_never_comes_are_limited() {
    let mut config = Config::default();
    config.limits.receive_buffer = 100_000;
    let mut victim = victim(config);
    for ahead in 0..3000_u32 {
        let ssn = Ssn::new(u16::try_from(ahead + 1).unwrap());
        let chunk = Data {
            ssn,
            ..data(victim.next.plus(ahead), &[1; 500])
        };
        victim.give(&[Chunk::Data(chunk)]);
    }
    assert!(victim.engine.stats().dropped.receive_buffer_full > 2000);
    assert_eq!(victim.engine.poll_event(), None);
}

#[test]
fn messages_left_lying_close_the_window() {
    let mut config = Config::default();
    config.limits.receive_buffer = 100_000;
    let mut victim = victim(config);
    for ahead in 0..300_u32 {
        let ssn = Ssn::new(u16::try_from(ahead).unwrap());
        let chunk = Data {
            ssn,
            ..data(victim.next.plus(ahead), &[1; 1000])
        };
        victim.give(&[Chunk::Data(chunk)]);
    }
    let window = |packets: Vec<Vec<u8>>| {
        let packet = packets.last().unwrap().clone();
        let chunk = Packet::parse(&packet)
            .unwrap()
            .chunks()
            .next()
            .unwrap()
            .unwrap();
        let Chunk::Sack(sack) = chunk else {
            panic!("no SACK")
        };
        sack.a_rwnd
    };
    assert_eq!(window(victim.take()), 0);
    assert!(victim.engine.stats().dropped.receive_buffer_full > 150);
    let taken = std::iter::from_fn(|| victim.engine.poll_event()).count();
    assert_eq!(taken, 94);
    // The window opens again, and the peer is told without having asked.
    let due = victim.engine.poll_timeout().unwrap();
    assert!(due - victim.now <= std::time::Duration::from_millis(1));
    victim.now = due;
    victim.engine.handle_timeout(due);
    assert_eq!(window(victim.take()), 100_000);
}

#[test]
fn a_message_beyond_what_was_announced_is_a_violation() {
    let mut config = Config::default();
    config.max_message_size = 2000;
    let mut victim = victim(config);
    for ahead in 0..3 {
        let chunk = Data {
            beginning: ahead == 0,
            ending: false,
            ..data(victim.next.plus(ahead), &[1; 900])
        };
        victim.give(&[Chunk::Data(chunk)]);
    }
    victim.take();
    assert_eq!(victim.closed(), Some(CloseReason::ProtocolViolation));
}

/// RFC 9260 §6.2, §3.3.10.9: DATA without data is answered with an ABORT.
#[test]
fn data_without_bytes_is_a_violation() {
    let mut victim = victim(Config::default());
    victim.give(&[Chunk::Data(data(victim.next, b""))]);
    let packets = victim.take();
    let packet = Packet::parse(&packets[0]).unwrap();
    assert!(matches!(packet.chunks().next(), Some(Ok(Chunk::Abort(_)))));
    assert_eq!(victim.closed(), Some(CloseReason::ProtocolViolation));
}

/// RFC 9260 §6.5: DATA on a stream that is not there is acknowledged, and answered with an ERROR.
#[test]
fn streams_out_of_range_are_reported_and_acknowledged() {
    let mut victim = victim(Config::default());
    let chunk = Data {
        stream: StreamId::new(65_535),
        ..data(victim.next, b"x")
    };
    victim.give(&[Chunk::Data(chunk)]);
    victim.give(&[Chunk::Data(data(victim.next.next(), b"y"))]);
    let packets = victim.take();
    let packet = Packet::parse(&packets[0]).unwrap();
    let chunks: Vec<_> = packet.chunks().map(Result::unwrap).collect();
    assert!(chunks.iter().any(|chunk| matches!(chunk, Chunk::Error(_))));
    let acked = |chunk: &Chunk<'_>| matches!(chunk, Chunk::Sack(sack) if sack.cumulative == victim.next.next());
    assert!(chunks.iter().any(acked));
    assert_eq!(victim.engine.stats().dropped.invalid_stream, 1);
}

/// RFC 9260 §3.2, table 2: the two highest bits of the type.
#[test]
fn unknown_chunks_are_treated_as_their_type_says() {
    for (kind, goes_on, reported) in [
        (0x20, false, false),
        (0x60, false, true),
        (0xa0, true, false),
        (0xe0, true, true),
    ] {
        let mut victim = victim(Config::default());
        let unknown = Unknown {
            kind: ChunkType(kind),
            flags: 0,
            value: b"?",
        };
        let message = data(victim.next, b"x");
        victim.give(&[Chunk::Unknown(unknown), Chunk::Data(message)]);
        assert_eq!(victim.engine.poll_event().is_some(), goes_on, "{kind:#x}");
        let error = victim.take().iter().any(|packet| {
            let chunks = Packet::parse(packet).unwrap().chunks();
            chunks
                .into_iter()
                .any(|chunk| matches!(chunk, Ok(Chunk::Error(_))))
        });
        assert_eq!(error, reported, "{kind:#x}");
    }
}

/// RFC 9260 §3.3.10.6, §3.3.3.1.2: what is not known comes back "complete with" its type, length and value; its
/// padding is neither.
#[test]
fn what_is_reported_has_the_length_that_it_came_with() {
    let mut victim = victim(Config::default());
    let unknown = Unknown {
        kind: ChunkType(0xc5),
        flags: 9,
        value: b"?",
    };
    victim.give(&[Chunk::Unknown(unknown)]);
    let packets = victim.take();
    let [Chunk::Error(error)] = hand::chunks(&packets[0])[..] else {
        panic!("one ERROR");
    };
    let cause = error.causes().next().unwrap().unwrap();
    assert_eq!(cause.value, b"\xc5\x09\x00\x05?");

    let entropy = strata_sim::SeededEntropy::entropy(1);
    let mut victim = Hand::new(Association::new(Config::default(), entropy));
    let init = Init {
        raw_parameters: b"\xc1\x23\x00\x05?\0\0\0\xc0\x00\x00\x04",
        ..hand::init(victim.next)
    };
    victim.give(&[Chunk::Init(init)]);
    let packets = victim.take();
    let [Chunk::InitAck(ack)] = hand::chunks(&packets[0])[..] else {
        panic!("one INIT ACK");
    };
    let reported = ack.find(strata_sctp::wire::ParameterType::UNRECOGNIZED);
    assert_eq!(reported, Some(&b"\xc1\x23\x00\x05?"[..]));
}

#[test]
fn answers_that_nobody_takes_are_limited() {
    let mut victim = victim(Config::default());
    let heartbeat = Chunk::Heartbeat(Heartbeat { info: b"12345678" });
    for _ in 0..100 {
        victim.give(&[heartbeat]);
    }
    assert_eq!(victim.engine.stats().dropped.replies, 68);
    let packets = victim.take();
    let answers: usize = packets
        .iter()
        .map(|packet| hand::chunks(packet).len())
        .sum();
    assert_eq!(answers, 32);
    victim.give(&[heartbeat]);
    assert_eq!(victim.take().len(), 1, "and then there is room");
}

#[test]
fn events_that_nobody_takes_are_limited() {
    let mut config = Config::default();
    config.limits.events = 16;
    let mut victim = victim(config);
    let request = hand::Request {
        number: victim.next.get(),
        last_tsn: victim.next.previous(),
        streams: (0..100).collect(),
    };
    victim.reconfig(None, &[request]);
    assert_eq!(victim.engine.stats().events_dropped, 84);
    assert_eq!(victim.events().len(), 16);
}

/// RFC 9260 §5.1.1: each side uses no more streams than the other accepts, nor than it asked for.
#[test]
fn streams_that_the_peer_does_not_accept_are_not_used() {
    for (ours, theirs, expected) in [(100, 10, 10), (10, 100, 10)] {
        let mut config = Config::default();
        config.streams = ours;
        let entropy = strata_sim::SeededEntropy::entropy(1);
        let mut victim = Hand::new(Association::new(config, entropy));
        assert_eq!(victim.engine.outgoing_streams(), ours);
        let mut init = hand::init(victim.next);
        init.inbound_streams = theirs;
        let cookie = victim.init_with(init);
        victim.give(&[Chunk::CookieEcho(&cookie)]);
        assert_eq!(victim.engine.outgoing_streams(), expected);
        victim.send(expected - 1, 1);
        let message = Outgoing::reliable(Ppid::BINARY, vec![1].into());
        let refused = victim
            .engine
            .send(victim.now, StreamId::new(expected), message);
        assert_eq!(refused, Err(SendError::UnknownStream));
    }
}

/// RFC 9260 §5.2.2: an INIT alone changes nothing.
#[test]
fn a_restart_closes() {
    let mut victim = victim(Config::default());
    let init = Chunk::Init(Init {
        initiate_tag: 99,
        a_rwnd: 1 << 20,
        outbound_streams: 1,
        inbound_streams: 1,
        initial_tsn: Tsn::new(5),
        raw_parameters: &[],
    });
    let mut body = Vec::new();
    init.write(&mut body).unwrap();
    victim.give_raw(0, &body);
    // An INIT alone changes nothing.
    assert_eq!(victim.closed(), None);
    let answer = victim.take().remove(0);
    let chunk = Packet::parse(&answer)
        .unwrap()
        .chunks()
        .next()
        .unwrap()
        .unwrap();
    let Chunk::InitAck(ack) = chunk else {
        panic!("no INIT ACK")
    };
    let cookie = ack
        .find(strata_sctp::wire::ParameterType::STATE_COOKIE)
        .unwrap();
    victim.give(&[Chunk::CookieEcho(cookie)]);
    assert_eq!(victim.closed(), Some(CloseReason::Restarted));
}

#[test]
fn a_long_answer_goes_alone() {
    let mut victim = victim(Config::default());
    let first = victim.next;
    let info = [3; 900];
    let heartbeat = Chunk::Heartbeat(Heartbeat { info: &info });
    victim.give(&[Chunk::Data(data(first, b"one")), heartbeat]);
    victim.give(&[Chunk::Data(data(first.next(), b"two")), heartbeat]);
    let sizes: Vec<_> = victim.take().iter().map(Vec::len).collect();
    // Header, SACK and answer; header and answer.
    assert_eq!(sizes, [12 + 16 + 908, 12 + 908]);

    // One that is longer than our packets is answered all the same, with nothing before it.
    let info = [3; 1200];
    victim.give(&[
        Chunk::Data(data(first.plus(2), b"three")),
        Chunk::Heartbeat(Heartbeat { info: &info }),
    ]);
    victim.give(&[Chunk::Data(data(first.plus(3), b"four"))]);
    let sizes: Vec<_> = victim.take().iter().map(Vec::len).collect();
    assert_eq!(sizes, [12 + 16, 12 + 1208]);
}
