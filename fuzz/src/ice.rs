//! ICE agents.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use strata_core::{Datagram, Endpoint, Entropy, EntropySource, Instant, Path};
use strata_ice::{Agent, Config, Event, Role, State};
use strata_stun::{
    AttributeType, Class, IntegrityKey, Message, MessageWriter, Method, Priority, RawAttribute,
    TransactionId, Username,
};

/// Two agents that know each other or not, datagrams that are lost, repeated, changed, or come from
/// elsewhere, and every call of the API: an operation is two bytes, what and with what. Those that sign a message take
/// its attributes from the bytes behind them.
pub fn ice_agent(data: &[u8]) {
    let mut world = World::new();
    let mut octets = data.iter().copied().take(4000);
    while let (Some(what), Some(with)) = (octets.next(), octets.next()) {
        if what >= SIGN {
            world.sign(with, &mut octets);
        } else {
            world.perform(what, with);
        }
        world.drain();
    }
}

/// Operations from here on sign.
const SIGN: u8 = 240;

struct World {
    now: Instant,
    agents: [Agent; 2],
    closed: [bool; 2],
    /// Whom it is for, where it comes from and goes to as the receiver sees it, what it says.
    under_way: VecDeque<(usize, Path, Vec<u8>)>,
}

impl World {
    fn new() -> Self {
        let agent = |seed, role| {
            let config = Config {
                role,
                ..Config::default()
            };
            Agent::new(config, Entropy::from_source(Counter(seed)))
        };
        Self {
            now: Instant::from_millis(1),
            agents: [agent(1, Role::Controlling), agent(2, Role::Controlled)],
            closed: [false; 2],
            under_way: VecDeque::new(),
        }
    }

    fn perform(&mut self, what: u8, with: u8) {
        let (one, other) = (usize::from(with & 1), usize::from(with & 1 ^ 1));
        let now = self.now;
        match what % 24 {
            0 => {
                self.now += Duration::from_millis(1 << (with % 16));
                let now = self.now;
                for agent in &mut self.agents {
                    agent.handle_timeout(now);
                }
            }
            1 => {
                if let Some(due) = self.agents[one].poll_timeout() {
                    self.now = self.now.max(due);
                    let now = self.now;
                    for agent in &mut self.agents {
                        agent.handle_timeout(now);
                    }
                }
            }
            2..=6 => self.deliver(|_, _| {}),
            7 => {
                self.under_way.pop_front();
            }
            8 => {
                if let Some(again) = self.under_way.front().cloned() {
                    self.under_way.push_back(again);
                }
            }
            9 => self.deliver(|_, bytes| {
                let at = usize::from(with) % bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= with | 1;
                }
            }),
            10 => self.deliver(|path, _| path.remote.set_port(1000 + u16::from(with % 80))),
            11 => self.deliver(|_, bytes| bytes.truncate(usize::from(with))),
            12 => {
                let credentials = self.agents[other].local_credentials().clone();
                let _ = self.agents[one].set_remote_credentials(now, credentials);
            }
            13 => {
                let candidates: Vec<_> = self.agents[other].local_candidates().copied().collect();
                for candidate in candidates {
                    let _ = self.agents[one].add_remote_candidate(now, candidate);
                }
            }
            14 => {
                let socket = socket(one, with);
                let _ = self.agents[one].add_local_candidate(now, socket);
            }
            15 => {
                let _ = self.agents[one].end_of_remote_candidates(now);
            }
            16 if with % 4 < 2 => {
                let _ = self.agents[one].restart(now);
            }
            17 => {
                let role = if with & 2 == 0 {
                    Role::Controlling
                } else {
                    Role::Controlled
                };
                let _ = self.agents[one].set_role(now, role);
            }
            18 => self.forge(one, with),
            19 if with > 250 => self.agents[one].close(now),
            20 => {
                let mut options = self.agents[other].local_options();
                options.ice2 = with & 2 != 0;
                options.renomination = with & 4 != 0;
                options.lite = with & 8 != 0;
                options.pacing = Duration::from_millis(u64::from(with) << (with & 15));
                let _ = self.agents[one].set_remote_options(now, options);
            }
            21 => {
                let ip = socket(one, with).ip();
                let _ = self.agents[one].remove_interface(now, ip);
            }
            22 => {
                // Data, on a path that is in use or may be.
                let path = self.agents[one].selected_path();
                let other = Path::udp(socket(one, 0), socket(other, with));
                let path = path.filter(|_| with & 2 == 0).unwrap_or(other);
                self.agents[one].note_received(now, path);
            }
            23 => self.agents[one].note_unanswered(now),
            _ => self.deliver(|_, _| {}),
        }
    }

    /// Gives the oldest datagram to whom it is for.
    fn deliver(&mut self, change: impl FnOnce(&mut Path, &mut Vec<u8>)) {
        if let Some((to, mut path, mut bytes)) = self.under_way.pop_front() {
            change(&mut path, &mut bytes);
            self.agents[to].handle_input(self.now, Datagram::new(path, &mut bytes));
        }
    }

    /// Gives a datagram that no agent has sent.
    fn forge(&mut self, to: usize, with: u8) {
        let path = Path::udp(socket(to, 0), socket(to ^ 1, with));
        let mut bytes = vec![with; usize::from(with)];
        if let Some(head) = bytes.first_chunk_mut::<8>() {
            *head = [
                with & 3,
                with,
                0,
                with.wrapping_sub(20),
                0x21,
                0x12,
                0xA4,
                0x42,
            ];
        }
        self.agents[to].handle_input(self.now, Datagram::new(path, &mut bytes));
    }

    /// Gives a message that is signed as it must be, with attributes of all kinds in it.
    fn sign(&mut self, with: u8, octets: &mut impl Iterator<Item = u8>) {
        let (to, other) = (usize::from(with & 1), usize::from(with & 1 ^ 1));
        let own = self.agents[to].local_credentials().clone();
        let theirs = self.agents[other].local_credentials().clone();
        // The oldest request of the receiver that is under way is what a response answers.
        let asked = self.under_way.iter().find(|(from, _, bytes)| {
            *from == other && Message::parse(bytes).is_ok_and(|m| m.class() == Class::Request)
        });
        let answered = asked.map(|(_, path, bytes)| {
            let message = Message::parse(bytes).expect("parsed before");
            (path.reversed(), message.transaction_id())
        });
        let usual = Path::udp(socket(to, 0), socket(other, with & 0xf0));
        let fresh = (usual, TransactionId::new([with; 12]));
        let (class, password, (path, id)) = match (with >> 1 & 3, answered) {
            (0, Some(answered)) => (Class::Success, theirs.password(), answered),
            (1, Some(answered)) => (Class::Error, theirs.password(), answered),
            (2, _) => (Class::Indication, own.password(), fresh),
            _ => (Class::Request, own.password(), fresh),
        };
        let username = format!("{}:{}", own.ufrag(), theirs.ufrag());
        let attributes: Vec<(u16, Vec<u8>)> = (0..octets.next().unwrap_or(0) % 6)
            .map(|_| {
                let [kind, length] = [(); 2].map(|()| octets.next().unwrap_or(0));
                let kind = KINDS[usize::from(kind) % KINDS.len()];
                (kind, octets.take(usize::from(length % 24)).collect())
            })
            .collect();
        let mut bytes = Vec::new();
        let mut writer = MessageWriter::new(&mut bytes, class, Method::BINDING, id);
        if class == Class::Request && with & 8 == 0 {
            writer = writer.push(&Username(&username)).push(&Priority(1 << 24));
        }
        for (kind, value) in &attributes {
            writer = writer.push_raw(RawAttribute {
                attribute_type: AttributeType::new(*kind),
                value,
            });
        }
        let key = IntegrityKey::short_term(password);
        writer = if with & 0x10 == 0 {
            writer.integrity(&key)
        } else {
            writer.integrity_sha256(&key)
        };
        writer.fingerprint().finish().expect("short attributes");
        self.agents[to].handle_input(self.now, Datagram::new(path, &mut bytes));
    }

    /// Takes everything the agents have to say, and checks that it has an end.
    fn drain(&mut self) {
        for index in 0..2 {
            let mut sent = 0;
            let mut out = Vec::new();
            while let Some(transmit) = self.agents[index].poll_transmit(self.now, &mut out) {
                sent += 1;
                assert!(sent < 300, "an agent does not stop sending");
                assert!(strata_stun::is_stun(&out));
                assert!(out.len() <= 1200);
                if self.under_way.len() < 64 {
                    let arrival = (index ^ 1, transmit.path.reversed(), out.clone());
                    self.under_way.push_back(arrival);
                }
                out.clear();
            }
            while let Some(event) = self.agents[index].poll_event() {
                assert!(!self.closed[index], "{event:?} after the closing event");
                self.closed[index] = event == Event::Closed;
            }
            let agent = &self.agents[index];
            assert!(agent.poll_timeout().is_none_or(|due| due > self.now));
            let has_path = agent.selected_path().is_some();
            match agent.state() {
                State::Connected | State::Completed => assert!(has_path),
                State::New | State::Failed | State::Closed => assert!(!has_path),
                // During a restart the old pair is in use. When consent on the selected pair is lost, others are tried.
                State::Checking | State::Disconnected => {}
            }
        }
    }
}

/// PRIORITY, USE-CANDIDATE, ICE-CONTROLLED, ICE-CONTROLLING, XOR-MAPPED-ADDRESS, ERROR-CODE, UNKNOWN-ATTRIBUTES,
/// USERNAME, SOFTWARE, and some that nobody knows, which have to be comprehended or not.
const KINDS: [u16; 12] = [
    0x0024, 0x0025, 0x8029, 0x802a, 0x0020, 0x0009, 0x000a, 0x0006, 0x8022, 0x7fff, 0xc001, 0x0001,
];

fn socket(of: usize, with: u8) -> SocketAddr {
    let [first, second] = [1_u16, 2];
    let host = if of == 0 { first } else { second };
    if with & 8 == 0 {
        SocketAddr::from((
            [192, 0, 2, host.to_be_bytes()[1]],
            1000 + u16::from(with / 16),
        ))
    } else {
        SocketAddr::from((
            [0x2001, 0xdb8, 0, 0, 0, 0, 0, host],
            1000 + u16::from(with / 16),
        ))
    }
}

/// A generator good enough to keep ids apart.
struct Counter(u64);

impl EntropySource for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[1];
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self(self.0 ^ 0x5555))
    }
}
