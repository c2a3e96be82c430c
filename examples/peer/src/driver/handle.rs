//! How the rest of the program talks to the driver's task.

use strata_peer::{Instant, Peer, sdp::Fragment};
use tokio::sync::{mpsc, oneshot};

use crate::application::Application;

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
    /// Names this session of ICE; a restart gives another one.
    pub(crate) tag: String,
}

/// Which session of ICE a fragment is for (RFC 9725 §4.3.1).
#[derive(Debug)]
pub(crate) enum Precondition {
    /// Whichever there is.
    Any,
    /// The one that one of these tags names.
    OneOf(Vec<String>),
}

/// What a fragment has done.
#[derive(Debug)]
pub(crate) enum Trickled {
    /// Its candidates are taken.
    Added,
    /// It has restarted ICE: what the other side must know.
    Restarted {
        /// Our new credentials and candidates.
        fragment: String,
        /// Names the new session of ICE.
        tag: String,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The description is one we cannot use; the sentence says what and where.
    #[error("{0}")]
    BadDescription(String),
    /// It would be right at another time, or in another session.
    #[error("{0}")]
    Conflict(String),
    /// There is no such session.
    #[error("there is no session of this name; it may have ended")]
    UnknownSession,
    /// The fragment is for a session of ICE that is over.
    #[error("ICE was restarted meanwhile; If-Match does not name the session's present ETag")]
    Outdated,
    /// The limit of concurrent sessions is reached.
    #[error("all {0} sessions are in use; try again later")]
    TooManySessions(usize),
    /// The driver is gone.
    #[error("shutting down")]
    ShuttingDown,
}

/// Makes the program of a session, at the time it is opened.
pub(super) type MakeApplication = Box<dyn FnOnce(Instant) -> Box<dyn Application> + Send>;

type Reply<T> = oneshot::Sender<Result<T, CommandError>>;

pub(super) enum Command {
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
    Trickle {
        id: String,
        precondition: Precondition,
        fragment: Fragment,
        reply: Reply<Trickled>,
    },
    Restart {
        id: String,
        reply: Reply<String>,
    },
    Restarted {
        id: String,
        /// `None`: the other side has not answered.
        fragment: Option<Fragment>,
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
    /// A handle, and where its commands arrive.
    pub(super) fn new() -> (Self, mpsc::Receiver<Command>) {
        let (commands, inbox) = mpsc::channel(COMMAND_QUEUE);
        (Self { commands }, inbox)
    }

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

    /// Hands a session candidates that were trickled, or restarts its ICE.
    pub(crate) async fn trickle(
        &self,
        id: String,
        precondition: Precondition,
        fragment: Fragment,
    ) -> Result<Trickled, CommandError> {
        self.ask(|reply| Command::Trickle {
            id,
            precondition,
            fragment,
            reply,
        })
        .await
    }

    /// Begins a restart of a session's ICE: the fragment that asks the other side for it.
    pub(crate) async fn restart(&self, id: String) -> Result<String, CommandError> {
        self.ask(|reply| Command::Restart { id, reply }).await
    }

    /// Hands a session the answer to that, or says that there was none: then ICE goes on as before.
    pub(crate) async fn restarted(
        &self,
        id: String,
        fragment: Option<Fragment>,
    ) -> Result<(), CommandError> {
        self.ask(|reply| Command::Restarted {
            id,
            fragment,
            reply,
        })
        .await
    }

    /// Ends a session.
    pub(crate) async fn close(&self, id: String) -> Result<(), CommandError> {
        self.ask(|reply| Command::Close { id, reply }).await
    }

    /// Closes every session, and the driver when they are gone, or have not gone in time: farewells are
    /// best effort, and a socket that takes none does not keep the program alive.
    pub(crate) async fn shutdown(&self) {
        let farewell = async {
            let (done, finished) = oneshot::channel();
            if self.commands.send(Command::Shutdown { done }).await.is_ok() {
                let _ = finished.await;
            }
        };
        if tokio::time::timeout(super::FAREWELL, farewell)
            .await
            .is_err()
        {
            tracing::warn!("not every session could be told");
        }
    }

    /// Waits until the driver is gone.
    pub(crate) async fn gone(&self) {
        self.commands.closed().await;
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

/// Commands waiting for the driver; HTTP requests beyond that wait in turn.
const COMMAND_QUEUE: usize = 64;
