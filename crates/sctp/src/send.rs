//! The sending half: what waits, what is in flight, and how much may be.

mod congestion;
mod outbox;
mod outstanding;
mod rto;

pub(crate) use congestion::{Congestion, Sample};
pub(crate) use outbox::{Fragment, Outbox};
pub(crate) use outstanding::{Acknowledged, Outstanding, Suspicion};
pub(crate) use rto::{Rto, fraction};
