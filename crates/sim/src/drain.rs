//! Emptying an engine as its owner must, and noticing when it breaks a rule.

use std::any::Any;

use strata_core::Instant;

use crate::{Host, Outgoing};

/// A rule of [`Endpoint`](strata_core::Endpoint) that an engine broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// Rule 2: a drain never came to an end.
    #[error("{what} answered more than {limit} times in one drain at {now:?}")]
    EndlessDrain {
        /// The method.
        what: &'static str,
        /// How often it may answer.
        limit: usize,
        /// When.
        now: Instant,
    },
    /// Rule 2: after a drain there was still something to take.
    #[error("after a drain at {now:?} there was still {what}")]
    DrainNotFinal {
        /// What there was.
        what: String,
        /// When.
        now: Instant,
    },
    /// Rule 3: a `handle_timeout` before its time did something.
    #[error("handle_timeout at {now:?}, before the deadline {deadline:?}, {what}")]
    EarlyTimeout {
        /// What it did.
        what: String,
        /// When it was called.
        now: Instant,
        /// When it was asked for.
        deadline: Option<Instant>,
    },
    /// Rule 4: the deadline was not later than now.
    #[error("after a drain at {now:?} poll_timeout says {deadline:?}, which is not later")]
    DeadlineNotLater {
        /// When it was asked.
        now: Instant,
        /// What it said.
        deadline: Instant,
    },
    /// Rule 5: it panicked.
    #[error("panicked: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// Rule 6: it was not silent after its closing event.
    #[error("at {now:?}, after its closing event, there was {what}")]
    SpokeAfterClosing {
        /// What there was.
        what: String,
        /// When.
        now: Instant,
    },
    /// Rule 7: the engines keep more than they may.
    #[error("at {now:?} both engines hold {bytes} bytes of heap; the limit is {limit}")]
    Grew {
        /// What they hold together.
        bytes: i64,
        /// What they may hold.
        limit: i64,
        /// When.
        now: Instant,
    },
    /// Rule 7: a queue is longer than it may be.
    #[error("{what} answered more than {limit} times in the drain at {now:?} after a flood")]
    PiledUp {
        /// The method.
        what: &'static str,
        /// How often it may answer.
        limit: usize,
        /// When.
        now: Instant,
    },
    /// Rule 8: the same inputs gave other outputs.
    #[error("{what} changed the outputs; output {index} was\n  {expected}\nand became\n  {actual}")]
    OutputsDiffer {
        /// What differed between the runs although it must not matter.
        what: &'static str,
        /// Which output it is, counted from 0.
        index: usize,
        /// The first run's output.
        expected: String,
        /// The other run's output.
        actual: String,
    },
    /// `poll_transmit` did more to `out` than append the bytes it describes.
    #[error("poll_transmit at {now:?} {what}")]
    Append {
        /// What it did.
        what: &'static str,
        /// When.
        now: Instant,
    },
}

impl Violation {
    /// What a caught panic was.
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<&str>()
            .map(|message| (*message).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Self::Panicked { message }
    }
}

/// How many transmits, and how many events, one drain may give.
pub(crate) const DRAIN_LIMIT: usize = 100_000;

/// Empties `host` in the order of rule 2, and checks rule 4.
///
/// `owed` says that a deadline has come for which `handle_timeout` has not been called yet: rule 4 then
/// does not hold. `out` is room to work in. Every transmit goes to `send`, every event to `tell`.
pub(crate) fn drain<H: Host + ?Sized>(
    host: &mut H,
    now: Instant,
    owed: bool,
    out: &mut Vec<u8>,
    mut send: impl FnMut(Outgoing, &[u8]),
    mut tell: impl FnMut(H::Event),
) -> Result<(), Violation> {
    let endless = |what| Violation::EndlessDrain {
        what,
        limit: DRAIN_LIMIT,
        now,
    };
    let mut count = 0;
    out.clear();
    while let Some(outgoing) = host.next_transmit(now, out) {
        count += 1;
        if count > DRAIN_LIMIT {
            return Err(endless("poll_transmit"));
        }
        send(outgoing, out);
        out.clear();
    }
    if !out.is_empty() {
        let what = "appended bytes without describing them";
        return Err(Violation::Append { what, now });
    }
    let mut count = 0;
    while let Some(event) = host.next_event() {
        count += 1;
        if count > DRAIN_LIMIT {
            return Err(endless("poll_event"));
        }
        tell(event);
    }
    match host.deadline() {
        Some(deadline) if deadline <= now && !owed => {
            Err(Violation::DeadlineNotLater { now, deadline })
        }
        Some(_) | None => Ok(()),
    }
}
