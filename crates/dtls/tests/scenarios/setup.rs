//! What the scenarios share.

use std::{sync::Arc, time::Duration};

use strata_core::{Entropy, Instant};
use strata_dtls::{Certificate, Config, Connection, Event, Role};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

pub(crate) type Duo = Pair<Connection, Connection>;

pub(crate) const DELAY: Duration = Duration::from_millis(25);

pub(crate) fn config(role: Role) -> Config {
    Config::new(role, Arc::new(Certificate::generate().unwrap()))
}

/// The same with a certificate out of a seed, so that all keys come from the entropy that is injected.
pub(crate) fn seeded_config(role: Role) -> Config {
    let seed = match role {
        Role::Client => [1; 32],
        Role::Server => [2; 32],
    };
    Config::new(role, Arc::new(Certificate::from_seed(&seed).unwrap()))
}

/// A link of 25 ms that does nothing bad.
pub(crate) fn link() -> LinkConfig {
    LinkConfig::new().delay(DELAY)
}

/// A client and a server that know each other's fingerprints; the client is not started.
pub(crate) fn acquainted(client: Config, server: Config) -> (Connection, Connection) {
    let (ours, theirs) = (client.certificate.clone(), server.certificate.clone());
    let mut client = Connection::new(client, Entropy::from_source(SeededEntropy::new(1)));
    let mut server = Connection::new(server, Entropy::from_source(SeededEntropy::new(2)));
    client
        .set_remote_fingerprints(strata_sim::START, &[theirs.fingerprint()])
        .unwrap();
    server
        .set_remote_fingerprints(strata_sim::START, &[ours.fingerprint()])
        .unwrap();
    (client, server)
}

/// The same over a link, started: `a` is the client.
pub(crate) fn pair(client: Config, server: Config, link: LinkConfig, seed: u64) -> Duo {
    let (client, server) = acquainted(client, server);
    let mut pair = Pair::new(client, server, link, seed);
    let now = pair.now();
    pair.a.start(now).unwrap();
    pair
}

/// A pair that has connected.
pub(crate) fn connected(client: Config, server: Config) -> Duo {
    let mut pair = pair(client, server, link(), 0);
    pair.run_until(both_connected).unwrap();
    pair.a_events.clear();
    pair.b_events.clear();
    pair
}

pub(crate) fn plain() -> Duo {
    connected(config(Role::Client), config(Role::Server))
}

pub(crate) fn both_connected(pair: &mut Duo) -> bool {
    pair.a.is_connected() && pair.b.is_connected()
}

/// A sealed record.
pub(crate) fn seal(connection: &mut Connection, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let sealed = connection.seal(&mut out, |out| {
        out.extend_from_slice(data);
        Some(())
    });
    assert_eq!(sealed, Ok(Some(())));
    assert_eq!(out.len(), data.len() + connection.overhead());
    out
}

/// Whether both have been told that they are connected and nothing else, with one suite and the keys of each other.
pub(crate) fn agreed(pair: &Duo) -> bool {
    let (ours, theirs) = (told(&pair.a_events), told(&pair.b_events));
    let [(ours, ours_suite), (theirs, theirs_suite)] = [&ours[..], &theirs[..]].map(|told| {
        let [
            Event::Connected {
                srtp, cipher_suite, ..
            },
        ] = told
        else {
            panic!("{told:?}");
        };
        (srtp, cipher_suite)
    });
    let mirrored = match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            let profiles = (ours.profile(), theirs.profile());
            profiles.0 == profiles.1
                && ours.local() == theirs.remote()
                && ours.remote() == theirs.local()
                && ours.local() != ours.remote()
        }
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    };
    mirrored && ours_suite == theirs_suite
}

/// The events without their times.
pub(crate) fn told(events: &[(Instant, Event)]) -> Vec<Event> {
    events.iter().map(|(_, event)| event.clone()).collect()
}

/// Milliseconds from the start.
pub(crate) fn millis(at: Instant) -> u128 {
    at.duration_since(strata_sim::START).as_millis()
}
