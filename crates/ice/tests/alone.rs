//! This crate is enough: whoever imports it and `std` can name the type of everything in its signatures.

use std::{net::SocketAddr, time::Duration};

use strata_ice::{
    AddCandidateError, Agent, Candidate, CandidateKind, Clock, Closed, Config, Credentials,
    CredentialsError, Datagram, Drops, Ecn, Endpoint, Entropy, EntropySource, Event, Foundation,
    Instant, Limits, PairError, PairReport, PairState, Path, Protocol, Report, Role, Schedule,
    SelectedPair, State, Stats, Transmit, Verdict, candidate_priority, earliest, is_stun,
    pair_priority,
};

/// A generator that repeats, for tests.
#[derive(Clone)]
struct Seeded(u64);

impl EntropySource for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self(self.0.rotate_left(17)))
    }
}

fn agent(role: Role, seed: u64) -> Agent {
    let config = Config {
        role,
        schedule: Schedule::default(),
        limits: Limits::default(),
        ..Config::default()
    };
    Agent::new(config, Entropy::from_source(Seeded(seed)))
}

fn introduce(
    now: Instant,
    to: &mut Agent,
    credentials: &Credentials,
    candidate: Candidate,
) -> Result<(), AddCandidateError> {
    to.set_remote_credentials(now, credentials.clone())?;
    to.add_remote_candidate(now, candidate)?;
    Ok(to.end_of_remote_candidates(now)?)
}

/// A datagram on its way: when it arrives, where it goes, and what it is.
type InFlight = (Instant, Transmit, Vec<u8>);

/// Sends what an agent has to send; it arrives after 20 ms.
fn send<E>(now: Instant, engine: &mut E, network: &mut Vec<InFlight>)
where
    E: for<'a> Endpoint<Input<'a> = Datagram<'a>, Transmit = Transmit, Event = Event>,
{
    let mut out = Vec::new();
    while let Some(transmit) = engine.poll_transmit(now, &mut out) {
        assert!(is_stun(&out));
        assert_eq!((transmit.ecn, transmit.segment_size), (None, None));
        let arrival = now + Duration::from_millis(20);
        network.push((arrival, transmit, std::mem::take(&mut out)));
    }
}

/// Runs two agents against each other until then, and returns the events of each.
fn run(now: &mut Instant, until: Instant, agents: &mut [Agent; 2]) -> [Vec<Event>; 2] {
    let mut network: [Vec<InFlight>; 2] = Default::default();
    let mut told: [Vec<Event>; 2] = Default::default();
    loop {
        for ((agent, network), told) in agents.iter_mut().zip(&mut network).zip(&mut told) {
            send(*now, agent, network);
            told.extend(std::iter::from_fn(|| agent.poll_event()));
        }
        let first = |network: &[InFlight]| network.iter().map(|datagram| datagram.0).min();
        let next = earliest([
            agents[0].poll_timeout(),
            agents[1].poll_timeout(),
            first(&network[0]),
            first(&network[1]),
        ]);
        let Some(next) = next.filter(|next| *next <= until) else {
            return told;
        };
        *now = next;
        // A datagram of one agent arrives at the other.
        for (receiver, network) in agents.iter_mut().rev().zip(&mut network) {
            receiver.handle_timeout(next);
            for (_, transmit, mut bytes) in network.extract_if(.., |datagram| datagram.0 <= next) {
                let path = transmit.path.reversed();
                let datagram = Datagram::new(path, &mut bytes).with_ecn(Some(Ecn::Ect0));
                receiver.handle_input(next, datagram);
            }
        }
    }
}

#[test]
fn two_agents_find_each_other_and_stay_in_touch() {
    let [of_a, of_b] = [1, 2].map(|host| SocketAddr::from(([192, 0, 2, host], 5000)));
    let mut agents = [agent(Role::Controlling, 1), agent(Role::Controlled, 2)];
    let mut now = Instant::EPOCH;
    let [a, b] = &mut agents;
    let candidate: Candidate = a.add_local_candidate(now, of_a).unwrap();
    introduce(now, b, a.local_credentials(), candidate).unwrap();
    let candidate = b.add_local_candidate(now, of_b).unwrap();
    introduce(now, a, b.local_credentials(), candidate).unwrap();

    let told = run(
        &mut now,
        Instant::EPOCH + Duration::from_secs(60),
        &mut agents,
    );
    let path = Path::udp(of_a, of_b);
    let expected = |path| {
        [
            Event::StateChanged(State::Checking),
            Event::SelectedPair { path },
            Event::StateChanged(State::Connected),
            Event::StateChanged(State::Completed),
        ]
    };
    assert_eq!(told, [expected(path), expected(path.reversed())]);
    let [a, mut b] = agents;
    let pair: &SelectedPair = a.selected_pair().unwrap();
    assert_eq!((pair.path, pair.remote.kind), (path, CandidateKind::Host));
    let stats: &Stats = a.stats();
    assert_eq!(stats.round_trip_time, Some(Duration::from_millis(40)));
    assert!(stats.consent_responses_received >= 9, "{stats:?}");
    assert_eq!(
        stats.consent_responses_received,
        stats.consent_requests_sent
    );
    assert_eq!(stats.drops, Drops::default());
    let report: Report = a.report();
    let reported: &PairReport = &report.pairs[0];
    assert_eq!(report.verdict, Verdict::Connected);
    assert_eq!(reported.state, PairState::Succeeded);
    assert_eq!(reported.checks_sent, stats.requests_sent);
    assert_eq!(reported.last_error, None::<PairError>);
    b.close(now);
    assert_eq!(b.restart(now), Err(Closed));
}

#[test]
fn what_is_refused_says_why() {
    let mut agent = agent(Role::Controlled, 3);
    let now = Instant::EPOCH;
    let address = SocketAddr::from(([192, 0, 2, 9], 9));
    let foundation = Foundation::new("f").unwrap();
    let kind = CandidateKind::Host;
    let priority = candidate_priority(kind, 1, std::num::NonZeroU16::MIN);
    let mut tcp = Candidate::new(kind, address, priority, foundation);
    tcp.protocol = Protocol::Tcp;
    let refused: AddCandidateError = agent.add_remote_candidate(now, tcp).unwrap_err();
    assert_eq!(refused, AddCandidateError::Protocol(Protocol::Tcp));
    let refused: CredentialsError = Credentials::new("abc", "").unwrap_err();
    assert_eq!(refused, CredentialsError::UfragLength(3));
    assert!(pair_priority(priority, 1) > pair_priority(1, priority));
}

#[test]
fn an_owner_has_a_clock_and_the_randomness_of_the_system() {
    let clock = Clock::start();
    let mut ufrags: Vec<String> = (0..8)
        .map(|_| Agent::new(Config::default(), Entropy::system()))
        .map(|mut agent| {
            agent.close(clock.now());
            agent.local_credentials().ufrag().to_owned()
        })
        .collect();
    ufrags.sort();
    ufrags.dedup();
    assert_eq!(ufrags.len(), 8);
}
