//! Ends, in order and otherwise.

use strata_core::Endpoint as _;
use strata_dtls::{
    AlertDescription, CloseReason, Closed, Event, ExportError, Limits, Role, SealError,
};

use crate::setup::{config, connected, link, millis, pair, plain, seal, told};

#[test]
fn close_notify_goes_both_ways() {
    let mut pair = plain();
    let (a_sent, b_sent) = (pair.a_to_b.stats().sent, pair.b_to_a.stats().sent);
    let now = pair.now();
    pair.a.close(now);
    pair.a.close(now);
    pair.run_until_idle().unwrap();
    let closed = |reason| vec![Event::Closed { reason }];
    assert_eq!(told(&pair.a_events), closed(CloseReason::Local));
    assert_eq!(told(&pair.b_events), closed(CloseReason::Remote));
    assert_eq!(millis(pair.b_events[0].0), millis(pair.a_events[0].0) + 25);
    assert_eq!(pair.a_to_b.stats().sent, a_sent + 1);
    assert_eq!(pair.b_to_a.stats().sent, b_sent + 1, "the answer");
    assert_eq!(pair.a.stats().dropped.closed, 1, "which nobody needs");
}

#[test]
fn after_the_end_there_is_nothing() {
    let mut pair = plain();
    let record = seal(&mut pair.b, b"too late");
    let now = pair.now();
    pair.a.close(now);
    pair.drain().unwrap();
    pair.a_events.clear();
    pair.inject_to_a(&record).unwrap();
    assert_eq!(pair.a_events, []);
    let mut out = Vec::new();
    let closed: Closed = pair.a.start(now).unwrap_err();
    assert_eq!(closed.reason, CloseReason::Local);
    assert_eq!(
        pair.a.seal(&mut out, |_| Some(())),
        Err(SealError::Closed(closed))
    );
    assert_eq!(
        pair.a.export_keying_material(b"label", None, &mut out),
        Err(ExportError::Closed(closed))
    );
    assert_eq!(pair.a.close_reason(), Some(closed.reason));
    let fingerprint = pair.b.config().certificate.fingerprint();
    let late = pair.a.set_remote_fingerprints(now, &[fingerprint]);
    assert_eq!(late, Err(closed));
    assert_eq!(pair.a.poll_timeout(), None);
    assert_eq!(pair.a.poll_transmit(now, &mut out), None);
    assert_eq!(pair.a.poll_event(), None);
}

#[test]
fn a_handshake_can_be_abandoned() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    pair.run_for(crate::setup::DELAY).unwrap();
    let now = pair.now();
    pair.b.close(now);
    pair.run_until_idle().unwrap();
    let closed = |reason| vec![Event::Closed { reason }];
    assert_eq!(told(&pair.b_events), closed(CloseReason::Local));
    assert_eq!(told(&pair.a_events), closed(CloseReason::Remote));
}

#[test]
fn a_connection_that_never_began_ends_in_silence() {
    for role in [Role::Client, Role::Server] {
        let (mut client, mut server) =
            crate::setup::acquainted(config(Role::Client), config(Role::Server));
        let one = if role == Role::Client {
            &mut client
        } else {
            &mut server
        };
        one.close(strata_sim::START);
        let mut out = Vec::new();
        assert_eq!(one.poll_transmit(strata_sim::START, &mut out), None);
        assert_eq!(
            one.poll_event(),
            Some(Event::Closed {
                reason: CloseReason::Local
            })
        );
        assert_eq!(one.poll_event(), None);
    }
}

#[test]
fn before_there_are_keys_nothing_is_sealed_or_exported() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    let mut out = Vec::new();
    assert_eq!(
        pair.a.seal(&mut out, |_| Some(())),
        Err(SealError::NotConnected)
    );
    assert_eq!(
        pair.a.export_keying_material(b"label", None, &mut out),
        Err(ExportError::NotConnected)
    );
}

/// RFC 9147 §4.5.3
#[test]
fn a_key_is_used_only_so_often_and_says_so_before() {
    let mut client = config(Role::Client);
    client.limits = Limits {
        sealed_records: 20,
        ..Limits::default()
    };
    let mut pair = connected(client, config(Role::Server));
    // The Finished was the first.
    for sealed in 2..=20 {
        seal(&mut pair.a, b"data");
        pair.drain().unwrap();
        let limit = 20;
        let warning = Event::KeyRunsOut { sealed, limit };
        let told = if sealed == 18 { vec![warning] } else { vec![] };
        assert_eq!(told, crate::setup::told(&pair.a_events), "{sealed}");
        pair.a_events.clear();
    }
    let mut out = b"before".to_vec();
    assert_eq!(
        pair.a.seal(&mut out, |_| Some(())),
        Err(SealError::KeyExhausted)
    );
    assert_eq!(out, b"before");
    pair.run_until_idle().unwrap();
    let closed = |reason| vec![Event::Closed { reason }];
    assert_eq!(told(&pair.a_events), closed(CloseReason::KeyExhausted));
    assert_eq!(
        told(&pair.b_events),
        closed(CloseReason::Alert(AlertDescription::INTERNAL_ERROR))
    );
}

#[test]
fn a_record_holds_so_much() {
    let mut pair = plain();
    let mut out = b"before".to_vec();
    let sealed = pair.a.seal(&mut out, |out| {
        out.resize(out.len() + 16385, 0);
        Some(())
    });
    assert_eq!(sealed, Err(SealError::TooLong { actual: 16385 }));
    assert_eq!(out, b"before");
    let record = seal(&mut pair.a, &[7; 16384]);
    pair.inject_to_b(&record).unwrap();
    assert_eq!(
        told(&pair.b_events),
        [Event::ApplicationData(vec![7; 16384].into())]
    );
}
