//! What can be chosen about an agent, and what it may at most hold.

use core::time::Duration;

use strata_stun::Schedule;

use crate::Role;

/// What can be chosen about an agent.
#[derive(Clone, Debug)]
pub struct Config {
    /// The role to begin with: the offerer is controlling, unless its peer is lite (RFC 8445 §6.1.1).
    /// Default controlled.
    pub role: Role,
    /// Ta: at most one new check in this time (RFC 8445 §14.2). Values below 5 ms count as 5 ms, values
    /// above a minute as a minute. Default 50 ms.
    pub pacing: Duration,
    /// When a check is sent again, and when it has failed (RFC 8445 §14.3, RFC 8489 §6.2.1).
    /// An `rto` below 500 ms counts as 500 ms. Default 7 sends, 39.5 s in all.
    pub schedule: Schedule,
    /// Basic time between consent checks, randomised by 0.8 to 1.2 (RFC 7675 §5.1). Values below 5 s
    /// count as 5 s, values above 20 s as 20 s: consent would expire between two checks. Default 5 s.
    pub consent_interval: Duration,
    /// Without an answer for so long, there is no consent to send any more (RFC 7675 §5.1).
    /// Longer than 30 s counts as 30 s. Default 30 s.
    pub consent_expiry: Duration,
    /// Without an answer for so long, the state is [`Disconnected`](crate::State::Disconnected).
    /// Default 12.5 s: two consent checks in a row were lost, each up to 6 s after the one before.
    pub disconnected_after: Duration,
    /// How long a valid pair waits for better pairs that are still being checked, before the
    /// controlling side nominates it. Nothing waits when no better pair can win. Default 500 ms, the
    /// first retransmission.
    pub nomination_patience: Duration,
    /// No failure is declared before so long after the remote credentials are known, because the
    /// other side may still send a check from an address it did not signal (RFC 8863 §4).
    /// Default 39.5 s, the time one check takes to fail.
    pub patience: Duration,
    /// What the agent may hold at most.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            role: Role::Controlled,
            pacing: Duration::from_millis(50),
            schedule: Schedule::default(),
            consent_interval: Duration::from_secs(5),
            consent_expiry: Duration::from_secs(30),
            disconnected_after: Duration::from_millis(12_500),
            nomination_patience: Duration::from_millis(500),
            patience: Schedule::default().total(),
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// The same with the values the RFCs forbid replaced by the nearest they allow.
    pub(crate) fn bounded(mut self) -> Self {
        self.pacing = (self.pacing).clamp(Duration::from_millis(5), Duration::from_secs(60));
        self.schedule.rto = self.schedule.rto.max(Duration::from_millis(500));
        self.consent_interval =
            (self.consent_interval).clamp(Duration::from_secs(5), Duration::from_secs(20));
        self.consent_expiry = self.consent_expiry.min(Duration::from_secs(30));
        self
    }
}

/// What an agent may hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Own sockets. Default 16: more than the interfaces of any usual machine, twice over.
    pub local_candidates: usize,
    /// Candidates of the other side, signalled and found; for a further one the oldest of which no pair is
    /// alive makes room. Default 64: browsers send fewer than 40.
    pub remote_candidates: usize,
    /// Pairs on the checklist; the dead and the least promising make room. Default 100 (RFC 8445 §6.1.2.5).
    pub pairs: usize,
    /// Checks kept until the credentials of their sender are known; for a further one the one that was not
    /// repeated for longest makes room. Default 32: one for every pair that a browser with a few interfaces
    /// may try before its answer arrives.
    pub early_checks: usize,
    /// Answers waiting to be polled. Default 32: what arrives in one batch of a socket.
    pub responses: usize,
    /// Events waiting to be polled; for a further one the oldest is forgotten. Default 64, more than a call
    /// has. 0 counts as 1.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            local_candidates: 16,
            remote_candidates: 64,
            pairs: 100,
            early_checks: 32,
            responses: 32,
            events: 64,
        }
    }
}
