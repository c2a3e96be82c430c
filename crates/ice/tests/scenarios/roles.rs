//! Role conflicts.

use strata_ice::{Role, State};
use strata_sim::LinkConfig;

use crate::scene::{Scene, ms};

fn conflict(role: Role, seed: u64) -> Scene {
    let mut scene = Scene::unattached([role, role], seed);
    scene.attach(LinkConfig::new().delay(ms(10)));
    scene.signal();
    scene
}

/// RFC 8445 §7.2.5.1, §7.3.1.1.
#[test]
fn a_role_conflict_is_resolved_whoever_wins() {
    for role in [Role::Controlling, Role::Controlled] {
        for seed in 0..16 {
            let mut scene = conflict(role, seed);
            let took = scene.run_until_both(State::Completed);
            assert!(took <= ms(160), "{role:?} {seed}: {took:?}");
            let roles = [scene.a, scene.b].map(|host| scene.agent(host).role());
            assert_ne!(roles[0], roles[1], "{role:?} {seed}");
            let conflicts = [scene.a, scene.b].map(|host| scene.agent(host).stats().role_conflicts);
            assert_eq!(conflicts.iter().sum::<u64>(), 1, "{role:?} {seed}");
            scene.assert_same_pair();
        }
    }
}

#[test]
fn a_role_conflict_is_resolved_on_bad_links() {
    let link = LinkConfig::new().delay(ms(10)).jitter(ms(20)).loss(0.1);
    for seed in 0..32 {
        let mut scene = Scene::unattached([Role::Controlling; 2], seed);
        scene.attach(link);
        scene.signal();
        scene.run_until_both(State::Completed);
        scene.assert_same_pair();
        let roles = [scene.a, scene.b].map(|host| scene.agent(host).role());
        assert_ne!(roles[0], roles[1], "{seed}");
    }
}
