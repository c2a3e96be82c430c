//! Streams that are used again, channels that one side has before the other, and names without end.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use strata_core::{Endpoint as _, Instant};
use strata_sctp::{
    ChannelConfig, ChannelId, Config, DataChannels, Event, Limits, MessageKind, OpenError, Role,
    StreamId,
};
use strata_sim::Pair;
use support::{connected, connecting, count, engine, link, messages, packets};

fn carry(now: Instant, from: &mut DataChannels, to: &mut DataChannels) {
    for mut packet in packets(now, from) {
        to.handle_input(now, &mut packet);
    }
}

fn events(from: &mut DataChannels) -> Vec<(Instant, Event)> {
    core::iter::from_fn(|| from.poll_event())
        .map(|event| (Instant::EPOCH, event))
        .collect()
}

fn say(now: Instant, by: &mut DataChannels, id: ChannelId, text: &str) {
    let mut channel = by.channel(id).unwrap();
    channel
        .send(now, MessageKind::Text, text.to_owned())
        .unwrap();
}

fn texts(events: &[(Instant, Event)]) -> Vec<String> {
    messages(events)
        .into_iter()
        .map(|(_, data)| String::from_utf8(data).unwrap())
        .collect()
}

fn negotiated(stream: u16) -> ChannelConfig {
    ChannelConfig::new("n").with_negotiated(StreamId::new(stream))
}

/// ```text
/// A  RE-CONFIG: reset 0 ──────────────> Z
///    <───────────── performed; reset 0
///    performed ─────────> lost
///    OPEN 0, "new" ──────────────────>     0 is still being closed here
///    <────────────────── reset 0 (again)
///    performed ──────────────────────>     now it is open
/// ```
#[test]
fn a_stream_opened_again_before_our_reset_is_known_to_be_done_loses_nothing() {
    for closed_again in [false, true] {
        let (mut pair, old_a, old_b) =
            connected(link(), 1, &Config::default(), ChannelConfig::new("old"));
        pair.run_for(Duration::from_secs(2)).unwrap();
        let mut now = pair.now();
        let (a, b) = (&mut pair.a, &mut pair.b);
        a.channel(old_a).unwrap().close(now);
        carry(now, a, b);
        carry(now, b, a);
        assert!(!packets(now, a).is_empty(), "the answer, which is lost");
        let told = events(a);
        assert!(told.contains(&(Instant::EPOCH, Event::ChannelClosed { id: old_a })));
        assert!(b.channel(old_b).is_some(), "b waits for the answer");

        let new_a = a.open(now, ChannelConfig::new("new")).unwrap();
        assert_eq!(
            a.channel(new_a).unwrap().stream(),
            Some(StreamId::new(0)),
            "the same stream"
        );
        say(now, a, new_a, "first");
        say(now, a, new_a, "second");
        carry(now, a, b);
        if closed_again {
            carry(now, b, a);
            a.channel(new_a).unwrap().close(now);
            carry(now, a, b);
        }
        assert_eq!(events(b), []);

        let mut told = Vec::new();
        for _ in 0..50 {
            now += Duration::from_millis(100);
            a.handle_timeout(now);
            b.handle_timeout(now);
            carry(now, b, a);
            carry(now, a, b);
            told.extend(events(b));
        }
        assert_eq!(told[0].1, Event::ChannelClosed { id: old_b });
        let new_b = support::opened(&told).expect("it opens");
        assert_eq!(texts(&told), ["first", "second"]);
        assert_eq!(b.stats().invalid_dcep + b.stats().no_channel, 0);
        let closed = told.contains(&(Instant::EPOCH, Event::ChannelClosed { id: new_b }));
        assert_eq!(closed, closed_again);
        if !closed_again {
            say(now, b, new_b, "back");
            carry(now, b, a);
            assert_eq!(texts(&events(a)), ["back"]);
        }
    }
}

#[test]
fn what_is_sent_on_a_negotiated_channel_waits_for_the_other_side_to_open_it() {
    let mut pair = connecting(link(), 2, &Config::default());
    let now = pair.now();
    let a = pair.a.open(now, negotiated(7)).unwrap();
    let other = pair.a.open(now, negotiated(8)).unwrap();
    for text in ["one", "two", "three"] {
        say(now, &mut pair.a, a, text);
        say(now, &mut pair.a, other, "not this");
    }
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(count(&pair.b_events), 0);
    let now = pair.now();
    let b = pair.b.open(now, negotiated(7)).unwrap();
    let told = events(&mut pair.b);
    assert_eq!(
        told[0].1,
        Event::ChannelOpened {
            id: b,
            incoming: false
        }
    );
    assert_eq!(texts(&told), ["one", "two", "three"]);
    assert_eq!(pair.b.stats().no_channel, 0);
    // And nothing comes twice.
    say(now, &mut pair.a, a, "four");
    pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
    assert_eq!(texts(&pair.b_events), ["four"]);
}

#[test]
fn a_message_can_open_the_channel_that_nobody_announced() {
    let mut config = Config::default();
    config.implicit_channels = true;
    let mut pair = connecting(link(), 6, &config);
    for (round, stream) in [7, 8, 7].into_iter().enumerate() {
        let now = pair.now();
        let a = pair.a.open(now, negotiated(stream)).unwrap();
        let text = format!("{round}");
        say(now, &mut pair.a, a, &text);
        pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
        let b = support::opened(&pair.b_events).expect("it opens");
        let opened = Event::ChannelOpened {
            id: b,
            incoming: true,
        };
        assert_eq!(
            pair.b_events.iter().filter(|(_, e)| *e == opened).count(),
            1
        );
        assert_eq!(texts(&pair.b_events), [text.as_str()]);
        // It works both ways, and closes as any other.
        let now = pair.now();
        say(now, &mut pair.b, b, "back");
        pair.run_until(|pair| count(&pair.a_events) == 1).unwrap();
        let now = pair.now();
        pair.a.channel(a).unwrap().close(now);
        let closed = |events: &[(Instant, Event)], id| {
            let wanted = Event::ChannelClosed { id };
            events.iter().any(|(_, event)| *event == wanted)
        };
        pair.run_until(|pair| closed(&pair.a_events, a) && closed(&pair.b_events, b))
            .unwrap();
        pair.a_events.clear();
        pair.b_events.clear();
    }
    assert_eq!(pair.b.stats().no_channel + pair.b.stats().invalid_dcep, 0);
}

#[test]
fn what_came_before_there_was_room_for_its_channel_comes_first() {
    let mut config = Config::default();
    config.implicit_channels = true;
    config.limits.channels = 1;
    let b = engine(2, config, Role::Server);
    let mut pair = Pair::new(engine(1, Config::default(), Role::Client), b, link(), 1);
    let now = pair.now();
    pair.a.connect(now);
    let first = pair.a.open(now, negotiated(7)).unwrap();
    let second = pair.a.open(now, negotiated(8)).unwrap();
    say(now, &mut pair.a, first, "1");
    say(now, &mut pair.a, second, "2");
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(texts(&pair.b_events), ["1"]);
    let now = pair.now();
    pair.a.channel(first).unwrap().close(now);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let now = pair.now();
    say(now, &mut pair.a, second, "3");
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(texts(&pair.b_events), ["1", "2", "3"]);
    assert_eq!(pair.b.stats().no_channel, 0);
}

#[test]
fn what_waits_for_a_channel_is_limited_and_ends_with_the_stream() {
    let mut limits = Limits::default();
    limits.unclaimed = 1000;
    let mut config = Config::default();
    config.limits = limits;
    let mut pair = connecting(link(), 3, &config);
    let now = pair.now();
    let a = pair.a.open(now, negotiated(7)).unwrap();
    for _ in 0..20 {
        say(now, &mut pair.a, a, &"x".repeat(136));
    }
    pair.run_for(Duration::from_secs(1)).unwrap();
    // 136 and 64 beyond it are charged for each.
    assert_eq!(pair.b.stats().no_channel, 15);
    let now = pair.now();
    pair.a.channel(a).unwrap().close(now);
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(pair.b.stats().no_channel, 20);
    let now = pair.now();
    pair.b.open(now, negotiated(7)).unwrap();
    assert_eq!(texts(&events(&mut pair.b)), [""; 0]);
}

#[test]
fn the_names_of_channels_that_the_peer_opens_are_limited() {
    let mut config = Config::default();
    config.limits.channel_names = 1000;
    let mut pair = connecting(link(), 4, &config);
    let named = |length| ChannelConfig::new("l".repeat(length)).with_protocol("p".repeat(100));
    let now = pair.now();
    let first = pair.a.open(now, named(300)).unwrap();
    pair.a.open(now, named(500)).unwrap();
    let third = pair.a.open(now, named(300)).unwrap();
    let ends_with = |id| move |(_, event): &(Instant, Event)| *event == Event::ChannelClosed { id };
    pair.run_until(|pair| pair.a_events.iter().any(ends_with(third)))
        .unwrap();
    assert_eq!(pair.b.ids().count(), 2);
    assert_eq!(pair.b.stats().invalid_dcep, 1);
    // One that is closed makes room. What this side names is its own affair.
    let now = pair.now();
    pair.a.channel(first).unwrap().close(now);
    pair.b.open(now, named(800)).unwrap();
    pair.run_for(Duration::from_secs(2)).unwrap();
    let now = pair.now();
    pair.a.open(now, named(300)).unwrap();
    pair.run_for(Duration::from_secs(2)).unwrap();
    assert_eq!(pair.b.ids().count(), 3);
    assert_eq!(pair.b.stats().invalid_dcep, 1);
}

/// RFC 8831 §6.6: one zero byte with a PPID that says so, as browsers do.
#[test]
fn empty_messages_arrive_empty_and_in_their_place() {
    let (mut pair, a, b) = connected(link(), 5, &Config::default(), ChannelConfig::new("x"));
    let now = pair.now();
    for (end, id) in [(&mut pair.a, a), (&mut pair.b, b)] {
        for kind in [MessageKind::Text, MessageKind::Binary] {
            let mut channel = end.channel(id).unwrap();
            channel.send(now, kind, "before").unwrap();
            channel.send(now, kind, "").unwrap();
        }
    }
    pair.run_for(Duration::from_secs(1)).unwrap();
    let expected = [
        (MessageKind::Text, b"before".to_vec()),
        (MessageKind::Text, Vec::new()),
        (MessageKind::Binary, b"before".to_vec()),
        (MessageKind::Binary, Vec::new()),
    ];
    assert_eq!(messages(&pair.a_events), expected);
    assert_eq!(messages(&pair.b_events), expected);
}

/// RFC 8831 §6.2: stream 65535 is reserved.
#[test]
fn every_stream_but_the_last_can_be_a_channel() {
    let mut pair = connecting(link(), 6, &Config::default());
    let now = pair.now();
    let a = pair.a.open(now, negotiated(65_534)).unwrap();
    pair.b.open(now, negotiated(65_534)).unwrap();
    say(now, &mut pair.a, a, "far out");
    assert_eq!(
        pair.a.open(now, negotiated(65_535)),
        Err(OpenError::StreamUnavailable)
    );
    pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
    // And closed, and opened again: a stream reset names it.
    let now = pair.now();
    pair.a.channel(a).unwrap().close(now);
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!((pair.a.ids().count(), pair.b.ids().count()), (0, 0));
    assert!(pair.a.open(now, negotiated(65_534)).is_ok());
}
