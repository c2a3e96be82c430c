//! DCEP (RFC 8832) is not the user's data, and what is told of a channel comes after it is open.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests"
)]

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use strata_core::Instant;
use strata_sctp::{ChannelConfig, ChannelId, Config, Event, MessageKind, StreamId};
use support::{Channels, connected, connecting, link, opened};

fn buffered(pair: &mut Channels, id: ChannelId) -> usize {
    pair.a.channel(id).unwrap().buffered_amount()
}

/// What was told of a channel, in order: `o` it opened, `l` its buffered amount is low.
fn story(events: &[(Instant, Event)], id: ChannelId) -> String {
    let of = |(_, event): &(Instant, Event)| match event {
        Event::ChannelOpened { id: other, .. } if *other == id => Some('o'),
        Event::BufferedAmountLow { id: other } if *other == id => Some('l'),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn nothing_is_buffered_after_open() {
    let mut pair = connecting(link(), 1, &Config::default());
    let now = pair.now();
    let named = ChannelConfig::new("l".repeat(2000)).with_protocol("p".repeat(300));
    let id = pair.a.open(now, named).unwrap();
    assert_eq!(buffered(&mut pair, id), 0);
    let mut channel = pair.a.channel(id).unwrap();
    channel.send(now, MessageKind::Text, "12345").unwrap();
    assert_eq!(buffered(&mut pair, id), 5);
    pair.run_until(|pair| opened(&pair.a_events) == Some(id))
        .unwrap();
    assert_eq!(buffered(&mut pair, id), 0);
}

#[test]
fn the_statistics_count_what_the_user_sent() {
    let (mut pair, a, _) = connected(link(), 2, &Config::default(), ChannelConfig::new("x"));
    pair.run_for(Duration::from_secs(1)).unwrap();
    let counted = |pair: &Channels| {
        [pair.a.stats(), pair.b.stats()]
            .map(|stats| [stats.sent, stats.received].map(|way| (way.messages, way.message_bytes)))
    };
    assert_eq!(counted(&pair), [[(0, 0); 2]; 2]);
    let now = pair.now();
    let mut channel = pair.a.channel(a).unwrap();
    channel.send(now, MessageKind::Text, "12345").unwrap();
    pair.b.open(now, ChannelConfig::new("y")).unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(counted(&pair), [[(1, 5), (0, 0)], [(0, 0), (1, 5)]]);
}

#[test]
fn an_open_alone_makes_no_buffer_low() {
    let mut pair = connecting(link(), 3, &Config::default());
    let now = pair.now();
    let id = pair.a.open(now, ChannelConfig::new("x")).unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(story(&pair.a_events, id), "o");
    let there = opened(&pair.b_events).unwrap();
    assert_eq!(story(&pair.b_events, there), "o", "nor does the ACK");
}

#[test]
fn what_is_sent_early_is_told_to_be_low_after_the_channel_is_open() {
    for negotiated in [None, Some(StreamId::new(6))] {
        let mut pair = connecting(link(), 4, &Config::default());
        let now = pair.now();
        let mut config = ChannelConfig::new("x");
        config.negotiated = negotiated;
        let id = pair.a.open(now, config).unwrap();
        let mut channel = pair.a.channel(id).unwrap();
        channel
            .send(now, MessageKind::Binary, vec![1; 3000])
            .unwrap();
        pair.run_for(Duration::from_secs(1)).unwrap();
        assert_eq!(story(&pair.a_events, id), "ol", "{negotiated:?}");
        // And each time it falls once more.
        let now = pair.now();
        let mut channel = pair.a.channel(id).unwrap();
        channel.send(now, MessageKind::Binary, vec![1; 30]).unwrap();
        pair.run_for(Duration::from_secs(1)).unwrap();
        assert_eq!(story(&pair.a_events, id), "oll", "{negotiated:?}");
    }
}

#[test]
fn what_is_no_longer_low_when_the_channel_opens_is_not_told() {
    let mut pair = connecting(link(), 5, &Config::default());
    let now = pair.now();
    let id = pair.a.open(now, ChannelConfig::new("x")).unwrap();
    let send = |pair: &mut Channels, size: usize| {
        let now = pair.now();
        let mut channel = pair.a.channel(id).unwrap();
        channel
            .send(now, MessageKind::Binary, vec![1; size])
            .unwrap();
    };
    send(&mut pair, 10);
    // It is connected, the first message is out, and a large one waits.
    pair.run_until(|pair| pair.a.is_connected()).unwrap();
    pair.drain().unwrap();
    assert_eq!(buffered(&mut pair, id), 0);
    send(&mut pair, 200_000);
    pair.run_until(|pair| opened(&pair.a_events) == Some(id))
        .unwrap();
    assert_ne!(buffered(&mut pair, id), 0);
    assert_eq!(story(&pair.a_events, id), "o");
    pair.run_for(Duration::from_secs(2)).unwrap();
    assert_eq!(story(&pair.a_events, id), "ol");
}

/// RFC 8841 §6: what is announced is what is taken.
#[test]
fn the_message_size_to_announce_is_the_one_that_is_accepted() {
    for (asked, buffer, expected) in [
        (262_144, 4 << 20, 262_144),
        (1 << 20, 100_000, 100_000),
        (0, 100_000, 1),
    ] {
        let mut config = Config::default();
        config.max_message_size = asked;
        config.limits.receive_buffer = buffer;
        let (mut pair, a, _) = connected(link(), 6, &config, ChannelConfig::new("x"));
        assert_eq!(config.accepted_message_size(), expected);
        let now = pair.now();
        let message = vec![7; expected];
        pair.a.set_remote_max_message_size(usize::MAX);
        let mut channel = pair.a.channel(a).unwrap();
        channel
            .send(now, MessageKind::Binary, message.clone())
            .unwrap();
        pair.run_for(Duration::from_secs(5)).unwrap();
        assert!(support::messages(&pair.b_events) == [(MessageKind::Binary, message)]);
        let now = pair.now();
        let mut channel = pair.a.channel(a).unwrap();
        let larger = vec![7; expected + 1];
        channel.send(now, MessageKind::Binary, larger).unwrap();
        pair.run_for(Duration::from_secs(5)).unwrap();
        assert!(pair.b.is_closed(), "one byte more is refused");
    }
}
