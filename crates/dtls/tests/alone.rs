//! This crate alone is enough: two connections shake hands in memory, agree on SRTP keys and exchange data, and every
//! type that a signature shows has a name here.
#![cfg(test)]

use std::{sync::Arc, time::Duration};

use strata_dtls::{
    AlertDescription, Bytes, Certificate, CertificateError, CipherSuite, Clock, CloseReason,
    Closed, Config, Connection, Drops, Endpoint, Entropy, EntropySource, Event, ExportError,
    Fingerprint, FingerprintError, Group, HashFunction, Instant, Limits, Retransmission, Role,
    Scheme, SealError, SrtpKeys, SrtpMasterKey, SrtpProfile, Stats, TooLong, UnsupportedHash,
};

/// An end, as an application has it: the connection, and what it has told.
struct End {
    connection: Connection,
    srtp: Option<SrtpKeys>,
    suite: Option<CipherSuite>,
    heard: Vec<Bytes>,
    closed: Option<CloseReason>,
}

impl End {
    fn new(role: Role, entropy: Entropy) -> Result<Self, CertificateError> {
        let certificate: Arc<Certificate> = Arc::new(Certificate::generate()?);
        let mut config = Config::new(role, certificate);
        config.groups = vec![Group::Secp256r1];
        config.srtp_profiles = vec![SrtpProfile::AeadAes256Gcm];
        config.retransmission = Retransmission::default();
        config.limits = Limits::default();
        Ok(Self {
            connection: Connection::new(config, entropy),
            srtp: None,
            suite: None,
            heard: Vec::new(),
            closed: None,
        })
    }

    fn fingerprint(&self) -> Fingerprint {
        self.connection.config().certificate.fingerprint()
    }

    fn take_events(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            match event {
                Event::Connected {
                    srtp, cipher_suite, ..
                } => {
                    (self.srtp, self.suite) = (srtp, Some(cipher_suite));
                }
                Event::ApplicationData(data) => self.heard.push(data),
                Event::Closed { reason } => self.closed = Some(reason),
                Event::KeyRunsOut { .. } | _ => panic!("nothing else happens"),
            }
        }
    }

    fn seal(&mut self, data: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut out = Vec::new();
        let fill = |out: &mut Vec<u8>| {
            out.extend_from_slice(data);
            Some(())
        };
        self.connection.seal(&mut out, fill).map(|_| out)
    }

    fn export(&self) -> Result<[u8; 32], ExportError> {
        let mut out = [0; 32];
        self.connection
            .export_keying_material(b"EXPERIMENTAL alone", None, &mut out)?;
        Ok(out)
    }
}

/// Carries all that one engine has to say to another.
fn carry<'a, E>(now: Instant, from: &mut E, to: &mut Connection)
where
    E: Endpoint<Input<'a> = &'a mut [u8], Transmit = (), Event = Event>,
{
    let mut datagram = Vec::new();
    while from.poll_transmit(now, &mut datagram).is_some() {
        to.handle_input(now, &mut datagram);
        datagram.clear();
    }
}

fn connect(now: Instant) -> [End; 2] {
    let mut client = End::new(Role::Client, Entropy::system()).unwrap();
    let mut server = End::new(Role::Server, Entropy::system()).unwrap();
    let met: Result<(), Closed> = client
        .connection
        .set_remote_fingerprints(now, &[server.fingerprint()]);
    met.unwrap();
    server
        .connection
        .set_remote_fingerprints(now, &[client.fingerprint()])
        .unwrap();
    client.connection.start(now).unwrap();
    for _ in 0..3 {
        carry(now, &mut client.connection, &mut server.connection);
        carry(now, &mut server.connection, &mut client.connection);
    }
    client.take_events();
    server.take_events();
    [client, server]
}

#[test]
fn two_ends_agree_on_srtp_keys_and_exchange_data() {
    let now = Clock::start().now();
    let [mut client, mut server] = connect(now);
    assert_eq!(client.suite, Some(CipherSuite::EcdheEcdsaAes128Gcm));
    assert_eq!(client.suite, server.suite);

    let (ours, theirs) = (client.srtp.as_ref().unwrap(), server.srtp.as_ref().unwrap());
    let ours_sent: &SrtpMasterKey = ours.local();
    assert_eq!(ours_sent, theirs.remote());
    assert_eq!(ours.remote(), theirs.local());
    assert_ne!(ours.local(), ours.remote());
    assert_eq!(ours.profile(), SrtpProfile::AeadAes256Gcm);
    assert_eq!((ours_sent.key().len(), ours_sent.salt().len()), (32, 12));
    assert_eq!(client.export(), server.export());

    let mut record = client.seal(b"hello").unwrap();
    server.connection.handle_input(now, &mut record);
    server.take_events();
    assert_eq!(server.heard, [Bytes::from_static(b"hello")]);

    client.connection.close(now);
    carry(now, &mut client.connection, &mut server.connection);
    // RFC 5246 §7.2.1: it answers before it tells.
    carry(now, &mut server.connection, &mut client.connection);
    server.take_events();
    assert_eq!(server.closed, Some(CloseReason::Remote));
    let closed: Closed = server.connection.start(now).unwrap_err();
    assert_eq!(closed.reason, CloseReason::Remote);
    assert_eq!(server.seal(b"late"), Err(SealError::Closed(closed)));
    assert_eq!(server.export(), Err(ExportError::Closed(closed)));
    let Stats { dropped, .. } = server.connection.stats();
    assert_eq!(*dropped, Drops::default());
}

/// Randomness of the application's own.
#[derive(Clone)]
struct Counting(u8);

impl EntropySource for Counting {
    fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            self.0 = self.0.wrapping_add(1);
            *octet = self.0;
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(self.clone())
    }
}

#[test]
fn what_goes_wrong_has_a_name() {
    let mut client = End::new(Role::Client, Entropy::from_source(Counting(0))).unwrap();
    let scheme: Scheme = client.connection.config().certificate.scheme();
    assert_eq!(scheme.code(), 0x0403);
    let parsed: Result<Fingerprint, FingerprintError> = "sha-256 00".parse();
    assert!(parsed.is_err());
    let function: Result<HashFunction, UnsupportedHash> = "md5".parse();
    assert!(function.is_err());
    let (limit, actual) = (65_535, 65_536);
    let reason = CloseReason::from(TooLong { limit, actual });
    assert_eq!(reason, CloseReason::OwnMessageTooLong);
    assert_eq!(client.seal(b"early"), Err(SealError::NotConnected));
    assert_eq!(client.export(), Err(ExportError::NotConnected));

    client.connection.start(Instant::EPOCH).unwrap();
    // A fatal alert in the clear: handshake_failure.
    let mut alert = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40];
    client.connection.handle_input(Instant::EPOCH, &mut alert);
    client.take_events();
    let alert = AlertDescription::HANDSHAKE_FAILURE;
    assert_eq!(client.closed, Some(CloseReason::Alert(alert)));

    let mut patient = End::new(Role::Client, Entropy::from_source(Counting(0))).unwrap();
    patient.connection.start(Instant::EPOCH).unwrap();
    let late = Instant::EPOCH + Duration::from_secs(3600);
    patient.connection.handle_timeout(late);
    patient.take_events();
    assert_eq!(patient.closed, Some(CloseReason::Timeout));
}
