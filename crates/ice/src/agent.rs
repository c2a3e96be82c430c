//! The agent: what it holds, its API, and the order in which it does things.

mod checks;
mod conclusion;
mod consent;
mod eviction;
mod output;
mod requests;
mod responses;
mod restart;

use core::net::SocketAddr;
use std::collections::VecDeque;

use strata_core::{Datagram, Endpoint, Entropy, Instant, Path, Transmit, earliest, tracing};

use self::{
    checks::Check, consent::Selection, output::Outgoing, requests::EarlyCheck, restart::Interrupted,
};
use crate::{
    AddCandidateError, Candidate, Closed, Config, Credentials, Event, Role, SelectedPair, State,
    Stats,
    candidates::{Added, Candidates},
    checklist::Checklist,
    pair::PairId,
    session::{Session, Sessions},
    stats::count,
};

/// An ICE agent for one component: everything a peer connection multiplexes on one 5-tuple.
///
/// **Set up** by the owner of the signalling, in any order: it sends
/// [`local_credentials`](Self::local_credentials) to the other side, calls
/// [`add_local_candidate`](Self::add_local_candidate) for each socket and sends the result, too. It passes on what the
/// other side sends: [`set_remote_credentials`](Self::set_remote_credentials),
/// [`add_remote_candidate`](Self::add_remote_candidate) for each candidate that trickles in, and at last
/// [`end_of_remote_candidates`](Self::end_of_remote_candidates).
///
/// **Driven** by the owner of the sockets, as every [`Endpoint`]; [Drive it](Endpoint#drive-it) shows the loop. Its
/// input are the datagrams that [are STUN](crate::is_stun). `path.local` of a datagram must be the address that was
/// given to [`add_local_candidate`](Self::add_local_candidate).
///
/// **Used** through [`selected_path`](Self::selected_path), from the first
/// [`Event::SelectedPair`] on.
#[derive(Debug)]
pub struct Agent {
    config: Config,
    entropy: Entropy,
    role: Role,
    tie_breaker: u64,
    state: State,
    sessions: Sessions,
    candidates: Candidates,
    checklist: Checklist,
    search: Search,
    /// The session that a restart has interrupted, for as long as the other side has not answered the restart.
    interrupted: Option<Box<Interrupted>>,
    selection: Option<Selection>,
    outgoing: VecDeque<Outgoing>,
    events: VecDeque<Event>,
    deadline: Option<Instant>,
    stats: Stats,
}

/// The search for a pair that works. A restart begins a new one.
#[derive(Debug)]
struct Search {
    /// Requests that may still be answered.
    checks: Vec<Check>,
    /// When the next ordinary check may be sent.
    next_check: Instant,
    /// Checks that the other side sent before its credentials were known.
    early: VecDeque<EarlyCheck>,
    /// The pair this side has chosen to nominate.
    nomination: Option<PairId>,
    /// When the first pair succeeded.
    first_success: Option<Instant>,
    /// When the other side last signalled something: its credentials or a candidate.
    last_news: Option<Instant>,
    /// When the remote credentials were set.
    started: Option<Instant>,
    /// No more remote candidates will come.
    remote_complete: bool,
    /// No pair works, or consent has expired.
    failed: bool,
}

impl Search {
    const fn new(now: Instant) -> Self {
        Self {
            checks: Vec::new(),
            next_check: now,
            early: VecDeque::new(),
            nomination: None,
            first_success: None,
            last_news: None,
            started: None,
            remote_complete: false,
            failed: false,
        }
    }
}

impl Agent {
    /// A new agent with new credentials.
    ///
    /// Where the RFCs forbid a value of the configuration, the nearest value that they allow is used.
    #[must_use]
    pub fn new(config: Config, mut entropy: Entropy) -> Self {
        let config = config.bounded();
        Self {
            role: config.role,
            tie_breaker: entropy.u64(),
            state: State::New,
            sessions: Sessions {
                current: Session::new(Credentials::random(&mut entropy)),
                previous: None,
            },
            candidates: Candidates::default(),
            checklist: Checklist::default(),
            search: Search::new(Instant::EPOCH),
            interrupted: None,
            selection: None,
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
            deadline: None,
            stats: Stats::default(),
            config,
            entropy,
        }
    }

    /// What to signal as `a=ice-ufrag` and `a=ice-pwd`. [`restart`](Self::restart) changes them.
    pub const fn local_credentials(&self) -> &Credentials {
        &self.sessions.current.local.credentials
    }

    /// The credentials that the other side has signalled; `None` if it has not yet.
    pub fn remote_credentials(&self) -> Option<&Credentials> {
        let remote = self.sessions.current.remote.as_ref()?;
        Some(&remote.side.credentials)
    }

    /// The host candidates: one for each socket of this side.
    pub fn local_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.hosts().map(|(_, local)| &local.candidate)
    }

    /// The candidates of the other side: those it has signalled, and those found as source addresses of its checks.
    pub fn remote_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.remotes().map(|(_, candidate)| candidate)
    }

    /// The present role. A role conflict may have changed it.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Sets the role. Call it before the remote credentials are set. The offerer is controlling, except that a lite
    /// agent never controls a full one (RFC 8445 §6.1.1).
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn set_role(&mut self, now: Instant, role: Role) -> Result<(), Closed> {
        self.check_open()?;
        if self.role != role {
            self.take_role(role);
            self.advance(now);
        }
        Ok(())
    }

    /// How far the agent is.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Where to send data. `None` until a pair works, and after the pair in use was lost.
    ///
    /// Before a pair is nominated, this is the best one that works so far (RFC 8445 §12.1 allows to use any).
    pub fn selected_path(&self) -> Option<Path> {
        self.selection.as_ref().map(|selection| selection.pair.path)
    }

    /// The pair behind [`selected_path`](Self::selected_path).
    pub fn selected_pair(&self) -> Option<&SelectedPair> {
        self.selection.as_ref().map(|selection| &selection.pair)
    }

    /// Whether a pair with this path has worked in this session. The other side may send data on any such pair,
    /// selected or not.
    pub fn is_valid_path(&self, path: Path) -> bool {
        self.checklist
            .iter()
            .any(|pair| pair.path == path && pair.valid.is_some())
    }

    /// What was counted.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Adds the host candidate of a UDP socket of this side, and returns it, to be signalled.
    ///
    /// Sockets added earlier are preferred (RFC 8445 §5.1.2.1). Adding one again changes nothing.
    /// Give the IPv4 addresses of a dual-stack socket in IPv4 form (not IPv4-mapped), here and in every datagram.
    ///
    /// # Errors
    /// [`AddCandidateError`] if the address cannot be used, [`Limits`](crate::Limits) allows no more sockets, or the
    /// agent is closed.
    pub fn add_local_candidate(
        &mut self,
        now: Instant,
        address: SocketAddr,
    ) -> Result<Candidate, AddCandidateError> {
        self.check_open()?;
        let index = self.candidates.add_host(address, &self.config.limits)?;
        let remotes = self.candidates.remotes().count();
        for remote in 0..remotes {
            self.pair_up(now, (index, remote));
        }
        self.advance(now);
        let local = self
            .candidates
            .local(index)
            .ok_or(AddCandidateError::Address(address))?;
        Ok(local.candidate)
    }

    /// Adds a candidate that the other side has signalled.
    ///
    /// It may come before or after the credentials. Adding one again changes nothing. A candidate belongs to the
    /// current session: [`restart`](Self::restart) forgets those of the session before.
    ///
    /// # Errors
    /// [`AddCandidateError`] if it cannot be used. Then it is counted as ignored, and nothing else happens.
    pub fn add_remote_candidate(
        &mut self,
        now: Instant,
        candidate: Candidate,
    ) -> Result<(), AddCandidateError> {
        self.check_open()?;
        let evictable = self.evictable_remote(now);
        let limits = &self.config.limits;
        match self.candidates.add_remote(candidate, limits, evictable) {
            Ok(Added::New(remote)) => {
                self.forget_evicted(remote, evictable);
                let hosts: Vec<usize> = self.candidates.hosts().map(|(index, _)| index).collect();
                for local in hosts {
                    self.pair_up(now, (local, remote));
                }
            }
            Ok(Added::Updated(_)) => self.checklist.prioritise(&self.candidates, self.role),
            Ok(Added::Known) => {}
            Err(error) => {
                tracing::debug!(%error, "remote candidate ignored");
                self.ignore_remote_candidate();
                return Err(error);
            }
        }
        self.search.last_news = Some(now);
        self.advance(now);
        Ok(())
    }

    /// Counts a remote candidate that [`Candidate`] cannot express, such as one with an mDNS name.
    pub const fn ignore_remote_candidate(&mut self) {
        count(&mut self.stats.remote_candidates_ignored);
    }

    /// The other side will signal no more candidates in this session (RFC 8838 §14).
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn end_of_remote_candidates(&mut self, now: Instant) -> Result<(), Closed> {
        self.check_open()?;
        self.search.remote_complete = true;
        self.advance(now);
        Ok(())
    }

    /// Closes the agent. It sends nothing more, not even datagrams that were waiting to be polled.
    pub fn close(&mut self, now: Instant) {
        let _ = now;
        if self.state == State::Closed {
            return;
        }
        tracing::debug!("closed");
        self.state = State::Closed;
        self.selection = None;
        self.checklist.clear();
        self.search = Search::new(now);
        self.interrupted = None;
        self.outgoing.clear();
        self.deadline = None;
        self.events.clear();
        self.events.push_back(Event::StateChanged(State::Closed));
        self.events.push_back(Event::Closed);
    }

    const fn check_open(&self) -> Result<(), Closed> {
        match self.state {
            State::Closed => Err(Closed),
            State::New
            | State::Checking
            | State::Connected
            | State::Completed
            | State::Disconnected
            | State::Failed => Ok(()),
        }
    }

    /// Pairs two candidates, unless the search is over.
    fn pair_up(&mut self, now: Instant, ends: (usize, usize)) {
        if !self.is_concluded() && !self.search.failed {
            self.add_pair(now, ends);
        }
    }

    /// Puts a pair on the checklist; `None` if the two cannot be paired or the checklist has no place for it.
    fn add_pair(&mut self, now: Instant, ends: (usize, usize)) -> Option<PairId> {
        let (limit, in_use) = (self.config.limits.pairs, self.in_use(now));
        let (id, discarded) =
            self.checklist
                .add(&self.candidates, ends, self.role, (limit, in_use));
        if discarded {
            count(&mut self.stats.pairs_discarded);
        }
        id
    }

    /// Changes the role, and the priorities of the pairs, which depend on it (RFC 8445 §7.2.5.1, §7.3.1.1).
    fn take_role(&mut self, role: Role) {
        tracing::debug!(?role, "role taken");
        self.role = role;
        self.search.nomination = None;
        self.checklist.prioritise(&self.candidates, role);
    }

    /// Does everything that is due, and computes the next deadline.
    fn advance(&mut self, now: Instant) {
        if self.state == State::Closed {
            return;
        }
        self.handle_check_timers(now);
        self.handle_consent_timers(now);
        self.nominate(now);
        self.send_checks(now);
        self.detect_failure(now);
        self.update_state(now);
        self.deadline = earliest([
            self.checks_deadline(),
            self.pacing_deadline(now),
            self.consent_deadline(now),
            self.nomination_deadline(now),
            self.failure_deadline(),
        ]);
    }

    fn update_state(&mut self, now: Instant) {
        let state = self.current_state(now);
        if state != self.state {
            tracing::debug!(from = %self.state, to = %state, "state changed");
            self.state = state;
            self.push_event(Event::StateChanged(state));
        }
    }

    fn current_state(&self, now: Instant) -> State {
        if self.search.failed {
            return State::Failed;
        }
        match &self.selection {
            Some(selection) if selection.is_current() => {
                if selection.is_silent(now, &self.config) {
                    State::Disconnected
                } else if selection.nominated {
                    State::Completed
                } else {
                    State::Connected
                }
            }
            Some(_) => State::Checking,
            None if self.sessions.current.remote.is_some() => State::Checking,
            None if self.sessions.previous.is_some() => State::Checking,
            None => State::New,
        }
    }
}

impl Endpoint for Agent {
    type Input<'a> = Datagram<'a>;
    type Transmit = Transmit;
    type Event = Event;

    fn handle_input(&mut self, now: Instant, input: Datagram<'_>) {
        if self.state == State::Closed {
            count(&mut self.stats.drops.closed);
            return;
        }
        self.handle_datagram(now, input.path, input.payload);
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.advance(now);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.handle_timeout(now);
        while let Some(outgoing) = self.outgoing.pop_front() {
            if let Some(path) = self.write(&outgoing, out) {
                return Some(Transmit::datagram(path));
            }
        }
        None
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.deadline
    }
}
