//! The sessions: by key, by name, by datagram and by deadline.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use slab::Slab;
use strata_peer::{
    ConnectionState, Datagram, Demux, DemuxFull, DemuxLimits, Endpoint as _, Entropy, Event,
    Instant, Peer,
};

use super::{CommandError, outgoing::Outgoing};
use crate::{application::Application, socket::Socket};

/// One peer connection and the program on top of it.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) peer: Peer,
    pub(super) application: Box<dyn Application>,
    /// The description that the other side gave last.
    pub(super) remote: Option<String>,
    opened: Instant,
    /// Whether it has ever been connected.
    connected: bool,
    /// Since when there is no path, if ICE has given up.
    failed: Option<Instant>,
    /// The deadline under which the session stands in `Sessions::deadlines`.
    deadline: Option<Instant>,
    /// Whether the session stands in `Sessions::ready`.
    ready: bool,
    /// Whether the peer is to be closed once what the application said last is sent.
    leaving: bool,
    closed: bool,
}

impl Session {
    pub(super) fn new(
        now: Instant,
        id: String,
        peer: Peer,
        application: Box<dyn Application>,
        remote: Option<String>,
    ) -> Self {
        Self {
            id,
            peer,
            application,
            remote,
            opened: now,
            connected: false,
            failed: None,
            deadline: None,
            ready: false,
            leaving: false,
            closed: false,
        }
    }

    /// Lets the application say goodbye, and closes the peer in the session's next turn.
    pub(super) fn hang_up(&mut self, now: Instant) {
        if !self.leaving {
            self.leaving = true;
            self.application.handle_close(now, &mut self.peer);
        }
    }

    /// Sends and reacts until the session is quiet. Says whether it had to stop before.
    fn drain(
        &mut self,
        now: Instant,
        key: usize,
        socket: &Socket,
        demux: &mut Demux<usize>,
        outgoing: &mut Outgoing,
    ) -> bool {
        for _ in 0..STEPS_PER_TURN {
            if outgoing.is_blocked() {
                return true;
            }
            outgoing.buffer.clear();
            if let Some(transmit) = self.peer.poll_transmit(now, &mut outgoing.buffer) {
                let credentials = self.peer.local_credentials();
                demux.note_transmit(transmit.path, credentials, &outgoing.buffer);
                outgoing.send(socket, transmit);
            } else if core::mem::take(&mut self.leaving) {
                self.peer.close(now);
            } else if !self.application.is_ready(now, &mut self.peer) {
                return false;
            } else if let Some(event) = self.peer.poll_event() {
                self.note_event(now, key, &event, demux);
                self.application.handle_event(now, &mut self.peer, event);
            } else {
                return false;
            }
        }
        // A turn is enough for a goodbye, which goes before media and data.
        if core::mem::take(&mut self.leaving) {
            self.peer.close(now);
        }
        true
    }

    /// What an event means to the driver.
    fn note_event(&mut self, now: Instant, key: usize, event: &Event, demux: &mut Demux<usize>) {
        if let Event::SelectedPath(path) = event {
            demux.note_selected(*path, key);
        } else if let Event::ConnectionStateChanged(state) = event {
            self.connected |= *state == ConnectionState::Connected;
            self.failed = (*state == ConnectionState::Failed).then_some(now);
        } else if let Event::RestartAdvised { reason } = event {
            tracing::warn!(session = key, %reason, "only a restart of ICE helps");
        } else if matches!(event, Event::Closed { .. }) {
            self.closed = true;
        }
    }
}

/// All sessions of one socket.
pub(super) struct Sessions {
    slab: Slab<Session>,
    names: HashMap<String, usize>,
    demux: Demux<usize>,
    deadlines: BTreeSet<(Instant, usize)>,
    /// Sessions that may have something to say.
    ready: VecDeque<usize>,
}

impl Sessions {
    pub(super) fn new(entropy: &mut Entropy) -> Self {
        Self {
            slab: Slab::new(),
            names: HashMap::new(),
            demux: Demux::new(DemuxLimits::default(), entropy),
            deadlines: BTreeSet::new(),
            ready: VecDeque::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slab.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slab.is_empty()
    }

    /// Whether a session may have something to say.
    pub(super) fn is_any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The earliest deadline of all.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    pub(super) fn insert(&mut self, session: Session) -> Result<(), DemuxFull> {
        let credentials = session.peer.local_credentials().clone();
        let id = session.id.clone();
        let key = self.slab.insert(session);
        if let Err(full) = self.demux.insert(&credentials, key) {
            self.slab.remove(key);
            return Err(full);
        }
        self.names.insert(id, key);
        self.mark_ready(key);
        tracing::info!(session = key, "opened");
        Ok(())
    }

    /// Makes room for a session: the one that has lost its paths for longest goes; if there is none, the one that has
    /// been waiting longest for a connection, unless it has not had its chance yet.
    pub(super) fn make_room(&mut self, now: Instant) {
        let failed = self.slab.iter();
        let failed = failed.filter_map(|(key, session)| Some((session.failed?, key)));
        if let Some((_, key)) = failed.min() {
            self.remove(key);
            return;
        }
        let waiting = self.slab.iter().filter(|(_, session)| !session.connected);
        let oldest = waiting.min_by_key(|(_, session)| session.opened);
        if let Some((key, session)) = oldest
            && now >= session.opened + TIME_TO_CONNECT
        {
            self.remove(key);
        }
    }

    /// Does something with the session of this name.
    pub(super) fn with<T>(
        &mut self,
        id: &str,
        act: impl FnOnce(&mut Session) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let known = self.names.get(id).copied();
        let (key, session) = known
            .and_then(|key| Some((key, self.slab.get_mut(key)?)))
            .ok_or(CommandError::UnknownSession)?;
        let result = act(session);
        // They are others if ICE was restarted.
        let _ = self.demux.insert(session.peer.local_credentials(), key);
        self.mark_ready(key);
        result
    }

    pub(super) fn close_all(&mut self, now: Instant) {
        for (key, session) in &mut self.slab {
            session.hang_up(now);
            if !session.ready {
                session.ready = true;
                self.ready.push_back(key);
            }
        }
    }

    /// The machine has lost an address.
    pub(super) fn remove_interface(&mut self, now: Instant, ip: IpAddr) {
        self.each(|peer| {
            // One that is closed needs none.
            let _ = peer.remove_interface(now, ip);
        });
    }

    /// The socket can be reached at another address.
    pub(super) fn add_address(&mut self, now: Instant, address: SocketAddr) {
        self.each(|peer| {
            if let Err(error) = peer.add_local_candidate(now, address) {
                tracing::debug!(%error, %address, "not a candidate");
            }
        });
    }

    /// Does something with every peer.
    fn each(&mut self, mut act: impl FnMut(&mut Peer)) {
        for (key, session) in &mut self.slab {
            act(&mut session.peer);
            if !session.ready {
                session.ready = true;
                self.ready.push_back(key);
            }
        }
    }

    /// Hands a datagram to the session it belongs to, if any.
    pub(super) fn deliver(&mut self, now: Instant, datagram: Datagram<'_>) {
        let path = datagram.path;
        let Some(key) = self.demux.route(path, datagram.payload) else {
            tracing::trace!(?path, "no session wants this datagram");
            return;
        };
        if let Some(session) = self.slab.get_mut(key) {
            session.peer.handle_input(now, datagram);
        }
        self.mark_ready(key);
    }

    /// Lets every deadline that is not later than `now` act.
    pub(super) fn fire_timers(&mut self, now: Instant) {
        while let Some(&(deadline, key)) = self.deadlines.first()
            && deadline <= now
        {
            self.deadlines.pop_first();
            if let Some(session) = self.slab.get_mut(key) {
                session.deadline = None;
                session.peer.handle_timeout(now);
                session.application.handle_timeout(now, &mut session.peer);
            }
            self.mark_ready(key);
        }
    }

    /// Lets every session that may have something to say, say it.
    pub(super) fn serve_ready(&mut self, now: Instant, socket: &Socket, outgoing: &mut Outgoing) {
        // Each gets one turn. When the socket is full, the next one is first when it has room again.
        for _ in 0..self.ready.len() {
            if outgoing.is_blocked() {
                return;
            }
            let Some(key) = self.ready.pop_front() else {
                return;
            };
            let Some(session) = self.slab.get_mut(key) else {
                continue;
            };
            session.ready = false;
            let more = session.drain(now, key, socket, &mut self.demux, outgoing);
            if session.closed {
                self.remove(key);
                continue;
            }
            self.schedule(key);
            if more {
                self.mark_ready(key);
            }
        }
    }

    /// Notes when the session wants to be woken.
    fn schedule(&mut self, key: usize) {
        let Some(session) = self.slab.get_mut(key) else {
            return;
        };
        let deadline = strata_peer::earliest([
            session.peer.poll_timeout(),
            session.application.poll_timeout(),
        ]);
        if deadline == session.deadline {
            return;
        }
        if let Some(old) = session.deadline {
            self.deadlines.remove(&(old, key));
        }
        if let Some(new) = deadline {
            self.deadlines.insert((new, key));
        }
        session.deadline = deadline;
    }

    fn mark_ready(&mut self, key: usize) {
        if let Some(session) = self.slab.get_mut(key)
            && !session.ready
        {
            session.ready = true;
            self.ready.push_back(key);
        }
    }

    fn remove(&mut self, key: usize) {
        let session = self.slab.remove(key);
        if let Some(deadline) = session.deadline {
            self.deadlines.remove(&(deadline, key));
        }
        self.names.remove(&session.id);
        self.demux.remove(key);
        tracing::info!(session = key, stats = ?session.peer.stats(), "ended");
    }
}

/// Sends and events of one session before the next one gets its turn: some 2 ms at 8 Gbit/s, in the
/// longest runs.
const STEPS_PER_TURN: usize = 32;

/// How long a session may wait for its connection even while others wait for its place.
const TIME_TO_CONNECT: Duration = Duration::from_secs(5);
