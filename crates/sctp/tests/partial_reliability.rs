//! Messages that may be lost (RFC 3758), and streams that do not wait for each other.

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use strata_core::Instant;
use strata_sctp::{ChannelConfig, Config, Event, Limits, MessageKind, Reliability, SendError};
use support::{connected, count, link, messages};

fn unreliable(unordered: bool, reliability: Reliability) -> ChannelConfig {
    ChannelConfig {
        unordered,
        reliability,
        ..ChannelConfig::new("x")
    }
}

#[test]
fn messages_without_retransmission_are_skipped() {
    for (seed, unordered) in [(1, false), (2, true)] {
        let config = unreliable(unordered, Reliability::MaxRetransmits(0));
        let (mut pair, a, _) = connected(link(), seed, &Config::default(), config);
        pair.run_for(Duration::from_secs(1)).unwrap();
        pair.a_to_b.drop_indices([pair.a_to_b.stats().sent + 3]);
        for number in 0..10_u8 {
            let now = pair.now();
            let message = vec![number; 1000];
            pair.a
                .channel(a)
                .unwrap()
                .send(now, MessageKind::Binary, message)
                .unwrap();
            pair.run_for(Duration::from_millis(5)).unwrap();
        }
        pair.run_for(Duration::from_secs(2)).unwrap();
        let numbers: Vec<u8> = messages(&pair.b_events)
            .iter()
            .map(|(_, data)| data[0])
            .collect();
        assert_eq!(
            numbers,
            [0, 1, 2, 4, 5, 6, 7, 8, 9],
            "unordered: {unordered}"
        );
        assert_eq!(pair.a.stats().abandoned_messages, 1);
        assert_eq!(pair.a.stats().retransmissions, 0);
    }
}

#[test]
fn a_large_message_given_up_half_sent_makes_room_for_the_next() {
    let config = unreliable(false, Reliability::MaxLifetime(Duration::from_millis(30)));
    let (mut pair, a, _) = connected(link().loss(0.3), 3, &Config::default(), config);
    for _ in 0..20 {
        let now = pair.now();
        let mut channel = pair.a.channel(a).unwrap();
        channel
            .send(now, MessageKind::Binary, vec![1; 200_000])
            .unwrap();
        pair.run_for(Duration::from_millis(500)).unwrap();
    }
    pair.set_link(link());
    pair.run_for(Duration::from_secs(70)).unwrap();
    assert!(pair.a.stats().abandoned_messages >= 15);
    let now = pair.now();
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "small")
        .unwrap();
    pair.run_until(|pair| {
        messages(&pair.b_events).last() == Some(&(MessageKind::Text, b"small".to_vec()))
    })
    .unwrap();
}

#[test]
fn a_loss_on_one_channel_does_not_hold_up_another() {
    let (mut pair, a, _) = connected(link(), 4, &Config::default(), ChannelConfig::new("x"));
    let now = pair.now();
    let other = pair.a.open(now, ChannelConfig::new("y")).unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    pair.b_events.clear();
    pair.a_to_b.drop_next(1);
    let now = pair.now();
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "lost")
        .unwrap();
    pair.drain().unwrap();
    pair.a
        .channel(other)
        .unwrap()
        .send(now, MessageKind::Text, "through")
        .unwrap();
    let took = pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
    assert!(took < Duration::from_millis(26), "{took:?}");
    assert_eq!(
        messages(&pair.b_events),
        [(MessageKind::Text, b"through".to_vec())]
    );
    pair.run_until(|pair| count(&pair.b_events) == 2).unwrap();
}

#[test]
fn channels_take_turns() {
    let (mut pair, a, _) = connected(link(), 5, &Config::default(), ChannelConfig::new("x"));
    let now = pair.now();
    let other = pair.a.open(now, ChannelConfig::new("y")).unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    pair.b_events.clear();
    let now = pair.now();
    for _ in 0..10 {
        pair.a
            .channel(a)
            .unwrap()
            .send(now, MessageKind::Binary, vec![1; 50_000])
            .unwrap();
    }
    for _ in 0..10 {
        pair.a
            .channel(other)
            .unwrap()
            .send(now, MessageKind::Binary, vec![2; 50_000])
            .unwrap();
    }
    pair.run_until(|pair| count(&pair.b_events) == 20).unwrap();
    let order: Vec<u8> = messages(&pair.b_events)
        .iter()
        .map(|(_, data)| data[0])
        .collect();
    assert_eq!(order, [1, 2].repeat(10));
}

#[test]
fn a_full_send_buffer_refuses_and_tells_when_it_has_room() {
    let (mut pair, a, _) = connected(link(), 6, &Config::default(), ChannelConfig::new("x"));
    let now = pair.now();
    let mut channel = pair.a.channel(a).unwrap();
    channel.set_buffered_amount_low_threshold(100_000);
    let mut sent = 0;
    let refused = loop {
        match channel.send(now, MessageKind::Binary, vec![0; 200_000]) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    let limit = Limits::default().send_buffer;
    assert_eq!(refused, SendError::BufferFull { limit });
    assert_eq!(sent, 41);
    assert_eq!(channel.buffered_amount(), sent * 200_000);
    let low = |(_, event): &(Instant, Event)| matches!(event, Event::BufferedAmountLow { .. });
    pair.run_until(|pair| pair.a_events.iter().any(low))
        .unwrap();
    assert!(pair.a.channel(a).unwrap().buffered_amount() <= 100_000);
    pair.run_until(|pair| count(&pair.b_events) == sent)
        .unwrap();
}
