//! Handshakes that do not come to an end by themselves.

use std::time::Duration;

use strata_core::{Endpoint as _, Entropy, Instant};
use strata_dtls::{AlertDescription, CloseReason, Connection, Event, Role};
use strata_sim::{Pair, SeededEntropy};

use crate::setup::{Duo, acquainted, config, link, millis, told};

/// Two ends, each of which may know the other's fingerprint or not; the client is started.
fn pair_with(client_knows: bool, server_knows: bool, server_timeout: Duration) -> Duo {
    let (client, mut server) = (config(Role::Client), config(Role::Server));
    server.handshake_timeout = server_timeout;
    let (ours, theirs) = (client.certificate.clone(), server.certificate.clone());
    let mut client = Connection::new(client, Entropy::from_source(SeededEntropy::new(1)));
    let mut server = Connection::new(server, Entropy::from_source(SeededEntropy::new(2)));
    if client_knows {
        client
            .set_remote_fingerprints(strata_sim::START, &[theirs.fingerprint()])
            .unwrap();
    }
    if server_knows {
        server
            .set_remote_fingerprints(strata_sim::START, &[ours.fingerprint()])
            .unwrap();
    }
    let mut pair = Pair::new(client, server, link(), 0);
    pair.a.start(strata_sim::START).unwrap();
    pair
}

fn pair(client_knows: bool, server_knows: bool) -> Duo {
    pair_with(client_knows, server_knows, Duration::from_secs(30))
}

fn closed(reason: CloseReason) -> Event {
    Event::Closed { reason }
}

/// Whatever is missing, from whichever datagram on: an end that has begun is connected, or closed after 30 s.
#[test]
fn every_state_of_a_handshake_has_an_end() {
    let flags = [true, false];
    for (client_knows, server_knows) in flags
        .into_iter()
        .flat_map(|one| flags.map(|two| (one, two)))
    {
        for (from_client, from_server) in (0..4).flat_map(|one| (0..4).map(move |two| (one, two))) {
            let mut pair = pair(client_knows, server_knows);
            pair.b.start(strata_sim::START).unwrap();
            pair.a_to_b.drop_indices(from_client..1000);
            pair.b_to_a.drop_indices(from_server..1000);
            pair.run_for(Duration::from_mins(1)).unwrap();
            let case = format!("{client_knows} {server_knows} {from_client} {from_server}");
            // With all but the peer's word there, or with its flights.
            let heard = [
                from_server > 0 && from_client > 0,
                from_client > 1 && from_server > 0,
            ];
            for (end, events, knows, heard) in [
                (&pair.a, &pair.a_events, client_knows, heard[0]),
                (
                    &pair.b,
                    &pair.b_events,
                    server_knows,
                    heard[1] && client_knows,
                ),
            ] {
                assert_eq!(end.poll_timeout(), None, "{case}");
                if end.is_connected() {
                    assert!(knows, "{case}");
                    continue;
                }
                let (at, event) = events.last().unwrap();
                let reason = if heard && !knows {
                    CloseReason::NoFingerprint
                } else {
                    CloseReason::Timeout
                };
                assert_eq!(*event, closed(reason), "{case}");
                assert_eq!(millis(*at), 30_000, "{case}");
            }
        }
    }
}

#[test]
fn a_peer_hears_that_its_fingerprint_was_never_told() {
    let mut pair = pair_with(false, true, Duration::from_mins(1));
    pair.run_until_idle().unwrap();
    assert_eq!(millis(pair.a_events[0].0), 30_000);
    assert_eq!(told(&pair.a_events), [closed(CloseReason::NoFingerprint)]);
    let unknown = CloseReason::Alert(AlertDescription::CERTIFICATE_UNKNOWN);
    assert_eq!(millis(pair.b_events[0].0), 30_025);
    assert_eq!(told(&pair.b_events), [closed(unknown)]);
}

#[test]
fn a_server_that_was_not_started_counts_from_the_hello() {
    let mut pair = pair(true, true);
    pair.a_to_b.drop_indices(1..1000);
    pair.run_until_idle().unwrap();
    assert_eq!(millis(pair.b_events[0].0), 30_025);
    assert_eq!(told(&pair.b_events), [closed(CloseReason::Timeout)]);
}

#[test]
fn a_started_server_whose_client_never_comes_says_nothing_to_it() {
    let (_, mut server) = acquainted(config(Role::Client), config(Role::Server));
    server.start(strata_sim::START).unwrap();
    let end = strata_sim::START + Duration::from_secs(30);
    assert_eq!(server.poll_timeout(), Some(end));
    server.handle_timeout(end);
    assert_eq!(server.poll_transmit(end, &mut Vec::new()), None);
    assert_eq!(server.poll_event(), Some(closed(CloseReason::Timeout)));
}

#[test]
fn a_done_handshake_has_no_deadline() {
    let mut pair = pair(true, true);
    pair.b.start(strata_sim::START).unwrap();
    pair.run_for(Duration::from_hours(1)).unwrap();
    assert!(pair.a.is_connected() && pair.b.is_connected());
}

/// All that it has to send at the start, each datagram to the other, at this time.
fn carry(from: &mut Connection, to: &mut Connection, now: Instant) {
    let mut datagram = Vec::new();
    while from
        .poll_transmit(strata_sim::START, &mut datagram)
        .is_some()
    {
        to.handle_input(now, &mut datagram);
        datagram.clear();
    }
}

/// The deadline counts, not when somebody looked at it.
#[test]
fn what_comes_after_the_deadline_comes_too_late() {
    let start = strata_sim::START;
    let late = start + Duration::from_secs(30);
    for too_late in [false, true] {
        let (mut client, mut server) = acquainted(config(Role::Client), config(Role::Server));
        client.start(start).unwrap();
        carry(&mut client, &mut server, start);
        let now = if too_late { late } else { start };
        carry(&mut server, &mut client, now);
        let reason = too_late.then_some(CloseReason::Timeout);
        assert_eq!(client.close_reason(), reason);
        assert_eq!(client.stats().dropped.closed, u64::from(too_late));
    }
    for too_late in [false, true] {
        let mut client = Connection::new(
            config(Role::Client),
            Entropy::from_source(SeededEntropy::new(1)),
        );
        let mut server = Connection::new(
            config(Role::Server),
            Entropy::from_source(SeededEntropy::new(2)),
        );
        client.start(start).unwrap();
        carry(&mut client, &mut server, start);
        carry(&mut server, &mut client, start);
        let now = if too_late { late } else { start };
        let fingerprint = server.config().certificate.fingerprint();
        let told = client.set_remote_fingerprints(now, &[fingerprint]);
        assert_eq!(told.is_err(), too_late);
        let reason = too_late.then_some(CloseReason::NoFingerprint);
        assert_eq!(client.close_reason(), reason);
    }
}

/// Whichever datagrams came before it: ten minutes without a path cost a handshake nothing.
#[test]
fn a_handshake_stands_still_without_a_path() {
    for (from_client, from_server) in (0..4).flat_map(|one| (0..4).map(move |two| (one, two))) {
        let mut pair = pair(true, true);
        pair.b.start(strata_sim::START).unwrap();
        pair.a_to_b.drop_indices(from_client..1000);
        pair.b_to_a.drop_indices(from_server..1000);
        pair.run_for(Duration::from_secs(29)).unwrap();
        let now = pair.now();
        let timeouts = pair.a.stats().timeouts;
        pair.a.suspend(now);
        pair.b.suspend(now);
        assert_eq!(pair.a.poll_timeout(), None);
        pair.run_for(Duration::from_mins(10)).unwrap();
        let now = pair.now();
        pair.a.handle_timeout(now);
        pair.b.handle_timeout(now);
        assert_eq!(pair.a.stats().timeouts, timeouts);
        pair.a_to_b.clear_filter();
        pair.b_to_a.clear_filter();
        // What is lost then goes again soon.
        pair.a_to_b.drop_next(1);
        pair.a.resume(now);
        pair.b.resume(now);
        // One second is left.
        pair.run_for(Duration::from_secs(1)).unwrap();
        let case = format!("{from_client} {from_server}");
        assert!(pair.a.is_connected() && pair.b.is_connected(), "{case}");
    }
}

#[test]
fn what_was_left_of_the_time_is_left_after_an_outage() {
    for before in [0, 10, 29] {
        let mut pair = pair(true, true);
        pair.cut();
        pair.run_for(Duration::from_secs(before)).unwrap();
        let now = pair.now();
        pair.a.suspend(now);
        pair.run_for(Duration::from_mins(10)).unwrap();
        let now = pair.now();
        pair.a.resume(now);
        pair.run_until_idle().unwrap();
        assert_eq!(told(&pair.a_events), [closed(CloseReason::Timeout)]);
        assert_eq!(millis(pair.a_events[0].0), 630_000);
    }
}

/// Its end is told all the same.
#[test]
fn a_connection_can_be_closed_without_a_path() {
    let mut pair = pair(true, true);
    pair.run_for(Duration::from_millis(30)).unwrap();
    let now = pair.now();
    pair.a.suspend(now);
    pair.a.close(now);
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(told(&pair.a_events), [closed(CloseReason::Local)]);
}
