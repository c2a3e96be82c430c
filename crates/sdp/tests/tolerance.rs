//! A field that nobody uses costs nothing but itself: it is kept as it was written, the description stands, and
//! who asks for the field has its error.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use strata_sdp::{
    Bandwidth, Candidate, Connection, FieldError, Fragment, MaxMessageSize, Media, Number, Reason,
    Session, Timing,
};

/// The smallest description, with `rest` after it.
fn with(rest: &str) -> String {
    format!("v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n{rest}")
}

/// Reads what must be accepted and written as it came.
fn kept(text: &str) -> Session {
    let session = Session::parse(text);
    assert!(session.is_ok(), "{text:?}: {session:?}");
    let session = session.expect("a description that is accepted");
    assert_eq!(session.to_string(), text);
    session
}

/// RFC 8866 §9: `sess-id = 1*DIGIT`, `sess-version = 1*DIGIT`, `bandwidth = 1*DIGIT`, and times without a limit.
#[test]
fn numbers_have_no_limit() {
    let long = "19599440071187478912";
    let text = format!(
        "v=0\r\no=- {long} 0{long}0 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP6 ff15::101/{long}\r\n\
         b=AS:{long}\r\nt={long} 9{long}\r\nm=audio 9/{long} RTP/AVP 0\r\nb=TIAS:{long}\r\n\
         a=max-message-size:{long}\r\n",
    );
    let mut session = kept(&text);
    let number: Number = long.parse().unwrap();
    assert_eq!(session.origin().session_id, number);
    assert!(session.origin().session_version > number);
    assert_eq!(
        session.origin().session_version.as_str(),
        format!("0{long}0")
    );
    let connection = session.connection().unwrap();
    assert_eq!(connection.address_count.as_ref(), Some(&number));
    let timing = session.timings().next().unwrap();
    assert_eq!(
        (&timing.start, timing.to_string()),
        (&number, format!("{long} 9{long}"))
    );
    let media = &session.media[0];
    for value in [session.bandwidths().next(), media.bandwidths().next()] {
        assert_eq!(value.unwrap().value, number);
    }
    assert_eq!(media.line().port_count(), Some(number));
    // RFC 8841 §6.1: this one has no limit either, and means as much as can be.
    assert_eq!(media.attributes.get(), Some(MaxMessageSize(u64::MAX)));
    // What is written anew has the same digits; the next version is one more.
    let mut origin = session.origin().clone();
    session.set_origin(origin.clone());
    session.media[0].set_port(9);
    assert_eq!(session.to_string(), text);
    origin.session_version = origin.session_version.successor();
    session.set_origin(origin);
    let next = text.replace(&format!("0{long}0 "), &format!("{long}1 "));
    assert_eq!(session.to_string(), next);
}

#[test]
fn a_line_that_cannot_be_read_is_an_error_of_its_own() {
    use Reason::{Malformed, Missing, OutOfRange, Trailing};
    let parse = |kind: char, value: &str| match kind {
        'c' => value.parse::<Connection>().map(drop),
        'b' => value.parse::<Bandwidth>().map(drop),
        _ => value.parse::<Timing>().map(drop),
    };
    for (kind, value, field, reason) in [
        ('t', "", "start-time", Missing),
        ('t', "0", "stop-time", Missing),
        ('t', "0 0a", "stop-time", Malformed),
        ('t', "-1 0", "start-time", Malformed),
        ('t', "0 0 0", "stop-time", Trailing),
        ('c', "", "nettype", Missing),
        ('c', "IN IP4", "connection-address", Missing),
        ('c', "IN IP4 /127", "connection-address", Missing),
        ('c', "IN IP4 224.2.36.42/256", "ttl", OutOfRange),
        ('c', "IN IP4 224.2.36.42/127/x", "numaddr", Malformed),
        (
            'c',
            "IN IP4 224.2.36.42/127/3/4",
            "connection-address",
            Malformed,
        ),
        ('c', "IN IP6 ff15::101/3/4", "connection-address", Malformed),
        ('c', "IN IP4 192.0.2.1 x", "connection-address", Trailing),
        ('b', "", "bwtype", Malformed),
        ('b', "128", "bwtype", Malformed),
        ('b', "AS:", "bandwidth", Missing),
        ('b', "AS:-1", "bandwidth", Malformed),
        ('b', "AS:12k", "bandwidth", Malformed),
    ] {
        let line = format!("{kind}={value}\r\n");
        let session = kept(&with(&format!("{line}m=audio 9 RTP/AVP 0\r\n{line}")));
        let media = &session.media[0];
        for read in [session.values_of(kind).last(), media.values_of(kind).next()] {
            let error = FieldError::new(field, reason);
            assert_eq!(
                read.map(|value| parse(kind, value)),
                Some(Err(error)),
                "{line:?}"
            );
        }
        assert_eq!(session.connection_of(media), None, "{line:?}");
        assert_eq!(
            (session.bandwidths().count(), media.bandwidths().count()),
            (0, 0)
        );
        assert_eq!(session.timings().collect::<Vec<_>>(), [Timing::PERMANENT]);
    }
    // One that can be read is found behind one that cannot.
    let session = kept(&with("c=IN\r\nc=IN IP4 192.0.2.9\r\nb=x\r\nb=AS:7\r\n"));
    assert_eq!(session.connection().unwrap().address, "192.0.2.9");
    let bandwidths: Vec<_> = session.bandwidths().map(|b| b.value).collect();
    assert_eq!(bandwidths, [7]);
}

#[test]
fn lines_without_a_type_here_may_say_anything() {
    for kind in "siuperzkqyfX".chars() {
        for value in [
            "",
            " ",
            "-",
            "7d 1h 0 25h",
            "\u{1f600} x=y",
            "99999999999999999999999",
        ] {
            let line = format!("{kind}={value}\r\n");
            let session = kept(&with(&line.repeat(2)));
            let values = session.values_of(kind).filter(|other| *other == value);
            // The name is there already, and is `-`.
            let before = usize::from((kind, value) == ('s', "-"));
            assert_eq!(values.count(), before + 2);
            assert_eq!(session.name(), "-");
            kept(&with(&format!("m=audio 9 RTP/AVP 0\r\n{}", line.repeat(2))));
        }
    }
}

#[test]
fn an_attribute_without_a_name_is_kept() {
    let session = kept(&with(
        "a=\r\na=:x\r\na=sendrecv\r\nm=audio 9 RTP/AVP 0\r\na=\n",
    ));
    let attributes: Vec<_> = session.attributes.iter().collect();
    assert_eq!(
        attributes,
        [("", None), ("", Some("x")), ("sendrecv", None)]
    );
    assert_eq!(
        session.media[0].attributes.iter().collect::<Vec<_>>(),
        [("", None)]
    );
}

#[test]
fn a_number_of_ports_that_is_none_is_kept() {
    for count in ["x", "", "-1", "2/3"] {
        let mut session = kept(&with(&format!("m=audio 9/{count} RTP/AVP 0\r\n")));
        assert_eq!(session.media[0].line().port_count(), None);
        session.media[0].set_protocol("RTP/AVPF");
        let line = format!("m=audio 9/{count} RTP/AVPF 0\r\n");
        assert_eq!(session.to_string(), with(&line));
    }
    assert_eq!(
        Media::new("audio", 9, "RTP/AVP", [0]).line().port_count(),
        None
    );
}

#[test]
fn a_fragment_may_have_lines_of_a_description() {
    let text = "s=-\r\nt=0 0\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:EsAw\r\nm=audio 9 RTP/AVP 0\r\n";
    let fragment = Fragment::parse(text).unwrap();
    assert_eq!(fragment.to_string(), text);
    assert_eq!(fragment.attributes.iter().count(), 1);
    for whole in ["v=0\r\n", "o=- 1 1 IN IP4 x\r\n"] {
        let error = Fragment::parse(whole).unwrap_err();
        assert_eq!(error.field, "session-level-field");
    }
}

/// RFC 8839 §5.1: the related address is for diagnostics, and unknown extensions are to be ignored.
#[test]
fn what_a_candidate_says_for_diagnosis_does_not_cost_it() {
    let plain = "1 1 udp 1 192.0.2.1 1 typ srflx";
    for (rest, related, port, extensions) in [
        ("raddr", None, None, &[("raddr", "")][..]),
        ("raddr \u{1} rport 7", None, Some(7), &[("raddr", "\u{1}")]),
        ("raddr ::1 rport x", Some("::1"), None, &[("rport", "x")]),
        (
            "raddr ::1 rport 65536 a b",
            Some("::1"),
            None,
            &[("rport", "65536"), ("a", "b")],
        ),
        (
            "RADDR \u{1} rport",
            None,
            None,
            &[("raddr", "\u{1}"), ("rport", "")],
        ),
        (
            "a:b c generation 0",
            None,
            None,
            &[("a:b", "c"), ("generation", "0")],
        ),
    ] {
        let text = format!("{plain} {rest}");
        let candidate: Candidate = text
            .parse()
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(
            candidate.related_address,
            related.map(|ip| ip.parse().unwrap()),
            "{text:?}"
        );
        assert_eq!(candidate.related_port, port, "{text:?}");
        let read: Vec<_> = candidate
            .extensions
            .iter()
            .map(|(n, v)| (&**n, &**v))
            .collect();
        assert_eq!(read, extensions, "{text:?}");
        assert_eq!(candidate.to_string().parse(), Ok(candidate), "{text:?}");
    }
}
