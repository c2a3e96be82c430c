//! Emptying an engine as its owner must, and noticing when it breaks a rule.

use strata_core::Instant;

use super::{
    Culprit, Hooks,
    schedule::{Schedule, Twist, here, of},
    subject::{Output, Said},
};
use crate::{Host, Outgoing, Violation, drain::DRAIN_LIMIT, entropy::index};

impl<A: Host, B: Host> Schedule<A, B> {
    /// Takes everything the engine has to say, and checks rules 2, 4, 6 and 7, and how it appends.
    pub(super) fn drain(
        &mut self,
        engine: Culprit,
        hooks: &Hooks<'_, A, B>,
    ) -> Result<(), Violation> {
        self.current = engine;
        let now = self.now;
        if *of(&mut self.closed, engine) {
            return self.stays_closed(engine, hooks);
        }
        self.take_transmits(engine, hooks)?;
        self.is_within(hooks)?;
        let mut count = 0;
        while let Some(event) = self.next_event(engine, hooks) {
            count += 1;
            if count > DRAIN_LIMIT {
                return Err(endless("poll_event", now));
            }
            self.piles_up("poll_event", count, hooks)?;
            self.coverage.count_event(&event);
            let closes = (hooks.closing)(&event);
            self.said(engine, Said::Event(event));
            if closes {
                self.coverage.closed += 1;
                *of(&mut self.closed, engine) = true;
                return self.stays_closed(engine, hooks);
            }
        }
        self.is_silent(engine, now, hooks)
            .map_err(|what| Violation::DrainNotFinal { what, now })?;
        let deadline = self.subject(engine).deadline();
        self.said(engine, Said::Deadline(deadline));
        match deadline {
            Some(deadline) if deadline <= now && !*of(&mut self.owed, engine) => {
                Err(Violation::DeadlineNotLater { now, deadline })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Rule 6.
    fn stays_closed(&mut self, engine: Culprit, hooks: &Hooks<'_, A, B>) -> Result<(), Violation> {
        let now = self.now;
        self.measure(engine, hooks, |subject| subject.wake(now));
        let what = self.is_silent(engine, now, hooks).err().or_else(|| {
            let deadline = self.subject(engine).deadline();
            deadline.map(|deadline| Said::Deadline(Some(deadline)).to_string())
        });
        match what {
            Some(what) => Err(Violation::SpokeAfterClosing { what, now }),
            None => Ok(()),
        }
    }

    /// Rule 7: the heap is within what the test allows.
    fn is_within(&mut self, hooks: &Hooks<'_, A, B>) -> Result<(), Violation> {
        self.coverage.most_heap_bytes = self.coverage.most_heap_bytes.max(self.heap);
        match hooks.heap {
            Some((limit, _)) if self.heap > limit => Err(Violation::Grew {
                bytes: self.heap,
                limit,
                now: self.now,
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Rule 7: in a flood, so many answers of `what` in one drain are within what the test allows.
    fn piles_up(
        &mut self,
        what: &'static str,
        count: usize,
        hooks: &Hooks<'_, A, B>,
    ) -> Result<(), Violation> {
        if !self.flooding {
            return Ok(());
        }
        self.coverage.most_undrained = self.coverage.most_undrained.max(count);
        if count > hooks.undrained {
            return Err(Violation::PiledUp {
                what,
                limit: hooks.undrained,
                now: self.now,
            });
        }
        Ok(())
    }

    /// The next event as text. What the text takes is not the engine's.
    fn next_event(&mut self, engine: Culprit, hooks: &Hooks<'_, A, B>) -> Option<String> {
        let event = self
            .measure(engine, hooks, |subject| subject.next_event())
            .flatten();
        if hooks.heap.is_some() {
            self.heap -= signed(event.as_ref().map_or(0, String::capacity));
        }
        event
    }

    /// The next datagram, behind what is in `out`. What `out` takes is not the engine's.
    fn next_transmit(
        &mut self,
        engine: Culprit,
        now: Instant,
        out: &mut Vec<u8>,
        hooks: &Hooks<'_, A, B>,
    ) -> Option<Outgoing> {
        let room = out.capacity();
        let outgoing = self
            .measure(engine, hooks, |subject| subject.next_transmit(now, out))
            .flatten();
        if hooks.heap.is_some() {
            self.heap -= signed(out.capacity()) - signed(room);
        }
        outgoing
    }

    fn take_transmits(
        &mut self,
        engine: Culprit,
        hooks: &Hooks<'_, A, B>,
    ) -> Result<(), Violation> {
        let now = self.now;
        let mut out = std::mem::take(&mut self.out);
        for count in 0..DRAIN_LIMIT {
            self.piles_up("poll_transmit", count, hooks)?;
            out.clear();
            if self.twist == Twist::Prefix {
                let length = index(&mut self.twist_dice, 40);
                out.resize(length, 0);
                self.twist_dice.fill(&mut out);
            }
            let prefix = out.clone();
            let outgoing = self.next_transmit(engine, now, &mut out, hooks);
            let Some(bytes) = out.strip_prefix(&prefix[..]) else {
                let what = "changed the bytes that were in `out` before";
                return Err(Violation::Append { what, now });
            };
            match outgoing {
                None if bytes.is_empty() => {
                    self.out = out;
                    return Ok(());
                }
                None => {
                    let what = "appended bytes without describing them";
                    return Err(Violation::Append { what, now });
                }
                Some(_) if bytes.is_empty() => {
                    let what = "described bytes but appended none";
                    return Err(Violation::Append { what, now });
                }
                Some(outgoing) => self.sent(engine, outgoing, bytes),
            }
        }
        Err(endless("poll_transmit", now))
    }

    /// Whether there is nothing to take.
    pub(super) fn is_silent(
        &mut self,
        engine: Culprit,
        now: Instant,
        hooks: &Hooks<'_, A, B>,
    ) -> Result<(), String> {
        let mut out = Vec::new();
        if let Some(outgoing) = self.next_transmit(engine, now, &mut out, hooks) {
            return Err(Said::Transmit(outgoing, out).to_string());
        }
        if !out.is_empty() {
            return Err(format!("{} bytes that nothing describes", out.len()));
        }
        match self.next_event(engine, hooks) {
            Some(event) => Err(Said::Event(event).to_string()),
            None => Ok(()),
        }
    }

    fn sent(&mut self, engine: Culprit, outgoing: Outgoing, bytes: &[u8]) {
        let now = self.now;
        let path = outgoing.path.unwrap_or_else(|| here(engine));
        for payload in outgoing.segments(bytes) {
            self.coverage.transmits += 1;
            self.forger.remember(engine, path, payload);
            let (other, link) = match engine {
                Culprit::A => (Culprit::B, &mut self.a_to_b),
                Culprit::B => (Culprit::A, &mut self.b_to_a),
            };
            payload.clone_into(of(&mut self.honest, other));
            link.send(now, path, outgoing.ecn, payload);
        }
        self.said(engine, Said::Transmit(outgoing, bytes.to_vec()));
    }

    fn said(&mut self, engine: Culprit, said: Said) {
        if self.flooding {
            return; // nothing is compared
        }
        self.outputs.push(Output {
            step: self.steps,
            engine,
            said,
        });
    }
}

const fn endless(what: &'static str, now: Instant) -> Violation {
    Violation::EndlessDrain {
        what,
        limit: DRAIN_LIMIT,
        now,
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
