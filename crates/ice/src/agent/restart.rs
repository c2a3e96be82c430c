//! Sessions: the credentials of the other side, and ICE restarts (RFC 8445 §9).

use strata_core::Instant;

use super::{Agent, Search};
use crate::{
    Credentials, State,
    session::{Generation, Session},
};

impl Agent {
    /// Takes the credentials the other side has signalled. Checks begin.
    ///
    /// The same again changes nothing. Others in place of those that are set mean that the other side
    /// has begun a new session: its candidates are forgotten. If it wants an ICE restart, call
    /// [`restart`](Self::restart) first.
    pub fn set_remote_credentials(&mut self, now: Instant, credentials: Credentials) {
        if self.state == State::Closed || self.remote_credentials() == Some(&credentials) {
            return;
        }
        if self.remote_credentials().is_some() {
            let session = Session {
                local: self.sessions.current.local.clone(),
                remote: None,
            };
            self.begin(now, session);
        }
        tracing::debug!(ufrag = credentials.ufrag(), "remote credentials set");
        self.sessions.current.set_remote(credentials);
        self.search.started = Some(now);
        self.search.last_news = Some(now);
        self.handle_early_checks(now);
        self.advance(now);
    }

    /// Begins an ICE restart (RFC 8445 §9): new credentials, which are to be signalled, and a new search
    /// with the same sockets. Remote credentials and candidates must be given anew.
    ///
    /// The selected pair stays in use, with consent checks under the old credentials, until a pair of
    /// the new session works.
    pub fn restart(&mut self, now: Instant) {
        if self.state == State::Closed {
            return;
        }
        tracing::debug!("restart");
        let session = Session::new(&mut self.entropy);
        self.tie_breaker = self.entropy.u64();
        self.begin(now, session);
        self.advance(now);
    }

    fn begin(&mut self, now: Instant, session: Session) {
        let ended = std::mem::replace(&mut self.sessions.current, session);
        match &mut self.selection {
            // The pair in use is older still: its credentials are the ones to keep.
            Some(selection) if selection.generation == Generation::Previous => {}
            Some(selection) => {
                selection.generation = Generation::Previous;
                self.sessions.previous = Some(ended);
            }
            None => self.sessions.previous = Some(ended),
        }
        self.candidates.restart();
        self.checklist.clear();
        // Ta goes on: a restart is no way to send checks faster.
        let next_check = self.search.next_check;
        self.search = Search::new(next_check.max(now));
    }
}
