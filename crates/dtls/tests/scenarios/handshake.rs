//! Handshakes over a good link, to the millisecond.

use std::time::Duration;

use strata_core::{Endpoint as _, Entropy};
use strata_dtls::{Connection, Event, Role};
use strata_sim::{Pair, SeededEntropy, Verdict};

use crate::setup::{
    agreed, both_connected, config, connected, link, millis, pair, plain, seal, told,
};

#[test]
fn a_handshake_takes_two_round_trips() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    pair.run_until(both_connected).unwrap();
    let (client, server) = (&pair.a_events[0], &pair.b_events[0]);
    assert_eq!((millis(server.0), millis(client.0)), (75, 100));
    assert!(agreed(&pair), "the same keys on both sides");
    assert!(matches!(
        pair.a_events[0].1,
        Event::Connected { srtp: Some(_), .. }
    ));
    assert_eq!(
        pair.a.peer_certificate(),
        Some(pair.b.config().certificate.der())
    );
    assert_eq!(
        pair.b.peer_certificate(),
        Some(pair.a.config().certificate.der())
    );
    // Nothing runs on.
    pair.run_until_idle().unwrap();
    assert_eq!(millis(pair.now()), 100);
    assert_eq!(pair.a.stats().timeouts + pair.b.stats().timeouts, 0);
}

#[test]
fn a_cookie_takes_one_more() {
    let mut server = config(Role::Server);
    server.cookie_exchange = true;
    let mut pair = pair(config(Role::Client), server, link(), 0);
    pair.run_until(both_connected).unwrap();
    assert_eq!(millis(pair.b_events[0].0), 125);
    assert_eq!(millis(pair.a_events[0].0), 150);
}

#[test]
fn a_server_that_wants_a_cookie_is_no_amplifier() {
    let mut server = config(Role::Server);
    server.cookie_exchange = true;
    let mut pair = pair(config(Role::Client), server, link(), 0);
    pair.a_to_b.drop_indices(1..1000);
    assert!(pair.run_for(Duration::from_secs(20)).is_ok());
    let (asked, answered) = (pair.a_to_b.stats(), pair.b_to_a.stats());
    assert!(asked.sent > 3);
    assert_eq!(answered.sent, 1, "no timer of the server's runs");
    assert!(answered.sent_bytes < asked.sent_bytes);
}

/// RFC 6347 §4.2.3.
#[test]
fn a_small_mtu_cuts_messages() {
    for mtu in [128, 200, 577] {
        let (mut client, mut server) = (config(Role::Client), config(Role::Server));
        (client.mtu, server.mtu) = (mtu, mtu);
        let mut pair = pair(client, server, link().mtu(mtu), 0);
        pair.run_until(both_connected).unwrap();
        assert_eq!(pair.b_to_a.stats().dropped_mtu, 0);
        assert_eq!(millis(pair.now()), 100);
    }
}

#[test]
fn data_goes_both_ways_and_is_exported_alike() {
    let mut pair = plain();
    let record = seal(&mut pair.a, b"ping");
    pair.inject_to_b(&record).unwrap();
    let record = seal(&mut pair.b, b"pong");
    pair.inject_to_a(&record).unwrap();
    let (a, b) = (told(&pair.a_events), told(&pair.b_events));
    assert_eq!(a, [Event::ApplicationData(b"pong"[..].into())]);
    assert_eq!(b, [Event::ApplicationData(b"ping"[..].into())]);

    let export = |connection: &Connection, context: Option<&[u8]>| {
        let mut out = [0; 40];
        connection
            .export_keying_material(b"label", context, &mut out)
            .unwrap();
        out
    };
    assert_eq!(export(&pair.a, None), export(&pair.b, None));
    assert_eq!(export(&pair.a, Some(b"x")), export(&pair.b, Some(b"x")));
    assert_ne!(export(&pair.a, None), export(&pair.a, Some(b"")));
}

#[test]
fn a_closure_gets_the_data_where_it_is() {
    let mut pair = plain();
    let mut datagram = seal(&mut pair.a, b"one");
    datagram.extend(seal(&mut pair.a, b"two"));
    let mut got = Vec::new();
    let now = pair.now();
    pair.b
        .handle_input_with(now, &mut datagram, |data| got.push(data.to_vec()));
    assert_eq!(got, [b"one", b"two"]);
    assert_eq!(pair.b.poll_event(), None);
    assert_eq!(pair.b.stats().bytes_received, 6);
}

#[test]
fn nothing_is_sealed_for_a_closure_that_declines() {
    let mut pair = plain();
    let mut out = b"before".to_vec();
    let sealed = pair.a.seal(&mut out, |out| {
        out.extend_from_slice(b"half a packet");
        None::<()>
    });
    assert_eq!((sealed, &out[..]), (Ok(None), &b"before"[..]));
    let record = seal(&mut pair.a, b"whole");
    pair.inject_to_b(&record).unwrap();
    assert_eq!(pair.b_events.len(), 1);
}

#[test]
fn data_that_overtakes_the_end_of_the_handshake_waits_for_it() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    // The server's Finished takes another second; what it says next does not.
    pair.b_to_a.set_filter(|sent| match sent.index {
        0 => Verdict::Pass,
        _ => Verdict::Hold(Duration::from_secs(1)),
    });
    pair.run_until(|pair| pair.b.is_connected()).unwrap();
    let record = seal(&mut pair.b, b"early");
    pair.inject_to_a(&record).unwrap();
    assert_eq!(pair.a_events, []);
    pair.run_until(both_connected).unwrap();
    let events = told(&pair.a_events);
    assert!(matches!(events[0], Event::Connected { .. }));
    assert_eq!(events[1], Event::ApplicationData(b"early"[..].into()));
}

/// RFC 6347 §4.2.2: messages wait for their turn.
#[test]
fn flights_may_arrive_backwards() {
    let (mut client, mut server) = (config(Role::Client), config(Role::Server));
    (client.mtu, server.mtu) = (150, 150);
    let mut pair = pair(client, server, link(), 0);
    // Each datagram is overtaken by the one after it; the last of a flight by none.
    for link in [&mut pair.a_to_b, &mut pair.b_to_a] {
        link.set_filter(|sent| {
            Verdict::Hold(Duration::from_millis(30_u64.saturating_sub(sent.index)))
        });
    }
    pair.run_until(both_connected).unwrap();
    assert_eq!(pair.a.stats().timeouts + pair.b.stats().timeouts, 0);
    assert_eq!(pair.b.stats().dropped.early, 0);
}

#[test]
fn the_client_starts_once() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    let now = pair.now();
    pair.a.start(now).unwrap();
    pair.b.start(now).unwrap();
    pair.run_until(both_connected).unwrap();
    pair.a.start(now).unwrap();
    assert!(pair.a.is_connected());
}

#[test]
fn nothing_happens_without_a_start() {
    let client = Connection::new(
        config(Role::Client),
        Entropy::from_source(SeededEntropy::new(1)),
    );
    let server = Connection::new(
        config(Role::Server),
        Entropy::from_source(SeededEntropy::new(2)),
    );
    let mut pair = Pair::new(client, server, link(), 0);
    pair.run_for(Duration::from_hours(1)).unwrap();
    assert_eq!(pair.steps(), 0);
}

#[test]
fn every_suite_and_group_connects() {
    for suite in strata_dtls::CipherSuite::ALL.into_iter().take(3) {
        for group in [
            strata_dtls::Group::X25519,
            strata_dtls::Group::Secp256r1,
            strata_dtls::Group::Secp384r1,
        ] {
            let mut server = config(Role::Server);
            server.cipher_suites = vec![suite];
            server.groups = vec![group];
            let mut pair = connected(config(Role::Client), server);
            let record = seal(&mut pair.a, b"data");
            pair.inject_to_b(&record).unwrap();
            assert_eq!(
                told(&pair.b_events),
                [Event::ApplicationData(b"data"[..].into())]
            );
        }
    }
}
