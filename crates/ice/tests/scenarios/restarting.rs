//! ICE restarts.

use strata_ice::State;

use crate::scene::{B, Scene, address, ms};

/// RFC 8445 §9, §12.1: until then, data goes over the selected pair of the last session.
#[test]
fn a_restart_keeps_the_old_pair_until_the_new_one_works() {
    let mut scene = Scene::completed();
    let (a, b) = (scene.a, scene.b);
    let old = scene.agent(a).local_credentials().clone();
    scene.restart_both();
    assert_ne!(scene.agent(a).local_credentials(), &old);
    assert_eq!(scene.agent(a).state(), State::Checking);
    assert!(scene.agent(a).selected_path().is_some());
    // Signalling takes a minute. Meanwhile consent on the old pair is renewed with the old credentials.
    scene.run_for(ms(60_000));
    assert!(scene.agent(a).selected_path().is_some());
    assert!(scene.agent(b).selected_path().is_some());
    scene.signal();
    assert_eq!(scene.run_until_both(State::Completed), ms(80));
    scene.assert_same_pair();
    scene.run_for(ms(60_000));
    assert_eq!(scene.agent(a).state(), State::Completed);
    assert_eq!(scene.agent(b).state(), State::Completed);
    let drops = strata_ice::Drops::default();
    assert_eq!(scene.agent(a).stats().drops, drops);
    assert_eq!(scene.agent(b).stats().drops, drops);
}

#[test]
fn a_restart_finds_the_way_back_from_failure() {
    let mut scene = Scene::completed();
    let a = scene.a;
    scene.network.cut(address(B).ip());
    scene.run_for(ms(60_000));
    scene.network.restore(address(B).ip());
    assert_eq!(scene.agent(a).state(), State::Failed);
    scene.restart_both();
    scene.signal();
    assert_eq!(scene.run_until_both(State::Completed), ms(80));
    scene.assert_same_pair();
}

#[test]
fn the_old_pair_is_lost_without_consent_during_a_restart_too() {
    let mut scene = Scene::completed();
    let (a, now) = (scene.a, scene.network.now());
    scene.network.host_mut(a).restart(now).unwrap();
    scene.network.cut(address(B).ip());
    scene.run_for(ms(40_000));
    assert_eq!(scene.agent(a).selected_path(), None);
    assert_eq!(scene.agent(a).state(), State::Checking);
}

#[test]
fn restarts_may_follow_each_other() {
    let mut scene = Scene::completed();
    let a = scene.a;
    for _ in 0..3 {
        scene.restart_both();
        scene.run_for(ms(100));
    }
    scene.signal();
    assert_eq!(scene.run_until_both(State::Completed), ms(80));
    scene.run_for(ms(60_000));
    assert_eq!(scene.agent(a).state(), State::Completed);
    scene.assert_same_pair();
}

#[test]
fn a_restart_that_comes_to_nothing_is_taken_back() {
    let mut scene = Scene::completed();
    let (a, b) = (scene.a, scene.b);
    let credentials = scene.agent(a).local_credentials().clone();
    let path = scene.agent(a).selected_path();
    for _ in 0..2 {
        for _ in 0..2 {
            let now = scene.network.now();
            scene.network.host_mut(a).restart(now).unwrap();
            scene.run_for(ms(5_000));
        }
        let now = scene.network.now();
        scene.network.host_mut(a).cancel_restart(now).unwrap();
        scene.network.host_mut(a).cancel_restart(now).unwrap();
        assert_eq!(scene.agent(a).local_credentials(), &credentials);
        assert_eq!(scene.agent(a).state(), State::Completed);
        assert_eq!(scene.agent(a).selected_path(), path);
        assert!(scene.agent(a).is_valid_path(path.unwrap()));
    }
    // Both sides go on asking for consent under the old credentials.
    scene.run_for(ms(60_000));
    assert_eq!(scene.agent(a).state(), State::Completed);
    assert_eq!(scene.agent(b).state(), State::Completed);
    assert_eq!(scene.agent(a).stats().drops, strata_ice::Drops::default());
}

#[test]
fn a_check_that_a_restart_kept_from_going_out_goes_out_when_it_is_taken_back() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    // B knows nothing of A, so it sends no checks.
    scene.signal_all(b, a);
    let now = scene.network.now();
    scene.network.host_mut(a).restart(now).unwrap();
    scene.run_for(ms(1_000));
    assert_eq!(scene.agent(a).stats().requests_sent, 0);
    let now = scene.network.now();
    scene.network.host_mut(a).cancel_restart(now).unwrap();
    scene.run_for(ms(1_000));
    assert_ne!(scene.agent(a).stats().requests_sent, 0);
}
