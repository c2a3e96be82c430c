//! Full tables: the oldest entry that is of no more use is evicted, what is in use stays, and both are counted.

use core::time::Duration;

use strata_core::Endpoint as _;
use strata_ice::{AddCandidateError, CandidateKind, Event, RestartReason, Role, State};
use strata_sim::START;
use strata_stun::{IceControlling, Message, Priority, UseCandidate, Username, XorMappedAddress};

use crate::{
    bench::{Bench, candidate, success},
    scene::{B, address, at, ms},
};

fn remotes(bench: &Bench) -> Vec<String> {
    let mut all: Vec<_> = bench
        .agent
        .remote_candidates()
        .map(|candidate| candidate.address.to_string())
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn a_candidate_that_may_still_win_makes_no_room() {
    let mut bench = Bench::signalled(Role::Controlled);
    for port in 1..=64 {
        bench.add_remote(0, &format!("192.0.2.2:{port}"), port);
    }
    let before = remotes(&bench);
    let refused = bench
        .agent
        .add_remote_candidate(START, candidate("192.0.2.3:9", u32::MAX));
    assert_eq!(refused, Err(AddCandidateError::TooMany(64)));
    let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
    bench.give(0, "192.0.2.4:9", &check);
    assert_eq!(remotes(&bench), before);
    let stats = bench.agent.stats();
    assert_eq!(
        (stats.remote_candidates_ignored, stats.drops.overload),
        (1, 1)
    );
    assert_eq!(stats.remote_candidates_forgotten, 0);
}

#[test]
fn candidates_that_have_failed_make_room_for_later_ones() {
    let mut bench = Bench::signalled(Role::Controlling);
    for port in 1..=64 {
        bench.add_remote(0, &format!("192.0.2.2:{port}"), port);
    }
    // All are refused, one after the other.
    for millis in (0..6_400).step_by(50) {
        bench.agent.handle_timeout(at(ms(millis)));
        bench.refuse_all(millis);
    }
    // The next 64 replace them, the oldest first, whether they are signalled or found.
    for port in 101..=163 {
        bench.add_remote(6_400, &format!("192.0.2.2:{port}"), port);
        assert_eq!(bench.agent.remote_candidates().count(), 64);
    }
    assert!(remotes(&bench).contains(&"192.0.2.2:64".to_owned()));
    let check = bench.check(|writer| writer);
    bench.give(6_400, "192.0.2.3:9", &check);
    let mut expected: Vec<_> = (101..=163)
        .map(|port| format!("192.0.2.2:{port}"))
        .collect();
    expected.push("192.0.2.3:9".to_owned());
    assert_eq!(remotes(&bench), expected);
    assert_eq!(bench.agent.stats().remote_candidates_forgotten, 64);
    // The new candidates are as good as any: the pair of the one that was found works.
    bench.answer_until(6_400, 10_000);
    assert_eq!(bench.agent.state(), State::Completed);
    assert_eq!(bench.agent.stats().drops.overload, 0);
}

#[test]
fn a_pair_that_works_stays_when_a_list_of_failed_ones_is_full() {
    let mut bench = Bench::signalled(Role::Controlled);
    bench.add_remote(0, B, 1);
    bench.answer_until(0, 100);
    // 200 others have but one try each, and never answer.
    for port in 1..=200_u64 {
        let from = port * 45_000;
        bench.answer_until(from - 45_000, from);
        let check = bench.check(|writer| writer);
        bench.give(from, &format!("198.51.100.1:{port}"), &check);
        for (to, bytes) in bench.requests(from) {
            if to != B {
                bench.refuse(from, &to, &bytes);
            }
        }
    }
    assert_eq!(bench.agent.selected_path().unwrap().remote, address(B));
    assert_eq!(bench.agent.state(), State::Connected);
    assert!(remotes(&bench).contains(&B.to_owned()));
    assert!(remotes(&bench).contains(&"198.51.100.1:200".to_owned()));
    let stats = bench.agent.stats();
    assert_eq!(
        (
            bench.agent.remote_candidates().count(),
            stats.remote_candidates_forgotten
        ),
        (64, 137)
    );
    assert_eq!(stats.drops.overload, 0);
}

/// The addresses of both sides change again and again, as behind translators that forget their mappings. The peer
/// nominates the new pair each time, and each time the agent follows.
#[test]
fn a_peer_that_moves_again_and_again_is_followed_for_hours() {
    let mut bench = Bench::signalled(Role::Controlled);
    for port in 1..=300_u16 {
        let now = u64::from(port) * 40_000;
        let remote = format!("198.51.100.1:{port}");
        let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
        bench.give(now, &remote, &check);
        let mapped = XorMappedAddress(([203, 0, 113, 1], port).into());
        for (to, bytes) in bench.requests(now) {
            let answer = success(&Message::parse(&bytes).unwrap(), &mapped);
            bench.give(now, &to, &answer);
        }
        let pair = bench
            .agent
            .selected_pair()
            .unwrap_or_else(|| panic!("{port}"));
        assert_eq!(pair.path.remote, address(&remote), "{port}");
        assert_eq!(
            (pair.local.kind, pair.local.address),
            (CandidateKind::PeerReflexive, mapped.0)
        );
        assert_eq!(bench.agent.state(), State::Completed, "{port}");
        bench.answer_until(now, now + 39_999);
    }
    assert_eq!(bench.agent.remote_candidates().count(), 64);
    let stats = bench.agent.stats();
    assert_eq!(stats.remote_candidates_forgotten, 300 - 64);
    assert_eq!(stats.drops, strata_ice::Drops::default());
}

/// Pairs that work are what a call goes over to. A further candidate does not push them out.
#[test]
fn pairs_that_work_make_no_room() {
    let mut bench = Bench::configured(strata_ice::Config {
        role: Role::Controlling,
        limits: strata_ice::Limits {
            pairs: 2,
            ..strata_ice::Limits::default()
        },
        ..strata_ice::Config::default()
    });
    bench.signal();
    let working = ["192.0.2.2:1", "192.0.2.3:1"];
    for remote in working {
        bench.add_remote(0, remote, 1000);
    }
    bench.answer_until(0, 1_000);
    for host in 1..=5 {
        bench.add_remote(1_000, &format!("198.51.100.{host}:1"), 2_000_000_000);
    }
    for remote in working {
        let path = strata_core::Path::udp(address(crate::scene::A), address(remote));
        assert!(bench.agent.is_valid_path(path), "{remote}");
    }
    assert_eq!(bench.agent.stats().pairs_discarded, 5);
}

/// RFC 8445 §7.3: checks may come before the credentials of their sender. They are kept until then, up to a limit.
#[test]
fn of_too_many_early_checks_the_latest_are_kept() {
    let mut bench = Bench::new(Role::Controlled);
    for port in 1..=100 {
        let check = bench.check(|writer| writer.push(&IceControlling(1)));
        bench.give(0, &format!("192.0.2.2:{port}"), &check);
        assert_eq!(bench.sent(0).len(), 1, "an answer");
    }
    assert_eq!(bench.agent.stats().drops.overload, 68);
    assert_eq!(bench.agent.remote_candidates().count(), 0);
    bench.signal();
    let mut checked: Vec<_> = bench
        .unanswered(0, 5_000)
        .into_iter()
        .map(|(_, to)| to)
        .collect();
    checked.sort_unstable();
    checked.dedup();
    let mut expected: Vec<_> = (69..=100).map(|port| format!("192.0.2.2:{port}")).collect();
    expected.sort_unstable();
    assert_eq!(checked, expected);
}

/// An offer may reach several peers (by forking, say), and all of them send checks. The one that is chosen in the end
/// repeats its check, and the checks of the others, before and between, do not shut it out.
#[test]
fn early_checks_of_others_do_not_shut_out_who_is_chosen() {
    let mut bench = Bench::new(Role::Controlled);
    let stranger = format!("{}:else", bench.agent.local_credentials().ufrag());
    let key = bench.key();
    for port in 1..=40 {
        let check = bench.request(|writer| {
            writer
                .push(&Username(&stranger))
                .push(&Priority(1000))
                .integrity(&key)
        });
        bench.give(0, &format!("198.51.100.1:{port}"), &check);
        if port % 20 == 0 {
            let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
            bench.give(0, B, &check);
        }
        let _ = bench.sent(0);
    }
    bench.signal();
    let checked = bench.unanswered(0, 400);
    assert_eq!(checked, [(0, B.to_owned())]);
    let drops = bench.agent.stats().drops;
    // 41 checks of different senders came, of which 32 were kept, one of them of the chosen one.
    assert_eq!((drops.overload, drops.other_session), (9, 31));
}

#[test]
fn of_events_that_nobody_polls_the_latest_are_kept() {
    let mut bench = Bench::signalled(Role::Controlled);
    bench.add_remote(0, B, 1);
    bench.answer_until(0, 100);
    // The other side is silent for 15 s of every 35, so that the state changes twice in each.
    let mut now = 0;
    for _ in 0..200 {
        bench.answer_until(now, now + 20_000);
        now += 20_000;
        let _ = bench.unanswered(now, now + 15_000);
        now += 15_000;
        assert_eq!(bench.agent.state(), State::Disconnected);
    }
    let told: Vec<Event> = std::iter::from_fn(|| bench.agent.poll_event()).collect();
    let reason = RestartReason::NoPairAnswers;
    let expected: Vec<_> = [
        Event::StateChanged(State::Disconnected),
        Event::StateChanged(State::Connected),
        Event::RestartAdvised { reason },
    ]
    .into_iter()
    .cycle()
    .take(64)
    .collect();
    assert_eq!(told, expected);
    let forgotten = bench.agent.stats().events_forgotten;
    // Checking, the pair, and 400 times connected or not, and 200 times advice.
    assert_eq!(forgotten, 2 + 600 - 64);
    // An owner that polls late learns the present state.
    bench.agent.handle_timeout(START + Duration::from_hours(3));
    assert_eq!(
        bench.agent.poll_event(),
        Some(Event::StateChanged(State::Failed))
    );
}
