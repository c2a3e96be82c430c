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
    negotiation::Listening,
    shared::Shared,
    v12::{self, Established},
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
        shared: &mut Shared,
        now: Instant,
        message: &Message,
    ) -> Result<Self, CloseReason> {
        match self {
            Self::Idle => Err(CloseReason::UnexpectedMessage),
            Self::Listening(state) => state.handle(shared, now, message),
            Self::Client(state) => state.handle(shared, now, message),
            Self::Server(state) => state.handle(shared, now, message),
            // Not asked: messages after the handshake are no part of one.
            Self::Connected(_) | Self::Closed(_) => Ok(self),
        }
    }

    /// Whether a message whose number has been used before is none of those handled.
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
    pub(crate) fn resume(self, shared: &mut Shared, now: Instant) -> Result<Self, CloseReason> {
        match self {
            Self::Client(state) => state.resume(shared, now),
            Self::Server(state) => state.resume(shared, now),
            Self::Idle | Self::Listening(_) | Self::Connected(_) | Self::Closed(_) => Ok(self),
        }
    }
}
