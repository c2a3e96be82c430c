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
