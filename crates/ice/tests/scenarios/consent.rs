//! RFC 7675: a pair is used only as long as the other side answers.

use strata_core::Instant;
use strata_ice::State;
use strata_sim::START;

use crate::scene::{B, Scene, address, ms};

/// RFC 7675 §5.1: consent expires after 30 s, and nothing is sent any more.
#[test]
fn a_dead_path_is_noticed_after_30_s() {
    let mut scene = Scene::completed();
    let a = scene.a;
    // The last answer that A gets is the one to its nomination, at 80 ms.
    scene.network.cut(address(B).ip());
    scene.run_for(ms(60_000));
    // Nothing but consent checks goes over this pair. Two of them, 4 to 6 s apart, are not answered, and then five
    // more at 250 ms, of which the last is waited for for a second.
    let states = scene.states(a);
    let [
        _,
        _,
        _,
        (silent, State::Disconnected),
        (failed, State::Failed),
    ] = states[..]
    else {
        panic!("{states:?}");
    };
    assert!(
        (ms(80 + 10_500)..=ms(80 + 14_500)).contains(&silent),
        "{silent:?}"
    );
    assert_eq!(failed, ms(80 + 30_000));
    assert_eq!(scene.agent(a).selected_path(), None);
    // Nothing is sent after that.
    let sent = scene.agent(a).stats().requests_sent;
    scene.run_for(ms(60_000));
    assert_eq!(scene.agent(a).stats().requests_sent, sent);
}

#[test]
fn a_path_that_comes_back_in_time_is_used_on() {
    let mut scene = Scene::completed();
    scene.network.cut(address(B).ip());
    scene.run_for(ms(20_000));
    assert_eq!(scene.agent(scene.a).state(), State::Disconnected);
    assert!(scene.agent(scene.a).selected_path().is_some());
    scene.network.restore(address(B).ip());
    let took = scene.run_until_both(State::Completed);
    assert!(took <= ms(6040), "{took:?}");
    scene.run_for(ms(120_000));
    assert_eq!(scene.agent(scene.a).state(), State::Completed);
}

/// RFC 7675 §5.1.
#[test]
fn consent_is_asked_for_every_4_to_6_s_with_a_new_id_each_time() {
    let mut scene = Scene::completed();
    scene.network.record();
    scene.run_for(ms(3_600_000));
    let checks: Vec<(Instant, [u8; 12])> = scene
        .network
        .trace()
        .iter()
        .filter(|record| record.sender == scene.a.index() && record.payload[..2] == [0, 1])
        .map(|record| (record.sent, record.payload[8..20].try_into().unwrap()))
        .collect();
    assert!((600..=900).contains(&checks.len()), "{}", checks.len());
    let gaps: Vec<_> = checks
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    assert!(gaps.iter().all(|gap| (ms(4000)..=ms(6000)).contains(gap)));
    // The gaps are random, so that many agents do not send at the same time.
    assert!(gaps.iter().any(|gap| *gap < ms(4300)) && gaps.iter().any(|gap| *gap > ms(5700)));
    let mut ids: Vec<_> = checks.iter().map(|check| check.1).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), checks.len());
    assert_eq!(scene.agent(scene.a).state(), State::Completed);
    assert!(scene.network.now() > START + ms(3_600_000));
}

#[test]
fn a_lost_answer_to_a_consent_check_changes_nothing() {
    let mut scene = Scene::completed();
    // The link is cut for one second in every ten. Some of the checks fall into it.
    for _ in 0..200 {
        scene.network.cut(address(B).ip());
        scene.run_for(ms(1000));
        scene.network.restore(address(B).ip());
        scene.run_for(ms(9000));
        assert_ne!(scene.agent(scene.a).state(), State::Failed);
    }
    let stats = *scene.agent(scene.a).stats();
    assert!(stats.responses_received < stats.requests_sent);
}
