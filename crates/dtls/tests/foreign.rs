//! Against `dimpl`, a DTLS of other authors, in virtual time: both roles, also when it prefers DTLS 1.3,
//! over good links and bad.
#![cfg(test)]
#![expect(
    clippy::disallowed_types,
    reason = "the other implementation counts time from an instant of the system's clock"
)]

use std::{collections::VecDeque, sync::Arc, time::Duration};

use dimpl::{Dtls, DtlsCertificate, Output};
use proptest::prelude::*;
use strata_core::{Endpoint, Entropy, Instant};
use strata_dtls::{Certificate, Config, Connection, Event, Role, SrtpProfile};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

/// The other implementation as an engine.
struct Foreign {
    dtls: Dtls,
    /// The other's time at our epoch.
    epoch: std::time::Instant,
    deadline: Option<Instant>,
    datagrams: VecDeque<Vec<u8>>,
    events: VecDeque<Told>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Connected,
    Certificate(Vec<u8>),
    Keys(Vec<u8>, dimpl::SrtpProfile),
    Data(Vec<u8>),
    Closed,
}

impl Foreign {
    fn new(certificate: &Certificate, role: Role, versions: Versions) -> Self {
        let epoch = std::time::Instant::now();
        let config = dimpl::Config::builder()
            .flight_retries(20)
            .handshake_timeout(Duration::from_mins(10))
            .build()
            .unwrap();
        let certificate = DtlsCertificate {
            certificate: certificate.der().to_vec(),
            private_key: certificate.pkcs8().to_vec(),
        };
        let make = match versions {
            Versions::Dtls12 => Dtls::new_12,
            Versions::Any => Dtls::new_auto,
        };
        let mut dtls = make(Arc::new(config), certificate, epoch);
        dtls.set_active(role == Role::Client);
        let mut foreign = Self {
            dtls,
            epoch,
            deadline: None,
            datagrams: VecDeque::new(),
            events: VecDeque::new(),
        };
        foreign.wake(strata_sim::START);
        foreign
    }

    fn wake(&mut self, now: Instant) {
        let now = self.epoch + (now - Instant::EPOCH);
        self.dtls.handle_timeout(now).unwrap();
        self.drain();
    }

    fn send(&mut self, data: &[u8]) {
        assert_eq!(self.dtls.send_application_data(data).unwrap(), data.len());
        self.drain();
    }

    fn drain(&mut self) {
        let mut buffer = vec![0; 4096];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(datagram) => self.datagrams.push_back(datagram.to_vec()),
                Output::Connected => self.events.push_back(Told::Connected),
                Output::PeerCert(der) => self.events.push_back(Told::Certificate(der.to_vec())),
                Output::KeyingMaterial(keys, profile) => {
                    self.events.push_back(Told::Keys(keys.to_vec(), profile));
                }
                Output::ApplicationData(data) => self.events.push_back(Told::Data(data.to_vec())),
                Output::CloseNotify => self.events.push_back(Told::Closed),
                Output::Timeout(at) => {
                    self.deadline = Some(Instant::EPOCH + at.duration_since(self.epoch));
                    return;
                }
                other @ (Output::BufferTooSmall { .. } | _) => panic!("{other:?}"),
            }
        }
    }
}

impl Endpoint for Foreign {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = Told;

    fn handle_input(&mut self, now: Instant, datagram: &mut [u8]) {
        self.wake(now);
        self.dtls.handle_packet(datagram).unwrap();
        self.drain();
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.wake(now);
        }
    }

    fn poll_transmit(&mut self, _now: Instant, out: &mut Vec<u8>) -> Option<()> {
        let datagram = self.datagrams.pop_front()?;
        out.extend_from_slice(&datagram);
        Some(())
    }

    fn poll_event(&mut self) -> Option<Told> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.deadline
    }
}

/// What the other side is ready to speak.
#[derive(Clone, Copy, Debug)]
enum Versions {
    Dtls12,
    Any,
}

/// We in `role`, the other in the other, over this link.
fn pair(role: Role, versions: Versions, link: LinkConfig, seed: u64) -> Pair<Connection, Foreign> {
    let certificates = [(); 2].map(|()| Arc::new(Certificate::generate().unwrap()));
    let [ours, theirs] = certificates;
    let other = match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    };
    let mut config = Config::new(role, ours);
    config.retransmission.attempts = 20;
    config.handshake_timeout = Duration::from_mins(10);
    let mut connection = Connection::new(config, Entropy::from_source(SeededEntropy::new(seed)));
    connection
        .set_remote_fingerprints(strata_sim::START, &[theirs.fingerprint()])
        .unwrap();
    connection.start(strata_sim::START).unwrap();
    Pair::new(
        connection,
        Foreign::new(&theirs, other, versions),
        link,
        seed,
    )
}

fn connect(pair: &mut Pair<Connection, Foreign>) {
    pair.run_until(|pair| {
        pair.a.is_connected()
            && pair
                .b_events
                .iter()
                .any(|(_, told)| *told == Told::Connected)
    })
    .unwrap();
}

/// Runs everything there is between the two.
fn converse(mut pair: Pair<Connection, Foreign>) {
    connect(&mut pair);
    let Event::Connected {
        srtp: Some(keys), ..
    } = &pair.a_events[0].1
    else {
        panic!("{:?}", pair.a_events);
    };
    let told: Vec<_> = pair.b_events.iter().map(|(_, told)| told.clone()).collect();
    let fingerprint = pair.a.config().certificate.fingerprint();
    assert!(
        told.iter()
            .any(|told| matches!(told, Told::Certificate(der) if fingerprint.matches(der)))
    );
    let (material, profile) = told
        .iter()
        .find_map(|told| match told {
            Told::Keys(material, profile) => Some((material.clone(), *profile)),
            Told::Connected | Told::Certificate(_) | Told::Data(_) | Told::Closed => None,
        })
        .unwrap();
    let expected = match keys.profile() {
        SrtpProfile::AeadAes128Gcm => dimpl::SrtpProfile::AEAD_AES_128_GCM,
        SrtpProfile::AeadAes256Gcm => dimpl::SrtpProfile::AEAD_AES_256_GCM,
        SrtpProfile::Aes128CmHmacSha1_80 | _ => dimpl::SrtpProfile::AES128_CM_SHA1_80,
    };
    assert_eq!(profile, expected);
    // RFC 5764 §4.2
    let (client, server) = match pair.a.config().role {
        Role::Client => (keys.local(), keys.remote()),
        Role::Server => (keys.remote(), keys.local()),
    };
    let all = [client.key(), server.key(), client.salt(), server.salt()];
    assert_eq!(material, all.concat());

    let mut record = Vec::new();
    let sealed = pair.a.seal(&mut record, |out| {
        out.extend_from_slice(b"ours");
        Some(())
    });
    assert_eq!(sealed, Ok(Some(())));
    pair.inject_to_b(&record).unwrap();
    assert_eq!(
        pair.b_events.last().map(|(_, told)| told.clone()),
        Some(Told::Data(b"ours".to_vec()))
    );
    pair.b.send(b"theirs");
    let theirs = Event::ApplicationData(b"theirs"[..].into());
    pair.run_until(|pair| pair.a_events.iter().any(|(_, told)| *told == theirs))
        .unwrap();
    let now = pair.now();
    pair.a.close(now);
    pair.run_until(|pair| pair.b_events.iter().any(|(_, told)| *told == Told::Closed))
        .unwrap();
}

fn link() -> LinkConfig {
    LinkConfig::new().delay(Duration::from_millis(25))
}

#[test]
fn as_client_of_dtls_1_2() {
    converse(pair(Role::Client, Versions::Dtls12, link(), 1));
}

#[test]
fn as_client_of_one_that_knows_dtls_1_3_too() {
    converse(pair(Role::Client, Versions::Any, link(), 2));
}

#[test]
fn as_server_of_dtls_1_2() {
    converse(pair(Role::Server, Versions::Dtls12, link(), 3));
}

#[test]
fn as_server_of_one_that_offers_dtls_1_3_too() {
    converse(pair(Role::Server, Versions::Any, link(), 4));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_bad_link_only_takes_longer(seed: u64, client: bool, loss in 0.0..0.2, duplicate in 0.0..0.1) {
        let role = if client { Role::Client } else { Role::Server };
        let link = link().loss(loss).duplicate(duplicate).jitter(Duration::from_millis(5));
        let mut pair = pair(role, Versions::Dtls12, link, seed);
        connect(&mut pair);
    }
}
