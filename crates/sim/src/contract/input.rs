//! Handing over what arrives, and seeing what becomes of it.

use strata_core::Datagram;

use super::{
    Culprit, Forgery, Hooks,
    forge::Forged,
    schedule::{Schedule, of},
    subject::Subject,
};
use crate::Host;

impl<A: Host, B: Host> Schedule<A, B> {
    /// Hands over what no honest peer sent now, repaired if the test knows how.
    pub(super) fn hand_over_forged(
        &mut self,
        engine: Culprit,
        hooks: &Hooks<'_, A, B>,
        mut forged: Forged,
    ) {
        self.coverage.forged += 1;
        if let Some(repair) = hooks.repair.as_ref().filter(|_| forged.repaired) {
            let forgery = Forgery {
                to: engine,
                a: &self.a,
                b: &self.b,
                honest: of(&mut self.honest, engine),
            };
            repair(forgery, &mut forged.payload);
            self.coverage.repaired += 1;
        }
        let datagram = Datagram::new(forged.path, &mut forged.payload);
        self.hand_over(engine, hooks, datagram, forged.replayed);
    }

    /// Hands over one datagram, and sees whether the engine counts it as dropped.
    pub(super) fn hand_over(
        &mut self,
        engine: Culprit,
        hooks: &Hooks<'_, A, B>,
        datagram: Datagram<'_>,
        honest: bool,
    ) {
        self.current = engine;
        let now = self.now;
        let before = self.dropped(engine, hooks);
        let kind = before.map(|_| (hooks.kind)(datagram.payload));
        self.measure(engine, hooks, |subject| subject.deliver(now, datagram));
        if let Some(kind) = kind.filter(|_| self.dropped(engine, hooks) == before) {
            let accepted = self.coverage.accepted.entry(kind).or_default();
            accepted.honest += u64::from(honest);
            accepted.forged += u64::from(!honest);
            self.coverage.past_the_door += u64::from(!honest);
        }
    }

    fn dropped(&self, engine: Culprit, hooks: &Hooks<'_, A, B>) -> Option<u64> {
        let (a, b) = hooks.dropped.as_ref()?;
        Some(match engine {
            Culprit::A => a(&self.a),
            Culprit::B => b(&self.b),
        })
    }

    /// Calls the engine, and counts what it keeps.
    pub(super) fn measure<T>(
        &mut self,
        engine: Culprit,
        hooks: &Hooks<'_, A, B>,
        call: impl FnOnce(&mut dyn Subject) -> T,
    ) -> Option<T> {
        let mut answer = None;
        let subject = self.subject(engine);
        let grown = hooks.measured(|| answer = Some(call(subject)));
        self.heap += grown;
        answer
    }
}
