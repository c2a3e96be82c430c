//! Where a connection is.
//!
//! ```text
//!         client                          server
//!          Idle                          Listening
//!           | start                          | ClientHello (and cookie)
//!      v12::Client                      v12::Server
//!           | Finished, fingerprint          | Finished, fingerprint
//!           +-----------> Connected <--------+
//!                             |
//!   any of them ---------> Closed
//! ```

use strata_core::Instant;

use crate::{
    CloseReason,
    context::Context,
    listening::{Heard, Listening},
    v12::{self, Established, Progress},
    wire::handshake::{Fragment, Message},
};

/// The state of a connection; each owns what only it needs.
#[derive(Debug)]
pub(crate) enum State {
    /// A client that has not been started.
    Idle,
    /// A server without a `ClientHello`.
    Listening(Listening),
    /// A client's handshake.
    Client(Box<v12::client::State>),
    /// A server's handshake.
    Server(Box<v12::server::State>),
    /// The handshake is done.
    Connected(Established),
    /// It is over.
    Closed(CloseReason),
}

impl State {
    /// Takes the next handshake message.
    pub(crate) fn handle(
        self,
        context: &mut Context,
        now: Instant,
        message: &Message,
    ) -> Result<Self, CloseReason> {
        match self {
            Self::Idle => Err(CloseReason::UnexpectedMessage),
            Self::Listening(state) => state.handle(context, now, message).map(Self::from),
            Self::Client(state) => state.handle(context, now, message).map(Self::from),
            Self::Server(state) => state.handle(context, now, message).map(Self::from),
            // Nobody calls this here: what comes after the handshake is no message of it.
            Self::Connected(_) | Self::Closed(_) => Ok(self),
        }
    }

    /// Whether a message is a new one, though one with the same number was handled before.
    pub(crate) fn is_news(&self, fragment: &Fragment<'_>) -> bool {
        match self {
            Self::Client(state) => state.is_asked_again(fragment),
            Self::Idle
            | Self::Listening(_)
            | Self::Server(_)
            | Self::Connected(_)
            | Self::Closed(_) => false,
        }
    }

    /// Whether nothing but the peer's fingerprint is waited for.
    pub(crate) fn lacks_fingerprint(&self) -> bool {
        match self {
            Self::Client(state) => matches!(**state, v12::client::State::Fingerprint(_)),
            Self::Server(state) => matches!(**state, v12::server::State::Fingerprint(_)),
            Self::Idle | Self::Listening(_) | Self::Connected(_) | Self::Closed(_) => false,
        }
    }

    /// Goes on if it was the peer's fingerprint that was waited for, and it is there now.
    pub(crate) fn resume(self, context: &mut Context, now: Instant) -> Result<Self, CloseReason> {
        match self {
            Self::Client(state) => state.resume(context, now).map(Self::from),
            Self::Server(state) => state.resume(context, now).map(Self::from),
            Self::Idle | Self::Listening(_) | Self::Connected(_) | Self::Closed(_) => Ok(self),
        }
    }
}

impl From<Heard> for State {
    fn from(heard: Heard) -> Self {
        match heard {
            Heard::AskedForCookie(state) => Self::Listening(state),
            Heard::Begun(state) => Self::Server(Box::new(state)),
        }
    }
}

impl From<v12::client::State> for State {
    fn from(state: v12::client::State) -> Self {
        Self::Client(Box::new(state))
    }
}

impl From<v12::server::State> for State {
    fn from(state: v12::server::State) -> Self {
        Self::Server(Box::new(state))
    }
}

impl<S: Into<Self>> From<Progress<S>> for State {
    fn from(progress: Progress<S>) -> Self {
        match progress {
            Progress::Waiting(state) => state.into(),
            Progress::Done(established) => Self::Connected(established),
        }
    }
}
