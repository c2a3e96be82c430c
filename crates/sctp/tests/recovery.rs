//! Losses that three later chunks do not report.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use strata_core::{Endpoint as _, Instant};
use strata_sctp::{
    ChannelConfig, ChannelId, Config, CongestionControl, DataChannels, MessageKind, Reliability,
    Role,
};
use support::{Channels, connected, count, engine, link, packets};

/// Two ends that have measured their path: 50 ms there and back.
fn measured() -> (Channels, ChannelId) {
    let (mut pair, a, _) = connected(link(), 3, &Config::default(), ChannelConfig::new("x"));
    for _ in 0..20 {
        send(&mut pair, a, 100);
        pair.run_for(Duration::from_millis(100)).unwrap();
    }
    pair.b_events.clear();
    (pair, a)
}

fn send(pair: &mut Channels, id: ChannelId, length: usize) {
    let now = pair.now();
    let mut channel = pair.a.channel(id).unwrap();
    channel
        .send(now, MessageKind::Binary, vec![7; length])
        .unwrap();
}

/// Two connected ends that only the test moves.
fn side_by_side(now: Instant, config: &Config) -> (DataChannels, DataChannels, ChannelId) {
    let mut a = engine(1, config.clone(), Role::Client);
    let mut b = engine(2, config.clone(), Role::Server);
    a.connect(now);
    let id = a.open(now, ChannelConfig::new("x")).unwrap();
    for _ in 0..5 {
        exchange(now, &mut a, &mut b);
    }
    (a, b, id)
}

fn exchange(now: Instant, a: &mut DataChannels, b: &mut DataChannels) {
    for mut packet in packets(now, a) {
        b.handle_input(now, &mut packet);
    }
    for mut packet in packets(now, b) {
        a.handle_input(now, &mut packet);
    }
}

/// How many milliseconds it takes until a message arrives.
fn arrival(pair: &mut Channels) -> u128 {
    let took = pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
    took.as_millis()
}

#[test]
fn a_lost_last_packet_goes_again_after_two_round_trips() {
    let (mut pair, a) = measured();
    // A -> DATA     lost
    //      100 ms
    // A -> DATA     the probe
    pair.a_to_b.drop_next(1);
    send(&mut pair, a, 100);
    assert_eq!(arrival(&mut pair), 125);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let stats = pair.a.stats();
    assert_eq!((stats.tail_probes, stats.timeouts), (1, 0));
    // It was needed, so it was a loss.
    assert_eq!((stats.retransmissions, stats.fast_recoveries), (1, 1));
}

#[test]
fn a_repaired_tail_is_watched_again() {
    let (mut pair, a) = measured();
    for round in 1..=3 {
        pair.a_to_b.drop_next(1);
        send(&mut pair, a, 100);
        assert_eq!(arrival(&mut pair), 125);
        pair.b_events.clear();
        pair.run_for(Duration::from_secs(1)).unwrap();
        let stats = pair.a.stats();
        assert_eq!((stats.tail_probes, stats.timeouts), (round, 0));
    }
}

#[test]
fn what_was_given_up_ends_the_recovery_too() {
    let config = ChannelConfig::new("x").with_reliability(Reliability::MaxRetransmits(0));
    let (mut pair, a, _) = connected(link(), 3, &Config::default(), config);
    let now = pair.now();
    let reliable = pair.a.open(now, ChannelConfig::new("y")).unwrap();
    for _ in 0..20 {
        send(&mut pair, a, 100);
        pair.run_for(Duration::from_millis(100)).unwrap();
    }
    // A -> DATA 1   lost
    // A -> DATA 2
    // Z -> SACK 0, gap 2
    //      12.5 ms
    // A -> FORWARD-TSN 1
    // Z -> SACK 2
    pair.a_to_b.drop_next(1);
    send(&mut pair, a, 1000);
    send(&mut pair, a, 1000);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let stats = pair.a.stats();
    assert_eq!((stats.abandoned_messages, stats.fast_recoveries), (1, 1));
    pair.b_events.clear();
    pair.a_to_b.drop_next(1);
    send(&mut pair, reliable, 100);
    assert_eq!(arrival(&mut pair), 125);
    assert_eq!(pair.a.stats().timeouts, 0);
}

#[test]
fn a_gap_is_filled_when_no_reordering_takes_longer() {
    let (mut pair, a) = measured();
    // A -> DATA 1
    // A -> DATA 2   lost
    // A -> DATA 3
    // Z -> SACK 1, gap 3
    //      12.5 ms
    // A -> DATA 2
    let mut sent = 0;
    pair.a_to_b.drop_if(move |_| {
        sent += 1;
        sent == 2
    });
    send(&mut pair, a, 3000);
    assert_eq!(arrival(&mut pair), 87);
    let stats = pair.a.stats();
    assert_eq!((stats.tail_probes, stats.timeouts), (0, 0));
    assert_eq!((stats.retransmissions, stats.fast_recoveries), (1, 1));
}

#[test]
fn a_sack_that_takes_the_room_does_not_take_the_turn_of_a_retransmission() {
    let mut config = Config::default();
    config.congestion = CongestionControl::NewReno;
    let mut now = Instant::from_millis(1);
    let (mut a, mut b, id) = side_by_side(now, &config);
    let mut channel = a.channel(id).unwrap();
    channel
        .send(now, MessageKind::Binary, vec![7; 100_000])
        .unwrap();
    // A -> DATA 1   lost
    // A -> DATA 2, 3, 4, ..
    // Z -> SACK, SACK, SACK with DATA
    // A -> SACK
    // A -> DATA 1
    let mut sent = packets(now, &mut a);
    // Sooner than a probe.
    now += Duration::from_millis(5);
    for (index, packet) in sent.iter_mut().enumerate().skip(1).take(3) {
        b.handle_input(now, packet);
        if index == 3 {
            let theirs = b.ids().next().unwrap();
            let mut channel = b.channel(theirs).unwrap();
            channel.send(now, MessageKind::Binary, vec![7; 8]).unwrap();
        }
        for mut packet in packets(now, &mut b) {
            a.handle_input(now, &mut packet);
        }
        let _ = packets(now, &mut a);
    }
    assert_eq!(a.stats().retransmissions, 1);
}

#[test]
fn what_finds_no_room_at_the_peer_is_not_probed() {
    let mut config = Config::default();
    config.limits.receive_buffer = 20_000;
    let mut now = Instant::from_millis(1);
    let (mut a, mut b, id) = side_by_side(now, &config);
    for _ in 0..40 {
        let mut channel = a.channel(id).unwrap();
        channel
            .send(now, MessageKind::Binary, vec![7; 1000])
            .unwrap();
    }
    // Nobody takes the messages.
    for _ in 0..60 {
        exchange(now, &mut a, &mut b);
        now += Duration::from_millis(5);
        a.handle_timeout(now);
        b.handle_timeout(now);
    }
    assert_ne!(b.stats().dropped.receive_buffer_full, 0);
    assert_eq!((a.stats().tail_probes, a.stats().retransmissions), (0, 0));
    // RFC 9260 §6.1 A: "Zero window probing does not affect the calculation of cwnd."
    let window = a.association().congestion_window();
    for _ in 0..300 {
        exchange(now, &mut a, &mut b);
        now += Duration::from_millis(5);
        a.handle_timeout(now);
        b.handle_timeout(now);
    }
    assert_ne!(a.stats().timeouts, 0);
    assert_eq!(a.association().congestion_window(), window);
}

#[test]
fn what_comes_late_is_no_loss() {
    let (mut pair, a) = measured();
    // A -> DATA
    //      100 ms
    // A -> DATA     the probe
    // Z -> SACK, SACK with a duplicate
    let slow = link().delay(Duration::from_millis(90));
    pair.a_to_b.set_config(slow);
    send(&mut pair, a, 100);
    assert_eq!(arrival(&mut pair), 90);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let stats = pair.a.stats();
    assert_eq!((stats.tail_probes, stats.timeouts), (1, 0));
    assert_eq!((stats.retransmissions, stats.fast_recoveries), (1, 0));
    assert_eq!(pair.b.stats().duplicate_chunks, 1);
}

#[test]
fn what_may_not_go_again_is_not_probed() {
    let config = ChannelConfig::new("x").with_reliability(Reliability::MaxRetransmits(0));
    let (mut pair, a, _) = connected(link(), 3, &Config::default(), config);
    for _ in 0..20 {
        send(&mut pair, a, 100);
        pair.run_for(Duration::from_millis(100)).unwrap();
    }
    pair.a_to_b.drop_next(1);
    send(&mut pair, a, 100);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let stats = pair.a.stats();
    assert_eq!((stats.tail_probes, stats.retransmissions), (0, 0));
    assert_eq!(stats.abandoned_messages, 1);
}
