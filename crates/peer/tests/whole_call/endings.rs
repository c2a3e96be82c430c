//! How calls end, or never begin.

use std::{sync::Arc, time::Duration};

use strata_core::{Datagram, Endpoint as _, Instant, Path};
use strata_crypto::Certificate;
use strata_peer::{
    AddCandidateError, AddTransceiverError, ChannelConfig, CloseReason, Config, ConnectionState,
    Description, DescriptionError, Direction, Event, MediaKind, MessageKind, OpenChannelError,
    Peer, WriteError,
};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

use crate::support::{
    Call, Contents, EVERYTHING, answered, answerer_config, call, call_with, certificates, closings,
    connect, describe, messages, offerer_config, opened, packet, peers, received, sections, states,
};

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(10));

/// A call that stood for a second, and that one side has closed.
fn ended_call() -> Call {
    let mut pair = call(EVERYTHING, LINK, 1);
    connect(&mut pair);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let now = pair.now();
    pair.a.close(now);
    pair.run_for(Duration::from_millis(50)).unwrap();
    pair
}

#[test]
fn closing_one_side_closes_the_other() {
    let mut pair = ended_call();
    let now = pair.now();
    assert_eq!(closings(&pair.a_events), [CloseReason::Local]);
    assert_eq!(closings(&pair.b_events), [CloseReason::Remote]);
    for (peer, events) in [(&mut pair.a, &pair.a_events), (&mut pair.b, &pair.b_events)] {
        assert!(matches!(events.last(), Some((_, Event::Closed { .. }))));
        assert_eq!(peer.connection_state(), ConnectionState::Closed);
        assert_eq!(peer.poll_timeout(), None);
        assert_eq!(peer.poll_event(), None);
        assert_eq!(peer.poll_transmit(now, &mut Vec::new()), None);
    }
}

/// What has ended is not connecting, though DTLS tells of its end only when its last datagram is polled.
#[test]
fn nothing_is_connecting_at_the_end() {
    let pair = ended_call();
    for events in [&pair.a_events, &pair.b_events] {
        assert_eq!(
            states(events),
            [
                ConnectionState::Connecting,
                ConnectionState::Connected,
                ConnectionState::Closed
            ]
        );
    }
}

#[test]
fn a_dead_path_is_noticed_when_consent_expires() {
    let mut pair = call(EVERYTHING, LINK, 2);
    connect(&mut pair);
    pair.run_for(Duration::from_mins(1)).unwrap();
    assert_eq!(closings(&pair.a_events), []);
    pair.cut();
    let cut = pair.now();
    let failed = |events: &[(Instant, Event)]| {
        let failed = Event::ConnectionStateChanged(ConnectionState::Failed);
        events
            .iter()
            .find(|(_, event)| *event == failed)
            .map(|(at, _)| *at)
    };
    pair.run_until(|pair| failed(&pair.a_events).is_some() && failed(&pair.b_events).is_some())
        .unwrap();
    for events in [&pair.a_events, &pair.b_events] {
        assert_eq!(closings(events), []);
        let at = failed(events).unwrap();
        // RFC 7675 §5.1: 30 s after the last answer, which came at most 6 s before the cut.
        let after = at - cut;
        assert!(
            after > Duration::from_secs(23) && after <= Duration::from_secs(30),
            "{after:?}"
        );
    }
}

#[test]
fn another_certificate_than_announced_gets_no_data() {
    let impostor = Arc::new(Certificate::generate().unwrap());
    let mut entropy = SeededEntropy::entropy(3);
    let [mut a, mut b] = peers(
        [offerer_config(), Config::new(impostor)],
        EVERYTHING,
        &mut entropy,
    );
    let now = strata_sim::START;
    let answer = answered(&mut a, &mut b, now);
    let line = |certificate: &Certificate| certificate.fingerprint().to_string();
    let announced = line(&certificates()[1]);
    let shown = answer
        .sdp
        .lines()
        .find_map(|line| line.strip_prefix("a=fingerprint:"))
        .unwrap()
        .to_owned();
    let forged = answer.sdp.replace(&shown, &announced);
    assert_ne!(forged, answer.sdp);
    a.set_remote_description(now, Description::answer(forged))
        .unwrap();
    let mut pair = Pair::new(a, b, LINK, 3);
    pair.run_for(Duration::from_secs(10)).unwrap();
    assert_eq!(
        closings(&pair.a_events),
        [CloseReason::Dtls(
            strata_dtls::CloseReason::FingerprintMismatch
        )]
    );
    for events in [&pair.a_events, &pair.b_events] {
        assert_eq!(messages(events), []);
        assert_eq!(opened(events), None);
        assert!(!events.iter().any(|(_, event)| matches!(
            event,
            Event::ConnectionStateChanged(ConnectionState::Connected) | Event::MediaPacket { .. }
        )));
    }
}

#[test]
fn nothing_can_be_sent_before_the_handshake_is_done() {
    let mut pair = call(EVERYTHING, LINK, 4);
    let now = pair.now();
    let (mid, payload_type, _) = sections(&pair.a)[0];
    let result = pair.a.write_rtp(now, &mid, packet(payload_type, 0, false));
    assert_eq!(result, Err(WriteError::NotConnected));
}

#[test]
fn writing_is_checked_and_bounded() {
    let mut pair = call(EVERYTHING, LINK, 5);
    connect(&mut pair);
    let now = pair.now();
    let (audio, opus, _) = sections(&pair.a)[0];
    let (_, vp8, _) = sections(&pair.a)[1];
    let nowhere = "9".parse().unwrap();
    let mut write = |mid, packet| pair.a.write_rtp(now, &mid, packet);
    assert_eq!(
        write(nowhere, packet(opus, 0, false)),
        Err(WriteError::UnknownMid(nowhere))
    );
    assert_eq!(
        write(audio, packet(vp8, 0, false)),
        Err(WriteError::PayloadType(vp8))
    );
    assert_eq!(
        write(audio, packet(opus, 0, true)),
        Err(WriteError::PayloadType(opus))
    );
    let mut long = packet(opus, 0, false);
    long.payload = vec![0; 2000].into();
    assert!(matches!(
        write(audio, long),
        Err(WriteError::TooLong { .. })
    ));
    for n in 0..1024 {
        assert_eq!(write(audio, packet(opus, n, false)), Ok(()));
    }
    let full = write(audio, packet(opus, 1024, false));
    assert_eq!(full, Err(WriteError::QueueFull { limit: 1024 }));
    assert_eq!(
        pair.a.write_rtcp(now, b"no RTCP"),
        Err(WriteError::Malformed)
    );
}

#[test]
fn a_message_can_be_the_last_word() {
    let mut pair = call(EVERYTHING, LINK, 6);
    pair.run_until(|pair| opened(&pair.a_events).is_some())
        .unwrap();
    let (now, id) = (pair.now(), opened(&pair.a_events).unwrap());
    pair.a
        .channel(id)
        .unwrap()
        .send(now, MessageKind::Text, "bye")
        .unwrap();
    pair.run_for(Duration::from_millis(100)).unwrap();
    let now = pair.now();
    pair.a.close(now);
    pair.run_for(Duration::from_millis(100)).unwrap();
    assert_eq!(
        messages(&pair.b_events),
        [(MessageKind::Text, b"bye".to_vec())]
    );
}

#[test]
fn a_dead_association_ends_a_peer_of_nothing_but_data_and_the_other_side_is_told() {
    let mut configs = [offerer_config(), answerer_config()];
    configs[0].sctp.timing.max_init_retransmissions = 1;
    let data = Contents {
        media: false,
        data: true,
    };
    let [mut a, mut b] = peers(configs, data, &mut SeededEntropy::entropy(9));
    let now = strata_sim::START;
    let answer = answered(&mut a, &mut b, now);
    // Nobody is there.
    let elsewhere = answer.sdp.replace("a=sctp-port:5000", "a=sctp-port:5001");
    a.set_remote_description(now, Description::answer(elsewhere))
        .unwrap();
    let mut pair = Pair::new(a, b, LINK, 9);
    pair.run_until(|pair| !closings(&pair.b_events).is_empty())
        .unwrap();
    let [CloseReason::Sctp(_)] = closings(&pair.a_events)[..] else {
        panic!("{:?}", closings(&pair.a_events));
    };
    assert_eq!(closings(&pair.b_events), [CloseReason::Remote]);
}

/// A peer that is closed says so once, and is deaf and dumb from then on.
fn assert_closes(peer: &mut Peer, now: Instant, state: &str) {
    peer.close(now);
    peer.close(now);
    let mut out = Vec::new();
    while peer.poll_transmit(now, &mut out).is_some() {}
    let told: Vec<_> = std::iter::from_fn(|| peer.poll_event())
        .map(|event| (now, event))
        .collect();
    assert_eq!(closings(&told), [CloseReason::Local], "{state}");
    assert!(
        matches!(told.last(), Some((_, Event::Closed { .. }))),
        "{state}"
    );
    assert_says_that_it_is_closed(peer, now, state);
    for description in [Description::rollback(), Description::offer("v=0")] {
        let closed = Err(DescriptionError::Closed);
        let result = peer.set_remote_description(now, description.clone());
        assert_eq!(result, closed, "{state}");
        let result = peer.set_local_description(now, description);
        assert_eq!(result, closed, "{state}");
    }
    for first in [0, 22, 128] {
        let mut datagram = vec![first; 40];
        let path = Path::udp(Call::A_ADDRESS, Call::B_ADDRESS);
        peer.handle_input(now, Datagram::new(path, &mut datagram));
    }
    peer.handle_timeout(now + Duration::from_mins(1));
    assert_eq!(peer.poll_timeout(), None, "{state}");
    assert_eq!(peer.poll_event(), None, "{state}");
    assert_eq!(peer.poll_transmit(now, &mut out), None, "{state}");
    assert_eq!(peer.stats().dropped.closed, 3, "{state}");
}

/// Every call of a closed peer says so.
fn assert_says_that_it_is_closed(peer: &mut Peer, now: Instant, state: &str) {
    let (closed, line) = (
        DescriptionError::Closed,
        "candidate:1 1 udp 1 192.0.2.9 5000 typ host",
    );
    assert_eq!(peer.create_offer(now), Err(closed.clone()), "{state}");
    assert_eq!(peer.create_answer(now), Err(closed), "{state}");
    let (address, mid) = (Call::A_ADDRESS, "0".parse().unwrap());
    for result in [
        peer.add_local_candidate(now, address),
        peer.end_of_local_candidates(now),
        peer.add_remote_candidate(now, None, line),
        peer.add_remote_candidate(now, None, ""),
    ] {
        assert_eq!(result, Err(AddCandidateError::Closed), "{state}");
    }
    let ssrc = strata_peer::Ssrc::new(1);
    let rtp = packet(strata_peer::PayloadType::new(96).unwrap(), 0, false);
    for result in [
        peer.write_rtp(now, &mid, rtp),
        peer.write_rtcp(now, &[]),
        peer.request_keyframe(now, ssrc),
        peer.write_nack(now, ssrc, &[]),
        peer.write_remb(now, 1, &[]),
    ] {
        assert_eq!(result, Err(WriteError::Closed), "{state}");
    }
    let channel = peer.open_channel(now, ChannelConfig::new("late"));
    assert_eq!(channel, Err(OpenChannelError::Closed), "{state}");
    assert_eq!(peer.channel_ids().count(), 0, "{state}");
    let added = peer.add_transceiver(MediaKind::Audio, Direction::SendRecv);
    assert_eq!(added, Err(AddTransceiverError::Closed), "{state}");
    let known = peer.transceivers().next().unwrap().id();
    assert!(!peer.set_direction(known, Direction::Inactive), "{state}");
    assert!(!peer.restart_ice(now), "{state}");
}

#[test]
fn closing_works_in_every_state() {
    let mut entropy = SeededEntropy::entropy(11);
    let mut new = || {
        peers(
            [offerer_config(), answerer_config()],
            EVERYTHING,
            &mut entropy,
        )
    };
    let now = strata_sim::START;
    let [mut a, mut b] = new();
    let offer = a.create_offer(now).unwrap();
    assert_closes(&mut new()[0], now, "new");
    a.set_local_description(now, offer.clone()).unwrap();
    b.set_remote_description(now, offer).unwrap();
    assert_closes(&mut a, now, "have-local-offer");
    assert_closes(&mut b, now, "have-remote-offer");
    // While ICE checks, while DTLS shakes hands, and later.
    for after in (0..300).step_by(7) {
        let mut pair = call(EVERYTHING, LINK, 12);
        pair.run_for(Duration::from_millis(after)).unwrap();
        let (now, state) = (pair.now(), format!("after {after} ms"));
        assert_closes(&mut pair.a, now, &state);
        assert_closes(&mut pair.b, now, &state);
    }
    // While both have an offer that begins another session of ICE.
    let mut pair = call(EVERYTHING, LINK, 13);
    connect(&mut pair);
    let now = pair.now();
    pair.a.restart_ice(now);
    let offer = pair.a.create_offer(now).unwrap();
    pair.a.set_local_description(now, offer.clone()).unwrap();
    pair.b.set_remote_description(now, offer).unwrap();
    assert_closes(&mut pair.a, now, "restarting");
    assert_closes(&mut pair.b, now, "asked to restart");
}

/// Two sides that do no SRTP.
fn without_srtp() -> [Config; 2] {
    [offerer_config(), answerer_config()].map(|mut config| {
        config.srtp_profiles.clear();
        config
    })
}

/// RFC 8827 §6.5: media is never sent in the clear.
#[test]
fn media_without_srtp_ends_the_connection_with_that_reason() {
    let mut pair = call_with(without_srtp(), EVERYTHING, LINK, 10);
    pair.run_for(Duration::from_secs(1)).unwrap();
    // The DTLS server is done first, and says so to the client.
    assert_eq!(closings(&pair.a_events), [CloseReason::NoSrtpProfile]);
    assert_eq!(closings(&pair.b_events), [CloseReason::Remote]);
    assert_eq!(pair.a.stats().media.packets_sent, 0);
}

#[test]
fn a_call_without_srtp_carries_data_and_takes_no_media() {
    let data = Contents {
        media: false,
        data: true,
    };
    let mut pair = call_with(without_srtp(), data, LINK, 10);
    // Before it is known.
    let early = pair
        .a
        .add_transceiver(MediaKind::Video, Direction::SendRecv);
    let early = early.unwrap();
    connect(&mut pair);
    let now = pair.now();
    let added = pair
        .a
        .add_transceiver(MediaKind::Audio, Direction::SendRecv);
    assert_eq!(added, Err(AddTransceiverError::NoSrtp));
    assert_eq!(pair.a.write_rtcp(now, &[]), Err(WriteError::NoSrtp));
    describe(&mut pair.a, &mut pair.b, now);
    assert_eq!(pair.a.transceiver(early).unwrap().mid(), None);
    let offer = pair.a.local_description().unwrap();
    assert!(!offer.contains("m=video"), "{offer}");
    pair.run_until(|pair| opened(&pair.b_events).is_some())
        .unwrap();
    assert_eq!(closings(&pair.a_events), []);
}

#[test]
fn what_arrives_together_with_the_end_is_delivered_before_it() {
    let mut pair = call(EVERYTHING, LINK, 8);
    pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
        .unwrap();
    let (now, id) = (pair.now(), opened(&pair.a_events).unwrap());
    let (audio, payload_type, _) = sections(&pair.a)[0];
    let mut channel = pair.a.channel(id).unwrap();
    channel.send(now, MessageKind::Text, "bye").unwrap();
    pair.a
        .write_rtp(now, &audio, packet(payload_type, 0, false))
        .unwrap();
    // Everything comes before the other side looks at any of it.
    let mut out = Vec::new();
    for closing in [false, true] {
        if closing {
            pair.a.close(now);
        }
        while let Some(transmit) = pair.a.poll_transmit(now, &mut out) {
            let datagram = Datagram::new(transmit.path.reversed(), &mut out);
            pair.b.handle_input(now, datagram);
            out.clear();
        }
    }
    while pair.b.poll_transmit(now, &mut out).is_some() {}
    let told: Vec<_> = std::iter::from_fn(|| pair.b.poll_event())
        .map(|event| (now, event))
        .collect();
    assert_eq!(messages(&told), [(MessageKind::Text, b"bye".to_vec())]);
    assert_eq!(received(&told, audio, false), [0]);
    assert_eq!(closings(&told), [CloseReason::Remote]);
    assert!(matches!(told.last(), Some((_, Event::Closed { .. }))));
}

#[test]
fn a_peer_that_was_never_described_closes() {
    let mut peer = Peer::new(answerer_config(), SeededEntropy::entropy(7));
    let now = strata_sim::START;
    peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
        .unwrap();
    peer.close(now);
    let mut events = Vec::new();
    assert_eq!(peer.poll_transmit(now, &mut Vec::new()), None);
    while let Some(event) = peer.poll_event() {
        events.push(event);
    }
    assert_eq!(
        events,
        [
            Event::ConnectionStateChanged(ConnectionState::Closed),
            Event::Closed {
                reason: CloseReason::Local
            }
        ]
    );
    assert!(peer.create_offer(now).is_err());
    assert!(peer.add_local_candidate(now, Call::A_ADDRESS).is_err());
}
