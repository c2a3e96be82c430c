//! ICE restarts (RFC 8839 §4.4.1.1.1, RFC 9429 §4.1.18): which description begins a new session.

use strata_core::Entropy;
use strata_ice::Credentials;

use super::{Jsep, RemoteDescription, token};

/// Where a restart of ours stands.
#[derive(Debug, Default)]
pub(super) struct Restart {
    /// Our next offer shall begin a new session.
    wanted: bool,
    /// Our offer that waits for its answer has begun one.
    offered: bool,
    /// The credentials of the session that a description made here, but not set yet, begins.
    credentials: Option<Credentials>,
}

/// What setting a description means for our side of ICE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RestartChange {
    /// It begins a new session with these credentials.
    Begin(Credentials),
    /// The one that was begun last is taken back.
    Cancel,
}

impl Restart {
    fn credentials(&mut self, entropy: &mut Entropy) -> Option<Credentials> {
        if self.credentials.is_none() {
            // RFC 8445 §5.3: 24 and 128 bits at least; these have 48 and 192.
            let [ufrag, first, second] = [(); 3].map(|()| token(entropy));
            let ufrag = ufrag.get(..8).unwrap_or(&ufrag);
            let [ufrag, password] = [ufrag.to_owned(), first + &second]
                // An ice-char may be neither of these.
                .map(|text| text.replace('-', "+").replace('_', "/"));
            self.credentials = Credentials::new(&ufrag, &password).ok();
        }
        self.credentials.clone()
    }
}

impl Jsep {
    /// Our next offer begins a new session of ICE.
    pub(crate) const fn want_restart(&mut self) {
        self.restart.wanted = true;
    }

    /// The credentials of an offer that begins a new session.
    pub(super) fn restart_by_offer(&mut self) -> Option<Credentials> {
        if !self.restart.wanted || self.association.is_none() {
            return None;
        }
        self.restart.credentials(&mut self.entropy)
    }

    /// The credentials of an answer, if the offer asks for a new session: its own credentials are new.
    pub(super) fn restart_by_answer(&mut self) -> Option<Credentials> {
        let transport = self.remote_offer.as_ref()?.transport.as_ref()?;
        if self.association.as_ref()?.credentials == transport.credentials {
            return None;
        }
        self.restart.credentials(&mut self.entropy)
    }

    /// A description that begins a session, or not, was set.
    pub(super) fn on_restart_set(
        &mut self,
        credentials: Option<Credentials>,
        offer: bool,
    ) -> Option<RestartChange> {
        let credentials = credentials?;
        self.restart = Restart {
            // The other side's restart is as good as ours.
            wanted: false,
            offered: self.restart.offered || offer,
            credentials: None,
        };
        Some(RestartChange::Begin(credentials))
    }

    /// Our offer is taken back. If it was to restart ICE, the next offer does.
    pub(super) fn on_restart_undone(&mut self) -> Option<RestartChange> {
        if !core::mem::take(&mut self.restart.offered) {
            return None;
        }
        self.restart.wanted = true;
        Some(RestartChange::Cancel)
    }

    /// Whether an answer has the credentials it may have: new ones, only if our offer had.
    pub(super) fn is_restart_expected(&self, answer: &RemoteDescription) -> bool {
        let transport = answer.transport.as_ref();
        let same =
            transport
                .zip(self.association.as_ref())
                .is_none_or(|(transport, association)| {
                    association.credentials == transport.credentials
                });
        same || self.restart.offered
    }

    /// An exchange is complete.
    pub(super) const fn on_restart_concluded(&mut self) {
        self.restart.offered = false;
    }
}
