//! Calls whose descriptions come late, or again.

use std::time::Duration;

use strata_peer::{ChannelConfig, ConnectionState, Direction, Event, MediaKind, MessageKind};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

use crate::support::{
    Call, EVERYTHING, answered, answerer_config, call, closings, connect, connected, describe,
    messages, offerer_config, opened, packet, payload, peers, received, sections,
};

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(10));

/// A call whose answer takes `late` to come, on a network where everything else is fast.
fn late_answer(late: Duration) -> Call {
    let mut entropy = SeededEntropy::entropy(1);
    let [a, b] = peers(
        [offerer_config(), answerer_config()],
        EVERYTHING,
        &mut entropy,
    );
    let mut pair = Pair::new(a, b, LINK, 1);
    let now = pair.now();
    let answer = answered(&mut pair.a, &mut pair.b, now);
    pair.run_for(late).unwrap();
    assert!(!connected(&pair.a) && !connected(&pair.b));
    let now = pair.now();
    pair.a.set_remote_description(now, answer).unwrap();
    pair
}

#[test]
fn an_answer_may_come_later_than_the_first_checks_and_the_handshake() {
    let mut pair = late_answer(Duration::from_millis(500));
    let from = pair.now();
    connect(&mut pair);
    let took = pair.now() - from;
    assert!(took < Duration::from_millis(250), "{took:?}");
    // The flight that had come too early was kept.
    assert_eq!(pair.a.stats().dropped.unvalidated_path, 0);
}

#[test]
fn an_answer_may_come_very_late() {
    let mut pair = late_answer(Duration::from_secs(20));
    connect(&mut pair);
    assert_eq!(closings(&pair.a_events), []);
}

#[test]
fn a_candidate_may_come_last() {
    let mut entropy = SeededEntropy::entropy(2);
    let [mut a, mut b] = [offerer_config(), answerer_config()]
        .map(|config| strata_peer::Peer::new(config, entropy.fork()));
    a.open_channel(strata_sim::START, ChannelConfig::new("chat"))
        .unwrap();
    describe(&mut a, &mut b, strata_sim::START);
    let mut pair = Pair::new(a, b, LINK, 2);
    pair.run_for(Duration::from_secs(1)).unwrap();
    let now = pair.now();
    pair.a.add_local_candidate(now, Call::A_ADDRESS).unwrap();
    pair.b.add_local_candidate(now, Call::B_ADDRESS).unwrap();
    pair.drain().unwrap();
    let trickled = pair.a_events.iter().find_map(|(_, event)| match event {
        Event::LocalCandidate { mid, line } => Some((*mid, line.clone())),
        _ => None,
    });
    // One side is enough: the other learns it from the checks.
    let (mid, line) = trickled.unwrap();
    pair.b
        .add_remote_candidate(now, Some(mid.as_str()), &line)
        .unwrap();
    connect(&mut pair);
}

#[test]
fn a_restart_of_ice_does_not_disturb_what_flows() {
    let mut pair = call(EVERYTHING, LINK, 3);
    pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
        .unwrap();
    let [to_b, to_a] = [&pair.a_events, &pair.b_events].map(|events| opened(events).unwrap());
    let (audio, payload_type, _) = sections(&pair.a)[0];
    let before = pair.a.local_credentials().clone();
    for n in 0..200_u16 {
        let now = pair.now();
        if n == 50 {
            pair.a.restart_ice(now);
            describe(&mut pair.a, &mut pair.b, now);
        }
        for (peer, id) in [(&mut pair.a, to_b), (&mut pair.b, to_a)] {
            peer.write_rtp(now, &audio, packet(payload_type, n, false))
                .unwrap();
            let mut channel = peer.channel(id).unwrap();
            channel.send(now, MessageKind::Binary, payload(n)).unwrap();
        }
        pair.run_for(Duration::from_millis(20)).unwrap();
    }
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_ne!(*pair.a.local_credentials(), before);
    for (peer, events) in [(&pair.a, &pair.a_events), (&pair.b, &pair.b_events)] {
        let states = events.iter().filter_map(|(_, event)| match event {
            Event::ConnectionStateChanged(state) => Some(*state),
            _ => None,
        });
        assert_eq!(
            states.collect::<Vec<_>>(),
            [ConnectionState::Connecting, ConnectionState::Connected],
            "it was connected all the time"
        );
        assert!(connected(peer));
        // Everything, in order, as it was.
        let media = events.iter().filter_map(|(_, event)| match event {
            Event::MediaPacket { packet, .. } => Some(packet.payload().to_vec()),
            _ => None,
        });
        let sent: Vec<_> = (0..200).map(payload).collect();
        assert_eq!(media.collect::<Vec<_>>(), sent);
        let messages = messages(events).into_iter();
        assert_eq!(messages.map(|(_, data)| data).collect::<Vec<_>>(), sent);
    }
}

#[test]
fn a_path_that_dies_while_a_restart_waits_for_its_answer_is_noticed() {
    let mut pair = call(EVERYTHING, LINK, 6);
    connect(&mut pair);
    let now = pair.now();
    pair.a.restart_ice(now);
    let offer = pair.a.create_offer(now).unwrap();
    pair.a.set_local_description(now, offer).unwrap();
    pair.run_for(Duration::from_mins(1)).unwrap();
    assert!(connected(&pair.a));
    pair.cut();
    pair.run_for(Duration::from_mins(1)).unwrap();
    assert_eq!(pair.a.connection_state(), ConnectionState::Connecting);
    assert_eq!(pair.a.selected_path(), None);
}

#[test]
fn what_waits_to_be_sent_survives_another_exchange() {
    let mut pair = call(EVERYTHING, LINK, 5);
    connect(&mut pair);
    let now = pair.now();
    let [(audio, opus, _), (video, vp8, _)] = sections(&pair.a)[..] else {
        panic!("two sections");
    };
    for n in 0..10 {
        for (mid, payload_type) in [(audio, opus), (video, vp8)] {
            pair.a
                .write_rtp(now, &mid, packet(payload_type, n, false))
                .unwrap();
        }
    }
    // Of the section that does not send any more, nothing goes out.
    let id = pair.a.transceivers().next().unwrap().id();
    pair.a.set_direction(id, Direction::RecvOnly);
    describe(&mut pair.a, &mut pair.b, now);
    pair.run_for(Duration::from_millis(100)).unwrap();
    assert_eq!(received(&pair.b_events, audio, false), []);
    assert_eq!(
        received(&pair.b_events, video, false),
        (0..10).collect::<Vec<_>>()
    );
}

#[test]
fn a_section_that_is_added_carries_media() {
    let mut pair = call(EVERYTHING, LINK, 4);
    connect(&mut pair);
    let now = pair.now();
    let late = pair
        .b
        .add_transceiver(MediaKind::Video, Direction::SendOnly)
        .unwrap();
    describe(&mut pair.b, &mut pair.a, now);
    let transceiver = pair.b.transceiver(late).unwrap();
    let (mid, payload_type) = (
        transceiver.mid().unwrap(),
        transceiver.codecs()[0].payload_type,
    );
    for n in 0..20 {
        pair.b
            .write_rtp(now, &mid, packet(payload_type, n, false))
            .unwrap();
    }
    pair.run_for(Duration::from_millis(100)).unwrap();
    assert_eq!(
        received(&pair.a_events, mid, false),
        (0..20).collect::<Vec<_>>()
    );
    let told = |event: &Event| matches!(event, Event::TrackAdded { mid: of, .. } if *of == mid);
    assert!(pair.a_events.iter().any(|(_, event)| told(event)));
}
