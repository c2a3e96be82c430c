//! One run of a random schedule over two engines.

use std::time::Duration;

use strata_core::{Datagram, Entropy, Instant, Path};

use super::{
    Coverage, Culprit, Hooks,
    forge::Forger,
    subject::{Output, Subject},
};
use crate::{
    Host, Link, LinkConfig, SeededEntropy, Violation,
    entropy::splitmix64,
    pair::{A_ADDRESS, B_ADDRESS},
    run::START,
};

/// What is different about a run, although it must not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    /// Nothing.
    Plain,
    /// There are other bytes in `out` before the engine appends its own.
    Prefix,
    /// `handle_timeout` is called before its time.
    EarlyTimeouts,
}

/// The state of one run.
pub(super) struct Schedule<A, B> {
    pub(super) a: A,
    pub(super) b: B,
    pub(super) a_to_b: Link,
    pub(super) b_to_a: Link,
    pub(super) now: Instant,
    /// Decides the schedule; drawn from in the same way in every run.
    dice: Entropy,
    /// Decides what differs between runs.
    pub(super) twist_dice: Entropy,
    pub(super) twist: Twist,
    pub(super) forger: Forger,
    /// What was sent to each engine last.
    pub(super) honest: [Vec<u8>; 2],
    pub(super) out: Vec<u8>,
    pub(super) closed: [bool; 2],
    /// The heap that both engines hold, in bytes, if the test can tell.
    pub(super) heap: i64,
    /// The queues' limits are asserted.
    pub(super) flooding: bool,
    /// Whose timeout is due but was not handled yet: rule 4 does not hold then.
    pub(super) owed: [bool; 2],
    pub(super) outputs: Vec<Output>,
    pub(super) coverage: Coverage,
    pub(super) steps: u32,
    pub(super) current: Culprit,
}

impl<A: Host, B: Host> Schedule<A, B> {
    /// Without a twist it is the run of a flood: the link is good, and so the engines meet.
    pub(super) fn new(a: A, b: B, seed: u64, twist: Option<Twist>) -> Self {
        let mut mixer = seed;
        let mut dice = SeededEntropy::entropy(splitmix64(&mut mixer));
        // Half of the schedules are honest, so that the engines get somewhere.
        let hostile = dice.below(2) == 0;
        let (config, forgeries) = match twist {
            None => (good_link(&mut dice), RARELY_FORGED),
            Some(_) => (
                link(&mut dice, hostile),
                if hostile { OFTEN_FORGED } else { 0.0 },
            ),
        };
        Self {
            a,
            b,
            a_to_b: Link::new(config, splitmix64(&mut mixer)),
            b_to_a: Link::new(config, splitmix64(&mut mixer)),
            now: START,
            dice,
            twist_dice: SeededEntropy::entropy(splitmix64(&mut mixer)),
            twist: twist.unwrap_or(Twist::Plain),
            forger: Forger::new(SeededEntropy::entropy(splitmix64(&mut mixer)), forgeries),
            honest: [Vec::new(), Vec::new()],
            out: Vec::new(),
            closed: [false; 2],
            heap: 0,
            flooding: false,
            owed: [false; 2],
            outputs: Vec::new(),
            coverage: Coverage::default(),
            steps: 0,
            current: Culprit::A,
        }
    }

    /// Lets some time pass, and everything happen that is due then.
    pub(super) fn step(
        &mut self,
        hooks: &Hooks<'_, A, B>,
        pace: Duration,
    ) -> Result<(), Violation> {
        if self.steps == 0 {
            // What the engines were told when they were made.
            self.drain(Culprit::A, hooks)?;
            self.drain(Culprit::B, hooks)?;
        }
        let before = self.now;
        self.now = self.next(pace);
        self.owed = [self.a.deadline(), self.b.deadline()]
            .map(|deadline| deadline.is_some_and(|due| due <= self.now));
        for engine in [Culprit::A, Culprit::B] {
            if self.twist == Twist::EarlyTimeouts {
                self.wake_early(engine, before, hooks)?;
            }
            let timeout_first = self.dice.below(4) == 0;
            if timeout_first {
                self.wake(engine, hooks)?;
            }
            self.deliver(engine, hooks)?;
            self.wake(engine, hooks)?;
        }
        let (a, b, now, dice) = (&mut self.a, &mut self.b, self.now, &mut self.dice);
        self.heap += hooks.measured(|| (hooks.drive)(a, b, now, dice));
        self.drain(Culprit::A, hooks)?;
        self.drain(Culprit::B, hooks)?;
        if let Some((a, b)) = &hooks.states {
            self.coverage.states.extend([a(&self.a), b(&self.b)]);
        }
        self.steps += 1;
        Ok(())
    }

    /// When the next step is: as something is due, some time after, or whenever.
    fn next(&mut self, pace: Duration) -> Instant {
        let due = strata_core::earliest([
            self.a_to_b.next_arrival(),
            self.b_to_a.next_arrival(),
            self.a.deadline(),
            self.b.deadline(),
        ]);
        let pace = nanos(pace);
        let late = match self.dice.below(64) {
            0..32 => 0,
            32..62 => self.dice.below(5_000_000),
            _ => self.dice.below(2_000_000_000),
        };
        match due {
            Some(due) if self.dice.below(8) < 5 => due.max(self.now) + Duration::from_nanos(late),
            Some(_) | None => {
                let wait = self.dice.below(pace.saturating_mul(2).saturating_add(1));
                self.now + Duration::from_nanos(wait)
            }
        }
    }

    /// Rule 3: calls `handle_timeout` before the deadline, at up to three instants since the last step.
    fn wake_early(
        &mut self,
        engine: Culprit,
        before: Instant,
        hooks: &Hooks<'_, A, B>,
    ) -> Result<(), Violation> {
        self.current = engine;
        let mut early = before;
        for _ in 0..self.twist_dice.below(4) {
            early += Duration::from_nanos(self.twist_dice.below(nanos(self.now - early) + 1));
            let deadline = self.subject(engine).deadline();
            if deadline.is_some_and(|deadline| deadline <= early) {
                return Ok(());
            }
            self.coverage.early_timeouts += 1;
            self.measure(engine, hooks, |subject| subject.wake(early));
            let look = self.twist_dice.below(2) == 0;
            let silent = if look {
                self.is_silent(engine, early, hooks)
            } else {
                Ok(())
            };
            let what = silent.err().or_else(|| {
                let moved = self.subject(engine).deadline();
                (moved != deadline).then(|| format!("moved the deadline to {moved:?}"))
            });
            if let Some(what) = what {
                let now = early;
                return Err(Violation::EarlyTimeout {
                    what,
                    now,
                    deadline,
                });
            }
        }
        Ok(())
    }

    fn wake(&mut self, engine: Culprit, hooks: &Hooks<'_, A, B>) -> Result<(), Violation> {
        let now = self.now;
        self.current = engine;
        let due = self.subject(engine).deadline();
        if due.is_some_and(|due| due <= now) {
            self.coverage.timeouts += 1;
            *of(&mut self.owed, engine) = false;
            self.measure(engine, hooks, |subject| subject.wake(now));
            self.drain(engine, hooks)?;
        }
        Ok(())
    }

    /// Hands over what has arrived, and what was forged, sometimes several before one drain.
    fn deliver(&mut self, engine: Culprit, hooks: &Hooks<'_, A, B>) -> Result<(), Violation> {
        let mut waiting = false;
        loop {
            let now = self.now;
            if let Some(mut arrived) = self.incoming(engine).receive(now) {
                let datagram = arrived.datagram();
                let (path, ecn) = (datagram.path, datagram.ecn);
                let mut payload = arrived.payload;
                let datagram = Datagram::new(path, &mut payload).with_ecn(ecn);
                self.hand_over(engine, hooks, datagram, true);
            } else if let Some(forged) = self.forger.forge(engine, here(engine)) {
                self.hand_over_forged(engine, hooks, forged);
            } else {
                break;
            }
            self.coverage.batched += u64::from(waiting);
            waiting = self.dice.below(2) == 0;
            if !waiting {
                self.drain(engine, hooks)?;
            }
        }
        if waiting {
            self.drain(engine, hooks)?;
        }
        Ok(())
    }

    pub(super) fn incoming(&mut self, engine: Culprit) -> &mut Link {
        match engine {
            Culprit::A => &mut self.b_to_a,
            Culprit::B => &mut self.a_to_b,
        }
    }

    pub(super) fn subject(&mut self, engine: Culprit) -> &mut dyn Subject {
        match engine {
            Culprit::A => &mut self.a,
            Culprit::B => &mut self.b,
        }
    }
}

impl Twist {
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Plain => "running the same schedule again",
            Self::Prefix => {
                "running the same schedule again, with other bytes in front of the engine's in `out`,"
            }
            Self::EarlyTimeouts => "calling handle_timeout before its time",
        }
    }
}

/// The probability of one more forged datagram whenever there is no other, in a hostile schedule, and
/// before a flood.
const OFTEN_FORGED: f64 = 0.2;
const RARELY_FORGED: f64 = 0.01;

/// A perfect link.
fn good_link(dice: &mut Entropy) -> LinkConfig {
    LinkConfig::new()
        .rate(10_000_000)
        .queue_bytes(100_000)
        .delay(Duration::from_micros(dice.below(80_000)))
}

/// A link for one schedule; one in four is perfect.
fn link(dice: &mut Entropy, hostile: bool) -> LinkConfig {
    let config = good_link(dice);
    if dice.below(4) == 0 {
        return config;
    }
    let corrupt = if hostile { 0.05 } else { 0.0 };
    config
        .loss(pick(dice, [0.0, 0.05, 0.3]))
        .duplicate(pick(dice, [0.0, 0.05, 0.3]))
        .reorder(pick(dice, [0.0, 0.05, 0.3]), Duration::from_millis(30))
        .corrupt(corrupt)
}

fn pick(dice: &mut Entropy, choices: [f64; 3]) -> f64 {
    let [few, some, many] = choices;
    match dice.below(3) {
        0 => few,
        1 => some,
        _ => many,
    }
}

/// The path on which a plain engine's datagrams leave it.
pub(super) const fn here(engine: Culprit) -> Path {
    let path = Path::udp(A_ADDRESS, B_ADDRESS);
    match engine {
        Culprit::A => path,
        Culprit::B => path.reversed(),
    }
}

pub(super) const fn of<T>(both: &mut [T; 2], engine: Culprit) -> &mut T {
    let [a, b] = both;
    match engine {
        Culprit::A => a,
        Culprit::B => b,
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
