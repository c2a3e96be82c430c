//! Restarting ICE by a fragment instead of an offer (RFC 9725 §4.3).

use strata_peer::Credentials;
use strata_sdp::{
    Candidate, EndOfCandidates, Fragment, IcePwd, IceUfrag, ParseError, Session, Setup,
};

/// Whether the fragment has other credentials than the description that its sender gave before: then it
/// restarts ICE (RFC 9725 §4.3.3).
pub(super) fn is_wanted(fragment: &Fragment, description: &str) -> bool {
    let credentials = fragment.ice_credentials();
    let before = || {
        let session = Session::parse(description).ok()?;
        let (_, tagged) = session.tagged_media()?;
        session.ice_credentials_of(tagged)
    };
    credentials.is_some() && credentials != before()
}

/// The sender's description once more, as an offer, with the fragment's credentials and candidates in place
/// of its own (RFC 9725 §4.3.3: all else still applies).
///
/// # Errors
/// [`ParseError`] if the description is none.
pub(super) fn offer(fragment: &Fragment, description: &str) -> Result<String, ParseError> {
    let mut session = Session::parse(description)?;
    let tagged = session.tagged_media().map(|(place, _)| place);
    let credentials = fragment.ice_credentials();
    for attributes in session
        .media
        .iter_mut()
        .map(|media| &mut media.attributes)
        .chain([&mut session.attributes])
    {
        attributes.remove::<Candidate>();
        attributes.remove::<EndOfCandidates>();
        if let Some((ufrag, pwd)) = &credentials
            && attributes.contains::<IceUfrag>()
        {
            attributes.set::<IceUfrag>(ufrag);
            attributes.set::<IcePwd>(pwd);
        }
        if attributes.contains::<Setup>() {
            // RFC 8842 §5.5: the association goes on, in the roles it has.
            attributes.set(&Setup::ActPass);
        }
    }
    if let Some(media) = tagged.and_then(|place| session.media.get_mut(place)) {
        for (_, candidate) in fragment.candidates().take(MAX_CANDIDATES) {
            media.attributes.push_raw("candidate", Some(candidate));
        }
        if fragment.is_end_of_candidates() {
            media.attributes.push(&EndOfCandidates);
        }
    }
    Ok(session.to_string())
}

/// The `ETag` of the session of ICE that has these credentials (RFC 9725 §4.3.1).
pub(super) fn entity_tag(credentials: &Credentials) -> String {
    // All in a user name fragment may stand between quotes.
    format!("\"{}\"", credentials.ufrag())
}

/// Candidates taken from one fragment: as many as ICE takes.
pub(super) const MAX_CANDIDATES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const TRICKLED: &str = "a=group:BUNDLE 1 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\n\
        a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
        a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n\
        a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n\
        a=end-of-candidates\r\n";

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 1 0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:aaaa\r\na=ice-pwd:bbbbbbbbbbbbbbbbbbbbbb\r\n\
        a=setup:active\r\na=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=setup:active\r\na=end-of-candidates\r\n";

    #[test]
    fn the_credentials_of_the_bundle_are_no_restart() {
        let fragment = Fragment::parse(TRICKLED).unwrap();
        assert!(!is_wanted(&fragment, OFFER));
        let silent = Fragment::parse("a=end-of-candidates\r\n").unwrap();
        assert!(!is_wanted(&silent, OFFER));
    }

    #[test]
    fn new_credentials_take_the_place_of_the_old_in_the_whole_description() {
        let fragment = Fragment::parse(&TRICKLED.replace("EsAw", "ysXw")).unwrap();
        assert!(is_wanted(&fragment, OFFER));
        let offer = offer(&fragment, OFFER).unwrap();
        assert!(!is_wanted(&fragment, &offer));
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
}
