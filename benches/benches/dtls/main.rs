//! DTLS 1.2: whole handshakes between two ends, and records of 1200 octets sealed and opened.
//!
//! Both ends have certificates, as WebRTC wants. Each implementation offers what it offers by default, but for the
//! cipher suite, and has the cryptography that its users have who choose no other: strata and `rtc-dtls` that of
//! `ring`, `dimpl` that of AWS-LC.
//!
//! `limit` of a handshake is its public-key cryptography alone (two keys made and agreed on, two signatures made and
//! verified), that of a record the cipher alone, both with the library that `strata` uses. So a rival with a faster
//! library may come near to it, or below.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

#[cfg(feature = "rivals")]
mod rivals;

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_core::{Endpoint as _, Entropy, Instant};
use strata_crypto::{
    aead,
    certificate::parse_public_key,
    key_exchange::{EphemeralKey, Group},
    signature::{Scheme, verify},
};
use strata_dtls::{Certificate, CipherSuite, Config, Connection, Role};

const PAYLOAD: [u8; 1200] = [0x55; 1200];

/// The certificates of a client and a server.
struct Certificates([Arc<Certificate>; 2]);

impl Certificates {
    fn new() -> Self {
        let make = || Arc::new(Certificate::generate().expect("randomness"));
        Self([make(), make()])
    }

    /// Two connected ends.
    fn connect(&self, suite: CipherSuite) -> (Connection, Connection) {
        let now = Instant::EPOCH;
        let [client, server] = &self.0;
        let first = client;
        let end = |role, ours: &Arc<Certificate>, theirs: &Certificate| {
            let mut config = Config::new(role, ours.clone());
            config.cipher_suites = vec![suite];
            let mut end = Connection::new(config, Entropy::system());
            end.set_remote_fingerprints(now, &[theirs.fingerprint()])
                .expect("it is open");
            end.start(now).expect("it is open");
            end
        };
        let mut client = end(Role::Client, client, server);
        let mut server = end(Role::Server, server, first);
        let mut datagram = Vec::with_capacity(1500);
        let mut carry = |from: &mut Connection, to: &mut Connection| {
            while from.poll_transmit(now, &mut datagram).is_some() {
                to.handle_input(now, &mut datagram);
                datagram.clear();
            }
        };
        while !(client.is_connected() && server.is_connected()) {
            carry(&mut client, &mut server);
            carry(&mut server, &mut client);
        }
        (client, server)
    }
}

/// What both ends of a handshake have to compute at least: two keys made and agreed on, two signatures made
/// and verified.
fn public_key_cryptography(certificates: &Certificates) {
    let keys = [(); 2].map(|()| EphemeralKey::generate(Group::X25519).expect("randomness"));
    let public = keys.each_ref().map(|key| key.public_key().to_vec());
    for (key, peer) in keys.into_iter().zip(public.iter().rev()) {
        let secret = key.agree(peer, |secret| secret.first().copied());
        black_box(secret.expect("a good key"));
    }
    for certificate in &certificates.0 {
        let signature = certificate.sign(&PAYLOAD).expect("randomness");
        let key = parse_public_key(certificate.der()).expect("a good certificate");
        verify(Scheme::EcdsaSha256, &key, &PAYLOAD, &signature).expect("a good signature");
    }
}

fn handshake(criterion: &mut Criterion) {
    let certificates = Certificates::new();
    let mut group = criterion.benchmark_group("dtls/handshake");
    group.throughput(Throughput::Elements(1));
    group.bench_function("strata", |bencher| {
        bencher.iter(|| certificates.connect(CipherSuite::EcdheEcdsaAes128Gcm));
    });
    #[cfg(feature = "rivals")]
    rivals::handshakes(&mut group);
    group.bench_function("limit", |bencher| {
        bencher.iter(|| public_key_cryptography(&certificates));
    });
    group.finish();
}

fn records(criterion: &mut Criterion, name: &str, suite: CipherSuite, algorithm: aead::Algorithm) {
    let certificates = Certificates::new();
    let mut group = criterion.benchmark_group(format!("dtls/seal_open_1200_{name}"));
    group.throughput(Throughput::Bytes(1200));

    let (mut client, mut server) = certificates.connect(suite);
    let mut out = Vec::with_capacity(1500);
    group.bench_function("strata", |bencher| {
        bencher.iter(|| {
            out.clear();
            let sealed = client.seal(&mut out, |out| {
                out.extend_from_slice(&PAYLOAD);
                Some(())
            });
            assert!(sealed.is_ok());
            server.handle_input_with(Instant::EPOCH, &mut out, |data| {
                black_box(data);
            });
        });
    });
    assert_eq!(server.stats().bytes_received, client.stats().bytes_sent);

    #[cfg(feature = "rivals")]
    rivals::records(&mut group, suite);

    let key = vec![7; algorithm.key_len()];
    let key = aead::Key::new(algorithm, &key).expect("the key fits");
    group.bench_function("limit", |bencher| {
        bencher.iter(|| {
            out.clear();
            out.extend_from_slice(&PAYLOAD);
            let tag = key.seal_in_place([1; 12], &[0; 13], &mut out);
            out.extend_from_slice(&tag.expect("short enough"));
            black_box(key.open_in_place([1; 12], &[0; 13], &mut out)).expect("authentic");
        });
    });
    group.finish();
}

fn all_records(criterion: &mut Criterion) {
    let (gcm, chacha) = (
        CipherSuite::EcdheEcdsaAes128Gcm,
        CipherSuite::EcdheEcdsaChaCha20Poly1305,
    );
    records(criterion, "aes_128_gcm", gcm, aead::Algorithm::Aes128Gcm);
    let algorithm = aead::Algorithm::ChaCha20Poly1305;
    records(criterion, "chacha20_poly1305", chacha, algorithm);
}

criterion_group!(benches, handshake, all_records);
criterion_main!(benches);
