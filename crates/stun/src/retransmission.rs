//! When a request over UDP is sent again (RFC 8489 §6.2.1).

use core::time::Duration;

use strata_core::Instant;

/// How long to wait, and how often to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// RTO: the wait before the first retransmission; it doubles with each. Default 500 ms.
    pub rto: Duration,
    /// Rc: how many times the request is sent in all. Default 7.
    pub sends: u32,
    /// Rm: after the last send the client waits `rto` times this for an answer. Default 16.
    pub last_wait: u32,
}

impl Default for Schedule {
    /// The values of RFC 8489 §6.2.1: sends at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, failure at 39.5 s.
    fn default() -> Self {
        Self {
            rto: Duration::from_millis(500),
            sends: 7,
            last_wait: 16,
        }
    }
}

impl Schedule {
    /// How long after the first send an unanswered transaction has failed.
    pub fn total(&self) -> Duration {
        let doublings = self.sends.saturating_sub(1).min(31);
        let waits = (1_u32 << doublings).saturating_sub(1);
        self.rto
            .saturating_mul(waits.saturating_add(self.last_wait))
    }
}

/// The timer of one client transaction, from its first send on.
#[derive(Debug, PartialEq, Eq)]
pub struct Retransmission {
    schedule: Schedule,
    sends: u32,
    wait: Duration,
    due: Instant,
}

/// What the timer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// Send the same bytes again.
    Resend,
    /// No answer came: the transaction has failed.
    TimedOut,
}

impl Retransmission {
    /// The request is sent for the first time at `now`.
    #[must_use]
    pub fn start(now: Instant, schedule: Schedule) -> Self {
        let mut timer = Self {
            schedule,
            sends: 0,
            wait: schedule.rto,
            due: now,
        };
        timer.sent(now);
        timer
    }

    /// When [`handle_timeout`](Self::handle_timeout) will have something to say.
    pub const fn due(&self) -> Instant {
        self.due
    }

    /// How many times the request was sent.
    pub const fn sends(&self) -> u32 {
        self.sends
    }

    /// What is to be done at `now`; `None` before it is [`due`](Self::due).
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Expiry> {
        if now < self.due {
            None
        } else if self.sends < self.schedule.sends {
            self.sent(now);
            Some(Expiry::Resend)
        } else {
            Some(Expiry::TimedOut)
        }
    }

    fn sent(&mut self, now: Instant) {
        self.sends = self.sends.saturating_add(1);
        if self.sends < self.schedule.sends {
            self.due = now + self.wait;
            self.wait = self.wait.saturating_mul(2);
        } else {
            self.due = now + self.schedule.rto.saturating_mul(self.schedule.last_wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_sent_seven_times_and_fails_after_39_5_s() {
        let mut timer = Retransmission::start(Instant::EPOCH, Schedule::default());
        let mut sends = vec![0];
        let failed = loop {
            let now = timer.due();
            let before = Instant::from_nanos(now.as_nanos() - 1);
            assert_eq!(timer.handle_timeout(before), None);
            match timer.handle_timeout(now).unwrap() {
                Expiry::Resend => sends.push((now - Instant::EPOCH).as_millis()),
                Expiry::TimedOut => break now,
            }
        };
        assert_eq!(sends, [0, 500, 1500, 3500, 7500, 15500, 31500]);
        assert_eq!(failed, Instant::from_millis(39_500));
        assert_eq!(Schedule::default().total(), Duration::from_millis(39_500));
        assert_eq!(timer.sends(), 7);
    }
}
