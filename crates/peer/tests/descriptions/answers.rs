//! Answers to browsers.

use strata_core::Endpoint as _;
use strata_peer::{Direction, Event, MediaKind, PayloadType};
use strata_sdp::{Candidate, Fmtp, RtcpFb, Session, Setup, Ssrc, SsrcGroup};

use crate::support::{NOW, answer, chromium_like, firefox_like, media_peer, peer};

/// The lines of a section that do not depend on chance.
fn stable_lines(session: &Session, section: usize) -> Vec<String> {
    let random = [
        "a=ice-ufrag",
        "a=ice-pwd",
        "a=fingerprint",
        "a=msid:",
        "a=ssrc",
    ];
    session.media[section]
        .lines()
        .map(|line| line.text().to_owned())
        .filter(|line| !random.iter().any(|start| line.starts_with(start)))
        .collect()
}

/// RFC 9429 §5.3.1.
#[test]
fn the_answer_to_chromium_line_by_line() {
    let answer = answer(&mut media_peer(1), &chromium_like());
    assert_eq!(answer.attributes.value_of("group"), Some("BUNDLE 0 1 2"));
    assert_eq!(
        answer.attributes.value_of("ice-options"),
        Some("ice2 trickle renomination")
    );
    assert_eq!(
        stable_lines(&answer, 0),
        [
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8",
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            "a=setup:active",
            "a=mid:0",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            "a=sendrecv",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            "a=rtpmap:111 opus/48000/2",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=rtpmap:9 G722/8000",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:8 PCMA/8000",
            "a=candidate:h0 1 udp 2130706431 192.0.2.7 5000 typ host",
        ]
    );
    let video = stable_lines(&answer, 1);
    assert_eq!(
        video[0],
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 45 46 98 99"
    );
    for line in [
        "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:96 ccm fir",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:103 nack pli",
        "a=fmtp:97 apt=96",
        "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
        "a=fmtp:98 profile-id=0",
    ] {
        assert!(video.contains(&line.to_owned()), "{line}");
    }
    assert!(!video.iter().any(|line| line.contains("transport-cc")));
    assert!(!video.iter().any(|line| line.starts_with("a=candidate")));
    assert_eq!(
        stable_lines(&answer, 2),
        [
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            "c=IN IP4 0.0.0.0",
            "a=setup:active",
            "a=mid:2",
            "a=sctp-port:5000",
            "a=max-message-size:262144",
        ]
    );
}

#[test]
fn data_channels_as_the_drafts_had_them_are_answered_so() {
    let offer = chromium_like()
        .replace("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5001")
        .replace(
            "a=sctp-port:5000\r\n",
            "a=sctpmap:5001 webrtc-datachannel 1024\r\n",
        );
    let answer = answer(&mut media_peer(1), &offer);
    assert_eq!(
        stable_lines(&answer, 2),
        [
            "m=application 9 DTLS/SCTP 5000",
            "c=IN IP4 0.0.0.0",
            "a=setup:active",
            "a=mid:2",
            "a=sctpmap:5000 webrtc-datachannel 65535",
            "a=max-message-size:262144",
        ]
    );
}

#[test]
fn what_we_send_is_signalled() {
    let mut peer = media_peer(2);
    let answer = answer(&mut peer, &chromium_like());
    for (transceiver, media) in peer.transceivers().zip(&answer.media) {
        let sources: Vec<Ssrc> = media.attributes.all().flatten().collect();
        let rtx = transceiver.rtx_ssrc();
        let expected: Vec<u32> = [Some(transceiver.ssrc()), rtx]
            .into_iter()
            .flatten()
            .flat_map(|ssrc| [ssrc.get(), ssrc.get()])
            .collect();
        assert_eq!(sources.iter().map(|s| s.ssrc).collect::<Vec<_>>(), expected);
        let group: Option<SsrcGroup> = media.attributes.get();
        assert_eq!(
            group.map(|group| group.ssrcs),
            rtx.map(|rtx| vec![transceiver.ssrc().get(), rtx.get()])
        );
    }
    let video = peer.transceivers().nth(1).unwrap();
    assert_eq!(video.kind(), MediaKind::Video);
    assert_eq!(video.remote_sources()[0].ssrc.get(), 2001);
    assert_eq!(video.remote_sources()[0].rtx.unwrap().get(), 2002);
    assert_eq!(video.remote_stream(), Some("local"));
    let vp8 = video.codec(PayloadType::new(97).unwrap()).unwrap();
    assert_eq!((vp8.name.as_ref(), vp8.payload_type.get()), ("VP8", 96));
}

#[test]
fn firefox_is_answered_with_its_numbers() {
    let mut peer = media_peer(3);
    let answer = answer(&mut peer, &firefox_like());
    let formats = |section: usize| {
        answer.media[section]
            .formats()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(formats(0), "109 9 0 8");
    assert_eq!(formats(1), "120 124 121 125");
    let opus: Fmtp = answer.media[0].attributes.get().unwrap();
    assert_eq!(opus.parameters, "minptime=10;useinbandfec=1");
    let feedback: Vec<RtcpFb> = answer.media[1].attributes.all().flatten().collect();
    assert_eq!(
        feedback.len(),
        4,
        "none for VP9, whose offer has none: {feedback:?}"
    );
    // The TCP candidate and the second component are of no use, and no error.
    assert_eq!(peer.stats().dropped.candidates, 2);
    assert_eq!(peer.stats().ice.remote_candidates_ignored, 0);
}

#[test]
fn a_peer_without_transceivers_only_receives() {
    let mut peer = peer(4);
    let answer = answer(&mut peer, &chromium_like());
    for media in &answer.media[..2] {
        assert_eq!(answer.direction_of(media), Direction::RecvOnly);
        assert!(!media.attributes.contains::<Ssrc>());
    }
    assert_eq!(peer.transceivers().count(), 2);
}

#[test]
fn directions_meet() {
    for (offered, answered) in [
        ("sendrecv", Direction::SendRecv),
        ("sendonly", Direction::RecvOnly),
        ("recvonly", Direction::SendOnly),
        ("inactive", Direction::Inactive),
    ] {
        let mut peer = media_peer(5);
        let offer = chromium_like().replace("a=sendrecv", &format!("a={offered}"));
        let answer = answer(&mut peer, &offer);
        // RFC 9429 §5.10: an inactive section gets a transceiver of its own.
        let ours = if offered == "inactive" {
            Direction::Inactive
        } else {
            answered
        };
        assert_eq!(answer.direction_of(&answer.media[0]), ours, "{offered}");
    }
}

#[test]
fn what_is_not_understood_is_rejected_in_its_place() {
    let offer = chromium_like()
        .replace("BUNDLE 0 1 2", "BUNDLE 3 0 1 2")
        .replace(
            "m=audio",
            "m=text 9 RTP/SAVPF 98\r\na=mid:3\r\na=rtcp-mux\r\nm=audio",
        );
    let answer = answer(&mut media_peer(6), &offer);
    assert_eq!(answer.media[0].port(), 0);
    assert_eq!(answer.media[0].formats().collect::<Vec<_>>(), ["98"]);
    assert_eq!(answer.attributes.value_of("group"), Some("BUNDLE 0 1 2"));
    assert!(answer.media[1].attributes.contains::<Candidate>());
}

#[test]
fn a_section_without_a_common_codec_is_rejected() {
    let offer = chromium_like()
        .replace("opus", "speex")
        .replace("G722", "G729");
    let offer = offer.replace("PCMU", "GSM").replace("PCMA", "LPC");
    let mut peer = media_peer(7);
    let answer = answer(&mut peer, &offer);
    assert_eq!(answer.media[0].port(), 0);
    assert_eq!(answer.attributes.value_of("group"), Some("BUNDLE 1 2"));
    assert!(peer.transceivers().next().unwrap().is_stopped());
    let mut tracks = Vec::new();
    while let Some(event) = peer.poll_event() {
        if let Event::TrackAdded { mid, .. } = event {
            tracks.push(mid.to_string());
        }
    }
    assert_eq!(tracks, ["1"], "nothing comes in what is rejected");
}

/// RFC 7742 §6.2: who takes H.264 takes Constrained Baseline, in both packetization modes. RFC 6184 §8.1: without
/// parameters it is Baseline in single NAL units.
#[test]
fn plain_h264_is_taken() {
    for fmtp in [
        "",
        "a=fmtp:103 profile-level-id=42e01f\r\n",
        "a=fmtp:103 packetization-mode=1;profile-level-id=42e01e\r\n",
        "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f\r\n",
        "a=fmtp:103 PROFILE-LEVEL-ID=42E01F; PACKETIZATION-MODE=1\r\n",
    ] {
        let usual =
            "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n";
        let others = ["VP8", "AV1", "VP9"];
        let mut offer = chromium_like().replace(usual, fmtp);
        for other in others {
            offer = offer.replace(&format!(" {other}/90000"), " theora/90000");
        }
        let answer = answer(&mut media_peer(7), &offer);
        let codecs = answer.media[1].codecs();
        let first = codecs.first().map(strata_sdp::Codec::payload_type);
        assert_eq!(first, Some(103), "{fmtp:?}");
    }
}

#[test]
fn extensions_that_are_offered_for_one_way_are_not_answered_for_both() {
    for direction in ["sendonly", "recvonly", "inactive"] {
        let offer = chromium_like().replace("extmap:1 ", &format!("extmap:1/{direction} "));
        let answer = answer(&mut media_peer(13), &offer).to_string();
        assert!(!answer.contains("a=extmap:1"), "{answer}");
        assert!(answer.contains("a=extmap:4 "), "{answer}");
    }
}

/// RFC 9429 §5.3.1: a section that is not in the bundle of the first one.
#[test]
fn what_is_not_bundled_is_rejected() {
    let offer = chromium_like().replace("BUNDLE 0 1 2", "BUNDLE 1 2");
    let answer = answer(&mut media_peer(8), &offer);
    assert_eq!(answer.media[0].port(), 0);
    assert_eq!(answer.media[1].port(), 9);
}

#[test]
fn one_section_needs_no_bundle() {
    let offer = chromium_like().replace("a=group:BUNDLE 0 1 2\r\n", "");
    let answer = answer(&mut media_peer(9), &offer);
    let ports: Vec<u16> = answer.media.iter().map(strata_sdp::Media::port).collect();
    assert_eq!(ports, [9, 0, 0]);
    assert_eq!(answer.bundle_groups().count(), 0);
}

#[test]
fn simulcast_becomes_one_stream() {
    let offer = chromium_like().replace(
        "a=rtpmap:96 VP8/90000\r\n",
        "a=rtpmap:96 VP8/90000\r\na=rid:hi send\r\na=rid:lo send\r\na=simulcast:send hi;lo\r\n",
    );
    let answer = answer(&mut media_peer(10), &offer);
    assert!(!answer.to_string().contains("simulcast"));
    assert!(!answer.to_string().contains("a=rid"));
}

#[test]
fn the_answer_says_active_where_it_may() {
    for (offered, answered) in [
        ("actpass", Setup::Active),
        ("passive", Setup::Active),
        ("active", Setup::Passive),
    ] {
        let offer = chromium_like().replace("setup:actpass", &format!("setup:{offered}"));
        let answer = answer(&mut media_peer(11), &offer);
        assert!(
            answer
                .media
                .iter()
                .all(|media| answer.setup_of(media) == Some(answered))
        );
    }
}

#[test]
fn the_local_description_grows_with_its_candidates() {
    let mut peer = media_peer(12);
    answer(&mut peer, &chromium_like());
    peer.add_local_candidate(NOW, "192.0.2.8:5001".parse().unwrap())
        .unwrap();
    peer.end_of_local_candidates(NOW).unwrap();
    let local = peer.local_description().unwrap();
    assert_eq!(local.matches("a=candidate:").count(), 2);
    assert_eq!(local.matches("a=end-of-candidates").count(), 1);
    let session = Session::parse(&local).unwrap();
    assert_eq!(session.media[0].attributes.all::<Candidate>().count(), 2);
}
