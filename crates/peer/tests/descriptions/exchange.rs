//! More than one exchange: again, more, restarts, and taking back.

use strata_core::Endpoint as _;
use strata_peer::{
    ChannelConfig, Description, DescriptionError, Direction, Event, MediaKind, Peer, SignalingState,
};
use strata_sdp::{
    Direction::{RecvOnly as Receive, SendOnly as Send, SendRecv as Both},
    Session,
};

use crate::support::{NOW, assert_answers, media_peer, peer};

fn exchange(a: &mut Peer, b: &mut Peer) -> [Session; 2] {
    let offer = a.create_offer(NOW).unwrap();
    a.set_local_description(NOW, offer.clone()).unwrap();
    b.set_remote_description(NOW, offer.clone()).unwrap();
    let answer = b.create_answer(NOW).unwrap();
    b.set_local_description(NOW, answer.clone()).unwrap();
    a.set_remote_description(NOW, answer.clone()).unwrap();
    let sessions = [&offer, &answer].map(|d| Session::parse(&d.sdp).unwrap());
    assert_answers(&sessions[0], &sessions[1]);
    sessions
}

#[test]
fn the_same_again_changes_nothing() {
    let (mut a, mut b) = (media_peer(1), media_peer(2));
    let first = exchange(&mut a, &mut b);
    let second = exchange(&mut a, &mut b);
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first.media, second.media);
        assert_eq!(
            second.origin().session_version,
            first.origin().session_version.successor()
        );
    }
}

/// RFC 9429 §5.2.2, §5.3.2.
#[test]
fn sections_can_be_added_by_either_side() {
    let (mut a, mut b) = (media_peer(3), media_peer(4));
    exchange(&mut a, &mut b);
    a.add_transceiver(MediaKind::Video, Direction::SendOnly)
        .unwrap();
    exchange(&mut a, &mut b);
    b.add_transceiver(MediaKind::Audio, Direction::SendRecv)
        .unwrap();
    b.open_channel(NOW, ChannelConfig::new("late")).unwrap();
    let [offer, answer] = exchange(&mut b, &mut a);
    assert_eq!(offer.media.len(), 5);
    assert!(answer.media.iter().all(|media| media.port() != 0));
    let directions = |peer: &Peer| -> Vec<_> {
        let mut all: Vec<_> = peer
            .transceivers()
            .map(|t| (t.mid().unwrap().to_string(), t.current_direction().unwrap()))
            .collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all
    };
    let named = |directions: [Direction; 4]| -> Vec<_> {
        directions
            .into_iter()
            .enumerate()
            .map(|(n, d)| (n.to_string(), d))
            .collect()
    };
    assert_eq!(directions(&a), named([Both, Both, Send, Receive]));
    assert_eq!(directions(&b), named([Both, Both, Receive, Send]));
}

#[test]
fn a_direction_can_be_changed() {
    let (mut a, mut b) = (media_peer(5), media_peer(6));
    exchange(&mut a, &mut b);
    let audio = a.transceivers().next().unwrap().id();
    assert!(a.set_direction(audio, Direction::Inactive));
    exchange(&mut a, &mut b);
    let current = |peer: &Peer| peer.transceivers().next().unwrap().current_direction();
    assert_eq!(current(&a), Some(Direction::Inactive));
    assert_eq!(current(&b), Some(Direction::Inactive));
}

/// The sections in which something comes from now on, or does not any more.
fn told(peer: &mut Peer) -> Vec<(String, bool)> {
    std::iter::from_fn(|| peer.poll_event())
        .filter_map(|event| match event {
            Event::TrackAdded { mid, .. } => Some((mid.to_string(), true)),
            Event::TrackRemoved { mid, .. } => Some((mid.to_string(), false)),
            _ => None,
        })
        .collect()
}

fn named(mid: &str, there: bool) -> (String, bool) {
    (mid.to_owned(), there)
}

#[test]
fn tracks_go_with_the_offer_that_brought_them_and_come_back_with_one_that_took_them() {
    let (mut a, mut b) = (media_peer(20), peer(21));
    let offer = a.create_offer(NOW).unwrap();
    b.set_remote_description(NOW, offer).unwrap();
    assert_eq!(told(&mut b), [named("0", true), named("1", true)]);
    b.set_remote_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(told(&mut b), [named("0", false), named("1", false)]);

    exchange(&mut a, &mut b);
    assert_eq!(told(&mut b).len(), 2);
    let video = a.transceivers().nth(1).unwrap().id();
    a.set_direction(video, Receive);
    let offer = a.create_offer(NOW).unwrap();
    b.set_remote_description(NOW, offer).unwrap();
    assert_eq!(told(&mut b), [named("1", false)]);
    b.set_remote_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(told(&mut b), [named("1", true)]);
    // Our own offers change nothing before they are answered.
    let offer = b.create_offer(NOW).unwrap();
    b.set_local_description(NOW, offer).unwrap();
    b.set_local_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(told(&mut b), []);
}

#[test]
fn a_track_that_our_answer_does_not_want_goes_and_is_not_told_of_twice() {
    let (mut a, mut b) = (media_peer(22), media_peer(23));
    let video = b.transceivers().nth(1).unwrap().id();
    b.set_direction(video, Send);
    for _ in 0..2 {
        exchange(&mut a, &mut b);
        let of_video: Vec<_> = told(&mut b).into_iter().filter(|t| t.0 == "1").collect();
        assert_eq!(of_video, [named("1", true), named("1", false)]);
    }
}

#[test]
fn tracks_come_and_go_with_the_direction() {
    let (mut a, mut b) = (media_peer(17), media_peer(18));
    exchange(&mut a, &mut b);
    for peer in [&mut a, &mut b] {
        assert_eq!(told(peer), [named("0", true), named("1", true)]);
    }
    let video = a.transceivers().nth(1).unwrap().id();
    for (direction, of_a, of_b) in [
        (Receive, None, Some(false)),
        (Both, None, Some(true)),
        (Send, Some(false), None),
        (Send, None, None),
    ] {
        a.set_direction(video, direction);
        exchange(&mut a, &mut b);
        assert_eq!(
            told(&mut a),
            Vec::from_iter(of_a.map(|there| named("1", there)))
        );
        assert_eq!(
            told(&mut b),
            Vec::from_iter(of_b.map(|there| named("1", there)))
        );
    }
}

/// RFC 9429 §5.2.3.1, RFC 8445 §9.
#[test]
fn an_offer_with_new_credentials_restarts_ice_on_both_sides() {
    let (mut a, mut b) = (media_peer(7), media_peer(8));
    exchange(&mut a, &mut b);
    let before = [&a, &b].map(|peer| peer.local_credentials().clone());
    a.restart_ice(NOW);
    exchange(&mut a, &mut b);
    assert_ne!(*a.local_credentials(), before[0]);
    assert_ne!(*b.local_credentials(), before[1]);
    let after = [&a, &b].map(|peer| peer.local_credentials().clone());
    exchange(&mut b, &mut a);
    assert_eq!([&a, &b].map(|peer| peer.local_credentials().clone()), after);
}

#[test]
fn an_answer_must_not_restart_unasked() {
    let (mut a, mut b) = (media_peer(9), media_peer(10));
    exchange(&mut a, &mut b);
    let offer = a.create_offer(NOW).unwrap();
    a.set_local_description(NOW, offer.clone()).unwrap();
    b.set_remote_description(NOW, offer).unwrap();
    let answer = b.create_answer(NOW).unwrap();
    let ufrag = b.local_credentials().ufrag();
    let other = answer
        .sdp
        .replace(&format!("ufrag:{ufrag}"), "ufrag:abcdefgh");
    let result = a.set_remote_description(NOW, Description::answer(other));
    assert_eq!(result, Err(DescriptionError::UnexpectedRestart));
    assert_eq!(a.signaling_state(), SignalingState::HaveLocalOffer);
}

/// RFC 9429 §4.1.10.2, §5.7.
#[test]
fn an_offer_can_be_taken_back() {
    let (mut a, mut b) = (media_peer(11), media_peer(12));
    let offer = a.create_offer(NOW).unwrap();
    a.set_local_description(NOW, offer.clone()).unwrap();
    assert_eq!(a.signaling_state(), SignalingState::HaveLocalOffer);
    assert!(
        a.transceivers()
            .all(|transceiver| transceiver.mid().is_some())
    );
    a.set_local_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(a.signaling_state(), SignalingState::Stable);
    assert!(
        a.transceivers()
            .all(|transceiver| transceiver.mid().is_none())
    );
    assert_eq!(a.local_description(), None);

    b.set_remote_description(NOW, offer).unwrap();
    b.set_remote_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(b.signaling_state(), SignalingState::Stable);
    // Now the other way round.
    exchange(&mut b, &mut a);
}

/// RFC 9429 §4.1.10.2, §5.7.
#[test]
fn what_a_taken_back_offer_had_made_is_gone() {
    let (mut a, mut b) = (media_peer(13), peer(14));
    let offer = a.create_offer(NOW).unwrap();
    b.set_remote_description(NOW, offer).unwrap();
    assert_eq!(b.transceivers().filter(|t| !t.is_stopped()).count(), 2);
    b.set_remote_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(b.transceivers().filter(|t| !t.is_stopped()).count(), 0);
}

#[test]
fn glare_is_resolved_by_the_polite_side() {
    let (mut polite, mut impolite) = (media_peer(15), media_peer(16));
    let theirs = impolite.create_offer(NOW).unwrap();
    impolite.set_local_description(NOW, theirs.clone()).unwrap();
    let ours = polite.create_offer(NOW).unwrap();
    polite.set_local_description(NOW, ours.clone()).unwrap();
    for peer in [(&mut polite, theirs.clone()), (&mut impolite, ours)] {
        let result = peer.0.set_remote_description(NOW, peer.1);
        assert!(matches!(result, Err(DescriptionError::WrongState { .. })));
    }
    polite
        .set_local_description(NOW, Description::rollback())
        .unwrap();
    polite.set_remote_description(NOW, theirs).unwrap();
    let answer = polite.create_answer(NOW).unwrap();
    polite.set_local_description(NOW, answer.clone()).unwrap();
    impolite.set_remote_description(NOW, answer).unwrap();
    assert_eq!(polite.signaling_state(), SignalingState::Stable);
    assert_eq!(impolite.signaling_state(), SignalingState::Stable);
}

#[test]
fn passwords_are_in_descriptions_and_nowhere_else() {
    let (mut a, mut b) = (media_peer(24), media_peer(25));
    let offer = a.create_offer(NOW).unwrap();
    let password = a.local_credentials().password().to_owned();
    assert!(offer.sdp.contains(&password));
    let printed = |peer: &Peer, what: &Description| format!("{peer:?} {what:?}");
    assert!(!printed(&a, &offer).contains(&password));
    a.set_local_description(NOW, offer.clone()).unwrap();
    b.set_remote_description(NOW, offer.clone()).unwrap();
    for peer in [&a, &b] {
        assert!(!printed(peer, &offer).contains(&password));
    }
}
