//! ICE agents: from nothing to a selected pair, and the answer to one consent check.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

use std::hint::black_box;
use std::net::SocketAddr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_core::{Datagram, Endpoint as _, Entropy, Instant, Path};
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
    rival::answering(&mut group);
    group.finish();
}

mod rival {
    //! `is`, the agent of str0m.

    use std::hint::black_box;
    use std::time::{Duration, Instant};

    use criterion::{BenchmarkGroup, measurement::WallTime};
    use is::stun::{StunMessage, StunPacket};
    use is::{Candidate, IceAgent, IceCreds, Protocol};

    use super::{A, B, address};

    /// Hands over what `from` sends, and remembers the last request of it.
    fn carry(now: Instant, from: &mut IceAgent, to: &mut IceAgent, requests: &mut Vec<u8>) {
        while let Some(transmit) = from.poll_transmit() {
            let bytes: Vec<u8> = transmit.contents.to_vec();
            if bytes.first() == Some(&0) {
                requests.clone_from(&bytes);
            }
            let message = StunMessage::parse(&bytes).expect("well formed");
            to.handle_packet(
                now,
                StunPacket {
                    proto: Protocol::Udp,
                    source: transmit.source,
                    destination: transmit.destination,
                    message,
                },
            );
            to.handle_timeout(now);
        }
    }

    pub(super) fn answering(group: &mut BenchmarkGroup<'_, WallTime>) {
        let [mut a, mut b] = [A, B].map(|socket| {
            let mut agent = IceAgent::new(IceCreds::new());
            let host = Candidate::host(address(socket), "udp").expect("an address");
            agent.add_local_candidate(host);
            agent
        });
        a.set_controlling(true);
        a.set_remote_credentials(b.local_credentials().clone());
        a.add_remote_candidate(Candidate::host(address(B), "udp").expect("usable"));
        b.set_remote_credentials(a.local_credentials().clone());
        b.add_remote_candidate(Candidate::host(address(A), "udp").expect("usable"));
        let mut now = Instant::now();
        let (mut request, mut other) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            now += Duration::from_millis(50);
            a.handle_timeout(now);
            b.handle_timeout(now);
            carry(now, &mut a, &mut b, &mut other);
            carry(now, &mut b, &mut a, &mut request);
        }
        assert!(a.state().is_connected());
        while a.poll_transmit().is_some() {}
        group.bench_function("is", |bencher| {
            bencher.iter(|| {
                let message = StunMessage::parse(black_box(&request)).expect("well formed");
                let taken = a.handle_packet(
                    now,
                    StunPacket {
                        proto: Protocol::Udp,
                        source: address(B),
                        destination: address(A),
                        message,
                    },
                );
                assert!(taken);
                a.handle_timeout(now);
                assert!(a.poll_transmit().is_some());
                while a.poll_transmit().is_some() {}
                while a.poll_event().is_some() {}
            });
        });
    }
}

criterion_group!(benches, connecting, answering);
criterion_main!(benches);
