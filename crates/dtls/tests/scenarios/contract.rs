//! The rules of every engine.

use strata_core::{Endpoint as _, Entropy};
use strata_dtls::{Connection, Group, Role};
use strata_sim::{
    SeededEntropy,
    contract::{Check, Coverage, sum},
};

use crate::setup::{config, seeded_config};

/// What two connections may hold: parts of messages, and 16 KiB each for the rest.
const HEAP_BYTES: i64 = 2 * (32 + 16) * 1024;

/// Makes a first record that is whole, and its fragment too (RFC 6347 §4.1, §4.2.2): there is nothing to sign before
/// the keys, and nobody can after.
fn repair(datagram: &mut [u8]) {
    if let Some([kind, versions @ ..]) = datagram.first_chunk_mut::<3>() {
        *kind = 20 + *kind % 4;
        *versions = [0xfe, 0xfd];
    }
    let Some((header, body)) = datagram.split_first_chunk_mut::<13>() else {
        return;
    };
    let length = u16::from_be_bytes([header[11], header[12]]);
    if usize::from(length) > body.len() {
        let length = u16::try_from(body.len()).unwrap();
        header[11..].copy_from_slice(&length.to_be_bytes());
    }
    let record = usize::from(u16::from_be_bytes([header[11], header[12]]));
    if header[0] == 22 && header[3..5] == [0, 0] && record >= 12 {
        let [_, length @ ..] = u32::try_from(record - 12).unwrap().to_be_bytes();
        body[9..12].copy_from_slice(&length);
    }
}

/// The first record, and in the clear the message in it.
fn kind(datagram: &[u8]) -> String {
    match datagram {
        [22, _, _, 0, 0, _, _, _, _, _, _, _, _, message, ..] => format!("handshake {message}"),
        [22, ..] => "sealed handshake".to_owned(),
        [20, ..] => "change cipher spec".to_owned(),
        [21, _, _, 0, 0, ..] => "alert in the clear".to_owned(),
        [21, ..] => "sealed alert".to_owned(),
        [23, ..] => "application data".to_owned(),
        _ => "other".to_owned(),
    }
}

/// Checks two connections that are left alone for so many steps before they are flooded.
fn check(quiet: u32) -> Coverage {
    let mut configs = [Role::Client, Role::Server].map(seeded_config);
    for config in &mut configs {
        config.limits.reassembly_bytes = 32 * 1024;
    }
    let state = |connection: &Connection| {
        let reason = connection
            .close_reason()
            .map(|reason| format!("{reason:?}"));
        let open = if connection.is_connected() {
            "connected"
        } else {
            "connecting"
        };
        reason.unwrap_or_else(|| open.to_owned())
    };
    let dropped = |connection: &Connection| sum(&connection.stats().dropped);
    let fingerprints = configs.each_ref().map(|one| one.certificate.fingerprint());
    Check::new(|entropy: &mut Entropy| {
        let [client, server] = configs.clone();
        let mut client = Connection::new(client, entropy.fork());
        let mut server = Connection::new(server, entropy.fork());
        let [ours, theirs] = fingerprints;
        client
            .set_remote_fingerprints(strata_sim::START, &[theirs])
            .unwrap();
        client.start(strata_sim::START).unwrap();
        if entropy.below(2) == 0 {
            server
                .set_remote_fingerprints(strata_sim::START, &[ours])
                .unwrap();
        }
        (client, server)
    })
    .drive(|client, server, now, dice| match dice.below(64) {
        0 => drop(server.set_remote_fingerprints(now, &[fingerprints[0]])),
        1 if dice.below(32) == 0 => client.close(now),
        2 if dice.below(32) == 0 => server.close(now),
        32 if dice.below(8) == 0 => client.suspend(now),
        33 if dice.below(8) == 0 => server.suspend(now),
        34 => client.resume(now),
        35 => server.resume(now),
        36 => server.path_changed(now),
        3..32 => {
            // What one seals the other gets at once: there is no other way from hand to hand here.
            let mut record = Vec::new();
            let sealed = client.seal(&mut record, |out| {
                out.resize(out.len() + 1000, 7);
                Some(())
            });
            if sealed.is_ok() {
                server.handle_input(now, &mut record);
            }
        }
        _ => {}
    })
    .repair(|_, datagram| repair(datagram))
    .dropped(dropped, dropped)
    .states(state, state)
    .kinds(kind)
    .undrained(64)
    .heap(HEAP_BYTES, |work| {
        allocation_counter::measure(work).bytes_current
    })
    .quiet(quiet)
    .run()
    .unwrap()
}

#[test]
fn the_contract_is_kept() {
    let coverage = check(100);
    for kind in [
        "handshake 1",
        "handshake 2",
        "handshake 11",
        "change cipher spec",
    ] {
        assert!(coverage.accepted[kind].honest > 0, "{kind}: {coverage:?}");
    }
    for state in [
        "connecting",
        "connected",
        "Local",
        "Remote",
        "Timeout",
        "FingerprintMismatch",
    ] {
        assert!(coverage.states.contains(state), "{state}: {coverage:?}");
    }
    // Once connected nobody comes past the door who has no keys, and nothing grows before it.
    assert!(coverage.longest_flood > 10_000, "{coverage:?}");
    assert!(coverage.event("ApplicationData") > 1000, "{coverage:?}");
}

#[test]
fn the_contract_is_kept_in_a_flood_of_handshakes() {
    let coverage = check(0);
    for kind in [
        "handshake 1",
        "handshake 11",
        "change cipher spec",
        "alert in the clear",
    ] {
        assert!(coverage.accepted[kind].forged > 0, "{kind}: {coverage:?}");
    }
    for state in [
        "Decode",
        "UnexpectedMessage",
        "BadSignature",
        "Alert(DECODE_ERROR)",
    ] {
        assert!(coverage.states.contains(state), "{state}: {coverage:?}");
    }
    assert!(coverage.past_the_door > 50, "{coverage:?}");
}

/// All that the two ends send in a handshake with this group.
fn handshake(group: Group, seed: u64, seeded: bool) -> Vec<u8> {
    let make = if seeded { seeded_config } else { config };
    let [client, mut server] = [Role::Client, Role::Server].map(make);
    server.groups = vec![group];
    let (ours, theirs) = (
        client.certificate.fingerprint(),
        server.certificate.fingerprint(),
    );
    let now = strata_sim::START;
    let mut client = Connection::new(client, Entropy::from_source(SeededEntropy::new(seed)));
    let mut server = Connection::new(server, Entropy::from_source(SeededEntropy::new(seed + 1)));
    client.set_remote_fingerprints(now, &[theirs]).unwrap();
    server.set_remote_fingerprints(now, &[ours]).unwrap();
    client.start(now).unwrap();
    let (mut sent, mut datagram) = (Vec::new(), Vec::new());
    while !client.is_connected() {
        for [from, to] in [[0, 1], [1, 0]] {
            let ends = [&mut client, &mut server];
            while ends[from].poll_transmit(now, &mut datagram).is_some() {
                sent.extend_from_slice(&datagram);
                ends[to].handle_input(now, &mut datagram);
                datagram.clear();
            }
        }
    }
    sent
}

#[test]
fn a_seeded_handshake_repeats_to_the_octet() {
    for group in [Group::X25519, Group::Secp256r1, Group::Secp384r1] {
        let once = handshake(group, 1, true);
        assert_eq!(once, handshake(group, 1, true));
        // Not because nothing is random: other seeds, other keys.
        assert_ne!(once, handshake(group, 3, true));
        assert_ne!(handshake(group, 1, false), handshake(group, 1, false));
    }
}
