//! A translator forgets its mappings in the middle of a call.

use core::net::SocketAddr;

use strata_core::{Datagram, Instant, Path, Transmit};
use strata_ice::{
    Candidate, CandidateKind, Config, Credentials, Foundation, IceOptions, Role, State,
};
use strata_sim::{Either, Host, LinkConfig, NatConfig, Network, Outgoing, START};
use strata_stun::{
    Class, IntegrityKey, Message, MessageWriter, Method, UseCandidate, XorMappedAddress,
};

use crate::{
    scene::{B, address, ms},
    talker::{Talk, Talker},
};

const INSIDE: &str = "10.0.0.1:5000";

/// Both sides find each other again without signalling, whichever of them is behind the translator.
#[test]
fn a_call_survives_a_translator_that_forgets_its_mappings() {
    let mut worst = core::time::Duration::ZERO;
    for nat in [NatConfig::port_restricted(), NatConfig::symmetric()] {
        for roles in [
            [Role::Controlling, Role::Controlled],
            [Role::Controlled, Role::Controlling],
        ] {
            for seed in 0..20 {
                let mut talk = Talk::new(roles, seed, &Config::default());
                let (a, b) = (talk.a, talk.b);
                let link = LinkConfig::new().delay(ms(5 + seed));
                let outside = "198.51.100.1".parse().unwrap();
                let translator = talk.network.add_nat(outside, nat);
                talk.network
                    .attach_behind(translator, a, address(INSIDE).ip(), link);
                talk.add_socket(a, INSIDE);
                talk.attach(b, B, link);
                talk.signal();
                talk.complete();
                talk.talk();
                talk.run_for(3_000 + seed * 211);
                for _ in 0..3 {
                    let before = talk.agent(b).selected_path();
                    talk.longest_gap();
                    talk.network.nat_mut(translator).reboot();
                    talk.run_for(10_000);
                    let gap = talk.longest_gap();
                    assert!(gap <= ms(2_000), "{roles:?} {seed}: {gap:?}");
                    worst = worst.max(gap);
                    assert_ne!(talk.agent(b).selected_path(), before);
                    for host in [a, b] {
                        assert_eq!(talk.agent(host).state(), State::Completed);
                    }
                }
            }
        }
    }
    println!("the longest time without data: {worst:?}");
}

/// A lite implementation (RFC 8445 §5.2): it answers checks, and sends to where the last one with USE-CANDIDATE came
/// from.
#[derive(Debug)]
struct Lite {
    key: IntegrityKey,
    answers: Vec<(Path, Vec<u8>)>,
    to: Option<Path>,
    next: Instant,
    due: bool,
    arrivals: Vec<Instant>,
}

impl Host for Lite {
    type Event = ();

    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>) {
        let path = datagram.path;
        let Ok(message) = Message::parse(datagram.payload) else {
            self.arrivals.push(now);
            return;
        };
        if message.class() != Class::Request || message.verify_integrity(&self.key).is_err() {
            return;
        }
        if message.get::<UseCandidate>().unwrap().is_some() {
            self.to = Some(path);
        }
        let mut out = Vec::new();
        let id = message.transaction_id();
        MessageWriter::new(&mut out, Class::Success, Method::BINDING, id)
            .push(&XorMappedAddress(path.remote))
            .integrity(&self.key)
            .fingerprint()
            .finish()
            .unwrap();
        self.answers.push((path, out));
    }

    fn wake(&mut self, now: Instant) {
        if self.next <= now {
            self.next += ms(20);
            self.due = true;
        }
    }

    fn next_transmit(&mut self, _: Instant, out: &mut Vec<u8>) -> Option<Outgoing> {
        if let Some((path, answer)) = self.answers.pop() {
            out.extend(answer);
            return Some(Transmit::datagram(path).into());
        }
        let path = self.to.filter(|_| std::mem::take(&mut self.due))?;
        out.push(0x80);
        Some(Transmit::datagram(path).into())
    }

    fn next_event(&mut self) -> Option<()> {
        None
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.next)
    }
}

fn longest(arrivals: impl Iterator<Item = Instant> + Clone) -> core::time::Duration {
    let later = arrivals.clone().skip(1);
    arrivals
        .zip(later)
        .map(|(at, next)| next - at)
        .max()
        .unwrap()
}

/// The consent checks of the nominated pair bear USE-CANDIDATE towards a lite peer, so that it follows.
#[test]
fn a_lite_peer_is_told_the_new_address() {
    for seed in 0..20 {
        let config = Config {
            role: Role::Controlling,
            ..Config::default()
        };
        let credentials = Credentials::new("lite", "litepasswordlitepassword").unwrap();
        let mut network: Network<Either<Talker, Lite>> = Network::new(seed);
        let a = network.add_host(Either::Left(Talker::new(config, seed)));
        let b = network.add_host(Either::Right(Lite {
            key: IntegrityKey::short_term(credentials.password()),
            answers: Vec::new(),
            to: None,
            next: START + ms(20),
            due: false,
            arrivals: Vec::new(),
        }));
        let link = LinkConfig::new().delay(ms(5 + seed));
        let outside = "198.51.100.1".parse().unwrap();
        let translator = network.add_nat(outside, NatConfig::port_restricted());
        network.attach_behind(translator, a, address(INSIDE).ip(), link);
        network.attach(b, address(B).ip(), link);
        let talker = network.host_mut(a).left().unwrap();
        let agent = &mut talker.agent;
        agent.add_local_candidate(START, address(INSIDE)).unwrap();
        let mut options = IceOptions::default();
        options.ice2 = true;
        options.lite = true;
        agent.set_remote_options(START, options).unwrap();
        // A lite peer knows the credentials of this side from signalling; this one does not look at them.
        agent.set_remote_credentials(START, credentials).unwrap();
        let there: SocketAddr = address(B);
        let foundation = Foundation::new("1").unwrap();
        let candidate = Candidate::new(CandidateKind::Host, there, 2_000_000_000, foundation);
        agent.add_remote_candidate(START, candidate).unwrap();
        talker.talk(START, ms(20));
        network.run_for(ms(5_000 + seed * 100)).unwrap();
        for _ in 0..3 {
            network.host_mut(a).left().unwrap().arrivals.clear();
            network.host_mut(b).right().unwrap().arrivals.clear();
            network.run_for(ms(100)).unwrap();
            network.nat_mut(translator).reboot();
            network.run_for(ms(8_000)).unwrap();
            let talker = network.host_mut(a).left().unwrap();
            let gap = longest(talker.arrivals.iter().map(|(at, _)| *at));
            assert!(gap <= ms(2_000), "{seed}: {gap:?}");
            assert_eq!(talker.agent.state(), State::Completed);
            let lite = network.host_mut(b).right().unwrap();
            let gap = longest(lite.arrivals.iter().copied());
            assert!(gap <= ms(2_000), "{seed}: {gap:?}");
        }
    }
}
