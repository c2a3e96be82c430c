//! `stun-types`.

use std::{hint::black_box, net::SocketAddr};

use criterion::{BenchmarkGroup, measurement::WallTime};
use stun_types::{
    attribute::{Username, XorMappedAddress},
    message::{
        IntegrityAlgorithm, Message, MessageIntegrityCredentials, MessageWriteVec,
        ShortTermCredentials,
    },
    prelude::*,
};

use super::PASSWORD;

fn credentials() -> MessageIntegrityCredentials {
    ShortTermCredentials::new(PASSWORD.to_owned()).into()
}

pub(crate) fn check_request(group: &mut BenchmarkGroup<'_, WallTime>, bytes: &[u8]) {
    let credentials = credentials();
    group.bench_function("stun-types", |bencher| {
        bencher.iter(|| {
            // It checks the fingerprint while it parses.
            let message = Message::from_bytes(black_box(bytes)).expect("well formed");
            message.validate_integrity(&credentials).expect("authentic");
            let username = message.attribute::<Username>().expect("there");
            username.username().len()
        });
    });
}

pub(crate) fn write_response(
    group: &mut BenchmarkGroup<'_, WallTime>,
    request: &[u8],
    address: SocketAddr,
) {
    let request = Message::from_bytes(request).expect("well formed");
    let credentials = credentials();
    group.bench_function("stun-types", |bencher| {
        bencher.iter(|| {
            let mut writer =
                Message::builder_success(&request, MessageWriteVec::with_capacity(256));
            let mapped = XorMappedAddress::new(black_box(address), request.transaction_id());
            writer.add_attribute(&mapped).expect("short");
            writer
                .add_message_integrity(&credentials, IntegrityAlgorithm::Sha1)
                .expect("short");
            writer.add_fingerprint().expect("short");
            writer.finish().len()
        });
    });
}
