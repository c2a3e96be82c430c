//! ICE agents: from nothing to a selected pair, the answer to one consent check, and what is dropped.
//!
//! `limit` is the integrity and the fingerprint of each message, made at one end and checked at the other, with the
//! libraries that `strata` uses; for `ice/connect` of a check in each direction and their answers, without which no
//! pair can be selected.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

mod junk;
#[cfg(feature = "rivals")]
mod rivals;

use std::hint::black_box;
use std::net::SocketAddr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_core::{Datagram, Endpoint as _, Entropy, Instant, Path};
use strata_crypto::hmac;
use strata_ice::{Agent, Config, Role, State};

const A: &str = "192.0.2.1:5000";
const B: &str = "192.0.2.2:5000";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn agents() -> [Agent; 2] {
    [(Role::Controlling, A), (Role::Controlled, B)].map(|(role, socket)| {
        let config = Config {
            role,
            ..Config::default()
        };
        let mut agent = Agent::new(config, Entropy::system());
        agent
            .add_local_candidate(Instant::EPOCH, address(socket))
            .expect("an address");
        agent
    })
}

fn introduce(from: &Agent, to: &mut Agent) {
    let now = Instant::EPOCH;
    to.set_remote_credentials(now, from.local_credentials().clone())
        .expect("open");
    for candidate in from.local_candidates() {
        to.add_remote_candidate(now, *candidate).expect("usable");
    }
}

/// Hands over what `from` sends, and remembers the last of it.
fn carry(from: &mut Agent, to: &mut Agent, buffer: &mut Vec<u8>) -> bool {
    let mut moved = false;
    loop {
        let mut datagram = Vec::new();
        let Some(transmit) = from.poll_transmit(Instant::EPOCH, &mut datagram) else {
            return moved;
        };
        moved = true;
        if datagram.first() == Some(&0) {
            buffer.clone_from(&datagram);
        }
        let path = transmit.path.reversed();
        to.handle_input(Instant::EPOCH, Datagram::new(path, &mut datagram));
    }
}

fn connect(requests: &mut Vec<u8>) -> [Agent; 2] {
    let [mut a, mut b] = agents();
    introduce(&a, &mut b);
    introduce(&b, &mut a);
    let mut other = Vec::new();
    while carry(&mut a, &mut b, &mut other) | carry(&mut b, &mut a, requests) {}
    [a, b]
}

/// Both agents on a perfect link: no time passes, so this is the cost of all the messages.
fn connecting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ice/connect");
    group.throughput(Throughput::Elements(1));
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            let [a, b] = connect(&mut Vec::new());
            assert_eq!((a.state(), b.state()), (State::Completed, State::Completed));
        });
    });
    #[cfg(feature = "rivals")]
    rivals::connecting(&mut group);
    let limit = Limit::new();
    group.bench_function("limit", |bencher| {
        bencher.iter(|| (0..2).for_each(|_| limit.exchange()));
    });
    group.finish();
}

/// One authentic request on the selected pair: checked, answered, written.
fn answering(criterion: &mut Criterion) {
    let mut request = Vec::new();
    let [mut a, _] = connect(&mut request);
    let path = Path::udp(address(A), address(B));
    let mut group = criterion.benchmark_group("ice/answer_request");
    group.throughput(Throughput::Elements(1));
    let mut out = Vec::with_capacity(256);
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            out.clear();
            a.handle_input(Instant::EPOCH, Datagram::new(path, black_box(&mut request)));
            let transmit = a.poll_transmit(Instant::EPOCH, &mut out);
            assert!(transmit.is_some());
            while a.poll_event().is_some() {}
        });
    });
    #[cfg(feature = "rivals")]
    rivals::answering(&mut group);
    let limit = Limit::new();
    group.bench_function("limit", |bencher| bencher.iter(|| limit.answer()));
    group.finish();
}

/// The sums and keyed hashes of messages as long as those of ICE.
struct Limit {
    key: hmac::Key,
    request: [u8; 100],
    response: [u8; 64],
}

impl Limit {
    fn new() -> Self {
        Self {
            key: hmac::Key::new(hmac::Algorithm::Sha1, b"VOkJxbRl1RmTxUk/WvJxBt"),
            request: [7; 100],
            response: [7; 64],
        }
    }

    /// A request and its answer, at both ends.
    fn exchange(&self) {
        self.answer();
        self.answer();
    }

    /// A request that is checked, and its answer.
    fn answer(&self) {
        for message in [&self.request[..], &self.response[..]] {
            black_box(self.key.sign(&[black_box(message)]));
            black_box(crc32fast::hash(message));
        }
    }
}

criterion_group!(benches, connecting, answering, junk::dropping);
criterion_main!(benches);
