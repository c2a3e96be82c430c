//! Candidates that are trickled, and restarts of ICE (RFC 9725 §4.3).

use strata_peer::{
    Credentials, Description, Instant,
    sdp::{
        Candidate, EndOfCandidates, Fragment, IcePwd, IceUfrag, ParseError, Session as Sdp, Setup,
    },
};

use super::{CommandError, Precondition, Trickled, open::bad, sessions::Session};

impl Session {
    /// Takes candidates, or restarts ICE.
    pub(super) fn trickle(
        &mut self,
        now: Instant,
        precondition: &Precondition,
        fragment: &Fragment,
    ) -> Result<Trickled, CommandError> {
        let tag = entity_tag(self.peer.local_credentials());
        match precondition {
            Precondition::OneOf(tags) if !tags.contains(&tag) => {
                return Err(CommandError::Outdated);
            }
            Precondition::OneOf(_) | Precondition::Any => {}
        }
        let Some(remote) = &self.remote else {
            return Err(CommandError::Conflict(
                "candidates can come after the answer only; PATCH that first".to_owned(),
            ));
        };
        if let Some(credentials) = new_credentials(fragment, remote) {
            let offer = restarted(remote, &credentials, fragment, true).map_err(bad)?;
            return self.restart(now, offer);
        }
        let candidates = fragment.candidates();
        let candidates = candidates.map(|(mid, value)| (mid, format!("candidate:{value}")));
        let end = fragment.is_end_of_candidates();
        for (mid, line) in candidates.chain(end.then(|| (None, String::new()))) {
            self.peer
                .add_remote_candidate(now, mid, &line)
                .map_err(|error| CommandError::BadDescription(format!("{line:?}: {error}")))?;
        }
        Ok(Trickled::Added)
    }

    /// Answers the offer that would have restarted ICE.
    fn restart(&mut self, now: Instant, offer: String) -> Result<Trickled, CommandError> {
        self.peer
            .set_remote_description(now, Description::offer(&*offer))?;
        let answered = self
            .peer
            .create_answer(now)
            .and_then(|answer| self.peer.set_local_description(now, answer));
        if let Err(error) = answered {
            // RFC 9725 §4.3.3: what cannot be satisfied leaves the session as it is.
            let _ = self
                .peer
                .set_remote_description(now, Description::rollback());
            return Err(error.into());
        }
        self.remote = Some(offer);
        Ok(Trickled::Restarted {
            fragment: self.local_fragment()?,
            tag: entity_tag(self.peer.local_credentials()),
        })
    }

    /// Our credentials and candidates.
    fn local_fragment(&self) -> Result<String, CommandError> {
        let local = self.peer.local_description().unwrap_or_default();
        let local = Sdp::parse(&local).map_err(bad)?;
        Ok(Fragment::of(&local).to_string())
    }

    /// Begins a restart of our own: what the other side is to be asked.
    pub(super) fn begin_restart(&mut self, now: Instant) -> Result<String, CommandError> {
        if !self.peer.restart_ice(now) {
            let early = "there is no connection to restart yet";
            return Err(CommandError::Conflict(early.to_owned()));
        }
        let offer = self.peer.create_offer(now)?;
        self.peer.set_local_description(now, offer)?;
        self.local_fragment()
    }

    /// The other side has answered the restart, or not.
    pub(super) fn end_restart(
        &mut self,
        now: Instant,
        fragment: Option<&Fragment>,
    ) -> Result<(), CommandError> {
        let answered = fragment.map(|fragment| self.take_restart(now, fragment));
        if !matches!(answered, Some(Ok(()))) {
            self.peer
                .set_local_description(now, Description::rollback())?;
        }
        answered.unwrap_or(Ok(()))
    }

    fn take_restart(&mut self, now: Instant, fragment: &Fragment) -> Result<(), CommandError> {
        let before = self.remote.as_deref().unwrap_or_default();
        let credentials = new_credentials(fragment, before)
            .ok_or_else(|| bad("the answer to the restart has the old credentials, or none"))?;
        let answer = restarted(before, &credentials, fragment, false).map_err(bad)?;
        self.peer
            .set_remote_description(now, Description::answer(&*answer))?;
        self.remote = Some(answer);
        Ok(())
    }
}

/// The `ETag` of the session of ICE that has these credentials (RFC 9725 §4.3.1).
pub(super) fn entity_tag(credentials: &Credentials) -> String {
    // All in a user name fragment may stand between quotes.
    format!("\"{}\"", credentials.ufrag())
}

/// The fragment's credentials, if they are others than in the description that its sender gave before:
/// then it restarts ICE (RFC 9725 §4.3.3).
fn new_credentials(fragment: &Fragment, description: &str) -> Option<(IceUfrag, IcePwd)> {
    let before = Sdp::parse(description).ok().and_then(|description| {
        let (_, tagged) = description.tagged_media()?;
        description.ice_credentials_of(tagged)
    });
    fragment
        .ice_credentials()
        .filter(|credentials| Some(credentials) != before.as_ref())
}

/// The other side's description once more, as the offer that it would have sent to restart ICE, or the answer to such
/// an offer: with the fragment's credentials and candidates (RFC 9725 §4.3.3: all else still applies).
fn restarted(
    description: &str,
    (ufrag, pwd): &(IceUfrag, IcePwd),
    fragment: &Fragment,
    as_offer: bool,
) -> Result<String, ParseError> {
    let mut offer = Sdp::parse(description)?;
    let tagged = offer.tagged_media().map(|(place, _)| place);
    let media = offer.media.iter_mut().map(|media| &mut media.attributes);
    for attributes in media.chain([&mut offer.attributes]) {
        attributes.remove::<Candidate>();
        attributes.remove::<EndOfCandidates>();
        if attributes.contains::<IceUfrag>() {
            attributes.set(ufrag);
            attributes.set(pwd);
        }
        if as_offer && attributes.contains::<Setup>() {
            // RFC 8842 §5.5: the association goes on, in the roles it has.
            attributes.set(&Setup::ActPass);
        }
    }
    if let Some(media) = tagged.and_then(|place| offer.media.get_mut(place)) {
        for (_, value) in fragment.candidates() {
            media.attributes.push_raw("candidate", Some(value));
        }
        if fragment.is_end_of_candidates() {
            media.attributes.push(&EndOfCandidates);
        }
    }
    Ok(offer.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAGMENT: &str = "a=group:BUNDLE 1 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n\
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
    fn credentials_are_new_if_the_bundle_has_others() {
        let fragment = |text: &str| Fragment::parse(text).unwrap();
        assert_eq!(new_credentials(&fragment(FRAGMENT), OFFER), None);
        assert_eq!(
            new_credentials(&fragment("a=end-of-candidates\r\n"), OFFER),
            None
        );
        let (ufrag, _) =
            new_credentials(&fragment(&FRAGMENT.replace("EsAw", "ysXw")), OFFER).unwrap();
        assert_eq!(ufrag, IceUfrag::new("ysXw").unwrap());
    }

    #[test]
    fn new_credentials_take_the_place_of_the_old_in_the_whole_description() {
        let fragment = Fragment::parse(&FRAGMENT.replace("EsAw", "ysXw")).unwrap();
        let credentials = new_credentials(&fragment, OFFER).unwrap();
        let offer = restarted(OFFER, &credentials, &fragment, true).unwrap();
        assert_eq!(new_credentials(&fragment, &offer), None);
        assert_eq!(offer.matches("a=ice-ufrag:ysXw\r\n").count(), 2);
        assert_eq!(offer.matches("a=setup:actpass\r\n").count(), 2);
        assert_eq!(offer.matches("a=candidate:").count(), 2);
        assert_eq!(offer.matches("a=end-of-candidates").count(), 1);
        let video = offer.find("m=video").unwrap();
        assert!(
            offer.find("a=candidate:").unwrap() > video,
            "in the tagged section"
        );
        let answer = restarted(OFFER, &credentials, &fragment, false).unwrap();
        assert_eq!(answer, offer.replace("a=setup:actpass", "a=setup:active"));
    }
}
