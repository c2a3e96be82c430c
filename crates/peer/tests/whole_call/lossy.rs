//! Calls over a network that loses, duplicates and reorders.

use std::time::Duration;

use strata_peer::{IceState, MessageKind, Peer};
use strata_sim::{LinkConfig, SeededEntropy};

use crate::support::{
    Call, EVERYTHING, call, closings, connected, messages, opened, packet, received, sections,
};

/// How many calls are made, each on a network with its own luck.
const CALLS: u64 = 500;
/// No call takes more steps, nor longer, until all its messages have arrived.
const MAX_STEPS: u64 = 1_000;
const MAX_TIME: Duration = Duration::from_secs(30);
const MESSAGES: u16 = 10;

#[test]
fn every_call_connects_and_every_message_arrives_once_and_in_order() {
    let link = LinkConfig::new()
        .delay(Duration::from_millis(20))
        .loss(0.1)
        .duplicate(0.1)
        .reorder(0.1, Duration::from_millis(30));
    let (mut most_steps, mut longest) = (0, Duration::ZERO);
    for seed in 0..CALLS {
        let (steps, time) = one_call(link, seed);
        most_steps = most_steps.max(steps);
        longest = longest.max(time);
    }
    println!("{CALLS} calls: {most_steps} steps and {longest:?} at most");
    assert!(most_steps <= MAX_STEPS, "{most_steps} steps");
    assert!(longest <= MAX_TIME, "{longest:?}");
}

#[test]
fn restarts_and_changes_of_mind_do_not_cost_a_message() {
    let link = LinkConfig::new()
        .delay(Duration::from_millis(20))
        .loss(0.05)
        .reorder(0.1, Duration::from_millis(30));
    for seed in 0..100 {
        restless_call(link, seed);
    }
}

/// A call in which one side or the other restarts ICE again and again, and does not always go through
/// with it; its descriptions take their time.
fn restless_call(link: LinkConfig, seed: u64) {
    let mut pair = call(EVERYTHING, link, seed);
    let mut dice = SeededEntropy::entropy(seed);
    let ready = pair.run_until(|pair| opened(&pair.a_events).is_some());
    assert!(ready.is_ok(), "seed {seed}: {ready:?}");
    let id = opened(&pair.a_events).unwrap();
    for n in 0..12_u16 {
        let now = pair.now();
        let message = n.to_be_bytes().to_vec();
        let mut channel = pair.a.channel(id).unwrap();
        channel.send(now, MessageKind::Binary, message).unwrap();
        let (of_a, completed) = (dice.below(2) == 0, dice.below(3) > 0);
        let (one, _) = sides(&mut pair, of_a);
        one.restart_ice(now);
        let offer = one.create_offer(now).unwrap();
        one.set_local_description(now, offer.clone()).unwrap();
        pair.run_for(Duration::from_millis(dice.below(200)))
            .unwrap();
        let now = pair.now();
        let (one, other) = sides(&mut pair, of_a);
        if !completed {
            let rollback = strata_peer::Description::rollback();
            one.set_local_description(now, rollback).unwrap();
            continue;
        }
        other.set_remote_description(now, offer).unwrap();
        let answer = other.create_answer(now).unwrap();
        other.set_local_description(now, answer.clone()).unwrap();
        pair.run_for(Duration::from_millis(dice.below(200)))
            .unwrap();
        let now = pair.now();
        let (one, _) = sides(&mut pair, of_a);
        one.set_remote_description(now, answer).unwrap();
        pair.run_for(Duration::from_millis(dice.below(1000)))
            .unwrap();
    }
    let done = pair.run_until(|pair| messages(&pair.b_events).len() == 12);
    assert!(done.is_ok(), "seed {seed}: {done:?}");
    pair.run_for(Duration::from_mins(1)).unwrap();
    assert_eq!(closings(&pair.a_events), [], "seed {seed}");
    assert_eq!(closings(&pair.b_events), [], "seed {seed}");
    // Now and then, answers are missing for a while.
    let whole = pair.run_until(|pair| {
        [&pair.a, &pair.b]
            .iter()
            .all(|peer| connected(peer) && peer.ice_state() == IceState::Completed)
    });
    assert!(whole.is_ok(), "seed {seed}: {whole:?}");
}

fn sides(pair: &mut Call, of_a: bool) -> (&mut Peer, &mut Peer) {
    if of_a {
        (&mut pair.a, &mut pair.b)
    } else {
        (&mut pair.b, &mut pair.a)
    }
}

fn one_call(link: LinkConfig, seed: u64) -> (u64, Duration) {
    let mut pair = call(EVERYTHING, link, seed);
    let ready = pair.run_until(|pair| {
        connected(&pair.a)
            && connected(&pair.b)
            && opened(&pair.a_events).is_some()
            && opened(&pair.b_events).is_some()
    });
    assert!(ready.is_ok(), "seed {seed}: {ready:?}");
    let (a, b) = (
        opened(&pair.a_events).unwrap(),
        opened(&pair.b_events).unwrap(),
    );
    let sections = sections(&pair.a);
    for n in 0..MESSAGES {
        let now = pair.now();
        let message = n.to_be_bytes().repeat(1 + usize::from(n) * 200);
        pair.a
            .channel(a)
            .unwrap()
            .send(now, MessageKind::Binary, message.clone())
            .unwrap();
        pair.b
            .channel(b)
            .unwrap()
            .send(now, MessageKind::Binary, message)
            .unwrap();
        for (mid, payload_type, _) in &sections {
            pair.a
                .write_rtp(now, mid, packet(*payload_type, n, false))
                .unwrap();
            pair.b
                .write_rtp(now, mid, packet(*payload_type, n, false))
                .unwrap();
        }
        pair.run_for(Duration::from_millis(20)).unwrap();
    }
    let all = usize::from(MESSAGES);
    let done = pair.run_until(|pair| {
        messages(&pair.a_events).len() >= all && messages(&pair.b_events).len() >= all
    });
    assert!(done.is_ok(), "seed {seed}: {done:?}");
    let result = (pair.steps(), pair.now() - strata_sim::START);
    pair.run_for(Duration::from_secs(1)).unwrap();
    for events in [&pair.a_events, &pair.b_events] {
        let expected: Vec<_> = (0..MESSAGES)
            .map(|n| {
                (
                    MessageKind::Binary,
                    n.to_be_bytes().repeat(1 + usize::from(n) * 200),
                )
            })
            .collect();
        assert_eq!(messages(events), expected, "seed {seed}");
        for (mid, ..) in &sections {
            let mut numbers = received(events, *mid, false);
            let count = numbers.len();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(
                numbers.len(),
                count,
                "seed {seed}: a packet was delivered twice"
            );
            assert!(numbers.iter().all(|n| *n < MESSAGES));
        }
    }
    result
}
