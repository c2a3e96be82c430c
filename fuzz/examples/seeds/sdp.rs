//! An offer with most attributes, and candidates of every kind.

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let candidates = [
        (
            "host",
            "candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag abcd",
        ),
        (
            "srflx",
            "candidate:2 1 UDP 1686052607 198.51.100.7 40000 typ srflx raddr 192.0.2.1 rport 54321",
        ),
        (
            "relay",
            "candidate:3 2 udp 41885439 2001:db8::7 3478 typ relay raddr 0.0.0.0 rport 0",
        ),
        (
            "tcp",
            "candidate:4 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active network-id 1",
        ),
        (
            "mdns",
            "candidate:5 1 udp 2113937151 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 5000 typ host",
        ),
    ]
    .map(|(name, text)| ("sdp_candidate", name, text.as_bytes().to_vec()));
    let sessions = [("offer", OFFER), ("minimal", MINIMAL)]
        .map(|(name, text)| ("sdp_session", name, text.replace('\n', "\r\n").into_bytes()));
    // The name of the session is in ISO 8859-1.
    let phone = PHONE.replace('\n', "\r\n").chars().map(latin_1).collect();
    let phone = [("sdp_session", "phone", phone)];
    candidates
        .into_iter()
        .chain(sessions)
        .chain(phone)
        .collect()
}

fn latin_1(c: char) -> u8 {
    u8::try_from(c).expect("ISO 8859-1 has all of these characters")
}

/// What SIP phones send: keys in many forms, messages of key management, source filters.
const PHONE: &str = "\
v=0
o=phone 1766 3 IN IP4 192.0.2.1
s=Acc\u{e8}s
c=IN IP4 224.2.1.1/127/3
t=0 0
a=charset:ISO-8859-1
a=key-mgmt:mikey Zm9vYmFy
a=source-filter: incl IN IP4 224.2.1.3 198.51.100.1 198.51.100.2
m=audio 11780 RTP/SAVP 8 101
a=rtcp:11790 IN IP4 192.0.2.2
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4
a=crypto:2 F8_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP WSH=64
a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:YUJDZGVmZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2|1066:4 KDR=3 UNENCRYPTED_SRTP UNENCRYPTED_SRTCP UNAUTHENTICATED_SRTP FEC_KEY=inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj -X=1
m=video 0 RTP/SAVP 31
a=bundle-only
a=key-mgmt:mikey YmFy
a=source-filter: excl IN * channel.example.com a.example.com
";

const MINIMAL: &str = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\n";

const OFFER: &str = "\
v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS stream
a=ice-options:trickle
a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host
a=end-of-candidates
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:stream track
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:0 PCMU/8000
a=ptime:20
a=ssrc:12345 cname:user
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP6 ::
b=AS:2500
a=mid:1
a=recvonly
a=bundle-only
a=rtcp-mux-only
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtcp-fb:* nack pli
a=rid:hi send pt=96;max-width=1280
a=rid:lo send
a=simulcast:send hi;~lo
a=ssrc-group:FID 1 2
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:2
a=tls-id:0123456789abcdef0123
a=sctp-port:5000
a=max-message-size:262144
a=unknown:is kept
";
