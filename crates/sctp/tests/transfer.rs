//! Messages large and many, over links good and bad.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use strata_core::{Endpoint as _, Instant};
use strata_sctp::{ChannelConfig, Config, DataChannels, Event, MessageKind, Role};
use strata_sim::LinkConfig;
use support::{connected, count, engine, link, messages, packets};

fn pattern(length: usize, seed: usize) -> Vec<u8> {
    let byte = |at: usize| u8::try_from((at * 31 + at / 251 + seed * 7) % 256).unwrap();
    (0..length).map(byte).collect()
}

/// RFC 9260 §6.9: a message is cut, and put together again.
#[test]
fn the_largest_message_arrives_both_ways_despite_loss() {
    let bad = link().loss(0.05).reorder(0.02, Duration::from_millis(5));
    let (mut pair, a, b) = connected(bad, 1, &Config::default(), ChannelConfig::new("x"));
    let now = pair.now();
    let (there, back) = (pattern(262_144, 1), pattern(262_144, 2));
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Binary, there.clone())
        .unwrap();
    pair.b
        .channel(b)
        .unwrap()
        .send(now, MessageKind::Binary, back.clone())
        .unwrap();
    let took = pair
        .run_until(|pair| count(&pair.a_events) == 1 && count(&pair.b_events) == 1)
        .unwrap();
    assert!(messages(&pair.b_events) == [(MessageKind::Binary, there)]);
    assert!(messages(&pair.a_events) == [(MessageKind::Binary, back)]);
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// RFC 9260 §6.10: packets are filled, and not beyond the path's MTU.
#[test]
fn bulk_fills_a_clean_link_with_packets_of_one_size() {
    let (mut pair, a, _) = connected(link(), 2, &Config::default(), ChannelConfig::new("x"));
    pair.record();
    let before = pair.now();
    let message = Bytes::from(pattern(262_144, 1));
    for _ in 0..24 {
        pair.a
            .channel(a)
            .unwrap()
            .send(before, MessageKind::Binary, message.clone())
            .unwrap();
    }
    let took = pair.run_until(|pair| count(&pair.b_events) == 24).unwrap();
    // 6.3 MB at 100 Mbit/s are 0.5 s.
    assert!(took < Duration::from_millis(1200), "{took:?}");
    let bulk = pair
        .trace()
        .iter()
        .filter(|record| record.payload.len() > 500);
    let odd = bulk.filter(|record| record.payload.len() != 1160).count();
    // The window can end, and the rest of a packet after a message can be too little for the next.
    assert!(odd <= 12, "{odd}");
    assert_eq!(pair.a.stats().retransmissions, 0);
}

/// Everything `from` has to send now, handled by `to` before it gets a chance to send.
fn carry_all(now: Instant, from: &mut DataChannels, to: &mut DataChannels) {
    for mut packet in packets(now, from) {
        to.handle_input(now, &mut packet);
    }
}

#[test]
fn a_window_grows_though_its_acknowledgements_are_handled_all_at_once() {
    let mut a = engine(1, Config::default(), Role::Client);
    let mut b = engine(2, Config::default(), Role::Server);
    let mut now = Instant::EPOCH;
    a.connect(now);
    let id = a.open(now, ChannelConfig::new("x")).unwrap();
    let message = Bytes::from(pattern(250_000, 1));
    for _ in 0..8 {
        let mut channel = a.channel(id).unwrap();
        channel
            .send(now, MessageKind::Binary, message.clone())
            .unwrap();
    }
    let (mut rounds, mut arrived) = (0, 0);
    while arrived < 8 {
        carry_all(now, &mut a, &mut b);
        carry_all(now, &mut b, &mut a);
        while let Some(event) = b.poll_event() {
            arrived += usize::from(matches!(event, Event::Message { .. }));
        }
        while a.poll_event().is_some() {}
        now += Duration::from_millis(50);
        a.handle_timeout(now);
        b.handle_timeout(now);
        rounds += 1;
        assert!(
            rounds < 20,
            "{arrived} of 8 messages after {rounds} round trips"
        );
    }
    assert_eq!(a.stats().retransmissions, 0);
}

#[test]
fn a_loss_is_noticed_by_one_acknowledgement_for_many_packets() {
    // The last has too few whole packets behind it: there only time tells.
    for (lost, at_once) in [(3, 1), (4, 1), (5, 0)] {
        let mut a = engine(3, Config::default(), Role::Client);
        let mut b = engine(4, Config::default(), Role::Server);
        let mut now = Instant::EPOCH;
        a.connect(now);
        for _ in 0..3 {
            carry_all(now, &mut a, &mut b);
            carry_all(now, &mut b, &mut a);
            now += Duration::from_millis(50);
        }
        let id = a.open(now, ChannelConfig::new("x")).unwrap();
        for _ in 0..2 {
            carry_all(now, &mut a, &mut b);
            carry_all(now, &mut b, &mut a);
            now += Duration::from_millis(300);
            b.handle_timeout(now);
        }
        let message = pattern(9 * 1100, 1);
        let mut channel = a.channel(id).unwrap();
        channel
            .send(now, MessageKind::Binary, message.clone())
            .unwrap();
        for number in 0.. {
            let mut packet = Vec::new();
            if a.poll_transmit(now, &mut packet).is_none() {
                assert_eq!(number, 9);
                break;
            }
            if number != lost {
                b.handle_input(now, &mut packet);
            }
        }
        carry_all(now, &mut b, &mut a);
        carry_all(now, &mut a, &mut b);
        assert_eq!(a.stats().retransmissions, at_once, "{lost}");
        for _ in 0..20 {
            now += Duration::from_millis(50);
            a.handle_timeout(now);
            b.handle_timeout(now);
            carry_all(now, &mut a, &mut b);
            carry_all(now, &mut b, &mut a);
        }
        let told: Vec<_> = core::iter::from_fn(|| b.poll_event())
            .map(|event| (now, event))
            .collect();
        assert!(messages(&told) == [(MessageKind::Binary, message)]);
        assert_eq!(a.stats().retransmissions, 1, "{lost}");
        assert_eq!(a.stats().timeouts, 0, "{lost}");
    }
}

/// What any (seed, loss, reordering, duplication) must not break.
fn arrives_once_and_in_order(seed: u64, link: LinkConfig, sizes: &[usize]) {
    let (mut pair, a, b) = connected(link, seed, &Config::default(), ChannelConfig::new("x"));
    let now = pair.now();
    let mut sent = Vec::new();
    for (index, size) in sizes.iter().enumerate() {
        let message = pattern(*size, index);
        pair.a
            .channel(a)
            .unwrap()
            .send(now, MessageKind::Binary, message.clone())
            .unwrap();
        pair.b
            .channel(b)
            .unwrap()
            .send(now, MessageKind::Binary, message.clone())
            .unwrap();
        sent.push((MessageKind::Binary, message));
    }
    let total: usize = sizes.iter().sum();
    let bound = pair.steps() + 4000 + u64::try_from(total / 50).unwrap();
    pair.run_until(|pair| {
        assert!(pair.steps() < bound, "livelock");
        count(&pair.a_events) >= sizes.len() && count(&pair.b_events) >= sizes.len()
    })
    .unwrap();
    assert!(messages(&pair.b_events) == sent);
    assert!(messages(&pair.a_events) == sent);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// RFC 9260 §6.6, §6.9: in order and whole, whatever the network does.
    #[test]
    fn reliable_ordered_messages_arrive_once_and_in_order(
        seed in 0_u64..1_000_000,
        loss in 0.0..0.10_f64,
        duplicate in 0.0..0.05_f64,
        reorder in 0.0..0.10_f64,
        sizes in proptest::collection::vec(
            prop_oneof![0_usize..40, 500_usize..3000, 10_000_usize..80_000], 1..12),
    ) {
        let link = LinkConfig::new()
            .rate(20_000_000)
            .delay(Duration::from_millis(15))
            .queue_bytes(1 << 20)
            .loss(loss)
            .duplicate(duplicate)
            .reorder(reorder, Duration::from_millis(10));
        arrives_once_and_in_order(seed, link, &sizes);
    }
}
