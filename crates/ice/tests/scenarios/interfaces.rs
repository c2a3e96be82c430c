//! Sockets that come and go, agents that failed, machines that slept.

use strata_core::Endpoint as _;
use strata_ice::{Config, Event, Limits, RestartReason, Role, State};
use strata_sim::LinkConfig;
use strata_stun::{IceControlling, Message, UseCandidate, Username, XorMappedAddress};

use crate::{
    bench::{Bench, success},
    scene::{A, address, ms},
    talker::Talk,
};

const A1: &str = "192.0.2.1:1";
const A2: &str = "198.51.100.1:1";
const B1: &str = "203.0.113.1:1";
const FIRST: &str = "192.0.2.2:1";
const SECOND: &str = "192.0.2.3:2";

fn talk_over(link: LinkConfig) -> Talk {
    let mut talk = Talk::new([Role::Controlling, Role::Controlled], 1, &Config::default());
    let (a, b) = (talk.a, talk.b);
    talk.attach(a, A1, link);
    talk.attach(b, B1, link);
    talk.signal();
    talk.complete();
    talk
}

#[test]
fn a_socket_that_is_added_after_completion_is_checked_and_takes_over() {
    let link = LinkConfig::new().delay(ms(10));
    let mut talk = talk_over(link);
    let (a, b) = (talk.a, talk.b);
    talk.run_for(60_000);
    talk.attach(a, A2, link);
    talk.talk();
    talk.run_for(5_000);
    // Nothing was signalled. The other side has learnt the address from the check.
    assert_eq!(talk.path(a), (A1.into(), B1.into()));
    talk.longest_gap();
    talk.network.cut(address(A1).ip());
    talk.run_for(5_000);
    let gap = talk.longest_gap();
    assert!(gap <= ms(2_000), "{gap:?}");
    assert_eq!(talk.path(a), (A2.into(), B1.into()));
    assert_eq!(talk.path(b), (B1.into(), A2.into()));
}

/// It is checked even if there are as many standby pairs as shall be kept.
#[test]
fn a_socket_that_is_added_after_completion_is_checked_at_once() {
    let mut bench = Bench::configured(Config {
        role: Role::Controlling,
        standby: 0,
        ..Config::default()
    });
    bench.signal();
    bench.add_remote(0, FIRST, 1);
    bench.answer_until(0, 200);
    assert_eq!(bench.agent.state(), State::Completed);
    let socket = address("192.0.2.1:6000");
    let now = crate::scene::at(ms(300));
    bench.agent.add_local_candidate(now, socket).unwrap();
    let sent = bench.sent(300);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, strata_core::Path::udp(socket, address(FIRST)));
}

#[test]
fn an_interface_leads_out_of_failure() {
    let link = LinkConfig::new().delay(ms(10));
    let mut talk = talk_over(link);
    let (a, b) = (talk.a, talk.b);
    talk.network.cut(address(A1).ip());
    talk.run_for(60_000);
    for host in [a, b] {
        assert_eq!(talk.agent(host).state(), State::Failed);
        let advice = Event::RestartAdvised {
            reason: RestartReason::NoPairAnswers,
        };
        let told = talk.events(host);
        assert_eq!(told.iter().filter(|(_, event)| *event == advice).count(), 1);
    }
    talk.attach(a, A2, link);
    talk.complete();
    assert_eq!(talk.path(a), (A2.into(), B1.into()));
    // RFC 7675 §5.1: the pair on which consent was lost is not used again, though it would work.
    talk.network.restore(address(A1).ip());
    talk.network.record();
    talk.run_for(120_000);
    let lost = address(A1).ip();
    let used = talk
        .network
        .trace()
        .iter()
        .any(|sent| [sent.path.local.ip(), sent.path.remote.ip()].contains(&lost));
    assert!(!used);
}

#[test]
fn an_interface_that_is_removed_takes_its_pairs_and_candidates_along() {
    let link = LinkConfig::new().delay(ms(10));
    let mut talk = talk_over(link);
    let (a, b) = (talk.a, talk.b);
    talk.remove_interface(a, address(A1).ip());
    assert_eq!(talk.agent(a).selected_path(), None);
    assert_eq!(talk.agent(a).local_candidates().count(), 0);
    talk.run_for(100);
    assert_eq!(talk.agent(a).state(), State::Failed);
    // The limit of sockets counts those that are there.
    for turn in 0..100 {
        let socket = format!("198.51.100.9:{}", turn + 1);
        talk.network.attach(a, address(&socket).ip(), link);
        talk.add_socket(a, &socket);
        talk.remove_interface(a, address(&socket).ip());
    }
    talk.network.cut(address(A1).ip());
    talk.attach(a, A2, link);
    talk.complete();
    assert_eq!(talk.path(a), (A2.into(), B1.into()));
    assert_eq!(talk.path(b), (B1.into(), A2.into()));
}

/// RFC 8445 §12.1: "until the new pair is nominated", data goes over the old one, even if another pair of the new
/// session answers first.
#[test]
fn a_restart_leaves_the_pair_in_use_for_a_nominated_one_alone() {
    let quick = Config {
        pacing: ms(5),
        ..Config::default()
    };
    let mut talk = Talk::new([Role::Controlling, Role::Controlled], 1, &quick);
    let (a, b) = (talk.a, talk.b);
    // The preferred pair is the slower one.
    talk.attach(a, A1, LinkConfig::new().delay(ms(8)));
    talk.attach(a, A2, LinkConfig::new().delay(ms(1)));
    talk.attach(b, B1, LinkConfig::new().delay(ms(1)));
    talk.signal();
    talk.complete();
    assert_eq!(talk.path(a), (A1.into(), B1.into()));
    for host in [a, b] {
        talk.events(host);
        let now = talk.network.now();
        talk.network.host_mut(host).agent.restart(now).unwrap();
    }
    talk.talk();
    talk.signal();
    talk.complete();
    for host in [a, b] {
        let paths: Vec<_> = talk
            .events(host)
            .into_iter()
            .filter_map(|(_, event)| {
                if let Event::SelectedPair { path } = event {
                    Some(path)
                } else {
                    None
                }
            })
            .collect();
        let selected = talk.agent(host).selected_path().unwrap();
        assert_eq!(
            paths,
            [selected],
            "the same as before, and no other between"
        );
    }
    assert_eq!(talk.path(a), (A1.into(), B1.into()));
    assert!(talk.longest_gap() <= ms(20));
}

/// The old pair is dead, so there is nothing to wait for.
#[test]
fn a_restart_uses_the_first_pair_that_works_when_the_old_one_is_silent() {
    let link = LinkConfig::new().delay(ms(10));
    let mut talk = talk_over(link);
    let (a, b) = (talk.a, talk.b);
    talk.network.cut(address(A1).ip());
    talk.run_for(20_000);
    assert_eq!(talk.agent(a).state(), State::Disconnected);
    for host in [a, b] {
        let now = talk.network.now();
        talk.network.host_mut(host).agent.restart(now).unwrap();
    }
    talk.attach(a, A2, link);
    talk.signal();
    let before = talk.network.now();
    talk.network
        .run_until(|network| {
            [a, b].map(|host| network.host(host).agent.state()) == [State::Completed; 2]
        })
        .unwrap();
    assert!(talk.network.now() - before <= ms(200));
    assert_eq!(talk.path(a), (A2.into(), B1.into()));
}

/// The credentials of a session that a restart has ended are good for three seconds after its pair was left.
#[test]
fn the_old_credentials_end_three_seconds_after_the_old_pair() {
    let link = LinkConfig::new().delay(ms(10));
    for (later, answered) in [(2_900, true), (3_200, false)] {
        let mut talk = talk_over(link);
        let (a, b) = (talk.a, talk.b);
        let old = talk.agent(b).local_credentials().clone();
        for host in [a, b] {
            let now = talk.network.now();
            talk.network.host_mut(host).agent.restart(now).unwrap();
        }
        talk.signal();
        talk.network
            .run_until(|network| {
                [a, b].map(|host| network.host(host).agent.state()) == [State::Completed; 2]
            })
            .unwrap();
        talk.run_for(later);
        let now = talk.network.now();
        let agent = &mut talk.network.host_mut(b).agent;
        let mut out = Vec::new();
        let id = strata_stun::TransactionId::new([7; 12]);
        strata_stun::MessageWriter::new(
            &mut out,
            strata_stun::Class::Request,
            strata_stun::Method::BINDING,
            id,
        )
        .push(&Username(&format!("{}:x", old.ufrag())))
        .push(&strata_stun::Priority(1))
        .integrity(&strata_stun::IntegrityKey::short_term(old.password()))
        .fingerprint()
        .finish()
        .unwrap();
        let path = strata_core::Path::udp(address(B1), address(A1));
        let drops = agent.stats().drops.unauthenticated;
        agent.handle_input(now, strata_core::Datagram::new(path, &mut out));
        assert_eq!(agent.stats().drops.unauthenticated == drops, answered);
    }
}

/// RFC 7675 §5.1: an answer that comes after consent has expired restores nothing, even if this side could not look at
/// its clock in between because the machine was asleep.
#[test]
fn an_answer_after_consent_has_expired_restores_nothing() {
    let mut bench = Bench::signalled(Role::Controlling);
    bench.add_remote(0, FIRST, 1);
    bench.answer_until(0, 100);
    assert_eq!(bench.agent.state(), State::Completed);
    let due = bench.next_timer(20_000).unwrap();
    let (to, request) = bench.requests(due + 1).pop().unwrap();
    let request = Message::parse(&request).unwrap();
    let answer = success(&request, &XorMappedAddress(address(A)));
    bench.give(30_001, &to, &answer);
    assert_eq!(bench.agent.selected_path(), None);
    assert_eq!(bench.agent.state(), State::Failed);
    assert_eq!(bench.agent.stats().drops.unknown_transaction, 1);
    // A check of the other side on that pair is answered, and changes nothing either.
    let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
    bench.give(31_000, FIRST, &check);
    assert_eq!(bench.sent(31_000).len(), 1);
    assert_eq!(bench.agent.state(), State::Failed);
}

/// RFC 8445 §11, RFC 7675 §5.1: no gap between consent checks is longer than Tr, whatever is configured.
#[test]
fn consent_checks_are_never_more_than_15_s_apart() {
    let mut bench = Bench::configured(Config {
        role: Role::Controlling,
        consent_interval: core::time::Duration::from_hours(1),
        ..Config::default()
    });
    bench.signal();
    bench.add_remote(0, FIRST, 1);
    bench.answer_all(0);
    let mut last = 0;
    for _ in 0..200 {
        let due = bench.next_timer(u64::MAX / 2_000_000).unwrap();
        if !bench.answer_all(due + 1).is_empty() {
            assert!(due - last <= 15_001, "{}", due - last);
            last = due;
        }
    }
    assert!(last > 1_000_000, "{last}");
}

/// Checks that come before the credentials of their sender are kept within a number of bytes, too.
#[test]
fn early_checks_are_limited_in_bytes() {
    let mut bench = Bench::configured(Config {
        limits: Limits {
            early_check_bytes: 100,
            ..Limits::default()
        },
        ..Config::default()
    });
    let key = bench.key();
    for sender in 0..10 {
        let name = format!("{}:{:030}", bench.agent.local_credentials().ufrag(), sender);
        let check = bench.request(|writer| {
            writer
                .push(&Username(&name))
                .push(&strata_stun::Priority(1000))
                .integrity(&key)
        });
        bench.give(0, SECOND, &check);
        let _ = bench.sent(0);
    }
    // Three of 30 bytes each are kept.
    assert_eq!(bench.agent.stats().drops.overload, 7);
    bench.signal();
    assert_eq!(bench.agent.stats().drops.other_session, 3);
}
