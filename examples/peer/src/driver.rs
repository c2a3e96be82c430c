//! The loop that moves datagrams, deadlines and commands between one socket and many peers.
//!
//! Everything with state lives in one task, so there is nothing to lock: the HTTP server and the
//! command line talk to it through [`Handle`].

use std::{
    collections::{BTreeSet, HashMap},
    io,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    sync::Arc,
};

use anyhow::Context as _;
use slab::Slab;
use strata_core::{Endpoint as _, Instant, Transmit};
use strata_crypto::{Certificate, SystemEntropy};
use strata_peer::{Config, Demux, DemuxLimits, Description, Direction, Event, Peer, Transceiver};
use tokio::sync::{mpsc, oneshot};

use crate::{clock::Clock, session::Application, socket::Socket};

/// What a new session needs to know.
pub(crate) enum Opening {
    /// The other side's offer, which we answer.
    Answer {
        /// The offer.
        offer: String,
    },
    /// We offer; `prepare` adds what the offer shall contain.
    Offer {
        /// Adds transceivers and channels before the offer is made.
        prepare: fn(Instant, &mut Peer) -> anyhow::Result<()>,
    },
}

/// A session that has been opened.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The session's name: unguessable, so that knowing it is the right to end it.
    pub(crate) id: String,
    /// Our answer, or our offer, complete with candidates.
    pub(crate) sdp: String,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The description is one we cannot use; the sentence says what and where.
    #[error("{0}")]
    BadDescription(String),
    /// There is no such session.
    #[error("there is no session of this name; it may have ended")]
    UnknownSession,
    /// The limit of concurrent sessions is reached.
    #[error("all {0} sessions are in use; try again later")]
    TooManySessions(usize),
    /// The driver is gone.
    #[error("shutting down")]
    ShuttingDown,
}

/// Makes the program of a session, at the time it is opened.
type MakeApplication = Box<dyn FnOnce(Instant) -> Box<dyn Application> + Send>;

type Reply<T> = oneshot::Sender<Result<T, CommandError>>;

enum Command {
    Open {
        opening: Opening,
        application: MakeApplication,
        reply: Reply<Opened>,
    },
    Answer {
        id: String,
        answer: String,
        reply: Reply<()>,
    },
    Candidates {
        id: String,
        lines: Vec<String>,
        reply: Reply<()>,
    },
    Close {
        id: String,
        reply: Reply<()>,
    },
    Shutdown {
        done: oneshot::Sender<()>,
    },
}

/// Talks to the driver's task.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    commands: mpsc::Sender<Command>,
}

impl Handle {
    /// Opens a session.
    pub(crate) async fn open(
        &self,
        opening: Opening,
        application: impl FnOnce(Instant) -> Box<dyn Application> + Send + 'static,
    ) -> Result<Opened, CommandError> {
        let application = Box::new(application);
        self.ask(|reply| Command::Open {
            opening,
            application,
            reply,
        })
        .await
    }

    /// Hands a session the answer to our offer.
    pub(crate) async fn answer(&self, id: String, answer: String) -> Result<(), CommandError> {
        self.ask(|reply| Command::Answer { id, answer, reply })
            .await
    }

    /// Hands a session candidates that were trickled.
    pub(crate) async fn candidates(
        &self,
        id: String,
        lines: Vec<String>,
    ) -> Result<(), CommandError> {
        self.ask(|reply| Command::Candidates { id, lines, reply })
            .await
    }

    /// Ends a session.
    pub(crate) async fn close(&self, id: String) -> Result<(), CommandError> {
        self.ask(|reply| Command::Close { id, reply }).await
    }

    /// Closes every session, and the driver when they are gone.
    pub(crate) async fn shutdown(&self) {
        let (done, finished) = oneshot::channel();
        if self.commands.send(Command::Shutdown { done }).await.is_ok() {
            let _ = finished.await;
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(command(reply))
            .await
            .map_err(|_| CommandError::ShuttingDown)?;
        answer.await.map_err(|_| CommandError::ShuttingDown)?
    }
}

/// How the driver is set up.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where the socket binds.
    pub(crate) bind: SocketAddr,
    /// The addresses we offer as candidates.
    pub(crate) candidates: Vec<IpAddr>,
    /// How many sessions may be open at once.
    pub(crate) max_sessions: usize,
    /// Whether channels exist that nobody has told us of.
    pub(crate) implicit_channels: bool,
}

/// Binds the socket and starts the driver's task.
///
/// # Errors
/// If the socket cannot be bound, or no certificate can be made.
pub(crate) async fn start(settings: Settings) -> anyhow::Result<Handle> {
    let socket = Socket::bind(settings.bind)
        .await
        .with_context(|| format!("cannot bind UDP {}", settings.bind))?;
    let port = socket.local().port();
    let certificate = Certificate::generate().context("cannot make a certificate")?;
    let (commands, inbox) = mpsc::channel(COMMAND_QUEUE);
    let driver = Driver {
        clock: Clock::start(),
        certificate: Arc::new(certificate),
        candidates: settings
            .candidates
            .iter()
            .map(|ip| SocketAddr::new(*ip, port))
            .collect(),
        max_sessions: settings.max_sessions,
        implicit_channels: settings.implicit_channels,
        sessions: Slab::new(),
        names: HashMap::new(),
        demux: Demux::new(DemuxLimits::default()),
        deadlines: BTreeSet::new(),
        ready: Vec::new(),
        outgoing: Outgoing {
            buffer: Vec::new(),
            blocked: None,
        },
        socket,
        shutdown: None,
    };
    tokio::spawn(driver.run(inbox));
    Ok(Handle { commands })
}

struct Session {
    id: String,
    peer: Peer,
    application: Box<dyn Application>,
    /// The deadline under which the session stands in `Driver::deadlines`.
    deadline: Option<Instant>,
    /// Whether the session stands in `Driver::ready`.
    ready: bool,
    closed: bool,
}

/// What is on its way out of the socket.
struct Outgoing {
    buffer: Vec<u8>,
    /// The transmit in `buffer` that the socket had no room for.
    blocked: Option<Transmit>,
}

struct Driver {
    clock: Clock,
    socket: Socket,
    certificate: Arc<Certificate>,
    candidates: Vec<SocketAddr>,
    max_sessions: usize,
    implicit_channels: bool,
    sessions: Slab<Session>,
    names: HashMap<String, usize>,
    demux: Demux<usize>,
    deadlines: BTreeSet<(Instant, usize)>,
    /// Sessions that may have something to say.
    ready: Vec<usize>,
    outgoing: Outgoing,
    shutdown: Option<oneshot::Sender<()>>,
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        while self.shutdown.is_none() || !self.sessions.is_empty() {
            let deadline = self
                .deadlines
                .first()
                .map(|(deadline, _)| self.clock.when(*deadline));
            let blocked = self.outgoing.blocked.is_some();
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                result = self.socket.readable() => match result {
                    Ok(()) => self.receive(),
                    Err(error) => return tracing::error!(%error, "the socket failed"),
                },
                result = self.socket.writable(), if blocked => match result {
                    Ok(()) => self.unblock(),
                    Err(error) => return tracing::error!(%error, "the socket failed"),
                },
                // Whoever had to stop before it was quiet goes on, after what has arrived meanwhile. A
                // full socket says itself when there is room.
                () = tokio::task::yield_now(), if !blocked && !self.ready.is_empty() => {}
                () = sleep_until(deadline) => {}
            }
            self.fire_timers();
            self.serve_ready();
        }
        if let Some(done) = self.shutdown.take() {
            let _ = done.send(());
        }
    }

    fn obey(&mut self, command: Command) {
        let now = self.clock.now();
        // A reply that nobody waits for any more is not an error of ours.
        match command {
            Command::Open {
                opening,
                application,
                reply,
            } => {
                let _ = reply.send(self.open(now, opening, application));
            }
            Command::Answer { id, answer, reply } => {
                let _ = reply.send(self.with_peer(&id, |peer| {
                    peer.set_remote_description(now, Description::answer(answer))
                        .map_err(|error| CommandError::BadDescription(error.to_string()))
                }));
            }
            Command::Candidates { id, lines, reply } => {
                let _ = reply.send(self.with_peer(&id, |peer| {
                    lines.iter().try_for_each(|line| {
                        peer.add_remote_candidate(now, None, line).map_err(|error| {
                            CommandError::BadDescription(format!("{line:?}: {error}"))
                        })
                    })
                }));
            }
            Command::Close { id, reply } => {
                let _ = reply.send(self.with_peer(&id, |peer| {
                    peer.close(now);
                    Ok(())
                }));
            }
            Command::Shutdown { done } => {
                self.shutdown = Some(done);
                let keys: Vec<usize> = self.names.values().copied().collect();
                for key in keys {
                    if let Some(session) = self.sessions.get_mut(key) {
                        session.peer.close(now);
                    }
                    self.mark_ready(key);
                }
            }
        }
    }

    fn open(
        &mut self,
        now: Instant,
        opening: Opening,
        application: MakeApplication,
    ) -> Result<Opened, CommandError> {
        if self.shutdown.is_some() {
            return Err(CommandError::ShuttingDown);
        }
        if self.sessions.len() >= self.max_sessions {
            return Err(CommandError::TooManySessions(self.max_sessions));
        }
        let mut config = Config::new(Arc::clone(&self.certificate));
        config.max_segments = self.socket.max_segments().min(MAX_SEGMENTS);
        config.sctp.implicit_channels = self.implicit_channels;
        let mut entropy = SystemEntropy::new();
        let id = session_name(&mut entropy);
        let mut peer = Peer::new(config, strata_core::Entropy::new(entropy));
        let bad = |error: &dyn std::fmt::Display| CommandError::BadDescription(error.to_string());

        for address in &self.candidates {
            peer.add_local_candidate(now, *address)
                .map_err(|error| bad(&error))?;
        }
        let local = match opening {
            Opening::Answer { offer } => {
                peer.set_remote_description(now, Description::offer(offer))
                    .map_err(|error| bad(&error))?;
                let theirs: Vec<_> = peer.transceivers().map(Transceiver::id).collect();
                for transceiver in theirs {
                    peer.set_direction(transceiver, Direction::SendRecv);
                }
                peer.create_answer(now)
            }
            Opening::Offer { prepare } => {
                prepare(now, &mut peer).map_err(|error| bad(&error))?;
                peer.create_offer(now)
            }
        }
        .map_err(|error| bad(&error))?;
        peer.end_of_local_candidates(now);
        peer.set_local_description(now, local)
            .map_err(|error| bad(&error))?;
        let sdp = peer.local_description().unwrap_or_default();

        let credentials = peer.local_credentials().clone();
        let session = Session {
            id: id.clone(),
            peer,
            application: application(now),
            deadline: None,
            ready: false,
            closed: false,
        };
        let key = self.sessions.insert(session);
        if let Err(error) = self.demux.insert(&credentials, key) {
            self.sessions.remove(key);
            return Err(CommandError::TooManySessions(error.limit));
        }
        self.names.insert(id.clone(), key);
        self.mark_ready(key);
        tracing::info!(session = key, "opened");
        Ok(Opened { id, sdp })
    }

    fn with_peer<T>(
        &mut self,
        id: &str,
        act: impl FnOnce(&mut Peer) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let key = *self.names.get(id).ok_or(CommandError::UnknownSession)?;
        let session = self
            .sessions
            .get_mut(key)
            .ok_or(CommandError::UnknownSession)?;
        let result = act(&mut session.peer);
        self.mark_ready(key);
        result
    }

    /// Takes in what has arrived, up to a limit, so that sending gets its turn.
    fn receive(&mut self) {
        let now = self.clock.now();
        let Self {
            socket,
            demux,
            sessions,
            ready,
            ..
        } = self;
        for _ in 0..RECEIVE_BATCHES {
            let result = socket.receive(|datagram| {
                let Some(key) = demux.route(datagram.path, datagram.payload) else {
                    tracing::trace!(path = ?datagram.path, "no session wants this datagram");
                    return;
                };
                if let Some(session) = sessions.get_mut(key) {
                    session.peer.handle_input(now, datagram);
                    if !session.ready {
                        session.ready = true;
                        ready.push(key);
                    }
                }
            });
            match result {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP answer to something we sent: ICE finds out by itself.
                Err(error) => tracing::debug!(%error, "receive"),
            }
        }
    }

    fn fire_timers(&mut self) {
        let now = self.clock.now();
        while let Some(&(deadline, key)) = self.deadlines.first() {
            if deadline > now {
                break;
            }
            self.deadlines.pop_first();
            if let Some(session) = self.sessions.get_mut(key) {
                session.deadline = None;
                session.peer.handle_timeout(now);
                session.application.handle_timeout(now, &mut session.peer);
            }
            self.mark_ready(key);
        }
    }

    /// Lets every session that may have something to say, say it.
    fn serve_ready(&mut self) {
        let now = self.clock.now();
        let mut round = std::mem::take(&mut self.ready);
        for key in round.drain(..) {
            let Some(session) = self.sessions.get_mut(key) else {
                continue;
            };
            session.ready = false;
            let more = Self::drain(
                now,
                session,
                &self.socket,
                &mut self.demux,
                &mut self.outgoing,
            );
            if session.closed {
                self.remove(key);
                continue;
            }
            let deadline = strata_core::earliest([
                session.peer.poll_timeout(),
                session.application.poll_timeout(),
            ]);
            if deadline != session.deadline {
                if let Some(old) = session.deadline {
                    self.deadlines.remove(&(old, key));
                }
                if let Some(new) = deadline {
                    self.deadlines.insert((new, key));
                }
                session.deadline = deadline;
            }
            if more {
                self.mark_ready(key);
            }
        }
        // Keep the allocation, and whatever was marked meanwhile.
        round.append(&mut self.ready);
        self.ready = round;
    }

    /// Sends and reacts until the session is quiet. Says whether it had to stop before.
    fn drain(
        now: Instant,
        session: &mut Session,
        socket: &Socket,
        demux: &mut Demux<usize>,
        outgoing: &mut Outgoing,
    ) -> bool {
        for _ in 0..TRANSMITS_PER_TURN {
            if outgoing.blocked.is_some() {
                return true;
            }
            outgoing.buffer.clear();
            if let Some(transmit) = session.peer.poll_transmit(now, &mut outgoing.buffer) {
                if outgoing.buffer.first().is_some_and(|first| *first < 4) {
                    demux.note_check_sent(transmit.path, session.peer.local_credentials());
                }
                outgoing.send(socket, transmit);
            } else if let Some(event) = session.peer.poll_event() {
                session.closed |= matches!(event, Event::Closed { .. });
                session
                    .application
                    .handle_event(now, &mut session.peer, event);
            } else {
                return false;
            }
        }
        true
    }

    fn unblock(&mut self) {
        if let Some(transmit) = self.outgoing.blocked.take() {
            self.outgoing.send(&self.socket, transmit);
        }
    }

    fn mark_ready(&mut self, key: usize) {
        if let Some(session) = self.sessions.get_mut(key)
            && !session.ready
        {
            session.ready = true;
            self.ready.push(key);
        }
    }

    fn remove(&mut self, key: usize) {
        let session = self.sessions.remove(key);
        if let Some(deadline) = session.deadline {
            self.deadlines.remove(&(deadline, key));
        }
        self.names.remove(&session.id);
        self.demux.remove(key);
        tracing::info!(session = key, stats = ?session.peer.stats(), "ended");
    }
}

impl Outgoing {
    fn send(&mut self, socket: &Socket, transmit: Transmit) {
        match socket.send(&transmit, &self.buffer) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.blocked = Some(transmit);
            }
            // To the protocols above this is a lost datagram.
            Err(error) => tracing::debug!(%error, path = ?transmit.path, "send"),
        }
    }
}

async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// 128 random bits in hexadecimal.
fn session_name(entropy: &mut SystemEntropy) -> String {
    use strata_core::EntropySource as _;

    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// Commands waiting for the driver; HTTP requests beyond that wait in turn.
const COMMAND_QUEUE: usize = 64;

/// Batches received before sending gets its turn.
const RECEIVE_BATCHES: usize = 8;

/// What one session may send and react to before the next one gets its turn.
const TRANSMITS_PER_TURN: usize = 256;

/// Datagrams sent with one system call; at 1200 bytes each, 48 fill the 64 KiB a send can carry.
const MAX_SEGMENTS: NonZeroUsize = NonZeroUsize::new(48).unwrap();
