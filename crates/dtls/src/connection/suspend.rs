//! Times without a path, and other paths.

use strata_core::{Instant, tracing};

use super::Connection;

impl Connection {
    /// There is no path to the peer: time stands still for the handshake, until [`resume`](Self::resume).
    ///
    /// Nothing is sent, not even again, and neither [`Config::handshake_timeout`](crate::Config::handshake_timeout)
    /// nor the attempts of [`Retransmission`](crate::Retransmission) are used up, however long it takes. What arrives
    /// all the same is handled, and answered later. A connection that has shaken hands is not concerned: it has no
    /// timers. Its keys, its replay window and what it has counted do not change, and [`seal`](Self::seal) goes on.
    ///
    /// A second call, and one after the end, does nothing.
    pub fn suspend(&mut self, now: Instant) {
        if self.close_reason().is_none() && self.context.suspended.is_none() {
            tracing::debug!("suspended");
            self.context.suspended = Some(now);
        }
    }

    /// There is a path again: a flight that waits for its answer goes out once more, and the handshake has the time
    /// that it had left.
    ///
    /// Does nothing if it was not suspended.
    pub fn resume(&mut self, now: Instant) {
        let context = &mut self.context;
        let Some(since) = context.suspended.take() else {
            return;
        };
        let absence = now.duration_since(since);
        tracing::debug!(?absence, "resumed");
        context.deadline = context.deadline.map(|at| at + absence);
        context.flight.resume(now);
    }
    /// Datagrams take another path from now on: a flight that was sent more than once and not answered goes out on it at
    /// once, and is waited for as at first. The time of the handshake goes on.
    pub fn path_changed(&mut self, now: Instant) {
        if self.context.suspended.is_none() && self.context.flight.is_repeated() {
            self.context.flight.resume(now);
        }
    }
}
