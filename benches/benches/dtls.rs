//! DTLS 1.2: whole handshakes between two ends, and records of 1200 octets sealed and opened.
//!
//! `limit` of a handshake is its public-key cryptography alone, that of a record the cipher alone, both with
//! the library that `strata` uses. `dimpl` runs on its pure Rust cryptography here.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

use std::{hint::black_box, sync::Arc, time::Instant as Clock};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dimpl::{Dtls, DtlsCertificate, Output};
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

    /// Two connected ends of the rival.
    fn connect_rival(&self, config: &Arc<dimpl::Config>, now: Clock) -> [Dtls; 2] {
        let mut ends = self.0.each_ref().map(|certificate| {
            let certificate = DtlsCertificate {
                certificate: certificate.der().to_vec(),
                private_key: certificate.pkcs8().to_vec(),
            };
            Dtls::new_12(config.clone(), certificate, now)
        });
        let [client, server] = &mut ends;
        client.set_active(true);
        for end in [&mut *client, &mut *server] {
            end.handle_timeout(now).expect("a good start");
        }
        let mut buffer = vec![0; 2048];
        let mut connected = 0;
        while connected < 2 {
            connected += carry(client, server, &mut buffer);
            connected += carry(server, client, &mut buffer);
        }
        ends
    }
}

/// Hands everything that one end of the rival has to say to the other; how often it said "connected".
fn carry(from: &mut Dtls, to: &mut Dtls, buffer: &mut [u8]) -> usize {
    let mut connected = 0;
    loop {
        let output = from.poll_output(buffer);
        if let Output::Packet(datagram) = output {
            to.handle_packet(datagram).expect("a good datagram");
        } else if matches!(output, Output::Connected) {
            connected += 1;
        } else if matches!(output, Output::Timeout(_)) {
            return connected;
        }
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
    let (config, now) = (Arc::new(dimpl::Config::default()), Clock::now());
    group.bench_function("dimpl", |bencher| {
        bencher.iter(|| certificates.connect_rival(&config, now));
    });
    group.bench_function("limit", |bencher| {
        bencher.iter(|| public_key_cryptography(&certificates));
    });
    group.finish();
}

fn records(
    criterion: &mut Criterion,
    suite: CipherSuite,
    algorithm: aead::Algorithm,
    rival: dimpl::crypto::Dtls12CipherSuite,
) {
    let certificates = Certificates::new();
    let mut group = criterion.benchmark_group(format!("dtls/seal_open_1200/{algorithm:?}"));
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

    let config = dimpl::Config::builder().dtls12_cipher_suites(&[rival]);
    let config = Arc::new(config.build().expect("a good configuration"));
    let [mut from, mut to] = certificates.connect_rival(&config, Clock::now());
    let mut buffer = vec![0; 2048];
    group.bench_function("dimpl", |bencher| {
        bencher.iter(|| {
            let sent = from.send_application_data(&PAYLOAD);
            assert!(sent.is_ok());
            carry(&mut from, &mut to, &mut buffer);
            loop {
                let output = to.poll_output(&mut buffer);
                if matches!(output, Output::Timeout(_)) {
                    break;
                }
                black_box(output);
            }
        });
    });

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
    use dimpl::crypto::Dtls12CipherSuite as Rival;
    for (suite, algorithm, rival) in [
        (
            CipherSuite::EcdheEcdsaAes128Gcm,
            aead::Algorithm::Aes128Gcm,
            Rival::ECDHE_ECDSA_AES128_GCM_SHA256,
        ),
        (
            CipherSuite::EcdheEcdsaChaCha20Poly1305,
            aead::Algorithm::ChaCha20Poly1305,
            Rival::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256,
        ),
    ] {
        records(criterion, suite, algorithm, rival);
    }
}

criterion_group!(benches, handshake, all_records);
criterion_main!(benches);
