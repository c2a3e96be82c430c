//! SRTP: packets of 1200 octets protected and unprotected, per profile.
//!
//! `limit` is the cipher and the tag alone on as many octets, with the library that `strata` uses; all rows of
//! protecting include copying the packet to where it is protected. `rtc-srtp` has the cryptography that its users have
//! who choose no other, that of `ring`. str0m's SRTP cannot be called from outside: it has its part in `peer/media`.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

#[cfg(feature = "rivals")]
mod rivals;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use strata_crypto::{aead, aes_cm, hmac};
use strata_srtp::{Inbound, MasterKey, Outbound, Profile};

const KEY: [u8; 32] = [7; 32];
const SALT: [u8; 14] = [9; 14];
const PACKET_LEN: usize = 1200;
const HEADER_LEN: usize = 12;

const PROFILES: [(&str, Profile); 3] = [
    ("aead_aes_128_gcm", Profile::AeadAes128Gcm),
    ("aead_aes_256_gcm", Profile::AeadAes256Gcm),
    ("aes128_cm_hmac_sha1_80", Profile::Aes128CmHmacSha1_80),
];

/// RTP packets of one stream, one after the other.
struct Source {
    packet: [u8; PACKET_LEN],
    sequence: u16,
}

impl Source {
    fn new() -> Self {
        let mut packet = [0x55; PACKET_LEN];
        let (header, _) = packet.split_at_mut(HEADER_LEN);
        header.copy_from_slice(&[0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
        Self {
            packet,
            sequence: 0,
        }
    }

    fn next(&mut self) -> &[u8; PACKET_LEN] {
        let [_, _, high, low, ..] = &mut self.packet;
        [*high, *low] = self.sequence.to_be_bytes();
        self.sequence = self.sequence.wrapping_add(1);
        &self.packet
    }
}

/// The cipher alone.
enum Raw {
    Gcm(aead::Key),
    CounterMode(aes_cm::Key, hmac::Key),
}

impl Raw {
    fn new(profile: Profile) -> Self {
        let (key, _) = KEY.split_at(profile.key_len());
        let gcm = |algorithm| Self::Gcm(aead::Key::new(algorithm, key).expect("the key fits"));
        if profile == Profile::AeadAes128Gcm {
            gcm(aead::Algorithm::Aes128Gcm)
        } else if profile == Profile::AeadAes256Gcm {
            gcm(aead::Algorithm::Aes256Gcm)
        } else {
            Self::CounterMode(
                aes_cm::Key::new(key).expect("the key fits"),
                hmac::Key::new(hmac::Algorithm::Sha1, &KEY),
            )
        }
    }

    fn seal(&self, packet: &mut Vec<u8>) {
        let (header, text) = packet.split_at_mut(HEADER_LEN);
        match self {
            Self::Gcm(key) => {
                let tag = key.seal_in_place([1; 12], header, text).expect("short");
                packet.extend_from_slice(&tag);
            }
            Self::CounterMode(key, auth) => {
                key.apply_keystream([1; 16], text);
                let tag = auth.sign(&[packet]);
                packet.extend(tag.as_ref().iter().take(10));
            }
        }
    }

    fn open(&self, packet: &mut [u8]) -> bool {
        match self {
            Self::Gcm(key) => {
                let (header, text) = packet.split_at_mut(HEADER_LEN);
                key.open_in_place([1; 12], header, text).is_ok()
            }
            Self::CounterMode(key, auth) => {
                let (packet, tag) = packet.split_at_mut(PACKET_LEN);
                let authentic = auth.verify(&[packet], tag);
                let (_, text) = packet.split_at_mut(HEADER_LEN);
                key.apply_keystream([1; 16], text);
                authentic
            }
        }
    }
}

fn master(profile: Profile) -> MasterKey {
    let (key, _) = KEY.split_at(profile.key_len());
    let (salt, _) = SALT.split_at(profile.salt_len());
    MasterKey::new(key, salt)
}

/// Protected packets of one stream, one after the other.
fn sealed(profile: Profile) -> impl FnMut() -> Vec<u8> {
    let mut source = Source::new();
    let mut outbound = Outbound::new(profile, &master(profile)).expect("the key fits");
    move || {
        let mut packet = source.next().to_vec();
        outbound.protect_rtp(&mut packet, 0).expect("a new packet");
        packet
    }
}

fn throughput(criterion: &mut Criterion, name: &str, run: impl FnOnce(&mut Group<'_>)) {
    let mut group = criterion.benchmark_group(format!("srtp/{name}"));
    group.throughput(Throughput::Bytes(PACKET_LEN as u64));
    run(&mut group);
    group.finish();
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn protect(criterion: &mut Criterion) {
    for (name, profile) in PROFILES {
        throughput(criterion, &format!("protect_{name}"), |group| {
            let mut buf = Vec::with_capacity(2 * PACKET_LEN);
            let (mut source, raw) = (Source::new(), Raw::new(profile));
            group.bench_function("limit", |bencher| {
                bencher.iter(|| {
                    buf.clear();
                    buf.extend_from_slice(source.next());
                    raw.seal(&mut buf);
                    black_box(&buf).len()
                });
            });
            let mut source = Source::new();
            let mut outbound = Outbound::new(profile, &master(profile)).expect("the key fits");
            group.bench_function("strata", |bencher| {
                bencher.iter(|| {
                    buf.clear();
                    buf.extend_from_slice(source.next());
                    outbound.protect_rtp(&mut buf, 0).expect("a new packet");
                    black_box(&buf).len()
                });
            });
            #[cfg(feature = "rivals")]
            rivals::protect(group, profile);
        });
    }
}

fn unprotect(criterion: &mut Criterion) {
    for (name, profile) in PROFILES {
        throughput(criterion, &format!("unprotect_{name}"), |group| {
            let (mut source, raw) = (Source::new(), Raw::new(profile));
            group.bench_function("limit", |bencher| {
                bencher.iter_batched_ref(
                    || {
                        let mut packet = source.next().to_vec();
                        raw.seal(&mut packet);
                        packet
                    },
                    |packet| assert!(raw.open(packet)),
                    BatchSize::NumIterations(32),
                );
            });
            let mut inbound = Inbound::new(profile, &master(profile)).expect("the key fits");
            let mut next = sealed(profile);
            group.bench_function("strata", |bencher| {
                bencher.iter_batched_ref(
                    &mut next,
                    |packet| inbound.unprotect_rtp(packet).expect("authentic"),
                    BatchSize::NumIterations(32),
                );
            });
            #[cfg(feature = "rivals")]
            rivals::unprotect(group, profile);
        });
    }
}

criterion_group!(benches, protect, unprotect);
criterion_main!(benches);
