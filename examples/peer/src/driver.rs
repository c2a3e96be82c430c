//! The loop that moves datagrams, deadlines and commands between one socket and many peers.
//!
//! Everything with state lives in one task, so there is nothing to lock: the HTTP server and the
//! command line talk to it through [`Handle`].

mod handle;
mod open;
mod outgoing;
mod sessions;
mod trickle;

use std::{io, net::SocketAddr, num::NonZeroUsize, sync::Arc, time::Duration};

use anyhow::Context as _;
use strata_peer::{Certificate, Clock, Codecs, Entropy, Instant, Keeps};
use tokio::{
    sync::{mpsc, oneshot},
    time::MissedTickBehavior,
};

pub(crate) use self::handle::{CommandError, Handle, Opened, Opening, Precondition, Trickled};
use self::{handle::Command, outgoing::Outgoing, sessions::Sessions};
use crate::{addresses::Addresses, socket::Socket};

/// How the driver is set up.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where the socket binds, and what we offer as candidates.
    pub(crate) addresses: Addresses,
    /// The port the socket binds to; 0 lets the system choose.
    pub(crate) udp_port: u16,
    /// How many sessions may be open at once.
    pub(crate) max_sessions: usize,
    /// How long a session is kept whose ICE has failed, so that a restart finds it.
    pub(crate) keep_failed: Duration,
    /// Whether channels exist that nobody has told us of.
    pub(crate) implicit_channels: bool,
    /// The codecs that are offered and accepted.
    pub(crate) codecs: Codecs,
    /// What the application of each session keeps of what descriptions can promise.
    pub(crate) keeps: Keeps,
}

/// Binds the socket and starts the driver's task.
///
/// # Errors
/// If the socket cannot be bound, or no certificate can be made.
pub(crate) async fn start(settings: Settings) -> anyhow::Result<Handle> {
    let bind = SocketAddr::new(settings.addresses.bind(), settings.udp_port);
    let socket = Socket::bind(bind, settings.addresses)
        .await
        .with_context(|| format!("cannot bind UDP {bind}"))?;
    let certificate = Certificate::generate().context("cannot make a certificate")?;
    let (handle, inbox) = Handle::new();
    let driver = Driver {
        clock: Clock::start(),
        certificate: Arc::new(certificate),
        max_sessions: settings.max_sessions,
        keep_failed: settings.keep_failed,
        implicit_channels: settings.implicit_channels,
        codecs: Arc::new(settings.codecs),
        keeps: settings.keeps,
        sessions: Sessions::new(&mut Entropy::system()),
        outgoing: Outgoing::default(),
        socket,
        shutdown: None,
    };
    tokio::spawn(driver.run(inbox));
    Ok(handle)
}

struct Driver {
    clock: Clock,
    socket: Socket,
    certificate: Arc<Certificate>,
    max_sessions: usize,
    keep_failed: Duration,
    implicit_channels: bool,
    codecs: Arc<Codecs>,
    keeps: Keeps,
    sessions: Sessions,
    outgoing: Outgoing,
    shutdown: Option<oneshot::Sender<()>>,
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let mut watch = tokio::time::interval(WATCH);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.shutdown.is_none() || !self.sessions.is_empty() {
            let (now, deadline) = (self.clock.now(), self.sessions.deadline());
            let wait = deadline.map(|deadline| deadline.duration_since(now));
            // While the socket takes nothing, timers have nothing to say; what was due then is late.
            let blocked = self.outgoing.is_blocked();
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
                    Ok(()) => self.outgoing.unblock(&self.socket),
                    Err(error) => return tracing::error!(%error, "the socket failed"),
                },
                // Whoever had to stop before it was quiet goes on, after what has arrived meanwhile.
                () = tokio::task::yield_now(), if !blocked && self.sessions.is_any_ready() => {}
                () = sleep(wait), if !blocked => {}
                _ = watch.tick(), if !self.sessions.is_empty() => self.look_around(),
            }
            let now = self.clock.now();
            if !self.outgoing.is_blocked() {
                self.sessions.fire_timers(now);
                self.sessions
                    .serve_ready(now, &self.socket, &mut self.outgoing);
            }
        }
        tracing::info!(foreign = self.socket.foreign(), "no session is left");
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
                if let Err(Ok(unwanted)) = reply.send(self.open(now, opening, application)) {
                    // Whoever asked is gone and has never learned the name.
                    let _ = self.close(now, &unwanted.id);
                }
            }
            Command::Answer { id, answer, reply } => {
                let _ = reply.send(
                    self.sessions
                        .with(&id, |session| session.answer(now, answer)),
                );
            }
            Command::Trickle {
                id,
                precondition,
                fragment,
                reply,
            } => {
                let _ = reply.send(self.sessions.with(&id, |session| {
                    session.trickle(now, &precondition, &fragment)
                }));
            }
            Command::Restart { id, reply } => {
                let _ = reply.send(
                    self.sessions
                        .with(&id, |session| session.begin_restart(now)),
                );
            }
            Command::Restarted {
                id,
                fragment,
                reply,
            } => {
                let _ = reply.send(
                    self.sessions
                        .with(&id, |session| session.end_restart(now, fragment.as_ref())),
                );
            }
            Command::Close { id, reply } => {
                let _ = reply.send(self.close(now, &id));
            }
            Command::Shutdown { done } => {
                self.shutdown = Some(done);
                self.sessions.close_all(now);
            }
        }
    }

    fn close(&mut self, now: Instant, id: &str) -> Result<(), CommandError> {
        self.sessions.with(id, |session| {
            session.hang_up(now);
            Ok(())
        })
    }

    /// The machine may have got addresses, or lost some: every session is told.
    fn look_around(&mut self) {
        let now = self.clock.now();
        let change = self.socket.watch(now);
        for ip in change.gone {
            tracing::info!(%ip, "an address is gone");
            self.sessions.remove_interface(now, ip);
        }
        for ip in change.new {
            self.sessions.add_address(now, self.socket.at(ip));
        }
    }

    /// Takes in what has arrived, up to a limit, so that sending gets its turn.
    fn receive(&mut self) {
        let now = self.clock.now();
        for _ in 0..RECEIVE_BATCHES {
            let sessions = &mut self.sessions;
            match self
                .socket
                .receive(now, |datagram| sessions.deliver(now, datagram))
            {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP answer to something we sent: ICE finds out by itself.
                Err(error) => tracing::debug!(%error, "receive"),
            }
        }
    }
}

/// Sleeps so long; for ever, if there is no deadline.
async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// Batches received before sending gets its turn.
const RECEIVE_BATCHES: usize = 8;

/// Datagrams sent with one system call; at 1200 bytes each, 48 fill the 64 KiB a send can carry.
const MAX_SEGMENTS: NonZeroUsize = NonZeroUsize::new(48).unwrap();

/// How often the machine's addresses are looked at, which takes some tens of microseconds, while sessions are open.
const WATCH: Duration = Duration::from_millis(500);

/// How long closing all sessions may take.
const FAREWELL: Duration = Duration::from_secs(2);
