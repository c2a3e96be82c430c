//! The datagrams and messages of a handshake, and networks that deliver, lose and repeat.
//!
//! Keys and certificates are new with every run, so these seeds differ each time.

use std::sync::Arc;

use strata_core::{Endpoint as _, Entropy, Instant};
use strata_dtls::{Certificate, Config, Connection, Role};
use strata_fuzz::entropy::Ones;

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let mut seeds = networks();
    for (name, datagram) in NAMES.into_iter().zip(handshake()) {
        for (kind, body) in messages(&datagram) {
            seeds.extend(handshake_seed(kind, &body));
        }
        seeds.push(("dtls_record", name, datagram));
    }
    seeds
}

const NAMES: [&str; 8] = [
    "flight-0", "flight-1", "flight-2", "flight-3", "flight-4", "flight-5", "flight-6", "flight-7",
];

/// Operations of two octets each: deliver the first datagram; go on in time; seal; close.
fn networks() -> Vec<Seed> {
    let deliver = [0, 0].repeat(20);
    let send = [16, 5, 17, 9];
    let lossy = [[8, 0], [12, 255], [0, 0], [0, 0], [6, 0]]
        .concat()
        .repeat(8);
    let clean = [&deliver, &send[..], &deliver, &[14, 0], &deliver].concat();
    let damaged = [&[10, 0, 3, 7][..], &deliver].concat();
    [("clean", clean), ("lossy", lossy), ("damaged", damaged)]
        .map(|(name, bytes)| ("dtls_connection", name, bytes))
        .to_vec()
}

/// The datagrams of a handshake without loss.
fn handshake() -> Vec<Vec<u8>> {
    let certificates: [_; 2] =
        std::array::from_fn(|_| Arc::new(Certificate::generate().expect("randomness")));
    let fingerprints = certificates
        .each_ref()
        .map(|certificate| certificate.fingerprint());
    let [client, server] = certificates;
    let mut ends = [(Role::Client, client), (Role::Server, server)]
        .map(|(role, own)| Connection::new(Config::new(role, own), Entropy::from_source(Ones)));
    let now = Instant::EPOCH;
    ends[0]
        .set_remote_fingerprints(now, &fingerprints[1..])
        .expect("it is open");
    ends[1]
        .set_remote_fingerprints(now, &fingerprints[..1])
        .expect("it is open");
    ends[0].start(now).expect("it is open");
    let mut datagrams = Vec::new();
    for side in [0, 1, 0, 1, 0, 1] {
        let mut out = Vec::new();
        while ends[side].poll_transmit(now, &mut out).is_some() {
            datagrams.push(out.clone());
            ends[1 - side].handle_input(now, &mut out);
            out.clear();
        }
    }
    datagrams
}

/// The whole handshake messages in the clear records of a datagram.
fn messages(mut datagram: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut messages = Vec::new();
    while let Some((header, rest)) = datagram.split_at_checked(13) {
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        let (record, rest) = rest.split_at(length);
        datagram = rest;
        if header[0] == 22 && header[4] == 0 {
            messages.push((record[0], record[12..].to_vec()));
        }
    }
    messages
}

/// A message at the point of a handshake where it belongs.
fn handshake_seed(kind: u8, body: &[u8]) -> Option<Seed> {
    let (place, name) = match kind {
        1 => (0, "client-hello"),
        2 => (4, "server-hello"),
        11 => (5, "certificate"),
        12 => (6, "server-key-exchange"),
        14 => (7, "server-hello-done"),
        16 => (2, "client-key-exchange"),
        _ => return None,
    };
    Some(("dtls_handshake", name, [&[place, kind][..], body].concat()))
}
