//! When nothing works.

use strata_core::Endpoint as _;
use strata_ice::{AddCandidateError, Closed, Event, Role, State};

use crate::scene::{A, B, Scene, address, ms};

/// RFC 8445 §7.2.5.2.3, §8.1.2: checks that time out fail their pairs, and with the last one ICE fails.
#[test]
fn a_peer_that_is_not_there_is_given_up_after_39_5_s() {
    let mut scene = Scene::new(ms(10));
    scene.network.cut(address(B).ip());
    scene.signal();
    let a = scene.a;
    scene.run_for(ms(100_000));
    assert_eq!(
        scene.states(a),
        [(ms(0), State::Checking), (ms(39_500), State::Failed)]
    );
    // One check was sent seven times, and nothing else was.
    assert_eq!(scene.agent(a).stats().requests_sent, 7);
    assert_eq!(scene.agent(a).stats().retransmissions_sent, 6);
    assert_eq!(scene.network.host(a).poll_timeout(), None);
}

#[test]
fn no_failure_before_the_patience_is_over_even_without_candidates() {
    let mut scene = Scene::new(ms(10));
    let (a, b) = (scene.a, scene.b);
    let now = scene.network.now();
    scene.signal_credentials(b, a);
    scene
        .network
        .host_mut(a)
        .end_of_remote_candidates(now)
        .unwrap();
    scene.run_for(ms(30_000));
    assert_eq!(scene.agent(a).state(), State::Checking);
    // RFC 8863: a check of the other side may still come, from an address that nobody has signalled.
    scene.signal_all(a, b);
    assert_eq!(scene.run_until_both(State::Completed), ms(100));
    assert_eq!(scene.agent(a).selected_path().unwrap().remote, address(B));
}

#[test]
fn a_closed_agent_says_so_last_and_does_nothing_more() {
    let mut scene = Scene::completed();
    let (a, now) = (scene.a, scene.network.now());
    scene.network.events(a).clear();
    scene.network.host_mut(a).close(now);
    scene.network.host_mut(a).close(now);
    scene.run_for(ms(60_000));
    let events: Vec<Event> = scene
        .network
        .events(a)
        .drain(..)
        .map(|(_, event)| event)
        .collect();
    assert_eq!(events, [Event::StateChanged(State::Closed), Event::Closed]);
    let agent = scene.network.host_mut(a);
    assert_eq!(agent.state(), State::Closed);
    assert_eq!(agent.selected_path(), None);
    // Every call returns an error.
    let candidate = agent.local_candidates().next().copied().unwrap();
    let credentials = agent.local_credentials().clone();
    let closed = Err(AddCandidateError::Closed(Closed));
    assert_eq!(agent.add_local_candidate(now, address(A)), closed);
    assert_eq!(agent.add_remote_candidate(now, candidate), closed.map(drop));
    for call in [
        agent.set_role(now, Role::Controlled),
        agent.set_remote_credentials(now, credentials.clone()),
        agent.end_of_remote_candidates(now),
        agent.restart(now),
        agent.restart_with(now, credentials.clone()),
        agent.cancel_restart(now),
    ] {
        assert_eq!(call, Err(Closed));
    }
    assert_eq!(agent.local_credentials(), &credentials);
    assert_eq!(agent.role(), Role::Controlling);
    assert_eq!(agent.poll_timeout(), None);
    assert_eq!(agent.poll_event(), None);
    assert!(agent.stats().drops.closed > 0);
    // The other side notices, because its consent checks are not answered.
    assert_eq!(scene.agent(scene.b).state(), State::Failed);
}
