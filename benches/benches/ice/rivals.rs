//! `is`, the agent of str0m.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkGroup, measurement::WallTime};
use is::{
    Candidate, IceAgent, IceCreds, Protocol,
    stun::{StunMessage, StunPacket},
};

use super::{A, B, address};

/// Two agents that know of each other.
fn agents() -> [IceAgent; 2] {
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
    [a, b]
}

/// Hands over what `from` sends, and remembers the last request of it.
fn carry(now: Instant, from: &mut IceAgent, to: &mut IceAgent, requests: &mut Vec<u8>) {
    while let Some(transmit) = from.poll_transmit() {
        if transmit.contents.first() == Some(&0) {
            requests.clear();
            requests.extend_from_slice(&transmit.contents);
        }
        let packet = StunPacket {
            proto: Protocol::Udp,
            source: transmit.source,
            destination: transmit.destination,
            message: StunMessage::parse(&transmit.contents).expect("well formed"),
        };
        to.handle_packet(now, packet);
        to.handle_timeout(now);
    }
}

/// Until both have a pair, from one timer to the next: no time passes on the way.
pub(crate) fn connecting(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.bench_function("is", |bencher| {
        bencher.iter(|| {
            let [mut a, mut b] = agents();
            let (mut now, mut request) = (Instant::now(), Vec::new());
            while !(a.state().is_connected() && b.state().is_connected()) {
                a.handle_timeout(now);
                b.handle_timeout(now);
                carry(now, &mut a, &mut b, &mut request);
                carry(now, &mut b, &mut a, &mut request);
                let timers = [a.poll_timeout(), b.poll_timeout()];
                now = timers.into_iter().flatten().min().expect("it goes on");
            }
        });
    });
}

pub(crate) fn answering(group: &mut BenchmarkGroup<'_, WallTime>) {
    let [mut a, mut b] = agents();
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
            let packet = StunPacket {
                proto: Protocol::Udp,
                source: address(B),
                destination: address(A),
                message,
            };
            assert!(a.handle_packet(now, packet));
            a.handle_timeout(now);
            assert!(a.poll_transmit().is_some());
            while a.poll_transmit().is_some() {}
            while a.poll_event().is_some() {}
        });
    });
}
