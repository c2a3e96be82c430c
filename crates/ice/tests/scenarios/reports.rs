//! What a report says: one test for each verdict, with the sentence that is printed.

use strata_core::{Datagram, Endpoint as _, Entropy, Path, Protocol};
use strata_ice::{
    AddCandidateError, Agent, Config, Credentials, PairError, PairState, Report, Role, State,
    Verdict,
};
use strata_sim::{START, SeededEntropy};
use strata_stun::{
    Class, ErrorCode, IceControlling, IntegrityKey, Message, MessageWriter, Method, Priority,
    UseCandidate, Username, XorMappedAddress,
};

use crate::{
    bench::{Bench, PEER_PASSWORD, candidate, respond, success},
    scene::{A, B, Scene, address, at, ms},
};

/// Another address of the other side.
const ELSEWHERE: &str = "192.0.2.3:5000";

/// Fails unless this is the verdict, and the sentence the first line of the report.
fn assert_says(report: &Report, verdict: Verdict, sentence: &str) {
    assert_eq!(report.verdict, verdict, "{report}");
    assert_eq!(verdict.to_string(), sentence);
    assert_eq!(report.to_string().lines().next(), Some(sentence));
}

/// An agent that has one candidate of the other side, at [`B`], and has sent it a check. The second value is the check.
fn asking(role: Role) -> (Bench, Vec<u8>) {
    let mut bench = Bench::signalled(role);
    bench.add_remote(0, B, 1000);
    let (to, request) = bench.requests(0).remove(0);
    assert_eq!(to, B);
    (bench, request)
}

/// An agent that has agreed with the other side on a pair.
fn connected() -> Bench {
    let mut bench = Bench::signalled(Role::Controlling);
    bench.add_remote(0, B, 1000);
    bench.answer_until(0, 200);
    assert_eq!(bench.agent.state(), State::Completed);
    bench
}

/// An answer that is not signed.
fn unsigned(request: &[u8], error: ErrorCode<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let id = Message::parse(request).unwrap().transaction_id();
    MessageWriter::new(&mut out, Class::Error, Method::BINDING, id)
        .push(&error)
        .fingerprint()
        .finish()
        .unwrap();
    out
}

const UNAUTHENTICATED: ErrorCode<'_> = ErrorCode {
    code: 401,
    reason: "",
};

fn refusal(request: &[u8], error: ErrorCode<'_>) -> Vec<u8> {
    let request = Message::parse(request).unwrap();
    respond(&request, Class::Error, |writer| writer.push(&error))
}

#[test]
fn connected_is_said_while_a_pair_is_in_use() {
    let report = connected().agent.report();
    assert_says(&report, Verdict::Connected, "connected");
    assert_eq!(
        report.to_string(),
        "connected\n\
         completed, controlling, candidates: 1 local, 1 remote, 0 ignored\n\
         192.0.2.1:5000 (host) to 192.0.2.2:5000 (host): succeeded, selected, nominated, 2 checks sent, 2 answered, \
         0 received, round trip 0ns"
    );
}

#[test]
fn no_local_candidates_is_said_while_there_is_no_socket() {
    let entropy = Entropy::from_source(SeededEntropy::new(7));
    let mut agent = Agent::new(Config::default(), entropy);
    let credentials = Credentials::new("peer", PEER_PASSWORD).unwrap();
    agent.set_remote_credentials(START, credentials).unwrap();
    agent.add_remote_candidate(START, candidate(B, 1)).unwrap();
    let sentence = "this side has no candidates: add the address of a socket";
    assert_says(&agent.report(), Verdict::NoLocalCandidates, sentence);
    // The only interface is gone.
    let mut bench = connected();
    let gone = bench.agent.remove_interface(at(ms(300)), address(A).ip());
    gone.unwrap();
    assert_says(&bench.agent.report(), Verdict::NoLocalCandidates, sentence);
}

#[test]
fn no_remote_credentials_is_said_until_they_are_set() {
    let mut bench = Bench::new(Role::Controlling);
    bench.add_remote(0, B, 1000);
    assert_says(
        &bench.agent.report(),
        Verdict::NoRemoteCredentials,
        "the credentials of the other side are not known: see whether its description arrives, and set it",
    );
    bench.signal();
    assert_eq!(bench.agent.report().verdict, Verdict::Checking);
}

#[test]
fn no_remote_candidates_is_said_until_one_is_there() {
    let mut bench = Bench::signalled(Role::Controlled);
    assert_says(
        &bench.agent.report(),
        Verdict::NoRemoteCandidates,
        "the other side has signalled no candidates: see whether they get through signalling (a=candidate), and add \
         each",
    );
    // One that nobody has signalled is one, too.
    let check = bench.check(|writer| writer);
    bench.give(0, B, &check);
    assert_eq!(bench.agent.report().verdict, Verdict::Checking);
}

#[test]
fn unusable_candidates_are_said_to_have_been_ignored() {
    let mut bench = Bench::signalled(Role::Controlled);
    // One with a name.
    bench.agent.ignore_remote_candidate();
    let mut tcp = candidate(B, 1000);
    tcp.protocol = Protocol::Tcp;
    for unusable in [tcp, candidate("0.0.0.0:9", 1000)] {
        assert!(matches!(
            bench.agent.add_remote_candidate(START, unusable),
            Err(AddCandidateError::Protocol(_) | AddCandidateError::Address(_))
        ));
    }
    assert_says(
        &bench.agent.report(),
        Verdict::UnusableRemoteCandidates { ignored: 3 },
        "all candidates of the other side were ignored, 3 in number (TCP, names, or addresses that are refused or that \
         no other host can have): let it offer IP addresses over UDP",
    );
    assert_eq!(bench.agent.report().remote_candidates_ignored, 3);
    // A new session begins to count anew.
    bench.agent.restart(START).unwrap();
    bench.signal();
    assert_eq!(bench.agent.report().verdict, Verdict::NoRemoteCandidates);
}

#[test]
fn no_pairs_is_said_where_the_families_differ() {
    let mut bench = Bench::signalled(Role::Controlled);
    bench.add_remote(0, "[2001:db8::1]:5000", 1000);
    assert_says(
        &bench.agent.report(),
        Verdict::NoPairs,
        "no candidate of this side can reach one of the other side: one has IPv4 only and the other one IPv6 only, so \
         add a socket of the other kind",
    );
}

#[test]
fn checking_is_said_while_nothing_is_known() {
    let (bench, _) = asking(Role::Controlling);
    let report = bench.agent.report();
    assert_says(&report, Verdict::Checking, "checks are under way: wait");
    assert_eq!(
        report.to_string(),
        "checks are under way: wait\n\
         checking, controlling, candidates: 1 local, 1 remote, 0 ignored\n\
         192.0.2.1:5000 (host) to 192.0.2.2:5000 (host): in progress, 1 checks sent, 0 answered, 0 received"
    );
}

#[test]
fn nothing_answered_is_said_when_every_check_was_in_vain() {
    let (mut bench, _) = asking(Role::Controlling);
    bench.unanswered(0, 39_000);
    assert_eq!(bench.agent.report().verdict, Verdict::Checking);
    bench.unanswered(39_000, 40_000);
    assert_eq!(bench.agent.state(), State::Failed);
    let report = bench.agent.report();
    assert_says(
        &report,
        Verdict::NothingAnswered,
        "no check was answered: the other side is gone or not reachable, or something on the way drops UDP; try \
         another network, or have the other side offer a relay (TURN)",
    );
    let [pair] = report.pairs[..] else {
        panic!("{report}");
    };
    assert_eq!(pair.state, PairState::Failed);
    assert_eq!((pair.checks_sent, pair.checks_answered), (7, 0));
    assert_eq!(pair.last_error, Some(PairError::Unanswered));
    assert_eq!((pair.round_trip, pair.last_answer), (None, None));
}

#[test]
fn one_way_is_said_when_only_the_checks_of_the_other_side_arrive() {
    let mut bench = Bench::signalled(Role::Controlled);
    for millis in (0..3_000).step_by(500) {
        let check = bench.check(|writer| writer.push(&IceControlling(1)));
        bench.give(millis, B, &check);
        let early = bench.agent.report();
        assert!(early.pairs[0].checks_sent >= 3 || early.verdict == Verdict::Checking);
        bench.unanswered(millis, millis + 499);
    }
    let report = bench.agent.report();
    assert_says(
        &report,
        Verdict::OneWay,
        "checks of the other side arrive, but those of this side are not answered: something drops what this side \
         sends; see whether its firewall lets UDP out, and whether datagrams leave by the right interface",
    );
    assert_eq!(report.pairs[0].checks_received, 6);
}

#[test]
fn wrong_remote_credentials_are_said_after_a_401_and_after_a_wrong_signature() {
    let sentence = "the other side has answered 401: it has other credentials than this side was told; see whether its \
                    last description was set, above all after a restart";
    let (mut bench, request) = asking(Role::Controlling);
    bench.give(10, B, &unsigned(&request, UNAUTHENTICATED));
    let report = bench.agent.report();
    assert_says(&report, Verdict::WrongRemoteCredentials, sentence);
    assert_eq!(report.pairs[0].last_error, Some(PairError::Unauthenticated));
    // RFC 8489 §9.1.4: it counts as none, so the check goes on, and may still be answered.
    assert_eq!(bench.agent.report().pairs[0].state, PairState::InProgress);
    bench.answer_until(500, 600);
    bench.give(600, B, &refusal(&request, UNAUTHENTICATED));
    let answer = success(
        &Message::parse(&request).unwrap(),
        &XorMappedAddress(address(A)),
    );
    bench.give(600, B, &answer);
    let report = bench.agent.report();
    assert_eq!(
        (report.verdict, report.pairs[0].last_error),
        (Verdict::Connected, None)
    );

    // The other side signs with a password that is not the one it has signalled.
    let (mut bench, request) = asking(Role::Controlling);
    let mut forged = Vec::new();
    let id = Message::parse(&request).unwrap().transaction_id();
    MessageWriter::new(&mut forged, Class::Success, Method::BINDING, id)
        .push(&XorMappedAddress(address(A)))
        .integrity(&IntegrityKey::short_term("another password of 22"))
        .fingerprint()
        .finish()
        .unwrap();
    bench.give(10, B, &forged);
    assert_says(
        &bench.agent.report(),
        Verdict::WrongRemoteCredentials,
        sentence,
    );

    // From elsewhere, or to a request that was never sent, it says nothing.
    let (mut bench, request) = asking(Role::Controlling);
    bench.give(10, ELSEWHERE, &unsigned(&request, UNAUTHENTICATED));
    let other = bench.request(|writer| writer);
    bench.give(10, B, &unsigned(&other, UNAUTHENTICATED));
    assert_eq!(bench.agent.report().verdict, Verdict::Checking);
}

#[test]
fn a_401_is_said_even_when_the_pair_is_lost_over_it() {
    // The other side was started anew, and knows nothing of this session.
    let mut bench = connected();
    let mut now = 200;
    while bench.agent.selected_path().is_some() {
        now = bench.next_timer(60_000).unwrap() + 1;
        for (to, request) in bench.requests(now) {
            bench.give(now, &to, &unsigned(&request, UNAUTHENTICATED));
        }
    }
    assert!((30_000..31_000).contains(&now), "{now}");
    assert_eq!(
        bench.agent.report().verdict,
        Verdict::WrongRemoteCredentials
    );
}

#[test]
fn wrong_local_credentials_are_said_when_checks_were_refused() {
    let mut bench = Bench::signalled(Role::Controlled);
    let username = bench.username();
    let stale = bench.request(|writer| {
        let writer = writer.push(&Username(&username)).push(&Priority(1));
        writer.integrity(&IntegrityKey::short_term("the password of yesterday"))
    });
    bench.give(0, B, &stale);
    assert_eq!(bench.refusal(), (401, false));
    assert_says(
        &bench.agent.report(),
        Verdict::WrongLocalCredentials,
        "checks of the other side were refused with 401: it was told other credentials than this side has; see whether \
         the last description of this side has reached it, above all after a restart",
    );
}

#[test]
fn a_role_conflict_is_said_when_it_does_not_end() {
    let (mut bench, request) = asking(Role::Controlling);
    let mut asked = vec![(B.to_owned(), request)];
    let mut now = 0;
    let mut conflicts = 0;
    while bench.agent.report().verdict == Verdict::Checking {
        assert!(conflicts < 10);
        for (to, request) in std::mem::take(&mut asked) {
            bench.give(now, &to, &refusal(&request, ErrorCode::ROLE_CONFLICT));
            conflicts += 1;
        }
        asked = bench.requests(now);
        if asked.is_empty() {
            now = bench.next_timer(60_000).unwrap() + 1;
            asked = bench.requests(now);
        }
    }
    // One that ends has two at most, one for each side.
    assert_eq!(conflicts, 5);
    let report = bench.agent.report();
    assert_says(
        &report,
        Verdict::RoleConflict,
        "both sides claim the same role, and neither gives way: make the side that has sent the offer controlling, \
         and the other one controlled",
    );
    assert_eq!(report.pairs[0].last_error, Some(PairError::Refused(487)));
    // It is this side that does not give way.
    let mut bench = Bench::signalled(Role::Controlling);
    bench.add_remote(0, B, 1000);
    for millis in 0..5 {
        let check = bench.check(|writer| writer.push(&IceControlling(0)));
        bench.give(millis, B, &check);
    }
    assert_eq!(bench.agent.report().verdict, Verdict::RoleConflict);
}

#[test]
fn an_answer_from_another_address_is_said_to_be_asymmetric() {
    let (mut bench, request) = asking(Role::Controlling);
    let request = Message::parse(&request).unwrap();
    let mut answer = success(&request, &XorMappedAddress(address(A)));
    bench.give(10, ELSEWHERE, &answer);
    let report = bench.agent.report();
    let verdict = Verdict::Asymmetric {
        to: address(B),
        from: address(ELSEWHERE),
    };
    assert_says(
        &report,
        verdict,
        "a check was sent to 192.0.2.2:5000 and answered from 192.0.2.3:5000, so the answer does not count: let the \
         other side answer from the socket that was asked (one socket for each address)",
    );
    assert!(report.to_string().ends_with(
        "failed, 1 checks sent, 0 answered, 0 received, answered from 192.0.2.3:5000, or to another socket"
    ));

    let (mut bench, request) = asking(Role::Controlling);
    let other = address("192.0.2.9:5000");
    bench.agent.add_local_candidate(START, other).unwrap();
    answer = success(
        &Message::parse(&request).unwrap(),
        &XorMappedAddress(address(A)),
    );
    let path = Path::udp(other, address(B));
    let input = Datagram::new(path, &mut answer);
    bench.agent.handle_input(at(ms(10)), input);
    let verdict = Verdict::Asymmetric {
        to: address(B),
        from: address(B),
    };
    assert_says(
        &bench.agent.report(),
        verdict,
        "a check was sent to 192.0.2.2:5000, and the answer came to another socket of this side, so it does not count: \
         pass each datagram on with the address of the socket that has received it",
    );
}

#[test]
fn a_refusal_is_said_with_its_code() {
    let (mut bench, request) = asking(Role::Controlling);
    bench.refuse(10, B, &request);
    assert_says(
        &bench.agent.report(),
        Verdict::Refused { code: 500 },
        "the other side has answered checks with error 500: see what it logs of them",
    );
    // Errors that are not signed fail no pair, but are worth being told.
    let (mut bench, request) = asking(Role::Controlling);
    bench.give(10, B, &unsigned(&request, ErrorCode::BAD_REQUEST));
    let report = bench.agent.report();
    assert_eq!(report.verdict, Verdict::Refused { code: 400 });
    assert_eq!(report.pairs[0].state, PairState::InProgress);
    // RFC 7675 §5.2: a 403 ends consent at once.
    let mut bench = connected();
    bench.next_timer(60_000);
    let (to, request) = bench.requests(7_000).remove(0);
    bench.give(7_000, &to, &refusal(&request, ErrorCode::FORBIDDEN));
    assert_says(
        &bench.agent.report(),
        Verdict::Refused { code: 403 },
        "the other side does not want any more data (error 403): ask it before you restart ICE",
    );
}

#[test]
fn silence_is_said_before_consent_is_lost_and_the_loss_after_it() {
    let mut bench = connected();
    bench.unanswered(200, 20_000);
    assert_eq!(bench.agent.state(), State::Disconnected);
    assert_says(
        &bench.agent.report(),
        Verdict::Silent,
        "the pair in use does not answer any more, and no other one works: wait, or restart ICE if the network has \
         changed",
    );
    bench.unanswered(20_000, 31_000);
    assert_eq!(bench.agent.selected_path(), None);
    let report = bench.agent.report();
    assert_says(
        &report,
        Verdict::ConsentLost,
        "the other side has not answered for too long, so nothing may be sent to it any more: see whether it is still \
         there, and restart ICE",
    );
    assert_eq!(report.pairs[0].last_error, Some(PairError::ConsentLost));
    assert_eq!(report.pairs[0].checks_answered, 2);
}

#[test]
fn closed_is_said_of_a_closed_agent() {
    let mut bench = connected();
    bench.agent.close(at(ms(300)));
    let report = bench.agent.report();
    assert_says(
        &report,
        Verdict::Closed,
        "this agent was closed: make a new one",
    );
    assert_eq!(report.pairs, []);
}

#[test]
fn an_error_makes_way_for_that_of_a_later_check() {
    let (mut bench, request) = asking(Role::Controlled);
    bench.give(10, B, &unsigned(&request, UNAUTHENTICATED));
    bench.unanswered(10, 39_500);
    // It was refused, and then never answered as it should have been.
    let error = |bench: &Bench| bench.agent.report().pairs[0].last_error;
    assert_eq!(error(&bench), Some(PairError::Unauthenticated));
    // A check of the other side begins another one, and that is not answered at all.
    let check = bench.check(|writer| writer.push(&IceControlling(1)));
    bench.give(40_000, B, &check);
    assert_eq!(error(&bench), Some(PairError::Unauthenticated));
    bench.unanswered(40_000, 80_000);
    assert_eq!(error(&bench), Some(PairError::Unanswered));
    assert_eq!(bench.agent.report().verdict, Verdict::OneWay);
}

#[test]
fn pairs_are_listed_from_the_best_and_the_one_from_before_a_restart_first() {
    let mut bench = Bench::signalled(Role::Controlled);
    for (remote, priority) in [(B, 10), (ELSEWHERE, 30)] {
        bench.add_remote(0, remote, priority);
    }
    let remotes = |report: &Report| -> Vec<_> {
        let pairs = report.pairs.iter();
        pairs.map(|pair| pair.path.remote.to_string()).collect()
    };
    assert_eq!(remotes(&bench.agent.report()), [ELSEWHERE, B]);
    bench.answer_until(0, 200);
    let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
    bench.give(200, B, &check);
    bench.answer_until(200, 300);
    let before = bench.agent.report();
    assert!(
        before.pairs[1].selected && before.pairs[1].nominated,
        "{before}"
    );
    assert_eq!(before.pairs[1].checks_received, 1);
    bench.agent.restart(at(ms(300))).unwrap();
    let report = bench.agent.report();
    assert_eq!(remotes(&report), [B]);
    assert_eq!(report.verdict, Verdict::Connected);
    let mut expected = before.pairs[1];
    expected.previous = true;
    assert_eq!(report.pairs[0], expected);
    assert!(
        report
            .to_string()
            .contains("selected, nominated, from before the restart")
    );
    // A restart that is taken back loses nothing of it.
    bench.agent.cancel_restart(at(ms(301))).unwrap();
    assert_eq!(bench.agent.report(), before);
}

#[test]
fn two_agents_say_why_at_every_step_of_a_call() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    let says = |scene: &Scene| [a, b].map(|host| scene.agent(host).report().verdict);
    assert_eq!(says(&scene), [Verdict::NoRemoteCredentials; 2]);
    scene.signal_all(a, b);
    assert_eq!(
        says(&scene),
        [Verdict::NoRemoteCredentials, Verdict::Checking]
    );
    scene.signal_all(b, a);
    scene.run_until_both(State::Completed);
    assert_eq!(says(&scene), [Verdict::Connected; 2]);
    let report = scene.agent(b).report();
    assert_eq!(report.pairs[0].round_trip, Some(ms(40)));
    assert!(report.pairs[0].last_answer.is_some());
    scene.network.cut(address(B).ip());
    scene.run_for(ms(20_000));
    assert_eq!(says(&scene), [Verdict::Silent; 2]);
    scene.run_for(ms(20_000));
    assert_eq!(says(&scene), [Verdict::ConsentLost; 2]);
    scene.network.restore(address(B).ip());
    scene.restart_both();
    scene.signal();
    scene.run_until_both(State::Completed);
    assert_eq!(says(&scene), [Verdict::Connected; 2]);
    // Each pair counts what it has sent; together that is all that was sent since the restart.
    let pair = scene.agent(a).report().pairs[0];
    assert!(pair.checks_sent >= 2 && pair.checks_sent == pair.checks_answered);
}
