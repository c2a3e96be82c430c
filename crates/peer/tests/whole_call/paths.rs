//! Calls between machines with several addresses: paths that come, go, and are told apart.

use std::{net::IpAddr, time::Duration};

use strata_core::{Datagram, Endpoint as _, Instant, Path};
use strata_dtls::{Connection, Role};
use strata_peer::{Config, Event, IceState, MessageKind, Mid, PayloadType, Peer, RestartReason};
use strata_sim::{HostId, LinkConfig, Network, RunLimits, SeededEntropy};

use crate::support::{
    Call, EVERYTHING, answerer_config, call, certificates, connect, connected, describe, messages,
    offerer_config, opened, packet, payload, peers, received, sections,
};

const ONE_WAY: Duration = Duration::from_millis(10);

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(5));

const OURS: [&str; 2] = ["203.0.113.1", "203.0.113.2"];

const THEIRS: [&str; 2] = ["198.51.100.1", "198.51.100.2"];

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Two machines, each with several addresses, and what flows between them.
struct Wide {
    network: Network<Peer>,
    a: HostId,
    b: HostId,
    audio: Mid,
    opus: PayloadType,
    next: u16,
}

impl Wide {
    /// Connected.
    fn new(ours: &[&str], theirs: &[&str], seed: u64) -> Self {
        Self::with(|_| {}, ours, theirs, seed)
    }

    fn with(set: fn(&mut Config), ours: &[&str], theirs: &[&str], seed: u64) -> Self {
        let mut entropy = SeededEntropy::entropy(seed);
        let mut configs = [offerer_config(), answerer_config()];
        configs.iter_mut().for_each(set);
        let [mut a, mut b] = peers(configs, EVERYTHING, &mut entropy);
        let now = strata_sim::START;
        for (peer, addresses) in [(&mut a, ours), (&mut b, theirs)] {
            for address in addresses {
                peer.add_local_candidate(now, (ip(address), 5000).into())
                    .unwrap();
            }
            // Those of the other tests are not here.
            for address in [Call::A_ADDRESS, Call::B_ADDRESS] {
                peer.remove_interface(now, address.ip()).unwrap();
            }
        }
        describe(&mut a, &mut b, now);
        let (audio, opus, _) = sections(&a)[0];
        let mut network = Network::new(seed);
        network.set_limits(RunLimits {
            steps: 2_000_000,
            time: Duration::from_secs(3600),
        });
        let (a, b) = (network.add_host(a), network.add_host(b));
        for (host, addresses) in [(a, ours), (b, theirs)] {
            for address in addresses {
                network.attach(host, ip(address), LINK);
            }
        }
        network
            .run_until(|network| connected(network.host(a)) && connected(network.host(b)))
            .unwrap();
        let mut wide = Self {
            network,
            a,
            b,
            audio,
            opus,
            next: 0,
        };
        wide.network.run_for(Duration::from_secs(2)).unwrap();
        wide
    }

    fn now(&self) -> Instant {
        self.network.now()
    }

    /// Both sides send a packet of media in each `pace`.
    fn talk(&mut self, packets: u16, pace: Duration) {
        for _ in 0..packets {
            let (now, n) = (self.now(), self.next);
            for host in [self.a, self.b] {
                let packet = packet(self.opus, n, false);
                let peer = self.network.host_mut(host);
                peer.write_rtp(now, &self.audio, packet).unwrap();
            }
            self.next += 1;
            self.network.run_for(pace).unwrap();
        }
    }

    fn heard(&mut self, host: HostId) -> Vec<u16> {
        let audio = self.audio;
        received(self.network.events(host), audio, false)
    }

    fn path_of(&self, host: HostId) -> Path {
        self.network.host(host).selected_path().unwrap()
    }

    /// How long it takes until the other side has a message.
    fn arrival(&mut self) -> Duration {
        let from = self.now();
        while messages(self.network.events(self.b)).is_empty() {
            self.network.run_for(Duration::from_millis(1)).unwrap();
            assert!(self.now() - from < Duration::from_secs(60));
        }
        self.now() - from
    }

    fn restart(&mut self) {
        let now = self.now();
        self.network.host_mut(self.a).restart_ice(now);
        let offer = self.network.host_mut(self.a).create_offer(now).unwrap();
        let a = self.network.host_mut(self.a);
        a.set_local_description(now, offer.clone()).unwrap();
        let b = self.network.host_mut(self.b);
        b.set_remote_description(now, offer).unwrap();
        let answer = b.create_answer(now).unwrap();
        b.set_local_description(now, answer.clone()).unwrap();
        let a = self.network.host_mut(self.a);
        a.set_remote_description(now, answer).unwrap();
    }
}

const PACE: Duration = Duration::from_millis(20);

/// The owner says so, and both sides go over to the other address at once.
#[test]
fn an_address_that_is_lost_is_left_at_once() {
    for (seed, ours) in [(1, true), (2, false), (3, true), (4, false)] {
        let mut wide = Wide::new(&OURS, &THEIRS, seed);
        wide.talk(50, PACE);
        let host = if ours { wide.a } else { wide.b };
        let lost = wide.path_of(host).local;
        wide.network.cut(lost.ip());
        let now = wide.now();
        let peer = wide.network.host_mut(host);
        peer.remove_interface(now, lost.ip()).unwrap();
        let text = peer.local_description().unwrap();
        assert!(!text.contains(&lost.ip().to_string()), "{text}");
        wide.network.run_for(2 * ONE_WAY).unwrap();
        assert_ne!(wide.path_of(host).local, lost);
        wide.talk(50, PACE);
        wide.network.run_for(Duration::from_secs(1)).unwrap();
        for host in [wide.a, wide.b] {
            let heard = wide.heard(host);
            // What was under way, and what the other side had sent before it knew.
            let missing = (0..100).filter(|n| !heard.contains(n)).count();
            assert!(missing <= 4, "{missing} of {seed}");
        }
        // It comes back, and is told to the other side again.
        let now = wide.now();
        wide.network.events(host).clear();
        let peer = wide.network.host_mut(host);
        peer.add_local_candidate(now, lost).unwrap();
        wide.network.drain().unwrap();
        let trickled = |(_, event): &(_, Event)| {
            matches!(event, Event::LocalCandidate { line, .. }
                if line.contains(&format!(" {} ", lost.ip())))
        };
        assert_eq!(
            wide.network
                .events(host)
                .iter()
                .filter(|event| trickled(event))
                .count(),
            1
        );
    }
}

/// What was under way on the address is sent again on the other one, without waiting for a timeout.
#[test]
fn a_transfer_goes_on_at_once_when_its_address_is_lost() {
    // What fits the first window is there half a round trip later, what does not a few round trips.
    for (count, before, limit) in [(8, 3, 15), (500, 70, 400)] {
        let mut wide = Wide::new(&OURS, &THEIRS, u64::from(count));
        let id = opened(wide.network.events(wide.a)).unwrap();
        let now = wide.now();
        let mut channel = wide.network.host_mut(wide.a).channel(id).unwrap();
        for n in 0..count {
            channel.send(now, MessageKind::Binary, payload(n)).unwrap();
        }
        wide.network.run_for(Duration::from_millis(before)).unwrap();
        let lost = wide.path_of(wide.a).local;
        wide.network.cut(lost.ip());
        wide.network.uplink(lost.ip()).lose_all();
        let now = wide.now();
        let peer = wide.network.host_mut(wide.a);
        peer.remove_interface(now, lost.ip()).unwrap();
        let b = wide.b;
        while messages(wide.network.events(b)).len() < usize::from(count) {
            wide.network.run_for(Duration::from_millis(1)).unwrap();
            let took = wide.now() - now;
            assert!(took <= Duration::from_millis(limit), "{count}: {took:?}");
        }
        let sctp = wide.network.host(wide.a).stats().sctp.unwrap();
        assert_eq!(sctp.timeouts, 0, "{count}");
    }
}

/// Candidates that were told and those that were not keep their places when one between them goes.
#[test]
fn what_was_not_told_yet_is_told_though_others_are_gone() {
    let mut entropy = SeededEntropy::entropy(1);
    let now = strata_sim::START;
    let mut peer = Peer::new(offerer_config(), entropy.fork());
    peer.add_transceiver(
        strata_peer::MediaKind::Audio,
        strata_peer::Direction::SendRecv,
    )
    .unwrap();
    let address = |host: u8| ([192, 0, 2, host], 5000).into();
    for host in 1..=3 {
        peer.add_local_candidate(now, address(host)).unwrap();
    }
    let offer = peer.create_offer(now).unwrap();
    peer.add_local_candidate(now, address(4)).unwrap();
    peer.remove_interface(now, ip("192.0.2.2")).unwrap();
    peer.set_local_description(now, offer).unwrap();
    // A dual-stack socket gives the address in this form.
    peer.remove_interface(now, ip("::ffff:192.0.2.1")).unwrap();
    peer.add_local_candidate(now, address(5)).unwrap();
    let told = std::iter::from_fn(|| peer.poll_event()).filter_map(|event| match event {
        Event::LocalCandidate { line, .. } => Some(line.split(' ').nth(4).unwrap().to_owned()),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), ["192.0.2.4", "192.0.2.5"]);
    let text = peer.local_description().unwrap();
    let listed = text
        .lines()
        .filter_map(|line| line.strip_prefix("a=candidate:"));
    let listed: Vec<_> = listed.map(|line| line.split(' ').nth(4).unwrap()).collect();
    assert_eq!(listed, ["192.0.2.3", "192.0.2.4", "192.0.2.5"]);
}

/// RFC 8445 §12.1: data stays where it is until a pair of the new session is nominated.
#[test]
fn a_restart_under_a_thousand_packets_a_second_loses_none() {
    let pace = Duration::from_millis(1);
    for seed in 1..=3 {
        let mut wide = Wide::new(&OURS, &THEIRS, seed);
        let before = wide.path_of(wide.a);
        for _ in 0..5 {
            wide.talk(500, pace);
            wide.restart();
            wide.talk(1000, pace);
            // None is left for a worse one.
            assert_eq!(wide.path_of(wide.a), before);
            assert_eq!(wide.path_of(wide.b), before.reversed());
        }
        wide.network.run_for(Duration::from_secs(1)).unwrap();
        let all: Vec<u16> = (0..7500).collect();
        assert_eq!(wide.heard(wide.a), all);
        assert_eq!(wide.heard(wide.b), all);
    }
}

/// Media that came steadily and comes no more is missed at once: consent checks alone take ten seconds to notice.
#[test]
fn an_address_that_dies_silently_is_left_when_media_is_missed() {
    for seed in 1..=10 {
        let mut wide = Wide::new(&OURS, &THEIRS, seed);
        wide.talk(200, PACE);
        let lost = wide
            .path_of(if seed % 2 == 0 { wide.a } else { wide.b })
            .local;
        wide.network.cut(lost.ip());
        let cut = wide.next;
        wide.talk(200, PACE);
        for host in [wide.a, wide.b] {
            let heard = wide.heard(host);
            let first = heard.iter().find(|n| **n > cut + 3).unwrap();
            let gap = PACE * u32::from(first - cut);
            assert!(gap <= Duration::from_secs(2), "{gap:?} {seed}");
            assert_eq!(*heard.last().unwrap(), 399);
            assert_eq!(advised(wide.network.events(host)), []);
            let path = wide.path_of(host);
            assert!(path.local != lost && path.remote != lost);
        }
    }
}

/// Without renomination, which both sides have to offer, the way on is a restart.
#[test]
fn a_side_that_may_not_nominate_again_is_advised_to_restart() {
    let set: fn(&mut Config) = |config| config.ice.renomination = false;
    let mut wide = Wide::with(set, &OURS, &THEIRS, 1);
    wide.talk(200, PACE);
    let lost = wide.path_of(wide.a).local;
    wide.network.cut(lost.ip());
    wide.talk(200, PACE);
    let [(_, RestartReason::PairNotNominated)] = advised(wide.network.events(wide.a))[..] else {
        panic!("{:?}", advised(wide.network.events(wide.a)));
    };
    assert_eq!(*wide.heard(wide.b).last().unwrap(), 399);
    wide.restart();
    wide.talk(50, PACE);
    wide.network.run_for(Duration::from_secs(1)).unwrap();
    for host in [wide.a, wide.b] {
        assert!(wide.heard(host).ends_with(&[447, 448, 449]));
    }
}

/// A message that has to be sent again says that the path may be lost.
#[test]
fn an_address_that_dies_silently_is_left_when_a_message_is_not_acknowledged() {
    for seed in 1..=10 {
        let mut wide = Wide::new(&OURS, &THEIRS, seed);
        let id = opened(wide.network.events(wide.a)).unwrap();
        let lost = wide
            .path_of(if seed % 2 == 0 { wide.a } else { wide.b })
            .local;
        wide.network.cut(lost.ip());
        let now = wide.now();
        let mut channel = wide.network.host_mut(wide.a).channel(id).unwrap();
        channel.send(now, MessageKind::Binary, payload(1)).unwrap();
        let took = wide.arrival();
        assert!(took <= Duration::from_secs(5), "{took:?} {seed}");
    }
}

/// When one side was told that only a restart helps, and why.
fn advised(events: &[(Instant, Event)]) -> Vec<(Instant, RestartReason)> {
    let advice = |(at, event): &(Instant, Event)| match event {
        Event::RestartAdvised { reason } => Some((*at, *reason)),
        _ => None,
    };
    events.iter().filter_map(advice).collect()
}

#[test]
fn who_has_no_path_left_is_advised_once() {
    let mut pair = call(EVERYTHING, LINK, 1);
    connect(&mut pair);
    pair.run_for(Duration::from_secs(5)).unwrap();
    assert_eq!(advised(&pair.a_events), []);
    pair.cut();
    let cut = pair.now();
    pair.run_for(Duration::from_secs(60)).unwrap();
    for events in [&pair.a_events, &pair.b_events] {
        let [(at, RestartReason::NoPairAnswers)] = advised(events)[..] else {
            panic!("{:?}", advised(events));
        };
        assert!(at - cut < Duration::from_secs(20), "{:?}", at - cut);
    }
}

/// Without a path for a while, with one again, without signalling: what waited arrives.
#[test]
fn a_path_that_comes_back_goes_on_without_a_restart() {
    for seconds in [1, 5, 15] {
        let mut wide = Wide::new(&OURS[..1], &THEIRS[..1], seconds);
        let id = opened(wide.network.events(wide.a)).unwrap();
        wide.network.cut(ip(OURS[0]));
        let now = wide.now();
        let mut channel = wide.network.host_mut(wide.a).channel(id).unwrap();
        channel.send(now, MessageKind::Binary, payload(1)).unwrap();
        wide.network.run_for(Duration::from_secs(seconds)).unwrap();
        wide.network.restore(ip(OURS[0]));
        // Checks every quarter of a second find it, and SCTP waits for nothing else.
        let took = wide.arrival();
        assert!(took <= Duration::from_secs(1), "{took:?} after {seconds} s");
    }
}

/// The DTLS of another who is called as `theirs` says, by its first flight.
fn hello() -> Vec<u8> {
    let config = strata_dtls::Config::new(Role::Client, certificates()[1].clone());
    let mut other = Connection::new(config, SeededEntropy::entropy(9));
    other.start(strata_sim::START).unwrap();
    let mut flight = Vec::new();
    assert!(
        other
            .poll_transmit(strata_sim::START, &mut flight)
            .is_some()
    );
    flight
}

fn give(peer: &mut Peer, now: Instant, path: Path, bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    peer.handle_input(now, Datagram::new(path, &mut bytes));
}

/// The first flight may take another path than the check that makes it a good one.
#[test]
fn a_flight_on_a_path_that_is_still_checked_is_kept() {
    let [mut a, mut b] = peers(
        [offerer_config(), answerer_config()],
        EVERYTHING,
        &mut SeededEntropy::entropy(1),
    );
    let now = strata_sim::START;
    // Its packets are lost for now.
    let second = (ip(THEIRS[1]), 5000).into();
    b.add_local_candidate(now, second).unwrap();
    describe(&mut a, &mut b, now);
    let other = Path::udp(Call::A_ADDRESS, second);
    let stranger = Path::udp(Call::A_ADDRESS, (ip("203.0.113.9"), 5000).into());
    let (mut lost, mut answered) = (true, None);
    for millis in 0..20_000 {
        let now = now + Duration::from_millis(millis);
        a.handle_timeout(now);
        b.handle_timeout(now);
        let mut out = Vec::new();
        while let Some(transmit) = b.poll_transmit(now, &mut out) {
            // Of DTLS only what the test gives.
            let dtls = matches!(out[0], 20..=63);
            let gone = lost && transmit.path.local == second;
            if !dtls && !gone {
                give(&mut a, now, transmit.path.reversed(), &out);
            }
            out.clear();
        }
        while let Some(transmit) = a.poll_transmit(now, &mut out) {
            if matches!(out[0], 20..=63) {
                answered = answered.or(Some(millis));
            } else if !(lost && transmit.path.remote == second) {
                give(&mut b, now, transmit.path.reversed(), &out);
            }
            out.clear();
        }
        if millis == 1000 {
            assert_eq!(a.ice_state(), IceState::Completed);
            give(&mut a, now, stranger, &hello());
            assert_eq!(a.stats().dropped.unvalidated_path, 1);
            give(&mut a, now, other, &hello());
            assert_eq!(a.stats().dropped.unvalidated_path, 1);
        }
        if millis == 2000 {
            assert_eq!(answered, None);
            lost = false;
        }
    }
    let answered = answered.unwrap();
    assert!(answered > 2000, "{answered}");
    assert_eq!(a.stats().dropped.early, 0);
}

/// Before the answer nobody knows which paths there will be: little is kept, in bytes, and that only until it is known.
#[test]
fn what_comes_too_early_is_kept_up_to_a_number_of_bytes() {
    let [mut a, mut b] = peers(
        [offerer_config(), answerer_config()],
        EVERYTHING,
        &mut SeededEntropy::entropy(1),
    );
    let now = strata_sim::START;
    let limit = offerer_config().limits.early_dtls_bytes;
    let answer = crate::support::answered(&mut a, &mut b, now);
    let stranger = Path::udp(Call::A_ADDRESS, (ip("203.0.113.9"), 5000).into());
    let mut junk = vec![22; 1000];
    for _ in 0..20 {
        give(&mut a, now, stranger, &junk);
    }
    let kept = 20 - a.stats().dropped.early;
    assert!(kept * 1000 <= limit as u64 && kept >= 6, "{kept}");
    junk.truncate(1);
    for _ in 0..10_000 {
        give(&mut a, now, stranger, &junk);
    }
    let more = 10_020 - a.stats().dropped.early - kept;
    assert!(more < 20, "small ones are not free: {more}");
    // Now they are known, and the stranger is none of them.
    a.set_remote_description(now, answer).unwrap();
    assert_eq!(a.stats().dropped.unvalidated_path, kept + more);
}
