//! What a gateway between SIP and WebRTC asks of a description, and changes in it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use strata_sdp::{
    Bandwidth, BandwidthKind, BundleOnly, Candidate, CandidateKind, CandidateTransport, Connection,
    Crypto, CryptoSuite, FieldError, Fingerprint, Group, GroupSemantics, HashFunction, InlineKey,
    KeyMgmt, Media, Mid, Msid, Origin, ParseError, Reason, Rtcp, RtcpMux, Session, SourceFilter,
    SsrcGroup,
};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn session(rest: &str) -> Result<Session, ParseError> {
    Session::parse(&format!("{HEAD}{rest}"))
}

const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

#[test]
fn a_new_destination_leaves_nothing_of_the_old_one() {
    let mut offer = session(
        "m=audio 49170 RTP/SAVPF 0\r\nc=IN IP4 10.0.0.1\r\na=rtcp:53020 IN IP4 10.0.0.2\r\n\
         a=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 10.0.0.1 49170 typ host\r\na=candidate:bad\r\n\
         a=remote-candidates:1 10.0.0.9 1\r\na=end-of-candidates\r\na=bundle-only\r\n\
         a=source-filter: incl IN IP4 * 198.51.100.1\r\na=sendrecv\r\n",
    )
    .unwrap();
    offer.media[0].set_destination(GATEWAY, 40_000);
    assert_eq!(
        offer.to_string(),
        format!(
            "{HEAD}m=audio 40000 RTP/SAVPF 0\r\nc=IN IP4 203.0.113.7\r\na=ice-ufrag:abcd\r\n\
             a=source-filter: incl IN IP4 * 198.51.100.1\r\na=sendrecv\r\n"
        )
    );
    // RFC 3605 §2.1: without `a=rtcp`, RTCP goes to the next port.
    assert!(!offer.media[0].attributes.contains::<Rtcp>());
}

/// RFC 8866 §5.7: a media description may have several `c=` lines; §5.14: and a count of ports.
#[test]
fn a_new_destination_is_the_only_one() {
    let mut offer = session(
        "m=audio 49170/2 RTP/AVP 0\r\nc=IN IP4 233.252.0.1/127\r\nb=AS:64\r\n\
         c=IN IP4 233.252.0.2/127\r\na=sendonly\r\nc=IN IP4 10.0.0.1\r\n",
    )
    .unwrap();
    offer.media[0].set_destination(GATEWAY, 40_000);
    assert_eq!(
        offer.to_string(),
        format!(
            "{HEAD}m=audio 40000 RTP/AVP 0\r\nc=IN IP4 203.0.113.7\r\nb=AS:64\r\na=sendonly\r\n"
        )
    );
}

/// RFC 8866 §5.7: a session must not have several, but what others wrote may.
#[test]
fn a_new_connection_takes_the_place_of_all() {
    let text = HEAD.replace("t=0", "c=IN IP4 192.0.2.2\r\nt=0");
    let mut offer = Session::parse(&text).unwrap();
    offer.set_connection(Some(&Connection::new(GATEWAY)));
    let expected = HEAD.replace("c=IN IP4 192.0.2.1", "c=IN IP4 203.0.113.7");
    assert_eq!(offer.to_string(), expected);
}

#[test]
fn a_new_destination_of_port_0_stays_bundle_only() {
    let mut offer = session("m=video 0 RTP/SAVPF 96\r\na=bundle-only\r\na=mid:1\r\n").unwrap();
    offer.media[0].set_destination(GATEWAY, 0);
    assert!(offer.media[0].is_bundle_only());
    assert_eq!(
        offer.connection_of(&offer.media[0]),
        Some(Connection::new(GATEWAY))
    );
    // It has a port now, and is one like the others (RFC 9143 §6).
    offer.media[0].set_destination(GATEWAY, 40_000);
    assert!(!offer.media[0].attributes.contains::<BundleOnly>());
}

#[test]
fn a_new_port_changes_nothing_but_the_port() {
    let mut offer = session("m=audio 49170/2 RTP/AVP 0\r\na=rtcp:53020\r\na=rtcp-mux\r\n").unwrap();
    offer.media[0].set_port(5004);
    assert_eq!(
        offer.to_string(),
        format!("{HEAD}m=audio 5004/2 RTP/AVP 0\r\na=rtcp:53020\r\na=rtcp-mux\r\n")
    );
    assert!(offer.media[0].attributes.contains::<RtcpMux>());
}

#[test]
fn port_0_is_a_rejection_or_only_for_those_who_bundle() {
    let text = "a=group:BUNDLE 0 1\r\nm=audio 9 RTP/SAVPF 0\r\na=mid:0\r\n\
        m=video 0 RTP/SAVPF 96\r\na=mid:1\r\na=bundle-only\r\n\
        m=video 0 RTP/SAVPF 96\r\na=mid:2\r\n\
        m=video 9 RTP/SAVPF 96\r\na=mid:3\r\na=bundle-only\r\n";
    let offer = session(text).unwrap();
    let told: Vec<_> = offer
        .media
        .iter()
        .map(|media| {
            let bundled = offer.bundle_of(media).is_some();
            (media.is_bundle_only(), media.is_rejected(), bundled)
        })
        .collect();
    assert_eq!(
        told,
        [
            (false, false, true),
            (true, false, true),
            (false, true, false),
            // RFC 9143 §6: beside another port than 0, it means nothing.
            (false, false, false),
        ]
    );
    let nameless = Media::new("audio", 9, "RTP/AVP", [0]);
    assert_eq!(offer.bundle_of(&nameless), None);
    let mids = ["0", "1"].map(|mid| Mid::new(mid).unwrap());
    assert_eq!(
        offer.bundle_of(&offer.media[1]),
        Some(Group::bundle(mids.to_vec()))
    );
}

#[test]
fn a_candidate_has_an_address_unless_it_hides_behind_a_name() {
    for (address, socket) in [
        ("192.0.2.1 5004", Some("192.0.2.1:5004")),
        ("2001:db8::1 9", Some("[2001:db8::1]:9")),
        ("4cdb6d36-b8b5-4ed5-90c7-4ac0dd14d5c4.local 5004", None),
        ("host.example.com 5004", None),
    ] {
        let text = format!("candidate:1 1 udp 1 {address} typ host");
        let candidate: Candidate = text.parse().unwrap();
        let socket = socket.map(|socket| socket.parse::<SocketAddr>().unwrap());
        assert_eq!(candidate.socket_addr(), socket, "{address}");
    }
}

#[test]
fn attributes_are_built_as_they_are_read() {
    let address = SocketAddr::from((GATEWAY, 40_000));
    let host = |foundation| {
        let (udp, host) = (CandidateTransport::Udp, CandidateKind::Host);
        Candidate::new(foundation, udp, 7, address, host).map(|candidate| candidate.to_string())
    };
    assert_eq!(
        host("f1"),
        Ok("f1 1 udp 7 203.0.113.7 40000 typ host".into())
    );
    let refused = |reason| Err(FieldError::new("foundation", reason));
    assert_eq!(host(""), refused(Reason::Missing));
    assert_eq!(host("a:b"), refused(Reason::Malformed));
    assert_eq!(host(&"x".repeat(33)), refused(Reason::OutOfRange));
    let hash = |bytes: Vec<u8>| Fingerprint::new(HashFunction::Sha1, bytes);
    assert_eq!(
        hash(vec![0xAB; 20]).unwrap().to_string(),
        format!("sha-1 AB{}", ":AB".repeat(19))
    );
    assert_eq!(
        hash(vec![0; 19]),
        Err(FieldError::new("fingerprint", Reason::OutOfRange))
    );
    assert_eq!(Rtcp::new(9).to_string(), "9");
    assert_eq!(Rtcp::new(9).at(GATEWAY).to_string(), "9 IN IP4 203.0.113.7");
    assert_eq!(Msid::new("-").to_string(), "-");
    let repair = SsrcGroup::new(SsrcGroup::FLOW_IDENTIFICATION, [1, 2]);
    assert_eq!(repair.to_string(), "FID 1 2");
    let mids = vec![Mid::new("a").unwrap()];
    let group = Group::new(GroupSemantics::LipSync, mids);
    assert_eq!(group.to_string(), "LS a");
    let bandwidth = Bandwidth::new(BandwidthKind::TransportIndependent, 64_000);
    assert_eq!(bandwidth.to_string(), "TIAS:64000");
}

#[test]
fn only_keys_that_may_be_accepted_are_offered() {
    let lines = [
        // RFC 4568 §6.1: too short for its suite.
        "a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:Zm9v".to_owned(),
        // RFC 4568 §6.3.7: unknown and mandatory.
        format!("a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{KEY} NEW"),
        // As Asterisk writes it.
        format!("a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:{KEY}"),
        // RFC 4568 §4.1: a tag is there once.
        format!("a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
        // An optional parameter may be ignored.
        format!("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:{KEY} -NEW"),
    ];
    let text = format!("m=audio 5004 RTP/SAVP 0\r\n{}\r\n", lines.join("\r\n"));
    let offer = session(&text).unwrap();
    let cryptos = offer.media[0].cryptos();
    let tags: Vec<_> = cryptos.iter().map(|crypto| crypto.tag).collect();
    assert_eq!(tags, [3, 4]);
    assert_eq!(cryptos[0].suite, CryptoSuite::AesCm128HmacSha1_32);
    // What cannot be read says why, and is still there.
    let first = offer.media[0].attributes.first::<Crypto>().unwrap();
    assert_eq!(
        first.unwrap_err().to_string(),
        "a=crypto: key-salt is out of range"
    );
    assert_eq!(offer.to_string(), format!("{HEAD}{text}"));
    // The answer has the tag, the suite and a key of its own.
    let answer = cryptos[0].accept([InlineKey::new([7; 30])]).unwrap();
    let mut session = Session::new(Origin::new(1, 1));
    session
        .media
        .push(Media::new("audio", 4000, "RTP/SAVP", [0]).with(&answer));
    let read = Session::parse(&session.to_string()).unwrap();
    assert!(read.media[0].cryptos()[0].is_answer_to(&cryptos[0]));
}

#[test]
fn lines_that_cannot_be_read_are_told_by_number_and_field() {
    let offer = session(&format!(
        "a=key-mgmt:mikey\r\nm=audio 5004 RTP/SAVP 0\r\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^49\r\n\
         a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\r\n\
         m=video 5006 RTP/SAVP 31\r\na=source-filter: incl IN IP4 232.0.0.1/127 192.0.2.1\r\n\
         a=crypto:1 AEAD_AES_128_GCM inline:{KEY}\r\n"
    ))
    .unwrap();
    let told: Vec<String> = offer
        .unreadable::<Crypto>()
        .chain(offer.unreadable::<KeyMgmt>())
        .chain(offer.unreadable::<SourceFilter>())
        .chain(offer.unreadable::<Candidate>())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(
        told,
        [
            "line 8: lifetime is out of range",
            "line 12: key-salt is out of range",
            "line 6: keymgmt-data is missing",
            "line 11: dest-address does not follow its grammar",
        ]
    );
}

#[test]
fn what_a_media_description_says_stands_in_place_of_the_session() {
    // RFC 4567 §3.1 and RFC 4570 §3.1.
    let session = session(
        "a=key-mgmt:mikey Zm9v\r\na=source-filter: incl IN IP4 * 192.0.2.10\r\n\
         m=audio 5004 RTP/SAVP 0\r\n\
         m=video 5006 RTP/SAVP 31\r\nc=IN IP4 232.2.2.2/127\r\na=key-mgmt:mikey YmFy\r\n\
         a=key-mgmt:other YmF6\r\na=source-filter: excl IN IP4 232.2.2.2 192.0.2.11\r\n\
         m=text 5008 RTP/SAVP 98\r\na=key-mgmt:mikey ...\r\n",
    )
    .unwrap();
    let messages = |at: usize| -> Vec<_> {
        let all = session.effective_all::<KeyMgmt>(&session.media[at]);
        all.map(|message| message.map(|message| message.data))
            .collect()
    };
    assert_eq!(messages(0), [Ok(b"foo".to_vec())]);
    assert_eq!(messages(1), [Ok(b"bar".to_vec()), Ok(b"baz".to_vec())]);
    // One that cannot be read is no reason to take the session's.
    assert_eq!(messages(2).len(), 1);
    assert!(messages(2)[0].is_err());
    let filters = |at: usize| session.source_filters_of(&session.media[at]);
    let covers = |filter: &SourceFilter, at: usize| {
        let connection = session.connection_of(&session.media[at]);
        filter.covers(&connection.unwrap())
    };
    assert_eq!(filters(0)[0].to_string(), " incl IN IP4 * 192.0.2.10");
    assert!(covers(&filters(0)[0], 0));
    assert_eq!(filters(1).len(), 1);
    assert!(covers(&filters(1)[0], 1) && !covers(&filters(1)[0], 0));
}
