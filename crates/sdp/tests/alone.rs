//! This crate is enough: whoever imports it and `std` can name the type of everything in its signatures.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use strata_sdp::{
    Attribute, AttributeError, Attributes, Bandwidth, BandwidthKind, Candidate, CandidateAddress,
    CandidateKind, CandidateTransport, Codec, Connection, Crypto, CryptoSuite, Direction, Feedback,
    FieldError, FilterMode, Fingerprint, Fmtp, Fragment, Group, InlineKey, KeyMgmt, Limits, Line,
    LineEnding, Media, MediaLine, Mid, Mki, Number, Origin, ParseError, Reason, RtcpFb, RtpMap,
    Session, Setup, SourceFilter, SrtpParameter, Timing,
};

/// An attribute that only this application has.
#[derive(Debug, PartialEq, Eq)]
struct Slide(u16);

impl Attribute for Slide {
    const NAME: &'static str = "x-slide";
}

impl FromStr for Slide {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let number = value.trim().parse();
        number
            .map(Self)
            .map_err(|_| FieldError::new("slide", Reason::Malformed))
    }
}

impl fmt::Display for Slide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

fn offer(key: InlineKey) -> Result<Session, FieldError> {
    let mid: Mid = Mid::new("audio")?;
    let mut session = Session::new(Origin::new(7, 1));
    session.set_connection(Some(&Connection::new(IpAddr::V4(Ipv4Addr::LOCALHOST))));
    let bandwidth = Bandwidth::new(BandwidthKind::ApplicationSpecific, Number::from(64));
    session.push_bandwidth(&bandwidth);
    let attributes: &mut Attributes = &mut session.attributes;
    attributes.push(&Group::bundle(vec![mid.clone()]));
    attributes.push(&KeyMgmt::new(KeyMgmt::MIKEY, *b"message")?);
    let crypto = Crypto::new(1, CryptoSuite::AesCm128HmacSha1_80, [key])?
        .with_parameter(SrtpParameter::WindowSizeHint(128))?;
    let filter = SourceFilter::new(
        FilterMode::Include,
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        [IpAddr::V4(Ipv4Addr::BROADCAST)],
    );
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 5004));
    let candidate = Candidate::new(
        "1",
        CandidateTransport::Udp,
        1,
        address,
        CandidateKind::Host,
    )?;
    let media = Media::new("audio", 5004, "RTP/SAVPF", [0, 96])
        .with(&mid)
        .with(&crypto)
        .with(&filter)
        .with(&candidate)
        .with(&RtpMap::new(96, "opus", 48_000))
        .with(&Fmtp::new(96, "useinbandfec=1"))
        .with(&RtcpFb::new(96, Feedback::Nack))
        .with(&Setup::ActPass)
        .with(&Slide(3));
    session.media.push(media);
    Ok(session)
}

fn read(octets: &[u8], limits: Limits) -> Result<Session, ParseError> {
    Session::parse_bytes_with(octets, &limits)
}

/// The slide, the codecs, and where media goes.
fn told(
    session: &Session,
    media: &Media,
) -> Option<(Result<Slide, AttributeError>, Vec<Codec>, SocketAddr)> {
    let line: MediaLine<'_> = media.line();
    let to: Connection = session.connection_of(media)?;
    let address = SocketAddr::new(to.ip()?, line.port);
    let slide = media.attributes.first::<Slide>()?;
    Some((slide, media.codecs(), address))
}

#[test]
fn one_crate_is_enough_to_build_send_read_and_answer_a_description() {
    let name = Mki::new(1, 2).unwrap();
    let key = InlineKey::new([1; 30]).with_mki(name);
    let offered = offer(key).unwrap();
    let octets = offered.to_bytes();
    let session = read(&octets, Limits::default()).unwrap();
    assert_eq!(session, offered);

    let media = &session.media[0];
    let (slide, codecs, address) = told(&session, media).unwrap();
    assert_eq!(slide, Ok(Slide(3)));
    assert_eq!(codecs.len(), 2);
    assert_eq!(codecs[1].feedback, [Feedback::Nack]);
    assert_eq!(address, "127.0.0.1:5004".parse().unwrap());
    let candidates: Vec<Candidate> = media.attributes.all().flatten().collect();
    assert_eq!(candidates[0].socket_addr(), Some(address));
    let host: &CandidateAddress = &candidates[0].address;
    assert_eq!(host.ip(), Some(address.ip()));
    assert_eq!(session.timings().next(), Some(Timing::PERMANENT));
    let none: Option<Fingerprint> = session.fingerprints_of(media).pop();
    assert_eq!(none, None);
    let last: &Line = session.lines().last().unwrap();
    assert_eq!(
        (last.value(), last.ending()),
        ("x-slide:3", LineEnding::CrLf)
    );

    let answer = media.cryptos()[0]
        .accept([InlineKey::new([2; 30])])
        .unwrap();
    let mut reply = Media::new("audio", 6000, media.protocol(), [0]).with(&answer);
    reply.attributes.set(&Direction::RecvOnly);
    assert!(answer.is_answer_to(&media.cryptos()[0]));
    assert_eq!(session.direction_of(&reply), Direction::RecvOnly);

    let fragment: Fragment = Fragment::of(&session);
    assert_eq!(fragment.candidates().count(), 1);
}

#[test]
fn errors_have_names_and_fields() {
    let limits = Limits {
        lines: 2,
        ..Limits::DEFAULT
    };
    let error: ParseError = read(b"v=0\r\no=- 1 1 IN IP4 ::1\r\ns=-\r\n", limits).unwrap_err();
    assert_eq!(
        (error.line, error.reason),
        (3, Reason::TooMany { limit: 2 })
    );
    let media = Media::new("audio", 9, "RTP/AVP", [0]);
    let mut attributes = media.attributes;
    attributes.push_raw("x-slide", Some("three"));
    let error: AttributeError = attributes.first::<Slide>().unwrap().unwrap_err();
    assert_eq!((error.attribute, error.field), ("x-slide", "slide"));
    let boxed: Box<dyn std::error::Error> = Box::new(error);
    assert_eq!(
        boxed.to_string(),
        "a=x-slide: slide does not follow its grammar"
    );
}
