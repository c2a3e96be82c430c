//! Against sctp-proto, which others wrote.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/rival.rs"]
#[expect(
    clippy::disallowed_types,
    dead_code,
    reason = "the rival reads a clock of its own; shared with a benchmark"
)]
mod rival;
#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use bytes::Bytes;
use rival::Rival;
use sctp_proto::PayloadProtocolIdentifier;
use strata_sctp::{ChannelConfig, ChannelId, Config, DataChannels, Event, MessageKind, Role};
use strata_sim::{LinkConfig, Pair};
use support::{count, engine, link, messages, opened};

type Foreign = Pair<DataChannels, Rival>;

/// Connected, with a channel that the rival acknowledged.
fn connected(link: LinkConfig, seed: u64, both: bool) -> (Foreign, ChannelId) {
    let a = engine(seed, Config::default(), Role::Client);
    let mut pair = Pair::new(a, Rival::new(), link, seed);
    let now = pair.now();
    pair.a.connect(now);
    if both {
        pair.b.connect();
    }
    let id = pair.a.open(now, ChannelConfig::new("x")).unwrap();
    pair.run_until(|pair| !pair.b_events.is_empty()).unwrap();
    let (stream, ppid, open) = pair.b_events.remove(0).1;
    assert_eq!((stream, ppid), (0, 50));
    assert_eq!(open, b"\x03\0\0\0\0\0\0\0\0\x01\0\0x");
    let ack = Bytes::from_static(&[2]);
    pair.b.send(0, PayloadProtocolIdentifier::Dcep, &ack);
    pair.run_until(|pair| opened(&pair.a_events) == Some(id))
        .unwrap();
    (pair, id)
}

fn exchange(pair: &mut Foreign, id: ChannelId, size: usize) {
    let now = pair.now();
    let message = vec![5; size];
    pair.a
        .channel(id)
        .unwrap()
        .send(now, MessageKind::Binary, message.clone())
        .unwrap();
    let bytes = Bytes::from(message.clone());
    pair.b.send(0, PayloadProtocolIdentifier::Binary, &bytes);
    pair.a_events.clear();
    pair.run_until(|pair| count(&pair.a_events) == 1 && pair.b_events.len() == 1)
        .unwrap();
    assert!(messages(&pair.a_events) == [(MessageKind::Binary, message.clone())]);
    assert!(pair.b_events.pop().unwrap().1 == (0, 53, message));
}

#[test]
fn messages_of_every_size_go_both_ways() {
    for both in [false, true] {
        let (mut pair, id) = connected(link(), 1, both);
        for size in [1, 3, 1000, 1132, 1133, 5000, 100_000, 262_144] {
            exchange(&mut pair, id, size);
        }
        assert_eq!(pair.a.stats().dropped, strata_sctp::Dropped::default());
    }
}

#[test]
fn messages_arrive_despite_loss() {
    let bad = link().loss(0.03).reorder(0.03, Duration::from_millis(4));
    let (mut pair, id) = connected(bad, 2, true);
    for size in [1, 5000, 100_000, 1000, 262_144] {
        exchange(&mut pair, id, size);
    }
}

#[test]
fn channels_close_from_either_side() {
    for ours in [true, false] {
        let (mut pair, id) = connected(link(), 3, true);
        exchange(&mut pair, id, 5000);
        let now = pair.now();
        if ours {
            pair.a.channel(id).unwrap().close(now);
        } else {
            pair.b.association().stream(0).unwrap().close().unwrap();
        }
        pair.run_until(|pair| {
            let closed = Event::ChannelClosed { id };
            pair.a_events.iter().any(|(_, event)| *event == closed)
        })
        .unwrap();
        pair.run_for(Duration::from_secs(1)).unwrap();
        assert_eq!(pair.b.finished, [0]);
    }
}

#[test]
fn shutdown_is_understood() {
    let (mut pair, _) = connected(link(), 4, false);
    let now = pair.now();
    pair.a.shutdown(now);
    let last = |pair: &mut Foreign| matches!(pair.a_events.last(), Some((_, Event::Closed { .. })));
    let took = pair.run_until(last).unwrap();
    assert!(took < Duration::from_millis(300), "{took:?}");
}
