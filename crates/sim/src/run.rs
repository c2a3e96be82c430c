//! Running a virtual world, and its limits.

use std::time::Duration;

use strata_core::Instant;

use crate::Violation;

/// How far one call to a `run_*` method may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunLimits {
    /// How many steps; a step is one datagram delivered or one timeout handled. Two engines that talk
    /// to each other without end (livelock) reach it. Default: one million.
    pub steps: u64,
    /// How much virtual time may pass until a condition comes true. Default: ten minutes.
    pub time: Duration,
}

/// Why a run ended before what it waited for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// No timer runs and nothing is under way: what it waited for can never happen.
    #[error("everything is idle since {at:?}, after {steps} steps")]
    Idle {
        /// When the last thing happened.
        at: Instant,
        /// How many steps this run took.
        steps: u64,
    },
    /// [`RunLimits::steps`] was reached.
    #[error("livelock? at {at:?} after {steps} steps there is no end")]
    Steps {
        /// When.
        at: Instant,
        /// How many steps this run took.
        steps: u64,
    },
    /// [`RunLimits::time`] was reached.
    #[error("nothing of it by {at:?}, after {steps} steps")]
    Time {
        /// When.
        at: Instant,
        /// How many steps this run took.
        steps: u64,
    },
    /// An engine broke the contract; 0 is the first of a [`Pair`](crate::Pair).
    #[error("host {host} broke the contract: {violation}")]
    Contract {
        /// Which engine.
        host: usize,
        /// How.
        violation: Violation,
    },
}

/// The time in a world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) now: Instant,
    pub(crate) steps: u64,
    pub(crate) limits: RunLimits,
}

/// What can be run: a pair, a network.
pub(crate) trait World {
    fn clock(&mut self) -> &mut Clock;

    /// Takes what all engines have to say, without letting time pass.
    fn drain(&mut self) -> Result<(), RunError>;

    /// When the next thing happens.
    fn next_step(&self) -> Option<Instant>;

    /// Lets one of the things happen that are due at `next`.
    fn happen(&mut self, next: Instant) -> Result<(), RunError>;
}

/// The methods that every world has, with fields `clock` and `trace`: not a trait, so that a test need not import one.
macro_rules! run_methods {
    () => {
        /// The virtual time: what to pass to the engines' API.
        pub const fn now(&self) -> Instant {
            self.clock.now
        }

        /// How many steps were taken since the beginning: datagrams routed or delivered, timeouts handled.
        pub const fn steps(&self) -> u64 {
            self.clock.steps
        }

        /// Changes how far one run may go.
        pub const fn set_limits(&mut self, limits: RunLimits) {
            self.clock.limits = limits;
        }

        /// Records every datagram that an engine sends from now on, for [`trace`](Self::trace).
        pub fn record(&mut self) {
            self.trace.begin();
        }

        /// The datagrams sent since [`record`](Self::record), in the order they were sent. The fate of each is what
        /// became of it on its sender's own link.
        pub fn trace(&self) -> &[Record] {
            self.trace.records()
        }

        /// Lets the next thing happen, and time pass until then; `false` if there is none.
        ///
        /// # Errors
        /// [`RunError::Contract`] if an engine breaks it.
        pub fn step(&mut self) -> Result<bool, RunError> {
            run::step(self)
        }

        /// Runs until `condition` is true, and tells the virtual time that took. The condition is asked first now,
        /// and then after every step; it may call the engines' API.
        ///
        /// # Errors
        /// [`RunError`] if that never comes within the limits, or if an engine breaks the contract.
        pub fn run_until(
            &mut self,
            condition: impl FnMut(&mut Self) -> bool,
        ) -> Result<Duration, RunError> {
            run::until(self, condition)
        }

        /// Runs for exactly this much virtual time, whether anything happens or not.
        ///
        /// # Errors
        /// [`RunError::Steps`] and [`RunError::Contract`].
        pub fn run_for(&mut self, duration: Duration) -> Result<(), RunError> {
            run::to(self, self.now() + duration)
        }

        /// Runs until exactly this instant; what is due then happens too.
        ///
        /// # Errors
        /// [`RunError::Steps`] and [`RunError::Contract`].
        pub fn run_to(&mut self, end: Instant) -> Result<(), RunError> {
            run::to(self, end)
        }

        /// Runs until no timer runs and nothing is under way.
        ///
        /// # Errors
        /// [`RunError`] if that does not come within the limits: an engine with a keep-alive never rests.
        pub fn run_until_idle(&mut self) -> Result<Duration, RunError> {
            run::until(self, |world| world.next_step().is_none())
        }
    };
}
pub(crate) use run_methods;

/// Lets the next thing happen; `false` if there is none.
pub(crate) fn step(world: &mut impl World) -> Result<bool, RunError> {
    world.drain()?;
    match world.next_step() {
        Some(next) => advance(world, next).map(|()| true),
        None => Ok(false),
    }
}

/// Runs until `condition` is true, and tells how long that took.
pub(crate) fn until<W: World>(
    world: &mut W,
    mut condition: impl FnMut(&mut W) -> bool,
) -> Result<Duration, RunError> {
    let start = *world.clock();
    let deadline = start.now + start.limits.time;
    loop {
        world.drain()?;
        let done = condition(world);
        world.drain()?;
        let at = world.clock().now;
        let steps = world.clock().steps - start.steps;
        if done {
            return Ok(at - start.now);
        }
        match world.next_step() {
            None => return Err(RunError::Idle { at, steps }),
            Some(next) if next > deadline => return Err(RunError::Time { at, steps }),
            Some(_) if steps >= start.limits.steps => return Err(RunError::Steps { at, steps }),
            Some(next) => advance(world, next)?,
        }
    }
}

/// Runs until exactly `end`.
pub(crate) fn to(world: &mut impl World, end: Instant) -> Result<(), RunError> {
    let start = *world.clock();
    world.drain()?;
    while let Some(next) = world.next_step().filter(|next| *next <= end) {
        let steps = world.clock().steps - start.steps;
        if steps >= start.limits.steps {
            let at = world.clock().now;
            return Err(RunError::Steps { at, steps });
        }
        advance(world, next)?;
    }
    let clock = world.clock();
    clock.now = clock.now.max(end);
    Ok(())
}

fn advance(world: &mut impl World, next: Instant) -> Result<(), RunError> {
    let clock = world.clock();
    clock.now = clock.now.max(next);
    clock.steps += 1;
    let now = clock.now;
    world.happen(now)
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            time: Duration::from_mins(10),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            now: START,
            steps: 0,
            limits: RunLimits::default(),
        }
    }
}

/// When virtual time begins in every [`Pair`](crate::Pair), [`Network`](crate::Network) and
/// [`contract`](crate::contract) schedule: one second after the epoch, so that a time never set shows.
pub const START: Instant = Instant::from_millis(1000);
