//! The rules of every engine.

use strata_core::Entropy;
use strata_dtls::Role;
use strata_sim::contract::Check;

use crate::setup::config;

#[test]
fn the_contract_is_kept() {
    let configs = [Role::Client, Role::Server].map(config);
    let fingerprints = configs.each_ref().map(|one| one.certificate.fingerprint());
    let coverage = Check::new(|entropy: &mut Entropy| {
        let [client, server] = configs.clone();
        let mut client = strata_dtls::Connection::new(client, entropy.fork());
        let mut server = strata_dtls::Connection::new(server, entropy.fork());
        let [ours, theirs] = fingerprints;
        client.set_remote_fingerprints(strata_sim::START, &[theirs]);
        client.start(strata_sim::START);
        if entropy.below(2) == 0 {
            server.set_remote_fingerprints(strata_sim::START, &[ours]);
        }
        (client, server)
    })
    .drive(|client, server, now, dice| match dice.below(64) {
        0 => server.set_remote_fingerprints(now, &[fingerprints[0]]),
        1 if dice.below(8) == 0 => client.close(now),
        2 if dice.below(8) == 0 => server.close(now),
        _ => {
            // Nothing grows beyond its limits, whatever has come in.
            let _ = client.seal(&mut Vec::new(), |_| Some(()));
        }
    })
    .ring_keys()
    .run()
    .unwrap();
    assert!(coverage.forged > 0 && coverage.closed > 0, "{coverage:?}");
    assert!(coverage.events > coverage.closed, "{coverage:?}");
}
