//! Lost, late, doubled and damaged datagrams.

use std::time::Duration;

use proptest::prelude::*;
use strata_dtls::{CloseReason, Config, Event, Role};
use strata_sim::{LinkConfig, RunLimits};

use crate::setup::{agreed, both_connected, config, link, millis, pair, told};

/// The client's flights leave at 0 and 50 ms, the server's at 25 and 75. Whichever is lost, somebody's
/// timer of 200 ms repeats it so that all is done 200 ms later.
/// RFC 6347 §4.2.4.
#[test]
fn every_datagram_of_a_handshake_may_be_lost_once() {
    for (from_client, index) in [(true, 0), (false, 0), (true, 1), (false, 1)] {
        let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
        let direction = if from_client {
            &mut pair.a_to_b
        } else {
            &mut pair.b_to_a
        };
        direction.drop_indices([index]);
        pair.run_until(both_connected).unwrap();
        assert_eq!(millis(pair.now()), 300, "{from_client} {index}");
        assert!(agreed(&pair));
    }
}

/// RFC 6347 §4.2.4, §4.2.5: the last flight goes again when the other side repeats its own, `ChangeCipherSpec` and all.
#[test]
fn a_lost_last_flight_is_asked_for_again() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    pair.b_to_a.drop_indices([1]);
    pair.run_until(both_connected).unwrap();
    // The client sent its flight at 50 ms, again at 250; the server's answer is there at 300.
    assert_eq!(millis(pair.a_events[0].0), 300);
    assert_eq!(millis(pair.b_events[0].0), 75);
    assert_eq!(pair.a.stats().timeouts, 1);
    assert_eq!((pair.b.stats().timeouts, pair.b.stats().repeats), (0, 1));
}

#[test]
fn a_peer_that_never_answers_is_given_up() {
    let mut client = config(Role::Client);
    client.handshake_timeout = Duration::from_mins(10);
    let mut pair = pair(client, config(Role::Server), link(), 0);
    pair.cut();
    pair.run_until(|pair| pair.a.close_reason().is_some())
        .unwrap();
    // 200 ms doubled 8 times, not above a minute: 0.2 + 0.4 + ... + 51.2.
    assert_eq!(millis(pair.now()), 102_200);
    assert_eq!(
        told(&pair.a_events),
        [Event::Closed {
            reason: CloseReason::Timeout
        }]
    );
    assert_eq!(pair.a.stats().timeouts, 8);
}

fn patient(role: Role, mtu: usize) -> Config {
    let mut config = config(role);
    config.mtu = mtu;
    config.retransmission.attempts = 40;
    config.retransmission.maximum = Duration::from_secs(1);
    config.handshake_timeout = Duration::from_mins(10);
    config
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_bad_link_only_takes_longer(
        seed: u64,
        loss in 0.0..0.35,
        duplicate in 0.0..0.3,
        reorder in 0.0..0.5,
        corrupt in 0.0..0.05,
        jitter in 0u64..100,
        mtu in 128usize..1400,
        cookie: bool,
    ) {
        let link = LinkConfig::new()
            .delay(Duration::from_millis(20))
            .jitter(Duration::from_millis(jitter))
            .loss(loss)
            .duplicate(duplicate)
            .reorder(reorder, Duration::from_millis(80))
            .mtu(mtu);
        let mut server = patient(Role::Server, mtu);
        server.cookie_exchange = cookie;
        let mut pair = pair(patient(Role::Client, mtu), server, link, seed);
        // Bit errors in the clear may end a handshake, so they hit protected records only.
        for link in [&mut pair.a_to_b, &mut pair.b_to_a] {
            let mut dice = seed;
            link.set_filter(move |sent| {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let chance = f64::from(u32::try_from(dice >> 32).unwrap()) / f64::from(u32::MAX);
                if chance < corrupt && sent.payload.get(4) == Some(&1) {
                    let at = usize::try_from(dice >> 40).unwrap() % sent.payload.len();
                    sent.payload[at] ^= 1;
                }
                strata_sim::Verdict::Pass
            });
        }
        pair.set_limits(RunLimits { steps: 20_000, ..RunLimits::default() });
        pair.run_until(both_connected).unwrap();
        prop_assert!(agreed(&pair));
        // And then there is rest.
        pair.run_until_idle().unwrap();
        prop_assert!(pair.a.is_connected() && pair.b.is_connected());
    }
}
