//! Whatever an offer has become on its way: it is refused, or it has a valid answer.

use proptest::prelude::*;
use strata_peer::{ChannelConfig, Description, Peer, SignalingState};
use strata_sdp::Session;

use crate::support::{NOW, assert_answers, chromium_like, firefox_like, media_peer};

/// One change of the lines of a text.
#[derive(Clone, Copy, Debug)]
enum Change {
    Remove(usize),
    Repeat(usize, usize),
    Swap(usize, usize),
    /// Port 0 in the media line of a section.
    Reject(usize),
    /// Another name in its `a=mid`, and in the group.
    Rename(usize),
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let line = 0..150_usize;
        prop_oneof![
            line.clone().prop_map(Self::Remove),
            (line.clone(), line.clone()).prop_map(|(a, b)| Self::Repeat(a, b)),
            (line.clone(), line).prop_map(|(a, b)| Self::Swap(a, b)),
            (0..3_usize).prop_map(Self::Reject),
            (0..3_usize).prop_map(Self::Rename),
        ]
    }

    fn apply(self, lines: &mut Vec<String>) {
        // The first four lines make it a description at all.
        let count = lines.len() - 4;
        let place = |n: usize| 4 + n % count;
        match self {
            Self::Remove(line) => drop(lines.remove(place(line))),
            Self::Repeat(line, to) => lines.insert(place(to), lines[place(line)].clone()),
            Self::Swap(a, b) => lines.swap(place(a), place(b)),
            Self::Reject(n) => {
                let media = lines.iter_mut().filter(|line| line.starts_with("m="));
                if let Some(line) = media.into_iter().nth(n) {
                    let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
                    *line = [&words[..1], &["0".to_owned()], &words[2..]]
                        .concat()
                        .join(" ");
                }
            }
            Self::Rename(n) => {
                for line in lines {
                    if line.starts_with("a=group:BUNDLE") {
                        *line = line.replace(&format!(" {n}"), &format!(" x{n}"));
                    } else if *line == format!("a=mid:{n}") {
                        *line = format!("a=mid:x{n}");
                    }
                }
            }
        }
    }
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        change.apply(&mut lines);
    }
    lines.join("\r\n") + "\r\n"
}

fn answer_if_taken(peer: &mut Peer, offer: &str, take_back: bool) {
    if peer
        .set_remote_description(NOW, Description::offer(offer))
        .is_err()
    {
        assert_eq!(peer.signaling_state(), SignalingState::Stable);
        return;
    }
    let answer = peer.create_answer(NOW).unwrap();
    assert_answers(
        &Session::parse(offer).unwrap(),
        &Session::parse(&answer.sdp).unwrap(),
    );
    let result = if take_back {
        peer.set_remote_description(NOW, Description::rollback())
    } else {
        peer.set_local_description(NOW, answer)
    };
    assert_eq!(result, Ok(()));
}

proptest! {
    #[test]
    fn offers_are_refused_or_answered(
        firefox: bool,
        offers in prop::collection::vec(
            (prop::collection::vec(Change::any(), 0..6), prop::bool::weighted(0.2)),
            1..5,
        ),
    ) {
        let text = if firefox { firefox_like() } else { chromium_like() };
        let mut peer = media_peer(1);
        for (changes, take_back) in offers {
            answer_if_taken(&mut peer, &changed(&text, &changes), take_back);
            // Two of our own, and one for each section.
            prop_assert!(peer.transceivers().count() <= 2 + text.len() / 100);
        }
        if let Ok(offer) = peer.create_offer(NOW) {
            prop_assert!(Session::parse(&offer.sdp).is_ok());
            peer.set_local_description(NOW, offer).unwrap();
        }
    }

    #[test]
    fn answers_are_refused_or_taken(changes in prop::collection::vec(Change::any(), 0..6)) {
        let (mut a, mut b) = (media_peer(1), media_peer(2));
        a.open_channel(NOW, ChannelConfig::new("chat")).unwrap();
        let offer = a.create_offer(NOW).unwrap();
        a.set_local_description(NOW, offer.clone()).unwrap();
        b.set_remote_description(NOW, offer).unwrap();
        let answer = b.create_answer(NOW).unwrap();
        let other = changed(&answer.sdp, &changes);
        let expected = match a.set_remote_description(NOW, Description::answer(other)) {
            Ok(()) => SignalingState::Stable,
            Err(_) => SignalingState::HaveLocalOffer,
        };
        prop_assert_eq!(a.signaling_state(), expected);
        for transceiver in a.transceivers() {
            let in_use = expected == SignalingState::Stable && !transceiver.is_stopped();
            prop_assert_eq!(in_use, !transceiver.codecs().is_empty());
        }
        if expected == SignalingState::HaveLocalOffer {
            prop_assert_eq!(a.set_remote_description(NOW, answer), Ok(()));
        }
    }
}
