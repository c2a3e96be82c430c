//! Session descriptions and candidate lines.

use std::{
    fmt::Debug,
    net::{IpAddr, Ipv6Addr},
};

use strata_sdp::{
    Attribute, Attributes, BundleOnly, Candidate, Connection, ConnectionReuse, Crypto, Direction,
    EndOfCandidates, ExtMap, ExtmapAllowMixed, Fingerprint, Fmtp, Fragment, Group, IceLite,
    IceMismatch, IceOptions, IcePacing, IcePwd, IceUfrag, InlineKey, KeyMgmt, MAX_CODEC_FEEDBACK,
    MaxMessageSize, MaxPtime, Media, Mid, Msid, MsidSemantic, Ptime, RemoteCandidates, Rid, Rtcp,
    RtcpFb, RtcpMux, RtcpMuxOnly, RtcpRsize, RtpMap, SctpMap, SctpPort, Session, Setup, Simulcast,
    SourceFilter, Ssrc, SsrcGroup, TlsId,
};

use crate::Outcome;

/// A description: reads it, writes it again, looks at everything in it, changes it. The same octets are read as a
/// fragment, and as text if they are some.
pub fn sdp_session(data: &[u8]) -> Outcome {
    if let Ok(fragment) = Fragment::parse_bytes(data) {
        assert_eq!(fragment.to_bytes(), data);
        let candidates = data.windows(11).filter(|at| at == b"a=candidate");
        assert!(fragment.candidates().count() <= candidates.count());
    }
    let read = Session::parse_bytes(data);
    if let Ok(text) = std::str::from_utf8(data) {
        assert_eq!(Session::parse(text), read);
        assert!(read.is_err() || read.as_ref().is_ok_and(|read| read.to_string() == text));
    }
    let session = match read {
        Ok(session) => session,
        Err(error) => {
            let lines = data.split_inclusive(|octet| *octet == b'\n').count().max(1);
            assert!((1..=lines).contains(&error.line), "{error} of {lines}");
            return Outcome::refused(error);
        }
    };
    assert_eq!(session.to_bytes(), data);
    // Shown as text, it is a description too.
    let shown = session.to_string();
    assert_eq!(
        Session::parse(&shown).map(|again| again.to_string()),
        Ok(shown)
    );
    let lines = session.lines().count();
    for error in session.unreadable::<Crypto>().take(9) {
        let line = session.lines().nth(error.line - 1);
        assert!(
            error.line <= lines && line.is_some_and(|line| line.text().starts_with("a=crypto"))
        );
    }
    attributes_are_stable(&session.attributes);
    for media in &session.media {
        attributes_are_stable(&media.attributes);
        the_view_is_consistent(&session, media);
    }
    let fragment = Fragment::of(&session);
    assert_eq!(Fragment::parse_bytes(&fragment.to_bytes()), Ok(fragment));
    a_new_destination_is_the_only_one(session.clone());
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
        Crypto,
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
        KeyMgmt,
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
        SourceFilter,
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
    for filter in session.source_filters_of(media) {
        // A filter is for what is sent to its own destination.
        if let Some(destination) = destination_of(&filter) {
            assert!(filter.covers(&destination), "{filter}");
        }
    }
    assert!(!(media.is_bundle_only() && media.is_rejected()));
    let bundle = session.bundle_of(media);
    assert!(bundle.is_none_or(|group| media.mid().is_some_and(|mid| group.mids.contains(&mid))));
    keys_can_be_accepted(media);
    if let Some(Ok(own)) = media.attributes.first::<Direction>() {
        assert_eq!(session.direction_of(media), own);
    }
}

/// What a filter is for, as a `c=` line has it.
fn destination_of(filter: &SourceFilter) -> Option<Connection> {
    let of = format!(
        "{} {} {}",
        filter.network_type, filter.address_types, filter.destination
    );
    of.parse().ok()
}

/// Keys that may be accepted are fit for their suite, and an answer can be made to each.
fn keys_can_be_accepted(media: &Media) {
    let cryptos = media.cryptos();
    for crypto in &cryptos {
        assert_eq!(
            cryptos
                .iter()
                .filter(|other| other.tag == crypto.tag)
                .count(),
            1
        );
        let sizes = crypto.suite.key_length().zip(crypto.suite.salt_length());
        for key in &crypto.keys {
            let split = crypto
                .suite
                .split(key)
                .map(|(key, salt)| (key.len(), salt.len()));
            assert_eq!(split, sizes);
        }
        let length = sizes.map_or(1, |(key, salt)| key + salt);
        let own = [1, 2].map(|fill| InlineKey::new(vec![fill; length]));
        // The offerer may have one of them, but would have to have both.
        let answers = own.map(|key| crypto.accept([key]));
        if let Some(answer) = answers.into_iter().flatten().next() {
            assert!(answer.is_answer_to(crypto));
        }
    }
}

/// Nothing names the old address after a gateway took its place.
fn a_new_destination_is_the_only_one(mut session: Session) {
    for media in &mut session.media {
        media.set_destination(IpAddr::V6(Ipv6Addr::LOCALHOST), 4);
    }
    let again = Session::parse_bytes(&session.to_bytes()).expect("what was written can be read");
    assert_eq!(again.to_bytes(), session.to_bytes());
    for media in &again.media {
        let to = Connection::new(IpAddr::V6(Ipv6Addr::LOCALHOST));
        assert_eq!((media.port(), media.connection()), (4, Some(to)));
        assert!(!media.attributes.contains::<Candidate>() && !media.attributes.contains::<Rtcp>());
        assert!(!media.is_bundle_only() && !media.is_rejected());
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
    let octets = session.to_bytes();
    let again = Session::parse_bytes(&octets).expect("what was written can be read");
    assert_eq!(again.to_bytes(), octets);
    assert_eq!(again.origin(), session.origin());
    assert_eq!(again.name(), "changed");
    assert!(again.attributes.contains::<IceLite>());
    for media in &again.media {
        assert_eq!((media.port(), media.connection()), (9, None));
        assert_eq!(again.direction_of(media), Direction::Inactive);
        assert!(!media.attributes.contains::<Candidate>());
    }
}
