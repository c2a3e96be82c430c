//! Session descriptions and candidate lines.

use std::fmt::Debug;

use strata_sdp::{
    Attribute, Attributes, BundleOnly, Candidate, ConnectionReuse, Direction, EndOfCandidates,
    ExtMap, ExtmapAllowMixed, Fingerprint, Fmtp, Fragment, Group, IceLite, IceMismatch, IceOptions,
    IcePacing, IcePwd, IceUfrag, MAX_CODEC_FEEDBACK, MaxMessageSize, MaxPtime, Media, Mid, Msid,
    MsidSemantic, Ptime, RemoteCandidates, Rid, Rtcp, RtcpFb, RtcpMux, RtcpMuxOnly, RtcpRsize,
    RtpMap, SctpMap, SctpPort, Session, Setup, Simulcast, Ssrc, SsrcGroup, TlsId,
};

use crate::Outcome;

/// A description: reads it, writes it again, looks at everything in it, changes it. The same text is read as a
/// fragment, too.
pub fn sdp_session(data: &[u8]) -> Outcome {
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => return Outcome::refused(error),
    };
    if let Ok(fragment) = Fragment::parse(text) {
        assert_eq!(fragment.to_string(), text);
        let candidates = text.matches("a=candidate").count();
        assert!(fragment.candidates().count() <= candidates);
    }
    let session = match Session::parse(text) {
        Ok(session) => session,
        Err(error) => {
            let lines = text.split_inclusive('\n').count().max(1);
            assert!((1..=lines).contains(&error.line), "{error} of {lines}");
            return Outcome::refused(error);
        }
    };
    assert_eq!(session.to_string(), text);
    attributes_are_stable(&session.attributes);
    for media in &session.media {
        attributes_are_stable(&media.attributes);
        the_view_is_consistent(&session, media);
    }
    let fragment = Fragment::of(&session);
    assert_eq!(Fragment::parse(&fragment.to_string()), Ok(fragment));
    a_change_is_read_back(session);
    Outcome::Parsed
}

/// One candidate, as browsers trickle it.
pub fn sdp_candidate(data: &[u8]) -> Outcome {
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => return Outcome::refused(error),
    };
    match text.parse::<Candidate>() {
        Ok(candidate) => {
            let value = candidate.to_string();
            for text in [
                candidate.to_trickle(),
                format!("a=candidate:{value}\r\n"),
                value,
            ] {
                assert_eq!(text.parse().as_ref(), Ok(&candidate), "{text:?}");
            }
            Outcome::Parsed
        }
        Err(error) => Outcome::refused(error),
    }
}

/// What could be read of attributes is written so that it reads the same.
fn attributes_are_stable(attributes: &Attributes) {
    macro_rules! stable {
        ($($attribute:ty),* $(,)?) => { $(stable::<$attribute>(attributes);)* };
    }
    stable!(
        BundleOnly,
        Candidate,
        ConnectionReuse,
        Direction,
        EndOfCandidates,
        ExtMap,
        ExtmapAllowMixed,
        Fingerprint,
        Fmtp,
        Group,
        IceLite,
        IceMismatch,
        IceOptions,
        IcePacing,
        IcePwd,
        IceUfrag,
        MaxMessageSize,
        MaxPtime,
        Mid,
        Msid,
        MsidSemantic,
        Ptime,
        RemoteCandidates,
        Rid,
        Rtcp,
        RtcpFb,
        RtcpMux,
        RtcpMuxOnly,
        RtcpRsize,
        RtpMap,
        SctpMap,
        SctpPort,
        Setup,
        Simulcast,
        Ssrc,
        SsrcGroup,
        TlsId,
    );
}

fn stable<T: Attribute + PartialEq + Debug>(attributes: &Attributes) {
    for attribute in attributes.all::<T>().flatten() {
        let mut again = Attributes::new();
        again.push(&attribute);
        assert_eq!(again.first(), Some(Ok(attribute)));
    }
}

fn the_view_is_consistent(session: &Session, media: &Media) {
    let codecs = media.codecs();
    assert!(codecs.len() <= 128);
    for codec in &codecs {
        assert!(codec.feedback.len() <= MAX_CODEC_FEEDBACK);
        let payload_type = codec.payload_type();
        assert!(
            media
                .formats()
                .any(|format| format.parse() == Ok(payload_type))
        );
        let _ = codec.associated_payload_type();
    }
    let _ = (media.sctp_port(), media.max_message_size());
    let _ = session.ice_credentials_of(media);
    let _ = session.fingerprints_of(media);
    let _ = session.connection_of(media);
    if let Some(Ok(own)) = media.attributes.first::<Direction>() {
        assert_eq!(session.direction_of(media), own);
    }
}

/// Whatever the description was, what is put into it is there when it is read again.
fn a_change_is_read_back(mut session: Session) {
    let mut origin = session.origin().clone();
    origin.session_version = origin.session_version.successor();
    session.set_origin(origin);
    session.set_name("changed");
    session.attributes.set(&IceLite);
    for media in &mut session.media {
        media.set_port(9);
        media.set_connection(None);
        media.attributes.set(&Direction::Inactive);
        media.attributes.remove::<Candidate>();
    }
    let text = session.to_string();
    let again = Session::parse(&text).expect("what was written can be read");
    assert_eq!(again.to_string(), text);
    assert_eq!(again.origin(), session.origin());
    assert_eq!(again.name(), "changed");
    assert!(again.attributes.contains::<IceLite>());
    for media in &again.media {
        assert_eq!((media.port(), media.connection()), (9, None));
        assert_eq!(again.direction_of(media), Direction::Inactive);
        assert!(!media.attributes.contains::<Candidate>());
    }
}
