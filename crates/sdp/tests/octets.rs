//! Descriptions that are no UTF-8 (RFC 8866 §5, §6.10): they are kept octet for octet.

use proptest::{collection::vec, prelude::*};
use strata_sdp::{Charset, Fragment, Label, Limits, Line, Reason, Session, Tool};

/// As a SIP phone in French says who it is, in ISO 8859-1.
const LATIN_1: &[u8] =
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=D\xE9j\xE0 vu\r\ni=\xC7a va\nt=0 0\r\n\
    a=charset:ISO-8859-1\r\na=tool:t\xE9l\r\nm=audio 9 RTP/AVP 0\r\na=label:1\r\na=x:\x80\xFF";

fn with(rest: &[u8]) -> Vec<u8> {
    [&b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"[..], rest].concat()
}

#[test]
fn iso_8859_1_is_read_and_written_as_it_came() {
    let session = Session::parse_bytes(LATIN_1).unwrap();
    assert_eq!(session.to_bytes(), LATIN_1);
    assert_eq!(session.name(), "D\u{e9}j\u{e0} vu");
    assert_eq!(session.values_of('i').next(), Some("\u{c7}a va"));
    assert_eq!(
        session.attributes.get::<Charset>().unwrap().as_str(),
        "ISO-8859-1"
    );
    assert_eq!(
        session.attributes.get::<Tool>().unwrap().as_str(),
        "t\u{e9}l"
    );
    let media = &session.media[0].attributes;
    assert_eq!(media.value_of("x"), Some("\u{80}\u{ff}"));
    // As text it is another description, in UTF-8.
    let text = session.to_string();
    assert_eq!(Session::parse(&text).unwrap().name(), session.name());
    assert_ne!(text.as_bytes(), LATIN_1);
}

#[test]
fn lines_say_what_their_octets_are() {
    // RFC 8866 §6.10: the texts are in Windows-1251 here, and only who knows it can read them.
    let text = with(
        b"s=\xCF\xF0\xE8\xE2\xE5\xF2\r\ni=UTF-8: \xC3\xA9\r\nt=0 0\r\na=charset:windows-1251\r\n",
    );
    let session = Session::parse_bytes(&text).unwrap();
    let line = |kind| session.lines().find(|line| line.kind() == Some(kind));
    let name: &Line = line('s').unwrap();
    assert!(!name.is_utf8());
    assert_eq!(*name.octets(), *b"s=\xCF\xF0\xE8\xE2\xE5\xF2");
    let information = line('i').unwrap();
    assert!(information.is_utf8());
    assert_eq!(information.value(), "UTF-8: \u{e9}");
    assert_eq!(*information.octets(), *b"i=UTF-8: \xC3\xA9");
    assert_eq!(session.to_bytes(), text);
}

#[test]
fn what_is_utf_8_is_the_same_as_text_and_as_octets() {
    let text =
        "v=0\r\no=\u{e9} 1 1 IN IP4 192.0.2.1\r\ns=\u{20ac}\n\r\nt=0 0\r\nm=audio 9 RTP/AVP 0";
    let session = Session::parse_bytes(text.as_bytes()).unwrap();
    assert_eq!(session, Session::parse(text).unwrap());
    assert_eq!(session.to_bytes(), text.as_bytes());
    let mut out = b"before ".to_vec();
    session.write_bytes(&mut out);
    assert_eq!(out, [b"before ", text.as_bytes()].concat());
}

#[test]
fn lines_that_look_the_same_and_are_not_are_different() {
    let latin_1 = Session::parse_bytes(&with(b"s=\xE9\r\nt=0 0\r\n")).unwrap();
    let utf_8 = Session::parse_bytes(&with(b"s=\xC3\xA9\r\nt=0 0\r\n")).unwrap();
    assert_eq!(latin_1.name(), utf_8.name());
    assert_ne!(latin_1, utf_8);
}

#[test]
fn a_changed_line_keeps_its_character_set_where_it_can() {
    for (name, octets) in [
        ("caf\u{e9}", &b"s=caf\xE9\r\n"[..]),
        ("cafe", b"s=cafe\r\n"),
        // These are no ISO 8859-1.
        ("\u{20ac}", b"s=\xE2\x82\xAC\r\n"),
        // In ISO 8859-1 this would be read as one letter of UTF-8.
        ("\u{c3}\u{a9}", b"s=\xC3\x83\xC2\xA9\r\n"),
    ] {
        let mut session = Session::parse_bytes(LATIN_1).unwrap();
        session.set_name(name);
        let written = session.to_bytes();
        let at = written.windows(octets.len()).position(|w| w == octets);
        assert!(at.is_some(), "{name}: {written:?}");
        let again = Session::parse_bytes(&written).unwrap();
        assert_eq!(again, session);
        assert_eq!(again.name(), name);
    }
    let mut session = Session::parse_bytes(LATIN_1).unwrap();
    session.attributes.set(&Tool::new("\u{e0}").unwrap());
    assert!(session.to_bytes().windows(9).any(|w| w == b"a=tool:\xE0\r"));
    // What is not named by the change stays as it was.
    session.media[0].set_port(7);
    session.media[0].attributes.remove::<Label>();
    assert!(
        session
            .to_bytes()
            .ends_with(b"m=audio 7 RTP/AVP 0\r\na=x:\x80\xFF")
    );
}

#[test]
fn the_m_line_keeps_octets_it_should_not_have() {
    let text = with(b"m=audio 9 RTP/AVP 0 \xFF\r\n");
    let mut session = Session::parse_bytes(&text).unwrap();
    session.media[0].set_port(5004);
    assert_eq!(session.to_bytes(), with(b"m=audio 5004 RTP/AVP 0 \xFF\r\n"));
}

#[test]
fn errors_tell_the_line_and_the_field() {
    for (rest, line, field) in [
        (&b"s=\xE9\r\nt\xE9=0\r\n"[..], 4, "type"),
        (b"s=\xE9\r\nm=\xE9 9 RTP/AVP 0\r\n", 4, "media"),
        (b"s=\xE9\r\nm=audio \xE9 RTP/AVP 0\r\n", 4, "port"),
        (b"s=\xE9\0\r\n", 3, "byte-string"),
        (b"\xE9", 3, "type"),
    ] {
        let error = Session::parse_bytes(&with(rest)).unwrap_err();
        assert_eq!((error.line, error.field), (line, field), "{rest:?}");
        assert_eq!(error.reason, Reason::Malformed);
    }
    let error = Session::parse_bytes(b"v=0\r\no=\xE9 x\r\n").unwrap_err();
    assert_eq!((error.line, error.field), (2, "sess-id"));
}

#[test]
fn limits_count_octets() {
    let limits = |bytes, line_bytes| Limits {
        bytes,
        line_bytes,
        ..Limits::DEFAULT
    };
    let text = with(b"s=\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\r\n");
    let parse = |limits| Session::parse_bytes_with(&text, &limits);
    assert!(parse(limits(text.len(), 30)).is_ok());
    let reason = |limits| parse(limits).unwrap_err().reason;
    assert_eq!(
        reason(limits(text.len(), 29)),
        Reason::TooMany { limit: 29 }
    );
    let limit = text.len() - 1;
    assert_eq!(reason(limits(limit, 30)), Reason::TooMany { limit });
}

#[test]
fn fragments_are_kept_too() {
    let text = b"a=x:\xFF\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:\xE9";
    let fragment = Fragment::parse_bytes(text).unwrap();
    assert_eq!(fragment.to_bytes(), text);
    let session = [with(b"t=0 0\r\n"), text.to_vec()].concat();
    let fragment = Fragment::of(&Session::parse_bytes(&session).unwrap());
    let written = b"m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:\xE9\r\n";
    assert_eq!(fragment.to_bytes(), written);
    assert_eq!(fragment.candidates().count(), 1);
}

proptest! {
    #[test]
    fn what_is_accepted_is_written_as_it_came(
        lines in vec((b'a'..=b'z', vec(any::<u8>(), 0..12), any::<bool>()), 0..12),
        last in vec(any::<u8>(), 0..6),
    ) {
        let mut text = with(b"");
        for (kind, value, crlf) in lines {
            text.extend([if kind == b'm' { b'a' } else { kind }, b'=']);
            text.extend(value);
            text.extend(if crlf { &b"\r\n"[..] } else { b"\n" });
        }
        text.extend(last);
        if let Ok(session) = Session::parse_bytes(&text) {
            prop_assert_eq!(session.to_bytes(), text.clone());
            prop_assert_eq!(&Session::parse_bytes(&session.to_bytes()).unwrap(), &session);
            // As text, too, it can be read.
            let shown = session.to_string();
            prop_assert_eq!(Session::parse(&shown).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_name_of_any_letters_is_read_back(name in "[^\r\n\0]{0,8}") {
        let mut session = Session::parse_bytes(LATIN_1).unwrap();
        session.set_name(&name);
        let again = Session::parse_bytes(&session.to_bytes()).unwrap();
        prop_assert_eq!(again.name(), name);
        prop_assert_eq!(again, session);
    }
}
