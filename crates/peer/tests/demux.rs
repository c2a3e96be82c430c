//! Many peers on one socket.
#![cfg(test)]

use std::{
    hash::Hash,
    net::{Ipv6Addr, SocketAddr, SocketAddrV6},
    sync::Arc,
    time::Duration,
};

use strata_core::{Datagram, Endpoint as _, Instant, Path};
use strata_crypto::Certificate;
use strata_peer::{ChannelConfig, Config, Credentials, Demux, DemuxLimits, Event, IceState, Peer};
use strata_sim::SeededEntropy;
use strata_stun::{Class, IntegrityKey, MessageWriter, Method, TransactionId, Username};

fn demux<K: Copy + Eq + Hash>() -> Demux<K> {
    Demux::new(DemuxLimits::default(), &mut SeededEntropy::entropy(1))
}

/// Two peers behind one socket, `a` and `b`.
fn of_two() -> (Demux<char>, [Credentials; 2]) {
    let mut demux = demux();
    let both = [credentials(1), credentials(2)];
    for (peer, key) in both.iter().zip(['a', 'b']) {
        demux.insert(peer, key).unwrap();
    }
    (demux, both)
}

const RTP: &[u8] = &[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];

fn credentials(n: u32) -> Credentials {
    Credentials::new(
        &format!("ufrag{n}"),
        &format!("a-password-of-peer-{n:06}").replace('-', "+"),
    )
    .unwrap()
}

fn path(n: u16) -> Path {
    let local = "192.0.2.1:3478".parse().unwrap();
    Path::udp(local, SocketAddr::from(([198, 51, 100, 1], 1000 + n)))
}

/// A check for the one who has `theirs`, signed with `password`.
fn check(theirs: &Credentials, password: &str) -> Vec<u8> {
    numbered_check(7, theirs, password)
}

fn id(n: u8) -> TransactionId {
    TransactionId::new([n; 12])
}

fn numbered_check(n: u8, theirs: &Credentials, password: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let id = id(n);
    MessageWriter::new(&mut out, Class::Request, Method::BINDING, id)
        .push(&Username(&format!("{}:them", theirs.ufrag())))
        .integrity(&IntegrityKey::short_term(password))
        .fingerprint()
        .finish()
        .unwrap();
    out
}

fn signed(theirs: &Credentials) -> Vec<u8> {
    check(theirs, theirs.password())
}

#[test]
fn a_signed_check_teaches_its_path() {
    let (mut demux, [one, other]) = of_two();
    assert_eq!(demux.route(path(1), RTP), None);
    assert_eq!(demux.route(path(1), &signed(&one)), Some('a'));
    assert_eq!(demux.route(path(2), &signed(&other)), Some('b'));
    assert_eq!(demux.route(path(1), RTP), Some('a'));
    assert_eq!(demux.route(path(2), RTP), Some('b'));
    assert_eq!(demux.route(path(3), RTP), None);
    assert_eq!(demux.stats().routed, 4);
    assert_eq!(demux.stats().unknown_path, 2);
}

/// Sockets and peers write the same address in different forms.
#[test]
fn a_path_is_the_same_in_every_form() {
    let (mut demux, [one, other]) = of_two();
    let mapped = |n: u16| {
        let local = "[::ffff:192.0.2.1]:3478".parse().unwrap();
        let remote = format!("[::ffff:198.51.100.1]:{}", 1000 + n);
        Path::udp(local, remote.parse().unwrap())
    };
    assert_eq!(demux.route(mapped(1), &signed(&one)), Some('a'));
    assert_eq!(demux.route(path(1), RTP), Some('a'));
    demux.note_selected(path(1), 'a');
    assert_eq!(demux.route(mapped(1), &signed(&other)), Some('b'));
    assert_eq!(demux.stats().contested, 1);
    assert_eq!(demux.route(mapped(1), RTP), Some('a'));
    demux.note_selected(mapped(2), 'b');
    assert_eq!(demux.route(path(2), RTP), Some('b'));
    // No more is remembered of what is sent on the selected path.
    ask(&mut demux, 5, mapped(2), &other);
    assert_eq!(demux.route(path(3), &success(id(5))), None);
    // RFC 4007 §6: the same link at both ends.
    let link = |local: u32, remote: u32| {
        let end = |last, scope| {
            let ip = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, last);
            SocketAddr::V6(SocketAddrV6::new(ip, 1, 0, scope))
        };
        Path::udp(end(1, local), end(2, remote))
    };
    demux.note_selected(link(3, 3), 'a');
    assert_eq!(demux.route(link(0, 3), RTP), Some('a'));
    assert_eq!(demux.route(link(2, 2), RTP), None);
}

#[test]
fn an_unsigned_check_teaches_nothing() {
    let mut demux = demux();
    let peer = credentials(1);
    demux.insert(&peer, 'a').unwrap();
    assert_eq!(
        demux.route(path(1), &check(&peer, "another+password+of+22+letters")),
        None
    );
    assert_eq!(demux.route(path(1), RTP), None);
    assert_eq!(demux.route(path(1), &signed(&credentials(9))), None);
    assert_eq!(
        (demux.stats().unauthenticated, demux.stats().unknown_ufrag),
        (1, 1)
    );
}

/// `sender` sends check number `n` to the other end of a path.
fn ask(demux: &mut Demux<char>, n: u8, on: Path, sender: &Credentials) {
    let check = numbered_check(n, &credentials(99), "the+password+of+the+other+side");
    demux.note_transmit(on, sender, &check);
}

#[test]
fn an_answer_finds_who_has_asked_and_teaches_its_path() {
    let (mut demux, [one, other]) = of_two();
    ask(&mut demux, 5, path(1), &one);
    assert_eq!(demux.route(path(1), RTP), None, "nobody has answered");
    assert_eq!(demux.route(path(1), &success(id(6))), None);
    assert_eq!(demux.route(path(1), &success(id(5))), Some('a'));
    assert_eq!(demux.route(path(1), RTP), Some('a'));
    assert_eq!(demux.route(path(1), &signed(&other)), Some('b'));
    assert_eq!(demux.route(path(1), RTP), Some('b'), "the newest counts");
    assert_eq!(demux.route(path(1), &success(id(5))), Some('a'));
    assert_eq!(demux.route(path(1), RTP), Some('b'), "it takes no path");
}

#[test]
fn who_claims_a_path_that_is_not_selected_yet_gets_no_answers_of_others() {
    let mut demux = demux();
    let (victim, attackers) = (credentials(1), [credentials(2), credentials(3)]);
    demux.insert(&victim, 'a').unwrap();
    for (attacker, key) in attackers.iter().zip(['b', 'c']) {
        demux.insert(attacker, key).unwrap();
    }
    assert_eq!(demux.route(path(1), &signed(&victim)), Some('a'));
    for n in 10..20 {
        ask(&mut demux, n, path(1), &victim);
        for attacker in &attackers {
            demux.route(path(1), &signed(attacker));
            // Whom the attacker calls asks back, as ICE does.
            ask(&mut demux, 100 + n, path(1), attacker);
        }
        assert_eq!(demux.route(path(1), &success(id(n))), Some('a'));
    }
    demux.note_selected(path(1), 'a');
    demux.route(path(1), &signed(&attackers[0]));
    assert_eq!(demux.route(path(1), RTP), Some('a'));
}

#[test]
fn what_is_removed_is_forgotten() {
    let mut demux = demux();
    let (one, again) = (credentials(1), credentials(2));
    demux.insert(&one, 'a').unwrap();
    demux.insert(&again, 'a').unwrap();
    assert_eq!(demux.route(path(1), &signed(&one)), Some('a'));
    assert_eq!(demux.route(path(2), &signed(&again)), Some('a'));
    ask(&mut demux, 5, path(3), &one);
    demux.remove('a');
    assert_eq!(demux.route(path(3), &success(id(5))), None);
    for n in 1..=3 {
        assert_eq!(demux.route(path(n), RTP), None);
    }
    assert_eq!(demux.route(path(1), &signed(&one)), None);
}

/// The answer of the other side to a check that was sent to it.
fn success(id: TransactionId) -> Vec<u8> {
    let mut out = Vec::new();
    MessageWriter::new(&mut out, Class::Success, Method::BINDING, id)
        .fingerprint()
        .finish()
        .unwrap();
    out
}

#[test]
fn a_selected_path_cannot_be_taken_by_a_signature_alone() {
    let (mut demux, [victim, attacker]) = of_two();
    demux.route(path(1), &signed(&victim));
    demux.note_selected(path(1), 'a');
    // Who may talk to b pretends to be where a's other side is.
    assert_eq!(demux.route(path(1), &signed(&attacker)), Some('b'));
    assert_eq!(demux.stats().contested, 1);
    assert_eq!(demux.route(path(1), RTP), Some('a'));
    // b's own checks there are not answered with what it has sent; a's consent checks are.
    let asked = TransactionId::new([9; 12]);
    assert_eq!(demux.route(path(1), &success(asked)), Some('a'));
    assert_eq!(demux.route(path(1), RTP), Some('a'));
}

#[test]
fn an_address_that_is_used_again_goes_to_whom_it_answers() {
    let (mut demux, [gone, new]) = of_two();
    demux.route(path(1), &signed(&gone));
    demux.note_selected(path(1), 'a');
    assert_eq!(demux.route(path(1), &signed(&new)), Some('b'));
    ask(&mut demux, 5, path(1), &new);
    assert_eq!(demux.route(path(1), &success(id(5))), Some('b'));
    assert_eq!(demux.route(path(1), RTP), Some('a'), "not selected yet");
    demux.note_selected(path(1), 'b');
    assert_eq!(demux.route(path(1), RTP), Some('b'));
    demux.remove('a');
    assert_eq!(demux.route(path(1), RTP), Some('b'));
    demux.remove('b');
    assert_eq!(demux.route(path(1), RTP), None);
}

#[test]
fn replayed_checks_from_many_addresses_do_not_evict_the_selected_path() {
    let mut demux = demux();
    let peer = credentials(1);
    demux.insert(&peer, 'a').unwrap();
    let recorded = signed(&peer);
    demux.route(path(0), &recorded);
    demux.note_selected(path(0), 'a');
    for n in 1..1000 {
        demux.route(path(n), &recorded);
    }
    assert_eq!(demux.route(path(0), RTP), Some('a'));
    // Nor does the one before it stay for ever.
    demux.note_selected(path(2000), 'a');
    for n in 3000..3100 {
        demux.route(path(n), &recorded);
    }
    assert_eq!(demux.route(path(0), RTP), None);
    assert_eq!(demux.route(path(2000), RTP), Some('a'));
}

#[test]
fn restarts_keep_the_paths_and_only_the_newest_credentials() {
    let limits = DemuxLimits {
        peers: 1,
        ..DemuxLimits::default()
    };
    let mut demux = Demux::new(limits, &mut SeededEntropy::entropy(1));
    demux.insert(&credentials(0), 'a').unwrap();
    demux.route(path(1), &signed(&credentials(0)));
    for n in 1..100 {
        demux.insert(&credentials(n), 'a').unwrap();
        demux.insert(&credentials(n), 'a').unwrap();
    }
    assert_eq!(demux.route(path(1), RTP), Some('a'));
    let known: Vec<_> = (0..100)
        .filter(|n| demux.route(path(2), &signed(&credentials(*n))).is_some())
        .collect();
    assert_eq!(known, [97, 98, 99]);
}

#[test]
fn restarts_that_come_to_nothing_do_not_push_out_what_is_in_use() {
    let mut demux = demux();
    let used = credentials(0);
    demux.insert(&used, 'a').unwrap();
    for n in 1..10 {
        demux.insert(&credentials(n), 'a').unwrap();
        assert_eq!(demux.route(path(1), &signed(&used)), Some('a'));
        // The offer is taken back.
        demux.insert(&used, 'a').unwrap();
    }
}

/// A peer with a socket of its own, and one behind a [`Demux`] whose owner does what the table says.
struct Shared {
    now: Instant,
    alone: Peer,
    behind: Peer,
    demux: Demux<u8>,
    lost: usize,
}

impl Shared {
    fn new() -> Self {
        let now = strata_sim::START;
        let certificate = Arc::new(Certificate::generate().unwrap());
        let config = Config::new(certificate);
        let mut entropy = SeededEntropy::entropy(1);
        let [mut alone, mut behind] = [(); 2].map(|()| Peer::new(config.clone(), entropy.fork()));
        alone.add_local_candidate(now, path(1).remote).unwrap();
        behind.add_local_candidate(now, path(1).local).unwrap();
        alone.open_channel(now, ChannelConfig::new("chat")).unwrap();
        Self {
            now,
            alone,
            behind,
            demux: demux(),
            lost: 0,
        }
    }

    fn exchange(&mut self, told: bool) {
        let now = self.now;
        let offer = self.alone.create_offer(now).unwrap();
        self.alone
            .set_local_description(now, offer.clone())
            .unwrap();
        self.behind.set_remote_description(now, offer).unwrap();
        let answer = self.behind.create_answer(now).unwrap();
        self.behind
            .set_local_description(now, answer.clone())
            .unwrap();
        if told {
            self.demux
                .insert(self.behind.local_credentials(), 7)
                .unwrap();
        }
        self.alone.set_remote_description(now, answer).unwrap();
    }

    fn run(&mut self) {
        let mut out = Vec::new();
        for _ in 0..200 {
            self.now += Duration::from_millis(10);
            let now = self.now;
            for peer in [&mut self.alone, &mut self.behind] {
                peer.handle_timeout(now);
            }
            while let Some(transmit) = self.behind.poll_transmit(now, &mut out) {
                let credentials = self.behind.local_credentials();
                self.demux.note_transmit(transmit.path, credentials, &out);
                let datagram = Datagram::new(transmit.path.reversed(), &mut out);
                self.alone.handle_input(now, datagram);
                out.clear();
            }
            while let Some(transmit) = self.alone.poll_transmit(now, &mut out) {
                let path = transmit.path.reversed();
                match self.demux.route(path, &out) {
                    Some(_) => self.behind.handle_input(now, Datagram::new(path, &mut out)),
                    None => self.lost += 1,
                }
                out.clear();
            }
            while let Some(event) = self.behind.poll_event() {
                if let Event::SelectedPath(path) = event {
                    self.demux.note_selected(path, 7);
                }
            }
            while self.alone.poll_event().is_some() {}
        }
    }

    fn states(&self) -> [IceState; 2] {
        [self.alone.ice_state(), self.behind.ice_state()]
    }
}

#[test]
fn a_restart_goes_through_when_the_new_credentials_are_told() {
    let mut shared = Shared::new();
    shared.exchange(true);
    shared.run();
    assert_eq!(shared.states(), [IceState::Completed; 2]);
    for _ in 0..5 {
        shared.alone.restart_ice(shared.now);
        shared.exchange(true);
        shared.run();
        assert_eq!(shared.states(), [IceState::Completed; 2]);
    }
    assert_eq!(shared.lost, 0);
    // Who does not tell, waits for ever.
    shared.alone.restart_ice(shared.now);
    shared.exchange(false);
    shared.run();
    assert!(shared.lost > 0 && shared.demux.stats().unknown_ufrag > 0);
    assert_eq!(shared.alone.ice_state(), IceState::Checking);
}

#[test]
fn everything_is_bounded() {
    let limits = DemuxLimits {
        peers: 2,
        credentials_per_peer: 2,
        paths_per_peer: 3,
        checks_per_peer: 2,
    };
    let mut demux = Demux::new(limits, &mut SeededEntropy::entropy(1));
    let one = credentials(1);
    demux.insert(&one, 'a').unwrap();
    demux.insert(&credentials(2), 'b').unwrap();
    let full = demux
        .insert(&credentials(3), 'c')
        .map_err(|full| full.limit);
    assert_eq!(full, Err(2));
    for n in 0..100 {
        assert_eq!(demux.route(path(n), &signed(&one)), Some('a'));
        ask(&mut demux, u8::try_from(n).unwrap(), path(1000), &one);
    }
    let known = (0..100).filter(|n| demux.route(path(*n), RTP).is_some());
    assert_eq!(known.collect::<Vec<_>>(), [97, 98, 99]);
    let answered = (0..100).filter(|n| demux.route(path(1001), &success(id(*n))).is_some());
    // From then on, the path belongs to the peer that was answered.
    assert_eq!(answered.collect::<Vec<_>>(), [98, 99]);
}

/// The tables of a demultiplexer of many peers, each found on a path of its own, in the order they lie in memory.
fn tables(seed: u64) -> String {
    let mut demux = Demux::new(DemuxLimits::default(), &mut SeededEntropy::entropy(seed));
    for n in 0..50 {
        let peer = credentials(u32::from(n));
        demux.insert(&peer, n).unwrap();
        demux.route(path(n), &signed(&peer));
    }
    format!("{demux:?}")
}

#[test]
fn the_seed_alone_decides_how_the_tables_lie() {
    assert_eq!(tables(1), tables(1));
    assert_ne!(
        tables(1),
        tables(2),
        "who knows no seed can foresee nothing"
    );
}
