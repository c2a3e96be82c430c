//! Set-up: one side, both sides at once, and with each of its packets lost.

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use strata_core::Endpoint as _;
use strata_sctp::{ChannelConfig, CloseReason, Config, Event, MessageKind};
use support::{connected, connecting, link, messages, nothing_dropped, pair_with};

const ROUND_TRIP: Duration = Duration::from_millis(50);

fn is_connected(pair: &support::Channels) -> bool {
    pair.a.is_connected() && pair.b.is_connected()
}

/// RFC 9260 §5.1, §5.1.6: INIT, INIT ACK, COOKIE ECHO, COOKIE ACK.
#[test]
fn one_side_connects_in_two_round_trips() {
    let mut pair = pair_with(link(), 1, &Config::default());
    let now = pair.now();
    pair.a.connect(now);
    let took = pair.run_until(|pair| is_connected(pair)).unwrap();
    assert!(took > ROUND_TRIP * 2 && took < ROUND_TRIP * 2 + Duration::from_millis(1));
    assert_eq!(pair.a_events[0].1, Event::Connected);
    assert_eq!(pair.b_events[0].1, Event::Connected);
    nothing_dropped(pair.a.stats());
    nothing_dropped(pair.b.stats());
}

/// RFC 9260 §5.2.1: INITs that cross.
#[test]
fn inits_that_cross_make_one_association() {
    let mut pair = connecting(link(), 2, &Config::default());
    let took = pair.run_until(|pair| is_connected(pair)).unwrap();
    assert!(took < ROUND_TRIP * 2, "{took:?}");
    pair.run_for(Duration::from_secs(5)).unwrap();
    assert_eq!(pair.a_events.len(), 1);
    assert_eq!(pair.b_events.len(), 1);
    nothing_dropped(pair.a.stats());
    nothing_dropped(pair.b.stats());
}

/// RFC 9260 §5.2.1, §5.2.2, §5.2.4: an INIT, and the COOKIE ECHO that follows, in every state.
#[test]
fn a_second_init_long_before_the_answer_still_connects() {
    // `b` starts when `a`'s INIT is answered already.
    for delay in [0_u64, 10, 24, 26, 49, 51, 74, 76, 99, 101, 150] {
        let mut pair = pair_with(link(), 3 + delay, &Config::default());
        let now = pair.now();
        pair.a.connect(now);
        pair.run_for(Duration::from_millis(delay)).unwrap();
        let now = pair.now();
        pair.b.connect(now);
        pair.run_until(|pair| is_connected(pair)).unwrap();
        pair.run_for(Duration::from_secs(5)).unwrap();
        assert_eq!(pair.a_events.len(), 1, "after {delay} ms");
        assert_eq!(pair.b_events.len(), 1, "after {delay} ms");
    }
}

/// RFC 9260 §5.1.6: T1-init and T1-cookie.
#[test]
fn every_packet_of_the_handshake_can_be_lost() {
    for both in [false, true] {
        for lost in 0..4 {
            for direction in [true, false] {
                let mut pair = pair_with(link(), 20 + lost, &Config::default());
                let now = pair.now();
                pair.a.connect(now);
                if both {
                    pair.b.connect(now);
                }
                let way = if direction {
                    &mut pair.a_to_b
                } else {
                    &mut pair.b_to_a
                };
                way.drop_indices([lost]);
                let id = pair.a.open(now, ChannelConfig::new("x")).unwrap();
                let mut channel = pair.a.channel(id).unwrap();
                channel.send(now, MessageKind::Text, "hello").unwrap();
                let took = pair
                    .run_until(|pair| is_connected(pair) && !messages(&pair.b_events).is_empty())
                    .unwrap();
                assert!(
                    took < Duration::from_secs(3),
                    "{both} {lost} {direction} {took:?}"
                );
                let text = (MessageKind::Text, b"hello".to_vec());
                assert_eq!(messages(&pair.b_events), [text]);
            }
        }
    }
}

/// RFC 9260 §5.1.6: after `Max.Init.Retransmits` the set-up is given up.
#[test]
fn connecting_to_nobody_ends_after_the_last_retransmission() {
    let mut pair = pair_with(link(), 40, &Config::default());
    pair.cut();
    let now = pair.now();
    pair.a.connect(now);
    pair.run_until_idle().unwrap();
    let (at, event) = pair.a_events.last().unwrap();
    let reason = CloseReason::ConnectTimeout;
    assert_eq!(*event, Event::Closed { reason });
    // 0.5 + 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 s.
    assert_eq!(*at - now, Duration::from_millis(183_500));
    assert_eq!(pair.a.poll_timeout(), None);
}

#[test]
fn data_follows_the_handshake_in_both_directions() {
    let (mut pair, a, b) = connected(link(), 50, &Config::default(), ChannelConfig::new("chat"));
    assert_eq!(pair.a.channel(a).unwrap().stream().unwrap().get(), 0);
    let now = pair.now();
    assert_eq!(pair.b.channel(b).unwrap().label(), "chat");
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "ping")
        .unwrap();
    pair.b
        .channel(b)
        .unwrap()
        .send(now, MessageKind::Binary, vec![1, 2])
        .unwrap();
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "")
        .unwrap();
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Binary, "")
        .unwrap();
    pair.run_for(Duration::from_millis(100)).unwrap();
    assert_eq!(
        messages(&pair.a_events),
        [(MessageKind::Binary, vec![1, 2])]
    );
    let expected = [
        (MessageKind::Text, b"ping".to_vec()),
        (MessageKind::Text, vec![]),
        (MessageKind::Binary, vec![]),
    ];
    assert_eq!(messages(&pair.b_events), expected);
    nothing_dropped(pair.a.stats());
    nothing_dropped(pair.b.stats());
}
