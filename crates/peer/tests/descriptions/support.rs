//! Offers in the style of browsers, and what every answer must keep to.

use std::sync::{Arc, OnceLock};

use strata_core::Instant;
use strata_crypto::Certificate;
use strata_peer::{Config, Description, Direction, Keeps, Limits, MediaKind, Peer};
use strata_sdp::{ExtMap, Media, RtcpMux, Session, Setup};
use strata_sim::SeededEntropy;

pub(crate) const NOW: Instant = strata_sim::START;

pub(crate) fn peer(seed: u64) -> Peer {
    limited_peer(seed, Limits::default())
}

pub(crate) fn limited_peer(seed: u64, limits: Limits) -> Peer {
    peer_with(seed, |config| config.limits = limits)
}

/// A peer whose application keeps everything that can be promised, with another configuration.
pub(crate) fn peer_with(seed: u64, change: impl FnOnce(&mut Config)) -> Peer {
    static CERTIFICATE: OnceLock<Arc<Certificate>> = OnceLock::new();
    let certificate = CERTIFICATE.get_or_init(|| Arc::new(Certificate::generate().unwrap()));
    let mut config = Config::new(Arc::clone(certificate));
    config.keeps = Keeps::EVERYTHING;
    change(&mut config);
    Peer::new(config, SeededEntropy::entropy(seed))
}

/// A peer that sends and receives audio and video.
pub(crate) fn media_peer(seed: u64) -> Peer {
    let mut peer = peer(seed);
    peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
        .unwrap();
    peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
        .unwrap();
    peer.add_local_candidate(NOW, "192.0.2.7:5000".parse().unwrap())
        .unwrap();
    peer
}

/// The answer to an offer, set on the answerer, and checked.
pub(crate) fn answer(peer: &mut Peer, offer: &str) -> Session {
    peer.set_remote_description(NOW, Description::offer(offer))
        .unwrap();
    let answer = peer.create_answer(NOW).unwrap();
    peer.set_local_description(NOW, answer.clone()).unwrap();
    let session = Session::parse(&answer.sdp).unwrap();
    assert_answers(&Session::parse(offer).unwrap(), &session);
    session
}

/// RFC 3264 §6, RFC 9143 §7.3, RFC 8842 §5.3, RFC 8285 §6: what a strict offerer looks at.
pub(crate) fn assert_answers(offer: &Session, answer: &Session) {
    assert_eq!(answer.media.len(), offer.media.len());
    let group: Vec<_> = answer
        .bundle_groups()
        .flat_map(|group| group.mids)
        .collect();
    let offered: Vec<_> = offer.bundle_groups().flat_map(|group| group.mids).collect();
    assert!(group.iter().all(|mid| offered.contains(mid)), "{group:?}");
    for (theirs, ours) in offer.media.iter().zip(&answer.media) {
        assert_eq!(ours.kind(), theirs.kind());
        assert_eq!(ours.protocol(), theirs.protocol());
        assert_eq!(ours.mid(), theirs.mid());
        let bundled = ours.mid().is_some_and(|mid| group.contains(&mid));
        if ours.port() == 0 {
            assert!(!bundled);
            continue;
        }
        assert!(bundled || offered.is_empty());
        assert_transport(offer, answer, theirs, ours);
        if ours.is_rtp() {
            assert_media(offer, answer, theirs, ours);
        }
    }
}

fn assert_transport(offer: &Session, answer: &Session, theirs: &Media, ours: &Media) {
    assert!(answer.ice_credentials_of(ours).is_some());
    let fingerprints = answer.fingerprints_of(ours);
    assert_eq!(fingerprints.len(), 1);
    assert_eq!(fingerprints[0].hash.as_str(), "sha-256");
    let setup = answer.setup_of(ours).unwrap();
    match offer.setup_of(theirs).unwrap_or(Setup::ActPass) {
        Setup::ActPass => assert!(matches!(setup, Setup::Active | Setup::Passive)),
        Setup::Active => assert_eq!(setup, Setup::Passive),
        Setup::Passive => assert_eq!(setup, Setup::Active),
        Setup::HoldConn => unreachable!(),
    }
}

fn assert_media(offer: &Session, answer: &Session, theirs: &Media, ours: &Media) {
    assert!(ours.attributes.contains::<RtcpMux>());
    // The formats are the offer's, in the offer's order.
    let offered: Vec<_> = theirs.formats().collect();
    assert!(ours.formats().all(|format| offered.contains(&format)));
    let primary: Vec<_> = ours
        .codecs()
        .iter()
        .filter(|codec| codec.rtpmap.encoding != "rtx")
        .map(strata_sdp::Codec::payload_type)
        .collect();
    let mut sorted = primary.clone();
    sorted.sort_by_key(|number| offered.iter().position(|f| *f == number.to_string()));
    assert_eq!(primary, sorted);
    assert!(!primary.is_empty());
    for codec in ours.codecs() {
        let same = theirs
            .codecs()
            .into_iter()
            .find(|other| other.payload_type() == codec.payload_type())
            .unwrap();
        assert!(
            same.rtpmap
                .encoding
                .eq_ignore_ascii_case(&codec.rtpmap.encoding)
        );
        assert_eq!(same.rtpmap.clock_rate, codec.rtpmap.clock_rate);
        assert_eq!(
            same.associated_payload_type(),
            codec.associated_payload_type()
        );
        assert!(
            codec
                .feedback
                .iter()
                .all(|kind| same.feedback.contains(kind))
        );
    }
    let maps = [&theirs.attributes, &offer.attributes];
    let known: Vec<_> = maps
        .into_iter()
        .flat_map(|attributes| attributes.all::<ExtMap>().flatten())
        .collect();
    for extension in ours.attributes.all::<ExtMap>().flatten() {
        assert!(
            known
                .iter()
                .any(|k| k.id == extension.id && k.uri == extension.uri)
        );
    }
    let (wanted, got) = (offer.direction_of(theirs), answer.direction_of(ours));
    assert!(wanted.receives() || !got.sends());
    assert!(wanted.sends() || !got.receives());
}

/// What the text of every section of a browser's offer begins with.
const TRANSPORT: &str = "c=IN IP4 0.0.0.0\r\n\
    a=ice-ufrag:Rw4k\r\n\
    a=ice-pwd:4Ft0CPqNZ0VzUhN+qzsoB6WV\r\n\
    a=ice-options:trickle\r\n\
    a=fingerprint:sha-256 6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:\
DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08\r\n\
    a=setup:actpass\r\n";

/// An offer of audio, video and data as Chromium writes it, with fewer codecs.
pub(crate) fn chromium_like() -> String {
    format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
         a=group:BUNDLE 0 1 2\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS local\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110\r\n{TRANSPORT}a=mid:0\r\n\
         a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
         a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
         a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=sendrecv\r\na=msid:local mic\r\na=rtcp-mux\r\na=rtcp-rsize\r\n\
         a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
         a=fmtp:111 minptime=10;useinbandfec=1\r\n\
         a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n\
         a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
         a=ssrc:1001 cname:c\r\na=ssrc:1001 msid:local mic\r\n\
         m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 45 46 98 99 100 101 118\r\n{TRANSPORT}a=mid:1\r\n\
         a=extmap:14 urn:ietf:params:rtp-hdrext:toffset\r\n\
         a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
         a=sendrecv\r\na=msid:local camera\r\na=rtcp-mux\r\na=rtcp-rsize\r\n\
         a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\n\
         a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n\
         a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
         a=rtpmap:103 H264/90000\r\na=rtcp-fb:103 nack\r\na=rtcp-fb:103 nack pli\r\n\
         a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n\
         a=rtpmap:104 rtx/90000\r\na=fmtp:104 apt=103\r\n\
         a=rtpmap:45 AV1/90000\r\na=fmtp:45 level-idx=5;profile=0;tier=0\r\n\
         a=rtpmap:46 rtx/90000\r\na=fmtp:46 apt=45\r\n\
         a=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=0\r\n\
         a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n\
         a=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=2\r\n\
         a=rtpmap:101 rtx/90000\r\na=fmtp:101 apt=100\r\n\
         a=rtpmap:118 red/90000\r\n\
         a=ssrc-group:FID 2001 2002\r\na=ssrc:2001 cname:c\r\na=ssrc:2001 msid:local camera\r\n\
         a=ssrc:2002 cname:c\r\na=ssrc:2002 msid:local camera\r\n\
         m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{TRANSPORT}a=mid:2\r\n\
         a=sctp-port:5000\r\na=max-message-size:262144\r\n"
    )
}

/// An offer of the same as Firefox writes it: transport attributes at session level, candidates of two
/// components, other numbers, attributes in another order.
pub(crate) fn firefox_like() -> String {
    let section = "c=IN IP4 0.0.0.0\r\n\
        a=candidate:0 1 UDP 2122187007 192.0.2.9 50001 typ host\r\n\
        a=candidate:1 1 TCP 2105458943 192.0.2.9 9 typ host tcptype active\r\n\
        a=candidate:0 2 UDP 2122187006 192.0.2.9 50002 typ host\r\n\
        a=sendrecv\r\na=end-of-candidates\r\n\
        a=ice-pwd:5062b6a6acc2b6cb1dacfaebd6c569a1\r\na=ice-ufrag:1780fb68\r\na=setup:actpass\r\n";
    format!(
        "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 2255493977007684058 0 IN IP4 0.0.0.0\r\ns=-\r\n\
         t=0 0\r\na=sendrecv\r\n\
         a=fingerprint:sha-256 34:89:07:55:23:5F:82:5E:9F:32:23:11:B1:A7:3C:49:\
F0:A8:0F:1C:AF:9A:0F:77:20:B1:AA:BE:74:A2:94:6B\r\n\
         a=group:BUNDLE 0 1 2\r\na=ice-options:trickle\r\na=msid-semantic:WMS *\r\n\
         m=audio 50001 UDP/TLS/RTP/SAVPF 109 9 0 8 101\r\n{section}a=mid:0\r\n\
         a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
         a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level\r\n\
         a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\r\na=fmtp:101 0-15\r\n\
         a=msid:{{494ecadc}} {{0df2573d}}\r\na=rtcp-mux\r\n\
         a=rtpmap:109 opus/48000/2\r\na=rtpmap:9 G722/8000/1\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
         a=ssrc:3001 cname:{{c}}\r\n\
         m=video 50001 UDP/TLS/RTP/SAVPF 120 124 121 125 123\r\n{section}a=mid:1\r\n\
         a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=fmtp:120 max-fs=12288;max-fr=60\r\na=fmtp:124 apt=120\r\n\
         a=fmtp:121 max-fs=12288;max-fr=60\r\na=fmtp:125 apt=121\r\n\
         a=msid:{{494ecadc}} {{ecb953f8}}\r\n\
         a=rtcp-fb:120 nack\r\na=rtcp-fb:120 nack pli\r\na=rtcp-fb:120 ccm fir\r\n\
         a=rtcp-fb:120 goog-remb\r\na=rtcp-fb:120 transport-cc\r\n\
         a=rtcp-mux\r\na=rtcp-rsize\r\n\
         a=rtpmap:120 VP8/90000\r\na=rtpmap:124 rtx/90000\r\na=rtpmap:121 VP9/90000\r\n\
         a=rtpmap:125 rtx/90000\r\na=rtpmap:123 ulpfec/90000\r\n\
         a=ssrc:4001 cname:{{c}}\r\na=ssrc:4002 cname:{{c}}\r\na=ssrc-group:FID 4001 4002\r\n\
         m=application 50001 UDP/DTLS/SCTP webrtc-datachannel\r\n{section}a=mid:2\r\n\
         a=sctp-port:5000\r\na=max-message-size:1073741823\r\n"
    )
}
