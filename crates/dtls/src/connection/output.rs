//! What is sent: flights, alerts; and the timers.

use strata_core::{Instant, tracing};

use super::Connection;
use crate::{CloseReason, Config, flight::Expiry, stats::count, wire::record::ContentType};

impl Connection {
    /// Lets the timers act: that of the whole handshake, that of the flight.
    pub(super) fn on_timeout(&mut self, now: Instant) {
        if self.context.suspended.is_some() {
            return;
        }
        if self
            .context
            .deadline
            .is_some_and(|deadline| deadline <= now)
        {
            self.finish(if self.state.lacks_fingerprint() {
                CloseReason::NoFingerprint
            } else {
                CloseReason::Timeout
            });
            return;
        }
        match self.context.flight.expire(now) {
            Expiry::NotYet => {}
            Expiry::Again => {
                tracing::trace!("no answer: the flight goes out again");
                count(&mut self.context.stats.timeouts);
            }
            Expiry::GiveUp => self.finish(CloseReason::Timeout),
        }
    }

    /// Appends the next datagram, if there is one.
    pub(super) fn poll_datagram(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        if self.outbox.is_over() || self.context.suspended.is_some() {
            return false;
        }
        // The owner may have handled datagrams after a deadline without a call of `handle_timeout`.
        self.on_timeout(now);
        let mtu = self
            .context
            .config
            .mtu
            .clamp(Config::MIN_MTU, Config::MAX_MTU);
        let context = &mut self.context;
        match context.flight.poll(&mut context.writer, mtu, out) {
            Ok(0) => self.poll_alert(out),
            Ok(records) => {
                let sent = &mut context.stats.records_sent;
                *sent = sent.saturating_add(records);
                true
            }
            Err(error) => {
                self.finish(error.into());
                self.poll_alert(out)
            }
        }
    }

    fn poll_alert(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(alert) = self.outbox.alert.take() else {
            return false;
        };
        let mut body = Vec::with_capacity(2);
        alert.write(&mut body);
        let sent = self
            .context
            .writer
            .write_current(ContentType::Alert, out, &body)
            .is_ok();
        if sent {
            count(&mut self.context.stats.records_sent);
        }
        sent
    }
}
