//! What is refused, on which line and because of what; what is tolerated; what the limits say.

use strata_sdp::{IcePwd, Limits, ParseError, Reason, Session};

/// The smallest description, with `rest` after it.
fn with(rest: &str) -> String {
    format!("v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n{rest}")
}

fn refused(text: &str, line: usize, field: &'static str, reason: Reason) {
    let told = Session::parse(text).map_err(told);
    assert_eq!(told, Err((line, field, reason)), "{text:?}");
}

/// What an error tells.
fn told(error: ParseError) -> (usize, &'static str, Reason) {
    (error.line, error.field, error.reason)
}

#[test]
fn the_first_lines() {
    use Reason::{Malformed, Missing, OutOfRange, Trailing};
    for (text, line, field, reason) in [
        ("", 1, "version-field", Missing),
        ("\r\n", 1, "version-field", Missing),
        ("v=0", 1, "origin-field", Missing),
        ("v=0\r\n", 1, "origin-field", Missing),
        ("v=\r\n", 1, "proto-version", Missing),
        ("v=1\r\n", 1, "proto-version", OutOfRange),
        ("v=0\r\ns=-\r\n", 2, "origin-field", Missing),
        ("o=- 1 2 IN IP4 192.0.2.1\r\n", 1, "version-field", Missing),
        ("v=0\r\no=\r\n", 2, "username", Missing),
        ("v=0\r\no=-\r\n", 2, "sess-id", Missing),
        ("v=0\r\no=- x\r\n", 2, "sess-id", Malformed),
        ("v=0\r\no=- -1\r\n", 2, "sess-id", Malformed),
        ("v=0\r\no=- 1 x\r\n", 2, "sess-version", Malformed),
        ("v=0\r\no=- 1 2\r\n", 2, "nettype", Missing),
        ("v=0\r\no=- 1 2 I=N IP4 x\r\n", 2, "nettype", Malformed),
        ("v=0\r\no=- 1 2 IN IP4\r\n", 2, "unicast-address", Missing),
        (
            "v=0\r\no=- 1 2 IN IP4 x y\r\n",
            2,
            "unicast-address",
            Trailing,
        ),
    ] {
        refused(text, line, field, reason);
    }
}

#[test]
fn the_other_lines() {
    use Reason::{Duplicate, Malformed, Missing, OutOfRange};
    for (rest, field, reason) in [
        ("v=0\r\n", "version-field", Duplicate),
        ("o=- 1 2 IN IP4 192.0.2.1\r\n", "origin-field", Duplicate),
        ("m=\r\n", "media", Missing),
        ("m=audio\r\n", "port", Missing),
        ("m=audio x\r\n", "port", Malformed),
        ("m=audio 65536 RTP/AVP 0\r\n", "port", OutOfRange),
        ("m=audio 9\r\n", "proto", Missing),
        ("m=audio 9 RTP//AVP 0\r\n", "proto", Malformed),
        ("m=au/dio 9 RTP/AVP 0\r\n", "media", Malformed),
        ("x\r\n", "type", Malformed),
        (" a=x\r\n", "type", Malformed),
        ("a =x\r\n", "type", Malformed),
        ("1=x\r\n", "type", Malformed),
        ("\u{e9}=x\r\n", "type", Malformed),
        ("a=x\ry\r\n", "byte-string", Malformed),
        ("a=x\r", "byte-string", Malformed),
        ("a=x\0y\r\n", "byte-string", Malformed),
    ] {
        refused(&with(rest), 5, field, reason);
    }
}

#[test]
fn an_error_says_where_and_what() {
    let error = Session::parse(&with("a=x\r\nm=audio 70000 RTP/AVP 0\r\n")).unwrap_err();
    assert_eq!(error.to_string(), "line 6: port is out of range");
}

#[test]
fn what_rfc_8866_does_not_allow_but_occurs() {
    for rest in [
        "\r\n",
        "\n\n\n",
        "a=x",
        "a=x\n",
        "a=x\r\nt=0 0\r\n",
        "y=0100000001\r\nQ=\r\n",
        "i=\r\nu=\r\ne=\r\np=\r\nr=7d 1h 0 25h\r\nz=0 0\r\nk=prompt\r\n",
        "m=audio 9 RTP/AVP\r\n",
        "m=audio 9 RTP/AVP \r\nb=AS:1\r\na=\u{1f600}\r\nc=IN IP4 0.0.0.0\r\n\r\nk=x\r\n",
        "a=caf\u{e9}:\u{a0}x  \r\n",
        "c=IN IP4 224.2.36.42/127/3 \r\nc=IN IP6 ff15::101/3\r\nc=IN IP4 example.com\r\n",
    ] {
        let text = with(rest);
        assert_eq!(
            Session::parse(&text).map(|session| session.to_string()),
            Ok(text)
        );
    }
    // A name in a media description is kept, but is not the session's.
    let text = "v=0\no=- 1 2 IN IP4 x\nm=audio 9 RTP/AVP 0\ns=x\ns=y\n";
    let mut session = Session::parse(text).unwrap();
    assert_eq!(session.name(), "-");
    session.set_name("z");
    assert_eq!(session.to_string(), text.replace("\nm=", "\ns=z\r\nm="));
    assert!(session.to_string().parse::<Session>().is_ok());
    for text in [
        "v=0\n\no=- 1 2 IN IP4 x",
        "v=0 \r\no=-  0001 2  IN IP4 x \r\nt=0  0\r\ns=late\r\n",
    ] {
        assert_eq!(
            Session::parse(text)
                .map(|session| session.to_string())
                .as_deref(),
            Ok(text)
        );
    }
}

#[test]
fn limits_hold_exactly() {
    let text = with("a=xyz\r\nm=audio 9 RTP/AVP 0\r\nm=audio 9 RTP/AVP 0\r\n");
    let exact = Limits {
        bytes: text.len(),
        lines: 7,
        line_bytes: "o=- 1 2 IN IP4 192.0.2.1".len(),
        session_lines: 5,
        media: 2,
    };
    assert!(Session::parse_with(&text, &exact).is_ok());
    let less = |change: fn(&mut Limits)| {
        let mut limits = exact;
        change(&mut limits);
        told(Session::parse_with(&text, &limits).unwrap_err())
    };
    let error = |line, field, limit| (line, field, Reason::TooMany { limit });
    let bytes = exact.bytes - 1;
    assert_eq!(
        less(|l| l.bytes -= 1),
        error(1, "session-description", bytes)
    );
    assert_eq!(less(|l| l.lines -= 1), error(7, "session-description", 6));
    assert_eq!(less(|l| l.line_bytes -= 1), error(2, "line", 23));
    assert_eq!(
        less(|l| l.session_lines -= 1),
        error(5, "session-description", 4)
    );
    assert_eq!(less(|l| l.media -= 1), error(7, "media-description", 1));
}

/// What each media description leaves to the session is looked up in the session, so a long session
/// with many media descriptions would take time that grows with the product.
#[test]
fn a_session_of_attributes_alone_is_refused() {
    let text = with(&"a=x\r\n".repeat(1021));
    let error = Session::parse(&text).unwrap_err();
    assert_eq!(error.line, 1025);
    assert_eq!(error.reason, Reason::TooMany { limit: 1024 });
    let media = "m=audio 9 RTP/AVP 0\r\n";
    let text = with(&format!("{media}{}", "a=x\r\n".repeat(1021)));
    assert!(Session::parse(&text).is_ok());
}

#[test]
fn the_default_limits_let_a_large_conference_through() {
    let section = format!(
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n{}",
        "a=rtpmap:96 VP8/90000\r\n".repeat(39)
    );
    let text = with(&section.repeat(500));
    let session = Session::parse(&text).unwrap();
    assert_eq!(session.media.len(), 500);
    assert_eq!(session.to_string(), text);
}

#[test]
fn secrets_are_not_printed() {
    let text = with(
        "k=clear:secretsecretsecretsecret\r\na=ice-ufrag:abcd\r\na=ice-pwd:secretsecretsecretsecret\r\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secretsecretsecretsecret\r\n\
         a=key-mgmt:mikey secretsecretsecretsecret\r\n",
    );
    let session = Session::parse(&text).unwrap();
    let printed = format!("{session:?}");
    assert!(!printed.contains("secretsecret"), "{printed}");
    for shown in [
        "\"k=\"..",
        "a=ice-ufrag:abcd",
        "\"a=ice-pwd:\"..",
        "\"a=crypto:\"..",
        "\"a=key-mgmt:\"..",
    ] {
        assert!(printed.contains(shown), "{shown} in {printed}");
    }
    let password: IcePwd = session.attributes.get().unwrap();
    assert_eq!(format!("{password:?}"), "IcePwd(24 characters)");
    assert_eq!(session.to_string(), text);
}
