//! Our own offers.

use strata_core::Endpoint as _;
use strata_peer::{ChannelConfig, Description, DescriptionError, Direction, Event, MediaKind};
use strata_sdp::{Session, Setup};

use crate::support::{NOW, media_peer, peer, peer_with};

fn offer(peer: &mut strata_peer::Peer) -> Session {
    Session::parse(&peer.create_offer(NOW).unwrap().sdp).unwrap()
}

/// RFC 9429 §5.2.1, RFC 9143 §9.1.1: the sections of an offer, all bundled, in which a payload type means one codec.
#[test]
fn an_offer_has_everything_that_was_added_and_data_last() {
    let mut peer = media_peer(1);
    peer.open_channel(NOW, ChannelConfig::new("chat")).unwrap();
    peer.add_transceiver(MediaKind::Video, Direction::RecvOnly)
        .unwrap();
    let offer = offer(&mut peer);
    let lines: Vec<_> = offer
        .media
        .iter()
        .map(|media| {
            (
                media.kind(),
                media.mid().unwrap().to_string(),
                offer.direction_of(media),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("audio", "0".to_owned(), Direction::SendRecv),
            ("video", "1".to_owned(), Direction::SendRecv),
            ("video", "2".to_owned(), Direction::RecvOnly),
            ("application", "3".to_owned(), Direction::SendRecv),
        ]
    );
    assert_eq!(offer.attributes.value_of("group"), Some("BUNDLE 0 1 2 3"));
    for media in &offer.media {
        assert_eq!(offer.setup_of(media), Some(Setup::ActPass));
        assert!(media.protocol().starts_with("UDP/"));
    }
    // One codec has one number in the whole bundle.
    assert_eq!(
        offer.media[1].formats().collect::<Vec<_>>(),
        offer.media[2].formats().collect::<Vec<_>>()
    );
}

#[test]
fn every_source_is_different() {
    let mut peer = peer(2);
    for _ in 0..50 {
        peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
            .unwrap();
    }
    let mut sources: Vec<u32> = peer
        .transceivers()
        .flat_map(|t| [t.ssrc().get(), t.rtx_ssrc().unwrap().get()])
        .collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources.len(), 100);
}

/// RFC 8841 §6: what is announced is what SCTP accepts, whatever it was told.
#[test]
fn the_announced_message_size_is_the_one_that_sctp_accepts() {
    for (told, buffer, announced) in [
        (262_144, 4 << 20, 262_144),
        (1000, 4 << 20, 1000),
        (1 << 20, 100_000, 100_000),
        // 0 would be any size.
        (0, 4 << 20, 1),
    ] {
        let mut peer = peer_with(44, |config| {
            config.sctp.max_message_size = told;
            config.sctp.limits.receive_buffer = buffer;
        });
        peer.open_channel(NOW, ChannelConfig::new("chat")).unwrap();
        let offer = Session::parse(&peer.create_offer(NOW).unwrap().sdp).unwrap();
        assert_eq!(offer.media[0].max_message_size(), Some(announced), "{told}");
    }
}

#[test]
fn nothing_changes_until_an_offer_is_set() {
    let mut peer = media_peer(3);
    let first = offer(&mut peer);
    let second = offer(&mut peer);
    assert_eq!(first.media, second.media);
    assert!(second.origin().session_version > first.origin().session_version);
    assert!(
        peer.transceivers()
            .all(|transceiver| transceiver.mid().is_none())
    );
    assert_eq!(peer.local_description(), None);
}

#[test]
fn an_empty_session_cannot_be_offered() {
    assert_eq!(
        peer(4).create_offer(NOW),
        Err(DescriptionError::NoTransport)
    );
}

/// RFC 9429 §3.5.2.
#[test]
fn candidates_before_the_offer_are_in_it_and_later_ones_are_told() {
    let mut peer = media_peer(5);
    let offer = peer.create_offer(NOW).unwrap();
    assert_eq!(offer.sdp.matches("a=candidate:").count(), 1);
    peer.set_local_description(NOW, offer).unwrap();
    peer.add_local_candidate(NOW, "192.0.2.8:5001".parse().unwrap())
        .unwrap();
    peer.end_of_local_candidates(NOW).unwrap();
    let mut told = Vec::new();
    while let Some(event) = peer.poll_event() {
        if let Event::LocalCandidate { mid, line } = event {
            told.push((mid.to_string(), line));
        }
    }
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].0, "0");
    assert!(told[0].1.starts_with("candidate:") && told[0].1.contains(" 192.0.2.8 5001 typ host"));
    assert_eq!(told[1], ("0".to_owned(), String::new()));
}

/// RFC 9429 §5.4: a description that was changed is refused.
#[test]
fn only_what_was_created_can_be_set() {
    let mut peer = media_peer(6);
    let offer = peer.create_offer(NOW).unwrap();
    let changed = Description::offer(offer.sdp.replace("sendrecv", "inactive"));
    let result = peer.set_local_description(NOW, changed);
    assert_eq!(result, Err(DescriptionError::NotCreatedHere));
    // A candidate that came in between does not make it another one.
    peer.add_local_candidate(NOW, "192.0.2.8:5001".parse().unwrap())
        .unwrap();
    assert_eq!(peer.set_local_description(NOW, offer), Ok(()));
}

/// RFC 8839 §5.5, §5.6: what ICE can do, and its pace where that is not the usual one.
#[test]
fn an_offer_says_what_its_ice_can_do() {
    for (renomination, millis, options, pacing) in [
        (true, 50, "ice2 trickle renomination", None),
        (false, 50, "ice2 trickle", None),
        (true, 20, "ice2 trickle renomination", Some("20")),
        // RFC 8445 §14.2: never less than 5 ms.
        (true, 1, "ice2 trickle renomination", Some("5")),
    ] {
        let mut peer = peer_with(1, |config| {
            config.ice.renomination = renomination;
            config.ice.pacing = core::time::Duration::from_millis(millis);
        });
        peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
            .unwrap();
        let attributes = offer(&mut peer).attributes;
        assert_eq!(attributes.value_of("ice-options"), Some(options));
        assert_eq!(attributes.value_of("ice-pacing"), pacing);
    }
}
