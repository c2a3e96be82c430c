//! What comes in the clear while a handshake goes on: left over from an older session on the same addresses, or said by
//! a stack that says more than others.

use core::time::Duration;

use strata_core::Endpoint as _;
use strata_dtls::{CloseReason, Role};

use crate::setup::{Duo, acquainted, both_connected, config, link, pair};

fn started() -> Duo {
    pair(config(Role::Client), config(Role::Server), link(), 0)
}

/// A record.
fn record(kind: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 99];
    record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    record.extend(body);
    record
}

/// RFC 6347 §4.1.2.7: what is invalid is discarded.
fn harmless() -> Vec<(&'static str, Vec<u8>)> {
    let sealed = [7; 40];
    vec![
        ("data of an older session", record(23, 1, &sealed)),
        ("an alert of an older session", record(21, 1, &sealed)),
        (
            "a ChangeCipherSpec of an older session",
            record(20, 0, &[1]),
        ),
        ("a message that no handshake has", {
            record(22, 0, &[99, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0])
        }),
        ("a message far ahead", {
            record(22, 0, &[11, 0, 0, 1, 0, 200, 0, 0, 0, 0, 0, 1, 7])
        }),
        ("a handshake record without a message", record(22, 0, &[])),
        ("data in the clear", record(23, 0, b"hello")),
        ("a warning: no_renegotiation", record(21, 0, &[1, 100])),
        ("a warning: unrecognized_name", record(21, 0, &[1, 112])),
        ("a warning of no known kind", record(21, 0, &[1, 254])),
        ("an alert of no level", record(21, 0, &[3, 40])),
        ("half an alert", record(21, 0, &[1])),
        ("a heartbeat (RFC 6520)", record(24, 0, &[1, 0, 1, 0])),
        ("a connection identifier (RFC 9146)", record(25, 0, &sealed)),
        ("an acknowledgement of DTLS 1.3", record(26, 0, &[0, 0])),
    ]
}

#[test]
fn what_is_left_over_from_an_older_session_is_no_obstacle() {
    for (what, datagram) in harmless() {
        for millis in [0, 10, 30, 60, 80] {
            let mut pair = started();
            pair.run_for(Duration::from_millis(millis)).unwrap();
            pair.inject_to_a(&datagram).unwrap();
            pair.inject_to_b(&datagram).unwrap();
            let connected = pair.run_until(both_connected);
            assert!(connected.is_ok(), "{what} after {millis} ms");
            // Nothing was lost, so nothing goes again.
            assert!(pair.now() - strata_sim::START < Duration::from_millis(200));
        }
    }
}

#[test]
fn a_hello_behind_it_in_the_datagram_is_answered() {
    for (what, mut datagram) in harmless() {
        let (mut client, mut server) = acquainted(config(Role::Client), config(Role::Server));
        let now = strata_sim::START;
        client.start(now).unwrap();
        assert!(client.poll_transmit(now, &mut datagram).is_some());
        server.handle_input(now, &mut datagram);
        let mut answer = Vec::new();
        assert!(server.poll_transmit(now, &mut answer).is_some(), "{what}");
        assert_eq!(answer[13], 2, "{what}: a ServerHello");
    }
}

/// A server that has heard nothing of this client yet believes no alert: whom should it be from?
#[test]
fn an_alert_before_the_hello_ends_nothing() {
    for alert in [[1, 0], [2, 40]] {
        let mut pair = started();
        pair.inject_to_b(&record(21, 0, &alert)).unwrap();
        pair.run_until(both_connected).unwrap();
    }
    // Later it may be from the other side of this handshake, which has given up.
    let mut pair = started();
    pair.run_for(Duration::from_millis(30)).unwrap();
    pair.inject_to_b(&record(21, 0, &[1, 0])).unwrap();
    assert_eq!(pair.b.close_reason(), Some(CloseReason::Remote));
}
