//! SCTP: messages from one end to the other, both ends' work together, and reading one packet.
//!
//! There is no DTLS in between, and no network. How each implementation is driven is written in the library's `sctp`.
//! `limit` is what none can avoid: each packet's bytes copied and summed, once on each side. With nothing below that
//! authenticates, nobody may leave the sum out (RFC 9653). It sums with the fastest library there is, as strata does
//! with the feature `fast-checksum`; the row `strata` is without.
//!
//! `sctp/read_packet` has no rivals: their parsers cannot be called from outside; that of rtc-sctp can, with a feature for
//! its own benchmarks, but copies the packet first.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
#[cfg(feature = "rivals")]
use strata_benches::sctp::{Dcsctp, RtcSctp, SctpProto};
use strata_benches::sctp::{Direct, FRAGMENT, Limit, Sctp, Strata};
use strata_sctp::wire::{Chunk, Packet, verify_checksum};

/// Messages that are sent at once.
#[derive(Clone, Copy)]
struct Batch {
    messages: u16,
    bytes: usize,
    /// They go on as many streams, in turn.
    streams: u16,
}

impl Batch {
    fn throughput(self) -> Throughput {
        let bytes = u64::try_from(self.bytes).expect("small");
        Throughput::Bytes(u64::from(self.messages) * bytes)
    }

    fn messages<E: Sctp>(self, message: &Bytes) -> Vec<(u16, E::Message)> {
        let streams = (0..self.streams).cycle();
        let streams = streams.take(usize::from(self.messages));
        streams
            .map(|stream| (stream, E::message(message)))
            .collect()
    }
}

fn row<E: Sctp>(group: &mut BenchmarkGroup<'_, WallTime>, batch: Batch) {
    let message = Bytes::from(vec![7; batch.bytes]);
    let mut direct = Direct::<E>::new(batch.streams);
    group.bench_function(E::NAME, |bencher| {
        bencher.iter_batched(
            || batch.messages::<E>(&message),
            |messages| direct.transfer(messages),
            BatchSize::PerIteration,
        );
    });
}

fn transfer(criterion: &mut Criterion, name: &str, batch: Batch) {
    let mut group = criterion.benchmark_group(format!("sctp/{name}"));
    group.throughput(batch.throughput());
    row::<Strata>(&mut group, batch);
    #[cfg(feature = "rivals")]
    {
        row::<SctpProto>(&mut group, batch);
        row::<RtcSctp>(&mut group, batch);
        row::<Dcsctp>(&mut group, batch);
    }
    let (message, mut limit) = (vec![7; batch.bytes], Limit::default());
    group.bench_function("limit", |bencher| {
        bencher.iter(|| limit.carry(black_box(&message), usize::from(batch.messages)));
    });
    group.finish();
}

/// 2 MiB in large messages on one stream.
fn bulk(criterion: &mut Criterion) {
    let batch = Batch {
        messages: 32,
        bytes: 64 * 1024,
        streams: 1,
    };
    transfer(criterion, "bulk_transfer", batch);
}

/// A thousand messages of 100 bytes on one stream: the work for each message.
fn small(criterion: &mut Criterion) {
    let batch = Batch {
        messages: 1000,
        bytes: 100,
        streams: 1,
    };
    transfer(criterion, "small_messages", batch);
}

/// The same messages, each on a stream of its own: what must not grow with the streams.
fn many_streams(criterion: &mut Criterion) {
    let batch = Batch {
        messages: 1000,
        bytes: 100,
        streams: 1000,
    };
    transfer(criterion, "thousand_streams", batch);
}

fn read(criterion: &mut Criterion) {
    let mut direct = Direct::<Strata>::new(1);
    let packet = direct.packet_with(Bytes::from(vec![7; FRAGMENT]));
    let mut group = criterion.benchmark_group("sctp/read_packet");
    group.throughput(Throughput::Bytes(
        u64::try_from(packet.len()).expect("small"),
    ));
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            assert!(verify_checksum(black_box(packet)));
            let chunks = Packet::parse(packet).expect("a packet").chunks();
            chunks
                .flatten()
                .filter(|chunk| matches!(chunk, Chunk::Data(_)))
                .count()
        });
    });
    group.bench_function("limit", |bencher| {
        bencher.iter(|| black_box(crc_fast::crc32_iscsi(black_box(packet))));
    });
    group.finish();
}

criterion_group!(benches, bulk, small, many_streams, read);
criterion_main!(benches);
