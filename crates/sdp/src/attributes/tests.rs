//! Every attribute: what is canonical, what is tolerated, what is refused and why.

mod keys;
mod sip;

use alloc::{format, string::ToString as _, vec};
use core::{fmt::Debug, time::Duration};

use super::*;
use crate::Reason::{self, Malformed, Missing, OutOfRange, Trailing};

/// Reads as `T` and is written as it was.
fn canonical<T: Attribute + Debug>(texts: &[&str]) {
    for text in texts {
        let value: T = text.parse().unwrap_or_else(|e| panic!("{text:?}: {e}"));
        assert_eq!(value.to_string(), *text);
    }
}

/// Reads as `T`, and is written in the canonical form.
fn tolerated<T: Attribute + PartialEq + Debug>(pairs: &[(&str, &str)]) {
    for (text, written) in pairs {
        let value: T = text.parse().unwrap_or_else(|e| panic!("{text:?}: {e}"));
        assert_eq!(value.to_string(), *written, "{text:?}");
        assert_eq!(written.parse(), Ok(value), "{text:?}");
    }
}

/// Is not a `T`, because of this field.
fn refused<T: Attribute + PartialEq + Debug>(cases: &[(&str, &'static str, Reason)]) {
    for (text, field, reason) in cases {
        let error = FieldError::new(field, *reason);
        assert_eq!(text.parse::<T>(), Err(error), "{text:?}");
    }
}

#[test]
fn candidates() {
    canonical::<Candidate>(&[
        // RFC 8839 §5.1 and §4.4.
        "1 1 udp 2130706431 203.0.113.141 8998 typ host",
        "2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
        "1 256 udp 4294967295 2001:db8::1 0 typ relay raddr :: rport 9",
        // RFC 6544 §4.5, and what browsers append.
        "1 1 tcp 2128609279 192.0.2.1 9 typ host tcptype active",
        "1 1 tcp 2124414975 192.0.2.1 3478 typ host tcptype passive generation 0 ufrag aB/+ network-id 1 network-cost 50",
        "3 1 ssltcp 1 192.0.2.1 443 typ host generation 0",
        "4 1 udp 2113937151 4cdb6d36-b8b5-4ed5-90c7-4ac0dd14d5c4.local 50000 typ host generation 0 network-cost 999",
        "5 2 udp 5 192.0.2.1 5 typ token raddr 192.0.2.2 rport 6",
        // Without one of the two, and with a name that has no value.
        "6 1 udp 5 192.0.2.1 5 typ srflx raddr 192.0.2.2",
        "6 1 udp 5 192.0.2.1 5 typ srflx rport 7",
        "6 1 udp 5 192.0.2.1 5 typ host ufrag ",
        // No foundation, as ICE-lite servers of Google's send it.
        " 1 udp 2113939711 2001:db8::7f 19305 typ host generation 0",
    ]);
    tolerated::<Candidate>(&[
        (
            "0 1 UDP 2122252543 ::1 36740 typ host",
            "0 1 udp 2122252543 ::1 36740 typ host",
        ),
        (
            "candidate:0 1  Udp 1 192.0.2.1 1 TYP Host RADDR 192.0.2.2 RPORT 2",
            "0 1 udp 1 192.0.2.1 1 typ host raddr 192.0.2.2 rport 2",
        ),
        (
            "a=candidate:0 1 TCP 1 192.0.2.1 9 typ host TCPTYPE so\r\n",
            "0 1 tcp 1 192.0.2.1 9 typ host TCPTYPE so",
        ),
    ]);
    refused::<Candidate>(&[
        ("", "foundation", Missing),
        ("candidate:", "foundation", Missing),
        (
            "candidate:a=candidate: 1 udp 1 ::1 1 typ host",
            "foundation",
            Malformed,
        ),
        ("1", "component-id", Missing),
        ("1 0 udp 1 192.0.2.1 1 typ host", "component-id", OutOfRange),
        (
            "1 257 udp 1 192.0.2.1 1 typ host",
            "component-id",
            OutOfRange,
        ),
        ("1 -1 udp 1 192.0.2.1 1 typ host", "component-id", Malformed),
        ("1 1 u/p 1 192.0.2.1 1 typ host", "transport", Malformed),
        (
            "1 1 udp 4294967296 192.0.2.1 1 typ host",
            "priority",
            OutOfRange,
        ),
        (
            "1 1 udp 1 192.0.2.\u{1} 1 typ host",
            "connection-address",
            Malformed,
        ),
        ("1 1 udp 1 192.0.2.1 65536 typ host", "port", OutOfRange),
        ("1 1 udp 1 192.0.2.1 1", "cand-type", Missing),
        ("1 1 udp 1 192.0.2.1 1 type host", "cand-type", Malformed),
        ("1 1 udp 1 192.0.2.1 1 typ", "candidate-types", Missing),
    ]);
    let long = format!("{} 1 udp 1 192.0.2.1 1 typ host", "x".repeat(33));
    refused::<Candidate>(&[(&long, "foundation", OutOfRange)]);
}

#[test]
fn a_candidate_tells_its_parts() {
    let candidate: Candidate = "candidate:7 1 TCP 99 ::1 9 typ prflx raddr x.local rport 1 \
         tcptype so generation 3 ufrag EsAw"
        .parse()
        .unwrap();
    assert_eq!(candidate.transport, CandidateTransport::Tcp);
    assert_eq!(candidate.kind, CandidateKind::PeerReflexive);
    assert_eq!(candidate.address.ip(), "::1".parse().ok());
    assert_eq!(
        candidate.related_address,
        Some(CandidateAddress::Name("x.local".into()))
    );
    assert_eq!(candidate.tcp_type(), Some(TcpType::SimultaneousOpen));
    assert_eq!(candidate.ufrag(), Some("EsAw"));
    assert_eq!(candidate.extension("generation"), Some("3"));
    assert_eq!(candidate.extension("network-cost"), None);
    assert_eq!(
        candidate.to_trickle(),
        "candidate:7 1 tcp 99 ::1 9 typ prflx raddr x.local rport 1 tcptype so generation 3 ufrag EsAw"
    );
}

#[test]
fn ice() {
    canonical::<IceUfrag>(&["8hhY", "F7gI/+-_#=", &"x".repeat(256)]);
    refused::<IceUfrag>(&[
        ("", "ufrag", Missing),
        ("abc", "ufrag", OutOfRange),
        ("ab:cd", "ufrag", Malformed),
        (&"x".repeat(257), "ufrag", OutOfRange),
    ]);
    canonical::<IcePwd>(&["asd88fgpdd777uzjYhagZg", &"x".repeat(256)]);
    refused::<IcePwd>(&[
        ("asd88fgpdd777uzjYhagZ", "password", OutOfRange),
        ("asd88fgpdd777uzjYhag Zg", "password", Malformed),
    ]);
    canonical::<IceOptions>(&["trickle", "ice2 trickle renomination"]);
    tolerated::<IceOptions>(&[(" trickle  x", "trickle x")]);
    refused::<IceOptions>(&[("", "ice-option-tag", Missing)]);
    canonical::<IcePacing>(&["50"]);
    canonical::<IceLite>(&[""]);
    refused::<IceLite>(&[("yes", "ice-lite", Trailing)]);
    canonical::<RemoteCandidates>(&["1 192.0.2.3 45664", "1 192.0.2.3 45664 2 ::1 45665"]);
    refused::<RemoteCandidates>(&[
        ("", "component-id", Missing),
        ("1 192.0.2.3 45664 2", "connection-address", Missing),
    ]);
    let options: IceOptions = [IceOptions::ICE2, IceOptions::TRICKLE]
        .into_iter()
        .collect();
    assert!(options.contains("trickle") && !options.contains("trick"));
}

#[test]
fn dtls() {
    // RFC 8122 §5.
    canonical::<Fingerprint>(&[
        "sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB",
        "sha-256 6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08",
        "unheard-of 01:02",
    ]);
    tolerated::<Fingerprint>(&[(
        "MD5 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
        "md5 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
    )]);
    refused::<Fingerprint>(&[
        ("sha-256", "fingerprint", Missing),
        ("sha-256 AB:CD", "fingerprint", OutOfRange),
        ("x A:BC", "fingerprint", Malformed),
        ("x +A:BC", "fingerprint", Malformed),
        ("x AB:", "fingerprint", Malformed),
        ("x AB:CD EF", "fingerprint", Trailing),
    ]);
    canonical::<Setup>(&["active", "passive", "actpass", "holdconn"]);
    refused::<Setup>(&[("", "role", Missing), ("actpas", "role", Malformed)]);
    assert_eq!(Setup::ActPass.answer(), Setup::Active);
    assert_eq!(Setup::Passive.answer(), Setup::Active);
    assert_eq!(Setup::Active.answer(), Setup::Passive);
    canonical::<ConnectionReuse>(&["new", "existing"]);
    canonical::<TlsId>(&["abc3de65cddef001be82"]);
    refused::<TlsId>(&[("short", "tls-id-value", OutOfRange)]);
}

#[test]
fn rtp() {
    canonical::<RtpMap>(&["111 opus/48000/2", "96 VP8/90000", "0 PCMU/8000/1"]);
    tolerated::<RtpMap>(&[("  96   VP8/90000  ", "96 VP8/90000")]);
    refused::<RtpMap>(&[
        ("128 VP8/90000", "payload-type", OutOfRange),
        ("256 VP8/90000", "payload-type", OutOfRange),
        ("96", "encoding-name", Missing),
        ("96 /1", "encoding-name", Missing),
        ("96 VP8", "clock-rate", Missing),
        ("96 VP8/x", "clock-rate", Malformed),
        ("96 L16/44100/2/3", "encoding-params", Malformed),
        ("96 VP8/90000 x", "encoding-params", Trailing),
    ]);
    canonical::<Fmtp>(&["111 minptime=10;useinbandfec=1", "63 111/111", "vnd x"]);
    refused::<Fmtp>(&[("", "fmt", Missing), ("1:2 x", "fmt", Malformed)]);
    let fmtp: Fmtp = "102 level-asymmetry-allowed=1; Packetization-Mode = 1 ;;x;sprop=a=="
        .parse()
        .unwrap();
    assert_eq!(fmtp.payload_type(), Some(102));
    assert_eq!(
        fmtp.parameters().collect::<Vec<_>>(),
        [
            ("level-asymmetry-allowed", Some("1")),
            ("Packetization-Mode", Some("1")),
            ("x", None),
            ("sprop", Some("a==")),
        ]
    );
    assert_eq!(fmtp.parameter("packetization-mode"), Some("1"));
    canonical::<ExtMap>(&[
        "1 URI-toffset",
        "6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        "4351/inactive http://example.com/082005/ext.htm#xmeta short and more",
    ]);
    refused::<ExtMap>(&[
        ("0 x", "mapentry", OutOfRange),
        ("4352 x", "mapentry", OutOfRange),
        ("1/both x", "direction", Malformed),
        ("1", "extensionname", Missing),
    ]);
    canonical::<ExtmapAllowMixed>(&[""]);
}

#[test]
fn rtcp() {
    canonical::<RtcpFb>(&[
        "* transport-cc",
        "96 nack",
        "96 nack pli",
        "96 ccm fir",
        "96 goog-remb",
        "96 ack ccfb",
        "96 trr-int 100",
        "96 nack rpsi",
    ]);
    refused::<RtcpFb>(&[
        ("96", "rtcp-fb-val", Missing),
        ("x nack", "payload-type", Malformed),
        ("", "rtcp-fb-pt", Missing),
    ]);
    assert_eq!(
        "96 nack pli".parse(),
        Ok(RtcpFb::new(96, Feedback::NackPli))
    );
    assert_eq!(
        "96 nack rpsi".parse(),
        Ok(RtcpFb::new(96, Feedback::Other("nack rpsi".into())))
    );
    // RFC 3605 §2.1.
    canonical::<Rtcp>(&[
        "53020",
        "53020 IN IP4 126.16.64.4",
        "53020 IN IP6 2001:db8::1",
    ]);
    refused::<Rtcp>(&[
        ("", "port", Missing),
        ("65536", "port", OutOfRange),
        ("9 IN IP4", "connection-address", Missing),
    ]);
    canonical::<RtcpMux>(&[""]);
    canonical::<RtcpMuxOnly>(&[""]);
    canonical::<RtcpRsize>(&[""]);
}

#[test]
fn groups_streams_and_sources() {
    canonical::<Mid>(&["0", "audio"]);
    refused::<Mid>(&[
        ("", "identification-tag", Missing),
        ("a b", "identification-tag", Malformed),
    ]);
    canonical::<Group>(&["BUNDLE 0 1 2", "BUNDLE", "LS 1 2", "ANAT 1 2"]);
    refused::<Group>(&[("", "semantics", Missing)]);
    canonical::<Msid>(&[
        "61317484-2ed4-49d7-9eb7-1414322a7aae f30bdb4a",
        "stream",
        "-",
    ]);
    refused::<Msid>(&[
        ("a b c", "msid-appdata", Trailing),
        ("", "msid-id", Missing),
    ]);
    canonical::<MsidSemantic>(&["WMS", "WMS *", "WMS a b"]);
    tolerated::<MsidSemantic>(&[(" WMS  a", "WMS a")]);
    // RFC 5576 §10.
    canonical::<Ssrc>(&[
        "11111 cname:user3@example.com",
        "22222 fmtp:96 a=1:b",
        "33333 enabled",
        "44444",
    ]);
    refused::<Ssrc>(&[
        ("4294967296 x", "ssrc-id", OutOfRange),
        ("1 a b:c", "attribute-name", Malformed),
    ]);
    canonical::<SsrcGroup>(&["FID 11111 22222", "FEC-FR"]);
    refused::<SsrcGroup>(&[("FID x", "ssrc-id", Malformed)]);
}

#[test]
fn simulcast() {
    // RFC 8851 §10 and RFC 8853 §5.6.
    canonical::<Rid>(&[
        "1 send pt=97;max-width=1280;max-height=720",
        "2 recv max-width=1280;depend=1,2",
        "q send",
        "h recv pt=96,97",
        "x send max-fps",
    ]);
    refused::<Rid>(&[
        ("", "rid-id", Missing),
        ("a/b send", "rid-id", Malformed),
        ("1", "rid-dir", Missing),
        ("1 both", "rid-dir", Malformed),
        ("1 send pt=128", "payload-type", OutOfRange),
    ]);
    canonical::<Simulcast>(&["send 1,~4;2;3 recv c", "recv 1;2", "send q;h;f"]);
    tolerated::<Simulcast>(&[
        (" send rid=1;2", "send 1;2"),
        ("recv a send b", "send b recv a"),
    ]);
    refused::<Simulcast>(&[
        ("", "sc-value", Missing),
        ("both 1", "rid-dir", Malformed),
        ("send", "sc-str-list", Missing),
        ("send 1;;2", "rid-id", Missing),
        ("send 1 send 2", "sc-value", Malformed),
    ]);
    assert_eq!(
        "send 1,~4".parse(),
        Ok(Simulcast {
            send: vec![vec![
                SimulcastFormat::new("1"),
                SimulcastFormat {
                    rid: "4".into(),
                    paused: true
                }
            ]],
            recv: vec![],
        })
    );
}

#[test]
fn data_channels() {
    canonical::<SctpPort>(&["5000"]);
    refused::<SctpPort>(&[("65536", "sctp-port-value", OutOfRange)]);
    canonical::<MaxMessageSize>(&["0", "262144", "18446744073709551615"]);
    canonical::<SctpMap>(&["5000 webrtc-datachannel 1024", "5000 webrtc-datachannel"]);
    tolerated::<SctpMap>(&[(
        "5000 webrtc-datachannel streams=16",
        "5000 webrtc-datachannel",
    )]);
    refused::<SctpMap>(&[("5000", "app", Missing)]);
}

#[test]
fn descriptions() {
    canonical::<Ptime>(&["20", "2.5", "0.000001"]);
    assert_eq!("2.5".parse(), Ok(Ptime(Duration::from_micros(2500))));
    refused::<Ptime>(&[
        ("x", "ptime-value", Malformed),
        ("1.x", "ptime-value", Malformed),
        ("1.0000001x", "ptime-value", Malformed),
        ("", "ptime-value", Missing),
    ]);
    tolerated::<MaxPtime>(&[("120.500", "120.5")]);
    canonical::<Tool>(&["libavformat LIBAVFORMAT_VERSION"]);
    canonical::<Category>(&["foo.bar"]);
    canonical::<Keywords>(&["a b"]);
    canonical::<ConferenceType>(&["broadcast"]);
    canonical::<Charset>(&["ISO-8859-1"]);
    canonical::<SdpLang>(&["fr"]);
    canonical::<Lang>(&["de-CH"]);
    canonical::<Label>(&["10"]);
    canonical::<FrameRate>(&["29.97"]);
    canonical::<Quality>(&["10"]);
    canonical::<Orientation>(&["portrait", "landscape", "seascape"]);
}

/// Every pair of directions, by who sends.
#[test]
fn directions() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    let all = [SendRecv, SendOnly, RecvOnly, Inactive];
    assert_eq!(all.map(Direction::as_str), Direction::WORDS);
    assert_eq!(
        all.map(Direction::reversed),
        [SendRecv, RecvOnly, SendOnly, Inactive]
    );
    assert_eq!(
        all.map(|a| all.map(|b| a.intersection(b))),
        [
            [SendRecv, SendOnly, RecvOnly, Inactive],
            [SendOnly, SendOnly, Inactive, Inactive],
            [RecvOnly, Inactive, RecvOnly, Inactive],
            [Inactive, Inactive, Inactive, Inactive],
        ]
    );
    assert_eq!(Direction::default(), SendRecv);
}

fn lines(attributes: &Attributes) -> Vec<&str> {
    attributes.lines().iter().map(Line::text).collect()
}

#[test]
fn attributes_are_read_written_replaced_and_removed_by_type() {
    let mut attributes = Attributes::new();
    assert!(attributes.is_empty());
    attributes.push(&RtcpMux);
    attributes.push(&Direction::SendOnly);
    attributes.extend(&[RtpMap::new(8, "PCMA", 8000), RtpMap::new(0, "PCMU", 8000)]);
    attributes.push_raw("x-mine", Some("1:2"));
    attributes.push_raw("x-flag", None);
    assert_eq!(
        lines(&attributes),
        [
            "a=rtcp-mux",
            "a=sendonly",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:0 PCMU/8000",
            "a=x-mine:1:2",
            "a=x-flag"
        ]
    );
    assert_eq!(attributes.len(), 6);
    assert!(attributes.contains::<RtcpMux>() && !attributes.contains::<RtcpMuxOnly>());
    assert_eq!(attributes.value_of("x-mine"), Some("1:2"));
    assert_eq!(attributes.value_of("x-flag"), Some(""));
    assert_eq!(attributes.all::<RtpMap>().count(), 2);
    assert_eq!(attributes.first(), Some(Ok(RtpMap::new(8, "PCMA", 8000))));

    attributes.set(&Direction::Inactive);
    attributes.set(&RtpMap::new(9, "G722", 8000));
    attributes.set(&IceLite);
    assert_eq!(
        lines(&attributes),
        [
            "a=rtcp-mux",
            "a=inactive",
            "a=rtpmap:9 G722/8000",
            "a=x-mine:1:2",
            "a=x-flag",
            "a=ice-lite"
        ]
    );
    attributes.retain(|map: RtpMap| map.payload_type != 9);
    assert_eq!(attributes.remove::<Direction>(), 1);
    assert_eq!(attributes.remove::<Direction>(), 0);
    assert_eq!(attributes.remove_raw("x-mine"), 1);
    assert_eq!(lines(&attributes), ["a=rtcp-mux", "a=x-flag", "a=ice-lite"]);
}

#[test]
fn an_unreadable_attribute_is_an_error_of_its_own() {
    let mut attributes = Attributes::new();
    attributes.push_raw("mid", Some("a b"));
    attributes.push_raw("middle", Some("c"));
    attributes.push_raw("mid", Some("d"));
    let error = AttributeError {
        attribute: "mid",
        field: "identification-tag",
        reason: Malformed,
    };
    assert_eq!(attributes.first::<Mid>(), Some(Err(error)));
    assert_eq!(
        error.to_string(),
        "a=mid: identification-tag does not follow its grammar"
    );
    assert_eq!(attributes.get::<Mid>(), Mid::new("d").ok());
    // What cannot be read is not thrown away by a filter that never saw it.
    attributes.retain(|_: Mid| false);
    assert_eq!(lines(&attributes), ["a=mid:a b", "a=middle:c"]);
}

#[test]
fn nothing_breaks_out_of_its_line() {
    let mut attributes = Attributes::new();
    attributes.push(&Fmtp::new(96, "x\r\na=ice-lite\0"));
    attributes.push_raw("a\nb", Some("c\rd"));
    assert_eq!(lines(&attributes), ["a=fmtp:96 xa=ice-lite", "a=ab:cd"]);
}
