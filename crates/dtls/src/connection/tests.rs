use std::sync::Arc;

use strata_core::EntropySource;
use strata_crypto::Certificate;

use super::*;
use crate::{
    AlertDescription,
    wire::{
        client_hello::Offer,
        handshake::{MessageType, header},
        record::HEADER_LEN,
    },
};

// They change what a connection with a certificate out of a seed sends.
#[cfg(feature = "deterministic")]
mod choices;
#[cfg(feature = "deterministic")]
mod oversized;

struct Zeros(u8);

impl EntropySource for Zeros {
    fn fill(&mut self, out: &mut [u8]) {
        self.0 = self.0.wrapping_add(1);
        out.fill(self.0);
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self(self.0))
    }
}

fn connection(role: Role) -> Connection {
    let certificate = Arc::new(Certificate::generate().unwrap());
    Connection::new(
        Config::new(role, certificate),
        Entropy::from_source(Zeros(0)),
    )
}

/// Tells one end the other's fingerprint.
fn introduce(end: &mut Connection, other: &Connection) {
    let theirs = other.config().certificate.fingerprint();
    end.set_remote_fingerprints(Instant::EPOCH, &[theirs])
        .unwrap();
}

/// Two ends that know each other's fingerprints.
fn acquainted() -> (Connection, Connection) {
    let (mut client, mut server) = (connection(Role::Client), connection(Role::Server));
    introduce(&mut client, &server);
    introduce(&mut server, &client);
    (client, server)
}

/// What both have to say, so often.
fn shake(now: Instant, client: &mut Connection, server: &mut Connection, times: usize) {
    for _ in 0..times {
        carry(now, client, server);
        carry(now, server, client);
    }
}

fn carry(now: Instant, from: &mut Connection, to: &mut Connection) -> usize {
    let mut count = 0;
    let mut out = Vec::new();
    while from.poll_transmit(now, &mut out).is_some() {
        to.handle_input(now, &mut out);
        out.clear();
        count += 1;
    }
    count
}

/// Both are told that they are connected, with one suite and SRTP keys that mirror each other's.
fn assert_agreed(client: &mut Connection, server: &mut Connection) {
    let [(ours, ours_suite), (theirs, theirs_suite)] =
        [client, server].map(|connection| match connection.poll_event() {
            Some(Event::Connected {
                srtp: Some(keys),
                cipher_suite,
            }) => (keys, cipher_suite),
            other => panic!("{other:?}"),
        });
    assert_eq!(
        (ours.profile(), ours_suite),
        (theirs.profile(), theirs_suite)
    );
    assert_eq!(
        (ours.local(), ours.remote()),
        (theirs.remote(), theirs.local())
    );
    assert_ne!(ours.local(), ours.remote());
}

fn pair() -> (Connection, Connection) {
    let now = Instant::EPOCH;
    let (mut client, mut server) = acquainted();
    client.start(now).unwrap();
    shake(now, &mut client, &mut server, 4);
    assert_eq!((client.close_reason(), server.close_reason()), (None, None));
    assert_agreed(&mut client, &mut server);
    (client, server)
}

/// Sends a protected record that a connection of ours never sends by itself.
fn inject(from: &mut Connection, to: &mut Connection, content_type: ContentType, content: &[u8]) {
    let mut out = Vec::new();
    from.context
        .writer
        .write_current(content_type, &mut out, content)
        .unwrap();
    to.handle_input(Instant::from_millis(1), &mut out);
}

#[test]
fn renegotiation_is_refused_by_both() {
    let (mut client, mut server) = pair();
    let hello = header(MessageType::ClientHello, 0, 0, 0, 0);
    let request = header(MessageType::HelloRequest, 0, 0, 0, 0);
    for message in [hello, request] {
        inject(&mut client, &mut server, ContentType::Handshake, &message);
        inject(&mut server, &mut client, ContentType::Handshake, &message);
    }
    let refusal = Some(Alert::new(AlertDescription::NO_RENEGOTIATION));
    assert_eq!(client.outbox.alert, refusal);
    assert_eq!(server.outbox.alert, refusal);
    // The wrong one of the two is nothing at all to each.
    assert_eq!(client.stats().dropped.unexpected, 1);
    assert_eq!(server.stats().dropped.unexpected, 1);
    // The refusal is a warning: everything goes on.
    let now = Instant::from_millis(2);
    assert_eq!(carry(now, &mut server, &mut client), 1);
    assert_eq!(carry(now, &mut client, &mut server), 1);
    assert!(client.is_connected() && server.is_connected());
}

#[test]
fn protected_alerts_count() {
    for (alert, reason) in [
        (
            [2, 40],
            Some(CloseReason::Alert(AlertDescription::HANDSHAKE_FAILURE)),
        ),
        ([1, 0], Some(CloseReason::Remote)),
        ([2, 0], Some(CloseReason::Remote)),
        ([1, 90], None),
        ([1, 100], None),
        ([1, 41], None),
    ] {
        let (mut client, mut server) = pair();
        inject(&mut client, &mut server, ContentType::Alert, &alert);
        assert_eq!(server.close_reason(), reason);
    }
}

#[test]
fn odd_protected_records_are_dropped_and_counted() {
    let (mut client, mut server) = pair();
    inject(&mut client, &mut server, ContentType::Alert, &[2]);
    inject(
        &mut client,
        &mut server,
        ContentType::ChangeCipherSpec,
        &[1],
    );
    inject(&mut client, &mut server, ContentType::Handshake, &[1, 2, 3]);
    let dropped = server.stats().dropped;
    assert_eq!(
        (dropped.malformed, dropped.unexpected, dropped.fragments),
        (1, 1, 1)
    );
    assert!(server.is_connected());
}

/// RFC 6347 §4.2.6, RFC 5246 §7.4.9.
#[test]
fn a_finished_that_does_not_verify_ends_it() {
    let now = Instant::EPOCH;
    let (mut client, mut server) = acquainted();
    client.start(now).unwrap();
    shake(now, &mut client, &mut server, 1);
    // The server's Finished is its sixth message; this one is sealed by the right key.
    let mut late = Vec::new();
    while client.poll_transmit(now, &mut late).is_some() {}
    server.handle_input(now, &mut late);
    let mut finished = header(MessageType::Finished, 12, 5, 0, 12).to_vec();
    finished.extend([0; 12]);
    inject(&mut server, &mut client, ContentType::Handshake, &finished);
    assert_eq!(client.close_reason(), Some(CloseReason::BadFinished));
    assert!(matches!(
        client.poll_event(),
        None | Some(Event::Closed { .. })
    ));
}

#[test]
fn a_part_of_the_cookie_is_no_cookie() {
    let now = Instant::EPOCH;
    let certificate = Arc::new(Certificate::generate().unwrap());
    let mut config = Config::new(Role::Server, certificate);
    config.cookie_exchange = true;
    let mut server = Connection::new(config, Entropy::from_source(Zeros(0)));
    for (cookie, sequence) in (0..=u8::MAX).zip(0..) {
        let mut body = Vec::new();
        Offer {
            random: &[7; 32],
            cookie: &[cookie],
            cipher_suites: &[0xc02b],
            groups: &[29],
            signature_schemes: &[0x0403],
            srtp_profiles: &[],
        }
        .write(&mut body)
        .unwrap();
        let length = body.len();
        let mut message = header(MessageType::ClientHello, length, sequence, 0, length).to_vec();
        message.extend(body);
        let mut datagram = vec![22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, cookie];
        datagram.extend(u16::try_from(message.len()).unwrap().to_be_bytes());
        datagram.extend(message);
        server.handle_input(now, &mut datagram);
        assert!(matches!(server.state, State::Listening(_)), "{cookie}");
    }
}

#[test]
fn debug_shows_no_secrets() {
    let (client, _) = pair();
    let text = format!("{client:?}");
    assert!(text.contains("master_octets: 48"));
    assert!(!text.contains("pkcs8") && !text.contains("material"));
}

#[test]
fn records_held_back_are_left_alone_until_something_has_changed() {
    let now = Instant::EPOCH;
    let (mut client, mut server) = (connection(Role::Client), connection(Role::Server));
    introduce(&mut client, &server);
    // The server does not know yet whom to believe: it has the keys, and is not connected.
    client.start(now).unwrap();
    shake(now, &mut client, &mut server, 2);
    let record = |length: u8| {
        let mut record = vec![23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, length];
        record.resize(HEADER_LEN + usize::from(length), 0);
        record
    };
    server.handle_input(now, &mut record(100));
    assert!(server.context.writer.protection.is_some() && !server.is_connected());
    // Room that a copy of it would not have.
    server.early.front_mut().unwrap().reserve(10_000);
    // Each empty record would otherwise move all that is held, twice.
    let mut many = record(0).repeat(50);
    server.handle_input(now, &mut many);
    assert!(server.early.front().unwrap().capacity() >= 10_000);
    assert_eq!(server.early.len(), server.config().limits.early_records);
}

#[test]
fn a_fingerprint_that_changes_before_the_end_counts() {
    let now = Instant::EPOCH;
    let (mut client, mut server) = (connection(Role::Client), connection(Role::Server));
    let other = Certificate::generate().unwrap().fingerprint();
    introduce(&mut client, &server);
    server
        .set_remote_fingerprints(now, &[client.config().certificate.fingerprint()])
        .unwrap();
    client.start(now).unwrap();
    shake(now, &mut client, &mut server, 1);
    // The client has believed the first one already, and waits for the server's Finished.
    client.set_remote_fingerprints(now, &[other]).unwrap();
    shake(now, &mut client, &mut server, 1);
    assert_eq!(
        client.close_reason(),
        Some(CloseReason::FingerprintMismatch)
    );
}

#[test]
fn an_empty_list_of_fingerprints_takes_none_back() {
    let now = Instant::EPOCH;
    let (mut client, mut server) = acquainted();
    server.set_remote_fingerprints(now, &[]).unwrap();
    client.start(now).unwrap();
    shake(now, &mut client, &mut server, 2);
    assert!(server.is_connected() && client.is_connected());
}
