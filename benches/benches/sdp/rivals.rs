//! `sdp-types`, and `webrtc-sdp` of Firefox.

use std::hint::black_box;

use criterion::{BenchmarkGroup, measurement::WallTime};

type Group<'a> = BenchmarkGroup<'a, WallTime>;

pub(crate) fn read(group: &mut Group<'_>, offer: &str) {
    group.bench_function("sdp-types", |bencher| {
        bencher.iter(|| {
            let offer = black_box(offer.as_bytes());
            sdp_types::Session::parse(offer).expect("a valid offer")
        });
    });
}

pub(crate) fn read_typed(group: &mut Group<'_>, offer: &str) {
    group.bench_function("webrtc-sdp", |bencher| {
        bencher.iter(|| webrtc_sdp::parse_sdp(black_box(offer), false).expect("a valid offer"));
    });
}

pub(crate) fn write(group: &mut Group<'_>, offer: &str) {
    let session = sdp_types::Session::parse(offer.as_bytes()).expect("a valid offer");
    group.bench_function("sdp-types", |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            black_box(&session)
                .write(&mut out)
                .expect("a vector takes all");
            out.len()
        });
    });
    let session = webrtc_sdp::parse_sdp(offer, false).expect("a valid offer");
    group.bench_function("webrtc-sdp", |bencher| {
        bencher.iter(|| black_box(&session).to_string().len());
    });
}
