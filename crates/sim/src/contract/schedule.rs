//! One run of a random schedule over two engines.

use std::time::Duration;

use strata_core::{Datagram, Entropy, Instant, Path};

use super::{Coverage, Culprit, Drive};
use crate::{
    Host, Link, LinkConfig, Outgoing, SeededEntropy, Violation,
    contract::forge::Forger,
    drain::DRAIN_LIMIT,
    entropy::{index, splitmix64},
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

/// Something an engine put out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) step: u32,
    pub(super) engine: Culprit,
    said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Transmit(Outgoing, Vec<u8>),
    Event(String),
    Deadline(Option<Instant>),
}

/// The state of one run.
pub(super) struct Schedule<A, B> {
    a: A,
    b: B,
    a_to_b: Link,
    b_to_a: Link,
    now: Instant,
    /// Decides the schedule; drawn from in the same way in every run.
    dice: Entropy,
    /// Decides what differs between runs.
    twist_dice: Entropy,
    twist: Twist,
    forger: Forger,
    out: Vec<u8>,
    closed: [bool; 2],
    /// Whose timeout is due but was not handled yet: rule 4 does not hold then.
    owed: [bool; 2],
    pub(super) outputs: Vec<Output>,
    pub(super) coverage: Coverage,
    pub(super) steps: u32,
    pub(super) current: Culprit,
}

impl<A: Host, B: Host> Schedule<A, B> {
    pub(super) fn new(a: A, b: B, seed: u64, twist: Twist) -> Self {
        let mut mixer = seed;
        let mut dice = SeededEntropy::entropy(splitmix64(&mut mixer));
        // Half of the schedules are honest, so that the engines get somewhere.
        let hostile = dice.below(2) == 0;
        let config = link(&mut dice, hostile);
        Self {
            a,
            b,
            a_to_b: Link::new(config, splitmix64(&mut mixer)),
            b_to_a: Link::new(config, splitmix64(&mut mixer)),
            now: START,
            dice,
            twist_dice: SeededEntropy::entropy(splitmix64(&mut mixer)),
            twist,
            forger: Forger::new(SeededEntropy::entropy(splitmix64(&mut mixer)), hostile),
            out: Vec::new(),
            closed: [false; 2],
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
        drive: &Drive<'_, A, B>,
        closing: &dyn Fn(&str) -> bool,
        pace: Duration,
    ) -> Result<(), Violation> {
        if self.steps == 0 {
            // What the engines were told when they were made.
            self.drain(Culprit::A, closing)?;
            self.drain(Culprit::B, closing)?;
        }
        let before = self.now;
        self.now = self.next(pace);
        self.owed = [self.a.deadline(), self.b.deadline()]
            .map(|deadline| deadline.is_some_and(|due| due <= self.now));
        for engine in [Culprit::A, Culprit::B] {
            if self.twist == Twist::EarlyTimeouts {
                self.wake_early(engine, before)?;
            }
            let timeout_first = self.dice.below(4) == 0;
            if timeout_first {
                self.wake(engine, closing)?;
            }
            self.deliver(engine, closing)?;
            self.wake(engine, closing)?;
        }
        drive(&mut self.a, &mut self.b, self.now, &mut self.dice);
        self.drain(Culprit::A, closing)?;
        self.drain(Culprit::B, closing)?;
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
    fn wake_early(&mut self, engine: Culprit, before: Instant) -> Result<(), Violation> {
        self.current = engine;
        let mut early = before;
        for _ in 0..self.twist_dice.below(4) {
            early += Duration::from_nanos(self.twist_dice.below(nanos(self.now - early) + 1));
            let deadline = self.subject(engine).deadline();
            if deadline.is_some_and(|deadline| deadline <= early) {
                return Ok(());
            }
            self.coverage.early_timeouts += 1;
            self.subject(engine).wake(early);
            let look = self.twist_dice.below(2) == 0;
            let what = self.is_silent(engine, early, look).err().or_else(|| {
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

    /// Whether there is nothing to take; does not look if `look` is false.
    fn is_silent(&mut self, engine: Culprit, now: Instant, look: bool) -> Result<(), String> {
        if !look {
            return Ok(());
        }
        let mut out = Vec::new();
        if let Some(outgoing) = self.subject(engine).next_transmit(now, &mut out) {
            return Err(Said::Transmit(outgoing, out).to_string());
        }
        if !out.is_empty() {
            return Err(format!("{} bytes that nothing describes", out.len()));
        }
        match self.subject(engine).next_event() {
            Some(event) => Err(Said::Event(event).to_string()),
            None => Ok(()),
        }
    }

    fn wake(&mut self, engine: Culprit, closing: &dyn Fn(&str) -> bool) -> Result<(), Violation> {
        let now = self.now;
        self.current = engine;
        let due = self.subject(engine).deadline();
        if due.is_some_and(|due| due <= now) {
            self.coverage.timeouts += 1;
            *of(&mut self.owed, engine) = false;
            self.subject(engine).wake(now);
            self.drain(engine, closing)?;
        }
        Ok(())
    }

    /// Hands over what has arrived, and what was forged, sometimes several before one drain.
    fn deliver(
        &mut self,
        engine: Culprit,
        closing: &dyn Fn(&str) -> bool,
    ) -> Result<(), Violation> {
        let mut waiting = false;
        loop {
            let now = self.now;
            let mut input = match self.incoming(engine).receive(now) {
                Some(mut arrived) => {
                    let datagram = arrived.datagram();
                    let (path, ecn) = (datagram.path, datagram.ecn);
                    (path, ecn, arrived.payload)
                }
                None => match self.forger.forge(here(engine)) {
                    Some((path, payload)) => {
                        self.coverage.forged += 1;
                        (path, None, payload)
                    }
                    None => break,
                },
            };
            self.current = engine;
            let datagram = Datagram {
                path: input.0,
                ecn: input.1,
                payload: &mut input.2,
            };
            self.subject(engine).deliver(now, datagram);
            self.coverage.batched += u64::from(waiting);
            waiting = self.dice.below(2) == 0;
            if !waiting {
                self.drain(engine, closing)?;
            }
        }
        if waiting {
            self.drain(engine, closing)?;
        }
        Ok(())
    }

    /// Takes everything the engine has to say, and checks rules 2, 4 and 6, and how it appends.
    fn drain(&mut self, engine: Culprit, closing: &dyn Fn(&str) -> bool) -> Result<(), Violation> {
        self.current = engine;
        let now = self.now;
        if *of(&mut self.closed, engine) {
            return self.stays_closed(engine);
        }
        self.take_transmits(engine)?;
        let mut count = 0;
        while let Some(event) = self.subject(engine).next_event() {
            count += 1;
            if count > DRAIN_LIMIT {
                return Err(endless("poll_event", now));
            }
            self.coverage.events += 1;
            let closes = closing(&event);
            self.said(engine, Said::Event(event));
            if closes {
                self.coverage.closed += 1;
                *of(&mut self.closed, engine) = true;
                return self.stays_closed(engine);
            }
        }
        self.is_silent(engine, now, true)
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
    fn stays_closed(&mut self, engine: Culprit) -> Result<(), Violation> {
        let now = self.now;
        self.subject(engine).wake(now);
        let what = self.is_silent(engine, now, true).err().or_else(|| {
            let deadline = self.subject(engine).deadline();
            deadline.map(|deadline| Said::Deadline(Some(deadline)).to_string())
        });
        match what {
            Some(what) => Err(Violation::SpokeAfterClosing { what, now }),
            None => Ok(()),
        }
    }

    fn take_transmits(&mut self, engine: Culprit) -> Result<(), Violation> {
        let now = self.now;
        let mut out = std::mem::take(&mut self.out);
        for _ in 0..DRAIN_LIMIT {
            out.clear();
            if self.twist == Twist::Prefix {
                let length = index(&mut self.twist_dice, 40);
                out.resize(length, 0);
                self.twist_dice.fill(&mut out);
            }
            let prefix = out.clone();
            let outgoing = self.subject(engine).next_transmit(now, &mut out);
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

    fn sent(&mut self, engine: Culprit, outgoing: Outgoing, bytes: &[u8]) {
        let now = self.now;
        let path = outgoing.path.unwrap_or_else(|| here(engine));
        for payload in outgoing.segments(bytes) {
            self.coverage.transmits += 1;
            self.forger.remember(path, payload);
            let link = match engine {
                Culprit::A => &mut self.a_to_b,
                Culprit::B => &mut self.b_to_a,
            };
            link.send(now, path, outgoing.ecn, payload);
        }
        self.said(engine, Said::Transmit(outgoing, bytes.to_vec()));
    }

    fn said(&mut self, engine: Culprit, said: Said) {
        self.outputs.push(Output {
            step: self.steps,
            engine,
            said,
        });
    }

    fn incoming(&mut self, engine: Culprit) -> &mut Link {
        match engine {
            Culprit::A => &mut self.b_to_a,
            Culprit::B => &mut self.a_to_b,
        }
    }

    fn subject(&mut self, engine: Culprit) -> &mut dyn Subject {
        match engine {
            Culprit::A => &mut self.a,
            Culprit::B => &mut self.b,
        }
    }
}

/// A [`Host`] whose events are text already.
trait Subject {
    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>);
    fn wake(&mut self, now: Instant);
    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing>;
    fn next_event(&mut self) -> Option<String>;
    fn deadline(&self) -> Option<Instant>;
}

impl<H: Host> Subject for H {
    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>) {
        Host::deliver(self, now, datagram);
    }

    fn wake(&mut self, now: Instant) {
        Host::wake(self, now);
    }

    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing> {
        Host::next_transmit(self, now, out)
    }

    fn next_event(&mut self) -> Option<String> {
        Host::next_event(self).map(|event| format!("{event:?}"))
    }

    fn deadline(&self) -> Option<Instant> {
        Host::deadline(self)
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

impl Output {
    pub(super) fn describe(&self) -> String {
        format!("{} in step {}: {}", self.engine, self.step, self.said)
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Transmit(outgoing, bytes) => {
                write!(f, "{} bytes ", bytes.len())?;
                if let Some(path) = outgoing.path {
                    write!(f, "to {} ", path.remote)?;
                }
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Event(event) => write!(f, "event {event}"),
            Self::Deadline(Some(deadline)) => write!(f, "deadline {deadline:?}"),
            Self::Deadline(None) => f.write_str("no deadline"),
        }
    }
}

/// A link for one schedule; one in four is perfect.
fn link(dice: &mut Entropy, hostile: bool) -> LinkConfig {
    let config = LinkConfig::new()
        .rate(10_000_000)
        .queue_bytes(100_000)
        .delay(Duration::from_micros(dice.below(80_000)));
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
const fn here(engine: Culprit) -> Path {
    let path = Path::udp(A_ADDRESS, B_ADDRESS);
    match engine {
        Culprit::A => path,
        Culprit::B => path.reversed(),
    }
}

const fn of<T>(both: &mut [T; 2], engine: Culprit) -> &mut T {
    let [a, b] = both;
    match engine {
        Culprit::A => a,
        Culprit::B => b,
    }
}

const fn endless(what: &'static str, now: Instant) -> Violation {
    Violation::EndlessDrain {
        what,
        limit: DRAIN_LIMIT,
        now,
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
