//! Properties: what is accepted is written as it came, what is built is read as it was built, and no
//! text whatever makes the parser panic.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::{fmt::Debug, net::IpAddr, num::NonZeroU64};

use proptest::{collection::vec, option, prelude::*, sample::select};
use strata_sdp::{
    Attribute, Attributes, Bandwidth, BandwidthKind, Candidate, CandidateAddress, CandidateKind,
    CandidateTransport, Connection, Crypto, CryptoSuite, Direction, ExtMap, FecOrder, Feedback,
    FeedbackTarget, FilterMode, Fingerprint, Fmtp, Fragment, Group, GroupSemantics, HashFunction,
    IceOptions, IcePwd, IceUfrag, InlineKey, KeyMgmt, Media, Mid, Mki, Msid, Number, Origin, Ptime,
    Rid, RidDirection, RtcpFb, RtpMap, Session, Simulcast, SimulcastFormat, SourceFilter,
    SrtpParameter, Ssrc, SsrcGroup,
};

const TOKEN: &str = "[!#-'*+.^-~A-Za-z0-9-]{1,8}";

fn ending() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("\r\n"), 2 => Just("\n")]
}

/// A line that may stand anywhere after `o=`, in the spelling of a careless author.
fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        "a=[a-z-]{0,12}(:[^\r\n\0]{0,20})?",
        // What makes no description may be anything.
        "[a-lnp-uw-zA-Z]=[^\r\n\0]{0,20}",
        "c=IN  ?IP4 [0-9a-z.]{1,10}(/[0-9]{1,2}){0,2} ?",
        "c=IN IP6 [0-9a-f:]{1,10}(/[0-9]{1,30})?",
        "b=[A-Z-]{1,5}:[0-9]{1,40}",
        "t=0{0,3}[0-9]{1,40} {1,2}[0-9]{1,40}",
        "m=(audio|video|application) [0-9]{1,4}(/[0-9]{1,30})? {1,2}(RTP/SAVPF|UDP/DTLS/SCTP)( [0-9a-z]{1,3}){0,4} ?",
        Just(String::new()),
    ]
}

fn description() -> impl Strategy<Value = String> {
    let line = (any_line(), ending()).prop_map(|(line, ending)| line + ending);
    (
        ending(),
        "o=[^ \r\n\0]{1,6} {1,2}0{0,2}[0-9]{1,40} [0-9]{1,40} IN IP[46] [0-9a-f.:]{1,9} ?",
        ending(),
        vec(line, 0..20),
        option::of(any_line()),
    )
        .prop_map(|(first, origin, second, lines, last)| {
            let last = last.unwrap_or_default();
            format!("v=0{first}{origin}{second}{}{last}", lines.concat())
        })
}

fn address() -> impl Strategy<Value = CandidateAddress> {
    prop_oneof![
        any::<IpAddr>().prop_map(CandidateAddress::Ip),
        "[a-z][a-z0-9-]{0,20}\\.local".prop_map(CandidateAddress::Name),
    ]
}

prop_compose! {
    fn candidate()(
        foundation in "[a-zA-Z0-9+/]{1,32}",
        component in 1u16..=256,
        transport in select(vec!["udp", "tcp", "ssltcp"]),
        priority: u32,
        address in address(),
        port: u16,
        kind in select(vec!["host", "srflx", "prflx", "relay", "other"]),
        related in (option::of(address()), option::of(any::<u16>())),
        extensions in vec(("(tcptype|generation|ufrag|[a-q]{1,6})", TOKEN), 0..4),
    ) -> Candidate {
        Candidate {
            foundation,
            component,
            transport: CandidateTransport::from(transport),
            priority,
            address,
            port,
            kind: CandidateKind::from(kind),
            related_address: related.0,
            related_port: related.1,
            extensions,
        }
    }
}

fn rid() -> impl Strategy<Value = Rid> {
    (
        "[a-z0-9_-]{1,8}",
        any::<bool>(),
        vec(0u8..128, 0..3),
        vec(("max-[a-z]{1,6}", option::of("[0-9]{1,5}")), 0..3),
    )
        .prop_map(|(id, sends, payload_types, restrictions)| Rid {
            id,
            direction: if sends {
                RidDirection::Send
            } else {
                RidDirection::Recv
            },
            payload_types,
            restrictions,
        })
}

fn streams() -> impl Strategy<Value = Vec<Vec<SimulcastFormat>>> {
    let format =
        ("[a-z0-9]{1,3}", any::<bool>()).prop_map(|(rid, paused)| SimulcastFormat { rid, paused });
    vec(vec(format, 1..3), 1..4)
}

fn feedback() -> impl Strategy<Value = RtcpFb> {
    let target = prop_oneof![
        Just(FeedbackTarget::All),
        (0u8..128).prop_map(FeedbackTarget::PayloadType)
    ];
    (
        target,
        "(nack|ccm|ack|goog-remb|[a-z]{1,5})( [a-z]{1,5}){0,2}",
    )
        .prop_map(|(target, text)| RtcpFb {
            target,
            feedback: Feedback::from(text.as_str()),
        })
}

/// Keys of one suite, told apart where there are several.
fn crypto() -> impl Strategy<Value = Crypto> {
    let suites = vec![
        ("AES_CM_128_HMAC_SHA1_80", 30),
        ("AES_192_CM_HMAC_SHA1_32", 38),
        ("AES_256_CM_HMAC_SHA1_80", 46),
        ("AEAD_AES_128_GCM", 28),
        ("AEAD_AES_256_GCM", 44),
        ("NEW_SUITE", 7),
    ];
    let key = (
        vec(any::<u8>(), 46),
        option::of(prop_oneof![
            1..=InlineKey::MAX_LIFETIME,
            (0u32..=48).prop_map(|power| 1 << power)
        ]),
    );
    (
        0..=Crypto::MAX_TAG,
        select(suites),
        vec(key, 1..4),
        option::of(3usize..=128),
        vec(parameter(), 0..4),
    )
        .prop_map(|(tag, (suite, length), keys, mki, parameters)| {
            let several = keys.len() > 1;
            let keys = (1u64..).zip(keys).map(|(at, (mut key, lifetime))| {
                key.truncate(length);
                let mut key = InlineKey::new(key);
                if let Some(packets) = lifetime.and_then(NonZeroU64::new) {
                    key = key.with_lifetime(packets);
                }
                match mki.or_else(|| several.then_some(1)) {
                    Some(length) => key.with_mki(Mki::new(at, length).expect("it is small")),
                    None => key,
                }
            });
            let crypto = Crypto::new(tag, CryptoSuite::from(suite), keys);
            let add = |crypto: Crypto, parameter| crypto.with_parameter(parameter);
            let crypto = crypto.and_then(|crypto| parameters.into_iter().try_fold(crypto, add));
            crypto.expect("keys of the right size")
        })
}

fn parameter() -> impl Strategy<Value = SrtpParameter> {
    prop_oneof![
        (1u8..=24).prop_map(SrtpParameter::KeyDerivationRate),
        Just(SrtpParameter::UnencryptedSrtp),
        Just(SrtpParameter::UnencryptedSrtcp),
        Just(SrtpParameter::UnauthenticatedSrtp),
        Just(SrtpParameter::FecOrder(FecOrder::SrtpFec)),
        any::<u32>().prop_map(SrtpParameter::WindowSizeHint),
        "-?X[!-~]{0,8}".prop_map(SrtpParameter::Other),
    ]
}

fn source_filter() -> impl Strategy<Value = SourceFilter> {
    let mode = select(vec![FilterMode::Include, FilterMode::Exclude]);
    (mode, any::<IpAddr>(), vec(any::<IpAddr>(), 1..4))
        .prop_map(|(mode, destination, sources)| SourceFilter::new(mode, destination, sources))
}

/// One attribute of any type, as the line it makes and a check that it reads back.
fn typed() -> impl Strategy<Value = Attributes> {
    fn one<T: Attribute + PartialEq + Debug + Clone>(attribute: &T) -> Attributes {
        let mut attributes = Attributes::new();
        attributes.push(attribute);
        assert_eq!(attributes.first::<T>(), Some(Ok(attribute.clone())));
        assert_eq!(attribute.to_string().parse::<T>().as_ref(), Ok(attribute));
        attributes
    }
    let mid = || TOKEN.prop_map(|text| Mid::new(&text).expect("a token"));
    prop_oneof![
        candidate().prop_map(|a| one(&a)),
        mid().prop_map(|a| one(&a)),
        (select(vec!["BUNDLE", "LS", "X"]), vec(mid(), 0..4)).prop_map(|(semantics, mids)| one(
            &Group {
                semantics: GroupSemantics::from(semantics),
                mids
            }
        )),
        "[a-zA-Z0-9+/]{4,256}".prop_map(|text| one(&IceUfrag::new(&text).expect("ice-chars"))),
        "[a-zA-Z0-9+/]{22,256}".prop_map(|text| one(&IcePwd::new(&text).expect("ice-chars"))),
        vec(TOKEN, 1..4).prop_map(|options| one(&IceOptions(options))),
        any::<[u8; 32]>().prop_map(|value| one(&Fingerprint {
            hash: HashFunction::Sha256,
            value: value.to_vec()
        })),
        (
            0u8..128,
            TOKEN.prop_filter("slash", |t| !t.contains('/')),
            any::<u32>(),
            option::of(any::<u32>())
        )
            .prop_map(
                |(payload_type, encoding, clock_rate, channels)| one(&RtpMap {
                    payload_type,
                    encoding,
                    clock_rate,
                    channels
                })
            ),
        (0u8..128, "[a-z0-9]{1,5}=[a-z0-9;=]{0,8}")
            .prop_map(|(pt, text)| one(&Fmtp::new(pt, &text))),
        feedback().prop_map(|a| one(&a)),
        (
            1u16..=4351,
            option::of(0usize..4),
            "[a-z:/.#]{1,20}",
            option::of("[a-z]( [a-z]){0,3}")
        )
            .prop_map(|(id, direction, uri, attributes)| one(&ExtMap {
                id,
                direction: direction.and_then(|i| Direction::WORDS.get(i)?.parse().ok()),
                uri,
                attributes
            })),
        (TOKEN, option::of(TOKEN)).prop_map(|(stream, track)| one(&Msid { stream, track })),
        (any::<u32>(), TOKEN, option::of("[^\r\n\0 ]{0,9}")).prop_map(
            |(ssrc, attribute, value)| one(&Ssrc {
                ssrc,
                attribute,
                value
            })
        ),
        (TOKEN, vec(any::<u32>(), 0..3))
            .prop_map(|(semantics, ssrcs)| one(&SsrcGroup { semantics, ssrcs })),
        rid().prop_map(|a| one(&a)),
        crypto().prop_map(|a| one(&a)),
        source_filter().prop_map(|a| one(&a)),
        ("[a-zA-Z0-9]{1,9}", vec(any::<u8>(), 1..60)).prop_map(|(protocol, data)| one(
            &KeyMgmt::new(&protocol, data).expect("letters and digits")
        )),
        (streams(), streams()).prop_map(|(send, recv)| one(&Simulcast { send, recv })),
        (0u64..1_000_000_000_000)
            .prop_map(|nanos| one(&Ptime(std::time::Duration::from_nanos(nanos)))),
    ]
}

fn media() -> impl Strategy<Value = Media> {
    (
        select(vec!["audio", "video", "application"]),
        any::<u16>(),
        select(vec!["UDP/TLS/RTP/SAVPF", "UDP/DTLS/SCTP", "RTP/AVP"]),
        vec(0u8..=255, 0..8),
        vec(typed(), 0..8),
        option::of(any::<IpAddr>()),
        option::of(number()),
    )
        .prop_map(
            |(kind, port, protocol, formats, attributes, address, bandwidth)| {
                let mut media = Media::new(kind, port, protocol, formats);
                for attributes in attributes {
                    for (name, value) in attributes.iter() {
                        media.attributes.push_raw(name, value);
                    }
                }
                media.set_connection(address.map(Connection::new).as_ref());
                if let Some(value) = bandwidth {
                    let kind = BandwidthKind::TransportIndependent;
                    media.push_bandwidth(&Bandwidth { kind, value });
                }
                media
            },
        )
}

/// A number as long as some write it.
fn number() -> impl Strategy<Value = Number> {
    "0{0,2}[0-9]{1,40}".prop_map(|text| text.parse().expect("digits"))
}

fn session() -> impl Strategy<Value = Session> {
    (
        number(),
        number(),
        vec(typed(), 0..4),
        vec(media(), 0..4),
        TOKEN,
    )
        .prop_map(|(id, version, attributes, media, name)| {
            let mut session = Session::new(Origin {
                session_id: id,
                session_version: version,
                ..Origin::new(0, 0)
            });
            session.set_name(&name);
            for attributes in attributes {
                for (name, value) in attributes.iter() {
                    session.attributes.push_raw(name, value);
                }
            }
            session.media = media;
            session
        })
}

/// What could be read of an attribute, however badly it was written, is written so that it reads the
/// same.
fn check_attributes(attributes: &Attributes) {
    fn check<T: Attribute + PartialEq + Debug>(attributes: &Attributes) {
        for attribute in attributes.all::<T>().flatten() {
            let text = attribute.to_string();
            assert_eq!(text.parse(), Ok(attribute), "{text:?}");
        }
    }
    check::<Candidate>(attributes);
    check::<ExtMap>(attributes);
    check::<Fingerprint>(attributes);
    check::<Fmtp>(attributes);
    check::<Group>(attributes);
    check::<IceOptions>(attributes);
    check::<Msid>(attributes);
    check::<Ptime>(attributes);
    check::<Rid>(attributes);
    check::<RtcpFb>(attributes);
    check::<RtpMap>(attributes);
    check::<Simulcast>(attributes);
    check::<Ssrc>(attributes);
    check::<SsrcGroup>(attributes);
}

/// Looks at everything, as the layer above would.
fn read_all(session: &Session) {
    for media in &session.media {
        let _ = (media.codecs(), media.sctp_port(), media.max_message_size());
        let _ = (
            session.ice_credentials_of(media),
            session.fingerprints_of(media),
        );
        let _ = (session.direction_of(media), session.connection_of(media));
        let _ = media.attributes.all::<Candidate>().count();
    }
    let _ = (session.bundle_groups().count(), session.timings().count());
}

proptest! {
    #[test]
    fn what_is_accepted_is_written_as_it_came(text in description()) {
        let session = Session::parse(&text);
        prop_assert!(session.is_ok(), "{text:?}: {session:?}");
        let session = session.unwrap();
        prop_assert_eq!(&session.to_string(), &text);
        let mut out = String::from("x");
        session.write(&mut out);
        prop_assert_eq!(out.strip_prefix('x'), Some(text.as_str()));
        read_all(&session);
    }

    #[test]
    fn a_fragment_is_written_as_it_came(
        attributes in vec(("a=[a-z-]{0,12}(:[^\r\n\0]{0,20})?", ending()), 0..6),
        media in vec((any_line(), ending()), 0..12),
    ) {
        let lines = |lines: Vec<(String, &str)>| {
            lines.into_iter().map(|(line, ending)| line + ending).collect::<String>()
        };
        let text = format!("{}m=audio 9 RTP/AVP 0\r\n{}", lines(attributes), lines(media));
        let fragment = Fragment::parse(&text);
        prop_assert!(fragment.is_ok(), "{text:?}: {fragment:?}");
        prop_assert_eq!(fragment.unwrap().to_string(), text);
    }

    #[test]
    fn what_is_built_is_read_as_it_was_built(built in session()) {
        let text = built.to_string();
        let read = Session::parse(&text).unwrap();
        prop_assert_eq!(&read, &built);
        // Numbers are equal by their values; here they have the same digits, too.
        prop_assert_eq!(read.origin().to_string(), built.origin().to_string());
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn candidates_are_read_in_every_dress(candidate in candidate()) {
        let text = candidate.to_string();
        for dress in [candidate.to_trickle(), format!("a=candidate:{text}\r\n"), text] {
            prop_assert_eq!(dress.parse(), Ok(candidate.clone()), "{:?}", dress);
        }
    }

    #[test]
    fn no_text_panics_and_none_that_is_accepted_is_lost(text in any::<String>()) {
        if let Ok(candidate) = text.parse::<Candidate>() {
            prop_assert_eq!(candidate.to_string().parse(), Ok(candidate));
        }
        let _ = Session::parse(&text);
        // Behind a good beginning much of it is accepted, and then nothing of it is lost.
        for kind in ['a', 'c', 'm'] {
            let text = format!("v=0\r\no=- 1 1 IN IP4 x\r\n{kind}={text}");
            if let Ok(session) = Session::parse(&text) {
                prop_assert_eq!(session.to_string(), text);
                read_all(&session);
            }
        }
    }

    /// Whatever is done to a good description, it is refused or kept.
    #[test]
    fn a_damaged_description_is_refused_or_kept(
        text in prop_oneof![description(), session().prop_map(|session| session.to_string())],
        at in any::<prop::sample::Index>(),
        cut in 0usize..20,
        insert in "[ -~\r\n\0\u{e9}]{0,6}",
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        let from = at.index(chars.len());
        let to = (from + cut).min(chars.len());
        chars.splice(from..to, insert.chars());
        let text: String = chars.into_iter().collect();
        if let Ok(session) = Session::parse(&text) {
            prop_assert_eq!(session.to_string(), text);
            read_all(&session);
            check_attributes(&session.attributes);
            session.media.iter().for_each(|media| check_attributes(&media.attributes));
        }
    }
}
