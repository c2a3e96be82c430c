//! What is not for the agent: junk, forgeries and strays, at an agent with 100 pairs of one foundation.
//!
//! `limit` is `Message::parse`; the sum of the FINGERPRINT, where one has to be computed; and the keyed hash that shows
//! that a request is not from whom it says.

use core::time::Duration;
use std::{hint::black_box, net::SocketAddr};

use criterion::{Criterion, Throughput};
use strata_core::{Datagram, Endpoint as _, Entropy, Instant, Path};
use strata_ice::{Agent, Candidate, CandidateKind, Config, Credentials, Foundation};
use strata_stun::{
    Class, IceControlling, IntegrityKey, Message, MessageWriter, Method, Priority, TransactionId,
    Username, XorMappedAddress,
};

/// The sockets of the agent, and the candidates of the other side.
const LOCAL: u8 = 4;
const REMOTE: u16 = 25;

fn local(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 5000))
}

fn remote(number: u16) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 1], number))
}

/// An agent that has sent a check on each of its 100 pairs, and the time.
fn agent() -> (Agent, Instant) {
    let mut now = Instant::EPOCH;
    let mut agent = Agent::new(Config::default(), Entropy::system());
    for number in 1..=LOCAL {
        let added = agent.add_local_candidate(now, local(number));
        added.expect("an address");
    }
    let foundation = Foundation::new("1").expect("a foundation");
    for number in 1..=REMOTE {
        let kind = CandidateKind::Host;
        let candidate = Candidate::new(kind, remote(number), u32::from(number), foundation);
        agent.add_remote_candidate(now, candidate).expect("usable");
    }
    let credentials = Credentials::new("peer", "peerpasswordpeerpassword").expect("long enough");
    agent
        .set_remote_credentials(now, credentials)
        .expect("open");
    let end = now + Duration::from_secs(6);
    while let Some(due) = agent.poll_timeout().filter(|due| *due <= end) {
        now = due;
        agent.handle_timeout(now);
        drain(&mut agent, now);
    }
    let report = agent.report();
    let checked = report.pairs.iter().filter(|pair| pair.checks_sent > 0);
    assert_eq!(checked.count(), 100);
    (agent, now)
}

fn drain(agent: &mut Agent, now: Instant) {
    let mut out = Vec::new();
    while agent.poll_transmit(now, &mut out).is_some() {
        out.clear();
    }
    while agent.poll_event().is_some() {}
}

/// A datagram, and what has to be computed until it can be dropped.
struct Case {
    name: &'static str,
    datagram: Vec<u8>,
    /// Whether that it is not for the agent shows in its FINGERPRINT or later.
    summed: bool,
    /// What shows that its integrity is wrong.
    key: Option<IntegrityKey>,
    /// The counter of the agent that tells that it was dropped, and why.
    dropped: fn(&Agent) -> u64,
}

/// A Binding message that `fill` completes.
fn message(
    class: Class,
    fill: impl for<'o> FnOnce(MessageWriter<'o>) -> MessageWriter<'o>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let id = TransactionId::new([7; 12]);
    let writer = MessageWriter::new(&mut out, class, Method::BINDING, id);
    fill(writer).finish().expect("short enough");
    out
}

fn cases(agent: &Agent) -> [Case; 7] {
    let username = format!("{}:peer", agent.local_credentials().ufrag());
    let wrong = IntegrityKey::short_term("the password of somebody");
    let request = |fingerprint: bool| {
        message(Class::Request, |writer| {
            let writer = writer.push(&Username(&username)).push(&IceControlling(1));
            let writer = writer.push(&Priority(1)).integrity(&wrong);
            if fingerprint {
                writer.fingerprint()
            } else {
                writer
            }
        })
    };
    let mut wrong_fingerprint = request(true);
    if let Some(last) = wrong_fingerprint.last_mut() {
        *last ^= 1;
    }
    let response = message(Class::Success, |writer| {
        let writer = writer.push(&XorMappedAddress(local(1)));
        writer.integrity(&wrong).fingerprint()
    });
    let mut random = vec![0; 100];
    Entropy::system().fill(&mut random);
    // RTP, which an owner without a demultiplexer passes to the agent.
    let mut media = random.clone();
    if let Some(first) = media.first_mut() {
        *first = 0x80;
    }
    // At first sight it may be STUN.
    if let Some(first) = random.first_mut() {
        *first &= 0x3F;
    }
    let case = |name, datagram, dropped| Case {
        name,
        datagram,
        summed: false,
        key: None,
        dropped,
    };
    [
        case("four_bytes", vec![0, 1, 0, 0], |agent| {
            agent.stats().drops.malformed
        }),
        case("random", random, |agent| agent.stats().drops.malformed),
        case("media", media, |agent| agent.stats().drops.malformed),
        case("no_fingerprint", request(false), |agent| {
            agent.stats().drops.fingerprint
        }),
        Case {
            name: "wrong_fingerprint",
            datagram: wrong_fingerprint,
            summed: true,
            key: None,
            dropped: |agent| agent.stats().drops.fingerprint,
        },
        case("unknown_transaction", response, |agent| {
            agent.stats().drops.unknown_transaction
        }),
        Case {
            name: "wrong_password",
            datagram: request(true),
            summed: true,
            key: Some(IntegrityKey::short_term(
                agent.local_credentials().password(),
            )),
            dropped: |agent| agent.stats().drops.unauthenticated,
        },
    ]
}

/// One datagram that changes nothing, at the socket that was added last. Of the answers to forged requests, as many wait
/// as may, as in a flood.
pub(crate) fn dropping(criterion: &mut Criterion) {
    let (mut agent, now) = agent();
    let path = Path::udp(local(LOCAL), SocketAddr::from(([203, 0, 113, 1], 9)));
    for mut case in cases(&agent) {
        let mut group = criterion.benchmark_group(format!("ice/junk_{}", case.name));
        group.throughput(Throughput::Elements(1));
        group.bench_function("strata", |bencher| {
            let before = (case.dropped)(&agent);
            let mut given = 0_u64;
            bencher.iter(|| {
                let input = black_box(Datagram::new(path, &mut case.datagram));
                agent.handle_input(now, input);
                given += 1;
            });
            assert_eq!((case.dropped)(&agent) - before, given);
        });
        group.bench_function("limit", |bencher| {
            bencher.iter(|| {
                let input = black_box(Datagram::new(path, &mut case.datagram));
                let Ok(message) = Message::parse(input.payload) else {
                    return black_box((None, None));
                };
                let sum = case.summed.then(|| message.verify_fingerprint());
                let key = case.key.as_ref();
                black_box((sum.flatten(), key.map(|key| message.verify_integrity(key))))
            });
        });
        group.finish();
        drain(&mut agent, now);
    }
}
