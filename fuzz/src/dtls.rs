//! DTLS: datagrams, handshake messages in every place of a handshake, two connections and a hostile network.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use strata_core::{Endpoint, Entropy, Instant};
use strata_dtls::{Certificate, Config, Connection, Event, Role};

use crate::{Outcome, entropy::Ones};

/// One datagram, to a server that waits for a hello and to a client that waits for the answer to its own.
pub fn dtls_record(data: &[u8]) -> Outcome {
    let mut outcome = Outcome::Parsed;
    for role in [Role::Server, Role::Client] {
        let mut connection = connection(role, 0);
        connection.start(Instant::EPOCH).expect("it is open");
        feed(&mut connection, data);
        let dropped = connection.stats().dropped;
        if dropped.malformed + dropped.fragments > 0 {
            outcome = Outcome::refused("malformed");
        } else if let Some(reason) = connection.close_reason() {
            outcome = Outcome::refused(reason);
        }
        rest(&mut connection);
    }
    outcome
}

/// One handshake message: the first octet says at which point of a handshake it comes, the second which
/// message it is, the rest is its body.
pub fn dtls_handshake(data: &[u8]) -> Outcome {
    let [place, kind, body @ ..] = data else {
        return Outcome::refused("too short");
    };
    if body.len() > 1 << 14 {
        return Outcome::refused("too long for a record");
    }
    let place = usize::from(place % 8);
    let (mut connection, before, mut sequence) = match place {
        0 => (connection(Role::Server, 0), Vec::new(), 0),
        1..=3 => (greeted_server(), client_messages(place - 1), 1),
        _ => {
            let mut client = connection(Role::Client, 0);
            client.start(Instant::EPOCH).expect("it is open");
            (client, server_messages(place - 4), 0)
        }
    };
    for (kind, body) in &before {
        feed(&mut connection, &message(*kind, sequence, body));
        sequence += 1;
    }
    assert_eq!(connection.close_reason(), None, "the way there is clear");
    feed(&mut connection, &message(*kind, sequence, body));
    let outcome = connection
        .close_reason()
        .map_or(Outcome::Parsed, Outcome::refused);
    rest(&mut connection);
    outcome
}

/// A client, a server and what comes between them, as the octets say.
pub fn dtls_connection(data: &[u8]) {
    let mut world = World::new();
    let mut ops = data.iter().copied();
    while let Some(op) = ops.next() {
        let argument = ops.next().unwrap_or(0);
        world.act(op, argument, &mut ops);
        world.drain();
    }
}

/// Two connections and the datagrams between them.
struct World {
    ends: [Connection; 2],
    now: Instant,
    connected: [bool; 2],
    /// To which end, and what.
    under_way: Vec<(usize, Vec<u8>)>,
}

impl World {
    fn new() -> Self {
        let mut ends = [connection(Role::Client, 1), connection(Role::Server, 2)];
        ends[0]
            .set_remote_fingerprints(Instant::EPOCH, &[certificate(2).fingerprint()])
            .expect("it is open");
        ends[0].start(Instant::EPOCH).expect("it is open");
        let mut world = Self {
            ends,
            now: Instant::EPOCH,
            connected: [false; 2],
            under_way: Vec::new(),
        };
        world.drain();
        world
    }

    fn act(&mut self, op: u8, argument: u8, ops: &mut impl Iterator<Item = u8>) {
        let (side, pick) = (usize::from(op & 1), usize::from(argument));
        let now = self.now;
        match (op >> 1) % 10 {
            // Deliver, deliver again, lose, damage.
            kind @ 0..=5 => {
                let Some(index) = pick.checked_rem(self.under_way.len()) else {
                    return;
                };
                match kind {
                    0..=2 => {
                        let (to, mut datagram) = self.under_way.remove(index);
                        self.ends[to].handle_input(now, &mut datagram);
                    }
                    3 => {
                        let (to, mut datagram) = self.under_way[index].clone();
                        self.ends[to].handle_input(now, &mut datagram);
                    }
                    4 => {
                        self.under_way.remove(index);
                    }
                    _ => {
                        let (_, datagram) = &mut self.under_way[index];
                        let at = usize::from(ops.next().unwrap_or(0)) * 5 % datagram.len();
                        datagram[at] ^= ops.next().unwrap_or(1);
                    }
                }
            }
            6 => self.now += Duration::from_millis(u64::from(argument) * 4),
            7 if argument < 8 => self.ends[side].close(now),
            7 => {
                let fingerprints = [certificate(1).fingerprint()];
                let _ = self.ends[1].set_remote_fingerprints(now, &fingerprints);
            }
            8 => {
                let mut out = Vec::new();
                let sealed = self.ends[side].seal(&mut out, |out| {
                    out.resize(out.len() + pick, argument);
                    Some(())
                });
                assert_eq!(sealed.is_ok(), !out.is_empty());
                if sealed.is_ok() {
                    self.send(1 - side, &out);
                }
            }
            _ => {
                let mut datagram: Vec<u8> = ops.take(pick).collect();
                self.ends[side].handle_input(now, &mut datagram);
            }
        }
    }

    fn send(&mut self, to: usize, datagram: &[u8]) {
        if self.under_way.len() < 64 {
            self.under_way.push((to, datagram.to_vec()));
        }
    }

    fn drain(&mut self) {
        for side in [0, 1] {
            self.ends[side].handle_timeout(self.now);
            let mut out = Vec::new();
            while self.ends[side].poll_transmit(self.now, &mut out).is_some() {
                assert!(out.len() <= self.ends[side].config().mtu);
                self.send(1 - side, &out);
                out.clear();
            }
            while let Some(event) = self.ends[side].poll_event() {
                match event {
                    Event::Connected { .. } => self.connected[side] = true,
                    // Whatever was done to it: what arrives is what the right peer sealed.
                    Event::ApplicationData(data) => {
                        assert!(self.connected[side]);
                        assert!(data.iter().all(|octet| usize::from(*octet) == data.len()));
                    }
                    _ => {}
                }
            }
            let deadline = self.ends[side].poll_timeout();
            assert!(deadline.is_none_or(|deadline| deadline > self.now));
        }
    }
}

fn feed(connection: &mut Connection, data: &[u8]) {
    connection.handle_input(Instant::EPOCH, &mut data.to_vec());
}

/// Whatever came in, a connection comes to rest.
fn rest(connection: &mut Connection) {
    let mut now = Instant::EPOCH;
    for _ in 0..20 {
        let mut out = Vec::new();
        while connection.poll_transmit(now, &mut out).is_some() {}
        while connection.poll_event().is_some() {}
        let Some(deadline) = connection.poll_timeout() else {
            return;
        };
        assert!(deadline > now);
        now = deadline;
        connection.handle_timeout(now);
    }
    panic!("it goes on and on: {connection:?}");
}

/// The message in one record.
fn message(kind: u8, sequence: u16, body: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(body.len())
        .expect("a body of a record")
        .to_be_bytes();
    let record_length = u16::try_from(body.len() + 12).expect("a body of a record");
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
    record.extend(record_length.to_be_bytes());
    record.push(kind);
    record.extend(length);
    record.extend(sequence.to_be_bytes());
    record.extend([0, 0, 0]);
    record.extend(length);
    record.extend(body);
    record
}

/// A server that has had a good hello.
fn greeted_server() -> Connection {
    let mut client = connection(Role::Client, 1);
    client.start(Instant::EPOCH).expect("it is open");
    let mut hello = Vec::new();
    assert!(client.poll_transmit(Instant::EPOCH, &mut hello).is_some());
    let mut server = connection(Role::Server, 2);
    feed(&mut server, &hello);
    server
}

/// The first messages a client sends after its hello.
fn client_messages(count: usize) -> Vec<(u8, Vec<u8>)> {
    // The server asked for X25519, where nearly all octets are a key.
    let key = [&[32, 9][..], &[0; 31]].concat();
    let messages = [(11, chain(1)), (16, key)];
    messages.into_iter().take(count).collect()
}

/// The first messages a server sends.
fn server_messages(count: usize) -> Vec<(u8, Vec<u8>)> {
    // DTLS 1.2, a random, no session, ECDHE_ECDSA_AES_128_GCM, extended_master_secret.
    let random = [7; 32];
    let rest = [0, 0xc0, 0x2b, 0, 0, 4, 0, 23, 0, 0];
    let hello = [&[0xfe, 0xfd][..], &random, &rest].concat();
    // An X25519 key, signed with the client's random, which is what the entropy below gives.
    let parameters = [&[3, 0, 29, 32, 9][..], &[0; 31]].concat();
    let signed = [&[1; 32][..], &random, &parameters].concat();
    let signature = certificate(2).sign(&signed).expect("a signature");
    let length = u16::try_from(signature.len())
        .expect("a short one")
        .to_be_bytes();
    let exchange = [&parameters[..], &[4, 3], &length, &signature].concat();
    let messages = [(2, hello), (11, chain(2)), (12, exchange)];
    messages.into_iter().take(count).collect()
}

/// A Certificate message.
fn chain(owner: usize) -> Vec<u8> {
    let certificate = certificate(owner);
    let der = certificate.der();
    let [_, outer @ ..] = u32::try_from(der.len() + 3)
        .expect("a short one")
        .to_be_bytes();
    let [_, inner @ ..] = u32::try_from(der.len()).expect("a short one").to_be_bytes();
    [&outer[..], &inner, der].concat()
}

fn connection(role: Role, owner: usize) -> Connection {
    let config = Config::new(role, certificate(owner));
    Connection::new(config, Entropy::from_source(Ones))
}

/// One of three certificates, made once, out of seeds: an input does the same every time.
fn certificate(owner: usize) -> Arc<Certificate> {
    static CERTIFICATES: OnceLock<[Arc<Certificate>; 3]> = OnceLock::new();
    let all = CERTIFICATES.get_or_init(|| {
        [[1; 32], [2; 32], [3; 32]]
            .map(|seed| Arc::new(Certificate::from_seed(&seed).expect("a good seed")))
    });
    all[owner].clone()
}
