//! Sessions: the credentials of both sides (RFC 8445 §7.2.2), and their keys.

use strata_stun::IntegrityKey;

use crate::Credentials;

/// Which of an agent's two sessions is meant: the current one, or the one before the last restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    Current,
    Previous,
}

/// The credentials of one side, and the key derived from its password.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) credentials: Credentials,
    pub(crate) key: IntegrityKey,
}

impl Side {
    fn new(credentials: Credentials) -> Self {
        let key = IntegrityKey::short_term(credentials.password());
        Self { credentials, key }
    }
}

/// The credentials of the other side, and the user name in checks that are sent to it.
#[derive(Clone, Debug)]
pub(crate) struct RemoteSide {
    pub(crate) side: Side,
    pub(crate) username: String,
}

/// The credentials of both sides. They last from one restart to the next.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) local: Side,
    pub(crate) remote: Option<RemoteSide>,
}

impl Session {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            local: Side::new(credentials),
            remote: None,
        }
    }

    pub(crate) fn set_remote(&mut self, credentials: Credentials) {
        // RFC 8445 §7.2.2: the fragment of the receiver, a colon, the fragment of the sender.
        let username = format!("{}:{}", credentials.ufrag(), self.local.credentials.ufrag());
        self.remote = Some(RemoteSide {
            side: Side::new(credentials),
            username,
        });
    }
}

/// The current session and, after a restart, the one before: its pair stays in use until a new one works.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) current: Session,
    pub(crate) previous: Option<Session>,
}

impl Sessions {
    pub(crate) fn get(&self, generation: Generation) -> Option<&Session> {
        match generation {
            Generation::Current => Some(&self.current),
            Generation::Previous => self.previous.as_ref(),
        }
    }

    /// The session whose local fragment this is.
    pub(crate) fn of_local(&self, ufrag: &str) -> Option<(Generation, &Session)> {
        [Generation::Current, Generation::Previous]
            .into_iter()
            .filter_map(|generation| Some((generation, self.get(generation)?)))
            .find(|(_, session)| session.local.credentials.ufrag() == ufrag)
    }
}
