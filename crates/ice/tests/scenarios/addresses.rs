//! Addresses in all the forms in which sockets and signalling give them.

use core::net::{SocketAddr, SocketAddrV6};

use strata_core::{Endpoint as _, Instant, Path};
use strata_ice::{AddCandidateError, AddressFilter, Agent, Config, Role, State};
use strata_sim::{START, SeededEntropy};
use strata_stun::{Message, XorMappedAddress};

use crate::{
    bench::{Bench, candidate, success},
    scene::{address, at, ms},
};

fn link_local(text: &str, port: u16, flow: u32, scope: u32) -> SocketAddr {
    SocketAddr::V6(SocketAddrV6::new(text.parse().unwrap(), port, flow, scope))
}

fn agent(config: Config, sockets: &[SocketAddr]) -> Agent {
    let mut agent = Agent::new(config, SeededEntropy::entropy(7));
    for socket in sockets {
        agent.add_local_candidate(START, *socket).unwrap();
    }
    agent
}

/// RFC 4007 §6: a link-local address says nothing without its link. The other side signals it without, so the scope is
/// that of the own socket, and a packet from there is from that candidate.
#[test]
fn both_ends_of_a_link_local_path_have_its_scope() {
    let sockets = [
        link_local("fe80::1", 1, 0, 2),
        link_local("fe80::1", 1, 0, 3),
    ];
    let config = Config {
        role: Role::Controlling,
        ..Config::default()
    };
    let mut agent = agent(config, &sockets);
    let signalled: Vec<_> = agent
        .local_candidates()
        .map(|local| local.address)
        .collect();
    assert_eq!(signalled, [link_local("fe80::1", 1, 0, 0); 2]);
    let peer = strata_ice::Credentials::new("peer", "peerpasswordpeerpassword").unwrap();
    agent.set_remote_credentials(START, peer).unwrap();
    let remote = candidate("[fe80::2]:2", 1000);
    agent.add_remote_candidate(START, remote).unwrap();
    let mut now: Instant = START;
    let mut asked = Vec::new();
    while agent.state() != State::Completed {
        let mut out = Vec::new();
        while let Some(transmit) = agent.poll_transmit(now, &mut out) {
            asked.push(transmit.path);
            let request = Message::parse(&out).unwrap();
            let mapped = XorMappedAddress(link_local("fe80::1", 1, 0, 0));
            let mut answer = success(&request, &mapped);
            // The system gives a flow label, too. The other link does not answer.
            let SocketAddr::V6(from) = transmit.path.remote else {
                panic!("{:?}", transmit.path);
            };
            if from.scope_id() == 3 {
                let remote = link_local("fe80::2", 2, 77, 3);
                let path = Path::udp(transmit.path.local, remote);
                agent.handle_input(now, strata_core::Datagram::new(path, &mut answer));
            }
            out.clear();
        }
        now = agent.poll_timeout().unwrap_or(now);
        agent.handle_timeout(now);
        assert!(now < at(ms(5_000)));
    }
    asked.sort_unstable();
    asked.dedup();
    let path = |scope| {
        Path::udp(
            link_local("fe80::1", 1, 0, scope),
            link_local("fe80::2", 2, 0, scope),
        )
    };
    assert_eq!(asked, [path(2), path(3)]);
    assert_eq!(agent.selected_path(), Some(path(3)));
    assert_eq!(agent.remote_candidates().count(), 1);
}

/// A dual-stack socket shows IPv4 addresses in IPv6 form.
#[test]
fn a_mapped_address_is_the_one_that_is_mapped() {
    let mut bench = Bench::new(Role::Controlled);
    bench.signal();
    bench.add_remote(0, "[::ffff:192.0.2.2]:1", 1000);
    let remotes: Vec<_> = bench.agent.remote_candidates().collect();
    assert_eq!(remotes[0].address, address("192.0.2.2:1"));
    assert_eq!(bench.sent(0).len(), 1, "a check");
    let check = bench.check(|writer| writer.push(&strata_stun::IceControlling(1)));
    let path = Path::udp(
        address("[::ffff:192.0.2.1]:5000"),
        address("[::ffff:192.0.2.2]:1"),
    );
    let mut datagram = check;
    let datagram = strata_core::Datagram::new(path, &mut datagram);
    bench.agent.handle_input(START, datagram);
    let sent = bench.sent(0);
    assert_eq!(sent.len(), 2, "an answer and a check");
    for (path, _) in sent {
        assert_eq!(
            path,
            Path::udp(address("192.0.2.1:5000"), address("192.0.2.2:1"))
        );
    }
    assert_eq!(bench.agent.stats().drops, strata_ice::Drops::default());
}

/// Whoever signals a candidate chooses where this side sends.
#[test]
fn candidates_that_nobody_can_have_or_that_are_refused_are_not_sent_to() {
    let config = || Config {
        remote_addresses: AddressFilter::new().deny("10.0.0.0/8".parse().unwrap()),
        ..Config::default()
    };
    let add = |agent: &mut Agent, text: &str| agent.add_remote_candidate(START, candidate(text, 1));
    let mut public = agent(config(), &[address("192.0.2.1:1")]);
    for refused in [
        "127.0.0.1:9",
        "[::1]:9",
        "[::ffff:127.0.0.1]:9",
        "255.255.255.255:9",
        "240.0.0.1:9",
        "0.1.2.3:9",
        "[fec0::1]:9",
        "[ff02::1]:9",
        "10.1.2.3:9",
        "[64:ff9b::10.1.2.3]:9",
        "192.0.2.2:0",
    ] {
        let canonical = strata_core::canonical(address(refused));
        let expected = Err(AddCandidateError::Address(canonical));
        assert_eq!(add(&mut public, refused), expected, "{refused}");
    }
    assert_eq!(public.remote_candidates().count(), 0);
    assert_eq!(add(&mut public, "192.0.2.2:9"), Ok(()));
    // Two processes of one machine.
    let mut local = agent(config(), &[address("127.0.0.1:1")]);
    assert_eq!(add(&mut local, "127.0.0.1:9"), Ok(()));
    assert!(add(&mut local, "10.1.2.3:9").is_err());
    assert!(add(&mut local, "[64:ff9b::127.0.0.1]:9").is_err());
    let denied = Config {
        remote_addresses: AddressFilter::new().deny("127.0.0.0/8".parse().unwrap()),
        ..Config::default()
    };
    let mut local = agent(denied, &[address("127.0.0.1:1")]);
    assert!(add(&mut local, "127.0.0.1:9").is_err());
    // Nor does a check from there make this side send to it. It is answered, as every authentic one.
    let mut bench = Bench::configured(config());
    bench.signal();
    let check = bench.check(|writer| writer.push(&strata_stun::IceControlling(1)));
    bench.give(0, "10.1.2.3:9", &check);
    let sent = bench.sent(0);
    assert_eq!(sent.len(), 1);
    assert_eq!(bench.agent.remote_candidates().count(), 0);
    assert_eq!(bench.agent.stats().drops.refused_address, 1);
}

/// Owners ask about paths, and name interfaces, with addresses as their sockets give them.
#[test]
fn what_owners_say_of_paths_and_interfaces_has_any_form() {
    let mut bench = Bench::new(Role::Controlling);
    bench.signal();
    bench.add_remote(0, "192.0.2.2:1", 1000);
    bench.answer_until(0, 1_000);
    let given = Path::udp(
        address("[::ffff:192.0.2.1]:5000"),
        address("[::ffff:192.0.2.2]:1"),
    );
    assert!(bench.agent.selected_path().is_some());
    assert!(bench.agent.is_valid_path(given) && bench.agent.is_known_path(given));
    let gone = "::ffff:192.0.2.1".parse().unwrap();
    bench.agent.remove_interface(at(ms(1_000)), gone).unwrap();
    assert_eq!(bench.agent.local_candidates().count(), 0);
    assert!(!bench.agent.is_known_path(given));
    // After a steady flow, a silence is suspicious.
    let due_after = |path: Option<Path>| {
        let mut bench = Bench::new(Role::Controlling);
        bench.signal();
        bench.add_remote(0, "192.0.2.2:1", 1000);
        bench.answer_until(0, 1_000);
        for time in (1_000..4_000).step_by(50) {
            if let Some(path) = path {
                bench.agent.note_received(at(ms(time)), path);
            }
        }
        bench.agent.poll_timeout()
    };
    let suspicious = due_after(Some(given));
    assert_ne!(suspicious, due_after(None));
    assert_eq!(suspicious, due_after(Some(given.canonical())));
}
