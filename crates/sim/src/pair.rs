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
    run::{self, Clock, World, run_methods},
    trace::Trace,
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
    trace: Trace,
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
            trace: Trace::default(),
        }
    }

    run_methods!();

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
        self.side_a().drain()?;
        self.side_b().drain()
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

    /// Gives `a` a datagram that `b` never sent, now.
    ///
    /// # Errors
    /// [`RunError::Contract`].
    pub fn inject_to_a(&mut self, payload: &[u8]) -> Result<(), RunError> {
        self.side_a().inject(payload)
    }

    /// Gives `b` a datagram that `a` never sent, now.
    ///
    /// # Errors
    /// [`RunError::Contract`].
    pub fn inject_to_b(&mut self, payload: &[u8]) -> Result<(), RunError> {
        self.side_b().inject(payload)
    }

    const fn side_a(&mut self) -> Side<'_, A> {
        let [owed, _] = self.owed;
        Side {
            index: 0,
            host: &mut self.a,
            events: &mut self.a_events,
            link: &mut self.a_to_b,
            path: A_TO_B,
            owed,
            now: self.clock.now,
            out: &mut self.out,
            trace: &mut self.trace,
        }
    }

    const fn side_b(&mut self) -> Side<'_, B> {
        let [_, owed] = self.owed;
        Side {
            index: 1,
            host: &mut self.b,
            events: &mut self.b_events,
            link: &mut self.b_to_a,
            path: B_TO_A,
            owed,
            now: self.clock.now,
            out: &mut self.out,
            trace: &mut self.trace,
        }
    }
}

/// One engine of a pair, and what it needs to be drained.
struct Side<'p, H: Host> {
    /// 0 for `a`, 1 for `b`: how records and errors name it.
    index: usize,
    host: &'p mut H,
    events: &'p mut Vec<(Instant, H::Event)>,
    /// The link away from it.
    link: &'p mut Link,
    /// Where the datagrams of a plain engine go, which does not say so itself.
    path: Path,
    /// Whether its timeout is due but was not handled yet.
    owed: bool,
    now: Instant,
    out: &'p mut Vec<u8>,
    trace: &'p mut Trace,
}

impl<H: Host> Side<'_, H> {
    fn inject(self, payload: &[u8]) -> Result<(), RunError> {
        let mut payload = payload.to_vec();
        self.host
            .deliver(self.now, Datagram::new(self.path, &mut payload));
        self.drain()
    }

    fn drain(self) -> Result<(), RunError> {
        let (now, host) = (self.now, self.index);
        drain(
            self.host,
            now,
            self.owed,
            self.out,
            |outgoing, bytes| {
                let path = outgoing.path.unwrap_or(self.path);
                self.trace
                    .send((now, host), (self.link, path), outgoing, bytes);
            },
            |event| self.events.push((now, event)),
        )
        .map_err(|violation| RunError::Contract { host, violation })
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
            self.side_a().drain()
        } else if let Some(mut arrived) = self.a_to_b.receive(now) {
            self.b.deliver(now, arrived.datagram());
            self.a_to_b.recycle(arrived.payload);
            self.side_b().drain()
        } else if *a_owed {
            *a_owed = false;
            self.a.wake(now);
            self.side_a().drain()
        } else {
            *b_owed = false;
            self.b.wake(now);
            self.side_b().drain()
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

const A_TO_B: Path = Path::udp(A_ADDRESS, B_ADDRESS);
const B_TO_A: Path = Path::udp(B_ADDRESS, A_ADDRESS);
