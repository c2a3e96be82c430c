//! The agent: what it holds, its API, and the order in which it does things.

mod checks;
mod consent;
mod diagnosis;
mod eviction;
mod failure;
mod interfaces;
mod nomination;
mod output;
mod requests;
mod responses;
mod restart;
mod selection;

use std::collections::{BTreeMap, VecDeque};

use strata_core::{Datagram, Endpoint, Entropy, Instant, Path, Transmit, earliest, tracing};
use strata_stun::TransactionId;

use self::{
    checks::Check,
    diagnosis::Troubles,
    nomination::Nominations,
    output::Outgoing,
    requests::EarlyChecks,
    restart::{Interrupted, PreviousPair},
    selection::{Choice, Selection},
};
use crate::{
    AddCandidateError, Candidate, Closed, Config, Credentials, Event, IceOptions, RestartReason,
    Role, SelectedPair, State, Stats,
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
    /// The pair of the session before the restart, for as long as it is in use, and a little longer.
    previous: Option<Box<PreviousPair>>,
    selection: Option<Selection>,
    outgoing: VecDeque<Outgoing>,
    /// How many of these are answers.
    answers_waiting: usize,
    events: VecDeque<Event>,
    deadline: Option<Instant>,
    /// The selected pair is silent, and nothing has taken its place.
    lost_touch: bool,
    /// Why the owner was last told that a restart would help; `None` when that is over.
    advised: Option<RestartReason>,
    stats: Stats,
}

/// The search for a pair that works. A restart begins a new one.
#[derive(Debug)]
struct Search {
    /// Requests that may still be answered.
    checks: BTreeMap<TransactionId, Check>,
    /// When the next ordinary check may be sent.
    next_check: Instant,
    /// Checks that the other side sent before its credentials were known.
    early: EarlyChecks,
    /// What was nominated, and what is about to be.
    nominations: Nominations,
    /// What the other side has said of itself.
    remote_options: IceOptions,
    /// When what is left of the session before ends.
    previous_ends: Option<Instant>,
    /// When the first pair succeeded.
    first_success: Option<Instant>,
    /// When the other side last signalled something: its credentials or a candidate.
    last_news: Option<Instant>,
    /// When the remote credentials were set.
    started: Option<Instant>,
    /// No more remote candidates will come.
    remote_complete: bool,
    /// No pair works, or consent has expired on all.
    failed: bool,
    /// What a report tells of it. Nothing else depends on it.
    troubles: Troubles,
}

impl Search {
    fn new(now: Instant) -> Self {
        Self {
            checks: BTreeMap::new(),
            next_check: now,
            early: EarlyChecks::default(),
            nominations: Nominations::default(),
            remote_options: IceOptions::default(),
            previous_ends: None,
            first_success: None,
            last_news: None,
            started: None,
            remote_complete: false,
            failed: false,
            troubles: Troubles::default(),
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
            previous: None,
            selection: None,
            outgoing: VecDeque::new(),
            answers_waiting: 0,
            events: VecDeque::new(),
            deadline: None,
            lost_touch: false,
            advised: None,
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

    /// Whether a pair with this path works, in this session or in the one before a restart. The other side may send data
    /// on any such pair, selected or not.
    pub fn is_valid_path(&self, path: Path) -> bool {
        let path = path.canonical();
        self.is_previous_path(path)
            || self
                .checklist
                .iter()
                .any(|pair| pair.path == path && pair.valid.is_some())
    }

    /// Whether there is a pair with this path, found to work or not: both of its addresses are candidates that were
    /// signalled, or that an authentic check has come from.
    pub fn is_known_path(&self, path: Path) -> bool {
        let path = path.canonical();
        self.is_previous_path(path) || self.checklist.find(path).is_some()
    }

    fn is_previous_path(&self, path: Path) -> bool {
        let previous = self.previous.as_ref();
        previous.is_some_and(|previous| previous.selected.path == path)
    }

    /// Whether a pair is selected, and there is no reason to give it up. While this is `false`, nothing that is sent is
    /// likely to arrive.
    pub fn has_live_pair(&self) -> bool {
        self.selection.is_some() && !self.lost_touch
    }

    /// What was counted.
    pub const fn stats(&self) -> &Stats {
        &self.stats
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
        let filter = &self.config.remote_addresses;
        let added = self
            .candidates
            .add_remote(candidate, limits, filter, evictable);
        match added {
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
        count(&mut self.search.troubles.candidates_ignored);
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
        self.previous = None;
        self.checklist.clear();
        self.search = Search::new(now);
        self.interrupted = None;
        self.outgoing.clear();
        self.answers_waiting = 0;
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

    /// Pairs two candidates. A pair that comes when the search is over is checked, too.
    fn pair_up(&mut self, now: Instant, ends: (usize, usize)) {
        if self.add_pair(now, ends).is_some() {
            self.search.failed = false;
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
            self.forget_checks_of_removed_pairs();
        }
        id
    }

    /// Changes the role, and the priorities of the pairs, which depend on it (RFC 8445 §7.2.5.1, §7.3.1.1).
    fn take_role(&mut self, role: Role) {
        tracing::debug!(?role, "role taken");
        self.role = role;
        self.search.nominations.cancel();
        self.checklist.prioritise(&self.candidates, role);
    }

    /// Does everything that is due, and computes the next deadline.
    fn advance(&mut self, now: Instant) {
        if self.state == State::Closed {
            return;
        }
        self.handle_check_timers(now);
        self.handle_liveness_timers(now);
        self.end_previous_session(now);
        self.select(now);
        self.nominate(now);
        self.send_checks(now);
        self.detect_failure(now);
        self.update_state(now);
        self.deadline = earliest([
            self.checks_deadline(),
            self.pacing_deadline(now),
            self.liveness_deadline(now),
            self.nomination_deadline(now),
            self.failure_deadline(),
            self.previous_session_deadline(),
        ]);
    }

    /// Something authentic, but no STUN message, came on this path: an SRTP packet, or a DTLS record. It is a sign of
    /// life of the other side, but no consent to send to it (RFC 7675 §5.1).
    ///
    /// Where the other side sends steadily, a silence of one second makes the agent look whether the pair is still
    /// alive. Without these calls it relies on consent checks, and notices after about ten seconds.
    pub fn note_received(&mut self, now: Instant, path: Path) {
        if self.data_came(now, path.canonical()) {
            self.advance(now);
        }
    }

    /// A protocol above misses an answer, and has sent something again. So the selected pair may be dead: the agent
    /// checks it.
    pub fn note_unanswered(&mut self, now: Instant) {
        if let Some(liveness) = self.selected_liveness() {
            liveness.suspect(now);
            self.advance(now);
        }
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
            Some(selection) if selection.choice == Choice::Previous => State::Checking,
            Some(selection) => {
                if self.is_disconnected(now) {
                    State::Disconnected
                } else if selection.nominated {
                    State::Completed
                } else {
                    State::Connected
                }
            }
            // What was in use is lost, and other pairs are being checked.
            None if self.search.first_success.is_some() => State::Disconnected,
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
        // Timers act before input: what arrives after its time was over changes nothing, even if this side was asleep.
        self.handle_timeout(now);
        if self.handle_datagram(now, &input.path, input.payload) {
            self.advance(now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.advance(now);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.handle_timeout(now);
        while let Some(outgoing) = self.outgoing.pop_front() {
            if matches!(outgoing, Outgoing::Response(_)) {
                self.answers_waiting = self.answers_waiting.saturating_sub(1);
            }
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
