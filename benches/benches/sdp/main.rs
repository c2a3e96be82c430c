//! Reading and writing the offer of a browser with audio, video of eight codecs, and data channels.
//!
//! `sdp/read` keeps attributes as text, as `sdp-types` does. `sdp/read_typed` reads every attribute by its
//! type as well, as `webrtc-sdp` always does. The limit of reading is to copy the text line by line to the heap, that of
//! writing to copy it.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

#[cfg(feature = "rivals")]
mod rivals;

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_sdp::{
    Attribute, Attributes, Candidate, Direction, ExtMap, ExtmapAllowMixed, Fingerprint, Fmtp,
    Group, IceOptions, IcePwd, IceUfrag, MaxMessageSize, Mid, Msid, MsidSemantic, Rtcp, RtcpFb,
    RtcpMux, RtcpRsize, RtpMap, SctpPort, Session, Setup, Ssrc, SsrcGroup,
};

const TRANSPORT: &str = "c=IN IP4 192.0.2.17\r\n\
    a=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=candidate:2378795525 1 udp 2122260223 192.0.2.17 50001 typ host generation 0 network-id 1 network-cost 10\r\n\
    a=candidate:1935892113 1 tcp 1518280447 192.0.2.17 9 typ host tcptype active generation 0 network-id 1 network-cost 10\r\n\
    a=candidate:842163049 1 udp 1685921535 203.0.113.5 61000 typ srflx raddr 192.0.2.17 rport 50001 generation 0 network-id 1 network-cost 10\r\n\
    a=ice-ufrag:vH4z\r\n\
    a=ice-pwd:w0nF9cQm2Lr7yTbXs5KdE1Ga\r\n\
    a=ice-options:trickle\r\n\
    a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n\
    a=setup:actpass\r\n";

/// An offer of the shape that Chromium's have.
fn offer() -> String {
    let mut offer = String::from(
        "v=0\r\no=- 6418712459823401177 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
         a=group:BUNDLE 0 1 2\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS 6d1a\r\n",
    );
    offer.push_str("m=audio 50001 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n");
    offer.push_str(TRANSPORT);
    offer.push_str(
        "a=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
         a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendrecv\r\na=msid:6d1a a6ac\r\n\
         a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
         a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n\
         a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
         a=rtpmap:126 telephone-event/8000\r\na=ssrc:3311754770 cname:YowAv0HIqH8TujyK\r\n",
    );
    video(&mut offer);
    offer.push_str("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    offer.push_str(TRANSPORT);
    offer.push_str("a=mid:2\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n");
    offer
}

/// Eight codecs, each with its retransmissions.
fn video(offer: &mut String) {
    let codecs = 96..112;
    offer.push_str("m=video 50002 UDP/TLS/RTP/SAVPF");
    for number in codecs.clone() {
        write!(offer, " {number}").expect("a string takes all");
    }
    offer.push_str("\r\n");
    offer.push_str(TRANSPORT);
    offer.push_str("a=mid:1\r\n");
    for number in 1..14 {
        write!(
            offer,
            "a=extmap:{number} http://www.webrtc.org/experiments/rtp-hdrext/ext-{number}\r\n"
        )
        .expect("a string takes all");
    }
    offer.push_str("a=sendrecv\r\na=msid:6d1a 2714\r\na=rtcp-mux\r\na=rtcp-rsize\r\n");
    for number in codecs.step_by(2) {
        let retransmission = number + 1;
        write!(offer, "a=rtpmap:{number} H264/90000\r\n").expect("a string takes all");
        for feedback in ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"] {
            write!(offer, "a=rtcp-fb:{number} {feedback}\r\n").expect("a string takes all");
        }
        write!(
            offer,
            "a=fmtp:{number} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n\
             a=rtpmap:{retransmission} rtx/90000\r\na=fmtp:{retransmission} apt={number}\r\n"
        )
        .expect("a string takes all");
    }
    offer.push_str("a=ssrc-group:FID 11 12\r\na=ssrc:11 cname:YowA\r\na=ssrc:12 cname:YowA\r\n");
}

fn read(c: &mut Criterion) {
    let offer = offer();
    let mut group = c.benchmark_group("sdp/read");
    group.throughput(Throughput::Bytes(offer.len() as u64));
    group.bench_function("strata", |b| {
        b.iter(|| Session::parse(black_box(&offer)).expect("a valid offer"));
    });
    #[cfg(feature = "rivals")]
    rivals::read(&mut group, &offer);
    group.bench_function("limit", |b| b.iter(|| lines(black_box(&offer))));
    group.finish();
}

fn lines(text: &str) -> Vec<Box<str>> {
    text.split_inclusive('\n').map(Box::from).collect()
}

fn read_typed(c: &mut Criterion) {
    let offer = offer();
    let mut group = c.benchmark_group("sdp/read_typed");
    group.throughput(Throughput::Bytes(offer.len() as u64));
    group.bench_function("strata", |b| {
        b.iter(|| {
            let session = Session::parse(black_box(&offer)).expect("a valid offer");
            read_attributes(&session.attributes);
            for media in &session.media {
                read_attributes(&media.attributes);
            }
            session
        });
    });
    #[cfg(feature = "rivals")]
    rivals::read_typed(&mut group, &offer);
    group.bench_function("limit", |b| b.iter(|| lines(black_box(&offer))));
    group.finish();
}

/// Reads every attribute of the offer by its type.
fn read_attributes(attributes: &Attributes) {
    fn all<T: Attribute>(attributes: &Attributes) {
        for attribute in attributes.all::<T>() {
            black_box(attribute.expect("a valid attribute"));
        }
    }
    all::<Candidate>(attributes);
    all::<Direction>(attributes);
    all::<ExtMap>(attributes);
    all::<ExtmapAllowMixed>(attributes);
    all::<Fingerprint>(attributes);
    all::<Fmtp>(attributes);
    all::<Group>(attributes);
    all::<IceOptions>(attributes);
    all::<IcePwd>(attributes);
    all::<IceUfrag>(attributes);
    all::<MaxMessageSize>(attributes);
    all::<Mid>(attributes);
    all::<Msid>(attributes);
    all::<MsidSemantic>(attributes);
    all::<Rtcp>(attributes);
    all::<RtcpFb>(attributes);
    all::<RtcpMux>(attributes);
    all::<RtcpRsize>(attributes);
    all::<RtpMap>(attributes);
    all::<SctpPort>(attributes);
    all::<Setup>(attributes);
    all::<Ssrc>(attributes);
    all::<SsrcGroup>(attributes);
}

fn write(c: &mut Criterion) {
    let offer = offer();
    let ours = Session::parse(&offer).expect("a valid offer");
    let mut group = c.benchmark_group("sdp/write");
    group.throughput(Throughput::Bytes(offer.len() as u64));
    group.bench_function("strata", |b| {
        let mut out = String::new();
        b.iter(|| {
            out.clear();
            black_box(&ours).write(&mut out);
            out.len()
        });
    });
    #[cfg(feature = "rivals")]
    rivals::write(&mut group, &offer);
    group.bench_function("limit", |b| {
        let mut out = String::new();
        b.iter(|| {
            out.clear();
            out.push_str(black_box(&offer));
            out.len()
        });
    });
    group.finish();
}

criterion_group!(benches, read, read_typed, write);
criterion_main!(benches);
