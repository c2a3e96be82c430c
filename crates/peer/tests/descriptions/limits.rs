//! How many sections there may be, and how long a description.

use strata_peer::{AddTransceiverError, Description, DescriptionError, Direction, MediaKind};
use strata_sdp::Session;

use crate::{
    sections::offered_and_answered,
    support::{NOW, answer, chromium_like, limited_peer},
};

#[test]
fn sections_are_limited() {
    let many = |count: usize| {
        let (head, tail) = chromium_like().split_once("m=audio").map_or_else(
            || unreachable!(),
            |(head, tail)| (head.to_owned(), tail.to_owned()),
        );
        let (audio, _) = tail.split_once("m=video").unwrap();
        let mids: Vec<_> = (0..count).map(|n| n.to_string()).collect();
        let sections = mids
            .iter()
            .map(|mid| format!("m=audio{}", audio.replace("mid:0", &format!("mid:{mid}"))));
        let group = format!("BUNDLE {}", mids.join(" "));
        head.replace("BUNDLE 0 1 2", &group) + &sections.collect::<String>()
    };
    let limits = strata_peer::Limits::default();
    assert_eq!(limits.sections, 256);
    let mut peer = limited_peer(22, limits);
    let refused = peer.set_remote_description(NOW, Description::offer(many(257)));
    assert_eq!(
        refused,
        Err(DescriptionError::TooManySections { limit: 256 })
    );
    let answer = answer(&mut peer, &many(256));
    assert!(answer.media.iter().all(|media| media.port() == 9));
    assert_eq!(peer.transceivers().count(), 256);
    let added = peer.add_transceiver(MediaKind::Audio, Direction::SendRecv);
    assert_eq!(added, Err(AddTransceiverError::TooMany { limit: 256 }));
}

/// What a side may offer, one with the same limits can read.
#[test]
fn an_offer_of_as_many_sections_as_there_may_be_is_answered() {
    for sections in [2, 120, 256] {
        let limits = strata_peer::Limits {
            sections,
            ..strata_peer::Limits::default()
        };
        let [mut a, mut b] = [40, 41].map(|seed| limited_peer(seed, limits));
        for _ in 0..sections {
            a.add_transceiver(MediaKind::Video, Direction::SendRecv)
                .unwrap();
        }
        let answered = offered_and_answered(&mut a, &mut b);
        let session = Session::parse(&answered).unwrap();
        assert_eq!(session.media.len(), sections);
        assert!(session.media.iter().all(|media| media.port() == 9));
    }
    assert_eq!(strata_peer::Limits::default().description_bytes(), 2 << 20);
    let mut few = limited_peer(
        42,
        strata_peer::Limits {
            sections: 2,
            ..strata_peer::Limits::default()
        },
    );
    let padding = format!("a=x:{}\r\n", "y".repeat(2 * 8 * 1024));
    let long = chromium_like().replacen("a=mid:0\r\n", &format!("{padding}a=mid:0\r\n"), 1);
    let refused = few.set_remote_description(NOW, Description::offer(long));
    assert!(
        matches!(refused, Err(DescriptionError::Parse(_))),
        "{refused:?}"
    );
}
