//! What holds for a media description, from itself and from its session.

use alloc::vec;

use super::*;
use crate::{BundleOnly, HashFunction, MaxMessageSize, Origin, Reason, SctpPort};

fn video(formats: &[u8]) -> Media {
    Media::new("video", 9, "UDP/TLS/RTP/SAVPF", formats)
}

#[test]
fn data_channels_are_told_by_their_protocol() {
    for (kind, protocol, expected) in [
        ("application", "UDP/DTLS/SCTP", true),
        ("application", "TCP/DTLS/SCTP", true),
        ("application", "DTLS/SCTP", true),
        ("application", "SCTP/DTLS", false),
        ("application", "UDP/SCTP", false),
        ("audio", "UDP/DTLS/SCTP", false),
    ] {
        let media = Media::new(kind, 9, protocol, ["webrtc-datachannel"]);
        assert_eq!(media.is_data_channels(), expected, "{kind} {protocol}");
    }
}

#[test]
fn port_0_is_a_rejection_unless_it_is_bundled() {
    let mut media = video(&[96]);
    assert!(!media.is_rejected());
    media.set_port(0);
    assert!(media.is_rejected());
    media.attributes.push(&BundleOnly);
    assert!(!media.is_rejected());
}

#[test]
fn the_session_speaks_where_the_media_is_silent() {
    let fingerprint = |byte| Fingerprint {
        hash: HashFunction::Sha1,
        value: vec![byte; 20],
    };
    let mut session = Session::new(Origin::new(1, 1));
    let mut media = video(&[96]);
    session.attributes.push(&Direction::SendOnly);
    session.attributes.push(&Setup::ActPass);
    session.attributes.extend(&[fingerprint(1), fingerprint(2)]);
    assert_eq!(session.direction_of(&media), Direction::SendOnly);
    assert_eq!(session.setup_of(&media), Some(Setup::ActPass));
    assert_eq!(
        session.fingerprints_of(&media),
        [fingerprint(1), fingerprint(2)]
    );

    media.attributes.push(&Direction::Inactive);
    media.attributes.push(&Setup::Active);
    media.attributes.push(&fingerprint(3));
    assert_eq!(session.direction_of(&media), Direction::Inactive);
    assert_eq!(session.setup_of(&media), Some(Setup::Active));
    assert_eq!(session.fingerprints_of(&media), [fingerprint(3)]);
}

#[test]
fn what_the_media_says_badly_the_session_does_not_say_for_it() {
    let mut session = Session::new(Origin::new(1, 1));
    let mut media = video(&[96]);
    session.attributes.push_raw("setup", Some("active"));
    session.attributes.push_raw("fingerprint", Some("x 01:02"));
    media.attributes.push_raw("setup", Some("nonsense"));
    media.attributes.push_raw("fingerprint", Some("nonsense"));
    let error = AttributeError {
        attribute: "setup",
        field: "role",
        reason: Reason::Malformed,
    };
    assert_eq!(session.effective::<Setup>(&media), Some(Err(error)));
    assert_eq!(session.setup_of(&media), None);
    // A fingerprint that cannot be read must not open the door to another.
    assert_eq!(session.fingerprints_of(&media), []);
}

#[test]
fn message_sizes() {
    let media = || Media::new("application", 9, "UDP/DTLS/SCTP", ["webrtc-datachannel"]);
    assert_eq!(media().max_message_size(), Some(65_536));
    assert_eq!(media().with(&MaxMessageSize(0)).max_message_size(), None);
    assert_eq!(media().with(&MaxMessageSize(9)).max_message_size(), Some(9));
    assert_eq!(media().sctp_port(), None);
    assert_eq!(media().with(&SctpPort(7)).sctp_port(), Some(7));
}
