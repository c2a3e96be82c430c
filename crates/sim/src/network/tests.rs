//! What networks and translators do, exactly.

use std::{collections::BTreeSet, net::SocketAddr};

use strata_core::Protocol;

use super::*;
use crate::{
    Either, SeededEntropy,
    toy::{Event, Routed, Toy},
};

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(10));

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn path(local: &str, remote: &str) -> Path {
    Path::udp(at(local), at(remote))
}

/// A client at 10.0.0.1 behind a translator at 198.51.100.1, and three outer addresses.
struct Home {
    network: Network<Routed>,
    nat: NatId,
    client: HostId,
    /// 203.0.113.1 and 203.0.113.2.
    servers: [HostId; 2],
}

impl Home {
    fn new(config: NatConfig) -> Self {
        let mut network = Network::new(1);
        let client = network.add_host(Routed::default());
        let servers = [(); 2].map(|()| network.add_host(Routed::default()));
        let nat = network.add_nat(ip("198.51.100.1"), config);
        network.attach_behind(nat, client, ip("10.0.0.1"), LINK);
        network.attach(servers[0], ip("203.0.113.1"), LINK);
        network.attach(servers[1], ip("203.0.113.2"), LINK);
        Self {
            network,
            nat,
            client,
            servers,
        }
    }

    /// Where a server sees the client, if the client's datagram reaches it.
    fn seen_at(&mut self, server: usize, remote: &str) -> Option<SocketAddr> {
        let before = self.network.host(self.servers[server]).received.len();
        let path = path("10.0.0.1:5000", remote);
        self.network.host_mut(self.client).send(path, b"out");
        self.network.run_until_idle().unwrap();
        let received = &self.network.host(self.servers[server]).received;
        received.get(before).map(|(path, _)| path.remote)
    }

    /// Whether the client gets what a server sends.
    fn gets_in(&mut self, server: usize, local: &str, remote: SocketAddr) -> bool {
        let before = self.network.host(self.client).received.len();
        let path = Path::udp(at(local), remote);
        let server = self.servers[server];
        self.network.host_mut(server).send(path, b"in");
        self.network.run_until_idle().unwrap();
        let received = &self.network.host(self.client).received;
        match received.get(before) {
            Some((seen, _)) => {
                assert_eq!(*seen, Path::udp(at("10.0.0.1:5000"), at(local)));
                true
            }
            None => false,
        }
    }

    /// After one datagram to 203.0.113.1:1 : who gets in (the same address, another port, another
    /// host), and whether another destination sees the same mapping.
    fn character(config: NatConfig) -> ([bool; 3], bool) {
        let mut home = Self::new(config);
        let outer = home.seen_at(0, "203.0.113.1:1").unwrap();
        assert_eq!(outer.ip(), ip("198.51.100.1"));
        let lets_in = [
            home.gets_in(0, "203.0.113.1:1", outer),
            home.gets_in(0, "203.0.113.1:2", outer),
            home.gets_in(1, "203.0.113.2:1", outer),
        ];
        let same = home.seen_at(1, "203.0.113.2:1") == Some(outer);
        (lets_in, same)
    }
}

#[test]
fn translators_map_and_filter_as_their_kind_does() {
    let yes = true;
    let table = [
        (NatConfig::full_cone(), [yes, yes, yes], true),
        (NatConfig::address_restricted(), [yes, yes, false], true),
        (NatConfig::port_restricted(), [yes, false, false], true),
        (NatConfig::symmetric(), [yes, false, false], false),
    ];
    for (config, lets_in, same) in table {
        assert_eq!(Home::character(config), (lets_in, same), "{config:?}");
    }
}

#[test]
fn nobody_gets_in_before_something_went_out() {
    let mut home = Home::new(NatConfig::full_cone());
    assert!(!home.gets_in(0, "203.0.113.1:1", at("198.51.100.1:40000")));
    assert_eq!(home.network.stats().dropped_nat, 1);
}

#[test]
fn blocked_udp_does_not_pass() {
    let mut home = Home::new(NatConfig::udp_blocked());
    assert_eq!(home.seen_at(0, "203.0.113.1:1"), None);
    assert_eq!(home.network.stats().dropped_nat, 1);
}

#[test]
fn a_mapping_dies_when_nothing_goes_out_for_its_lifetime() {
    let lifetime = Duration::from_secs(30);
    let config = NatConfig::port_restricted().mapping_timeout(lifetime);
    let mut home = Home::new(config);
    let outer = home.seen_at(0, "203.0.113.1:1").unwrap();
    home.network.run_for(Duration::from_secs(29)).unwrap();
    assert!(home.gets_in(0, "203.0.113.1:1", outer));
    assert_eq!(home.seen_at(0, "203.0.113.1:1"), Some(outer));
    home.network.run_for(lifetime).unwrap();
    assert!(!home.gets_in(0, "203.0.113.1:1", outer));
    assert_ne!(home.seen_at(0, "203.0.113.1:1"), Some(outer));
}

#[test]
fn a_rebooted_translator_gives_a_new_port() {
    let mut home = Home::new(NatConfig::full_cone());
    let outer = home.seen_at(0, "203.0.113.1:1").unwrap();
    let nat = home.nat;
    home.network.nat_mut(nat).reboot();
    assert!(!home.gets_in(0, "203.0.113.1:1", outer));
    assert_ne!(home.seen_at(0, "203.0.113.1:1"), Some(outer));
}

#[test]
fn hairpinning_works_only_where_it_is_on() {
    for (config, works) in [
        (NatConfig::full_cone(), false),
        (NatConfig::full_cone().hairpin(), true),
    ] {
        let mut home = Home::new(config);
        let neighbour = home.network.add_host(Routed::default());
        home.network
            .attach_behind(home.nat, neighbour, ip("10.0.0.2"), LINK);
        let outer = home.seen_at(0, "203.0.113.1:1").unwrap();
        let to_outer = Path::udp(at("10.0.0.2:6000"), outer);
        home.network.host_mut(neighbour).send(to_outer, b"hairpin");
        home.network.run_until_idle().unwrap();
        let received = &home.network.host(home.client).received;
        if works {
            let seen = path("10.0.0.1:5000", "198.51.100.1:40001");
            assert_eq!(received[..], [(seen, b"hairpin".to_vec())]);
        } else {
            assert!(received.is_empty());
        }
    }
}

#[test]
fn neighbours_reach_each_other_directly() {
    let mut home = Home::new(NatConfig::udp_blocked());
    let neighbour = home.network.add_host(Routed::echo());
    home.network
        .attach_behind(home.nat, neighbour, ip("10.0.0.2"), LINK);
    let path = path("10.0.0.1:5000", "10.0.0.2:6000");
    home.network.host_mut(home.client).send(path, b"hello");
    assert_eq!(home.network.run_until_idle(), Ok(Duration::from_millis(40)));
    assert_eq!(
        home.network.host(home.client).received[..],
        [(path, b"hello".to_vec())]
    );
}

#[test]
fn translators_behind_translators_translate_twice() {
    let mut home = Home::new(NatConfig::port_restricted());
    let inner = home
        .network
        .add_nat_behind(home.nat, ip("10.0.0.9"), NatConfig::full_cone());
    let deep = home.network.add_host(Routed::default());
    home.network
        .attach_behind(inner, deep, ip("192.168.0.1"), LINK);
    home.network.host_mut(home.servers[0]).echoes = true;
    let path = path("192.168.0.1:1000", "203.0.113.1:1");
    home.network.host_mut(deep).send(path, b"deep");
    home.network.run_until_idle().unwrap();
    let (seen, _) = home.network.host(home.servers[0]).received[0];
    assert_eq!(seen.remote, at("198.51.100.1:40000"));
    assert_eq!(
        home.network.host(deep).received[..],
        [(path, b"deep".to_vec())]
    );
}

#[test]
fn a_host_has_several_addresses_of_both_families() {
    let mut network = Network::new(1);
    let (many, one) = (
        network.add_host(Routed::default()),
        network.add_host(Routed::echo()),
    );
    network.attach(many, ip("192.0.2.1"), LINK);
    network.attach(many, ip("192.0.2.2"), LINK);
    network.attach(many, ip("2001:db8::1"), LINK);
    network.attach(one, ip("192.0.2.9"), LINK);
    network.attach(one, ip("2001:db8::9"), LINK);
    let paths = [
        path("192.0.2.1:1", "192.0.2.9:9"),
        path("192.0.2.2:2", "192.0.2.9:9"),
        path("[2001:db8::1]:3", "[2001:db8::9]:9"),
    ];
    for path in paths {
        network.host_mut(many).send(path, b"?");
    }
    network.run_until_idle().unwrap();
    let received: BTreeSet<_> = network.host(many).received.iter().map(|r| r.0).collect();
    assert_eq!(received, BTreeSet::from(paths));
}

#[test]
fn what_has_no_way_is_counted() {
    let mut network = Network::new(1);
    let host = network.add_host(Routed::default());
    network.attach(host, ip("192.0.2.1"), LINK);
    let sent = [
        path("192.0.2.1:1", "192.0.2.9:9"),
        path("192.0.2.7:1", "192.0.2.1:9"),
        path("192.0.2.1:1", "[2001:db8::9]:9"),
        Path {
            protocol: Protocol::Tcp,
            ..path("192.0.2.1:1", "192.0.2.1:9")
        },
    ];
    for path in sent {
        network.host_mut(host).send(path, b"?");
    }
    network.run_until_idle().unwrap();
    assert_eq!(network.stats().unroutable, 4);
    assert!(network.host(host).received.is_empty());
}

#[test]
fn one_address_of_a_host_can_be_cut() {
    let mut network = Network::new(1);
    let (a, b) = (
        network.add_host(Routed::default()),
        network.add_host(Routed::default()),
    );
    network.attach(a, ip("192.0.2.1"), LINK);
    network.attach(a, ip("192.0.2.2"), LINK);
    network.attach(b, ip("192.0.2.9"), LINK);
    network.cut(ip("192.0.2.1"));
    network
        .host_mut(a)
        .send(path("192.0.2.1:1", "192.0.2.9:9"), b"cut");
    network
        .host_mut(a)
        .send(path("192.0.2.2:1", "192.0.2.9:9"), b"whole");
    network.run_until_idle().unwrap();
    let received: Vec<_> = network.host(b).received.iter().map(|r| &r.1[..]).collect();
    assert_eq!(received, [b"whole"]);
    assert_eq!(network.uplink(ip("192.0.2.1")).stats().dropped_down, 1);
}

#[test]
fn hosts_of_two_kinds_share_a_network() {
    let mut network = Network::new(1);
    let toy = |messages, seed| Toy::new(messages, SeededEntropy::entropy(seed));
    let plain = [
        network.add_host(Either::Left(toy(2, 1))),
        network.add_host(Either::Left(toy(0, 2))),
    ];
    let routed = network.add_host(Either::Right(Routed::default()));
    let there = path("192.0.2.1:1", "192.0.2.2:2");
    for (host, address) in [
        (plain[0], "192.0.2.1"),
        (plain[1], "192.0.2.2"),
        (routed, "192.0.2.3"),
    ] {
        network.attach(host, ip(address), LINK);
    }
    network.set_path(plain[0], there);
    network.set_path(plain[1], there.reversed());
    let bytes = [0, 9, 0];
    let sender = network.host_mut(routed).right().unwrap();
    sender.send(path("192.0.2.3:3", "192.0.2.2:2"), &bytes);
    assert!(network.host_mut(plain[0]).right().is_none());
    let took = network.run_until_idle().unwrap();
    assert_eq!(took, Duration::from_millis(80));
    let told = |network: &mut Network<_>, host| -> Vec<_> {
        network
            .events(host)
            .drain(..)
            .map(|(_, event)| event)
            .collect()
    };
    let delivered = [0, 1].map(|number| Either::Left(Event::Delivered(number)));
    assert_eq!(told(&mut network, plain[0]), delivered);
    let received = [0, 9, 1].map(|number| Either::Left(Event::Received(number)));
    assert_eq!(told(&mut network, plain[1]), received);
}

#[test]
fn the_same_seed_gives_the_same_network() {
    let run = |seed| {
        let mut network = Network::new(seed);
        let link = LINK
            .loss(0.2)
            .duplicate(0.2)
            .jitter(Duration::from_millis(9));
        let toy = |messages, seed| Toy::new(messages, SeededEntropy::entropy(seed));
        let hosts = [network.add_host(toy(20, 1)), network.add_host(toy(20, 2))];
        let there = path("192.0.2.1:1", "192.0.2.2:2");
        network.attach(hosts[0], ip("192.0.2.1"), link);
        network.attach(hosts[1], ip("192.0.2.2"), link);
        network.set_path(hosts[0], there);
        network.set_path(hosts[1], there.reversed());
        network.record();
        network.run_until_idle().unwrap();
        let told = hosts.map(|host| std::mem::take(network.events(host)));
        (network.trace().to_vec(), told, network.steps())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
