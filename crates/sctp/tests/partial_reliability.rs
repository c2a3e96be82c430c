//! Messages that may be lost (RFC 3758), and streams that do not wait for each other.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use proptest::prelude::*;
use strata_core::Instant;
use strata_sctp::{ChannelConfig, Config, Event, Limits, MessageKind, Reliability, SendError};
use support::{connected, count, link, messages};

fn unreliable(unordered: bool, reliability: Reliability) -> ChannelConfig {
    ChannelConfig::new("x")
        .with_unordered(unordered)
        .with_reliability(reliability)
}

/// RFC 3758 §3.5, §3.6: what is given up is skipped on both sides, and what comes after it arrives.
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

/// RFC 3758 §3.5, §4.1: a message whose lifetime is over is given up, with what is left of it.
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

/// RFC 7496 §3.1 limits how often a message is sent again, not how long it waits to be sent first. So an outage is
/// waited out by what was not sent yet; only a lifetime (RFC 3758 §3.1) keeps what is stale from going out.
#[test]
fn an_outage_is_waited_out_by_what_has_no_lifetime() {
    let second = Duration::from_secs(1);
    for (reliability, waits) in [
        (Reliability::MaxRetransmits(0), true),
        (Reliability::MaxLifetime(second), false),
    ] {
        let config = unreliable(true, reliability);
        let (mut pair, a, _) = connected(link(), 7, &Config::default(), config);
        pair.run_for(second).unwrap();
        pair.cut();
        // Every 10 ms for five seconds.
        for number in 0..500_u16 {
            let now = pair.now();
            let message = [&number.to_be_bytes()[..], &[0; 500]].concat();
            let mut channel = pair.a.channel(a).unwrap();
            channel.send(now, MessageKind::Binary, message).unwrap();
            pair.run_for(Duration::from_millis(10)).unwrap();
        }
        pair.restore();
        pair.run_for(Duration::from_secs(60)).unwrap();
        let arrived: Vec<u16> = messages(&pair.b_events)
            .iter()
            .map(|(_, data)| u16::from_be_bytes([data[0], data[1]]))
            .collect();
        let abandoned = usize::try_from(pair.a.stats().abandoned_messages).unwrap();
        assert_eq!(
            arrived.len() + abandoned,
            500,
            "each arrives or is given up"
        );
        assert!(arrived.is_sorted(), "nothing was sent twice");
        let stale = arrived.iter().filter(|number| **number < 400).count();
        if waits {
            // Those that were in flight when the path went are lost: a window and what its timeouts let out.
            assert!(stale > 350, "{stale}");
        } else {
            assert_eq!(stale, 0);
        }
        assert_eq!(pair.a.channel(a).unwrap().buffered_amount(), 0);
    }
}

/// What any (seed, loss, kind of channel) must not break: what does not arrive was counted as given up, nothing
/// comes twice, and an ordered channel keeps its order.
fn what_is_missing_was_given_up(seed: u64, loss: f64, config: ChannelConfig, sizes: &[usize]) {
    let ordered = !config.unordered;
    let (mut pair, a, _) = connected(link(), seed, &Config::default(), config);
    pair.set_link(link().loss(loss).reorder(loss, Duration::from_millis(3)));
    for (number, size) in sizes.iter().enumerate() {
        let now = pair.now();
        let mut message = vec![0; *size];
        message[0] = u8::try_from(number).unwrap();
        let mut channel = pair.a.channel(a).unwrap();
        channel.send(now, MessageKind::Binary, message).unwrap();
        pair.run_for(Duration::from_millis(7)).unwrap();
    }
    pair.set_link(link());
    pair.run_for(Duration::from_secs(180)).unwrap();
    let mut arrived = Vec::new();
    for (_, data) in messages(&pair.b_events) {
        assert_eq!(data.len(), sizes[usize::from(data[0])], "it is whole");
        arrived.push(data[0]);
    }
    if ordered {
        assert!(arrived.is_sorted_by(|a, b| a < b), "{arrived:?}");
    }
    arrived.sort_unstable();
    arrived.dedup();
    assert_eq!(arrived.len(), count(&pair.b_events), "nothing comes twice");
    // One that was given up can have arrived: its acknowledgement was lost.
    let missing = sizes.len() - arrived.len();
    let given_up = usize::try_from(pair.a.stats().abandoned_messages).unwrap();
    assert!(
        missing <= given_up,
        "{missing} missing, {given_up} given up"
    );
    assert_eq!(
        pair.a.association().send_buffer_bytes(),
        0,
        "nothing is kept"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_message_is_missing_that_was_not_given_up(
        seed in 0_u64..1_000_000,
        // Ten losses in a row, which end the association, are out of reach.
        loss in 0.0..0.15_f64,
        unordered: bool,
        reliability in prop_oneof![
            Just(Reliability::Reliable),
            (0_u32..3).prop_map(Reliability::MaxRetransmits),
            (0_u64..400).prop_map(|ms| Reliability::MaxLifetime(Duration::from_millis(ms))),
        ],
        sizes in proptest::collection::vec(prop_oneof![1_usize..40, 500_usize..9000], 1..60),
    ) {
        what_is_missing_was_given_up(seed, loss, unreliable(unordered, reliability), &sizes);
    }
}
