//! Descriptions in the shape that browsers and servers give them: kept byte for byte, and understood.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use strata_sdp::{
    Candidate, CandidateAddress, Direction, EndOfCandidates, ExtMap, ExtmapAllowMixed, Feedback,
    Fingerprint, Group, HashFunction, IceLite, IceOptions, Mid, Msid, MsidSemantic, Rid,
    RidDirection, RtcpMux, Session, Setup, Simulcast, SimulcastFormat, Ssrc, SsrcGroup, TcpType,
};

/// Chromium: everything per media description, rtx for each codec, `a=ssrc` with msid.
const CHROMIUM: &str = concat!(
    "v=0\r\n",
    "o=- 6418712459823401177 2 IN IP4 127.0.0.1\r\n",
    "s=-\r\n",
    "t=0 0\r\n",
    "a=group:BUNDLE 0 1 2\r\n",
    "a=extmap-allow-mixed\r\n",
    "a=msid-semantic: WMS 6d1a\r\n",
    "m=audio 50001 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110\r\n",
    "c=IN IP4 192.0.2.17\r\n",
    "a=rtcp:9 IN IP4 0.0.0.0\r\n",
    "a=candidate:2378795525 1 udp 2122260223 192.0.2.17 50001 typ host generation 0 network-id 1 network-cost 10\r\n",
    "a=candidate:1935892113 1 tcp 1518280447 192.0.2.17 9 typ host tcptype active generation 0 network-id 1 network-cost 10\r\n",
    "a=candidate:77 1 udp 1685921535 203.0.113.5 61000 typ srflx raddr 192.0.2.17 rport 50001 generation 0 network-id 1 network-cost 10\r\n",
    "a=candidate:78 1 udp 2113937151 4cdb6d36-b8b5-4ed5-90c7-4ac0dd14d5c4.local 50002 typ host generation 0 network-cost 999\r\n",
    "a=ice-ufrag:vH4z\r\n",
    "a=ice-pwd:w0nF9cQm2Lr7yTbXs5KdE1Ga\r\n",
    "a=ice-options:trickle\r\n",
    "a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n",
    "a=setup:actpass\r\n",
    "a=mid:0\r\n",
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n",
    "a=sendrecv\r\n",
    "a=msid:6d1a a6ac\r\n",
    "a=rtcp-mux\r\n",
    "a=rtcp-rsize\r\n",
    "a=rtcp-xr:rcvr-rtt=all\r\n",
    "a=rtpmap:111 opus/48000/2\r\n",
    "a=rtcp-fb:111 transport-cc\r\n",
    "a=fmtp:111 minptime=10;useinbandfec=1\r\n",
    "a=rtpmap:63 red/48000/2\r\n",
    "a=fmtp:63 111/111\r\n",
    "a=rtpmap:9 G722/8000\r\n",
    "a=rtpmap:110 telephone-event/48000\r\n",
    "a=ssrc:3311754770 cname:YowAv0HIqH8TujyK\r\n",
    "a=ssrc:3311754770 msid:6d1a a6ac\r\n",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\r\n",
    "c=IN IP4 0.0.0.0\r\n",
    "b=AS:2500\r\n",
    "a=rtcp:9 IN IP4 0.0.0.0\r\n",
    "a=ice-ufrag:vH4z\r\n",
    "a=ice-pwd:w0nF9cQm2Lr7yTbXs5KdE1Ga\r\n",
    "a=setup:actpass\r\n",
    "a=mid:1\r\n",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n",
    "a=sendonly\r\n",
    "a=msid:6d1a 2714\r\n",
    "a=rtcp-mux\r\n",
    "a=rtpmap:96 VP8/90000\r\n",
    "a=rtcp-fb:96 goog-remb\r\n",
    "a=rtcp-fb:96 transport-cc\r\n",
    "a=rtcp-fb:96 ccm fir\r\n",
    "a=rtcp-fb:96 nack\r\n",
    "a=rtcp-fb:96 nack pli\r\n",
    "a=rtpmap:97 rtx/90000\r\n",
    "a=fmtp:97 apt=96\r\n",
    "a=rtpmap:102 H264/90000\r\n",
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n",
    "a=rtpmap:103 rtx/90000\r\n",
    "a=fmtp:103 apt=102\r\n",
    "a=ssrc-group:FID 11 12\r\n",
    "a=ssrc:11 cname:YowAv0HIqH8TujyK\r\n",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
    "c=IN IP4 0.0.0.0\r\n",
    "a=ice-ufrag:vH4z\r\n",
    "a=ice-pwd:w0nF9cQm2Lr7yTbXs5KdE1Ga\r\n",
    "a=setup:actpass\r\n",
    "a=mid:2\r\n",
    "a=sctp-port:5000\r\n",
    "a=max-message-size:262144\r\n",
);

/// Firefox: the fingerprint at session level, attributes sorted by name, two components, simulcast.
const FIREFOX: &str = concat!(
    "v=0\r\n",
    "o=mozilla...THIS_IS_SDPARTA-99.0 380632998901109674 0 IN IP4 0.0.0.0\r\n",
    "s=-\r\n",
    "t=0 0\r\n",
    "a=sendrecv\r\n",
    "a=fingerprint:sha-256 FF:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n",
    "a=group:BUNDLE 0 1\r\n",
    "a=ice-options:trickle\r\n",
    "a=msid-semantic:WMS *\r\n",
    "m=video 37684 UDP/TLS/RTP/SAVPF 120 124\r\n",
    "c=IN IP4 192.0.2.4\r\n",
    "a=candidate:0 1 UDP 2122187007 192.0.2.4 37684 typ host\r\n",
    "a=candidate:1 2 UDP 2122252542 2001:db8::4 37030 typ host\r\n",
    "a=candidate:3 2 TCP 2105524478 2001:db8::4 9 typ host tcptype active\r\n",
    "a=end-of-candidates\r\n",
    "a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n",
    "a=extmap-allow-mixed\r\n",
    "a=fmtp:120 max-fs=12288;max-fr=60\r\n",
    "a=fmtp:124 apt=120\r\n",
    "a=ice-pwd:4580f9e19db50c918670033e84a674e4\r\n",
    "a=ice-ufrag:2abca29a\r\n",
    "a=mid:0\r\n",
    "a=msid:{494ecadc} {bc2626b4}\r\n",
    "a=rid:q send\r\n",
    "a=rid:h send\r\n",
    "a=rid:f send pt=120;max-width=1280\r\n",
    "a=rtcp:39008 IN IP4 192.0.2.4\r\n",
    "a=rtcp-fb:* nack\r\n",
    "a=rtcp-fb:120 nack\r\n",
    "a=rtcp-fb:120 nack pli\r\n",
    "a=rtcp-mux\r\n",
    "a=rtpmap:120 VP8/90000\r\n",
    "a=rtpmap:124 rtx/90000\r\n",
    "a=setup:actpass\r\n",
    "a=simulcast:send q;~h,f\r\n",
    "a=ssrc:2754262490 cname:{dcac4bf3}\r\n",
    "a=ssrc-group:FID 2754262490 985456879\r\n",
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n",
    "c=IN IP4 0.0.0.0\r\n",
    "a=bundle-only\r\n",
    "a=mid:1\r\n",
    "a=sctp-port:5000\r\n",
    "a=max-message-size:1073741823\r\n",
);

/// A SIP gateway behind ICE-lite, with the words of 2014, line feeds only, a `c=` after attributes,
/// a letter that RFC 8866 does not know, and no end of the last line.
const GATEWAY: &str = concat!(
    "v=0\n",
    "o=-  1417082045 1 IN IP4 198.51.100.1\n",
    "s=Gateway 13\n",
    "b=AS:84\n",
    "t=0 0\n",
    "a=ice-lite\n",
    "a=msid-semantic:WMS\n",
    "m=audio 14532 RTP/SAVPF 0 8 101\n",
    "a=rtpmap:101 telephone-event/8000\n",
    "c=IN IP4 198.51.100.1\n",
    "a=ptime:20\n",
    "a=sendrecv \n",
    "y=0100000001\n",
    "a=fingerprint:SHA-1 4a:ad:b9:b1:3f:82:18:3b:54:02:12:df:3e:5d:49:6b:19:e5:7c:ab\n",
    "a=setup:active\n",
    "m=application 1 DTLS/SCTP 5000\n",
    "a=sctpmap:5000 webrtc-datachannel 1024\n",
    "a=inactive",
);

fn parsed(text: &str) -> Session {
    let session = Session::parse(text).expect("a description that is accepted");
    assert_eq!(session.to_string(), text);
    session
}

fn mid(text: &str) -> Mid {
    Mid::new(text).expect("a token")
}

#[test]
fn the_session_of_a_chromium_offer() {
    let session = parsed(CHROMIUM);
    assert_eq!(session.origin().session_id, 6_418_712_459_823_401_177);
    assert_eq!(session.origin().session_version, 2);
    assert_eq!(session.name(), "-");
    assert!(session.attributes.contains::<ExtmapAllowMixed>());
    assert_eq!(
        session.attributes.get(),
        Some(MsidSemantic {
            semantic: "WMS".into(),
            streams: vec!["6d1a".into()]
        })
    );
    assert_eq!(
        session.bundle_groups().collect::<Vec<_>>(),
        [Group::bundle(vec![mid("0"), mid("1"), mid("2")])]
    );
    let (index, video) = session.media_by_mid(&mid("1")).unwrap();
    assert_eq!((index, video.kind(), video.port()), (1, "video", 9));
    assert_eq!(session.media_by_mid(&mid("3")), None);
}

#[test]
fn the_audio_of_a_chromium_offer() {
    let session = parsed(CHROMIUM);
    let audio = &session.media[0];
    assert!(audio.is_rtp() && !audio.is_data_channels() && !audio.is_rejected());
    assert!(audio.attributes.contains::<RtcpMux>());
    assert_eq!(audio.protocol(), "UDP/TLS/RTP/SAVPF");
    assert_eq!(session.direction_of(audio), Direction::SendRecv);
    assert_eq!(session.setup_of(audio), Some(Setup::ActPass));
    let (ufrag, pwd) = session.ice_credentials_of(audio).unwrap();
    assert_eq!(
        (ufrag.as_str(), pwd.as_str()),
        ("vH4z", "w0nF9cQm2Lr7yTbXs5KdE1Ga")
    );
    assert!(session.ice_options_of(audio).contains(IceOptions::TRICKLE));
    assert_eq!(
        session.fingerprints_of(audio),
        [Fingerprint {
            hash: HashFunction::Sha256,
            value: (0..32).collect()
        }]
    );
    // 8 and 0 and 13 have no rtpmap here: RFC 3551 says what they are.
    let codecs: Vec<_> = audio
        .codecs()
        .iter()
        .map(|c| c.rtpmap.to_string())
        .collect();
    assert_eq!(
        codecs,
        [
            "111 opus/48000/2",
            "63 red/48000/2",
            "9 G722/8000",
            "0 PCMU/8000",
            "8 PCMA/8000",
            "13 CN/8000",
            "110 telephone-event/48000"
        ]
    );
    assert_eq!(audio.codecs()[0].parameter("useinbandfec"), Some("1"));
    assert_eq!(
        audio.attributes.get(),
        Some(Msid {
            stream: "6d1a".into(),
            track: Some("a6ac".into())
        })
    );
    let values: Vec<_> = audio
        .attributes
        .all::<Ssrc>()
        .map(|s| s.unwrap().value)
        .collect();
    assert_eq!(
        values,
        [Some("YowAv0HIqH8TujyK".into()), Some("6d1a a6ac".into())]
    );
}

#[test]
fn the_candidates_of_a_chromium_offer() {
    let session = parsed(CHROMIUM);
    let candidates: Vec<Candidate> = session.media[0]
        .attributes
        .all()
        .map(Result::unwrap)
        .collect();
    assert_eq!(candidates.len(), 4);
    assert_eq!(candidates[0].priority, 2_122_260_223);
    assert_eq!(candidates[0].extension("network-cost"), Some("10"));
    assert_eq!(candidates[1].tcp_type(), Some(TcpType::Active));
    assert_eq!(candidates[2].related_port, Some(50001));
    assert_eq!(
        candidates[3].address,
        CandidateAddress::Name("4cdb6d36-b8b5-4ed5-90c7-4ac0dd14d5c4.local".into())
    );
}

#[test]
fn the_video_and_data_of_a_chromium_offer() {
    let session = parsed(CHROMIUM);
    let [_, video, data] = &session.media[..] else {
        panic!("three media descriptions");
    };
    assert_eq!(session.direction_of(video), Direction::SendOnly);
    let codecs = video.codecs();
    assert_eq!(
        codecs[0].feedback,
        [
            Feedback::GoogRemb,
            Feedback::TransportCc,
            Feedback::CcmFir,
            Feedback::Nack,
            Feedback::NackPli
        ]
    );
    let associated: Vec<_> = codecs
        .iter()
        .map(strata_sdp::Codec::associated_payload_type)
        .collect();
    assert_eq!(associated, [None, Some(96), None, Some(102)]);
    assert_eq!(
        video.bandwidths().map(|b| b.value).collect::<Vec<_>>(),
        [2500]
    );
    assert!(data.is_data_channels() && data.codecs().is_empty());
    assert_eq!(data.sctp_port(), Some(5000));
    assert_eq!(data.max_message_size(), Some(262_144));
    assert_eq!(session.connection_of(data).unwrap().address, "0.0.0.0");
}

#[test]
fn a_firefox_offer() {
    let session = parsed(FIREFOX);
    let [video, data] = &session.media[..] else {
        panic!("two media descriptions");
    };
    // From the session level.
    assert_eq!(session.fingerprints_of(video)[0].value[0], 0xff);
    assert!(session.ice_options_of(video).contains("trickle"));
    assert_eq!(session.direction_of(data), Direction::SendRecv);
    // Port 0, but only because it is bundled.
    assert_eq!(data.port(), 0);
    assert!(!data.is_rejected());
    assert_eq!(session.ice_credentials_of(data), None);

    assert!(video.attributes.contains::<EndOfCandidates>());
    let extension: ExtMap = video.attributes.get().unwrap();
    assert_eq!(
        (extension.id, extension.direction),
        (6, Some(Direction::RecvOnly))
    );
    let rids: Vec<Rid> = video.attributes.all().map(Result::unwrap).collect();
    assert_eq!(
        rids[..2],
        ["q", "h"].map(|id| Rid::new(id, RidDirection::Send))
    );
    assert_eq!(rids[2].payload_types, [120]);
    assert_eq!(
        rids[2].restrictions,
        [("max-width".into(), Some("1280".into()))]
    );
    let simulcast: Simulcast = video.attributes.get().unwrap();
    assert_eq!(simulcast.send[0], [SimulcastFormat::new("q")]);
    assert!(simulcast.send[1][0].paused && !simulcast.send[1][1].paused);
    assert_eq!(
        video.attributes.get::<SsrcGroup>().unwrap().ssrcs,
        [2_754_262_490, 985_456_879]
    );
    // The wildcard is for both, and is told once.
    let codecs = video.codecs();
    assert_eq!(codecs[0].feedback, [Feedback::Nack, Feedback::NackPli]);
    assert_eq!(codecs[1].feedback, [Feedback::Nack]);
}

#[test]
fn an_old_gateway() {
    let session = parsed(GATEWAY);
    let [audio, data] = &session.media[..] else {
        panic!("two media descriptions");
    };
    assert!(session.attributes.contains::<IceLite>());
    assert_eq!(
        session.bandwidths().map(|b| b.value).collect::<Vec<_>>(),
        [84]
    );
    assert_eq!(
        audio.connection().unwrap().ip(),
        "198.51.100.1".parse().ok()
    );
    assert_eq!(audio.values_of('y').collect::<Vec<_>>(), ["0100000001"]);
    assert_eq!(session.direction_of(audio), Direction::SendRecv);
    assert_eq!(session.fingerprints_of(audio)[0].hash, HashFunction::Sha1);
    assert_eq!(audio.codecs().len(), 3);
    assert!(data.is_data_channels());
    assert_eq!(data.sctp_port(), Some(5000));
    assert_eq!(data.max_message_size(), Some(65_536));
    assert_eq!(session.direction_of(data), Direction::Inactive);
}

#[test]
fn what_is_changed_is_written_anew_and_the_rest_stays() {
    let mut session = parsed(GATEWAY);
    let [audio, data] = &mut session.media[..] else {
        panic!("two media descriptions");
    };
    audio.set_connection(Some(&"IN IP4 192.0.2.9".parse().unwrap()));
    audio.set_port(9);
    audio.set_formats([8, 101]);
    audio.attributes.set(&Direction::RecvOnly);
    data.attributes.push(&Setup::Passive);
    data.set_connection(Some(&"IN IP4 192.0.2.10".parse().unwrap()));
    let expected = GATEWAY
        .replace("c=IN IP4 198.51.100.1", "c=IN IP4 192.0.2.9")
        .replace("14532 RTP/SAVPF 0 8 101", "9 RTP/SAVPF 8 101")
        .replace("a=sendrecv \n", "a=recvonly\n")
        .replace(
            "m=application 1 DTLS/SCTP 5000\n",
            "m=application 1 DTLS/SCTP 5000\nc=IN IP4 192.0.2.10\r\n",
        )
        .replace("a=inactive", "a=inactive\r\na=setup:passive\r\n");
    assert_eq!(session.to_string(), expected);
    assert_eq!(Session::parse(&expected).unwrap().to_string(), expected);
}
