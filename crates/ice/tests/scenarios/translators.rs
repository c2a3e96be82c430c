//! Agents behind network address translators.

use strata_ice::{CandidateKind, Role, State};
use strata_sim::{LinkConfig, NatConfig};

use crate::scene::{B, Scene, address, ms};

fn behind(nat: NatConfig, inside: Role) -> Scene {
    let outside = match inside {
        Role::Controlling => Role::Controlled,
        Role::Controlled => Role::Controlling,
    };
    let mut scene = Scene::unattached([inside, outside], 1);
    let link = LinkConfig::new().delay(ms(10));
    let (a, b) = (scene.a, scene.b);
    let nat = scene.network.add_nat("198.51.100.1".parse().unwrap(), nat);
    scene
        .network
        .attach_behind(nat, a, "10.0.0.1".parse().unwrap(), link);
    scene.network.attach(b, address(B).ip(), link);
    scene.add_socket(a, "10.0.0.1:5000");
    scene.add_socket(b, B);
    scene.signal();
    scene
}

#[test]
fn a_public_host_is_reached_from_behind_any_translator() {
    let nats = [
        NatConfig::full_cone(),
        NatConfig::address_restricted(),
        NatConfig::port_restricted(),
        NatConfig::symmetric(),
    ];
    for nat in nats {
        for inside in [Role::Controlling, Role::Controlled] {
            let mut scene = behind(nat, inside);
            scene.run_until_both(State::Completed);
            let a = *scene.agent(scene.a).selected_pair().unwrap();
            let b = *scene.agent(scene.b).selected_pair().unwrap();
            assert_eq!(a.path.local, address("10.0.0.1:5000"));
            assert_eq!(a.path.remote, address(B));
            // A learns its outer address from the answers, and B learns it from the checks.
            assert_eq!(a.local.kind, CandidateKind::PeerReflexive);
            assert_eq!(a.local.related, Some(address("10.0.0.1:5000")));
            assert_eq!(b.remote.kind, CandidateKind::PeerReflexive);
            assert_eq!(a.local.address, b.remote.address);
            assert_eq!(b.remote.address, b.path.remote);
            // Both sides have the priority of the PRIORITY attribute.
            assert_eq!(a.local.priority, b.remote.priority);
        }
    }
}

/// RFC 8445 §11: consent checks are keepalives, too.
#[test]
fn consent_keeps_the_mapping_of_a_translator_alive() {
    let nat = NatConfig::port_restricted().mapping_timeout(ms(30_000));
    let mut scene = behind(nat, Role::Controlled);
    scene.run_until_both(State::Completed);
    scene.run_for(ms(3_600_000));
    assert_eq!(scene.agent(scene.a).state(), State::Completed);
    assert_eq!(scene.agent(scene.b).state(), State::Completed);
}
