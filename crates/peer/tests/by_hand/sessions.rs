//! What becomes of a call when the other side does not do its part.

use std::time::Duration;

use strata_dtls::Role;
use strata_peer::{ChannelConfig, CloseReason, ConnectionState, Event};
use strata_sim::START;

use crate::wire::{AUDIO, Call, DATA, Offering, config, dtls_config, negotiate};

/// Another side whose DTLS negotiates no SRTP, and data channels.
fn without_srtp() -> Offering {
    let mut dtls = dtls_config(Role::Server);
    dtls.srtp_profiles.clear();
    Offering::with_dtls(config(), dtls)
}

fn closings(pair: &Call) -> Vec<(Duration, CloseReason)> {
    pair.a_events
        .iter()
        .filter_map(|(at, event)| match event {
            Event::Closed { reason } => Some((*at - START, *reason)),
            _ => None,
        })
        .collect()
}

/// The ports of the media lines.
fn ports(sdp: &str) -> Vec<&str> {
    sdp.lines()
        .filter_map(|line| line.strip_prefix("m=")?.split(' ').nth(1))
        .collect()
}

#[test]
fn media_offered_into_a_call_without_srtp_is_rejected_and_the_call_goes_on() {
    let mut offering = without_srtp();
    offering.exchange(&[DATA]);
    let mut pair = offering.connect();
    let now = pair.now();
    let answer = negotiate(&mut pair.a, &pair.b, now, &[DATA, AUDIO]);
    assert_eq!(ports(&answer), ["9", "0"]);
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(closings(&pair), []);
    assert_eq!(pair.a.connection_state(), ConnectionState::Connected);
    // Nor is an answer set that was made before DTLS had said so.
    let mut offering = without_srtp();
    offering.exchange(&[DATA]);
    let mut pair = offering.pair();
    let offer = crate::wire::offer(&pair.b, &[DATA, AUDIO]);
    pair.a.set_remote_description(START, offer).unwrap();
    let early = pair.a.create_answer(START).unwrap();
    assert_eq!(ports(&early.sdp), ["9", "9"]);
    pair.run_until(|pair| pair.a.connection_state() == ConnectionState::Connected)
        .unwrap();
    let now = pair.now();
    assert!(pair.a.set_local_description(now, early).is_err());
    let answer = pair.a.create_answer(now).unwrap();
    assert_eq!(ports(&answer.sdp), ["9", "0"]);
    pair.a.set_local_description(now, answer).unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(closings(&pair), []);
}

#[test]
fn a_dtls_handshake_that_nobody_answers_ends_after_its_time() {
    assert_eq!(config().handshake_timeout, Duration::from_secs(30));
    for (role, seconds) in [(Role::Server, 30), (Role::Client, 30), (Role::Server, 10)] {
        let mut config = config();
        config.handshake_timeout = Duration::from_secs(seconds);
        let mut offering = Offering::with_dtls(config, dtls_config(role));
        offering.mute_dtls();
        offering.exchange(&[AUDIO, DATA]);
        let mut pair = offering.pair();
        pair.run_until(|pair| pair.a.selected_path().is_some())
            .unwrap();
        let begun = pair.now() - START;
        pair.run_for(Duration::from_mins(2)).unwrap();
        let reason = CloseReason::Dtls(strata_dtls::CloseReason::Timeout);
        assert_eq!(
            closings(&pair),
            [(begun + Duration::from_secs(seconds), reason)],
            "{role:?}"
        );
        let failed = Event::ConnectionStateChanged(ConnectionState::Failed);
        assert!(pair.a_events.iter().any(|(_, event)| *event == failed));
    }
}

/// The other side knows DTLS and no SCTP, though its offer has the section.
#[test]
fn sctp_that_nobody_answers_ends_after_30_s() {
    let reason = CloseReason::Sctp(strata_sctp::CloseReason::ConnectTimeout);
    for (sections, whole) in [(&[DATA][..], true), (&[AUDIO, DATA], false)] {
        let mut offering = Offering::new(config());
        offering.exchange(sections);
        let channel = offering
            .peer
            .open_channel(START, ChannelConfig::new("chat"))
            .unwrap();
        let mut pair = offering.connect();
        let begun = pair
            .a_events
            .iter()
            .find(|(_, event)| *event == Event::ConnectionStateChanged(ConnectionState::Connected))
            .unwrap()
            .0;
        pair.run_for(Duration::from_mins(2)).unwrap();
        let due = begun + Duration::from_secs(30);
        let gone: Vec<_> = pair
            .a_events
            .iter()
            .filter(|(_, event)| *event == Event::ChannelClosed { id: channel })
            .map(|(at, _)| *at)
            .collect();
        assert_eq!(gone, [due]);
        let expected = if whole {
            vec![(due - START, reason)]
        } else {
            vec![]
        };
        assert_eq!(closings(&pair), expected);
    }
}

/// RFC 8863 §4: ICE waits for checks from addresses that it was not told of, and no longer.
#[test]
fn ice_without_a_candidate_of_the_other_side_ends_after_its_patience() {
    for wait in [None, Some(Duration::ZERO), Some(Duration::from_secs(9))] {
        let mut config = config();
        config.close_after_failed = wait;
        let patience = config.ice.patience;
        let mut offering = Offering::new(config);
        offering.exchange(&[AUDIO, DATA]);
        let mut pair = offering.pair();
        pair.cut();
        pair.run_for(Duration::from_mins(2)).unwrap();
        let failed = Event::ConnectionStateChanged(ConnectionState::Failed);
        assert!(pair.a_events.iter().any(|(_, event)| *event == failed));
        let closed = wait.map(|wait| (patience + wait, CloseReason::IceFailed));
        assert_eq!(closings(&pair), closed.into_iter().collect::<Vec<_>>());
    }
}
