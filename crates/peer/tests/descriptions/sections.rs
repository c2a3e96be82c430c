//! Sections that are rejected, taken back, used again, or not what they seem.

use strata_core::Endpoint as _;
use strata_peer::{
    ChannelConfig, Description, DescriptionError, Direction, Event, MediaKind, OpenChannelError,
    Peer, SectionProblem, SignalingState,
};
use strata_sdp::{Candidate, RtcpRsize, Session, TlsId};

use crate::support::{NOW, answer, chromium_like, firefox_like, media_peer, peer};

/// Our offer, set, and the answer of another peer to it.
pub(crate) fn offered_and_answered(ours: &mut Peer, theirs: &mut Peer) -> String {
    let offer = ours.create_offer(NOW).unwrap();
    ours.set_local_description(NOW, offer.clone()).unwrap();
    theirs.set_remote_description(NOW, offer).unwrap();
    let answer = theirs.create_answer(NOW).unwrap();
    theirs.set_local_description(NOW, answer.clone()).unwrap();
    answer.sdp
}

/// The same answer with some sections rejected.
fn rejecting(answer: &str, rejected: &[usize]) -> String {
    let mut session = Session::parse(answer).unwrap();
    let mut kept = Vec::new();
    for (index, media) in session.media.iter_mut().enumerate() {
        if rejected.contains(&index) {
            media.set_port(0);
        } else {
            kept.extend(media.mid());
        }
    }
    session.attributes.remove::<strata_sdp::Group>();
    if !kept.is_empty() {
        session.attributes.push(&strata_sdp::Group::bundle(kept));
    }
    session.to_string()
}

fn events(peer: &mut Peer) -> Vec<Event> {
    std::iter::from_fn(|| peer.poll_event()).collect()
}

#[test]
fn an_answer_may_reject_everything() {
    let (mut a, mut b) = (media_peer(1), media_peer(2));
    let id = a.open_channel(NOW, ChannelConfig::new("chat")).unwrap();
    let answer = offered_and_answered(&mut a, &mut b);
    let nothing = rejecting(&answer, &[0, 1, 2]);
    a.set_remote_description(NOW, Description::answer(nothing))
        .unwrap();
    assert_eq!(a.signaling_state(), SignalingState::Stable);
    assert!(a.transceivers().all(strata_peer::Transceiver::is_stopped));
    assert!(events(&mut a).contains(&Event::ChannelClosed { id }));
    // A later exchange may do better.
    a.add_transceiver(MediaKind::Audio, Direction::SendRecv)
        .unwrap();
    let mut c = media_peer(3);
    let answer = offered_and_answered(&mut a, &mut c);
    let session = Session::parse(&answer).unwrap();
    let ports: Vec<_> = session.media.iter().map(strata_sdp::Media::port).collect();
    assert_eq!(ports, [0, 0, 0, 9]);
    a.set_remote_description(NOW, Description::answer(answer))
        .unwrap();
}

#[test]
fn an_offer_of_which_nothing_can_be_accepted_is_answered() {
    let mut peer = peer(1);
    let offer = chromium_like()
        .replace("m=audio", "m=text")
        .replace("m=video", "m=image")
        .replace("m=application", "m=message");
    let answer = answer(&mut peer, &offer);
    assert!(answer.media.iter().all(|media| media.port() == 0));
    assert_eq!(answer.bundle_groups().count(), 0);
    assert_eq!(peer.signaling_state(), SignalingState::Stable);
}

#[test]
fn channels_of_a_rejected_data_section_are_closed() {
    let (mut a, mut b) = (media_peer(4), media_peer(5));
    let id = a.open_channel(NOW, ChannelConfig::new("chat")).unwrap();
    let answer = offered_and_answered(&mut a, &mut b);
    let no_data = rejecting(&answer, &[2]);
    a.set_remote_description(NOW, Description::answer(no_data))
        .unwrap();
    assert!(events(&mut a).contains(&Event::ChannelClosed { id }));
    assert!(a.channel(id).is_none());
    let result = a.open_channel(NOW, ChannelConfig::new("again"));
    assert_eq!(result, Err(OpenChannelError::Rejected));
    // Until the other side offers data itself.
    let offer = b.create_offer(NOW).unwrap().sdp;
    let offer = Session::parse(&offer).unwrap().to_string();
    a.set_remote_description(NOW, Description::offer(offer))
        .unwrap();
    let answer = a.create_answer(NOW).unwrap();
    a.set_local_description(NOW, answer).unwrap();
    assert!(a.open_channel(NOW, ChannelConfig::new("again")).is_ok());
}

#[test]
fn channels_may_move_to_another_section_and_back() {
    let mut peer = media_peer(26);
    let (media, data) = chromium_like().split_once("m=application").map_or_else(
        || unreachable!(),
        |(media, data)| (media.to_owned(), format!("m=application{data}")),
    );
    let stopped = data.replace("m=application 9", "m=application 0");
    let named = |section: &str, mid: u8| section.replace("mid:2", &format!("mid:{mid}"));
    let head = |bundle: &str| media.replace("BUNDLE 0 1 2", &format!("BUNDLE {bundle}"));
    answer(&mut peer, &chromium_like());
    for (bundle, third, fourth) in [
        ("0 1 3", &stopped, named(&data, 3)),
        ("0 1", &stopped, named(&stopped, 3)),
        ("0 1 4", &named(&data, 4), named(&stopped, 3)),
    ] {
        let answer = answer(&mut peer, &format!("{}{third}{fourth}", head(bundle)));
        assert_eq!(
            answer.attributes.value_of("group").unwrap(),
            format!("BUNDLE {bundle}")
        );
    }
    let channel = peer.open_channel(NOW, ChannelConfig::new("chat"));
    assert!(channel.is_ok(), "{channel:?}");
}

#[test]
fn a_rejected_data_section_does_not_come_back_as_something_else() {
    let mut peer = media_peer(6);
    let without = chromium_like()
        .replace("BUNDLE 0 1 2", "BUNDLE 0 1")
        .replace("m=application 9", "m=application 0");
    answer(&mut peer, &without);
    // The same name, another kind: RFC 9429 §5.2.2 wants another name, but who knows.
    let (head, _) = chromium_like().split_once("m=application").map_or_else(
        || unreachable!(),
        |(head, tail)| (head.to_owned(), tail.to_owned()),
    );
    let audio = head.split("m=").nth(1).unwrap().replace("mid:0", "mid:2");
    let audio = audio.replace("1001", "5001");
    let answer = answer(&mut peer, &format!("{head}m={audio}"));
    assert!(!answer.media[2].to_string_lines().contains("sctp-port"));
    assert!(answer.media[2].is_rtp());
    assert_eq!(answer.media[2].port(), 9);
}

#[test]
fn offers_that_come_to_nothing_leave_nothing_behind() {
    let mut peer = peer(7);
    for _ in 0..20 {
        let offer = Description::offer(chromium_like());
        peer.set_remote_description(NOW, offer).unwrap();
    }
    assert_eq!(peer.transceivers().count(), 2);
    peer.set_remote_description(NOW, Description::rollback())
        .unwrap();
    assert_eq!(peer.transceivers().count(), 0);
}

#[test]
fn recycled_sections_do_not_pile_up_transceivers() {
    let mut peer = peer(8);
    let mut last = None;
    for n in 0..20 {
        let (mid, port) = (format!("a=mid:x{}", n / 2), 9 * ((n + 1) % 2));
        let group = if port == 0 {
            "1 2"
        } else {
            &format!("x{} 1 2", n / 2)
        };
        let offer = chromium_like()
            .replace("BUNDLE 0 1 2", &format!("BUNDLE {group}"))
            .replace("a=mid:0", &mid)
            .replace("m=audio 9", &format!("m=audio {port}"));
        let answer = answer(&mut peer, &offer);
        assert_eq!(answer.media[0].port(), port);
        assert!(peer.transceivers().count() <= 2);
        let audio = peer.transceivers().find(|t| t.kind() == MediaKind::Audio);
        let audio = audio.map(strata_peer::Transceiver::id);
        assert_eq!(
            audio == last,
            port == 0,
            "each use has a transceiver of its own"
        );
        last = audio;
        assert!(last.is_some_and(|id| peer.transceiver(id).is_some()));
    }
}

#[test]
fn an_answer_without_an_offered_codec_is_refused() {
    let (mut a, mut b) = (media_peer(9), media_peer(10));
    let answer = offered_and_answered(&mut a, &mut b);
    let other = answer.replace("opus", "speex").replace("G722", "G729");
    let other = other
        .replace("PCMU/8000", "GSM/8000")
        .replace("PCMA/8000", "LPC/8000");
    let result = a.set_remote_description(NOW, Description::answer(other));
    let problem = SectionProblem::Codecs;
    assert_eq!(result, Err(DescriptionError::Section { index: 0, problem }));
    assert_eq!(a.signaling_state(), SignalingState::HaveLocalOffer);
    a.set_remote_description(NOW, Description::answer(answer))
        .unwrap();
}

/// RFC 9429 §5.11, RFC 8834 §4.5, RFC 9143 §7.3.3: what an answer must not leave out of a section that it accepts.
#[test]
fn an_answer_that_leaves_out_what_all_sections_share_is_refused() {
    let (mut a, mut b) = (media_peer(45), media_peer(46));
    let answer = offered_and_answered(&mut a, &mut b);
    let (first, second) = answer.split_once("m=video").unwrap();
    let without_mux = [first, &second.replace("a=rtcp-mux\r\n", "")].join("m=video");
    let alone = answer.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 0");
    for (changed, problem) in [
        (without_mux, SectionProblem::RtcpMux),
        (alone, SectionProblem::NotBundled),
    ] {
        assert_ne!(changed, answer);
        let result = a.set_remote_description(NOW, Description::answer(changed));
        assert_eq!(result, Err(DescriptionError::Section { index: 1, problem }));
        assert_eq!(a.signaling_state(), SignalingState::HaveLocalOffer);
    }
    a.set_remote_description(NOW, Description::answer(answer))
        .unwrap();
}

#[test]
fn roles_that_do_not_fit_are_refused() {
    let (mut a, mut b) = (media_peer(11), media_peer(12));
    let held = chromium_like().replace("setup:actpass", "setup:holdconn");
    let problem = SectionProblem::Setup;
    let refused = |index| Err(DescriptionError::Section { index, problem });
    let result = media_peer(13).set_remote_description(NOW, Description::offer(held));
    assert_eq!(result, refused(0));
    let answer = offered_and_answered(&mut a, &mut b);
    let answer = rejecting(&answer, &[0]);
    for setup in ["actpass", "holdconn"] {
        let other = answer.replace("setup:active", &format!("setup:{setup}"));
        let result = a.set_remote_description(NOW, Description::answer(other));
        assert_eq!(result, refused(1), "{setup}");
    }
    a.set_remote_description(NOW, Description::answer(answer))
        .unwrap();
}

#[test]
fn the_transport_is_that_of_the_first_section_that_is_accepted() {
    // Each section has a transport of its own (RFC 9143 §7.3.1), and the first has no codec of ours.
    let offer = firefox_like()
        .replace("BUNDLE 0 1 2", "BUNDLE 0 1")
        .replacen("a=ice-ufrag:1780fb68", "a=ice-ufrag:first", 1)
        .replace("opus", "speex")
        .replace("G722", "G729")
        .replace("PCMU", "GSM")
        .replace("PCMA", "LPC");
    let mut peer = media_peer(14);
    let answer = answer(&mut peer, &offer);
    assert_eq!(answer.media[0].port(), 0);
    assert_eq!(answer.media[1].port(), 9);
    let candidate = |ufrag| format!("candidate:1 1 udp 1 192.0.2.9 5000 typ host ufrag {ufrag}");
    assert!(
        peer.add_remote_candidate(NOW, None, &candidate("first"))
            .is_err()
    );
    assert!(
        peer.add_remote_candidate(NOW, None, &candidate("1780fb68"))
            .is_ok()
    );
}

#[test]
fn the_answer_has_the_bundle_tag_of_the_offer() {
    let offer = chromium_like().replace("BUNDLE 0 1 2", "BUNDLE 2 0 1");
    let mut peer = media_peer(21);
    let answer = answer(&mut peer, &offer);
    assert_eq!(answer.attributes.value_of("group"), Some("BUNDLE 2 0 1"));
    let candidates = |media: &strata_sdp::Media| media.attributes.contains::<Candidate>();
    let have: Vec<_> = answer.media.iter().map(candidates).collect();
    assert_eq!(have, [false, false, true]);
    peer.add_local_candidate(NOW, "192.0.2.8:5001".parse().unwrap())
        .unwrap();
    let ufrag = peer.local_credentials().ufrag().to_owned();
    let told = events(&mut peer).into_iter().find_map(|event| match event {
        Event::LocalCandidate { mid, line } => Some((mid.to_string(), line)),
        _ => None,
    });
    let (mid, line) = told.unwrap();
    assert_eq!(mid, "2");
    assert!(line.ends_with(&format!(" ufrag {ufrag}")), "{line}");
}

#[test]
fn the_first_section_may_be_stopped() {
    let mut peer = media_peer(24);
    answer(&mut peer, &chromium_like());
    let before = peer.local_credentials().clone();
    events(&mut peer);
    // Chromium writes credentials of their own into a section that it has stopped.
    let stopped = chromium_like()
        .replace("BUNDLE 0 1 2", "BUNDLE 1 2")
        .replace("m=audio 9", "m=audio 0")
        .replacen("a=ice-ufrag:Rw4k", "a=ice-ufrag:none", 1)
        .replacen("a=sendrecv", "a=inactive", 1);
    let answer = answer(&mut peer, &stopped);
    assert_eq!(answer.attributes.value_of("group"), Some("BUNDLE 1 2"));
    assert_eq!(answer.media[0].port(), 0);
    assert!(answer.media[1].attributes.contains::<Candidate>());
    assert_eq!(*peer.local_credentials(), before, "that is no restart");
    let audio = peer.transceivers().next().unwrap();
    assert!(audio.is_stopped());
    let (mid, transceiver) = (audio.mid().unwrap(), audio.id());
    assert_eq!(
        events(&mut peer),
        [Event::TrackRemoved { mid, transceiver }]
    );
    // It stays where it is.
    let offer = Session::parse(&peer.create_offer(NOW).unwrap().sdp).unwrap();
    assert_eq!((offer.media[0].port(), offer.media.len()), (0, 3));
    assert_eq!(offer.attributes.value_of("group"), Some("BUNDLE 1 2"));
}

/// RFC 9143 §6.
#[test]
fn a_bundle_only_section_has_the_transport_of_the_others() {
    let offer = chromium_like().replace(
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110\r\n",
        "m=audio 0 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110\r\na=bundle-only\r\n",
    );
    let bare = offer.replacen("a=ice-ufrag:", "a=x-ufrag:", 1);
    let answer = answer(&mut media_peer(15), &bare);
    assert!(answer.media.iter().all(|media| media.port() == 9));
}

#[test]
fn a_name_stays_with_its_section() {
    let mut peer = media_peer(16);
    answer(&mut peer, &chromium_like());
    let unnamed = chromium_like().replace("a=mid:1\r\n", "");
    let problem = SectionProblem::Changed;
    assert_eq!(
        peer.set_remote_description(NOW, Description::offer(unnamed)),
        Err(DescriptionError::Section { index: 1, problem })
    );
    // A rejected section may lose it.
    let rejected = chromium_like()
        .replace("BUNDLE 0 1 2", "BUNDLE 0 2")
        .replace("m=video 9", "m=video 0")
        .replace("a=mid:1\r\n", "");
    answer(&mut peer, &rejected);
    assert_eq!(peer.transceivers().filter(|t| t.is_stopped()).count(), 1);
}

#[test]
fn the_association_has_a_name() {
    let with = |id: &str| chromium_like().replace("a=setup", &format!("a=tls-id:{id}\r\na=setup"));
    let (first, second) = ("abcdefghijklmnopqrst", "tsrqponmlkjihgfedcba");
    let mut peer = media_peer(17);
    let ids = |session: &Session| -> Vec<TlsId> {
        session
            .media
            .iter()
            .filter_map(|m| m.attributes.get())
            .collect()
    };
    let ours = ids(&answer(&mut peer, &with(first)));
    assert_eq!(ours.len(), 3);
    assert_eq!(ids(&answer(&mut peer, &with(first))), ours);
    assert_eq!(
        peer.set_remote_description(NOW, Description::offer(with(second))),
        Err(DescriptionError::NewAssociation)
    );
    // RFC 8842 §5.3: not to one that has none.
    assert_eq!(ids(&answer(&mut peer, &chromium_like())), []);
    let offer = Session::parse(&peer.create_offer(NOW).unwrap().sdp).unwrap();
    assert_eq!(ids(&offer), ours);
}

#[test]
fn a_certificate_cannot_be_replaced_in_two_steps() {
    let mut peer = media_peer(18);
    answer(&mut peer, &chromium_like());
    let line = chromium_like()
        .lines()
        .find(|line| line.starts_with("a=fingerprint:"))
        .unwrap()
        .to_owned();
    let other = line.replace("6B:8B", "6C:8B");
    answer(
        &mut peer,
        &chromium_like().replace(&line, &format!("{line}\r\n{other}")),
    );
    assert_eq!(
        peer.set_remote_description(
            NOW,
            Description::offer(chromium_like().replace(&line, &other))
        ),
        Err(DescriptionError::NewAssociation)
    );
}

/// RFC 8842 §5.5: the association keeps its roles, whoever offers later.
#[test]
fn a_later_offer_cannot_turn_the_dtls_roles_round() {
    let turned = |setup: &str| chromium_like().replace("a=setup:actpass", setup);
    // We are the client, then the server.
    for (first, keeps, turns) in [
        ("a=setup:actpass", "a=setup:passive", "a=setup:active"),
        ("a=setup:active", "a=setup:active", "a=setup:passive"),
    ] {
        let mut peer = media_peer(43);
        answer(&mut peer, &turned(first));
        let refused = peer.set_remote_description(NOW, Description::offer(turned(turns)));
        assert_eq!(refused, Err(DescriptionError::NewAssociation), "{turns}");
        answer(&mut peer, &turned(keeps));
        answer(&mut peer, &turned("a=setup:actpass"));
    }
}

#[test]
fn reduced_size_rtcp_is_answered_only_where_it_is_offered() {
    let rsize = |session: &Session| -> Vec<bool> {
        let has = |media: &strata_sdp::Media| media.attributes.contains::<RtcpRsize>();
        session.media.iter().map(has).collect()
    };
    let mut peer = media_peer(23);
    let offer = chromium_like().replacen("a=rtcp-rsize\r\n", "", 1);
    let answer = answer(&mut peer, &offer);
    assert_eq!(rsize(&answer), [false, true, false]);
    let offer = Session::parse(&peer.create_offer(NOW).unwrap().sdp).unwrap();
    assert_eq!(rsize(&offer), [true, true, false]);
}

#[test]
fn extensions_may_be_mapped_for_the_whole_session() {
    let map = "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
    let offer = chromium_like()
        .replace(map, "")
        .replace("t=0 0\r\n", &format!("t=0 0\r\n{map}"));
    let answer = answer(&mut media_peer(20), &offer);
    for media in &answer.media[..2] {
        assert!(media.to_string_lines().contains(map.trim_end()));
    }
}

/// All lines of a section as one text.
trait Lines {
    fn to_string_lines(&self) -> String;
}

impl Lines for strata_sdp::Media {
    fn to_string_lines(&self) -> String {
        let lines: Vec<_> = self.lines().map(|line| line.text().to_owned()).collect();
        lines.join("\n")
    }
}
