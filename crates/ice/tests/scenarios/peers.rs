//! Peers that behave otherwise than this agent: lite ones, and ones that nominate aggressively or revoke consent.

use strata_core::Endpoint as _;
use strata_ice::{Role, State};
use strata_stun::{
    AttributeType, Class, ErrorCode, IceControlling, Message, UseCandidate, XorMappedAddress,
};

use crate::{
    bench::{Bench, candidate, respond, success},
    scene::{A, address, at, ms},
};

const FIRST: &str = "192.0.2.2:1";
const SECOND: &str = "192.0.2.2:2";

#[test]
fn a_lite_peer_only_answers_and_that_is_enough() {
    let mut bench = Bench::signalled(Role::Controlling);
    bench.add_remote(0, FIRST, 2_130_706_431);
    let requests = bench.answer_until(0, 100);
    assert_eq!(bench.agent.state(), State::Completed);
    // The first check does not nominate, the second does.
    let nominates: Vec<bool> = requests
        .iter()
        .map(|request| {
            Message::parse(request)
                .unwrap()
                .contains(AttributeType::USE_CANDIDATE)
        })
        .collect();
    assert_eq!(nominates, [false, true]);
}

/// RFC 8445 §8.1.1: of several nominated pairs the one with the highest priority is used.
#[test]
fn of_several_pairs_nominated_aggressively_the_best_is_used() {
    for order in [[FIRST, SECOND], [SECOND, FIRST]] {
        let mut bench = Bench::signalled(Role::Controlled);
        for (address, priority) in [(FIRST, 2_000_000_000), (SECOND, 1_000_000_000)] {
            bench.add_remote(0, address, priority);
        }
        for (step, from) in (0..).zip(order) {
            let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
            bench.give(step * 100, from, &check);
            bench.answer_until(step * 100, step * 100 + 90);
            assert_eq!(bench.agent.state(), State::Completed);
        }
        let path = bench.agent.selected_path().unwrap();
        assert_eq!(path.remote, address(FIRST), "{order:?}");
        // The other side may send data on both.
        for remote in [FIRST, SECOND] {
            let path = strata_core::Path {
                remote: address(remote),
                ..path
            };
            assert!(bench.agent.is_valid_path(path), "{remote}, {order:?}");
        }
    }
}

/// RFC 8445 §7.3.1.5: the pair is nominated when its check succeeds.
#[test]
fn a_nomination_of_a_pair_that_has_not_answered_yet_waits_for_the_answer() {
    let mut bench = Bench::signalled(Role::Controlled);
    let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
    bench.give(0, FIRST, &check);
    assert_eq!(bench.agent.state(), State::Checking);
    assert_eq!(bench.agent.selected_path(), None);
    bench.answer_all(10);
    assert_eq!(bench.agent.state(), State::Completed);
}

/// RFC 7675 §5.2: 403 revokes consent.
#[test]
fn consent_can_be_revoked() {
    let mut bench = Bench::signalled(Role::Controlling);
    bench.add_remote(0, FIRST, 1);
    bench.answer_until(0, 100);
    assert_eq!(bench.agent.state(), State::Completed);
    let due = bench.agent.poll_timeout().unwrap();
    bench.agent.handle_timeout(due);
    let millis = u64::try_from((due - at(ms(0))).as_millis()).unwrap() + 1;
    let (_, request) = bench.sent(millis).pop().unwrap();
    let request = Message::parse(&request).unwrap();
    // An error that is not signed revokes nothing.
    let forbidden = respond(&request, Class::Error, |writer| {
        writer.push(&ErrorCode::FORBIDDEN)
    });
    let mut forged = forbidden.clone();
    let last = forged.len() - 9;
    forged[last] ^= 1;
    bench.give(millis, FIRST, &forged);
    assert_eq!(bench.agent.state(), State::Completed);
    bench.give(millis, FIRST, &forbidden);
    assert_eq!(bench.agent.state(), State::Failed);
    assert_eq!(bench.agent.selected_path(), None);
}

/// RFC 8445 §7.3.1.4: a cancelled check is not repeated, but an answer to it is accepted.
#[test]
fn an_answer_late_to_a_check_that_was_cancelled_still_counts() {
    let mut bench = Bench::signalled(Role::Controlled);
    bench.add_remote(0, FIRST, 1);
    let (_, first) = bench.sent(0).pop().unwrap();
    // A check of the other side cancels the agent's and triggers another, which is lost.
    let check = bench.check(|writer| writer.push(&IceControlling(1)));
    bench.give(10, FIRST, &check);
    let sent = bench.sent(10);
    assert_eq!(sent.len(), 2);
    let request = Message::parse(&first).unwrap();
    let answer = success(&request, &XorMappedAddress(address(A)));
    bench.give(300, FIRST, &answer);
    assert_eq!(bench.agent.state(), State::Connected);
    // Neither of the two checks is repeated.
    let before = bench.agent.stats().requests_sent;
    bench.agent.handle_timeout(at(ms(1000)));
    assert_eq!(bench.sent(1000), []);
    assert_eq!(bench.agent.stats().requests_sent, before);
}

#[test]
fn candidates_that_cannot_be_used_are_counted() {
    use strata_ice::AddCandidateError as Error;
    let mut bench = Bench::signalled(Role::Controlled);
    let good = candidate(FIRST, 1);
    let (mut tcp, mut rtcp) = (good, good);
    tcp.protocol = strata_core::Protocol::Tcp;
    rtcp.component = core::num::NonZeroU16::new(2).unwrap();
    let now = at(ms(0));
    let agent = &mut bench.agent;
    assert_eq!(
        agent.add_remote_candidate(now, tcp),
        Err(Error::Protocol(strata_core::Protocol::Tcp))
    );
    assert_eq!(
        agent.add_remote_candidate(now, rtcp),
        Err(Error::Component(rtcp.component))
    );
    for unusable in ["0.0.0.0:5", "[::]:5", "224.0.0.1:5", "192.0.2.2:0"] {
        let candidate = candidate(unusable, 1);
        assert_eq!(
            agent.add_remote_candidate(now, candidate),
            Err(Error::Address(address(unusable)))
        );
    }
    agent.ignore_remote_candidate();
    assert_eq!(agent.stats().remote_candidates_ignored, 7);
    assert_eq!(agent.remote_candidates().count(), 0);
}

/// RFC 8445 §6.1.2.5: the pairs of lowest priority are discarded.
#[test]
fn the_checklist_is_limited_and_keeps_the_best() {
    let mut bench = Bench::new(Role::Controlled);
    let now = at(ms(0));
    for socket in 2..=4 {
        let socket = format!("192.0.2.1:500{socket}");
        bench
            .agent
            .add_local_candidate(now, address(&socket))
            .unwrap();
    }
    for port in 1..=64_u32 {
        bench.add_remote(0, &format!("192.0.2.2:{port}"), port);
    }
    // 4 * 64 pairs, of which 100 are kept.
    assert_eq!(bench.agent.stats().pairs_discarded, 156);
    bench.signal();
    let (path, _) = bench.sent(0).pop().unwrap();
    assert_eq!(path.remote, address("192.0.2.2:64"));
}
