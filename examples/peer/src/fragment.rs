//! SDP fragments, by which candidates are trickled and ICE is restarted (RFC 8840 §9, RFC 9725 §4.3).

use std::fmt::Write as _;

use strata_peer::Credentials;
use strata_sdp::{
    Attributes, Candidate, EndOfCandidates, IcePwd, IceUfrag, ParseError, Session, Setup,
};

/// What a fragment says.
#[derive(Debug)]
pub(crate) struct Fragment {
    /// The sender's credentials, where they are told.
    credentials: Option<(IceUfrag, IcePwd)>,
    /// Candidates as they were written, each with its section's `a=mid`.
    candidates: Vec<(Option<String>, String)>,
    /// No more candidates will come.
    complete: bool,
}

impl Fragment {
    /// Reads a fragment.
    ///
    /// # Errors
    /// [`ParseError`] with the line of the fragment and the field that is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        // A fragment is a description without what stands before its attributes.
        let session = Session::parse(&format!("{PREAMBLE}{text}")).map_err(|error| ParseError {
            line: error.line.saturating_sub(PREAMBLE.lines().count()).max(1),
            ..error
        })?;
        let mut fragment = Self {
            credentials: credentials_of(&session),
            candidates: Vec::new(),
            complete: session.attributes.contains::<EndOfCandidates>(),
        };
        for media in &session.media {
            let mid = media.mid().map(|mid| mid.to_string());
            fragment.complete |= media.attributes.contains::<EndOfCandidates>();
            fragment.add(&media.attributes, mid.as_deref());
        }
        // The grammar has none here, but there is just one transport they can be of.
        fragment.add(&session.attributes, None);
        Ok(fragment)
    }

    fn add(&mut self, attributes: &Attributes, mid: Option<&str>) {
        let room = MAX_CANDIDATES.saturating_sub(self.candidates.len());
        let lines = attributes
            .iter()
            .filter_map(|(name, value)| (name == "candidate").then_some(value))
            .map(|value| {
                let line = format!("candidate:{}", value.unwrap_or_default());
                (mid.map(str::to_owned), line)
            });
        self.candidates.extend(lines.take(room));
    }

    /// What was trickled, as `Peer::add_remote_candidate` takes it: section and line.
    pub(crate) fn trickled(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        let candidates = self.candidates.iter();
        candidates
            .map(|(mid, line)| (mid.as_deref(), line.as_str()))
            .chain(self.complete.then_some((None, "")))
    }

    /// Whether the fragment has other credentials than the description that its sender gave before:
    /// then it restarts ICE (RFC 9725 §4.3.3).
    pub(crate) fn restarts(&self, description: &str) -> bool {
        let before = Session::parse(description)
            .ok()
            .and_then(|session| credentials_of(&session));
        self.credentials.is_some() && self.credentials != before
    }

    /// The sender's description once more, as an offer, with this fragment's credentials and candidates
    /// in place of its own (RFC 9725 §4.3.3: all else still applies).
    ///
    /// # Errors
    /// [`ParseError`] if the description is none.
    pub(crate) fn restarted(&self, description: &str) -> Result<String, ParseError> {
        let mut session = Session::parse(description)?;
        let tagged = tagged_section(&session);
        for attributes in session
            .media
            .iter_mut()
            .map(|media| &mut media.attributes)
            .chain([&mut session.attributes])
        {
            attributes.remove::<Candidate>();
            attributes.remove::<EndOfCandidates>();
            if let Some((ufrag, pwd)) = &self.credentials
                && attributes.contains::<IceUfrag>()
            {
                attributes.set(ufrag);
                attributes.set(pwd);
            }
            if attributes.contains::<Setup>() {
                // RFC 8842 §5.5: the association goes on, in the roles it has.
                attributes.set(&Setup::ActPass);
            }
        }
        if let Some(media) = session.media.get_mut(tagged) {
            for (_, line) in &self.candidates {
                let value = line.strip_prefix("candidate:");
                media.attributes.push_raw("candidate", value);
            }
            if self.complete {
                media.attributes.push(&EndOfCandidates);
            }
        }
        Ok(session.to_string())
    }
}

/// The fragment that tells what our description says of ICE.
///
/// # Errors
/// [`ParseError`] if the description is none.
pub(crate) fn of_description(description: &str) -> Result<String, ParseError> {
    let session = Session::parse(description)?;
    let mut text = String::new();
    append(&session.attributes, &mut text);
    if let Some(media) = session.media.get(tagged_section(&session)) {
        let formats = media.formats().collect::<Vec<_>>().join(" ");
        let _ = write!(
            text,
            "m={} 9 {} {formats}\r\n",
            media.kind(),
            media.protocol()
        );
        append(&media.attributes, &mut text);
    }
    Ok(text)
}

fn append(attributes: &Attributes, text: &mut String) {
    for (name, value) in attributes.iter().filter(|(name, _)| OF_ICE.contains(name)) {
        let _ = match value {
            Some(value) => write!(text, "a={name}:{value}\r\n"),
            None => write!(text, "a={name}\r\n"),
        };
    }
}

/// The `ETag` of the session of ICE that has these credentials (RFC 9725 §4.3.1).
pub(crate) fn entity_tag(credentials: &Credentials) -> String {
    // All in a user name fragment may stand between quotes.
    format!("\"{}\"", credentials.ufrag())
}

fn credentials_of(session: &Session) -> Option<(IceUfrag, IcePwd)> {
    match session.media.get(tagged_section(session)) {
        Some(media) => session.ice_credentials_of(media),
        None => session.attributes.get().zip(session.attributes.get()),
    }
}

/// The section that speaks for the bundle (RFC 9143 §7.1), by its place.
fn tagged_section(session: &Session) -> usize {
    session
        .bundle_groups()
        .next()
        .and_then(|bundle| session.media_by_mid(bundle.mids.first()?))
        .map_or(0, |(place, _)| place)
}

/// What makes a description of a fragment. The times stand for a session without end.
const PREAMBLE: &str = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

/// The attributes of a description that a fragment repeats.
const OF_ICE: [&str; 9] = [
    "group",
    "mid",
    "ice-lite",
    "ice-options",
    "ice-pacing",
    "ice-ufrag",
    "ice-pwd",
    "candidate",
    "end-of-candidates",
];

/// Candidates taken from one fragment: as many as ICE takes.
const MAX_CANDIDATES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9725 §4.3.2, figure 3, unfolded.
    const TRICKLED: &str = "a=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
        a=mid:0\r\n\
        a=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
        a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n\
        a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n\
        a=end-of-candidates\r\n";

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 1 0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:aaaa\r\na=ice-pwd:bbbbbbbbbbbbbbbbbbbbbb\r\n\
        a=setup:active\r\na=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=setup:active\r\na=end-of-candidates\r\n";

    #[test]
    fn a_fragment_gives_its_candidates_in_their_sections() {
        let fragment = Fragment::parse(TRICKLED).unwrap();
        let trickled: Vec<_> = fragment.trickled().collect();
        assert_eq!(trickled.len(), 3);
        assert_eq!(trickled[0].0, Some("0"));
        assert!(trickled[0].1.starts_with("candidate:1387637174 1 udp"));
        assert!(trickled[1].1.contains("tcptype active"));
        assert_eq!(trickled[2], (None, ""));
        assert!(
            !fragment.restarts(OFFER),
            "the bundle's credentials are the same"
        );
    }

    #[test]
    fn what_is_wrong_is_found_in_the_line_of_the_fragment() {
        let error = Fragment::parse("a=mid:0\r\nnonsense\r\n").unwrap_err();
        assert_eq!(error.line, 2);
    }

    #[test]
    fn new_credentials_take_the_place_of_the_old_in_the_whole_description() {
        let text = TRICKLED
            .replace("EsAw", "ysXw")
            .replace("a=mid:0", "a=mid:1");
        let fragment = Fragment::parse(&text).unwrap();
        assert!(fragment.restarts(OFFER));
        let offer = fragment.restarted(OFFER).unwrap();
        assert!(!fragment.restarts(&offer));
        assert_eq!(offer.matches("a=ice-ufrag:ysXw\r\n").count(), 2);
        assert_eq!(offer.matches("a=setup:actpass\r\n").count(), 2);
        assert_eq!(offer.matches("a=candidate:").count(), 2);
        assert_eq!(offer.matches("a=end-of-candidates").count(), 1);
        let video = offer.find("m=video").unwrap();
        assert!(
            offer.find("a=candidate:").unwrap() > video,
            "in the tagged section"
        );
    }

    #[test]
    fn a_description_becomes_a_fragment_of_its_tagged_section() {
        assert_eq!(
            of_description(OFFER).unwrap(),
            "a=group:BUNDLE 1 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=ice-ufrag:EsAw\r\n\
             a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=end-of-candidates\r\n"
        );
    }
}
