//! Two agents on a network, and what signalling carries between them.

use core::{net::SocketAddr, time::Duration};

use strata_core::{Entropy, Instant};
use strata_ice::{Agent, Candidate, Config, Event, Foundation, Role, State};
use strata_sim::{HostId, LinkConfig, Network, START, SeededEntropy};

/// The socket of `a`.
pub(crate) const A: &str = "192.0.2.1:5000";
/// The socket of `b`.
pub(crate) const B: &str = "192.0.2.2:5000";

/// Two agents, each with its sockets.
pub(crate) struct Scene {
    pub(crate) network: Network<Agent>,
    pub(crate) a: HostId,
    pub(crate) b: HostId,
}

impl Scene {
    /// `a` is controlling, at [`A`], and `b` is controlled, at [`B`]. The link of each takes `delay`, and a datagram
    /// passes both. Nothing is signalled yet.
    pub(crate) fn new(delay: Duration) -> Self {
        Self::with(LinkConfig::new().delay(delay), 1)
    }

    /// As [`new`](Self::new) with a delay of 10 ms, and both agents have completed.
    pub(crate) fn completed() -> Self {
        let mut scene = Self::new(ms(10));
        scene.signal();
        scene.run_until_both(State::Completed);
        scene
    }

    /// As [`new`](Self::new), with this link and this seed.
    pub(crate) fn with(link: LinkConfig, seed: u64) -> Self {
        let mut scene = Self::unattached([Role::Controlling, Role::Controlled], seed);
        scene.attach(link);
        scene
    }

    /// Puts `a` at [`A`] and `b` at [`B`].
    pub(crate) fn attach(&mut self, link: LinkConfig) {
        for (host, socket) in [(self.a, A), (self.b, B)] {
            self.network.attach(host, address(socket).ip(), link);
            self.add_socket(host, socket);
        }
    }

    /// Two agents with these roles and without sockets.
    pub(crate) fn unattached(roles: [Role; 2], seed: u64) -> Self {
        Self::configured(roles, seed, &Config::default())
    }

    /// Two agents with these roles and without sockets, configured otherwise like this.
    pub(crate) fn configured(roles: [Role; 2], seed: u64, config: &Config) -> Self {
        let mut network = Network::new(seed);
        let mut seeds = SeededEntropy::new(seed);
        let [a, b] = roles.map(|role| {
            let config = Config {
                role,
                ..config.clone()
            };
            network.add_host(Agent::new(config, Entropy::from_source(fork(&mut seeds))))
        });
        Self { network, a, b }
    }

    pub(crate) fn add_socket(&mut self, host: HostId, socket: &str) -> Candidate {
        let now = self.network.now();
        self.network
            .host_mut(host)
            .add_local_candidate(now, address(socket))
            .unwrap()
    }

    /// Tells `to` the credentials of `from`.
    pub(crate) fn signal_credentials(&mut self, from: HostId, to: HostId) {
        let now = self.network.now();
        let credentials = self.network.host(from).local_credentials().clone();
        self.network
            .host_mut(to)
            .set_remote_credentials(now, credentials)
            .unwrap();
    }

    /// Tells `to` the candidates of `from`, and that there are no more.
    pub(crate) fn signal_candidates(&mut self, from: HostId, to: HostId) {
        let now = self.network.now();
        let candidates: Vec<Candidate> = self
            .network
            .host(from)
            .local_candidates()
            .copied()
            .collect();
        let agent = self.network.host_mut(to);
        for candidate in candidates {
            agent.add_remote_candidate(now, candidate).unwrap();
        }
        agent.end_of_remote_candidates(now).unwrap();
    }

    /// Tells `to` the credentials and the candidates of `from`.
    pub(crate) fn signal_all(&mut self, from: HostId, to: HostId) {
        self.signal_credentials(from, to);
        self.signal_candidates(from, to);
    }

    /// Tells each side the credentials and the candidates of the other.
    pub(crate) fn signal(&mut self) {
        self.signal_all(self.a, self.b);
        self.signal_all(self.b, self.a);
    }

    /// Begins a restart on both sides.
    pub(crate) fn restart_both(&mut self) {
        let now = self.network.now();
        for host in [self.a, self.b] {
            self.network.host_mut(host).restart(now).unwrap();
        }
    }

    /// Tells `to` a candidate like the first of `from`, but at another address and with another foundation.
    pub(crate) fn signal_other(
        &mut self,
        (from, to): (HostId, HostId),
        (at, foundation): (&str, &str),
        priority: impl FnOnce(u32) -> u32,
    ) {
        let mut candidate = *self.agent(from).local_candidates().next().unwrap();
        candidate.address = address(at);
        candidate.foundation = Foundation::new(foundation).unwrap();
        candidate.priority = priority(candidate.priority);
        let now = self.network.now();
        self.network
            .host_mut(to)
            .add_remote_candidate(now, candidate)
            .unwrap();
    }

    /// Runs until both are in this state.
    pub(crate) fn run_until_both(&mut self, state: State) -> Duration {
        let (a, b) = (self.a, self.b);
        self.network
            .run_until(|network| {
                network.host(a).state() == state && network.host(b).state() == state
            })
            .unwrap()
    }

    /// Whether both are in this state.
    pub(crate) fn both(&self, state: State) -> bool {
        [self.a, self.b].map(|host| self.agent(host).state()) == [state; 2]
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        self.network.run_for(time).unwrap();
    }

    pub(crate) fn agent(&self, host: HostId) -> &Agent {
        self.network.host(host)
    }

    /// Fails unless both agents have selected the same pair.
    pub(crate) fn assert_same_pair(&self) {
        let a = self.agent(self.a).selected_path().unwrap();
        let b = self.agent(self.b).selected_path().unwrap();
        assert_eq!(a, b.reversed());
    }

    /// The state changes that a host has told of, and when it did.
    pub(crate) fn states(&mut self, host: HostId) -> Vec<(Duration, State)> {
        let events = std::mem::take(self.network.events(host));
        events
            .into_iter()
            .filter_map(|(at, event)| {
                if let Event::StateChanged(state) = event {
                    Some((at - START, state))
                } else {
                    None
                }
            })
            .collect()
    }
}

/// Puts two agents at [`A`] and [`B`], and tells each everything of the other.
pub(crate) fn introduce(a: &mut Agent, b: &mut Agent) {
    let candidate = a.add_local_candidate(START, address(A)).unwrap();
    b.add_remote_candidate(START, candidate).unwrap();
    let candidate = b.add_local_candidate(START, address(B)).unwrap();
    a.add_remote_candidate(START, candidate).unwrap();
    a.set_remote_credentials(START, b.local_credentials().clone())
        .unwrap();
    b.set_remote_credentials(START, a.local_credentials().clone())
        .unwrap();
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn at(time: Duration) -> Instant {
    START + time
}

fn fork(seeds: &mut SeededEntropy) -> SeededEntropy {
    use strata_core::EntropySource as _;
    let mut seed = [0; 8];
    seeds.fill(&mut seed);
    SeededEntropy::new(u64::from_be_bytes(seed))
}
