//! The rules of [`Endpoint`](strata_core::Endpoint), checked on random schedules.
//!
//! [`check`] drives an engine and its counterpart over a bad link: loss, duplicates, reordering,
//! corruption, garbage, truncated, mutated, replayed and reflected datagrams, owners that come late
//! and hand over several inputs before they drain. Every schedule runs three times from the same
//! seeds: once plainly; once with different bytes in front of the engine's own in `out`; and once with
//! `handle_timeout` called again and again before its time. All three must give the same outputs.
//! Then come *floods*: two engines that had time to meet get thousands of forged datagrams, from many
//! addresses, and now and then thousands of them before one drain.
//!
//! What is forged gets past the door only if its checksum is right. A test that knows how puts it right
//! in [`Check::repair`]; one that knows what its engine drops ([`Check::dropped`]) is told in
//! [`Coverage`] how much came through.
//!
//! | rule of `Endpoint` | how it is checked                                                        |
//! |--------------------|--------------------------------------------------------------------------|
//! | 1 `now` never goes back | kept by the schedule; it is the owner's duty                        |
//! | 2 draining         | a drain ends, is final, and several inputs may come before it             |
//! | 3 early timeouts   | give nothing, leave the deadline alone, and change no later output        |
//! | 4 deadlines        | are later than `now` after every drain                                    |
//! | 5 no panics        | whatever arrives; the violation says what the panic said                  |
//! | 6 closing          | after the closing event nothing comes out again, whatever goes in         |
//! | 7 limits           | after any number of inputs a drain gives at most [`Check::undrained`] datagrams, and as many events; with [`Check::heap`] both engines together never hold more bytes than the test says |
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

pub use coverage::{Accepted, Coverage, sum};
pub use hooks::Forgery;
use hooks::Hooks;
use schedule::{Schedule, Twist};
use subject::Output;

mod coverage;
mod drain;
mod flood;
mod forge;
mod hooks;
mod input;
mod schedule;
mod subject;
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
    hooks: Hooks<'m, A, B>,
    schedules: u64,
    steps: u32,
    flood: u64,
    quiet: u32,
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

type Make<'m, A, B> = dyn Fn(&mut Entropy) -> (A, B) + 'm;

impl<'m, A: Host + Send, B: Host + Send> Check<'m, A, B> {
    /// A check with the defaults: 32 schedules of 200 steps, 50 ms apart or as things happen, and floods
    /// of 20,000 datagrams.
    pub fn new(make: impl Fn(&mut Entropy) -> (A, B) + 'm) -> Self {
        const { assert_send::<A>() };
        const { assert_send::<B>() };
        Self {
            make: Box::new(make),
            hooks: Hooks::default(),
            schedules: 32,
            steps: 200,
            flood: 20_000,
            quiet: 100,
            seed: 0,
            pace: Duration::from_millis(50),
            deterministic: true,
        }
    }

    /// Calls `drive` once in every step, to use the engines' API as an application would. What it does
    /// must be decided by its arguments alone.
    #[must_use]
    pub fn drive(mut self, drive: impl Fn(&mut A, &mut B, Instant, &mut Entropy) + 'm) -> Self {
        self.hooks.drive = Box::new(drive);
        self
    }

    /// Tells by its `Debug` which event is the closing one; by default that begins with `Closed`.
    #[must_use]
    pub fn closing(mut self, closing: impl Fn(&str) -> bool + 'm) -> Self {
        self.hooks.closing = Box::new(closing);
        self
    }

    /// Makes forged datagrams such that they get past the door: `repair` is called on three of four, and
    /// puts checksums, lengths and message authentication right, with what the engines know.
    #[must_use]
    pub fn repair(mut self, repair: impl Fn(Forgery<'_, A, B>, &mut Vec<u8>) + 'm) -> Self {
        self.hooks.repair = Some(Box::new(repair));
        self
    }

    /// Tells how many inputs each engine has counted as dropped, for whatever reason, so that
    /// [`Coverage::accepted`] and [`Coverage::past_the_door`] can be counted.
    #[must_use]
    pub fn dropped(mut self, a: impl Fn(&A) -> u64 + 'm, b: impl Fn(&B) -> u64 + 'm) -> Self {
        self.hooks.dropped = Some((Box::new(a), Box::new(b)));
        self
    }

    /// Names the state of each engine, for [`Coverage::states`]; asked after every step.
    #[must_use]
    pub fn states(mut self, a: impl Fn(&A) -> String + 'm, b: impl Fn(&B) -> String + 'm) -> Self {
        self.hooks.states = Some((Box::new(a), Box::new(b)));
        self
    }

    /// Names the kind of a datagram, for [`Coverage::accepted`].
    #[must_use]
    pub fn kinds(mut self, kind: impl Fn(&[u8]) -> String + 'm) -> Self {
        self.hooks.kind = Box::new(kind);
        self
    }

    /// Rule 7, by the heap: both engines together never hold more than `limit` bytes. `measure` calls what it
    /// is given once, and says by how many bytes the heap has grown; a test binary has a counting
    /// allocator for that. What the owner holds (datagrams, events that were taken) does not count.
    #[must_use]
    pub fn heap(mut self, limit: i64, measure: impl Fn(&mut dyn FnMut()) -> i64 + 'm) -> Self {
        self.hooks.heap = Some((limit, Box::new(measure)));
        self
    }

    /// Rule 7, by the queues: after any number of inputs one drain gives at most so many datagrams, and
    /// at most so many events; 1024 if not set. Asserted in floods.
    #[must_use]
    pub const fn undrained(mut self, limit: usize) -> Self {
        self.hooks.undrained = limit;
        self
    }

    /// Sets how many forged datagrams the floods have, all together.
    #[must_use]
    pub const fn flood(mut self, inputs: u64) -> Self {
        self.flood = inputs;
        self
    }

    /// Sets how many steps the engines have to meet in before a flood; 100 if not set.
    #[must_use]
    pub const fn quiet(mut self, steps: u32) -> Self {
        self.quiet = steps;
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
        // One pair after another: what gets past the door may well close an engine.
        let mut seed = self.seed;
        while coverage.flooded < self.flood {
            self.flood_once(seed, &mut coverage)?;
            seed = seed.wrapping_add(1);
        }
        Ok(coverage)
    }

    fn run_once(
        &self,
        seed: u64,
        twist: Twist,
        coverage: &mut Coverage,
    ) -> Result<Vec<Output>, Failure> {
        self.with_schedule(seed, Some(twist), coverage, |schedule| {
            (0..self.steps).try_for_each(|_| schedule.step(&self.hooks, self.pace))
        })
    }

    fn flood_once(&self, seed: u64, coverage: &mut Coverage) -> Result<(), Failure> {
        let inputs = self.flood - coverage.flooded;
        self.with_schedule(seed, None, coverage, |schedule| {
            (0..self.quiet).try_for_each(|_| schedule.step(&self.hooks, self.pace))?;
            schedule.flood(&self.hooks, self.pace, inputs)
        })
        .map(drop)
    }

    /// Makes two engines and runs them; a panic is a violation too.
    fn with_schedule(
        &self,
        seed: u64,
        twist: Option<Twist>,
        coverage: &mut Coverage,
        run: impl FnOnce(&mut Schedule<A, B>) -> Result<(), Violation>,
    ) -> Result<Vec<Output>, Failure> {
        let mut mixer = seed;
        let mut entropy = SeededEntropy::entropy(splitmix64(&mut mixer));
        let mut made = None;
        let heap = self
            .hooks
            .measured(|| made = Some((self.make)(&mut entropy)));
        let Some((a, b)) = made else {
            return Ok(Vec::new());
        };
        let mut schedule = Schedule::new(a, b, splitmix64(&mut mixer), twist);
        schedule.heap = heap;
        let result = catch_unwind(AssertUnwindSafe(|| run(&mut schedule)))
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
