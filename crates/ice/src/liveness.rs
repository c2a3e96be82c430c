//! Whether a pair is alive: its answers and its consent (RFC 7675), other signs of life, and suspicion.
//!
//! This is the one place where it is known. Consent and round-trip times come from the answers to this side's requests
//! alone. Anything else that is authentic is a sign of life: it ends suspicion, and gives no consent.

use core::time::Duration;
use std::collections::VecDeque;

use strata_core::{Instant, earliest};
use strata_stun::TransactionId;

/// The answers and the other signs of life of one pair.
#[derive(Debug, Default)]
pub(crate) struct Liveness {
    /// When the last answer to a request of this side came.
    answered_at: Option<Instant>,
    /// When the last sign of life came, answers included.
    heard_at: Option<Instant>,
    round_trips: Option<RoundTrips>,
    /// How many more checks must be answered until the pair is trusted again, after data had left it.
    probation: u8,
    /// What is kept of a pair on which consent is asked for.
    watch: Option<Box<Watch>>,
}

/// A pair that is kept alive.
#[derive(Debug)]
struct Watch {
    /// When the next consent check is sent.
    next_check: Instant,
    /// The consent checks sent since the last answered one, oldest first.
    outstanding: VecDeque<(TransactionId, Instant)>,
    /// When the last data came, and since when there was no long pause before it.
    data: Option<Data>,
    suspicion: Option<Suspicion>,
    /// When the other side was last suspected to have left this pair.
    contested_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Data {
    steady_since: Instant,
    last: Instant,
}

#[derive(Clone, Copy, Debug)]
struct RoundTrips {
    smoothed: Duration,
    last: Duration,
}

/// The pair may be dead: it is checked often, until a sign of life comes.
#[derive(Clone, Copy, Debug)]
struct Suspicion {
    since: Instant,
    /// How many checks were sent since.
    probes: u32,
    /// How many must go unanswered, until the pair counts as silent.
    needed: u32,
    /// How long the last of them may take.
    last_wait: Duration,
    /// When the pair counts as silent, unless a sign of life comes.
    silent_at: Option<Instant>,
    /// Only an answer ends it: what else comes may have been sent before the other side left the pair.
    contested: bool,
}

impl Liveness {
    /// An answer came to a request that was first sent at `sent_at`. Where it was `repeated`, the answer tells no
    /// round-trip time, because it may belong to any of the copies (Karn's algorithm).
    pub(crate) fn answered(&mut self, now: Instant, sent_at: Instant, repeated: bool) {
        self.answered_at = Some(now);
        self.heard_at = Some(now);
        if !repeated || self.round_trips.is_none() {
            self.measured(now - sent_at);
        }
        self.probation = self.probation.saturating_sub(1);
        if let Some(watch) = &mut self.watch {
            watch.outstanding.retain(|(_, at)| *at > sent_at);
            if watch.suspicion.take().is_some() {
                // The other side is there, but has nothing to say.
                watch.data = None;
            }
        }
    }

    /// Something else that is authentic came. It ends suspicion, unless only an answer can.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.heard_at = Some(now);
        if let Some(watch) = &mut self.watch {
            watch.suspicion = watch.suspicion.filter(|suspicion| suspicion.contested);
        }
    }

    /// Data came. Returns whether the owner of the timers has to look again: suspicion has ended, or there is a new
    /// reason for it.
    pub(crate) fn data_came(&mut self, now: Instant) -> bool {
        let was_suspected = self.suspicion().is_some();
        self.heard(now);
        let Some(watch) = &mut self.watch else {
            return false;
        };
        let was_steady = watch.is_steady();
        let steady_since = match watch.data {
            Some(data) if now <= data.last + PAUSE => data.steady_since,
            Some(_) | None => now,
        };
        watch.data = Some(Data {
            steady_since,
            last: now,
        });
        (was_suspected && watch.suspicion.is_none()) || (!was_steady && watch.is_steady())
    }

    fn measured(&mut self, last: Duration) {
        // RFC 6298 §2: seven eighths of the old value.
        let smoothed = self.round_trips.map_or(last, |old| {
            let smoothed = old.smoothed.saturating_mul(7).saturating_add(last);
            smoothed.checked_div(8).unwrap_or(last)
        });
        self.round_trips = Some(RoundTrips { smoothed, last });
    }

    pub(crate) const fn answered_at(&self) -> Option<Instant> {
        self.answered_at
    }

    pub(crate) const fn heard_at(&self) -> Option<Instant> {
        self.heard_at
    }

    /// The last round-trip time.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trips.map(|times| times.last)
    }

    fn smoothed(&self) -> Duration {
        self.round_trips.map_or(UNKNOWN, |times| times.smoothed)
    }

    fn suspicion(&self) -> Option<Suspicion> {
        self.watch.as_ref()?.suspicion
    }

    /// RFC 7675 §5.1: whether the last answer is not older than `expiry`.
    pub(crate) fn has_consent(&self, now: Instant, expiry: Duration) -> bool {
        self.consent_ends(expiry).is_some_and(|at| now < at)
    }

    /// When consent ends, unless a further answer comes.
    pub(crate) fn consent_ends(&self, expiry: Duration) -> Option<Instant> {
        Some(self.answered_at? + expiry)
    }

    /// Whether consent is asked for on this pair.
    pub(crate) const fn is_maintained(&self) -> bool {
        self.watch.is_some()
    }

    pub(crate) fn next_check(&self) -> Option<Instant> {
        Some(self.watch.as_ref()?.next_check)
    }

    /// Begins to ask for consent, the next time at `at`.
    pub(crate) fn maintain(&mut self, at: Instant) {
        self.watch.get_or_insert_with(|| {
            Box::new(Watch {
                next_check: at,
                outstanding: VecDeque::new(),
                data: None,
                suspicion: None,
                contested_at: None,
            })
        });
    }

    /// Asks for consent no more.
    pub(crate) fn neglect(&mut self) {
        self.watch = None;
    }

    /// Whether a consent check was sent, or an answer came, at this time or later.
    pub(crate) fn was_checked_since(&self, since: Instant) -> bool {
        let watch = self.watch.as_ref();
        let sent = watch.and_then(|watch| watch.outstanding.back());
        sent.map(|(_, at)| *at)
            .max(self.answered_at)
            .is_some_and(|at| at >= since)
    }

    /// Moves the next check forward to this time.
    pub(crate) fn hasten(&mut self, now: Instant) {
        if let Some(watch) = &mut self.watch {
            watch.next_check = watch.next_check.min(now);
        }
    }

    /// A consent check is sent, and the next one at `next`.
    ///
    /// RFC 7675 §5.1: it is never repeated; each has an id of its own.
    pub(crate) fn check_sent(&mut self, now: Instant, id: TransactionId, next: Instant) {
        let Some(watch) = &mut self.watch else {
            return;
        };
        if self.probation > 0 && !watch.outstanding.is_empty() {
            self.probation = PROBATION;
        }
        if watch.outstanding.len() >= OUTSTANDING {
            watch.outstanding.pop_front();
        }
        watch.outstanding.push_back((id, now));
        watch.next_check = next;
        if let Some(suspicion) = &mut watch.suspicion {
            suspicion.probes = suspicion.probes.saturating_add(1);
            if suspicion.probes >= suspicion.needed {
                suspicion.silent_at.get_or_insert(now + suspicion.last_wait);
            }
        }
    }

    /// When this consent check was sent; `None` if it is none of this pair, or too old.
    pub(crate) fn sent_at(&self, id: TransactionId) -> Option<Instant> {
        self.watch
            .as_ref()?
            .outstanding
            .iter()
            .find(|(outstanding, _)| *outstanding == id)
            .map(|(_, at)| *at)
    }

    /// When there is reason to suspect that the pair is dead, unless a sign of life comes; `None` while it is
    /// suspected, and while nobody asks for consent on it.
    pub(crate) fn doubtful_at(&self) -> Option<Instant> {
        let watch = self.watch.as_ref()?;
        if watch.suspicion.is_some() {
            return None;
        }
        let grace = self.smoothed().saturating_mul(3).clamp(GRACE, GRACE_MAX);
        // Two consent answers in a row are missing.
        let unanswered = watch.outstanding.get(1).map(|(_, at)| *at + grace);
        let pause = self
            .heard_at
            .filter(|_| watch.is_steady())
            .map(|at| at + SILENCE);
        earliest([unanswered, pause])
    }

    /// Whether a consent check has waited for its answer for longer than it should.
    pub(crate) fn misses_answer(&self, now: Instant) -> bool {
        let interval = self.probe_interval();
        let watch = self.watch.as_ref();
        let oldest = watch.and_then(|watch| watch.outstanding.front());
        oldest.is_some_and(|(_, at)| now >= *at + interval)
    }

    /// Whether consent answers are missing, or the pair is suspected.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        self.suspicion().is_some() || self.doubtful_at().is_some_and(|at| at <= now)
    }

    /// Suspects the pair: checks at a short interval tell whether it is alive.
    pub(crate) fn suspect(&mut self, now: Instant) {
        let interval = self.probe_interval();
        let Some(watch) = &mut self.watch else {
            return;
        };
        if watch.suspicion.is_some() {
            return;
        }
        let (needed, last_wait) = if watch.is_steady() {
            (3, interval)
        } else {
            (5, interval.max(Duration::from_secs(1)))
        };
        watch.suspicion = Some(Suspicion {
            since: now,
            probes: 0,
            needed,
            last_wait,
            silent_at: None,
            contested: false,
        });
        self.hasten(now);
    }

    /// The other side has reason to have left this pair. It counts as silent unless it answers one check in its time.
    ///
    /// Does nothing, and returns `false`, if that was asked not long ago.
    pub(crate) fn contest(&mut self, now: Instant) -> bool {
        let last = self.watch.as_ref().and_then(|watch| watch.contested_at);
        if last.is_some_and(|at| now < at + CONTEST_PAUSE) {
            return false;
        }
        self.suspect(now);
        let until = now + self.smoothed().saturating_add(LEEWAY);
        let Some(watch) = &mut self.watch else {
            return false;
        };
        watch.contested_at = Some(now);
        if let Some(suspicion) = &mut watch.suspicion {
            let silent_at = suspicion.silent_at.map_or(until, |at| at.min(until));
            suspicion.silent_at = Some(silent_at);
            suspicion.contested = true;
        }
        self.hasten(now);
        true
    }

    /// Forgets when the pair was contested, because it is another one that may be left now.
    pub(crate) fn allow_contest(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.contested_at = None;
        }
    }

    /// Since when the pair is suspected.
    pub(crate) fn suspected_since(&self) -> Option<Instant> {
        Some(self.suspicion()?.since)
    }

    /// Whether the checks that suspicion has caused were not answered either.
    pub(crate) fn is_silent(&self, now: Instant) -> bool {
        self.silent_at().is_some_and(|at| at <= now)
    }

    /// When the pair counts as silent.
    pub(crate) fn silent_at(&self) -> Option<Instant> {
        self.suspicion()?.silent_at
    }

    /// The interval of checks while the selected pair is suspected.
    pub(crate) fn probe_interval(&self) -> Duration {
        let smoothed = self.smoothed();
        // One and a half of it.
        let interval = smoothed.saturating_mul(3).checked_div(2);
        interval.unwrap_or(smoothed).max(PROBE)
    }

    /// Data has left the pair. It is trusted again when it has answered several checks in a row.
    pub(crate) const fn abandon(&mut self) {
        self.probation = PROBATION;
    }

    pub(crate) const fn trust(&mut self) {
        self.probation = 0;
    }

    pub(crate) const fn is_on_probation(&self) -> bool {
        self.probation > 0
    }
}

impl Watch {
    /// Whether the other side has sent data for a while without a long pause, so that a long one tells something.
    fn is_steady(&self) -> bool {
        self.data
            .is_some_and(|data| data.last >= data.steady_since + STEADY)
    }
}

/// Where the other side sends steadily, so long a silence is suspicious.
const SILENCE: Duration = Duration::from_secs(1);
/// The longest pause in what is steady.
const PAUSE: Duration = Duration::from_millis(400);
/// How long data has to come without such a pause until it is steady.
const STEADY: Duration = Duration::from_secs(2);
/// The shortest interval between two checks of a suspected pair.
const PROBE: Duration = Duration::from_millis(250);
/// A consent check is missing its answer after three round trips, but within these bounds.
const GRACE: Duration = Duration::from_millis(500);
const GRACE_MAX: Duration = Duration::from_secs(3);
/// How much longer than a round trip a contested pair has to answer.
const LEEWAY: Duration = Duration::from_millis(20);
/// The shortest time between two contests.
const CONTEST_PAUSE: Duration = Duration::from_secs(2);
/// The round-trip time of a pair of which none is known.
const UNKNOWN: Duration = Duration::from_millis(100);
/// How many checks in a row bring back trust.
const PROBATION: u8 = 2;
/// How many consent checks may be unanswered at a time: as many as are sent before consent expires.
const OUTSTANDING: usize = 8;
