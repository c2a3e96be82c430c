//! ICE restarts and candidates: to which session of ICE something belongs.

use strata_core::Endpoint as _;
use strata_peer::{AddCandidateError, Credentials, Description, Event, Peer};

use crate::support::{NOW, chromium_like, media_peer};

fn offer(peer: &mut Peer) -> Description {
    let offer = peer.create_offer(NOW).unwrap();
    peer.set_local_description(NOW, offer.clone()).unwrap();
    offer
}

fn answer(peer: &mut Peer, offer: Description) -> Description {
    peer.set_remote_description(NOW, offer).unwrap();
    let answer = peer.create_answer(NOW).unwrap();
    peer.set_local_description(NOW, answer.clone()).unwrap();
    answer
}

fn connected() -> [Peer; 2] {
    let (mut a, mut b) = (media_peer(1), media_peer(2));
    let offer = offer(&mut a);
    let answer = answer(&mut b, offer);
    a.set_remote_description(NOW, answer).unwrap();
    [a, b]
}

fn credentials(peer: &Peer) -> Credentials {
    peer.local_credentials().clone()
}

fn names(description: &Description, credentials: &Credentials) -> bool {
    let line = format!("a=ice-ufrag:{}\r\n", credentials.ufrag());
    description.sdp.contains(&line)
}

#[test]
fn credentials_change_when_the_offer_is_set() {
    let [mut a, _] = connected();
    let before = credentials(&a);
    a.restart_ice(NOW);
    let first = a.create_offer(NOW).unwrap();
    assert!(!names(&first, &before));
    assert_eq!(credentials(&a), before);
    let second = offer(&mut a);
    assert!(names(&second, &credentials(&a)));
    assert_ne!(credentials(&a), before);
    // An offer in its place restarts nothing again.
    let third = offer(&mut a);
    assert!(names(&third, &credentials(&a)) && names(&second, &credentials(&a)));
}

#[test]
fn a_restart_that_is_taken_back_is_made_up_for() {
    let [mut a, mut b] = connected();
    let before = [credentials(&a), credentials(&b)];
    a.restart_ice(NOW);
    let restart = offer(&mut a);
    a.set_local_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(credentials(&a), before[0]);
    // Meanwhile the other side offers, without a restart: the answer must not restart either.
    let theirs = offer(&mut b);
    let ours = answer(&mut a, theirs);
    assert!(names(&ours, &before[0]));
    b.set_remote_description(NOW, ours).unwrap();
    assert_eq!([credentials(&a), credentials(&b)], before);
    // The next offer of ours restarts, with credentials that nobody has seen.
    let again = offer(&mut a);
    assert!(!names(&again, &before[0]) && !names(&restart, &credentials(&a)));
    let theirs = answer(&mut b, again);
    a.set_remote_description(NOW, theirs).unwrap();
    assert_ne!(credentials(&b), before[1]);
}

#[test]
fn a_restart_of_theirs_begins_with_our_answer() {
    let [mut a, mut b] = connected();
    let before = [credentials(&a), credentials(&b)];
    b.restart_ice(NOW);
    let theirs = offer(&mut b);
    a.set_remote_description(NOW, theirs).unwrap();
    let ours = a.create_answer(NOW).unwrap();
    assert!(!names(&ours, &before[0]));
    assert_eq!(credentials(&a), before[0]);
    a.set_remote_description(NOW, Description::rollback())
        .unwrap();
    b.set_local_description(NOW, Description::rollback())
        .unwrap();
    // It came to nothing on both sides.
    let plain = offer(&mut a);
    let answer = answer(&mut b, plain);
    a.set_remote_description(NOW, answer).unwrap();
    assert_eq!([credentials(&a), credentials(&b)], before);
}

#[test]
fn a_restart_asked_for_while_an_offer_waits_comes_with_the_next() {
    let [mut a, mut b] = connected();
    let before = credentials(&a);
    let plain = offer(&mut a);
    a.restart_ice(NOW);
    let theirs = answer(&mut b, plain);
    a.set_remote_description(NOW, theirs).unwrap();
    assert_eq!(credentials(&a), before);
    offer(&mut a);
    assert_ne!(credentials(&a), before);
}

#[test]
fn candidates_name_their_session() {
    let [mut a, mut b] = connected();
    let add = |peer: &mut Peer, ufrag: &str| {
        let line = format!("candidate:1 1 udp 1 192.0.2.99 5000 typ host ufrag {ufrag}");
        peer.add_remote_candidate(NOW, Some("0"), &line)
    };
    let before = credentials(&b);
    assert_eq!(add(&mut a, before.ufrag()), Ok(()));
    assert_eq!(
        add(&mut a, "elsewhere"),
        Err(AddCandidateError::UnknownUfrag)
    );
    b.restart_ice(NOW);
    let theirs = offer(&mut b);
    let after = credentials(&b);
    assert_eq!(
        add(&mut a, after.ufrag()),
        Err(AddCandidateError::UnknownUfrag)
    );
    let answer = answer(&mut a, theirs);
    assert_eq!(add(&mut a, after.ufrag()), Ok(()));
    assert_eq!(
        add(&mut a, before.ufrag()),
        Err(AddCandidateError::UnknownUfrag)
    );
    b.set_remote_description(NOW, answer).unwrap();
}

#[test]
fn candidates_of_an_offer_that_is_taken_back_are_forgotten() {
    let mut peer = media_peer(3);
    let take = |peer: &mut Peer| {
        let offer = Description::offer(chromium_like());
        peer.set_remote_description(NOW, offer).unwrap();
    };
    let line = "candidate:1 1 udp 1 192.0.2.99 5000 typ host";
    for _ in 0..3 {
        take(&mut peer);
        for _ in 0..64 {
            assert_eq!(peer.add_remote_candidate(NOW, None, line), Ok(()));
        }
        // Taken back, or replaced.
        let other = chromium_like().replace("ice-ufrag:Rw4k", "ice-ufrag:other");
        peer.set_remote_description(NOW, Description::offer(other))
            .unwrap();
        for _ in 0..64 {
            assert_eq!(peer.add_remote_candidate(NOW, None, line), Ok(()));
        }
        peer.set_remote_description(NOW, Description::rollback())
            .unwrap();
    }
}

#[test]
fn local_candidates_are_told_only_where_they_can_be_understood() {
    let mut peer = media_peer(4);
    offer(&mut peer);
    peer.set_local_description(NOW, Description::rollback())
        .unwrap();
    peer.add_local_candidate(NOW, "192.0.2.8:5001".parse().unwrap())
        .unwrap();
    assert_eq!(trickled(&mut peer), 0);
    assert_eq!(offer(&mut peer).sdp.matches("a=candidate:").count(), 2);
    assert_eq!(trickled(&mut peer), 0, "the offer has them");
}

#[test]
fn local_candidates_that_come_while_a_description_is_on_its_way_are_told() {
    let mut peer = media_peer(5);
    let add = |peer: &mut Peer, address: &str| {
        peer.add_local_candidate(NOW, address.parse().unwrap())
            .unwrap();
    };
    let offer = peer.create_offer(NOW).unwrap();
    add(&mut peer, "192.0.2.8:5001");
    assert_eq!(
        trickled(&mut peer),
        0,
        "too early: nobody knows the sections"
    );
    peer.set_local_description(NOW, offer).unwrap();
    assert_eq!(trickled(&mut peer), 1);
    add(&mut peer, "192.0.2.8:5002");
    add(&mut peer, "192.0.2.8:5002");
    peer.end_of_local_candidates(NOW).unwrap();
    peer.end_of_local_candidates(NOW).unwrap();
    assert_eq!(trickled(&mut peer), 2);
}

/// How many candidates, the end included, are to be trickled.
fn trickled(peer: &mut Peer) -> usize {
    std::iter::from_fn(|| peer.poll_event())
        .filter(|event| matches!(event, Event::LocalCandidate { .. }))
        .count()
}
