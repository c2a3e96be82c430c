//! Full tables: what is dead makes room, the oldest first; what is alive stays; both are counted.

use core::time::Duration;

use strata_core::Endpoint as _;
use strata_ice::{AddCandidateError, CandidateKind, Event, Role, State};
use strata_sim::START;
use strata_stun::{
    Class, ErrorCode, IceControlling, Message, Priority, UseCandidate, Username, XorMappedAddress,
};

use crate::{
    answers::{Bench, respond, success},
    musts::{requests, unanswered},
    peers::{answer_until, candidate},
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
        let remote = candidate(&format!("192.0.2.2:{port}"), port);
        bench.agent.add_remote_candidate(START, remote).unwrap();
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
        let remote = candidate(&format!("192.0.2.2:{port}"), port);
        bench.agent.add_remote_candidate(START, remote).unwrap();
    }
    // All are refused, one after the other.
    for millis in (0..6_400).step_by(50) {
        bench.agent.handle_timeout(at(ms(millis)));
        for (to, bytes) in requests(&mut bench, millis) {
            let refusal = respond(&Message::parse(&bytes).unwrap(), Class::Error, |writer| {
                writer.push(&ErrorCode::SERVER_ERROR)
            });
            bench.give(millis, &to, &refusal);
        }
    }
    // The 64 after them find room, oldest out first, whether signalled or found.
    for port in 101..=163 {
        let remote = candidate(&format!("192.0.2.2:{port}"), port);
        bench
            .agent
            .add_remote_candidate(at(ms(6_400)), remote)
            .unwrap();
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
    // They are as good as any: the one that was found has found us, and works.
    answer_until(&mut bench, 6_400, 10_000);
    assert_eq!(bench.agent.state(), State::Completed);
    assert_eq!(bench.agent.stats().drops.overload, 0);
}

#[test]
fn a_pair_that_works_stays_when_a_list_of_failed_ones_is_full() {
    let mut bench = Bench::signalled(Role::Controlled);
    bench
        .agent
        .add_remote_candidate(START, candidate(B, 1))
        .unwrap();
    answer_until(&mut bench, 0, 100);
    // 200 others have but one try each, and never answer.
    for port in 1..=200_u64 {
        let from = port * 45_000;
        answer_until(&mut bench, from - 45_000, from);
        let check = bench.check(|writer| writer);
        bench.give(from, &format!("198.51.100.1:{port}"), &check);
        for (to, bytes) in requests(&mut bench, from) {
            if to != B {
                let refusal = respond(&Message::parse(&bytes).unwrap(), Class::Error, |writer| {
                    writer.push(&ErrorCode::SERVER_ERROR)
                });
                bench.give(from, &to, &refusal);
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

/// A peer whose address changes again and again, and ours with it, as behind translators that forget: it nominates the
/// new pair each time, and is followed each time.
#[test]
fn a_peer_that_moves_again_and_again_is_followed_for_hours() {
    let mut bench = Bench::signalled(Role::Controlled);
    for port in 1..=300_u16 {
        let now = u64::from(port) * 40_000;
        let remote = format!("198.51.100.1:{port}");
        let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
        bench.give(now, &remote, &check);
        let mapped = XorMappedAddress(([203, 0, 113, 1], port).into());
        for (to, bytes) in requests(&mut bench, now) {
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
        answer_until(&mut bench, now, now + 39_999);
    }
    assert_eq!(bench.agent.remote_candidates().count(), 64);
    let stats = bench.agent.stats();
    assert_eq!(stats.remote_candidates_forgotten, 300 - 64);
    assert_eq!(stats.drops, strata_ice::Drops::default());
}

/// RFC 8445 §7.3: checks may come before the credentials of who sends them. They are kept for these, up to a limit.
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
    let mut checked: Vec<_> = unanswered(&mut bench, 0, 5_000)
        .into_iter()
        .map(|(_, to)| to)
        .collect();
    checked.sort_unstable();
    checked.dedup();
    let mut expected: Vec<_> = (69..=100).map(|port| format!("192.0.2.2:{port}")).collect();
    expected.sort_unstable();
    assert_eq!(checked, expected);
}

/// An offer may reach several (by forking, say), and all of them send checks: who is chosen in the end repeats his, and
/// is not shut out by those who came before, nor by those between.
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
    let checked = unanswered(&mut bench, 0, 400);
    assert_eq!(checked, [(0, B.to_owned())]);
    let drops = bench.agent.stats().drops;
    // 41 checks of different senders came, of which 32 were kept, one of them of the chosen one.
    assert_eq!((drops.overload, drops.other_session), (9, 31));
}

#[test]
fn events_that_nobody_polls_make_room_for_the_latest() {
    let mut bench = Bench::signalled(Role::Controlled);
    bench
        .agent
        .add_remote_candidate(START, candidate(B, 1))
        .unwrap();
    answer_until(&mut bench, 0, 100);
    // The other side is silent for 15 s of every 35, so that the state changes twice in each.
    let mut now = 0;
    for _ in 0..200 {
        answer_until(&mut bench, now, now + 20_000);
        now += 20_000;
        let _ = unanswered(&mut bench, now, now + 15_000);
        now += 15_000;
        assert_eq!(bench.agent.state(), State::Disconnected);
    }
    let told: Vec<Event> = std::iter::from_fn(|| bench.agent.poll_event()).collect();
    let expected: Vec<_> = [State::Connected, State::Disconnected]
        .into_iter()
        .cycle()
        .map(Event::StateChanged)
        .take(64)
        .collect();
    assert_eq!(told, expected);
    let forgotten = bench.agent.stats().events_forgotten;
    // Checking, the pair, and 400 times connected or not.
    assert_eq!(forgotten, 2 + 400 - 64);
    // Who polls late has what is true now.
    bench.agent.handle_timeout(START + Duration::from_hours(3));
    assert_eq!(
        bench.agent.poll_event(),
        Some(Event::StateChanged(State::Failed))
    );
}
