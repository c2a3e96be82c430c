//! `dimpl`, below str0m, and `rtc-dtls`, below webrtc-rs.

use std::{hint::black_box, net::SocketAddr, sync::Arc, time::Instant};

use criterion::{BenchmarkGroup, measurement::WallTime};
use strata_dtls::CipherSuite;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

const PAYLOAD: [u8; 1200] = super::PAYLOAD;

pub(crate) fn handshakes(group: &mut Group<'_>) {
    let suite = CipherSuite::EcdheEcdsaAes128Gcm;
    let dimpl = Dimpl::new(suite);
    group.bench_function("dimpl", |bencher| bencher.iter(|| dimpl.connect()));
    let rtc = Rtc::new(suite);
    group.bench_function("rtc-dtls", |bencher| bencher.iter(|| rtc.connect()));
}

pub(crate) fn records(group: &mut Group<'_>, suite: CipherSuite) {
    let [mut from, mut to] = Dimpl::new(suite).connect();
    let mut buffer = vec![0; 2048];
    group.bench_function("dimpl", |bencher| {
        bencher.iter(|| {
            let sent = from.send_application_data(&PAYLOAD);
            assert!(sent.is_ok());
            carry_dimpl(&mut from, &mut to, &mut buffer);
            let mut received = 0;
            loop {
                let output = to.poll_output(&mut buffer);
                if matches!(output, dimpl::Output::Timeout(_)) {
                    break;
                }
                received += usize::from(matches!(output, dimpl::Output::ApplicationData(_)));
                black_box(output);
            }
            assert_eq!(received, 1);
        });
    });

    let [mut from, mut to] = Rtc::new(suite).connect();
    let now = Instant::now();
    let [client, server] = rtc_addresses();
    group.bench_function("rtc-dtls", |bencher| {
        bencher.iter(|| {
            from.write(now, server, &PAYLOAD).expect("it is connected");
            let record = from.poll_transmit().expect("a record").message;
            let events = to.read(now, client, None, record).expect("authentic");
            assert_eq!(events.len(), 1);
            black_box(events);
        });
    });
}

/// What two ends of `dimpl` begin with.
struct Dimpl {
    config: Arc<dimpl::Config>,
    certificates: [dimpl::DtlsCertificate; 2],
    now: Instant,
}

impl Dimpl {
    fn new(suite: CipherSuite) -> Self {
        use dimpl::{certificate::generate_self_signed_certificate, crypto::Dtls12CipherSuite};
        let suite = if suite == CipherSuite::EcdheEcdsaAes128Gcm {
            Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256
        } else {
            Dtls12CipherSuite::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256
        };
        let config = dimpl::Config::builder().dtls12_cipher_suites(&[suite]);
        let certificate = || generate_self_signed_certificate().expect("randomness");
        Self {
            config: Arc::new(config.build().expect("a good configuration")),
            certificates: [certificate(), certificate()],
            now: Instant::now(),
        }
    }

    /// Two connected ends.
    fn connect(&self) -> [dimpl::Dtls; 2] {
        let mut ends = self.certificates.each_ref().map(|certificate| {
            dimpl::Dtls::new_12(self.config.clone(), certificate.clone(), self.now)
        });
        let [client, server] = &mut ends;
        client.set_active(true);
        for end in [&mut *client, &mut *server] {
            end.handle_timeout(self.now).expect("a good start");
        }
        let mut buffer = vec![0; 2048];
        let mut connected = 0;
        while connected < 2 {
            connected += carry_dimpl(client, server, &mut buffer);
            connected += carry_dimpl(server, client, &mut buffer);
        }
        ends
    }
}

/// Hands everything that one end has to say to the other; how often it said "connected".
fn carry_dimpl(from: &mut dimpl::Dtls, to: &mut dimpl::Dtls, buffer: &mut [u8]) -> usize {
    let mut connected = 0;
    loop {
        let output = from.poll_output(buffer);
        if let dimpl::Output::Packet(datagram) = output {
            to.handle_packet(datagram).expect("a good datagram");
        } else if matches!(output, dimpl::Output::Connected) {
            connected += 1;
        } else if matches!(output, dimpl::Output::Timeout(_)) {
            return connected;
        }
    }
}

/// What two ends of `rtc-dtls` begin with, as `rtc` configures them.
struct Rtc {
    client: Arc<rtc_dtls::config::HandshakeConfig>,
    server: Arc<rtc_dtls::config::HandshakeConfig>,
    now: Instant,
}

impl Rtc {
    fn new(suite: CipherSuite) -> Self {
        use rtc_dtls::cipher_suite::CipherSuiteId;
        let suite = if suite == CipherSuite::EcdheEcdsaAes128Gcm {
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256
        } else {
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256
        };
        let config = |is_client| Arc::new(rtc_config(suite, is_client));
        Self {
            client: config(true),
            server: config(false),
            now: Instant::now(),
        }
    }

    /// Two connected ends.
    fn connect(&self) -> [rtc_dtls::endpoint::Endpoint; 2] {
        use rtc_dtls::endpoint::Endpoint;
        let protocol = rtc::shared::TransportProtocol::UDP;
        let [client_address, server_address] = rtc_addresses();
        let server = Some(self.server.clone());
        let mut server = Endpoint::new(server_address, protocol, server);
        let mut client = Endpoint::new(client_address, protocol, None);
        let begun = client.connect(self.now, server_address, self.client.clone(), None);
        begun.expect("a good start");
        let mut connected = 0;
        while connected < 2 {
            connected += carry_rtc(self.now, &mut client, &mut server, client_address);
            connected += carry_rtc(self.now, &mut server, &mut client, server_address);
        }
        [client, server]
    }
}

/// Hands everything that one end has to say to the other; how often that said "connected".
fn carry_rtc(
    now: Instant,
    from: &mut rtc_dtls::endpoint::Endpoint,
    to: &mut rtc_dtls::endpoint::Endpoint,
    source: SocketAddr,
) -> usize {
    let mut connected = 0;
    while let Some(sent) = from.poll_transmit() {
        let events = to.read(now, source, None, sent.message);
        let events = events.expect("a good datagram").into_iter();
        let complete =
            |event: &_| matches!(event, rtc_dtls::endpoint::EndpointEvent::HandshakeComplete);
        connected += events.filter(complete).count();
    }
    connected
}

fn rtc_config(
    suite: rtc_dtls::cipher_suite::CipherSuiteId,
    is_client: bool,
) -> rtc_dtls::config::HandshakeConfig {
    use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
    let provider = rtc::crypto::default_provider().expect("one of its own");
    let certificate = rtc_dtls::crypto::Certificate::generate_self_signed(
        vec!["localhost".to_owned()],
        provider.crypto(),
    );
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider)
        .with_certificates(vec![certificate.expect("randomness")])
        .with_cipher_suites(vec![suite])
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        .with_insecure_skip_verify(true)
        .with_extended_master_secret(ExtendedMasterSecretType::Require);
    config.build(is_client, None).expect("a good configuration")
}

fn rtc_addresses() -> [SocketAddr; 2] {
    [1, 2].map(|last| SocketAddr::from(([192, 0, 2, last], 5000)))
}
