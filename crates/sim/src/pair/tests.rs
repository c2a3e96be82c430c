//! What pairs do, exactly.

use proptest::prelude::*;
use strata_core::Endpoint as _;

use super::*;
use crate::{
    DropReason, Fate, SeededEntropy, Verdict,
    run::START,
    toy::{Event, Fault, RTO, Routed, Toy},
};

fn pair(messages: u8, link: LinkConfig) -> Pair<Toy, Toy> {
    let mut entropy = SeededEntropy::entropy(1);
    let (a, b) = (entropy.fork(), entropy.fork());
    Pair::new(Toy::new(messages, a), Toy::new(0, b), link, 1)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn one_message_takes_one_round_trip() {
    let mut pair = pair(1, LinkConfig::new().delay(ms(20)));
    let took = pair.run_until(|pair| !pair.a_events.is_empty()).unwrap();
    assert_eq!(took, ms(40));
    assert_eq!(pair.a_events, [(START + ms(40), Event::Delivered(0))]);
    assert_eq!(pair.b_events, [(START + ms(20), Event::Received(0))]);
    assert_eq!(pair.steps(), 2);
}

#[test]
fn a_dropped_datagram_is_sent_again_after_the_timeout() {
    let mut pair = pair(1, LinkConfig::new().delay(ms(20)));
    pair.record();
    pair.a_to_b.drop_next(2);
    let took = pair.run_until_idle().unwrap();
    assert_eq!(took, 2 * RTO + ms(40));
    let fates: Vec<_> = pair
        .trace()
        .iter()
        .map(|r| (r.sender, r.sent, r.fate))
        .collect();
    let lost = Fate::Dropped(DropReason::Filter);
    let arrives = |at| Fate::Arrives {
        at,
        duplicate: None,
    };
    assert_eq!(
        fates,
        [
            (0, START, lost),
            (0, START + RTO, lost),
            (0, START + 2 * RTO, arrives(START + 2 * RTO + ms(20))),
            (
                1,
                START + 2 * RTO + ms(20),
                arrives(START + 2 * RTO + ms(40))
            ),
        ]
    );
}

#[test]
fn a_path_cut_in_the_middle_ends_in_the_engines_closing() {
    let mut pair = pair(20, LinkConfig::new().delay(ms(20)));
    pair.run_until(|pair| pair.a_events.len() == 3).unwrap();
    pair.cut();
    let took = pair
        .run_until(|pair| matches!(pair.a_events.last(), Some((_, Event::Closed { .. }))))
        .unwrap();
    assert_eq!(took, 6 * RTO);
    assert_eq!(pair.a_to_b.stats().dropped_down, 5);
}

#[test]
fn a_cut_that_ends_is_survived() {
    let mut pair = pair(2, LinkConfig::new().delay(ms(20)));
    pair.cut();
    pair.run_for(ms(500)).unwrap();
    assert_eq!(pair.now(), START + ms(500));
    pair.restore();
    pair.run_until_idle().unwrap();
    let delivered: Vec<_> = pair.a_events.iter().map(|(_, event)| *event).collect();
    assert_eq!(delivered, [Event::Delivered(0), Event::Delivered(1)]);
}

#[test]
fn the_api_is_called_between_steps() {
    let mut pair = pair(0, LinkConfig::new().delay(ms(5)));
    assert_eq!(pair.run_until_idle(), Ok(Duration::ZERO));
    pair.b.send(1);
    pair.run_until_idle().unwrap();
    let mut sent = false;
    pair.run_until(|pair| {
        if !std::mem::replace(&mut sent, true) {
            pair.a.send(1);
        }
        pair.a_events.len() == 2
    })
    .unwrap();
    assert_eq!(pair.now(), START + ms(20));
}

#[test]
fn what_can_never_happen_is_an_error() {
    let mut pair = pair(1, LinkConfig::new().delay(ms(20)));
    let error = pair.run_until(|pair| pair.a_events.len() == 2);
    let at = START + ms(40);
    assert_eq!(error, Err(RunError::Idle { at, steps: 2 }));
}

#[test]
fn waiting_ends_at_the_time_limit() {
    let mut pair = pair(1, LinkConfig::new().down());
    pair.set_limits(RunLimits {
        time: ms(700),
        ..RunLimits::default()
    });
    let error = pair.run_until(|pair| !pair.a_events.is_empty());
    let at = START + ms(600);
    assert_eq!(error, Err(RunError::Time { at, steps: 3 }));
}

#[test]
fn livelock_ends_at_the_step_limit() {
    let path = Path::udp(A_ADDRESS, B_ADDRESS);
    let mut a = Routed::echo();
    a.send(path, b"ping");
    let mut pair = Pair::new(a, Routed::echo(), LinkConfig::new(), 1);
    pair.set_limits(RunLimits {
        steps: 1000,
        ..RunLimits::default()
    });
    let error = pair.run_for(ms(1));
    assert_eq!(
        error,
        Err(RunError::Steps {
            at: START,
            steps: 1000
        })
    );
    assert_eq!(pair.steps(), 1000);
}

#[test]
fn an_engine_that_breaks_the_contract_is_named() {
    let entropy = SeededEntropy::entropy(1);
    let b = Toy::broken(Fault::EndlessTransmit, 1, entropy);
    let a = Toy::new(0, SeededEntropy::entropy(2));
    let error = Pair::new(a, b, LinkConfig::new(), 1).run_for(ms(1));
    assert!(
        matches!(error, Err(RunError::Contract { host: 1, .. })),
        "{error:?}"
    );
}

#[test]
fn a_run_of_segments_arrives_as_single_datagrams() {
    let path = Path::udp(A_ADDRESS, B_ADDRESS);
    let mut a = Routed::default();
    a.send_run(path, 4, b"aaaabbbbcc");
    let mut pair = Pair::new(a, Routed::default(), LinkConfig::new(), 1);
    pair.run_until_idle().unwrap();
    let expected = [b"aaaa".to_vec(), b"bbbb".to_vec(), b"cc".to_vec()];
    assert_eq!(
        pair.b.received,
        expected.map(|bytes| (path.reversed(), bytes))
    );
}

#[test]
fn a_plain_and_a_routed_engine_can_meet() {
    let a = Toy::new(1, SeededEntropy::entropy(1));
    let mut pair = Pair::new(a, Routed::default(), LinkConfig::new(), 1);
    pair.run_for(ms(10)).unwrap();
    let (path, _) = &pair.b.received[0];
    assert_eq!(*path, Path::udp(B_ADDRESS, A_ADDRESS));
}

#[test]
fn filters_can_hold_and_change_datagrams() {
    let path = Path::udp(A_ADDRESS, B_ADDRESS);
    let mut a = Routed::default();
    a.send_run(path, 1, b"123");
    let mut pair = Pair::new(a, Routed::default(), LinkConfig::new(), 1);
    pair.a_to_b.set_filter(|sent| match sent.index {
        0 => Verdict::Hold(ms(5)),
        1 => {
            sent.payload.push(b'!');
            Verdict::Pass
        }
        _ => Verdict::Pass,
    });
    pair.run_until_idle().unwrap();
    let received: Vec<_> = pair
        .b
        .received
        .iter()
        .map(|(_, bytes)| &bytes[..])
        .collect();
    assert_eq!(received, [&b"2!"[..], b"3", b"1"]);
}

#[test]
fn injected_datagrams_reach_the_engine() {
    let mut pair = pair(0, LinkConfig::new());
    pair.inject_to_b(&[0, 7, 0]).unwrap();
    assert_eq!(pair.b_events, [(START, Event::Received(7))]);
    pair.inject_to_a(&[0, 8, 0]).unwrap();
    assert_eq!(pair.a_events, [(START, Event::Received(8))]);
    assert!(pair.a.poll_timeout().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_same_seed_gives_the_same_run(seed: u64, loss in 0.0..0.4, duplicate in 0.0..0.4) {
        let run = || {
            let mut entropy = SeededEntropy::entropy(seed);
            let (a, b) = (Toy::new(20, entropy.fork()), Toy::new(20, entropy.fork()));
            let link = LinkConfig::new()
                .delay(ms(20))
                .jitter(ms(10))
                .loss(loss)
                .duplicate(duplicate)
                .reorder(0.1, ms(30));
            let mut pair = Pair::new(a, b, link, seed);
            pair.record();
            pair.run_until_idle().unwrap();
            (pair.trace().to_vec(), pair.a_events, pair.b_events)
        };
        prop_assert_eq!(run(), run());
    }
}
