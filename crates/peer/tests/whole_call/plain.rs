//! Calls over a network that does nothing wrong.

use std::time::Duration;

use strata_peer::{ConnectionState, Direction, Event, MessageKind};
use strata_sim::LinkConfig;

use crate::support::{
    Contents, EVERYTHING, answerer_config, call, call_with, connect, messages, offerer_config,
    opened, packet, payload, received, sections, states, write_media,
};

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(10));

#[test]
fn a_peer_is_send() {
    strata_sim::assert_send::<strata_peer::Peer>();
    strata_sim::assert_send::<strata_peer::Demux<u32>>();
}

#[test]
fn a_call_connects_in_six_round_trips() {
    let mut pair = call(EVERYTHING, LINK, 1);
    connect(&mut pair);
    // One round trip for ICE's check, two for DTLS 1.2; both sides check at once.
    let round_trips = (pair.now() - strata_sim::START).as_secs_f64() / 0.02;
    assert!(round_trips <= 6.0, "{round_trips} round trips");
    for events in [&pair.a_events, &pair.b_events] {
        assert_eq!(
            states(events),
            [ConnectionState::Connecting, ConnectionState::Connected]
        );
    }
}

#[test]
fn the_answerers_sctp_port_is_used_although_a_channel_was_opened_before() {
    let mut configs = [offerer_config(), answerer_config()];
    configs[1].sctp.local_port = 6000;
    let data = Contents {
        media: false,
        data: true,
    };
    let mut pair = call_with(configs, data, LINK, 1);
    pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
        .unwrap();
}

#[test]
fn both_sides_agree_on_what_flows() {
    let pair = call(EVERYTHING, LINK, 2);
    assert_eq!(sections(&pair.a), sections(&pair.b));
    for peer in [&pair.a, &pair.b] {
        assert_eq!(peer.transceivers().count(), 2);
        for transceiver in peer.transceivers() {
            assert_eq!(transceiver.current_direction(), Some(Direction::SendRecv));
        }
    }
    for (one, other) in pair.a.transceivers().zip(pair.b.transceivers()) {
        assert_eq!(one.remote_sources().len(), 1);
        assert_eq!(one.remote_sources()[0].ssrc, other.ssrc());
        assert_eq!(one.remote_sources()[0].rtx, other.rtx_ssrc());
        assert_eq!(other.remote_sources()[0].ssrc, one.ssrc());
    }
}

#[test]
fn media_flows_both_ways_as_it_was_written() {
    let mut pair = call(EVERYTHING, LINK, 3);
    connect(&mut pair);
    let sections = sections(&pair.a);
    let now = pair.now();
    for n in 0..100 {
        write_media(&mut pair, n);
    }
    let (video, _, rtx) = sections[1];
    pair.a
        .write_rtp(now, &video, packet(rtx.unwrap(), 7, true))
        .unwrap();
    pair.run_for(Duration::from_millis(100)).unwrap();
    for events in [&pair.a_events, &pair.b_events] {
        for (mid, payload_type, _) in &sections {
            assert_eq!(received(events, *mid, false), (0..100).collect::<Vec<_>>());
            for (_, event) in events {
                let Event::MediaPacket { mid: of, packet } = event else {
                    continue;
                };
                if of == mid && !packet.is_repair() {
                    let n = packet.view().sequence_number().get();
                    assert_eq!(packet.view().payload_type(), *payload_type);
                    assert_eq!(packet.view().marker(), n.is_multiple_of(7));
                    assert_eq!(packet.payload(), payload(n));
                }
            }
        }
    }
    assert_eq!(received(&pair.b_events, video, true), [7]);
    let stats = pair.b.stats();
    assert_eq!(stats.media.packets_received, 201);
    assert_eq!(stats.dropped, strata_peer::Drops::default());
}

#[test]
fn messages_arrive_on_the_channel_they_were_sent_on() {
    let mut pair = call(EVERYTHING, LINK, 4);
    pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
        .unwrap();
    let now = pair.now();
    let (a, b) = (
        opened(&pair.a_events).unwrap(),
        opened(&pair.b_events).unwrap(),
    );
    assert_eq!(pair.b.channel(b).unwrap().label(), "chat");
    let big = vec![0x5a; 200_000];
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "hello")
        .unwrap();
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Binary, big.clone())
        .unwrap();
    pair.b
        .channel(b)
        .unwrap()
        .send(now, MessageKind::Text, "")
        .unwrap();
    pair.run_for(Duration::from_secs(5)).unwrap();
    let expected = [
        (MessageKind::Text, b"hello".to_vec()),
        (MessageKind::Binary, big),
    ];
    assert_eq!(messages(&pair.b_events), expected);
    assert_eq!(messages(&pair.a_events), [(MessageKind::Text, Vec::new())]);
}

#[test]
fn feedback_reaches_the_sender() {
    let mut pair = call(EVERYTHING, LINK, 5);
    connect(&mut pair);
    let now = pair.now();
    let video = pair.b.transceivers().nth(1).unwrap();
    let (mid, source) = (video.mid().unwrap(), video.remote_sources()[0].ssrc);
    pair.b.request_keyframe(now, source).unwrap();
    pair.b.write_remb(now, 1_000_000, &[source]).unwrap();
    pair.run_for(Duration::from_millis(100)).unwrap();
    let told: Vec<_> = pair
        .a_events
        .iter()
        .filter(|(_, e)| matches!(e, Event::KeyframeRequested { .. } | Event::Rtcp { .. }))
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(matches!(told[0].1, Event::Rtcp { .. }));
    assert_eq!(told[1].1, Event::KeyframeRequested { mid });
    assert!(matches!(told[2].1, Event::Rtcp { .. }));
}

#[test]
fn runs_of_datagrams_carry_the_same_messages() {
    let mut configs = [offerer_config(), answerer_config()];
    configs[0].max_segments = std::num::NonZeroUsize::new(32).unwrap();
    let mut pair = call_with(
        configs,
        Contents {
            media: false,
            data: true,
        },
        LINK,
        6,
    );
    pair.run_until(|pair| opened(&pair.a_events).is_some())
        .unwrap();
    let (now, id) = (pair.now(), opened(&pair.a_events).unwrap());
    let mut expected = Vec::new();
    for n in 0_u16..200 {
        let message = n.to_be_bytes().repeat(1 + usize::from(n) * 7);
        expected.push((MessageKind::Binary, message.clone()));
        pair.a
            .channel(id)
            .unwrap()
            .send(now, MessageKind::Binary, message)
            .unwrap();
    }
    pair.run_for(Duration::from_secs(20)).unwrap();
    assert_eq!(messages(&pair.b_events), expected);
}
