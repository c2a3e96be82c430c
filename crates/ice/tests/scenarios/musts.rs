//! What the RFCs demand of an agent, each at its limit: roles, pacing, pairs, nomination, consent, failure.

use core::time::Duration;

use strata_core::{Datagram, Endpoint as _, Entropy, Path};
use strata_ice::{Agent, Config, Credentials, Foundation, Role, State};
use strata_sim::{LinkConfig, START, SeededEntropy};
use strata_stun::{
    Class, ErrorCode, IceControlled, IceControlling, Message, MessageWriter, Schedule,
    UseCandidate, Username, XorMappedAddress,
};

use crate::{
    bench::{Bench, candidate, respond, success},
    scene::{A, B, Scene, address, at, ms},
};

const FIRST: &str = "192.0.2.2:1";
const SECOND: &str = "192.0.2.3:2";

/// The role a request claims, and its tie-breaker.
fn claim(request: &[u8]) -> (Role, u64) {
    let message = Message::parse(request).unwrap();
    match (message.get(), message.get()) {
        (Ok(Some(IceControlling(tie_breaker))), Ok(None)) => (Role::Controlling, tie_breaker),
        (Ok(None), Ok(Some(IceControlled(tie_breaker)))) => (Role::Controlled, tie_breaker),
        both => panic!("{both:?}"),
    }
}

/// Adds the claim to a request.
fn claiming(
    role: Role,
    tie_breaker: u64,
) -> impl for<'o> FnOnce(MessageWriter<'o>) -> MessageWriter<'o> {
    move |writer| match role {
        Role::Controlling => writer.push(&IceControlling(tie_breaker)),
        Role::Controlled => writer.push(&IceControlled(tie_breaker)),
    }
}

/// RFC 8445 §14.2: one new check every Ta, whatever triggers it. Checks from many addresses make the agent send to each
/// of them. The pace keeps it from being an amplifier: four checks in advance, then one every 50 ms.
#[test]
fn checks_that_others_trigger_are_paced_too() {
    let mut bench = Bench::signalled(Role::Controlled);
    for host in 1..=20 {
        let check = bench.check(|writer| writer.push(&IceControlling(1)));
        bench.give(0, &format!("198.51.100.{host}:9"), &check);
    }
    // The first check to each address, without the repetitions, which come after 500 ms and more.
    let mut first = std::collections::BTreeMap::new();
    for (millis, to) in bench.unanswered(0, 999) {
        first.entry(to).or_insert(millis);
    }
    let mut times: Vec<u64> = first.into_values().collect();
    times.sort_unstable();
    let in_advance = [0; 4].into_iter();
    let paced = (0..16).map(|slot| slot * 50);
    assert_eq!(times, in_advance.chain(paced).collect::<Vec<_>>());
}

/// RFC 8445 §7.2.5.1: an agent that is answered 487 takes the other role and "MUST change the tiebreaker value".
#[test]
fn a_role_conflict_changes_the_role_and_the_tie_breaker() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut bench = Bench::signalled(role);
        bench.add_remote(0, FIRST, 1);
        let (_, request) = bench.requests(0).pop().unwrap();
        let (claimed, first) = claim(&request);
        assert_eq!(claimed, role);
        let refused = respond(&Message::parse(&request).unwrap(), Class::Error, |writer| {
            writer.push(&ErrorCode::ROLE_CONFLICT)
        });
        bench.give(10, FIRST, &refused);
        // The pair is checked again at once, in the other role.
        let (_, request) = bench.requests(10).pop().unwrap();
        let (claimed, second) = claim(&request);
        assert_eq!((claimed, bench.agent.role()), (role.other(), role.other()));
        assert_ne!(first, second);
        assert_eq!(bench.agent.stats().role_conflicts, 1);
    }
}

/// RFC 8445 §7.2.5.1: two checks were sent in one role, and both are refused. The second refusal is of a role that the
/// agent has already given up, so it changes nothing.
#[test]
fn two_refusals_of_one_role_change_it_once() {
    let mut bench = Bench::signalled(Role::Controlling);
    for (address, foundation) in [(FIRST, "f"), (SECOND, "g")] {
        let mut remote = candidate(address, 1);
        remote.foundation = Foundation::new(foundation).unwrap();
        bench.agent.add_remote_candidate(START, remote).unwrap();
    }
    let mut sent = bench.requests(0);
    bench.agent.handle_timeout(at(ms(50)));
    sent.extend(bench.requests(50));
    assert_eq!(sent.len(), 2);
    for (to, request) in sent {
        let refused = respond(&Message::parse(&request).unwrap(), Class::Error, |writer| {
            writer.push(&ErrorCode::ROLE_CONFLICT)
        });
        bench.give(60, &to, &refused);
        assert_eq!(bench.agent.role(), Role::Controlled);
    }
    assert_eq!(bench.agent.stats().role_conflicts, 1);
}

/// RFC 8445 §7.3.1.1, "larger than or equal to": of two agents with the same tie-breaker, the one that receives a check
/// controls.
#[test]
fn with_equal_tie_breakers_the_receiver_of_a_check_controls() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut bench = Bench::signalled(role);
        bench.add_remote(0, B, 1);
        let (_, request) = bench.requests(0).pop().unwrap();
        let (_, tie_breaker) = claim(&request);
        let check = bench.check(claiming(role, tie_breaker));
        bench.give(1, B, &check);
        let answers = bench.sent(1);
        let (_, answer) = answers.iter().find(|(_, bytes)| bytes[0] == 1).unwrap();
        let answer = Message::parse(answer).unwrap();
        // A controlling one refuses; a controlled one becomes controlling.
        let refused = answer
            .get::<ErrorCode<'_>>()
            .unwrap()
            .map(|error| error.code);
        assert_eq!(refused, (role == Role::Controlling).then_some(487));
        assert_eq!(bench.agent.role(), Role::Controlling);
    }
}

/// RFC 8445 §6.1.2.2: "IPv6 link-local addresses MUST NOT be paired with other than link-local addresses", and only
/// addresses of one family are.
#[test]
fn link_local_addresses_are_paired_with_link_local_ones_only() {
    let locals = ["[fe80::1]:1", "[2001:db8::1]:1", "192.0.2.1:1"];
    let remotes = [
        "[fe80::2]:2",
        "[2001:db8::2]:2",
        "192.0.2.2:2",
        "[fd00::2]:2",
    ];
    let mut agent = Agent::new(
        Config::default(),
        Entropy::from_source(SeededEntropy::new(7)),
    );
    for local in locals {
        agent.add_local_candidate(START, address(local)).unwrap();
    }
    for (remote, priority) in remotes.into_iter().zip(1..) {
        agent
            .add_remote_candidate(START, candidate(remote, priority))
            .unwrap();
    }
    let credentials = Credentials::new("peer", "peerpasswordpeerpassword").unwrap();
    agent.set_remote_credentials(START, credentials).unwrap();
    let mut checked = Vec::new();
    let mut now = START;
    while now < START + Duration::from_secs(45) {
        let mut out = Vec::new();
        while let Some(transmit) = agent.poll_transmit(now, &mut out) {
            checked.push((
                transmit.path.local.to_string(),
                transmit.path.remote.to_string(),
            ));
        }
        let Some(due) = agent.poll_timeout() else {
            break;
        };
        now = due;
        agent.handle_timeout(now);
    }
    checked.sort_unstable();
    checked.dedup();
    let mut expected = [
        (locals[0], remotes[0]),
        (locals[1], remotes[1]),
        (locals[1], remotes[3]),
        (locals[2], remotes[2]),
    ]
    .map(|(local, remote)| (local.to_owned(), remote.to_owned()));
    expected.sort_unstable();
    assert_eq!(checked, expected);
}

/// A check may name another fragment of the other side than the one it has signalled. Then it is of a session that is
/// over, or not known yet, or of a stranger that was told the agent's credentials, too. It is answered, and changes
/// nothing else.
#[test]
fn a_check_of_another_session_of_the_other_side_changes_nothing() {
    let mut bench = two_valid_pairs();
    let before = (bench.agent.state(), bench.agent.selected_path());
    assert_eq!(before.0, State::Connected);
    let username = format!("{}:else", bench.agent.local_credentials().ufrag());
    for from in [SECOND, "203.0.113.9:9"] {
        let key = bench.key();
        let check = bench.request(|writer| {
            writer
                .push(&Username(&username))
                .push(&strata_stun::Priority(1000))
                .push(&IceControlling(1))
                .push(&UseCandidate)
                .integrity(&key)
        });
        bench.give(300, from, &check);
        let sent = bench.sent(300);
        assert_eq!(sent.len(), 1, "an answer alone");
        let answer = Message::parse(&sent[0].1).unwrap();
        assert_eq!(
            (answer.class(), sent[0].0.remote),
            (Class::Success, address(from))
        );
    }
    assert_eq!((bench.agent.state(), bench.agent.selected_path()), before);
    assert_eq!(bench.agent.remote_candidates().count(), 2);
    assert_eq!(bench.agent.stats().drops.other_session, 2);
}

/// A controlled agent with two valid pairs. [`FIRST`] has the higher priority and is selected; none is nominated yet.
/// Nobody asks for consent on the other one.
fn two_valid_pairs() -> Bench {
    let mut bench = Bench::configured(Config {
        standby: 0,
        ..Config::default()
    });
    bench.signal();
    for (address, priority) in [(FIRST, 2_000_000_000), (SECOND, 1_000_000_000)] {
        bench.add_remote(0, address, priority);
    }
    bench.answer_until(0, 200);
    assert_eq!(bench.agent.selected_path().unwrap().remote, address(FIRST));
    bench
}

/// RFC 8445 §7.3.1.5: a nomination takes effect when the pair works. A pair that answered long ago may not work any
/// more, so it is checked again before data goes over it. A pair that has just answered is used at once.
#[test]
fn a_nominated_pair_that_answered_long_ago_is_asked_again_first() {
    let mut bench = two_valid_pairs();
    bench.answer_until(200, 10_000);
    let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
    bench.give(10_000, SECOND, &check);
    assert_eq!(bench.agent.selected_path().unwrap().remote, address(FIRST));
    assert_eq!(bench.agent.state(), State::Connected);
    let asked = bench.requests(10_000);
    // The pair in use is asked, too: the other side may have left it because it is dead.
    assert_eq!(
        asked.iter().map(|(to, _)| &**to).collect::<Vec<_>>(),
        [FIRST, SECOND]
    );
    let request = Message::parse(&asked[1].1).unwrap();
    let answer = success(&request, &XorMappedAddress(address(A)));
    bench.give(10_030, SECOND, &answer);
    assert_eq!(bench.agent.selected_path().unwrap().remote, address(SECOND));
    assert_eq!(bench.agent.state(), State::Completed);

    let mut bench = two_valid_pairs();
    let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
    bench.give(300, SECOND, &check);
    assert_eq!(bench.agent.selected_path().unwrap().remote, address(SECOND));
    assert_eq!(bench.agent.state(), State::Completed);
}

/// RFC 7675 §5.1: consent is "an authenticated STUN response" on the 5-tuple itself. RFC 8445 §7.2.5.2.1: a response on
/// another path is no answer. So consent expires 30 s after the last true answer.
#[test]
fn an_answer_from_another_path_is_no_consent() {
    let mut bench = Bench::signalled(Role::Controlling);
    let other = "192.0.2.1:6000";
    bench
        .agent
        .add_local_candidate(START, address(other))
        .unwrap();
    bench.add_remote(0, FIRST, 1);
    bench.answer_until(0, 200);
    assert_eq!(bench.agent.state(), State::Completed);
    let path = bench.agent.selected_path().unwrap();
    // All is answered at once here, so the last answer came at 0 ms.
    let before = bench.agent.stats().drops.asymmetric;
    let mut asked = 0;
    let expiry = at(ms(30_000));
    while let Some(due) = bench.agent.poll_timeout().filter(|due| *due < expiry) {
        bench.agent.handle_timeout(due);
        let millis = u64::try_from((due - START).as_millis()).unwrap();
        for (sent, bytes) in bench.sent(millis) {
            let request = Message::parse(&bytes).unwrap();
            let mut answer = success(&request, &XorMappedAddress(sent.local));
            let swapped = if sent.local == path.local {
                address(other)
            } else {
                path.local
            };
            let elsewhere = match asked % 2 {
                0 => Path::udp(sent.local, address(SECOND)),
                _ => Path::udp(swapped, sent.remote),
            };
            bench
                .agent
                .handle_input(due, Datagram::new(elsewhere, &mut answer));
            asked += 1;
        }
    }
    assert!(asked >= 5, "{asked}");
    assert_eq!(bench.agent.stats().drops.asymmetric, before + asked);
    assert_eq!(bench.agent.state(), State::Disconnected);
    assert_eq!(bench.agent.poll_timeout(), Some(expiry));
    assert!(bench.agent.selected_path().is_some());
    bench.agent.handle_timeout(expiry);
    assert_eq!(bench.agent.selected_path(), None);
    assert_eq!(bench.agent.state(), State::Disconnected);
    // The other pair, which has never worked, is tried once more, in vain.
    let tried = bench.unanswered(30_000, 80_000);
    assert!(tried.iter().all(|(_, to)| to == FIRST) && !tried.is_empty());
    assert_eq!(bench.agent.state(), State::Failed);
}

/// RFC 7675 §5.1: consent expires after 30 s, even if the configuration says that it lasts longer.
#[test]
fn consent_never_lasts_longer_than_30_s() {
    let hour = Duration::from_hours(1);
    for (configured, lasts) in [(hour, 30_000), (ms(30_001), 30_000), (ms(20_000), 20_000)] {
        let config = Config {
            consent_expiry: configured,
            disconnected_after: hour,
            ..Config::default()
        };
        let roles = [Role::Controlling, Role::Controlled];
        let mut scene = Scene::configured(roles, 1, &config);
        scene.attach(LinkConfig::new().delay(ms(10)));
        scene.signal();
        scene.run_until_both(State::Completed);
        // The last answer that A gets is the one to its nomination, at 80 ms.
        scene.network.cut(address(B).ip());
        scene.run_for(ms(60_000));
        let a = scene.a;
        assert_eq!(
            scene.states(a).last(),
            Some(&(ms(80 + lasts), State::Failed)),
            "{configured:?}"
        );
    }
}

/// RFC 8445 §14.2: Ta is at least 5 ms. §14.3: the RTO is at least 500 ms. RFC 7675 §5.1: the basic interval is at
/// least 5 s, so that two consent checks are at least 4 s apart. RFC 8839 §5.5: Ta is the larger of what both sides
/// want, and a side that does not say what it wants, wants 50 ms.
#[test]
fn no_configuration_sends_faster_than_the_rfcs_allow() {
    let config = Config {
        pacing: Duration::ZERO,
        consent_interval: Duration::ZERO,
        schedule: Schedule {
            rto: Duration::ZERO,
            ..Schedule::default()
        },
        ..Config::default()
    };
    let roles = [Role::Controlling, Role::Controlled];
    let mut scene = Scene::configured(roles, 1, &config);
    scene.attach(LinkConfig::new().delay(ms(10)));
    let (a, b) = (scene.a, scene.b);
    let now = scene.network.now();
    for host in 1..=3 {
        let mut dead = candidate(&format!("198.51.100.{host}:9"), 2_147_483_640 + host);
        dead.foundation = Foundation::new(&format!("f{host}")).unwrap();
        scene
            .network
            .host_mut(a)
            .add_remote_candidate(now, dead)
            .unwrap();
    }
    scene.network.cut(address(B).ip());
    let options = scene.agent(b).local_options();
    assert_eq!(options.pacing, ms(5));
    let agent = scene.network.host_mut(a);
    agent.set_remote_options(now, options).unwrap();
    scene.signal_credentials(b, a);
    scene.network.record();
    scene.run_for(ms(520));
    let sent = |scene: &Scene| -> Vec<Duration> {
        let of_a = scene
            .network
            .trace()
            .iter()
            .filter(|sent| sent.sender == a.index());
        of_a.map(|sent| sent.sent - START).collect()
    };
    assert_eq!(sent(&scene), [0, 5, 10, 500, 505, 510].map(ms));

    // The other side wants less.
    let mut bench = Bench::new(Role::Controlled);
    let mut slow = strata_ice::IceOptions::default();
    slow.pacing = ms(200);
    bench.agent.set_remote_options(START, slow).unwrap();
    bench.signal();
    for host in 1..=4 {
        bench.add_remote(0, &format!("198.51.100.{host}:9"), 5 - host);
    }
    let first: Vec<u64> = bench.unanswered(0, 450).iter().map(|sent| sent.0).collect();
    assert_eq!(first, [0, 200, 400]);

    let mut scene = Scene::configured(roles, 1, &config);
    scene.attach(LinkConfig::new().delay(ms(10)));
    scene.signal();
    scene.run_until_both(State::Completed);
    scene.run_for(ms(1));
    let before = scene.agent(scene.a).stats().consent_requests_sent;
    scene.run_for(ms(60_000));
    let asked = scene.agent(scene.a).stats().consent_requests_sent - before;
    assert!((10..=15).contains(&asked), "{asked}");
}

/// RFC 8838 §8.1.1: while the other side may signal more candidates, ICE has not failed, even if all pairs have. The
/// agent waits for each next candidate as long as one check takes to fail, or until the other side says that no more
/// come.
#[test]
fn nothing_has_failed_while_a_late_candidate_may_come() {
    let late = || {
        let mut bench = Bench::signalled(Role::Controlling);
        bench.agent.handle_timeout(at(ms(30_000)));
        bench.add_remote(30_000, FIRST, 1);
        // No pair is left to hope for.
        bench.refuse_all(30_000);
        assert_eq!(bench.requests(50_000), []);
        assert_eq!(bench.agent.state(), State::Checking);
        bench
    };
    // 39.5 s after the last news, and not a moment earlier.
    let mut bench = late();
    assert_eq!(bench.agent.poll_timeout(), Some(at(ms(69_500))));
    bench.agent.handle_timeout(at(ms(69_499)));
    assert_eq!(bench.agent.state(), State::Checking);
    bench.agent.handle_timeout(at(ms(69_500)));
    assert_eq!(bench.agent.state(), State::Failed);
    // One that comes in time is checked, and works.
    let mut bench = late();
    bench.add_remote(69_000, SECOND, 1);
    bench.answer_until(69_000, 69_200);
    assert_eq!(bench.agent.state(), State::Completed);
    assert_eq!(bench.agent.selected_path().unwrap().remote, address(SECOND));
    // The other side says that no more will come, and the first 39.5 s of RFC 8863 §4 are over.
    let mut bench = late();
    bench
        .agent
        .end_of_remote_candidates(at(ms(50_000)))
        .unwrap();
    assert_eq!(bench.agent.state(), State::Failed);
    assert_eq!(bench.agent.selected_path(), None);
    // It says so while they are not over.
    let mut bench = Bench::signalled(Role::Controlling);
    bench.add_remote(0, FIRST, 1);
    bench.refuse_all(0);
    bench.agent.end_of_remote_candidates(at(ms(1_000))).unwrap();
    assert_eq!(bench.agent.poll_timeout(), Some(at(ms(39_500))));
    assert_eq!(bench.agent.state(), State::Checking);
}
