//! Candidates between text and ICE.

use core::net::{IpAddr, SocketAddr};

use strata_core::tracing;
use strata_ice::{Candidate, CandidateKind, Foundation};
use strata_sdp::{CandidateAddress, CandidateTransport, FieldError};

use super::Peer;
use crate::{AddCandidateError, Event, Mid, jsep::LocalText, stats::count};

/// Candidates of both sides, as far as ICE does not hold them.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    local: Vec<strata_sdp::Candidate>,
    local_complete: bool,
    /// The section they belong to, once a description that has them was set.
    published: Option<Mid>,
    /// What was in the description that was made last.
    written: Told,
    /// What was trickled.
    trickled: Told,
    /// Those of the other side that came before ICE could take them.
    early: Vec<Candidate>,
    early_complete: bool,
}

/// What the other side gets to know of the local candidates.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// How many of them, the first ones.
    count: usize,
    /// That there are no more.
    complete: bool,
}

impl Candidates {
    /// A description with the local candidates.
    pub(super) fn in_text(&self, text: &LocalText) -> String {
        text.with_candidates(self.local.iter(), self.local_complete)
    }

    /// A description was made: all candidates known now are in it.
    pub(super) const fn note_written(&mut self) {
        self.written = Told {
            count: self.local.len(),
            complete: self.local_complete,
        };
    }

    /// The description that was made last was set. Candidates that are not in it have to be trickled, for the section
    /// `mid`; `None` says that there is no description any more.
    pub(super) fn publish(&mut self, mid: Option<Mid>, ufrag: &str) -> Vec<Event> {
        self.published = mid;
        self.trickle(ufrag)
    }

    /// The candidates that the other side was not told of yet, as events.
    fn trickle(&mut self, ufrag: &str) -> Vec<Event> {
        let Some(mid) = self.published else {
            return Vec::new();
        };
        let (written, trickled) = (self.written, self.trickled);
        let event = |line| Event::LocalCandidate { mid, line };
        let known = written.count.max(trickled.count);
        let mut events: Vec<_> = self
            .local
            .iter()
            .skip(known)
            .map(|candidate| {
                let mut candidate = candidate.clone();
                // So that it is known which session of ICE it belongs to, whenever it arrives.
                let session = ("ufrag".to_owned(), ufrag.to_owned());
                candidate.extensions.push(session);
                event(candidate.to_trickle())
            })
            .collect();
        let known = written.complete || trickled.complete;
        if self.local_complete && !known {
            events.push(event(String::new()));
        }
        self.trickled = Told {
            count: self.local.len(),
            complete: self.local_complete,
        };
        events
    }

    /// Drops the remote candidates that wait: the session of ICE that they belong to will never begin.
    pub(super) fn forget_early(&mut self) {
        self.early.clear();
        self.early_complete = false;
    }

    /// Takes a local candidate, and says what must be trickled.
    pub(super) fn add_local(&mut self, candidate: &Candidate, ufrag: &str) -> Vec<Event> {
        let candidate = to_text(candidate);
        if self.local.contains(&candidate) {
            return Vec::new();
        }
        // There are few, and every peer has them.
        self.local.reserve_exact(1);
        self.local.push(candidate);
        self.trickle(ufrag)
    }

    /// Forgets the local candidates with this address.
    pub(super) fn remove_local(&mut self, ip: IpAddr) {
        let is_gone = |candidate: &strata_sdp::Candidate| candidate.address.ip() == Some(ip);
        for told in [&mut self.written, &mut self.trickled] {
            let first = self.local.iter().take(told.count);
            let gone = first.filter(|candidate| is_gone(candidate)).count();
            told.count = told.count.saturating_sub(gone);
        }
        self.local.retain(|candidate| !is_gone(candidate));
    }

    pub(super) fn end_of_local(&mut self, ufrag: &str) -> Vec<Event> {
        self.local_complete = true;
        self.trickle(ufrag)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Peer {
    pub(super) fn take_remote_candidate(
        &mut self,
        mid: Option<&str>,
        line: &str,
    ) -> Result<(), AddCandidateError> {
        if !self.lifecycle.is_open() {
            return Err(AddCandidateError::Closed);
        }
        if !self.jsep.has_remote() {
            return Err(AddCandidateError::NoRemoteDescription);
        }
        // RFC 8840 §4.1: with BUNDLE, a candidate of any of its sections is one of the transport.
        if let Some(mid) = mid.filter(|mid| !mid.is_empty()) {
            let known = mid.parse().is_ok_and(|mid| self.jsep.has_section(mid));
            if !known {
                return Err(AddCandidateError::UnknownMid);
            }
        }
        let line = line.trim();
        if line.is_empty() || line.trim_start_matches("a=") == "end-of-candidates" {
            self.end_of_remote();
            return Ok(());
        }
        let candidate: strata_sdp::Candidate = line.parse().map_err(|e: FieldError| e)?;
        let ufrag = candidate.extension("ufrag");
        let [current, offered] = self.jsep.remote_ufrags();
        if ufrag.is_some() && ufrag != current && ufrag != offered {
            return Err(AddCandidateError::UnknownUfrag);
        }
        let waits = self.waits_for_answer(ufrag);
        let Some(candidate) = self.supported(&candidate) else {
            return Ok(());
        };
        if !waits {
            return Ok(self.ice.add_remote_candidate(self.now, candidate)?);
        }
        let limit = self.config.limits.early_candidates;
        if self.candidates.early.len() >= limit {
            return Err(AddCandidateError::TooMany { limit });
        }
        self.candidates.early.push(candidate);
        Ok(())
    }

    /// Whether a candidate with this user name fragment, or with none, belongs to a session of ICE that only the answer
    /// begins.
    fn waits_for_answer(&self, ufrag: Option<&str>) -> bool {
        let [current, offered] = self.jsep.remote_ufrags();
        // Without one, it is of the description that was set last.
        let session = ufrag.or(offered).or(current);
        session != current || self.ice.remote_credentials().is_none()
    }

    fn supported(&mut self, candidate: &strata_sdp::Candidate) -> Option<Candidate> {
        let supported = from_text(candidate);
        if supported.is_none() {
            // RFC 8839 §5.1: what is not supported is ignored.
            tracing::trace!(%candidate, "a candidate is not supported");
            count(&mut self.drops.candidates);
        }
        supported
    }

    fn end_of_remote(&mut self) {
        if self.waits_for_answer(None) {
            self.candidates.early_complete = true;
        } else {
            // ICE is open as long as the peer is.
            let _ = self.ice.end_of_remote_candidates(self.now);
        }
    }

    /// ICE knows the other side's credentials now, and gets the candidates that have waited for that.
    pub(super) fn release_candidates(
        &mut self,
        described: &[strata_sdp::Candidate],
        complete: bool,
    ) {
        for candidate in described {
            if let Some(candidate) = self.supported(candidate) {
                // What ICE refuses it counts.
                let _ = self.ice.add_remote_candidate(self.now, candidate);
            }
        }
        for candidate in core::mem::take(&mut self.candidates.early) {
            let _ = self.ice.add_remote_candidate(self.now, candidate);
        }
        if core::mem::take(&mut self.candidates.early_complete) || complete {
            // ICE is open as long as the peer is.
            let _ = self.ice.end_of_remote_candidates(self.now);
        }
    }
}

/// A candidate as ICE wants it; `None` if it is of a kind that is not supported.
fn from_text(text: &strata_sdp::Candidate) -> Option<Candidate> {
    // RFC 8834 §4.5: RTP and RTCP share component 1.
    if text.transport != CandidateTransport::Udp || text.component != 1 {
        return None;
    }
    let kind = match &text.kind {
        strata_sdp::CandidateKind::Host => CandidateKind::Host,
        strata_sdp::CandidateKind::ServerReflexive => CandidateKind::ServerReflexive,
        strata_sdp::CandidateKind::PeerReflexive => CandidateKind::PeerReflexive,
        strata_sdp::CandidateKind::Relay => CandidateKind::Relayed,
        strata_sdp::CandidateKind::Other(_) | _ => return None,
    };
    let related = text.related_address.as_ref().and_then(CandidateAddress::ip);
    let address = SocketAddr::new(text.address.ip()?, text.port);
    let foundation = Foundation::new(&text.foundation)?;
    let mut candidate = Candidate::new(kind, address, text.priority, foundation);
    candidate.related = related
        .zip(text.related_port)
        .map(|(ip, port)| SocketAddr::new(ip, port));
    Some(candidate)
}

fn to_text(candidate: &Candidate) -> strata_sdp::Candidate {
    strata_sdp::Candidate {
        foundation: candidate.foundation.as_str().to_owned(),
        component: candidate.component.get(),
        transport: CandidateTransport::Udp,
        priority: candidate.priority,
        address: candidate.address.ip().into(),
        port: candidate.address.port(),
        kind: match candidate.kind {
            CandidateKind::Host => strata_sdp::CandidateKind::Host,
            CandidateKind::ServerReflexive => strata_sdp::CandidateKind::ServerReflexive,
            CandidateKind::PeerReflexive => strata_sdp::CandidateKind::PeerReflexive,
            CandidateKind::Relayed => strata_sdp::CandidateKind::Relay,
        },
        related_address: candidate.related.map(|related| related.ip().into()),
        related_port: candidate.related.map(|related| related.port()),
        extensions: Vec::new(),
    }
}
