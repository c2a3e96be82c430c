//! Engines of both types, and what they say.

use std::fmt;

use strata_core::{Datagram, Instant};

use super::Culprit;
use crate::{Host, Outgoing};

/// Something an engine put out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) step: u32,
    pub(super) engine: Culprit,
    pub(super) said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Transmit(Outgoing, Vec<u8>),
    Event(String),
    Deadline(Option<Instant>),
}

/// A [`Host`] whose events are text already.
pub(super) trait Subject {
    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>);
    fn wake(&mut self, now: Instant);
    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing>;
    fn next_event(&mut self) -> Option<String>;
    fn deadline(&self) -> Option<Instant>;
}

impl<H: Host> Subject for H {
    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>) {
        Host::deliver(self, now, datagram);
    }

    fn wake(&mut self, now: Instant) {
        Host::wake(self, now);
    }

    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing> {
        Host::next_transmit(self, now, out)
    }

    fn next_event(&mut self) -> Option<String> {
        Host::next_event(self).map(|event| format!("{event:?}"))
    }

    fn deadline(&self) -> Option<Instant> {
        Host::deadline(self)
    }
}

impl Output {
    pub(super) fn describe(&self) -> String {
        format!("{} in step {}: {}", self.engine, self.step, self.said)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transmit(outgoing, bytes) => {
                write!(f, "{} bytes ", bytes.len())?;
                if let Some(path) = outgoing.path {
                    write!(f, "to {} ", path.remote)?;
                }
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Event(event) => write!(f, "event {event}"),
            Self::Deadline(Some(deadline)) => write!(f, "deadline {deadline:?}"),
            Self::Deadline(None) => f.write_str("no deadline"),
        }
    }
}
