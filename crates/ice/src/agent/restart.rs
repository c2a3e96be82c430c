//! Sessions: the credentials of the other side, and ICE restarts (RFC 8445 §9).

use strata_core::{Instant, tracing};

use super::{Agent, Search, consent::Selection};
use crate::{
    Closed, Credentials,
    candidates::Candidates,
    checklist::Checklist,
    session::{Generation, Session},
};

impl Agent {
    /// Takes the credentials the other side has signalled. Checks begin.
    ///
    /// The same again changes nothing. Others in place of those that are set mean that the other side
    /// has begun a new session: its candidates are forgotten. If it wants an ICE restart, call
    /// [`restart`](Self::restart) first.
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn set_remote_credentials(
        &mut self,
        now: Instant,
        credentials: Credentials,
    ) -> Result<(), Closed> {
        self.check_open()?;
        if self.remote_credentials() == Some(&credentials) {
            return Ok(());
        }
        if self.remote_credentials().is_some() {
            let session = Session {
                local: self.sessions.current.local.clone(),
                remote: None,
            };
            self.begin(now, session);
        }
        self.interrupted = None;
        tracing::debug!(ufrag = credentials.ufrag(), "remote credentials set");
        self.sessions.current.set_remote(credentials);
        self.search.started = Some(now);
        self.search.last_news = Some(now);
        self.handle_early_checks(now);
        self.advance(now);
        Ok(())
    }

    /// Begins an ICE restart (RFC 8445 §9): new credentials, which are to be signalled, and a new search
    /// with the same sockets. Remote credentials and candidates must be given anew.
    ///
    /// The selected pair stays in use, with consent checks under the old credentials, until a pair of
    /// the new session works.
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn restart(&mut self, now: Instant) -> Result<(), Closed> {
        self.check_open()?;
        let credentials = Credentials::random(&mut self.entropy);
        self.restart_with(now, credentials)
    }

    /// As [`restart`](Self::restart), with credentials of the owner's, who may have signalled them
    /// already. They must be as unpredictable as the agent's own (RFC 8445 §5.3), and new.
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn restart_with(&mut self, now: Instant, credentials: Credentials) -> Result<(), Closed> {
        self.check_open()?;
        tracing::debug!("restart");
        self.tie_breaker = self.entropy.u64();
        self.begin(now, Session::new(credentials));
        self.advance(now);
        Ok(())
    }

    /// Takes a restart back for which no remote credentials were set: the offer that asked for it came
    /// to nothing (RFC 9429 §4.1.10.2). The session from before goes on where it was. Without such a
    /// restart this changes nothing.
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn cancel_restart(&mut self, now: Instant) -> Result<(), Closed> {
        self.check_open()?;
        if self.remote_credentials().is_some() {
            return Ok(());
        }
        let Some(before) = self.interrupted.take() else {
            return Ok(());
        };
        tracing::debug!("restart taken back");
        self.sessions.current = before.session;
        let sockets: Vec<_> = self.candidates.hosts().map(|(_, host)| host.base).collect();
        self.candidates = before.candidates;
        self.checklist = before.checklist;
        self.search = before.search;
        for check in &mut self.search.checks {
            // What was queued when the restart began may have come to nothing in a drain since.
            check.queued = false;
        }
        if before.selected {
            self.sessions.previous = None;
            match &mut self.selection {
                Some(selection) => selection.generation = Generation::Current,
                // Consent has ended meanwhile.
                None => self.fail(),
            }
        }
        for socket in sockets {
            // Those that are known stay as they are, and the limit has let them in before.
            let _ = self.add_local_candidate(now, socket);
        }
        self.checklist.prioritise(&self.candidates, self.role);
        self.advance(now);
        Ok(())
    }

    fn begin(&mut self, now: Instant, session: Session) {
        let ended = std::mem::replace(&mut self.sessions.current, session);
        let candidates = self.candidates.clone();
        self.candidates.restart();
        let checklist = std::mem::take(&mut self.checklist);
        // Ta goes on: a restart is no way to send checks faster.
        let next_check = self.search.next_check.max(now);
        let search = std::mem::replace(&mut self.search, Search::new(next_check));
        // A session that never had another side is none to go back to.
        if ended.remote.is_some() {
            self.interrupted = Some(Box::new(Interrupted {
                session: ended.clone(),
                candidates,
                checklist,
                search,
                selected: self.selection.as_ref().is_some_and(Selection::is_current),
            }));
        }
        match &mut self.selection {
            // The pair in use is older still: its credentials are the ones to keep.
            Some(selection) if selection.generation == Generation::Previous => {}
            Some(selection) => {
                selection.generation = Generation::Previous;
                self.sessions.previous = Some(ended);
            }
            None => self.sessions.previous = Some(ended),
        }
    }
}

/// A session as it was when a restart began.
#[derive(Debug)]
pub(super) struct Interrupted {
    session: Session,
    candidates: Candidates,
    checklist: Checklist,
    search: Search,
    /// Whether the selected pair was one of it.
    selected: bool,
}
