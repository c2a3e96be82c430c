//! How sessions begin and end: remote credentials, and ICE restarts (RFC 8445 §9).

use core::time::Duration;

use strata_core::{Instant, tracing};

use super::{Agent, Search, selection::Choice};
use crate::{
    Closed, Config, Credentials, IceOptions, SelectedPair, candidates::Candidates,
    checklist::Checklist, liveness::Liveness, pair::PairId, record::Record, session::Session,
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

    /// What to signal about this side, in `a=ice-options` and `a=ice-pacing`.
    pub fn local_options(&self) -> IceOptions {
        IceOptions {
            ice2: true,
            renomination: self.config.renomination,
            pacing: self.config.pacing,
            ..IceOptions::default()
        }
    }

    /// Sets what the other side has signalled about itself. Call it with each description of the other side.
    ///
    /// A restart keeps the options. If this is never called, the other side counts as one that signals nothing.
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn set_remote_options(&mut self, now: Instant, options: IceOptions) -> Result<(), Closed> {
        self.check_open()?;
        // A pacing beyond a minute would keep a session from ever beginning.
        let pacing = options.pacing.min(Config::PACING_MAX);
        self.search.remote_options = IceOptions { pacing, ..options };
        self.advance(now);
        Ok(())
    }

    /// Begins an ICE restart (RFC 8445 §9): a new search with new local credentials and the same sockets. The owner
    /// signals the new credentials, and sets those of the other side and its candidates again.
    ///
    /// The selected pair stays in use, with consent checks under the old credentials, until a pair of the new session is
    /// nominated (RFC 8445 §12.1), or the old one is silent and a new one works. The old credentials end three seconds
    /// after that.
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
        self.checklist.resume_session(before.checklist);
        self.search = before.search;
        for check in self.search.checks.values_mut() {
            // A drain since the restart may have thrown away what was queued for the old session.
            check.queued = false;
        }
        if let Some(id) = before.selected {
            self.sessions.previous = None;
            self.resume_pair(id);
        }
        for socket in sockets {
            // Sockets of the old session stay as they are. For those added since, the limit was already checked.
            let _ = self.add_local_candidate(now, socket);
        }
        self.checklist.prioritise(&self.candidates, self.role);
        self.advance(now);
        Ok(())
    }

    /// The pair that was in use before the restart is one of the current session again.
    fn resume_pair(&mut self, id: PairId) {
        let previous = self.previous.take();
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        match (previous, &mut self.selection) {
            (Some(previous), Some(selection)) => {
                pair.liveness = previous.liveness;
                pair.record = previous.record;
                selection.choice = Choice::Pair(id);
            }
            // Consent has expired since the restart.
            (_, selection) => {
                pair.revoke();
                *selection = None;
                self.look_for_another_pair();
            }
        }
    }

    fn begin_session(&mut self, now: Instant, session: Session) {
        let ended = std::mem::replace(&mut self.sessions.current, session);
        let candidates = self.candidates.clone();
        self.candidates.restart();
        let selected = self.selected_id();
        let in_use = selected.and_then(|id| self.checklist.get_mut(id));
        let in_use = in_use.map(|pair| (std::mem::take(&mut pair.liveness), pair.record));
        let checklist = self.checklist.begin_session();
        // The pace goes on from the last check, so that restarts cannot make an agent send faster than Ta.
        let next_check = self.search.next_check.max(now);
        let search = std::mem::replace(&mut self.search, Search::new(next_check));
        self.search.remote_options = search.remote_options;
        match (&mut self.selection, in_use) {
            // The selected pair is of a session even before the one that ends: keep the credentials it uses.
            (Some(selection), None) if selection.choice == Choice::Previous => {}
            (Some(selection), Some((liveness, record))) => {
                selection.choice = Choice::Previous;
                self.previous = Some(Box::new(PreviousPair {
                    selected: selection.pair,
                    nominated: selection.nominated,
                    liveness,
                    record,
                    ends: None,
                }));
                self.sessions.previous = Some(ended.clone());
            }
            _ => {
                self.previous = None;
                self.sessions.previous = Some(ended.clone());
            }
        }
        // Without remote credentials there was no session yet that one could go back to.
        if ended.remote.is_some() {
            self.interrupted = Some(Box::new(Interrupted {
                session: ended,
                candidates,
                checklist,
                search,
                selected,
            }));
        }
    }

    /// Data goes over a pair of the new session: what is left of the old one ends soon. What the other side has sent
    /// before it followed may arrive until then.
    pub(super) fn retire_previous(&mut self, now: Instant) {
        if let Some(previous) = &mut self.previous {
            previous.ends.get_or_insert(now + AFTERLIFE);
        }
        if self.sessions.previous.is_some() {
            self.search.previous_ends.get_or_insert(now + AFTERLIFE);
        }
    }

    pub(super) const fn previous_session_deadline(&self) -> Option<Instant> {
        self.search.previous_ends
    }

    /// The session before the restart ends: its credentials are worth nothing any more.
    pub(super) fn end_previous_session(&mut self, now: Instant) {
        if self.search.previous_ends.is_some_and(|at| at <= now) {
            tracing::debug!("the session before the restart has ended");
            self.search.previous_ends = None;
            self.previous = None;
            self.sessions.previous = None;
        }
    }
}

/// The pair in use of a session that a restart has ended.
#[derive(Debug)]
pub(super) struct PreviousPair {
    pub(super) selected: SelectedPair,
    pub(super) nominated: bool,
    pub(super) liveness: Liveness,
    pub(super) record: Record,
    /// Data has gone over to the new session, and this is when the old one is forgotten.
    pub(super) ends: Option<Instant>,
}

impl PreviousPair {
    pub(super) fn has_consent(&self, now: Instant, config: &Config) -> bool {
        self.liveness.has_consent(now, config.consent_expiry)
    }
}

/// What a restart has set aside, for the case that it is taken back.
#[derive(Debug)]
pub(super) struct Interrupted {
    session: Session,
    candidates: Candidates,
    checklist: Checklist,
    search: Search,
    /// The pair that was selected in this session.
    selected: Option<PairId>,
}

/// How long the credentials and the pair of a session are good for, after data has gone over to the next.
const AFTERLIFE: Duration = Duration::from_secs(3);
