//! How sessions begin and end: remote credentials, and ICE restarts (RFC 8445 §9).

use strata_core::{Instant, tracing};

use super::{Agent, Search, consent::Selection};
use crate::{
    Closed, Credentials,
    candidates::Candidates,
    checklist::Checklist,
    session::{Generation, Session},
};

impl Agent {
    /// Sets the credentials that the other side has signalled. Checks begin.
    ///
    /// Setting the same ones again changes nothing. If others were set before, the other side has begun a new session,
    /// and its candidates are forgotten. If the other side asks for an ICE restart, call [`restart`](Self::restart)
    /// first.
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
            self.begin_session(now, session);
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

    /// Begins an ICE restart (RFC 8445 §9): a new search with new local credentials and the same sockets. The owner
    /// signals the new credentials, and sets those of the other side and its candidates again.
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

    /// As [`restart`](Self::restart), with credentials that the owner has made, and may have signalled already. They
    /// must be new, and as hard to predict as those the agent makes (RFC 8445 §5.3).
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn restart_with(&mut self, now: Instant, credentials: Credentials) -> Result<(), Closed> {
        self.check_open()?;
        tracing::debug!("restart");
        self.tie_breaker = self.entropy.u64();
        self.begin_session(now, Session::new(credentials));
        self.advance(now);
        Ok(())
    }

    /// Takes a restart back, because the offer that asked for it was rolled back (RFC 9429 §4.1.10.2). The session from
    /// before the restart goes on where it was.
    ///
    /// Changes nothing if no restart was begun, or if remote credentials were set since.
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
            // A drain since the restart may have thrown away what was queued for the old session.
            check.queued = false;
        }
        if before.selected {
            self.sessions.previous = None;
            match &mut self.selection {
                Some(selection) => selection.generation = Generation::Current,
                // Consent has expired since the restart.
                None => self.fail(),
            }
        }
        for socket in sockets {
            // Sockets of the old session stay as they are. For those added since, the limit was already checked.
            let _ = self.add_local_candidate(now, socket);
        }
        self.checklist.prioritise(&self.candidates, self.role);
        self.advance(now);
        Ok(())
    }

    fn begin_session(&mut self, now: Instant, session: Session) {
        let ended = std::mem::replace(&mut self.sessions.current, session);
        let candidates = self.candidates.clone();
        self.candidates.restart();
        let checklist = std::mem::take(&mut self.checklist);
        // The pace goes on from the last check, so that restarts cannot make an agent send faster than Ta.
        let next_check = self.search.next_check.max(now);
        let search = std::mem::replace(&mut self.search, Search::new(next_check));
        // Without remote credentials there was no session yet that one could go back to.
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
            // The selected pair is of a session even before the one that ends: keep the credentials it uses.
            Some(selection) if selection.generation == Generation::Previous => {}
            Some(selection) => {
                selection.generation = Generation::Previous;
                self.sessions.previous = Some(ended);
            }
            None => self.sessions.previous = Some(ended),
        }
    }
}

/// What a restart has set aside, for the case that it is taken back.
#[derive(Debug)]
pub(super) struct Interrupted {
    session: Session,
    candidates: Candidates,
    checklist: Checklist,
    search: Search,
    /// Whether the selected pair was found in this session.
    selected: bool,
}
