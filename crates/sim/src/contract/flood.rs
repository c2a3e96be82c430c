//! Thousands of forged datagrams, to see that nothing grows.

use std::time::Duration;

use super::{
    Culprit, Hooks,
    schedule::{Schedule, here},
};
use crate::{Host, Violation};

/// Forged datagrams for each engine between two steps.
const BURST: usize = 32;

/// Every so many steps the owner comes so late that there were this many times the limit of the queues: many
/// forged datagrams are refused at the door.
const LATE_STEPS: u32 = 16;
const LATE_BURST: usize = 16;

impl<A: Host, B: Host> Schedule<A, B> {
    /// Rule 7: floods both engines until one has closed or got all `inputs`.
    pub(super) fn flood(
        &mut self,
        hooks: &Hooks<'_, A, B>,
        pace: Duration,
        inputs: u64,
    ) -> Result<(), Violation> {
        self.flooding = true;
        for round in 1.. {
            let late = round % LATE_STEPS == 0;
            let burst = if late {
                LATE_BURST * hooks.undrained
            } else {
                BURST
            };
            for engine in [Culprit::A, Culprit::B] {
                for _ in 0..burst {
                    let forged = self.forger.make(engine, here(engine));
                    self.coverage.flooded += 1;
                    self.hand_over_forged(engine, hooks, forged);
                }
                self.drain(engine, hooks)?;
            }
            self.step(hooks, pace)?;
            if self.coverage.flooded >= inputs || self.closed.contains(&true) {
                break;
            }
            self.coverage.longest_flood = self.coverage.flooded;
        }
        Ok(())
    }
}
