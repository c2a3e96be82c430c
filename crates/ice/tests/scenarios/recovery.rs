//! A path that is in use dies, and another one works.

use core::time::Duration;

use strata_ice::{Config, Event, Role, State};
use strata_sim::LinkConfig;

use crate::{
    scene::{address, ms},
    talker::Talk,
};

const BOTH: [[Role; 2]; 2] = [
    [Role::Controlling, Role::Controlled],
    [Role::Controlled, Role::Controlling],
];
/// The interfaces of `a`, the better one first.
const A1: &str = "192.0.2.1:1";
const A2: &str = "198.51.100.1:1";
/// The only interface of `b`.
const B: &str = "203.0.113.1:1";

/// `a` has two interfaces, `b` has one. Both have completed, and data has flowed for a few seconds.
fn talk(roles: [Role; 2], seed: u64) -> Talk {
    let mut talk = Talk::new(roles, seed, &Config::default());
    // Round trips of 20 to 100 ms.
    let link = LinkConfig::new().delay(ms(5 + seed % 21));
    let (a, b) = (talk.a, talk.b);
    for (host, socket) in [(a, A1), (a, A2), (b, B)] {
        talk.attach(host, socket, link);
    }
    talk.signal();
    talk.complete();
    talk.talk();
    talk.run_for(4_000 + seed * 37);
    assert_eq!(talk.path(a), (A1.into(), B.into()));
    assert_eq!(talk.path(b), (B.into(), A1.into()));
    talk
}

/// The other pair was kept alive, so data goes over it two seconds later at the latest, both ways.
#[test]
fn data_goes_over_to_the_standby_pair_when_the_interface_in_use_is_lost() {
    let mut worst = Duration::ZERO;
    for roles in BOTH {
        for seed in 0..100 {
            let mut talk = talk(roles, seed);
            let (a, b) = (talk.a, talk.b);
            talk.longest_gap();
            talk.network.cut(address(A1).ip());
            talk.run_for(5_000);
            let gap = talk.longest_gap();
            assert!(gap <= ms(2_000), "{roles:?} {seed}: {gap:?}");
            worst = worst.max(gap);
            assert_eq!(talk.path(a), (A2.into(), B.into()), "{roles:?} {seed}");
            assert_eq!(talk.path(b), (B.into(), A2.into()), "{roles:?} {seed}");
            // The controlling side has nominated the pair, and the other one has followed.
            for host in [a, b] {
                assert_eq!(talk.agent(host).state(), State::Completed);
                assert_eq!(talk.agent(host).stats().pair_changes, 1);
                let told = talk.events(host);
                let advised = |event: &Event| matches!(event, Event::RestartAdvised { .. });
                assert!(!told.iter().any(|(_, event)| advised(event)));
            }
            talk.run_for(60_000);
            assert_eq!(talk.longest_gap(), ms(20), "{roles:?} {seed}");
        }
    }
    println!("the longest time without data: {worst:?}");
}

/// Standby pairs that die with the one in use are not tried with data.
#[test]
fn data_goes_only_where_an_answer_has_come_from() {
    let mut talk = Talk::new(BOTH[0], 1, &Config::default());
    let link = LinkConfig::new().delay(ms(10));
    let (a, b) = (talk.a, talk.b);
    let third = "198.51.100.9:1";
    for (host, socket) in [(a, A1), (a, A2), (a, third), (b, B)] {
        talk.attach(host, socket, link);
    }
    talk.signal();
    talk.complete();
    talk.talk();
    talk.run_for(5_000);
    talk.longest_gap();
    talk.network.cut(address(A1).ip());
    talk.network.cut(address(A2).ip());
    talk.run_for(5_000);
    for host in [a, b] {
        let changes = talk.agent(host).stats().pair_changes;
        assert_eq!(changes, 1, "{:?}", talk.events(host));
    }
    assert_eq!(talk.path(a), (third.into(), B.into()));
    assert!(talk.longest_gap() <= ms(2_000));
}

/// With one standby pair, it is the one that shares neither end with the pair in use.
#[test]
fn the_standby_pair_does_not_die_with_the_one_in_use() {
    for dead in [A1, B] {
        let config = Config {
            standby: 1,
            ..Config::default()
        };
        let mut talk = Talk::new(BOTH[0], 1, &config);
        let link = LinkConfig::new().delay(ms(10));
        let (a, b) = (talk.a, talk.b);
        let second = "203.0.113.2:1";
        for (host, socket) in [(a, A1), (a, A2), (b, B), (b, second)] {
            talk.attach(host, socket, link);
        }
        talk.signal();
        talk.complete();
        talk.talk();
        talk.run_for(5_000);
        assert_eq!(talk.path(a), (A1.into(), B.into()));
        talk.longest_gap();
        talk.network.cut(address(dead).ip());
        talk.run_for(5_000);
        let gap = talk.longest_gap();
        assert!(gap <= ms(2_000), "{dead}: {gap:?}");
        assert_eq!(talk.path(a), (A2.into(), second.into()));
    }
}

/// The owner of the sockets says that the interface is gone: nobody has to find out.
#[test]
fn data_goes_over_at_once_when_the_owner_says_that_an_interface_is_gone() {
    let mut worst = [Duration::ZERO; 2];
    for roles in BOTH {
        for seed in 0..100 {
            let mut talk = talk(roles, seed);
            let (a, b) = (talk.a, talk.b);
            let round_trip = ms(4 * (5 + seed % 21));
            let now = talk.network.now();
            talk.network.cut(address(A1).ip());
            talk.remove_interface(a, address(A1).ip());
            assert_eq!(talk.path(a), (A2.into(), B.into()));
            talk.run_for(3_000);
            assert_eq!(talk.path(b), (B.into(), A2.into()), "{roles:?} {seed}");
            // From the side that has lost its interface, and to it.
            let there = talk.first_after_on(b, now, A2);
            let back = talk.first_after_on(a, now, A2);
            assert!(
                there <= round_trip / 2 + ms(20),
                "{roles:?} {seed}: {there:?}"
            );
            let limit = match roles[0] {
                // The other side follows the nomination.
                Role::Controlling => round_trip + ms(20),
                // It has to find out that the old pair is silent.
                Role::Controlled => round_trip * 2 + ms(60),
            };
            assert!(
                back <= limit,
                "{roles:?} {seed}: {back:?} of {round_trip:?}"
            );
            worst = [worst[0].max(there), worst[1].max(back)];
            assert!(
                talk.agent(a)
                    .local_candidates()
                    .all(|local| local.address == address(A2))
            );
        }
    }
    println!("the longest time until data came from the side that lost it, and to it: {worst:?}");
}

/// What a bad link does is no reason to leave it.
fn a_bad_link_is_not_left(hours: u64, paces: [Option<Duration>; 2]) {
    let mut talk = Talk::new(BOTH[0], 1, &Config::default());
    let bad = LinkConfig::new().delay(ms(20)).jitter(ms(200)).loss(0.05);
    let good = LinkConfig::new().delay(ms(20));
    let (a, b) = (talk.a, talk.b);
    for (host, socket, link) in [(a, A1, bad), (a, A2, bad), (b, B, good)] {
        talk.attach(host, socket, link);
    }
    talk.signal();
    talk.complete();
    for (host, pace) in [(a, paces[0]), (b, paces[1])] {
        let now = talk.network.now();
        talk.network.host_mut(host).keeps = false;
        if let Some(pace) = pace {
            talk.network.host_mut(host).talk(now, pace);
        }
        talk.events(host);
    }
    for _ in 0..hours * 60 {
        talk.run_for(60_000);
    }
    for host in [a, b] {
        assert_eq!(talk.events(host), []);
        assert_eq!(talk.agent(host).state(), State::Completed);
    }
}

#[test]
fn an_hour_of_loss_and_jitter_is_no_reason_to_leave_a_pair() {
    let pace = Some(ms(20));
    a_bad_link_is_not_left(1, [pace, pace]);
    a_bad_link_is_not_left(1, [pace, None]);
    a_bad_link_is_not_left(1, [None, pace]);
}

#[test]
#[ignore = "takes a minute: 72 virtual hours"]
fn days_of_loss_and_jitter_are_no_reason_to_leave_a_pair() {
    let pace = Some(ms(20));
    a_bad_link_is_not_left(24, [pace, pace]);
    a_bad_link_is_not_left(24, [pace, None]);
    a_bad_link_is_not_left(24, [None, pace]);
}
