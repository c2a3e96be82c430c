//! What is made of payload types that contradict each other, or come in masses.

use alloc::{format, string::ToString as _};

use super::*;

fn video(formats: &[u8]) -> Media {
    Media::new("video", 9, "UDP/TLS/RTP/SAVPF", formats)
}

#[test]
fn a_payload_type_counts_once_and_needs_an_encoding() {
    let mut media = video(&[96, 96, 97, 8, 200]);
    media.attributes.push(&RtpMap::new(96, "VP8", 90_000));
    media.attributes.push(&RtpMap::new(98, "VP9", 90_000));
    media.attributes.push(&Fmtp::new(96, "first=1"));
    media.attributes.push(&Fmtp::new(96, "second=1"));
    let codecs = media.codecs();
    let maps: Vec<_> = codecs.iter().map(|c| c.rtpmap.to_string()).collect();
    assert_eq!(maps, ["96 VP8/90000", "8 PCMA/8000"]);
    assert_eq!(codecs[0].parameter("first"), Some("1"));
    assert_eq!(codecs[0].parameter("second"), None);
}

#[test]
fn an_rtpmap_overrides_a_static_payload_type() {
    let media = video(&[0]).with(&RtpMap::new(0, "opus", 48_000));
    assert_eq!(media.codecs()[0].rtpmap.encoding, "opus");
}

#[test]
fn formats_of_other_protocols_are_no_codecs() {
    let media = Media::new("application", 9, "DTLS/SCTP", [8]);
    assert_eq!(media.codecs(), []);
    assert_eq!(media.sctp_port(), Some(8));
}

#[test]
fn feedback_is_listed_once_and_not_without_end() {
    let mut media = video(&[96]).with(&RtpMap::new(96, "VP8", 90_000));
    for number in 0..1000 {
        let feedback = Feedback::Other(format!("x{}", number / 2));
        media.attributes.push(&RtcpFb {
            target: FeedbackTarget::All,
            feedback: feedback.clone(),
        });
        media.attributes.push(&RtcpFb::new(96, feedback));
    }
    let feedback = &media.codecs()[0].feedback;
    assert_eq!(feedback.len(), MAX_CODEC_FEEDBACK);
    let all: Vec<_> = (0..MAX_CODEC_FEEDBACK)
        .map(|number| Feedback::Other(format!("x{number}")))
        .collect();
    assert_eq!(feedback, &all);
}
