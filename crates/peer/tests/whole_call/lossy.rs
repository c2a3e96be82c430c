//! Calls over a network that loses, duplicates and reorders.

use std::time::Duration;

use strata_core::Instant;
use strata_peer::{Event, IceState, MessageKind, Mid, Peer, Ssrc};
use strata_sim::{Fate, LinkConfig, Record, SeededEntropy};

use crate::support::{
    Call, EVERYTHING, call, closings, connected, messages, opened, packet, payload, received,
    sections, write_media,
};

/// How many calls are made, each on a network with its own luck.
const CALLS: u64 = 500;
/// No call takes more steps, nor longer, until all its messages have arrived.
const MAX_STEPS: u64 = 1_000;
const MAX_TIME: Duration = Duration::from_secs(30);
const MESSAGES: u16 = 10;

#[test]
fn every_call_connects_and_everything_arrives_that_the_network_carries() {
    let link = LinkConfig::new()
        .delay(Duration::from_millis(20))
        .loss(0.1)
        .duplicate(0.1)
        .reorder(0.1, Duration::from_millis(30));
    let (mut most_steps, mut longest, mut media) = (0, Duration::ZERO, Carried::default());
    for seed in 0..CALLS {
        let (steps, time, of_call) = one_call(link, seed);
        most_steps = most_steps.max(steps);
        longest = longest.max(time);
        media.arrived += of_call.arrived;
        media.dropped += of_call.dropped;
    }
    println!("{CALLS} calls: {most_steps} steps and {longest:?} at most; {media:?}");
    // Two sections, both ways.
    let written = usize::try_from(CALLS).unwrap() * usize::from(MESSAGES) * 4;
    assert_eq!(media.arrived + media.dropped, written);
    assert!(
        media.dropped * 100 < written * 12,
        "the link drops one in ten: {media:?}"
    );
    assert!(most_steps <= MAX_STEPS, "{most_steps} steps");
    assert!(longest <= MAX_TIME, "{longest:?}");
}

#[test]
fn restarts_and_changes_of_mind_cost_nothing() {
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
    pair.record();
    let mut dice = SeededEntropy::entropy(seed);
    let ready = pair.run_until(|pair| {
        let both = opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some();
        both && connected(&pair.a) && connected(&pair.b)
    });
    assert!(ready.is_ok(), "seed {seed}: {ready:?}");
    let ids = [&pair.a_events, &pair.b_events].map(|events| opened(events).unwrap());
    let sections = sections(&pair.a);
    let message = |from: u8, n: u16| {
        let text = [vec![from], n.to_be_bytes().repeat(1 + usize::from(n) * 150)].concat();
        (MessageKind::Binary, text)
    };
    for n in 0..12_u16 {
        let now = pair.now();
        for (from, id) in (0..).zip(ids) {
            let (kind, text) = message(from, n);
            let peer = if from == 0 { &mut pair.a } else { &mut pair.b };
            peer.channel(id).unwrap().send(now, kind, text).unwrap();
            for (mid, payload_type, _) in &sections {
                peer.write_rtp(now, mid, packet(*payload_type, n, false))
                    .unwrap();
            }
        }
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
    let done = pair.run_until(|pair| {
        messages(&pair.a_events).len() >= 12 && messages(&pair.b_events).len() >= 12
    });
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
    for (from, events) in [(1, &pair.a_events), (0, &pair.b_events)] {
        let expected: Vec<_> = (0..12).map(|n| message(from, n)).collect();
        assert_eq!(messages(events), expected, "seed {seed}");
    }
    let media = assert_all_media_arrived(&pair, seed);
    assert_eq!(media.arrived + media.dropped, 12 * 4, "seed {seed}");
}

fn sides(pair: &mut Call, of_a: bool) -> (&mut Peer, &mut Peer) {
    if of_a {
        (&mut pair.a, &mut pair.b)
    } else {
        (&mut pair.b, &mut pair.a)
    }
}

/// What became of RTP packets that were written.
#[derive(Clone, Copy, Debug, Default)]
struct Carried {
    /// Told of to the other side, whole and once.
    arrived: usize,
    /// Dropped by the network.
    dropped: usize,
}

/// Everything of a source that the network did not drop was told of once, as it was written. Duplicates and
/// what comes late are no reason to miss anything.
fn assert_media_arrived(
    trace: &[Record],
    source: Ssrc,
    (events, section): (&[(Instant, Event)], Mid),
    seed: u64,
) -> Carried {
    let of_source = trace
        .iter()
        .filter(|record| {
            let rtp = matches!(record.payload[0], 128..=191);
            rtp && !strata_rtp::is_rtcp(&record.payload)
                && record.payload[8..12] == source.get().to_be_bytes()
        })
        .map(|record| {
            let number = u16::from_be_bytes([record.payload[2], record.payload[3]]);
            (number, matches!(record.fate, Fate::Arrives { .. }))
        });
    let (carried, dropped): (Vec<_>, Vec<_>) = of_source.partition(|(_, arrives)| *arrives);
    let mut carried: Vec<u16> = carried.into_iter().map(|(number, _)| number).collect();
    let mut told = received(events, section, false);
    carried.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, carried, "seed {seed}, section {section}");
    for (_, event) in events {
        if let Event::MediaPacket { mid, packet } = event
            && *mid == section
        {
            let number = packet.view().sequence_number().get();
            assert_eq!(packet.payload(), payload(number), "seed {seed}");
        }
    }
    Carried {
        arrived: carried.len(),
        dropped: dropped.len(),
    }
}

/// The same for all that both sides have written.
fn assert_all_media_arrived(pair: &Call, seed: u64) -> Carried {
    let mut sum = Carried::default();
    for (sender, events) in [(&pair.a, &pair.b_events), (&pair.b, &pair.a_events)] {
        for transceiver in sender.transceivers() {
            let to = (events.as_slice(), transceiver.mid().unwrap());
            let carried = assert_media_arrived(pair.trace(), transceiver.ssrc(), to, seed);
            sum.arrived += carried.arrived;
            sum.dropped += carried.dropped;
        }
        assert_eq!(sender.stats().dropped.unsent, 0, "seed {seed}");
    }
    sum
}

fn one_call(link: LinkConfig, seed: u64) -> (u64, Duration, Carried) {
    let mut pair = call(EVERYTHING, link, seed);
    pair.record();
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
        write_media(&mut pair, n);
        pair.run_for(Duration::from_millis(20)).unwrap();
    }
    let all = usize::from(MESSAGES);
    let done = pair.run_until(|pair| {
        messages(&pair.a_events).len() >= all && messages(&pair.b_events).len() >= all
    });
    assert!(done.is_ok(), "seed {seed}: {done:?}");
    let (steps, time) = (pair.steps(), pair.now() - strata_sim::START);
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
    }
    (steps, time, assert_all_media_arrived(&pair, seed))
}
