//! Fragments of descriptions, by which candidates are trickled (RFC 8840 §9).

use alloc::{collections::BTreeSet, vec::Vec};

use crate::{
    Attribute as _, Attributes, Candidate, EndOfCandidates, Group, GroupSemantics, IceLite,
    IceOptions, IcePacing, IcePwd, IceUfrag, Limits, Line, Media, Mid, ParseError, Session,
    attributes,
    session::parse::{self, Source},
    written::written,
};

/// The body of type `application/trickle-ice-sdpfrag`: what SIP (RFC 8840) and WHIP (RFC 9725 §4.3) carry
/// candidates in, and new credentials when ICE restarts.
///
/// It is a description without the lines before the attributes, and the `m=` lines in it say only which
/// media description is meant. Like [`Session`], it keeps what it does not know, and knows attributes by
/// their names in lower case, as everybody writes them; RFC 8840 §9.2 would have any case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// What holds for the session.
    pub attributes: Attributes,
    /// The pseudo media descriptions.
    pub media: Vec<Media>,
}

impl Fragment {
    /// An empty fragment.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            attributes: Attributes::new(),
            media: Vec::new(),
        }
    }

    /// What a description says of ICE, of each transport once: of a bundle it is the first media description
    /// that the group names (RFC 9143 §7.1); the others have no transport of their own.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let mut fragment = Self::new();
        copy(&session.attributes, &mut fragment.attributes);
        let groups: Vec<Group> = session.bundle_groups().collect();
        let others: BTreeSet<&str> = groups
            .iter()
            .flat_map(|group| group.mids.iter().skip(1).map(Mid::as_str))
            .collect();
        let has_transport = |media: &&Media| {
            let mid = media.attributes.value_of(Mid::NAME);
            !media.is_rejected() && mid.is_none_or(|mid| !others.contains(mid))
        };
        for of in session.media.iter().filter(has_transport) {
            let mut media = Media::new(of.kind(), 9, of.protocol(), of.formats());
            copy(&of.attributes, &mut media.attributes);
            fragment.media.push(media);
        }
        fragment
    }

    /// Reads a fragment, within the default [`Limits`].
    ///
    /// # Errors
    /// The first line that cannot be in a fragment. What [`Session::parse`] tolerates is tolerated here,
    /// too, such as other types of lines after an `m=` line.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_with(text, &Limits::DEFAULT)
    }

    /// Reads a fragment, within limits of your own.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, limits: &Limits) -> Result<Self, ParseError> {
        parse::fragment(Source::Text(text), limits)
    }

    /// Reads a fragment that need not be UTF-8, within the default [`Limits`]; see
    /// [`Session::parse_bytes`].
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_bytes(octets: &[u8]) -> Result<Self, ParseError> {
        Self::parse_bytes_with(octets, &Limits::DEFAULT)
    }

    /// Reads a fragment that need not be UTF-8, within limits of your own.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_bytes_with(octets: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        parse::fragment(Source::of_octets(octets), limits)
    }

    /// All lines of the fragment, in their order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        let media = self.media.iter().flat_map(Media::lines);
        self.attributes.lines().iter().chain(media)
    }

    /// The sender's credentials: those of the first pseudo media description that has some, or else the
    /// session's.
    pub fn ice_credentials(&self) -> Option<(IceUfrag, IcePwd)> {
        let media = self.media.iter().map(|media| &media.attributes);
        media
            .chain([&self.attributes])
            .find_map(|attributes| attributes.get().zip(attributes.get()))
    }

    /// The values of its `a=candidate` lines, each with the name of its media description. They are text, for
    /// [`Candidate`] to read: one that nobody understands does not spoil the others.
    pub fn candidates(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.sections().flat_map(|(mid, attributes)| {
            let lines = attributes.iter();
            lines.filter_map(move |(name, value)| {
                (name == Candidate::NAME).then_some((mid, value.unwrap_or_default()))
            })
        })
    }

    /// Whether it says that no more candidates will come.
    pub fn is_end_of_candidates(&self) -> bool {
        self.sections()
            .any(|(_, attributes)| attributes.contains::<EndOfCandidates>())
    }

    /// The session's attributes, which have no name, and those of the pseudo media descriptions.
    fn sections(&self) -> impl Iterator<Item = (Option<&str>, &Attributes)> {
        let media = self.media.iter().map(|media| &media.attributes);
        let named = media.map(|attributes| (attributes.value_of(Mid::NAME), attributes));
        core::iter::once((None, &self.attributes)).chain(named)
    }
}

written!(Fragment);

/// Copies the attributes that RFC 8840 §9.2 has in fragments, the name first and the candidates last: they
/// are the candidates of the name before them (§4.4).
fn copy(from: &Attributes, to: &mut Attributes) {
    let bundles = from.all::<Group>().flatten();
    for group in bundles.filter(|group| group.semantics == GroupSemantics::Bundle) {
        to.push(&group);
    }
    for names in [&[Mid::NAME][..], &OF_ICE, &OF_CANDIDATES] {
        let lines = from.lines().iter().filter(|line| {
            attributes::name_and_value(line).is_some_and(|(name, _)| names.contains(&name))
        });
        to.lines_mut().extend(lines.map(Line::ended));
    }
}

/// The attributes of a description that a fragment repeats, besides its bundles, names and candidates.
const OF_ICE: [&str; 5] = [
    IceLite::NAME,
    IceOptions::NAME,
    IcePacing::NAME,
    IceUfrag::NAME,
    IcePwd::NAME,
];

const OF_CANDIDATES: [&str; 2] = [Candidate::NAME, EndOfCandidates::NAME];

#[cfg(test)]
mod tests {
    use alloc::{string::ToString as _, vec::Vec};

    use super::*;
    use crate::Reason;

    /// RFC 9725 §4.3.2, figure 3, unfolded.
    const TRICKLED: &str = "a=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
        a=mid:0\r\n\
        a=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
        a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n\
        a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n\
        a=end-of-candidates\r\n";

    #[test]
    fn what_is_trickled_is_read_and_written_as_it_came() {
        let fragment = Fragment::parse(TRICKLED).unwrap();
        assert_eq!(fragment.to_string(), TRICKLED);
        let (ufrag, pwd) = fragment.ice_credentials().unwrap();
        assert_eq!(
            (ufrag.to_string(), pwd.to_string()),
            ("EsAw".into(), "P2uYro0UCOQ4zxjKXaWCBui1".into())
        );
        let candidates: Vec<_> = fragment.candidates().collect();
        assert_eq!(candidates.len(), 2);
        assert_eq!(candidates[0].0, Some("0"));
        assert!(candidates[0].1.starts_with("1387637174 1 udp"));
        assert!(candidates[1].1.ends_with("tcptype active"));
        assert!(fragment.is_end_of_candidates());
    }

    #[test]
    fn everything_may_be_missing() {
        for text in ["", "\r\n", "a=end-of-candidates", "m=audio 9 RTP/AVP 0\n"] {
            let fragment = Fragment::parse(text).unwrap();
            assert_eq!(fragment.to_string(), text);
            assert_eq!(fragment.ice_credentials(), None);
            assert_eq!(fragment.candidates().count(), 0);
        }
        assert!(!Fragment::new().is_end_of_candidates());
        assert_eq!(Fragment::new().to_string(), "");
    }

    #[test]
    fn candidates_of_the_session_have_no_name() {
        let text = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=candidate:x\r\n";
        let fragment = Fragment::parse(text).unwrap();
        assert_eq!(
            fragment.candidates().collect::<Vec<_>>(),
            [(None, "x")],
            "unread, and therefore not refused"
        );
        assert!(fragment.ice_credentials().is_some());
    }

    #[test]
    fn a_whole_description_is_no_fragment() {
        let error = Fragment::parse("v=0\r\n").unwrap_err();
        assert_eq!(
            (error.line, error.field, error.reason),
            (1, "session-level-field", Reason::Malformed)
        );
    }

    #[test]
    fn errors_tell_the_line() {
        for (text, line) in [
            ("a=mid:0\r\nnonsense\r\n", 2),
            ("a=x\r\nm=audio\r\n", 2),
            ("\r\n\r\nx\r\n", 3),
        ] {
            assert_eq!(Fragment::parse(text).unwrap_err().line, line, "{text:?}");
        }
    }

    #[test]
    fn limits_hold() {
        let limits = Limits {
            media: 1,
            session_lines: 2,
            ..Limits::DEFAULT
        };
        let media = "m=audio 9 RTP/AVP 0\r\n";
        assert!(Fragment::parse_with(media, &limits).is_ok());
        assert!(Fragment::parse_with(&media.repeat(2), &limits).is_err());
        assert!(Fragment::parse_with(&"a=x\r\n".repeat(2), &limits).is_ok());
        assert!(Fragment::parse_with(&"a=x\r\n".repeat(3), &limits).is_err());
    }

    #[test]
    fn the_name_comes_before_the_candidates() {
        let session = Session::parse(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n\
             a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n\
             a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=mid:0\r\n",
        );
        let text = "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=ice-ufrag:EsAw\r\n\
             a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
             a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n";
        assert_eq!(Fragment::of(&session.unwrap()).to_string(), text);
    }

    #[test]
    fn media_with_a_transport_of_its_own_is_in_the_fragment() {
        let session = Session::parse(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 1 0\r\n\
             m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=ice-ufrag:aaaa\r\n\
             m=audio 9 RTP/AVP 0\r\na=mid:1\r\na=ice-ufrag:bbbb\r\n\
             m=audio 0 RTP/AVP 0\r\na=mid:2\r\n\
             m=audio 9 RTP/AVP 0\r\na=mid:3\r\na=ice-ufrag:dddd\r\n",
        );
        let text = "a=group:BUNDLE 1 0\r\n\
             m=audio 9 RTP/AVP 0\r\na=mid:1\r\na=ice-ufrag:bbbb\r\n\
             m=audio 9 RTP/AVP 0\r\na=mid:3\r\na=ice-ufrag:dddd\r\n";
        assert_eq!(Fragment::of(&session.unwrap()).to_string(), text);
    }

    #[test]
    fn a_description_becomes_a_fragment_of_its_tagged_media() {
        let session = Session::parse(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
             a=group:LS 0 1\r\na=group:BUNDLE 1 0\r\na=ice-lite\r\na=msid-semantic: WMS\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:aaaa\r\n\
             m=video 7 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\n\
             a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
             a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n",
        );
        let fragment = Fragment::of(&session.unwrap());
        let text = "a=group:BUNDLE 1 0\r\na=ice-lite\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\n\
             a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
             a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n";
        assert_eq!(fragment.to_string(), text);
        assert_eq!(Fragment::parse(text), Ok(fragment));
    }
}
