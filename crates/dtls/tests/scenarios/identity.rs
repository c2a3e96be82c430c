//! Fingerprints: right, wrong, late.

use std::time::Duration;

use strata_core::Entropy;
use strata_crypto::fingerprint::HashFunction;
use strata_dtls::{
    AlertDescription, Certificate, CloseReason, Connection, Event, Fingerprint, Role,
};
use strata_sim::{Pair, SeededEntropy};

use crate::setup::{Duo, agreed, both_connected, config, link, millis, told};

/// Neither knows the other's fingerprint.
fn strangers() -> Duo {
    let client = Connection::new(
        config(Role::Client),
        Entropy::from_source(SeededEntropy::new(1)),
    );
    let server = Connection::new(
        config(Role::Server),
        Entropy::from_source(SeededEntropy::new(2)),
    );
    let mut pair = Pair::new(client, server, link(), 0);
    let now = pair.now();
    pair.a.start(now).unwrap();
    pair
}

fn fingerprint(connection: &Connection) -> Fingerprint {
    connection.config().certificate.fingerprint()
}

fn wrong() -> Fingerprint {
    Certificate::generate().unwrap().fingerprint()
}

fn introduce(pair: &mut Duo, to_client: bool, to_server: bool) {
    let now = pair.now();
    if to_client {
        let theirs = fingerprint(&pair.b);
        pair.a.set_remote_fingerprints(now, &[theirs]).unwrap();
    }
    if to_server {
        let theirs = fingerprint(&pair.a);
        pair.b.set_remote_fingerprints(now, &[theirs]).unwrap();
    }
}

#[test]
fn a_late_fingerprint_is_waited_for_by_the_server() {
    let mut pair = strangers();
    introduce(&mut pair, true, false);
    pair.run_for(Duration::from_secs(2)).unwrap();
    assert!(!pair.a.is_connected() && !pair.b.is_connected());
    assert_eq!((&pair.a_events[..], &pair.b_events[..]), (&[][..], &[][..]));
    assert_eq!(pair.b.peer_certificate(), None);
    introduce(&mut pair, false, true);
    assert!(pair.b.is_connected());
    pair.run_until(both_connected).unwrap();
    assert_eq!(millis(pair.now()), 2025);
    assert!(agreed(&pair));
}

#[test]
fn a_late_fingerprint_is_waited_for_by_the_client() {
    let mut pair = strangers();
    introduce(&mut pair, false, true);
    pair.run_for(Duration::from_secs(2)).unwrap();
    assert_eq!((&pair.a_events[..], &pair.b_events[..]), (&[][..], &[][..]));
    introduce(&mut pair, true, false);
    pair.run_until(both_connected).unwrap();
    assert_eq!(millis(pair.now()), 2050);
    assert_eq!(pair.a.stats().timeouts, 0, "it was the client that waited");
}

#[test]
fn both_may_be_late() {
    let mut pair = strangers();
    pair.run_for(Duration::from_secs(1)).unwrap();
    introduce(&mut pair, true, false);
    pair.run_for(Duration::from_secs(1)).unwrap();
    introduce(&mut pair, false, true);
    pair.run_until(both_connected).unwrap();
    assert_eq!(millis(pair.now()), 2025);
}

/// One end meets another than it expects, which it hears before the handshake or in the middle of it.
fn meet_the_wrong_one(who: Role, late: bool) -> Duo {
    let mut pair = strangers();
    introduce(&mut pair, who == Role::Server, who == Role::Client);
    if late {
        pair.run_for(Duration::from_secs(1)).unwrap();
    }
    let now = pair.now();
    let end = match who {
        Role::Client => &mut pair.a,
        Role::Server => &mut pair.b,
    };
    end.set_remote_fingerprints(now, &[wrong()]).unwrap();
    pair.run_until_idle().unwrap();
    let closed = |reason| vec![Event::Closed { reason }];
    let told = [told(&pair.a_events), told(&pair.b_events)];
    let alert = closed(CloseReason::Alert(AlertDescription::BAD_CERTIFICATE));
    let mismatch = closed(CloseReason::FingerprintMismatch);
    match who {
        Role::Client => assert_eq!(told, [mismatch, alert]),
        Role::Server => assert_eq!(told, [alert, mismatch]),
    }
    pair
}

#[test]
fn a_client_tells_nothing_to_the_wrong_server() {
    for late in [false, true] {
        let pair = meet_the_wrong_one(Role::Client, late);
        // The hello and the alert: the client's certificate was not shown.
        assert_eq!(pair.a_to_b.stats().sent, 2);
    }
}

#[test]
fn a_server_believes_nothing_of_the_wrong_client() {
    for late in [false, true] {
        let pair = meet_the_wrong_one(Role::Server, late);
        assert_eq!(pair.b.stats().bytes_received, 0);
    }
}

#[test]
fn one_of_several_fingerprints_is_enough() {
    let mut pair = strangers();
    introduce(&mut pair, true, false);
    let now = pair.now();
    let strong = Fingerprint::of(HashFunction::Sha512, pair.a.config().certificate.der());
    let strangers = Fingerprint::of(HashFunction::Sha512, b"another certificate");
    pair.b
        .set_remote_fingerprints(now, &[wrong(), strangers, strong])
        .unwrap();
    pair.run_until(both_connected).unwrap();
}

#[test]
fn after_the_handshake_it_is_too_late_to_doubt() {
    let mut pair = strangers();
    introduce(&mut pair, true, true);
    pair.run_until(both_connected).unwrap();
    let now = pair.now();
    pair.a.set_remote_fingerprints(now, &[wrong()]).unwrap();
    assert!(pair.a.is_connected());
}
