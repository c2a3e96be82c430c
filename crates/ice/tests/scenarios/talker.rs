//! Agents that carry data: packets at a steady pace, as media are.

use core::{net::IpAddr, time::Duration};

use strata_core::{Datagram, Endpoint as _, Entropy, Instant, Path, Transmit};
use strata_ice::{Agent, Config, Event, Role, State};
use strata_sim::{Host, HostId, LinkConfig, Network, Outgoing, SeededEntropy};

use crate::scene::{address, ms};

/// An agent, and packets of data that go over its selected pair.
#[derive(Debug)]
pub(crate) struct Talker {
    pub(crate) agent: Agent,
    /// How often data is sent, if at all.
    pub(crate) pace: Option<Duration>,
    next: Instant,
    due: bool,
    sent: u32,
    /// When data came, and on which path.
    pub(crate) arrivals: Vec<(Instant, Path)>,
    /// The longest time between two arrivals since this was last set to zero.
    pub(crate) longest_gap: Duration,
    last: Option<Instant>,
    /// Whether arrivals are kept.
    pub(crate) keeps: bool,
}

impl Talker {
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        Self {
            agent: Agent::new(config, Entropy::from_source(SeededEntropy::new(seed))),
            pace: None,
            next: strata_sim::START,
            due: false,
            sent: 0,
            arrivals: Vec::new(),
            longest_gap: Duration::ZERO,
            last: None,
            keeps: true,
        }
    }

    /// Begins to send, once every `pace`.
    pub(crate) fn talk(&mut self, now: Instant, pace: Duration) {
        self.pace = Some(pace);
        self.next = now + pace;
    }
}

impl Host for Talker {
    type Event = Event;

    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>) {
        if strata_ice::is_stun(datagram.payload) {
            self.agent.handle_input(now, datagram);
            return;
        }
        let path = datagram.path;
        // The protocols above tell by its tag whether a packet is authentic. All are here.
        self.agent.note_received(now, path);
        if let Some(last) = self.last.replace(now) {
            self.longest_gap = self.longest_gap.max(now - last);
        }
        if self.keeps {
            self.arrivals.push((now, path));
        }
    }

    fn wake(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        if let Some(pace) = self.pace
            && self.next <= now
        {
            self.next += pace;
            self.due = true;
        }
    }

    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing> {
        if let Some(transmit) = self.agent.poll_transmit(now, out) {
            return Some(transmit.into());
        }
        if !std::mem::take(&mut self.due) {
            return None;
        }
        let path = self.agent.selected_path()?;
        self.sent += 1;
        out.push(0x80);
        out.extend_from_slice(&self.sent.to_be_bytes());
        Some(Transmit::datagram(path).into())
    }

    fn next_event(&mut self) -> Option<Event> {
        self.agent.poll_event()
    }

    fn deadline(&self) -> Option<Instant> {
        let next = self.pace.map(|_| self.next);
        strata_ice::earliest([self.agent.poll_timeout(), next])
    }
}

/// Two agents that talk.
pub(crate) struct Talk {
    pub(crate) network: Network<Talker>,
    pub(crate) a: HostId,
    pub(crate) b: HostId,
}

impl Talk {
    /// Two agents without sockets. `a` has the first of the roles.
    pub(crate) fn new(roles: [Role; 2], seed: u64, config: &Config) -> Self {
        let mut network = Network::new(seed);
        let [a, b] = [(roles[0], 1), (roles[1], 2)].map(|(role, half)| {
            let config = Config {
                role,
                ..config.clone()
            };
            network.add_host(Talker::new(config, seed * 2 + half))
        });
        Self { network, a, b }
    }

    /// Gives a host an interface, and a socket on it.
    pub(crate) fn attach(&mut self, host: HostId, socket: &str, link: LinkConfig) {
        self.network.attach(host, address(socket).ip(), link);
        self.add_socket(host, socket);
    }

    pub(crate) fn add_socket(&mut self, host: HostId, socket: &str) {
        let now = self.network.now();
        let agent = &mut self.network.host_mut(host).agent;
        agent.add_local_candidate(now, address(socket)).unwrap();
    }

    /// Tells each side everything of the other.
    pub(crate) fn signal(&mut self) {
        self.tell(self.a, self.b);
        self.tell(self.b, self.a);
    }

    /// Tells `to` everything of `from`.
    pub(crate) fn tell(&mut self, from: HostId, to: HostId) {
        let now = self.network.now();
        let other = &self.network.host(from).agent;
        let (options, credentials) = (other.local_options(), other.local_credentials().clone());
        let candidates: Vec<_> = other.local_candidates().copied().collect();
        let agent = &mut self.network.host_mut(to).agent;
        agent.set_remote_credentials(now, credentials).unwrap();
        agent.set_remote_options(now, options).unwrap();
        for candidate in candidates {
            agent.add_remote_candidate(now, candidate).unwrap();
        }
    }

    /// Runs until both have completed, and a second longer.
    pub(crate) fn complete(&mut self) {
        let hosts = [self.a, self.b];
        let completed = |network: &mut Network<Talker>| {
            hosts.map(|host| network.host(host).agent.state()) == [State::Completed; 2]
        };
        self.network.run_until(completed).unwrap();
        self.run_for(1000);
    }

    /// Both send a packet every 20 ms from now on.
    pub(crate) fn talk(&mut self) {
        for host in [self.a, self.b] {
            let now = self.network.now();
            self.network.host_mut(host).talk(now, ms(20));
        }
    }

    pub(crate) fn run_for(&mut self, millis: u64) {
        self.network.run_for(ms(millis)).unwrap();
    }

    pub(crate) fn agent(&self, host: HostId) -> &Agent {
        &self.network.host(host).agent
    }

    /// Where a host sends its data from and to.
    pub(crate) fn path(&self, host: HostId) -> (String, String) {
        let path = self.agent(host).selected_path().unwrap();
        (path.local.to_string(), path.remote.to_string())
    }

    /// How long after `since` the first data came to a host from or to this socket.
    pub(crate) fn first_after_on(&self, host: HostId, since: Instant, socket: &str) -> Duration {
        let socket = address(socket);
        let mut arrivals = self.network.host(host).arrivals.iter();
        let first =
            arrivals.find(|(at, path)| *at > since && [path.local, path.remote].contains(&socket));
        first.expect("data comes").0 - since
    }

    /// The longest time without data at either side since the last call.
    pub(crate) fn longest_gap(&mut self) -> Duration {
        let gaps = [self.a, self.b]
            .map(|host| std::mem::take(&mut self.network.host_mut(host).longest_gap));
        gaps[0].max(gaps[1])
    }

    /// The events of a host, and when they were told.
    pub(crate) fn events(&mut self, host: HostId) -> Vec<(Instant, Event)> {
        std::mem::take(self.network.events(host))
    }

    pub(crate) fn remove_interface(&mut self, host: HostId, ip: IpAddr) {
        let now = self.network.now();
        let agent = &mut self.network.host_mut(host).agent;
        agent.remove_interface(now, ip).unwrap();
    }
}
