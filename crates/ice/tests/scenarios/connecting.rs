//! How fast agents find each other.

use proptest::prelude::*;
use strata_ice::{CandidateKind, Role, State};
use strata_sim::LinkConfig;

use crate::scene::{A, B, Scene, address, at, ms};

/// RFC 8445 §7.3.1.4, §8.1.1: triggered checks, and the nomination after them.
#[test]
fn two_agents_are_connected_after_one_round_trip_and_done_after_two() {
    let mut scene = Scene::completed();
    let (a, b) = (scene.a, scene.b);
    // A -> check ----------> B    0 ms (and B -> check -> A)
    // A <- success --------- B   40 ms: connected
    // A -> check, use ------> B  60 ms: B completed
    // A <- success --------- B   80 ms: A completed
    assert_eq!(
        scene.states(a),
        [
            (ms(0), State::Checking),
            (ms(40), State::Connected),
            (ms(80), State::Completed)
        ]
    );
    assert_eq!(
        scene.states(b),
        [
            (ms(0), State::Checking),
            (ms(40), State::Connected),
            (ms(60), State::Completed)
        ]
    );
    scene.assert_same_pair();
    let stats = scene.agent(a).stats();
    assert_eq!(stats.round_trip_time, Some(ms(40)));
    assert_eq!(stats.drops, strata_ice::Drops::default());
    assert_eq!(stats.retransmissions_sent, 0);
}

#[test]
fn agents_on_ipv6_connect_too() {
    let mut scene = Scene::unattached([Role::Controlling, Role::Controlled], 1);
    let link = LinkConfig::new().delay(ms(5));
    for (host, socket) in [(scene.a, "[2001:db8::1]:1"), (scene.b, "[2001:db8::2]:2")] {
        scene.network.attach(host, address(socket).ip(), link);
        scene.add_socket(host, socket);
    }
    scene.signal();
    assert_eq!(scene.run_until_both(State::Completed), ms(40));
    let path = scene.agent(scene.a).selected_path().unwrap();
    assert_eq!(path.remote, address("[2001:db8::2]:2"));
}

/// RFC 8445 §8.1.1.
#[test]
fn of_two_pairs_that_work_the_preferred_one_is_nominated() {
    let mut scene = Scene::unattached([Role::Controlling, Role::Controlled], 1);
    let link = LinkConfig::new().delay(ms(5));
    let sockets = [
        (scene.a, ["[2001:db8::1]:1", "192.0.2.1:1"]),
        (scene.b, ["[2001:db8::2]:2", "192.0.2.2:2"]),
    ];
    for (host, sockets) in sockets {
        for socket in sockets {
            scene.network.attach(host, address(socket).ip(), link);
            scene.add_socket(host, socket);
        }
    }
    scene.signal();
    assert_eq!(scene.run_until_both(State::Completed), ms(40));
    let path = scene.agent(scene.a).selected_path().unwrap();
    assert_eq!(path.remote, address("[2001:db8::2]:2"));
    scene.assert_same_pair();
}

#[test]
fn a_better_pair_that_does_not_answer_holds_nothing_up_for_long() {
    let mut scene = Scene::new(ms(10));
    // A candidate with a higher priority than all others, at an address that nobody has.
    let (a, b) = (scene.a, scene.b);
    scene.signal_other((b, a), ("198.51.100.9:9", "dead"), |priority| {
        priority + 256
    });
    scene.signal();
    // The dead pair is checked at 0 ms. At 20 ms, B's check triggers one of the other pair, which is
    // answered at 60 ms. The dead pair may be answered until 100 ms: twice the round trip of 40 ms, and 20 ms.
    let took = scene.run_until_both(State::Completed);
    assert_eq!(took, ms(100 + 40));
    assert_eq!(scene.agent(a).selected_path().unwrap().remote, address(B));
}

/// RFC 8445 §7.3: such a check is answered at once. What else it causes waits for the credentials.
#[test]
fn a_check_may_come_before_the_credentials_of_its_sender() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    // A knows everything of B, but B knows nothing of A yet.
    scene.signal_all(b, a);
    scene.run_for(ms(200));
    // B answers all checks of A, which is enough for A.
    assert_eq!(scene.agent(a).state(), State::Completed);
    assert_eq!(scene.agent(b).state(), State::New);
    assert_eq!(scene.agent(b).stats().drops, strata_ice::Drops::default());
    // A has nominated the pair already. With the credentials, B sends its triggered check and selects the pair.
    scene.signal_credentials(a, b);
    assert_eq!(scene.run_until_both(State::Completed), ms(40));
    scene.assert_same_pair();
    let pair = scene.agent(b).selected_pair().unwrap();
    assert_eq!(pair.remote.kind, CandidateKind::PeerReflexive);
}

#[test]
fn a_candidate_that_was_found_becomes_the_one_that_is_signalled() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    scene.signal_all(b, a);
    scene.signal_credentials(a, b);
    scene.run_for(ms(30));
    let found = *scene.agent(b).remote_candidates().next().unwrap();
    assert_eq!(found.kind, CandidateKind::PeerReflexive);
    assert_eq!(found.address, address(A));
    scene.signal_candidates(a, b);
    let signalled: Vec<_> = scene.agent(b).remote_candidates().copied().collect();
    assert_eq!(signalled.len(), 1);
    assert_eq!(signalled[0].kind, CandidateKind::Host);
    scene.run_until_both(State::Completed);
    scene.assert_same_pair();
}

#[test]
fn candidates_may_come_before_the_credentials_and_much_later() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    scene.signal_candidates(b, a);
    scene.run_for(ms(1000));
    assert_eq!(scene.agent(a).state(), State::New);
    scene.signal_credentials(b, a);
    scene.signal_credentials(a, b);
    scene.run_until_both(State::Completed);
    scene.assert_same_pair();
}

#[test]
fn a_candidate_that_trickles_in_is_checked_at_once() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    scene.signal_credentials(b, a);
    scene.signal_credentials(a, b);
    scene.run_for(ms(5000));
    assert_eq!(scene.agent(a).state(), State::Checking);
    scene.signal_candidates(a, b);
    assert_eq!(scene.run_until_both(State::Completed), ms(100));
}

/// RFC 8445 §14.2.
#[test]
fn checks_are_paced() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    for host in 1..=20 {
        let (at, foundation) = (format!("198.51.100.{host}:9"), format!("f{host}"));
        scene.signal_other((b, a), (&at, &foundation), |priority| priority);
    }
    scene.signal_credentials(b, a);
    scene.network.record();
    scene.run_for(ms(1020));
    let sent: Vec<u128> = scene
        .network
        .trace()
        .iter()
        .map(|record| (record.sent - strata_sim::START).as_millis())
        .collect();
    // Ta = 50 ms between ordinary checks. While 20 are pending, RTO is 50 ms * 20 = 1 s.
    let expected: Vec<u128> = (0..20).map(|slot| slot * 50).chain([1000]).collect();
    assert_eq!(sent, expected);
}

/// 15 % per link are 28 % per direction and 48 % per exchange: one check in two hundred is not answered in seven tries.
#[test]
fn nearly_all_find_each_other_even_when_half_of_the_exchanges_are_lost() {
    let link = LinkConfig::new().delay(ms(15)).loss(0.15);
    let completed = (0..200).filter(|seed| {
        let mut scene = Scene::with(link, *seed);
        scene.signal();
        let (a, b) = (scene.a, scene.b);
        let both = scene.network.run_until(|network| {
            [a, b].map(|host| network.host(host).state()) == [State::Completed; 2]
        });
        both.is_ok_and(|took| took <= ms(60_000))
    });
    let completed = completed.count();
    assert!(completed >= 195, "{completed} of 200");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn bad_links_only_take_longer(seed: u64, loss in 0.0..0.3_f64, reorder in 0.0..0.3_f64) {
        let link = LinkConfig::new()
            .delay(ms(15))
            .jitter(ms(30))
            .loss(loss)
            .duplicate(0.1)
            .reorder(reorder, ms(40));
        let mut scene = Scene::with(link, seed);
        scene.signal();
        let (a, b) = (scene.a, scene.b);
        let ended = scene.network.run_until(|network| {
            let states = [a, b].map(|host| network.host(host).state());
            let over = states.iter().all(|state| matches!(state, State::Completed | State::Failed));
            over || network.now() > at(ms(300_000))
        });
        prop_assert!(ended.is_ok(), "{ended:?}");
        prop_assert!(scene.network.steps() < 5000);
        // No side waits for ever: each has a pair, or has failed.
        for host in [a, b] {
            let agent = scene.agent(host);
            prop_assert_ne!(agent.state(), State::Checking);
            prop_assert_eq!(agent.state() == State::Failed, agent.selected_path().is_none());
        }
        if scene.both(State::Completed) {
            scene.assert_same_pair();
        }
        if loss < 0.1 {
            prop_assert!(scene.both(State::Completed), "{:?}", scene.states(scene.a));
        }
    }
}
