//! Checking and writing the Binding requests of ICE, and their answers.
//!
//! `limit` is one HMAC-SHA1 and one CRC of as many bytes, with the libraries that `strata` uses, and for writing the
//! copy of the bytes.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

#[cfg(feature = "rivals")]
mod rivals;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_crypto::hmac;
use strata_stun::{
    Class, IceControlling, IntegrityKey, Message, MessageWriter, Method, Priority, TransactionId,
    Username, XorMappedAddress,
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
    #[cfg(feature = "rivals")]
    rivals::check_request(&mut group, &bytes);
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
    let write = |out: &mut Vec<u8>| {
        out.clear();
        MessageWriter::new(out, Class::Success, Method::BINDING, id())
            .push(&XorMappedAddress(black_box(address)))
            .integrity(&key)
            .fingerprint()
            .finish()
            .expect("short");
        out.len()
    };
    group.bench_function("strata", |bencher| bencher.iter(|| write(&mut out)));
    #[cfg(feature = "rivals")]
    {
        let mut request = Vec::new();
        write_request(&mut request, &key);
        rivals::write_response(&mut group, &request, address);
    }
    write(&mut out);
    let written = out.clone();
    let hmac = hmac::Key::new(hmac::Algorithm::Sha1, PASSWORD.as_bytes());
    group.bench_function("limit", |bencher| {
        bencher.iter(|| {
            out.clear();
            out.extend_from_slice(black_box(&written));
            let covered = out.get(..out.len() - 32).expect("longer");
            let tag = hmac.sign(&[covered]);
            (tag.as_ref().len(), crc32fast::hash(&out))
        });
    });
    group.finish();
}

criterion_group!(benches, request, response);
criterion_main!(benches);
