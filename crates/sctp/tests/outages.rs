//! Times without a path, and a machine that sleeps through a deadline.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod channels;
#[path = "support/hand.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod hand;

use std::time::Duration;

use channels::{Channels, connected, connecting, count, link, messages};
use hand::{Hand, OUR_TAG, bytes, chunks, sent_at};
use strata_core::{Endpoint as _, Instant};
use strata_sctp::{
    Association, AssociationEvent, ChannelConfig, ChannelId, CloseReason, Config, DataChannels,
    Event, MessageKind, Reliability,
    wire::{Abort, Chunk},
};
use strata_sim::SeededEntropy;

const OUTAGE: Duration = Duration::from_secs(600);

fn association() -> Hand<Association> {
    Hand::association(Config::default())
}

fn is_heartbeat(packet: &[u8]) -> bool {
    let is_one = |chunk: &Chunk<'_>| matches!(chunk, Chunk::Heartbeat(_));
    chunks(packet).iter().any(is_one)
}

/// The path is lost, as both sides are told after 20 s, for ten minutes.
fn out(pair: &mut Channels) {
    pair.cut();
    pair.run_for(Duration::from_secs(20)).unwrap();
    let now = pair.now();
    pair.a.suspend(now);
    pair.b.suspend(now);
    pair.run_for(OUTAGE).unwrap();
    pair.restore();
    let now = pair.now();
    pair.a.resume(now);
    pair.b.resume(now);
}

fn send(pair: &mut Channels, id: ChannelId, number: u8) {
    let now = pair.now();
    let mut channel = pair.a.channel(id).unwrap();
    channel
        .send(now, MessageKind::Binary, vec![number; 5000])
        .unwrap();
}

/// The first bytes of the messages that came, all of which are whole.
fn numbers(events: &[(Instant, Event)]) -> Vec<u8> {
    let whole = |(_, data): (_, Vec<u8>)| {
        assert_eq!(data, vec![data[0]; 5000]);
        data[0]
    };
    messages(events).into_iter().map(whole).collect()
}

#[test]
fn ten_minutes_without_a_path_lose_nothing() {
    for seed in 0..20 {
        let channel = ChannelConfig::new("x");
        let (mut pair, a, _) = connected(link(), seed, &Config::default(), channel);
        for number in 0..20 {
            send(&mut pair, a, number);
        }
        // In the middle of it.
        pair.run_for(Duration::from_millis(seed * 5)).unwrap();
        out(&mut pair);
        send(&mut pair, a, 20);
        let came = pair.run_until(|pair| count(&pair.b_events) == 21).unwrap();
        // Three round trips, for each begins with ten packets.
        assert!(came <= Duration::from_millis(200), "{came:?}");
        assert_eq!(numbers(&pair.b_events), (0..21).collect::<Vec<_>>());
        pair.run_for(Duration::from_mins(5)).unwrap();
        assert!(pair.a.is_connected() && pair.b.is_connected());
    }
}

/// RFC 9260 §8.1: a timeout is one that a path there is has caused.
#[test]
fn nothing_is_sent_or_counted_without_a_path() {
    let mut hand = association();
    hand.send(0, 3);
    hand.take();
    // 0.5 s, 1.5 s, 3.5 s.
    hand.wait(Duration::from_secs(5));
    assert_eq!(hand.engine.stats().timeouts, 3);
    hand.engine.suspend(hand.now);
    assert_eq!(hand.engine.poll_timeout(), None);
    // A second one changes nothing.
    hand.now += OUTAGE;
    hand.engine.suspend(hand.now);
    hand.engine.handle_timeout(hand.now);
    hand.send(0, 1);
    assert_eq!(hand.take(), Vec::<Vec<u8>>::new());
    assert_eq!(hand.engine.stats().timeouts, 3);
    let begin = hand.now;
    hand.engine.resume(hand.now);
    let packets = hand.wait(Duration::from_secs(5));
    // All at once, and the backed-off timeout is forgotten: 0.5 s, 1.5 s, 3.5 s.
    for chunk in 0..4 {
        let times = sent_at(&packets, hand.initial_tsn.plus(chunk));
        assert_eq!(times[0], begin, "{chunk}");
    }
    assert_eq!(hand.engine.stats().timeouts, 6);
    // Three were counted before: eight more end it.
    hand.wait(Duration::from_mins(10));
    assert_eq!(hand.engine.stats().timeouts, 11);
    assert_eq!(hand.closed(), Some(CloseReason::Timeout));
}

#[test]
fn an_idle_association_outlives_any_outage() {
    let mut hand = association();
    let packets = hand.wait(Duration::from_secs(32));
    assert!(packets.iter().any(|(_, packet)| is_heartbeat(packet)));
    // It is not answered.
    hand.engine.suspend(hand.now);
    hand.now += Duration::from_hours(24);
    hand.engine.resume(hand.now);
    let packets = hand.wait(Duration::from_secs(32));
    assert!(packets.iter().any(|(_, packet)| is_heartbeat(packet)));
    assert_eq!(hand.closed(), None);
    assert_eq!(hand.engine.round_trip_time(), None);
}

#[test]
fn what_is_set_up_or_shut_down_waits_for_a_path() {
    for sent in 0..4 {
        let mut pair = connecting(link(), sent, &Config::default());
        pair.a_to_b.drop_indices(sent..10_000);
        pair.b_to_a.drop_indices(sent..10_000);
        out(&mut pair);
        pair.a_to_b.clear_filter();
        pair.b_to_a.clear_filter();
        pair.run_until(|pair| pair.a.is_connected() && pair.b.is_connected())
            .unwrap();
        let channel = ChannelConfig::new("x");
        let (mut pair, a, _) = connected(link(), sent, &Config::default(), channel);
        send(&mut pair, a, 1);
        let now = pair.now();
        pair.a.shutdown(now);
        pair.a_to_b.drop_indices(sent..10_000);
        out(&mut pair);
        pair.a_to_b.clear_filter();
        pair.run_until_idle().unwrap();
        for events in [&pair.a_events, &pair.b_events] {
            let last = &events.last().unwrap().1;
            let reason = CloseReason::Shutdown;
            assert_eq!(*last, Event::Closed { reason }, "{sent}");
        }
        assert_eq!(numbers(&pair.b_events), [1]);
    }
}

/// RFC 3758 §4.1: the time that a message is of use goes by with or without a path.
#[test]
fn lifetimes_go_on_and_retransmissions_are_not_used_up() {
    for (reliability, arrive) in [
        (Reliability::MaxLifetime(Duration::from_secs(60)), false),
        (Reliability::MaxLifetime(Duration::from_hours(1)), true),
        (Reliability::MaxRetransmits(0), true),
    ] {
        let channel = ChannelConfig::new("x").with_reliability(reliability);
        let (mut pair, a, _) = connected(link(), 1, &Config::default(), channel);
        let now = pair.now();
        pair.a.suspend(now);
        for number in 0..3 {
            send(&mut pair, a, number);
        }
        pair.run_for(OUTAGE).unwrap();
        let now = pair.now();
        pair.a.resume(now);
        send(&mut pair, a, 3);
        pair.run_for(Duration::from_secs(1)).unwrap();
        let expected: &[u8] = if arrive { &[0, 1, 2, 3] } else { &[3] };
        assert_eq!(numbers(&pair.b_events), expected, "{reliability:?}");
        let abandoned = pair.a.stats().abandoned_messages;
        assert_eq!(abandoned, 4 - expected.len() as u64, "{reliability:?}");
    }
}

/// What was acknowledged before, though the SACK was lost, measures no round trip of ten minutes.
#[test]
fn an_outage_is_no_round_trip() {
    let channel = ChannelConfig::new("x");
    let (mut pair, a, _) = connected(link(), 1, &Config::default(), channel);
    for number in 0..10 {
        send(&mut pair, a, number);
        pair.run_for(Duration::from_millis(100)).unwrap();
    }
    pair.b_to_a.cut();
    send(&mut pair, a, 10);
    pair.run_for(Duration::from_millis(40)).unwrap();
    out(&mut pair);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let measured = pair.a.association().round_trip_time().unwrap();
    assert!(measured < Duration::from_millis(60), "{measured:?}");
    // The next loss is noticed as soon as any.
    pair.b_events.clear();
    pair.a_to_b.drop_next(5);
    send(&mut pair, a, 11);
    let came = pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
    assert!(came < Duration::from_millis(500), "{came:?}");
}

/// A path that has lost nothing has delivered, or will; of another one it is not known what it can carry.
#[test]
fn on_another_path_only_what_is_lost_is_sent_again() {
    for (lost, late, again) in [(false, false, 0), (true, false, 3), (false, true, 3)] {
        let mut hand = association();
        hand.send(0, 3);
        hand.take();
        // The first timeout comes after 500 ms.
        hand.now += Duration::from_millis(if late { 501 } else { 100 });
        if late {
            hand.engine.handle_timeout(hand.now);
            hand.take();
        }
        let before = hand.engine.stats().retransmissions;
        let begin = hand.now;
        hand.engine.path_changed(hand.now, lost);
        hand.take();
        let repeated = hand.engine.stats().retransmissions - before;
        assert_eq!(repeated, again, "{lost} {late}");
        assert_eq!(hand.engine.congestion_window(), 11_600);
        // Not after twice as long.
        let due = hand.engine.poll_timeout().unwrap();
        assert!(due <= begin + Duration::from_millis(500), "{lost} {late}");
        hand.sack(hand.initial_tsn.plus(2), &[]);
        hand.engine.path_changed(hand.now, true);
        assert_eq!(hand.take(), Vec::<Vec<u8>>::new());
    }
}

/// Half way through a window that a fast path had opened.
#[test]
fn a_transfer_goes_on_at_once_on_the_next_path() {
    let (mut pair, a, _) = connected(link(), 1, &Config::default(), ChannelConfig::new("x"));
    for number in 0..200 {
        send(&mut pair, a, number);
    }
    pair.run_for(Duration::from_millis(150)).unwrap();
    pair.a_to_b.lose_all();
    pair.b_to_a.lose_all();
    let now = pair.now();
    pair.a.path_changed(now, true);
    pair.b.path_changed(now, true);
    let came = pair.run_until(|pair| count(&pair.b_events) == 200).unwrap();
    // A million bytes by slow start from ten packets: seven round trips.
    assert!(came < Duration::from_millis(500), "{came:?}");
    assert_eq!(pair.a.stats().timeouts, 0);
}

#[test]
fn what_arrives_without_a_path_is_handled() {
    let channel = ChannelConfig::new("x");
    let (mut pair, a, _) = connected(link(), 1, &Config::default(), channel);
    let now = pair.now();
    pair.b.suspend(now);
    send(&mut pair, a, 1);
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(numbers(&pair.b_events), [1]);
    let received = pair.b.stats().received.packets;
    assert!(received > 5, "{received}");
    pair.b.resume(now);
    pair.run_for(Duration::from_secs(2)).unwrap();
    let received_after = pair.b.stats().received.packets;
    pair.run_for(Duration::from_secs(20)).unwrap();
    // It is acknowledged now.
    assert_eq!(pair.b.stats().received.packets, received_after);
}

/// The machine slept: the last timeout was due before the answer came.
#[test]
fn an_answer_after_the_last_deadline_comes_too_late() {
    for too_late in [false, true] {
        let mut hand = association();
        hand.send(0, 1);
        hand.wait(Duration::from_millis(303_499));
        let due = hand.engine.poll_timeout().unwrap();
        hand.now = if too_late {
            due + Duration::from_hours(1)
        } else {
            due - Duration::from_millis(1)
        };
        let tsn = hand.initial_tsn;
        hand.sack(tsn, &[]);
        let reason = too_late.then_some(CloseReason::Timeout);
        assert_eq!(hand.closed(), reason);
        let dropped = hand.engine.stats().dropped.closed;
        assert_eq!(dropped, u64::from(too_late));
    }
    let mut hand = Hand::new(Association::new(
        Config::default(),
        SeededEntropy::entropy(1),
    ));
    hand.engine.connect(hand.now);
    for timeout in 0..9 {
        hand.engine.handle_timeout(hand.now);
        assert_eq!(hand.take().len(), 1, "{timeout}");
        hand.now = hand.engine.poll_timeout().unwrap();
    }
    hand.give_raw(0, &bytes(&[Chunk::Init(hand::init(hand.next))]));
    assert_eq!(hand.closed(), Some(CloseReason::ConnectTimeout));
}

/// Whoever looks for events before datagrams gets the closing one when the last datagram is on its way.
#[test]
fn the_closing_event_waits_for_the_last_packet() {
    let mut hand = association();
    hand.engine.abort(hand.now);
    assert_eq!(hand.events(), []);
    let packets = hand.take();
    let last: Vec<_> = packets.iter().flat_map(|packet| chunks(packet)).collect();
    assert!(matches!(last[..], [Chunk::Abort(_)]), "{last:?}");
    assert_eq!(hand.closed(), Some(CloseReason::Aborted));

    let config = Config::default();
    let mut hand = Hand::connected(DataChannels::new(config, SeededEntropy::entropy(1)));
    hand.events();
    hand.engine.abort(hand.now);
    assert_eq!(hand.events(), []);
    assert_eq!(hand.take().len(), 1);
    let reason = CloseReason::Aborted;
    assert_eq!(hand.events(), [Event::Closed { reason }]);
}

/// The SACK that was due dies with the association.
#[test]
fn nothing_is_sent_after_the_end() {
    let mut hand = association();
    hand.give(&[Chunk::Data(hand::data(hand.next, b"x"))]);
    hand.give(&[Chunk::Data(hand::data(hand.next.plus(1), b"y"))]);
    let abort = Abort {
        reflected: true,
        raw_causes: &[],
    };
    hand.give_raw(OUR_TAG, &bytes(&[Chunk::Abort(abort)]));
    let reason = CloseReason::AbortedByPeer(None);
    let closed = AssociationEvent::Closed { reason };
    assert_eq!(hand.events().last(), Some(&closed));
    assert_eq!(hand.take(), Vec::<Vec<u8>>::new());
}
