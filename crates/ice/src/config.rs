//! The configuration of an agent, and its limits.

use core::time::Duration;

use strata_core::AddressFilter;
use strata_stun::Schedule;

use crate::Role;

/// The configuration of an agent.
#[derive(Clone, Debug)]
pub struct Config {
    /// The role to begin with. The offerer is controlling, except that a lite agent never controls a full one
    /// (RFC 8445 §6.1.1). Default controlled.
    pub role: Role,
    /// Ta: at most one new check is sent in this time, on average (RFC 8445 §14.2). Values below 5 ms count as 5 ms,
    /// values above a minute as a minute. Default 50 ms.
    pub pacing: Duration,
    /// When a check is sent again, and when it has failed (RFC 8445 §14.3, RFC 8489 §6.2.1).
    /// An `rto` below 500 ms counts as 500 ms. Default: it is sent 7 times, and fails after 39.5 s.
    pub schedule: Schedule,
    /// The time between two consent checks, before it is multiplied by a random factor of 0.8 to 1.2 (RFC 7675 §5.1).
    /// Values below 5 s count as 5 s. Values above 12.5 s count as 12.5 s, so that no gap is longer than the 15 s after
    /// which NATs may forget a mapping (RFC 8445 §11). Default 5 s.
    pub consent_interval: Duration,
    /// When no consent check was answered for so long, consent has expired (RFC 7675 §5.1). Values above 30 s count as
    /// 30 s. Default 30 s.
    pub consent_expiry: Duration,
    /// When the selected pair is silent, no other pair works, and nothing at all has come for so long, the state is
    /// [`Disconnected`](crate::State::Disconnected). Default 5 s.
    pub disconnected_after: Duration,
    /// How many pairs besides the selected one are kept alive, each with consent checks of its own, so that data can go
    /// over to one of them at once. 0 to 8; default 2.
    pub standby: usize,
    /// Whether the renomination of browsers is offered (draft-thatcher-ice-renomination): the controlling side may
    /// nominate another pair at any time. It is used if the other side offers it, too. Default `true`.
    pub renomination: bool,
    /// How long the controlling side waits for better pairs after the first pair has succeeded, before it nominates.
    /// It does not wait when no better pair can succeed any more. Default 500 ms, the time of the first
    /// retransmission.
    pub nomination_patience: Duration,
    /// No failure is declared until so long after the remote credentials were set, because the other side may still
    /// send a check from an address that it has not signalled (RFC 8863 §4). Default 39.5 s, the time that one check
    /// takes to fail.
    pub patience: Duration,
    /// Which addresses of the other side may be sent to; candidates with others are refused. Default: all that another
    /// host can have, and loopback addresses if this side has one, too.
    pub remote_addresses: AddressFilter,
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
            disconnected_after: Duration::from_secs(5),
            standby: 2,
            renomination: true,
            nomination_patience: Duration::from_millis(500),
            patience: Schedule::default().total(),
            remote_addresses: AddressFilter::new(),
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// The longest time between two checks.
    pub(crate) const PACING_MAX: Duration = Duration::from_secs(60);

    /// Replaces each value that the RFCs forbid by the nearest that they allow.
    pub(crate) fn bounded(mut self) -> Self {
        self.pacing = (self.pacing).clamp(Duration::from_millis(5), Self::PACING_MAX);
        self.schedule.rto = self.schedule.rto.max(Duration::from_millis(500));
        self.consent_interval =
            (self.consent_interval).clamp(Duration::from_secs(5), Duration::from_millis(12_500));
        self.consent_expiry = self.consent_expiry.min(Duration::from_secs(30));
        self.standby = self.standby.min(STANDBY_MAX);
        self
    }
}

/// The most pairs that are kept alive besides the selected one.
pub(crate) const STANDBY_MAX: usize = 8;

/// What an agent may hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Local sockets. Default 16: about twice as many as a machine with many interfaces needs.
    pub local_candidates: usize,
    /// Candidates of the other side, signalled or discovered. When the table is full, a further one replaces the oldest
    /// that is in no pair of use. Default 64: browsers send fewer than 40.
    pub remote_candidates: usize,
    /// Pairs on the checklist. When it is full, a further one replaces a pair that is of no more use or, if there is
    /// none, the pair of the lowest priority that has not succeeded. Default 100 (RFC 8445 §6.1.2.5).
    pub pairs: usize,
    /// Checks that are kept until the credentials of their sender are known. When there are too many, the one that was
    /// not repeated for the longest time is dropped. Default 32: one for every pair that a browser with a few
    /// interfaces may try before its answer arrives.
    pub early_checks: usize,
    /// The user name fragments of these checks, in bytes. Default 1024; browsers use 4 bytes each.
    pub early_check_bytes: usize,
    /// Answers that wait to be polled. A request beyond them is not answered. Default 32: as many requests as arrive in
    /// one batch of a socket.
    pub responses: usize,
    /// Events that wait to be polled. When there are too many, the oldest is dropped. Default 64, more than a usual
    /// call causes. 0 counts as 1.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            local_candidates: 16,
            remote_candidates: 64,
            pairs: 100,
            early_checks: 32,
            early_check_bytes: 1024,
            responses: 32,
            events: 64,
        }
    }
}
