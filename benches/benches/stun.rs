//! Checking and writing the Binding requests of ICE, and their answers.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_crypto::hmac;
use strata_stun::{
    Class, IceControlling, IntegrityKey, Message, MessageWriter, Method, Priority, TransactionId,
    Username, XorMappedAddress,
};
use stun_types::{
    attribute::{Username as RivalUsername, XorMappedAddress as RivalAddress},
    message::{
        IntegrityAlgorithm, Message as Rival, MessageIntegrityCredentials, MessageWriteVec,
        ShortTermCredentials,
    },
    prelude::*,
};

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
const USERNAME: &str = "evtj:h6vY";

fn id() -> TransactionId {
    TransactionId::new(*b"transactions")
}

fn write_request(out: &mut Vec<u8>, key: &IntegrityKey) {
    MessageWriter::new(out, Class::Request, Method::BINDING, id())
        .push(&Username(USERNAME))
        .push(&IceControlling(0x1234_5678_9abc_def0))
        .push(&Priority(1_862_270_975))
        .integrity(key)
        .fingerprint()
        .finish()
        .expect("short");
}

/// What a server does with a request: parse it, check both fingerprint and integrity, read the user name.
fn request(criterion: &mut Criterion) {
    let key = IntegrityKey::short_term(PASSWORD);
    let mut bytes = Vec::new();
    write_request(&mut bytes, &key);
    let mut group = criterion.benchmark_group("stun/check_request");
    group.throughput(Throughput::Elements(1));
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            let message = Message::parse(black_box(&bytes)).expect("well formed");
            assert_eq!(message.verify_fingerprint(), Some(true));
            message.verify_integrity(&key).expect("authentic");
            message
                .get::<Username<'_>>()
                .expect("text")
                .expect("there")
                .0
                .len()
        });
    });
    let credentials: MessageIntegrityCredentials =
        ShortTermCredentials::new(PASSWORD.to_owned()).into();
    group.bench_function("stun-types", |bencher| {
        bencher.iter(|| {
            // It checks the fingerprint while it parses.
            let message = Rival::from_bytes(black_box(&bytes)).expect("well formed");
            message.validate_integrity(&credentials).expect("authentic");
            let username = message.attribute::<RivalUsername>().expect("there");
            username.username().len()
        });
    });
    // One HMAC-SHA1 and one CRC of the same bytes.
    let hmac = hmac::Key::new(hmac::Algorithm::Sha1, PASSWORD.as_bytes());
    group.bench_function("limit", |bencher| {
        bencher.iter(|| {
            let covered = black_box(&bytes).get(..bytes.len() - 32).expect("longer");
            let tag = hmac.sign(&[covered]);
            (tag.as_ref().len(), crc32fast::hash(&bytes))
        });
    });
    group.finish();
}

/// What a server answers: success with the source address.
fn response(criterion: &mut Criterion) {
    let key = IntegrityKey::short_term(PASSWORD);
    let address = "192.0.2.1:32853".parse().expect("an address");
    let mut group = criterion.benchmark_group("stun/write_response");
    group.throughput(Throughput::Elements(1));
    let mut out = Vec::with_capacity(256);
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            out.clear();
            MessageWriter::new(&mut out, Class::Success, Method::BINDING, id())
                .push(&XorMappedAddress(black_box(address)))
                .integrity(&key)
                .fingerprint()
                .finish()
                .expect("short");
            out.len()
        });
    });
    let mut bytes = Vec::new();
    write_request(&mut bytes, &key);
    let rival = Rival::from_bytes(&bytes).expect("well formed");
    let credentials: MessageIntegrityCredentials =
        ShortTermCredentials::new(PASSWORD.to_owned()).into();
    group.bench_function("stun-types", |bencher| {
        bencher.iter(|| {
            let mut writer = Rival::builder_success(&rival, MessageWriteVec::with_capacity(256));
            let mapped = RivalAddress::new(black_box(address), rival.transaction_id());
            writer.add_attribute(&mapped).expect("short");
            writer
                .add_message_integrity(&credentials, IntegrityAlgorithm::Sha1)
                .expect("short");
            writer.add_fingerprint().expect("short");
            writer.finish().len()
        });
    });
    group.finish();
}

criterion_group!(benches, request, response);
criterion_main!(benches);
