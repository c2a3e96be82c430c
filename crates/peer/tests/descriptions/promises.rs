//! What descriptions promise is what the application keeps.

use strata_peer::{Description, Direction, Keeps, MediaKind, Peer};

use crate::support::{NOW, answer, chromium_like, peer_with};

/// The beginnings of the lines that promise something, and what makes them.
const PROMISES: [(&str, Keeps); 7] = [
    (
        " nack",
        Keeps {
            nack: true,
            ..Keeps::NOTHING
        },
    ),
    (
        " nack pli",
        Keeps {
            pli: true,
            ..Keeps::NOTHING
        },
    ),
    (
        " ccm fir",
        Keeps {
            fir: true,
            ..Keeps::NOTHING
        },
    ),
    (
        " goog-remb",
        Keeps {
            remb: true,
            ..Keeps::NOTHING
        },
    ),
    (
        " rtx/90000",
        Keeps {
            rtx: true,
            ..Keeps::NOTHING
        },
    ),
    (
        " urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        Keeps {
            audio_level: true,
            ..Keeps::NOTHING
        },
    ),
    (
        "a=rtcp-rsize",
        Keeps {
            reduced_size_rtcp: true,
            ..Keeps::NOTHING
        },
    ),
];

fn media_peer(seed: u64, keeps: Keeps) -> Peer {
    let mut peer = peer_with(seed, |config| config.keeps = keeps);
    for kind in [MediaKind::Audio, MediaKind::Video] {
        peer.add_transceiver(kind, Direction::SendRecv).unwrap();
    }
    peer
}

/// Which of the promises a description makes.
fn promised(sdp: &str) -> Vec<&'static str> {
    let made = |promise: &&str| sdp.lines().any(|line| line.ends_with(*promise));
    PROMISES
        .map(|(promise, _)| promise)
        .into_iter()
        .filter(made)
        .collect()
}

#[test]
fn what_the_application_does_not_keep_is_neither_offered_nor_answered() {
    assert_eq!(promised(&chromium_like()).len(), PROMISES.len());
    let all = PROMISES.map(|(promise, _)| promise);
    let rows = PROMISES.map(|(promise, keeps)| (keeps, vec![promise]));
    let whole = [
        (Keeps::NOTHING, Vec::new()),
        (Keeps::default(), Vec::new()),
        (Keeps::EVERYTHING, all.to_vec()),
    ];
    for (keeps, expected) in rows.into_iter().chain(whole) {
        let offer = media_peer(1, keeps).create_offer(NOW).unwrap().sdp;
        assert_eq!(promised(&offer), expected, "{keeps:?} in an offer");
        let answer = answer(&mut media_peer(1, keeps), &chromium_like());
        assert_eq!(
            promised(&answer.to_string()),
            expected,
            "{keeps:?} in an answer"
        );
    }
}

/// An SFU takes codecs that it does not know; what is said of them is promised all the same.
#[test]
fn codecs_that_are_passed_through_are_promised_nothing_more() {
    let mut peer = peer_with(2, |config| {
        config.keeps = Keeps {
            pli: true,
            ..Keeps::NOTHING
        };
        let codecs = std::sync::Arc::make_mut(&mut config.codecs);
        (codecs.video, codecs.pass_through) = (Vec::new(), true);
    });
    let answer = answer(&mut peer, &chromium_like()).to_string();
    assert_eq!(promised(&answer), [" nack pli"]);
}

/// RFC 9429 §5.2.2: later offers begin with what was agreed on, and add nothing.
#[test]
fn later_offers_promise_no_more_than_the_first() {
    for (promise, keeps) in PROMISES {
        let mut peer = media_peer(3, keeps);
        answer(&mut peer, &chromium_like());
        peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
            .unwrap();
        peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
            .unwrap();
        let offer = peer.create_offer(NOW).unwrap().sdp;
        assert_eq!(promised(&offer), [promise]);
    }
}

/// What is agreed on is what both keep, whoever offers.
#[test]
fn an_answer_that_promises_more_than_was_offered_is_not_believed() {
    let mut offerer = media_peer(4, Keeps::NOTHING);
    let mut answerer = media_peer(5, Keeps::EVERYTHING);
    let offer = offerer.create_offer(NOW).unwrap();
    offerer.set_local_description(NOW, offer.clone()).unwrap();
    let answer = answer(&mut answerer, &offer.sdp).to_string();
    assert_eq!(promised(&answer), [""; 0]);
    let more = answer.replace(
        "a=rtcp-mux\r\n",
        "a=rtcp-mux\r\na=rtcp-rsize\r\na=rtcp-fb:* nack\r\n",
    );
    assert_ne!(more, answer);
    offerer
        .set_remote_description(NOW, Description::answer(more))
        .unwrap();
    for transceiver in offerer.transceivers() {
        assert_eq!(transceiver.rtx_ssrc(), None);
        for codec in transceiver.codecs() {
            assert_eq!(
                (codec.feedback, codec.rtx),
                (strata_peer::Feedback::NONE, None)
            );
        }
    }
    let offer = offerer.create_offer(NOW).unwrap().sdp;
    assert_eq!(promised(&offer), [""; 0]);
}
