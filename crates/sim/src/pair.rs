//! Two engines and the link between them.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use strata_core::{Datagram, Instant, Path, earliest};

use crate::{
    Host, Link, LinkConfig, Record, RunError, RunLimits,
    drain::drain,
    entropy::splitmix64,
    run::{self, Clock, World},
    trace::remember,
};

#[cfg(test)]
mod tests;

/// Two engines joined by a duplex link, in virtual time.
///
/// The engines are public: a test calls their API between runs, or inside
/// [`run_until`](Self::run_until)'s condition, with [`now`](Self::now); the next step drains them.
/// Routed engines get every datagram with the path its sender gave, reversed, whatever the addresses;
/// between plain engines the path is that from [`A_ADDRESS`](Self::A_ADDRESS) to
/// [`B_ADDRESS`](Self::B_ADDRESS). Where addresses matter, use a [`Network`](crate::Network).
pub struct Pair<A: Host, B: Host> {
    /// The one engine.
    pub a: A,
    /// The other engine.
    pub b: B,
    /// What `a` told and when, oldest first; the test takes from it what it likes.
    pub a_events: Vec<(Instant, A::Event)>,
    /// What `b` told and when.
    pub b_events: Vec<(Instant, B::Event)>,
    /// The way from `a` to `b`.
    pub a_to_b: Link,
    /// The way from `b` to `a`.
    pub b_to_a: Link,
    clock: Clock,
    /// Whose timeout is due but was not handled yet.
    owed: [bool; 2],
    out: Vec<u8>,
    trace: Option<Vec<Record>>,
}

impl<A: Host, B: Host> Pair<A, B> {
    /// The address of `a`, for plain engines: 192.0.2.1:5000.
    pub const A_ADDRESS: SocketAddr = A_ADDRESS;
    /// The address of `b`, for plain engines: 192.0.2.2:5000.
    pub const B_ADDRESS: SocketAddr = B_ADDRESS;

    /// Joins two engines by the same link in both directions; `seed` decides every chance.
    ///
    /// Virtual time begins at [`START`](crate::START).
    pub fn new(a: A, b: B, link: LinkConfig, seed: u64) -> Self {
        Self::with_links(a, b, link, link, seed)
    }

    /// Joins two engines by a link that is different in each direction.
    pub fn with_links(a: A, b: B, a_to_b: LinkConfig, b_to_a: LinkConfig, seed: u64) -> Self {
        let mut mixer = seed;
        Self {
            a,
            b,
            a_events: Vec::new(),
            b_events: Vec::new(),
            a_to_b: Link::new(a_to_b, splitmix64(&mut mixer)),
            b_to_a: Link::new(b_to_a, splitmix64(&mut mixer)),
            clock: Clock::default(),
            owed: [false; 2],
            out: Vec::new(),
            trace: None,
        }
    }

    /// The virtual time: what to pass to the engines' API.
    pub const fn now(&self) -> Instant {
        self.clock.now
    }

    /// How many steps were taken since the beginning.
    pub const fn steps(&self) -> u64 {
        self.clock.steps
    }

    /// Changes how far one run may go.
    pub const fn set_limits(&mut self, limits: RunLimits) {
        self.clock.limits = limits;
    }

    /// Remembers every datagram sent from now on in [`trace`](Self::trace).
    pub fn record(&mut self) {
        self.trace.get_or_insert_with(Vec::new);
    }

    /// The datagrams sent since [`record`](Self::record), in the order they were sent.
    pub fn trace(&self) -> &[Record] {
        self.trace.as_deref().unwrap_or_default()
    }

    /// Replaces what both directions do.
    pub const fn set_link(&mut self, config: LinkConfig) {
        self.a_to_b.set_config(config);
        self.b_to_a.set_config(config);
    }

    /// Lets nothing pass in either direction, until [`restore`](Self::restore).
    pub const fn cut(&mut self) {
        self.a_to_b.cut();
        self.b_to_a.cut();
    }

    /// Ends a [`cut`](Self::cut).
    pub const fn restore(&mut self) {
        self.a_to_b.restore();
        self.b_to_a.restore();
    }

    /// Takes what both engines have to say, without letting time pass.
    ///
    /// # Errors
    /// [`RunError::Contract`] if an engine does not come to an end or asks for a timeout in the past.
    pub fn drain(&mut self) -> Result<(), RunError> {
        self.drain_a()?;
        self.drain_b()
    }

    /// When the next thing happens: a datagram arrives or a timer ends.
    pub fn next_step(&self) -> Option<Instant> {
        earliest([
            self.a_to_b.next_arrival(),
            self.b_to_a.next_arrival(),
            self.a.deadline(),
            self.b.deadline(),
        ])
    }

    /// Lets the next thing happen, and time pass until then; `false` if there is none.
    ///
    /// # Errors
    /// [`RunError::Contract`] if an engine breaks it.
    pub fn step(&mut self) -> Result<bool, RunError> {
        run::step(self)
    }

    /// Runs until `condition` is true of the pair, and tells the virtual time that took. The condition
    /// is asked first now, and then after every step; it may call the engines' API.
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
        run::until(self, |pair| pair.next_step().is_none())
    }

    /// Gives `a` a datagram that `b` never sent, now.
    ///
    /// # Errors
    /// [`RunError::Contract`].
    pub fn inject_to_a(&mut self, payload: &[u8]) -> Result<(), RunError> {
        let path = Path::udp(Self::A_ADDRESS, Self::B_ADDRESS);
        let mut payload = payload.to_vec();
        self.a
            .deliver(self.clock.now, Datagram::new(path, &mut payload));
        self.drain_a()
    }

    /// Gives `b` a datagram that `a` never sent, now.
    ///
    /// # Errors
    /// [`RunError::Contract`].
    pub fn inject_to_b(&mut self, payload: &[u8]) -> Result<(), RunError> {
        let path = Path::udp(Self::B_ADDRESS, Self::A_ADDRESS);
        let mut payload = payload.to_vec();
        self.b
            .deliver(self.clock.now, Datagram::new(path, &mut payload));
        self.drain_b()
    }

    fn drain_a(&mut self) -> Result<(), RunError> {
        let (now, link, trace) = (self.clock.now, &mut self.a_to_b, &mut self.trace);
        let default = Path::udp(Self::A_ADDRESS, Self::B_ADDRESS);
        let events = &mut self.a_events;
        let [owed, _] = self.owed;
        drain(
            &mut self.a,
            now,
            owed,
            &mut self.out,
            |outgoing, bytes| {
                let path = outgoing.path.unwrap_or(default);
                for payload in outgoing.segments(bytes) {
                    let fate = link.send(now, path, outgoing.ecn, payload);
                    remember(trace, now, 0, path, fate, payload);
                }
            },
            |event| events.push((now, event)),
        )
        .map_err(|violation| RunError::Contract { host: 0, violation })
    }

    fn drain_b(&mut self) -> Result<(), RunError> {
        let (now, link, trace) = (self.clock.now, &mut self.b_to_a, &mut self.trace);
        let default = Path::udp(Self::B_ADDRESS, Self::A_ADDRESS);
        let events = &mut self.b_events;
        let [_, owed] = self.owed;
        drain(
            &mut self.b,
            now,
            owed,
            &mut self.out,
            |outgoing, bytes| {
                let path = outgoing.path.unwrap_or(default);
                for payload in outgoing.segments(bytes) {
                    let fate = link.send(now, path, outgoing.ecn, payload);
                    remember(trace, now, 1, path, fate, payload);
                }
            },
            |event| events.push((now, event)),
        )
        .map_err(|violation| RunError::Contract { host: 1, violation })
    }
}

impl<A: Host, B: Host> World for Pair<A, B> {
    fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    fn drain(&mut self) -> Result<(), RunError> {
        Self::drain(self)
    }

    fn next_step(&self) -> Option<Instant> {
        Self::next_step(self)
    }

    /// Lets one thing happen at `next`: arrivals before timeouts, `a` before `b`.
    fn happen(&mut self, next: Instant) -> Result<(), RunError> {
        let now = next;
        self.owed = [self.a.deadline(), self.b.deadline()]
            .map(|deadline| deadline.is_some_and(|due| due <= next));
        let [a_owed, b_owed] = &mut self.owed;
        if let Some(mut arrived) = self.b_to_a.receive(now) {
            self.a.deliver(now, arrived.datagram());
            self.b_to_a.recycle(arrived.payload);
            self.drain_a()
        } else if let Some(mut arrived) = self.a_to_b.receive(now) {
            self.b.deliver(now, arrived.datagram());
            self.a_to_b.recycle(arrived.payload);
            self.drain_b()
        } else if *a_owed {
            *a_owed = false;
            self.a.wake(now);
            self.drain_a()
        } else {
            *b_owed = false;
            self.b.wake(now);
            self.drain_b()
        }
    }
}

impl<A: Host, B: Host> fmt::Debug for Pair<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("now", &self.clock.now)
            .field("steps", &self.clock.steps)
            .field("a_to_b", &self.a_to_b)
            .field("b_to_a", &self.b_to_a)
            .finish_non_exhaustive()
    }
}

pub(crate) const A_ADDRESS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5000);
pub(crate) const B_ADDRESS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 5000);
