//! The rules of [`Endpoint`](strata_core::Endpoint), checked on random schedules.
//!
//! [`check`] drives an engine and its counterpart over a bad link: loss, duplicates, reordering,
//! corruption, garbage, truncated, mutated, replayed and reflected datagrams, owners that come late
//! and hand over several inputs before they drain. Every schedule runs three times from the same
//! seeds: once plainly; once with different bytes in front of the engine's own in `out`; and once with
//! `handle_timeout` called again and again before its time. All three must give the same outputs.
//!
//! | rule of `Endpoint` | how it is checked                                                        |
//! |--------------------|--------------------------------------------------------------------------|
//! | 1 `now` never goes back | kept by the schedule; it is the owner's duty                        |
//! | 2 draining         | a drain ends, is final, and several inputs may come before it             |
//! | 3 early timeouts   | give nothing, leave the deadline alone, and change no later output        |
//! | 4 deadlines        | are later than `now` after every drain                                    |
//! | 5 no panics        | whatever arrives; the violation says what the panic said                  |
//! | 6 closing          | after the closing event nothing comes out again, whatever goes in         |
//! | 7 limits           | **not checked**: assert it in [`Check::drive`], from the engine's own figures |
//! | 8 determinism      | the runs give the same bytes and events                                   |
//!
//! And `poll_transmit` only appends: what is before its bytes stays as it was, and does not matter.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use strata_core::{Entropy, Instant};

use crate::{Host, SeededEntropy, Violation, entropy::splitmix64, host::assert_send};

use schedule::{Output, Schedule, Twist};

mod forge;
mod schedule;
#[cfg(test)]
mod tests;

/// Checks an engine and its counterpart on [`Check`]'s default schedules.
///
/// `make` builds both, and starts them where they need starting, from the entropy it is given alone;
/// the time is [`START`](crate::START).
///
/// ```
/// # use strata_core::{Endpoint, Entropy, Instant};
/// # #[derive(Debug)] struct Echo(Vec<Vec<u8>>);
/// # impl Endpoint for Echo {
/// #     type Input<'a> = &'a mut [u8];
/// #     type Transmit = ();
/// #     type Event = ();
/// #     fn handle_input(&mut self, _now: Instant, datagram: &mut [u8]) {
/// #         if self.0.len() < 10 && datagram.len() > 1 { self.0.push(datagram[1..].to_vec()); }
/// #     }
/// #     fn handle_timeout(&mut self, _now: Instant) {}
/// #     fn poll_transmit(&mut self, _now: Instant, out: &mut Vec<u8>) -> Option<()> {
/// #         self.0.pop().map(|datagram| out.extend_from_slice(&datagram))
/// #     }
/// #     fn poll_event(&mut self) -> Option<()> { None }
/// #     fn poll_timeout(&self) -> Option<Instant> { None }
/// # }
/// strata_sim::contract::check(|entropy: &mut Entropy| {
///     (Echo(vec![entropy.array::<20>().to_vec()]), Echo(Vec::new()))
/// });
/// ```
///
/// # Panics
/// If a rule is broken; the message says which, and the seed that shows it again.
#[track_caller]
pub fn check<A, B>(make: impl Fn(&mut Entropy) -> (A, B))
where
    A: Host + Send,
    B: Host + Send,
{
    if let Err(failure) = Check::new(make).run() {
        #[expect(clippy::panic, reason = "this is an assertion, called by tests")]
        {
            panic!("{failure}");
        }
    }
}

/// A check of the contract that can be adapted to the engine. See the [module](self)'s documentation.
///
/// ```
/// # use strata_core::{Endpoint, Entropy, Instant};
/// # #[derive(Debug, Default)] struct Mute;
/// # impl Mute { fn send(&mut self, _now: Instant, _bytes: &[u8]) {} }
/// # impl Endpoint for Mute {
/// #     type Input<'a> = &'a mut [u8];
/// #     type Transmit = ();
/// #     type Event = ();
/// #     fn handle_input(&mut self, _now: Instant, _datagram: &mut [u8]) {}
/// #     fn handle_timeout(&mut self, _now: Instant) {}
/// #     fn poll_transmit(&mut self, _now: Instant, _out: &mut Vec<u8>) -> Option<()> { None }
/// #     fn poll_event(&mut self) -> Option<()> { None }
/// #     fn poll_timeout(&self) -> Option<Instant> { None }
/// # }
/// use strata_sim::contract::Check;
/// let coverage = Check::new(|_entropy| (Mute, Mute))
///     .drive(|a, _b, now, dice| if dice.below(8) == 0 { a.send(now, b"hello") })
///     .closing(|event| event.starts_with("Failed"))
///     .schedules(4)
///     .run()
///     .unwrap();
/// assert!(coverage.forged > 0);
/// ```
pub struct Check<'m, A, B> {
    make: Box<Make<'m, A, B>>,
    drive: Box<Drive<'m, A, B>>,
    closing: Box<dyn Fn(&str) -> bool + 'm>,
    schedules: u64,
    steps: u32,
    seed: u64,
    pace: Duration,
    deterministic: bool,
}

/// A broken rule, and how to see it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{engine} broke the contract in step {step} (again with .seed({seed}).schedules(1)): {violation}"
)]
pub struct Failure {
    /// The seed of the schedule.
    pub seed: u64,
    /// Which step of it, counted from 0.
    pub step: u32,
    /// Which of the two engines.
    pub engine: Culprit,
    /// The rule.
    pub violation: Violation,
}

/// Which of the two engines broke a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// The first.
    A,
    /// The second.
    B,
}

/// What the schedules exercised, so that a test can assert that they reached what it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// Datagrams that the engines sent.
    pub transmits: u64,
    /// Events that the engines told.
    pub events: u64,
    /// Timeouts that were due.
    pub timeouts: u64,
    /// Timeouts that were called too early.
    pub early_timeouts: u64,
    /// Datagrams that the schedule made up, mutated, truncated, replayed or reflected.
    pub forged: u64,
    /// Inputs that were handled without a drain after the one before.
    pub batched: u64,
    /// Closing events.
    pub closed: u64,
}

type Make<'m, A, B> = dyn Fn(&mut Entropy) -> (A, B) + 'm;
type Drive<'m, A, B> = dyn Fn(&mut A, &mut B, Instant, &mut Entropy) + 'm;

impl<'m, A: Host + Send, B: Host + Send> Check<'m, A, B> {
    /// A check with the defaults: 32 schedules of 200 steps, 50 ms apart or as things happen.
    pub fn new(make: impl Fn(&mut Entropy) -> (A, B) + 'm) -> Self {
        const { assert_send::<A>() };
        const { assert_send::<B>() };
        Self {
            make: Box::new(make),
            drive: Box::new(|_, _, _, _| ()),
            closing: Box::new(|event| event.starts_with("Closed")),
            schedules: 32,
            steps: 200,
            seed: 0,
            pace: Duration::from_millis(50),
            deterministic: true,
        }
    }

    /// Calls `drive` once in every step, to use the engines' API as an application would. What it does
    /// must be decided by its arguments alone.
    #[must_use]
    pub fn drive(mut self, drive: impl Fn(&mut A, &mut B, Instant, &mut Entropy) + 'm) -> Self {
        self.drive = Box::new(drive);
        self
    }

    /// Tells by its `Debug` which event is the closing one; by default that begins with `Closed`.
    #[must_use]
    pub fn closing(mut self, closing: impl Fn(&str) -> bool + 'm) -> Self {
        self.closing = Box::new(closing);
        self
    }

    /// Sets the number of schedules.
    #[must_use]
    pub const fn schedules(mut self, count: u64) -> Self {
        self.schedules = count;
        self
    }

    /// Sets the number of steps in each schedule.
    #[must_use]
    pub const fn steps(mut self, count: u32) -> Self {
        self.steps = count;
        self
    }

    /// Sets the seed of the first schedule; the others follow it by one.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how far apart steps are in which nothing is due, on average. Engines whose timers run for
    /// seconds, with something always under way, want more than the default of 50 ms.
    #[must_use]
    pub const fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// For engines whose bytes do not depend on their entropy alone (keys made inside ring): outputs
    /// are not compared between runs. Early timeouts must still give nothing and leave the deadline.
    #[must_use]
    pub const fn ring_keys(mut self) -> Self {
        self.deterministic = false;
        self
    }

    /// Runs all schedules, and tells what they reached.
    ///
    /// # Errors
    /// The first [`Failure`].
    pub fn run(&self) -> Result<Coverage, Failure> {
        let mut coverage = Coverage::default();
        for offset in 0..self.schedules {
            let seed = self.seed.wrapping_add(offset);
            let plain = self.run_once(seed, Twist::Plain, &mut coverage)?;
            for twist in [Twist::Prefix, Twist::EarlyTimeouts] {
                let other = self.run_once(seed, twist, &mut coverage)?;
                if self.deterministic {
                    compare(seed, &plain, &other, twist)?;
                }
            }
        }
        Ok(coverage)
    }

    fn run_once(
        &self,
        seed: u64,
        twist: Twist,
        coverage: &mut Coverage,
    ) -> Result<Vec<Output>, Failure> {
        let mut mixer = seed;
        let mut entropy = SeededEntropy::entropy(splitmix64(&mut mixer));
        let (a, b) = (self.make)(&mut entropy);
        let mut schedule = Schedule::new(a, b, splitmix64(&mut mixer), twist);
        let result = catch_unwind(AssertUnwindSafe(|| {
            (0..self.steps).try_for_each(|_| schedule.step(&*self.drive, &*self.closing, self.pace))
        }))
        .unwrap_or_else(|panic| Err(Violation::panicked(panic.as_ref())));
        schedule.coverage.add_to(coverage);
        match result {
            Ok(()) => Ok(schedule.outputs),
            Err(violation) => Err(Failure {
                seed,
                step: schedule.steps,
                engine: schedule.current,
                violation,
            }),
        }
    }
}

impl<A, B> fmt::Debug for Check<'_, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("schedules", &self.schedules)
            .field("steps", &self.steps)
            .field("seed", &self.seed)
            .field("pace", &self.pace)
            .field("deterministic", &self.deterministic)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "the first engine",
            Self::B => "the second engine",
        })
    }
}

impl Coverage {
    const fn add_to(self, total: &mut Self) {
        total.transmits += self.transmits;
        total.events += self.events;
        total.timeouts += self.timeouts;
        total.early_timeouts += self.early_timeouts;
        total.forged += self.forged;
        total.batched += self.batched;
        total.closed += self.closed;
    }
}

/// Whether two runs of the same schedule gave the same outputs.
fn compare(seed: u64, plain: &[Output], other: &[Output], twist: Twist) -> Result<(), Failure> {
    let same = plain.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (expected, actual) = (plain.get(same), other.get(same));
    let Some(first) = expected.or(actual) else {
        return Ok(());
    };
    let describe =
        |output: Option<&Output>| output.map_or_else(|| "nothing".to_owned(), Output::describe);
    Err(Failure {
        seed,
        step: first.step,
        engine: first.engine,
        violation: Violation::OutputsDiffer {
            what: twist.describe(),
            index: same,
            expected: describe(expected),
            actual: describe(actual),
        },
    })
}
