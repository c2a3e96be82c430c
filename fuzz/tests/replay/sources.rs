//! Which files of others go to which target, and what is known of them.
//!
//! The layout is that of a folder for each project the files come from.

use crate::formats::{Format, Pick, udp_kind};

/// Files that others wrote.
#[derive(Debug)]
pub(crate) struct Source {
    /// Below the root; `*` stands for anything, slashes too. A file goes to the first row of every target.
    pub(crate) path: &'static str,
    /// How samples lie in them.
    pub(crate) format: Format,
    /// Where the samples go.
    pub(crate) target: Destination,
    /// What is known of the samples.
    pub(crate) expect: Expect,
}

/// Where samples go.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To this target.
    Target(&'static str),
    /// To the target of the protocol that the first bytes tell (RFC 7983); others nowhere.
    Demultiplexed,
}

/// What is known of samples.
#[derive(Debug)]
pub(crate) enum Expect {
    /// Fuzzers found them, or tests that are not looked into: so many are read, all files together. A parser that
    /// refuses everything would pass all else.
    AtLeast(usize),
    /// They are valid, but for those whose name contains one of these.
    ValidBut(&'static [&'static str]),
    /// They are malformed.
    Malformed,
}

use Destination::{Demultiplexed, Target};
use Expect::{AtLeast, Malformed, ValidBut};

/// Parsers of what nobody else has samples of.
pub(crate) const NO_FOREIGN_SAMPLES: &[&str] = &[];

/// The table.
#[rustfmt::skip]
pub(crate) static SOURCES: &[Source] = &[
    // Session descriptions. Tests of parsers hold malformed ones on purpose, and three of Mozilla's samples
    // begin with comments.
    row("libwebrtc/fuzzers/sdp-corpus/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&["unittest-3.", "unittest-6.", "unittest-7."])),
    row("libwebrtc/sdp-from-unittests/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&["sdp_offer_answer_unittest-L01489"])),
    row("firefox/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&["L01513"])),
    row("mozilla-webrtc-sdp/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&["parse_sdp_tests-L00059", "parse_sdp_tests-L00078", "sdps/03.", "sdps/08.", "sdps/11."])),
    row("sdp-transform/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("sdp-types/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&["L00853", "L00863", "L00885", "L00895", "L00997", "L01221", "L01225"])),
    row("aiortc/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("pion/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("str0m/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("webrtc-rs/sdp/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("webrtc-rs/sdp-from-tests/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&["description_test-L00367"])),
    row("werift/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("wpt/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("sdp-jingle-json/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("libjs-sdp/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("libdatachannel/*.sdp", Format::Raw, Target("sdp_session"), ValidBut(&[])),
    row("*.sdp", Format::Lines("candidate:"), Target("sdp_candidate"), ValidBut(&[])),
    row("librice/parse_candidate/*", Format::Raw, Target("sdp_candidate"), Malformed),
    // STUN
    row("aioice/*.bin", Format::Raw, Target("stun_message"), ValidBut(&[])),
    row("werift/ice/*.bin", Format::Raw, Target("stun_message"), ValidBut(&[])),
    row("coturn/rfc5769check-bytes.json", Format::Json(Pick { file: "*", name: "re*", context: "*" }), Target("stun_message"), ValidBut(&[])),
    row("libwebrtc/fuzzers/stun-corpus/*", Format::Raw, Target("stun_message"), AtLeast(15)),
    row("libwebrtc/stun-p2p-unittest-bytes.json", Format::Json(Pick { file: "*/stun_unittest.cc", name: "kStunMessageWith*Address", context: "*" }), Target("stun_message"), ValidBut(&[])),
    row("libwebrtc/stun-p2p-unittest-bytes.json", Format::Json(Pick { file: "*/stun_unittest.cc", name: "kStunMessageWith*Length", context: "*" }), Target("stun_message"), Malformed),
    row("libwebrtc/stun-p2p-unittest-bytes.json", Format::Json(Pick { file: "*/stun_unittest.cc", name: "kRfc5769SampleRe*", context: "*" }), Target("stun_message"), ValidBut(&[])),
    row("sdroege-ystreet-crates/test-bytes.json", Format::Json(Pick { file: "stun-types/*", name: "data", context: "rfc*" }), Target("stun_message"), ValidBut(&[])),
    row("pion/stun/FuzzMessage/*", Format::Raw, Target("stun_message"), Malformed),
    row("pion/stun/ex1_chrome.stun", Format::Raw, Target("stun_message"), ValidBut(&[])),
    row("pion/stun/frombrowsers.csv", Format::Base64Csv, Target("stun_message"), ValidBut(&[])),
    row("pion/turn/*allocreq.hex", Format::HexLines, Target("stun_message"), ValidBut(&[])),
    // Data on a channel of TURN
    row("pion/turn/02_chandata.hex", Format::HexLines, Target("turn_channel_data"), ValidBut(&[])),
    row("pion/turn/FuzzChannelData/*", Format::Raw, Target("turn_channel_data"), AtLeast(2)),
    row("libwebrtc/stun-p2p-unittest-bytes.json", Format::Json(Pick { file: "*/async_stun_tcp_socket*", name: "kTurnChannelData*InvalidLength", context: "*" }), Target("turn_channel_data"), Malformed),
    row("libwebrtc/stun-p2p-unittest-bytes.json", Format::Json(Pick { file: "*/async_stun_tcp_socket*", name: "kTurnChannelData*", context: "*" }), Target("turn_channel_data"), ValidBut(&["InvalidLength"])),
    row("webrtc-rs/test-bytes.json", Format::Json(Pick { file: "*/rtc-turn/src/proto/chandata/*", name: "*", context: "*" }), Target("turn_channel_data"), Malformed),
    row("sdroege-ystreet-crates/test-bytes.json", Format::Json(Pick { file: "turn-types/src/channel.rs", name: "*", context: "*empty" }), Target("turn_channel_data"), ValidBut(&[])),
    row("sdroege-ystreet-crates/test-bytes.json", Format::Json(Pick { file: "turn-types/src/channel.rs", name: "*", context: "*truncated_data" }), Target("turn_channel_data"), Malformed),
    row("pion/test-bytes-debian.json", Format::Json(Pick { file: "*/chandata_test.go", name: "*", context: "bad*" }), Target("turn_channel_data"), Malformed),
    // Certificates and their fingerprints; SHA-1 is refused, and those of tests are often cut short
    row("boringssl/dtls_*_corpus/*", Format::Certificates, Target("crypto_certificate"), AtLeast(296)),
    row("*.sdp", Format::Values("fingerprint:"), Target("crypto_fingerprint"), AtLeast(179)),
    // DTLS: other versions and other stacks' settings are refused, so little is known of what must pass
    row("boringssl/dtls_server_corpus/*", Format::BoringSsl, Target("dtls_record"), AtLeast(15142)),
    row("boringssl/dtls_client_corpus/*", Format::BoringSsl, Target("dtls_record"), AtLeast(26431)),
    row("pion/dtls-FuzzRecordLayer/*", Format::Raw, Target("dtls_record"), AtLeast(1)),
    row("libwebrtc/stun-p2p-unittest-bytes.json", Format::Json(Pick { file: "*piggyback*", name: "dtls_flight*", context: "*" }), Target("dtls_record"), Malformed),
    row("pion/test-bytes-debian.json", Format::JsonAfter(&[0, 1], Pick { file: "*/message_client_hello_test.go", name: "*", context: "*" }), Target("dtls_handshake"), AtLeast(1)),
    row("pion/test-bytes-debian.json", Format::JsonAfter(&[4, 2], Pick { file: "*/message_server_hello_test.go", name: "*", context: "*" }), Target("dtls_handshake"), AtLeast(1)),
    row("pion/test-bytes-debian.json", Format::JsonAfter(&[5, 11], Pick { file: "*/message_certificate_test.go", name: "*", context: "*" }), Target("dtls_handshake"), AtLeast(1)),
    row("pion/test-bytes-debian.json", Format::JsonAfter(&[6, 12], Pick { file: "*/message_server_key_exchange_test.go", name: "*", context: "*" }), Target("dtls_handshake"), AtLeast(1)),
    // Offers that others made; what a peer refuses (no BUNDLE, no fingerprint, no DTLS) is its policy
    row("*.sdp", Format::Raw, Target("peer_offer"), AtLeast(389)),
    row("*.sdp", Format::Raw, Target("peer_answer"), AtLeast(4)),
    // RTP and RTCP
    row("aiortc/data/rtp*.bin", Format::Raw, Target("rtp_packet"), ValidBut(&[])),
    row("aiortc/data/rtcp_*_invalid.bin", Format::Raw, Target("rtcp_compound"), Malformed),
    row("aiortc/data/rtcp_*_truncated.bin", Format::Raw, Target("rtcp_compound"), Malformed),
    row("aiortc/data/rtcp_*.bin", Format::Raw, Target("rtcp_compound"), ValidBut(&[])),
    row("werift/*/rtp_*.bin", Format::Raw, Target("rtp_packet"), ValidBut(&[])),
    row("werift/*/rtp.bin", Format::Raw, Target("rtp_packet"), ValidBut(&[])),
    row("werift/*/rtcp_*_invalid.bin", Format::Raw, Target("rtcp_compound"), Malformed),
    row("werift/*/rtcp_*_truncated.bin", Format::Raw, Target("rtcp_compound"), Malformed),
    row("werift/*/rtcp_*.bin", Format::Raw, Target("rtcp_compound"), ValidBut(&[])),
    row("libwebrtc/fuzzers/rtp-corpus/*", Format::Raw, Target("rtp_packet"), AtLeast(5)),
    row("libwebrtc/fuzzers/rtcp-corpus/*", Format::Raw, Target("rtcp_compound"), AtLeast(45)),
    row("libwebrtc/fuzzers/rtpdump-corpus/*.rtpdump", Format::RtpDump, Target("rtp_packet"), ValidBut(&[])),
    row("str0m/data/*.pcap", Format::Pcap, Demultiplexed, ValidBut(&[])),
    row("libwebrtc/rtp_rtcp-unittest-bytes.json", Format::Json(Pick { file: "*rtcp_packet/*", name: "kPacket", context: "*" }), Target("rtcp_compound"), ValidBut(&[])),
    row("libwebrtc/rtp_rtcp-unittest-bytes.json", Format::Json(Pick { file: "*rtcp_packet/*", name: "*", context: "*ParseFails*" }), Target("rtcp_compound"), AtLeast(13)),
    row("libwebrtc/rtp_rtcp-unittest-bytes.json", Format::Json(Pick { file: "*/rtp_packet_unit*", name: "*", context: "*" }), Target("rtp_packet"), AtLeast(3)),
    row("pion/test-bytes-debian.json", Format::Json(Pick { file: "*-rtcp/*", name: "*", context: "*" }), Target("rtcp_compound"), AtLeast(18)),
    row("pion/test-bytes-debian.json", Format::Json(Pick { file: "*-rtp/packet_test*", name: "rawPkt", context: "*" }), Target("rtp_packet"), AtLeast(10)),
    row("webrtc-rs/test-bytes.json", Format::Json(Pick { file: "*/rtc-rtcp/*", name: "*", context: "*" }), Target("rtcp_compound"), AtLeast(20)),
    row("webrtc-rs/test-bytes.json", Format::Json(Pick { file: "*/rtc-rtp/src/packet/*", name: "*", context: "*" }), Target("rtp_packet"), AtLeast(9)),
    row("sdroege-ystreet-crates/test-bytes.json", Format::Json(Pick { file: "rtcp-types/*", name: "*", context: "*" }), Target("rtcp_compound"), AtLeast(27)),
    row("sdroege-ystreet-crates/test-bytes.json", Format::Json(Pick { file: "rtp-types/*", name: "*", context: "*" }), Target("rtp_packet"), AtLeast(9)),
    // SCTP and data channels
    row("aiortc/data/sctp_*.bin", Format::Raw, Target("sctp_packet"), ValidBut(&[])),
    row("werift/*/sctp_*.bin", Format::Raw, Target("sctp_packet"), ValidBut(&[])),
    // Two of these end in the middle of a chunk.
    row("libwebrtc/fuzzers/sctp-packet-corpus/*.bin", Format::Raw, Target("sctp_packet"), ValidBut(&["cookie-echo-data.bin", "cookie-echo-data-data.bin"])),
    row("libwebrtc/dcsctp-test-bytes.json", Format::Json(Pick { file: "*/sctp_packet_test.cc", name: "*", context: "*" }), Target("sctp_packet"), ValidBut(&["ZeroSizeChunk"])),
    row("dcsctp-rs/test-bytes.json", Format::Json(Pick { file: "*/sctp_packet.rs", name: "*", context: "*" }), Target("sctp_packet"), ValidBut(&["zero_size_chunk"])),
    row("sdroege-ystreet-crates/test-bytes.json", Format::Json(Pick { file: "sctp-proto/src/packet.rs", name: "*", context: "*" }), Target("sctp_packet"), AtLeast(4)),
    row("usrsctp/CORPUS_CONNECT/*", Format::UsrSctp, Target("sctp_packet"), AtLeast(61)),
    row("usrsctp/CORPUS_LISTEN/*", Format::Raw, Target("sctp_packet"), AtLeast(1)),
    row("libwebrtc/dcsctp-test-bytes.json", Format::Json(Pick { file: "*/chunk/*", name: "*", context: "*" }), Target("sctp_chunk"), AtLeast(16)),
    row("dcsctp-rs/test-bytes.json", Format::Json(Pick { file: "*_chunk.rs", name: "*", context: "*" }), Target("sctp_chunk"), AtLeast(16)),
    row("pion/test-bytes-debian.json", Format::Json(Pick { file: "*-sctp/chunk_*", name: "*", context: "*" }), Target("sctp_chunk"), AtLeast(13)),
    row("webrtc-rs/test-bytes.json", Format::Json(Pick { file: "*/rtc-sctp/src/chunk/*", name: "*", context: "*" }), Target("sctp_chunk"), AtLeast(13)),
    row("pion/test-bytes-debian.json", Format::Json(Pick { file: "*-datachannel/*", name: "result", context: "*" }), Target("sctp_dcep"), ValidBut(&[])),
    row("webrtc-rs/test-bytes.json", Format::Json(Pick { file: "*/rtc-datachannel/*", name: "*", context: "*success" }), Target("sctp_dcep"), ValidBut(&[])),
    // Packets for two sections that have most types between them
    row("libwebrtc/fuzzers/rtpdump-corpus/*.rtpdump", Format::RtpDump, Target("peer_router"), AtLeast(350)),
    row("libwebrtc/fuzzers/rtp-corpus/*", Format::Raw, Target("peer_router"), AtLeast(7)),
    row("aiortc/data/rtp*.bin", Format::Raw, Target("peer_router"), AtLeast(6)),
    // SRTP: written for another fuzzer, so noise
    row("libsrtp/fuzzer-corpus/*", Format::Raw, Target("srtp_unprotect"), AtLeast(2025)),
];

const fn row(path: &'static str, format: Format, target: Destination, expect: Expect) -> Source {
    Source {
        path,
        format,
        target,
        expect,
    }
}

impl Destination {
    /// The name of the target for a sample.
    pub(crate) fn name(&self, bytes: &[u8]) -> Option<&'static str> {
        match self {
            Target(name) => Some(name),
            Demultiplexed => udp_kind(bytes),
        }
    }
}

impl Expect {
    /// What is known of the sample with this name: `Some(true)` that it is valid.
    pub(crate) fn of(&self, name: &str) -> Option<bool> {
        match self {
            AtLeast(_) => None,
            ValidBut(exceptions) => Some(!exceptions.iter().any(|part| name.contains(part))),
            Malformed => Some(false),
        }
    }
}

/// Whether an earlier row for the same target and format already takes this file.
pub(crate) fn is_shadowed(source: &Source, path: &str) -> bool {
    SOURCES
        .iter()
        .take_while(|earlier| !std::ptr::eq(*earlier, source))
        .any(|earlier| {
            earlier.target == source.target
                && earlier.format == source.format
                && matches(earlier.path, path)
        })
}

/// Whether a text matches a pattern in which `*` stands for anything.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn patterns() {
    assert!(matches("a/*.bin", "a/b/c.bin"));
    assert!(matches("*", ""));
    assert!(matches("a*b*c", "a-b-b-c"));
    assert!(!matches("a/*.bin", "a/b.txt"));
    assert!(!matches("a*a", "a"));
    assert!(!matches("a", "ab"));
}
