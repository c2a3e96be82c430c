//! The examples of the RFCs: kept as they are, and read as the RFCs explain them.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use strata_sdp::{
    Bandwidth, BandwidthKind, Candidate, CandidateKind, Direction, Group, GroupSemantics,
    IceOptions, IcePacing, MaxMessageSize, Mid, Number, Rid, RidDirection, SctpPort, Session,
    Setup, Simulcast, TlsId,
};

fn parsed(text: &str) -> Session {
    let text = text.replace('\n', "\r\n");
    let session = Session::parse(&text).expect("an example of an RFC");
    assert_eq!(session.to_string(), text);
    session
}

/// RFC 8866 §5.
#[test]
fn rfc_8866_a_seminar() {
    let session = parsed(
        "v=0\n\
         o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\n\
         s=Call to John Smith\n\
         i=SDP Offer #1\n\
         u=http://www.jdoe.example.com/home.html\n\
         e=Jane Doe <jane@jdoe.example.com>\n\
         p=+1 617 555-6011\n\
         c=IN IP4 198.51.100.1\n\
         t=0 0\n\
         m=audio 49170 RTP/AVP 0\n\
         m=audio 49180 RTP/AVP 0\n\
         m=video 51372 RTP/AVP 99\n\
         c=IN IP6 2001:db8::2\n\
         a=rtpmap:99 h263-1998/90000\n",
    );
    assert_eq!(session.name(), "Call to John Smith");
    assert_eq!(session.origin().username, "jdoe");
    assert_eq!(
        session.values_of('e').collect::<Vec<_>>(),
        ["Jane Doe <jane@jdoe.example.com>"]
    );
    assert_eq!(session.timings().map(|t| t.stop).collect::<Vec<_>>(), [0]);
    let addresses: Vec<_> = session
        .media
        .iter()
        .map(|media| session.connection_of(media).unwrap().address)
        .collect();
    assert_eq!(addresses, ["198.51.100.1", "198.51.100.1", "2001:db8::2"]);
    assert_eq!(session.media[2].codecs()[0].rtpmap.encoding, "h263-1998");
}

/// RFC 8866 §5.7 and §5.14: groups of addresses and of ports.
#[test]
fn rfc_8866_multicast() {
    let session = parsed(
        "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 233.252.0.1/127/3\nt=0 0\n\
         m=video 49170/2 RTP/AVP 31\nc=IN IP6 ff00::db8:0:101/3\n",
    );
    let connection = session.connection().unwrap();
    assert_eq!(
        (connection.ttl, connection.address_count),
        (Some(127), Some(Number::from(3)))
    );
    let media = &session.media[0];
    assert_eq!(
        (media.line().port, media.line().port_count()),
        (49170, Some(Number::from(2)))
    );
    let connection = media.connection().unwrap();
    assert_eq!(connection.ttl, None);
    assert_eq!(connection.address_count, Some(Number::from(3)));
}

/// RFC 8839 §4.2.6.
#[test]
fn rfc_8839_an_offer_with_candidates() {
    let session = parsed(
        "v=0\n\
         o=jdoe 2890844526 2890842807 IN IP4 203.0.113.141\n\
         s=\n\
         c=IN IP4 192.0.2.3\n\
         t=0 0\n\
         a=ice-options:ice2\n\
         a=ice-pacing:50\n\
         a=ice-pwd:asd88fgpdd777uzjYhagZg\n\
         a=ice-ufrag:8hhY\n\
         m=audio 45664 RTP/AVP 0\n\
         b=RS:0\n\
         b=RR:0\n\
         a=rtpmap:0 PCMU/8000\n\
         a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host\n\
         a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998\n",
    );
    let audio = &session.media[0];
    let (ufrag, pwd) = session.ice_credentials_of(audio).unwrap();
    assert_eq!(ufrag.as_str(), "8hhY");
    assert_eq!(pwd.as_str(), "asd88fgpdd777uzjYhagZg");
    assert!(session.ice_options_of(audio).contains(IceOptions::ICE2));
    assert_eq!(session.attributes.get(), Some(IcePacing(50)));
    assert_eq!(
        audio.bandwidths().collect::<Vec<_>>(),
        [BandwidthKind::RtcpSenders, BandwidthKind::RtcpReceivers].map(|kind| Bandwidth {
            kind,
            value: Number::ZERO
        })
    );
    let candidates: Vec<Candidate> = audio.attributes.all().map(Result::unwrap).collect();
    assert_eq!(candidates[0].kind, CandidateKind::Host);
    assert_eq!(candidates[1].kind, CandidateKind::ServerReflexive);
    assert_eq!(candidates[1].related_port, Some(8998));
}

/// RFC 9143 §7.2.2, shortened.
#[test]
fn rfc_9143_a_bundle() {
    let session = parsed(
        "v=0\n\
         o=alice 2890844526 2890844526 IN IP6 2001:db8::3\n\
         s=\n\
         c=IN IP6 2001:db8::3\n\
         t=0 0\n\
         a=group:BUNDLE foo bar\n\
         m=audio 10000 RTP/AVP 0 8 97\n\
         b=AS:200\n\
         a=mid:foo\n\
         a=rtcp-mux\n\
         a=rtpmap:97 iLBC/8000\n\
         m=video 10002 RTP/AVP 31 32\n\
         b=AS:1000\n\
         a=mid:bar\n\
         a=rtcp-mux\n\
         a=rtpmap:31 H261/90000\n",
    );
    let mids = ["foo", "bar"].map(|mid| Mid::new(mid).unwrap());
    assert_eq!(
        session.bundle_groups().collect::<Vec<_>>(),
        [Group::bundle(mids.to_vec())]
    );
    for (index, mid) in mids.iter().enumerate() {
        let (at, media) = session.media_by_mid(mid).unwrap();
        assert_eq!((at, media.mid().as_ref()), (index, Some(mid)));
    }
    assert_eq!(session.direction_of(&session.media[0]), Direction::SendRecv);
    assert_eq!(session.media[1].codecs().len(), 2);
}

/// RFC 5888 §7.1: a group that is no bundle, and a session without a name.
#[test]
fn rfc_5888_lip_synchronization() {
    let session = parsed(
        "v=0\n\
         o=Laura 289083124 289083124 IN IP4 one.example.com\n\
         c=IN IP4 192.0.2.1\n\
         t=0 0\n\
         a=group:LS 1 2\n\
         m=audio 30000 RTP/AVP 0\n\
         a=mid:1\n\
         m=video 30002 RTP/AVP 31\n\
         a=mid:2\n",
    );
    assert_eq!(session.name(), "-");
    assert_eq!(session.bundle_groups().count(), 0);
    let group: Group = session.attributes.get().unwrap();
    assert_eq!(group.semantics, GroupSemantics::LipSync);
}

/// RFC 8841 §13.1, shortened.
#[test]
fn rfc_8841_a_data_channel() {
    let session = parsed(
        "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\n\
         m=application 54111 UDP/DTLS/SCTP webrtc-datachannel\n\
         c=IN IP4 192.0.2.1\n\
         a=max-message-size:100000\n\
         a=sctp-port:5000\n\
         a=setup:actpass\n\
         a=tls-id:abc3de65cddef001be82\n",
    );
    let data = &session.media[0];
    assert!(data.is_data_channels());
    assert_eq!(data.attributes.get(), Some(SctpPort(5000)));
    assert_eq!(data.attributes.get(), Some(MaxMessageSize(100_000)));
    assert_eq!(session.setup_of(data), Some(Setup::ActPass));
    assert_eq!(
        data.attributes.get(),
        TlsId::new("abc3de65cddef001be82").ok()
    );
}

/// RFC 8853 §5.6.1, the offer, shortened.
#[test]
fn rfc_8853_simulcast() {
    let session = parsed(
        "v=0\n\
         o=alice 2362969037 2362969040 IN IP4 192.0.2.156\n\
         s=Simulcast-Enabled Client\n\
         c=IN IP4 192.0.2.156\n\
         t=0 0\n\
         m=video 49300 RTP/AVP 97 98\n\
         a=rtpmap:97 H264/90000\n\
         a=rtpmap:98 H264/90000\n\
         a=fmtp:97 profile-level-id=42c01f;max-fs=3600;max-mbps=108000\n\
         a=imageattr:97 send [x=1280,y=720] recv [x=1280,y=720]\n\
         a=rid:1 send pt=97\n\
         a=rid:2 send pt=98\n\
         a=rid:3 recv pt=97\n\
         a=simulcast:send 1;2 recv 3\n",
    );
    let video = &session.media[0];
    let simulcast: Simulcast = video.attributes.get().unwrap();
    let names = |streams: &[Vec<strata_sdp::SimulcastFormat>]| -> Vec<String> {
        streams
            .iter()
            .flatten()
            .map(|format| format.rid.clone())
            .collect()
    };
    assert_eq!(names(&simulcast.send), ["1", "2"]);
    assert_eq!(names(&simulcast.recv), ["3"]);
    let received: Vec<Rid> = video
        .attributes
        .all::<Rid>()
        .flatten()
        .filter(|rid| rid.direction == RidDirection::Recv)
        .collect();
    assert_eq!(received[0].payload_types, [97]);
    // Not known, not lost.
    assert_eq!(
        video.attributes.value_of("imageattr"),
        Some("97 send [x=1280,y=720] recv [x=1280,y=720]")
    );
}
