//! Peers: the packet paths of the whole stack, both ends' work together, over memory.
//!
//! One iteration moves a batch from one connected peer to another: RTP written, protected, carried,
//! unprotected, routed and delivered; or a message through SCTP and DTLS, acknowledgements included. Timers
//! run too: virtual time goes on by a millisecond with each batch.
//!
//! The ciphers are the same on all sides. Media: SRTP with AES-256-GCM, which str0m prefers and the others are told
//! to use. Data: DTLS 1.2 with AES-128-GCM, which all prefer. Each has the cryptography that its users have who choose
//! no other: strata and rtc that of `ring`, str0m that of AWS-LC.
//!
//! The work with media is not all the same. strata and str0m write one header extension, the MID; rtc writes none.
//! str0m keeps a receiver's statistics and sends RTCP reports by itself. strata leaves that to its owner, and rtc to
//! interceptors, which it runs without; the difference is part of what `str0m` takes there.
//!
//! `limit` is what no implementation can avoid: each payload copied and the cipher run over it, once on each side; for
//! data the sum of SCTP too.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

use std::{hint::black_box, time::Duration};

use bytes::Bytes;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use strata_benches::peer::{Contents, Peers, Strata};
#[cfg(feature = "rivals")]
use strata_benches::peer::{Rtc, Str0m};
use strata_crypto::aead::{Algorithm, Key};

const PAYLOAD: usize = 1100;
const BATCH: usize = 64;
const MESSAGE: usize = 64 * 1024;
/// What comes before the payload in a packet of SCTP.
const SCTP_HEADERS: usize = 28;

fn media_row<P: Peers>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut peers = P::connected(Contents::VideoAndData);
    let payload = P::payload(&Bytes::from(vec![7; PAYLOAD]));
    group.bench_function(P::NAME, |bencher| {
        bencher.iter(|| {
            let before = peers.received();
            for _ in 0..BATCH {
                peers.write_rtp(payload.clone());
            }
            peers.tick(Duration::from_millis(1));
            assert_eq!(peers.received() - before, BATCH);
        });
    });
}

fn media(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("peer/media");
    group.throughput(Throughput::Elements(u64::try_from(BATCH).expect("small")));
    media_row::<Strata>(&mut group);
    #[cfg(feature = "rivals")]
    {
        media_row::<Str0m>(&mut group);
        media_row::<Rtc>(&mut group);
    }
    let payload = vec![7; PAYLOAD];
    let mut limit = Limit::new(Algorithm::Aes256Gcm, 32);
    group.bench_function("limit", |bencher| {
        bencher.iter(|| (0..BATCH).for_each(|_| limit.carry(0, black_box(&payload))));
    });
    group.finish();
}

fn data_row<P: Peers>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut peers = P::connected(Contents::VideoAndData);
    let message = Bytes::from(vec![7; MESSAGE]);
    group.bench_function(P::NAME, |bencher| {
        bencher.iter_batched(
            || P::message(&message),
            |message| {
                let before = peers.received();
                peers.send(message);
                while peers.received() == before {
                    peers.tick(Duration::from_millis(1));
                }
            },
            BatchSize::PerIteration,
        );
    });
}

fn data(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("peer/data");
    group.throughput(Throughput::Bytes(u64::try_from(MESSAGE).expect("small")));
    data_row::<Strata>(&mut group);
    #[cfg(feature = "rivals")]
    {
        data_row::<Str0m>(&mut group);
        data_row::<Rtc>(&mut group);
    }
    let message = vec![7; MESSAGE];
    let mut limit = Limit::new(Algorithm::Aes128Gcm, 16);
    group.bench_function("limit", |bencher| {
        bencher.iter(|| {
            let chunks = black_box(&message).chunks(PAYLOAD);
            chunks.for_each(|chunk| limit.carry(SCTP_HEADERS, chunk));
        });
    });
    group.finish();
}

/// What carrying a payload costs at least.
struct Limit {
    key: Key,
    packet: Vec<u8>,
    delivered: Vec<u8>,
}

impl Limit {
    fn new(algorithm: Algorithm, key_len: usize) -> Self {
        Self {
            key: Key::new(algorithm, &vec![7; key_len]).expect("a key"),
            packet: Vec::new(),
            delivered: Vec::new(),
        }
    }

    /// With headers that are summed with it, when there are any.
    fn carry(&mut self, headers: usize, payload: &[u8]) {
        self.packet.clear();
        self.packet.resize(headers, 0);
        self.packet.extend_from_slice(payload);
        if headers > 0 {
            black_box(crc_fast::crc32_iscsi(&self.packet));
        }
        let tag = self.key.seal_in_place([1; 12], &[], &mut self.packet);
        let tag = tag.expect("a payload that fits");
        self.packet.extend_from_slice(&tag);
        let length = self.key.open_in_place([1; 12], &[], &mut self.packet);
        let plain = self.packet.get(..length.expect("what was sealed"));
        let plain = plain.expect("shorter than before");
        if headers > 0 {
            black_box(crc_fast::crc32_iscsi(plain));
        }
        self.delivered.clear();
        let (_, payload) = plain.split_at(headers);
        self.delivered.extend_from_slice(payload);
        black_box(&self.delivered);
    }
}

criterion_group!(benches, media, data);
criterion_main!(benches);
