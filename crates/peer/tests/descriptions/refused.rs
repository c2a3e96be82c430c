//! Descriptions that are not taken, and leave everything as it was.

use strata_peer::{
    AddCandidateError, Description, DescriptionError, InvalidMid, SectionProblem, SignalingState,
};

use crate::support::{NOW, chromium_like, media_peer};

fn refused(offer: &str) -> DescriptionError {
    let mut peer = media_peer(1);
    let result = peer.set_remote_description(NOW, Description::offer(offer));
    assert_eq!(peer.signaling_state(), SignalingState::Stable);
    assert_eq!(peer.transceivers().count(), 2);
    assert!(
        peer.transceivers()
            .all(|transceiver| transceiver.mid().is_none())
    );
    result.unwrap_err()
}

fn section(index: usize, problem: SectionProblem) -> DescriptionError {
    DescriptionError::Section { index, problem }
}

#[test]
fn the_line_of_an_error_is_told() {
    let error = refused(&chromium_like().replace("o=- ", "o=- x"));
    assert_eq!(
        error.to_string(),
        "the description cannot be read: line 2: sess-id does not follow its grammar"
    );
}

/// RFC 9429 §5.8.3: each section has credentials and a fingerprint, its own or the session's.
#[test]
fn what_the_transport_needs_must_be_there() {
    let offer = chromium_like();
    let without = |line: &str| {
        let lines = offer
            .split_inclusive("\r\n")
            .filter(|l| !l.starts_with(line));
        refused(&lines.collect::<String>())
    };
    assert_eq!(
        without("a=ice-ufrag"),
        section(0, SectionProblem::Attribute("ice-ufrag"))
    );
    assert_eq!(
        without("a=ice-pwd"),
        section(0, SectionProblem::Attribute("ice-pwd"))
    );
    assert_eq!(
        without("a=fingerprint"),
        section(0, SectionProblem::Fingerprint)
    );
    let weak = offer.replace("a=fingerprint:sha-256", "a=fingerprint:sha-1");
    assert_eq!(refused(&weak), section(0, SectionProblem::Fingerprint));
}

/// RFC 9429 §5.8.2.
#[test]
fn names_must_be_usable_and_unique() {
    let twice = chromium_like().replace("a=mid:1", "a=mid:0");
    assert_eq!(refused(&twice), section(1, SectionProblem::DuplicateMid));
    let long = chromium_like().replace("a=mid:1", "a=mid:a-name-that-is-too-long");
    let problem = SectionProblem::Mid(InvalidMid::TooLong { actual: 23 });
    assert_eq!(refused(&long), section(1, problem));
}

/// RFC 3264 §8: the sections of the last offer stay, each in its place.
#[test]
fn an_offer_must_go_on_where_the_last_one_ended() {
    let mut peer = media_peer(2);
    crate::support::answer(&mut peer, &chromium_like());
    let mut refused = |offer: String| {
        peer.set_remote_description(NOW, Description::offer(offer))
            .unwrap_err()
    };
    let shorter = chromium_like();
    let (shorter, _) = shorter.split_once("m=application").unwrap();
    assert_eq!(
        refused(shorter.to_owned()),
        DescriptionError::SectionCount {
            expected: 3,
            actual: 2
        }
    );
    let swapped = chromium_like().replace("m=audio", "m=video");
    assert_eq!(refused(swapped), section(0, SectionProblem::Changed));
    let renamed = chromium_like().replace("a=mid:1", "a=mid:7");
    assert_eq!(refused(renamed), section(1, SectionProblem::Changed));
    let other = chromium_like().replace("6B:8B", "6C:8B");
    assert_eq!(refused(other), DescriptionError::NewAssociation);
    assert_eq!(
        peer.set_remote_description(NOW, Description::offer(chromium_like())),
        Ok(())
    );
}

/// RFC 9429 §5.5, §5.6: each kind has the states in which it can be set.
#[test]
fn descriptions_come_in_their_order() {
    let mut peer = media_peer(3);
    let wrong = |error| matches!(error, DescriptionError::WrongState { .. });
    assert!(wrong(peer.create_answer(NOW).unwrap_err()));
    let answer = Description::answer(chromium_like());
    assert!(wrong(peer.set_remote_description(NOW, answer).unwrap_err()));
    let rollback = Description::rollback();
    assert!(wrong(
        peer.set_local_description(NOW, rollback).unwrap_err()
    ));
    peer.set_remote_description(NOW, Description::offer(chromium_like()))
        .unwrap();
    assert!(wrong(peer.create_offer(NOW).unwrap_err()));
}

#[test]
fn candidates_wait_for_the_description() {
    let mut peer = media_peer(4);
    let line = "candidate:1 1 udp 2122260223 192.0.2.9 5000 typ host";
    let add =
        |peer: &mut strata_peer::Peer, mid, line: &str| peer.add_remote_candidate(NOW, mid, line);
    assert_eq!(
        add(&mut peer, None, line),
        Err(AddCandidateError::NoRemoteDescription)
    );
    peer.set_remote_description(NOW, Description::offer(chromium_like()))
        .unwrap();
    assert_eq!(add(&mut peer, None, line), Ok(()));
    assert_eq!(add(&mut peer, Some("1"), line), Ok(()));
    assert_eq!(
        add(&mut peer, Some("9"), line),
        Err(AddCandidateError::UnknownMid)
    );
    assert!(matches!(
        add(&mut peer, Some("0"), "candidate:1 1 udp x"),
        Err(AddCandidateError::Parse(_))
    ));
    let name = "candidate:1 1 udp 2122260223 4cdb6d36.local 5000 typ host";
    assert_eq!(add(&mut peer, Some("0"), name), Ok(()));
    assert_eq!(peer.stats().dropped.candidates, 1);
    for _ in 2..64 {
        assert_eq!(add(&mut peer, Some("0"), line), Ok(()));
    }
    assert_eq!(
        add(&mut peer, Some("0"), line),
        Err(AddCandidateError::TooMany { limit: 64 })
    );
    assert_eq!(add(&mut peer, Some("0"), ""), Ok(()));
}
