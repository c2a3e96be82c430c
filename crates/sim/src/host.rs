//! Engines of both families, as the virtual network sees them.

use std::{fmt::Debug, num::NonZeroUsize};

use strata_core::{Datagram, Ecn, Endpoint, Instant, Path, Transmit};

/// Something the virtual network can drive.
///
/// Every [`Endpoint`] whose input is `&mut [u8]` or [`Datagram`] (or another [`Arrival`]) and whose
/// transmit is `()` or [`Transmit`] (or converts into [`Outgoing`]) is a host already. Implement it by
/// hand only for a composition that is no `Endpoint`. The names differ from `Endpoint`'s, so that a
/// test may import both traits.
pub trait Host {
    /// What the engine tells.
    type Event: Debug;

    /// [`Endpoint::handle_input`].
    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>);

    /// [`Endpoint::handle_timeout`].
    fn wake(&mut self, now: Instant);

    /// [`Endpoint::poll_transmit`].
    #[must_use]
    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing>;

    /// [`Endpoint::poll_event`].
    #[must_use]
    fn next_event(&mut self) -> Option<Self::Event>;

    /// [`Endpoint::poll_timeout`].
    #[must_use]
    fn deadline(&self) -> Option<Instant>;
}

impl<E> Host for E
where
    E: Endpoint,
    E::Event: Debug,
    E::Transmit: Into<Outgoing>,
    for<'a> E::Input<'a>: Arrival<'a>,
{
    type Event = E::Event;

    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.handle_input(now, Arrival::arrive(datagram));
    }

    fn wake(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing> {
        self.poll_transmit(now, out).map(Into::into)
    }

    fn next_event(&mut self) -> Option<Self::Event> {
        self.poll_event()
    }

    fn deadline(&self) -> Option<Instant> {
        self.poll_timeout()
    }
}

/// What an engine takes a datagram as: plain engines see its bytes, routed ones its path too.
pub trait Arrival<'a> {
    /// The input that this datagram is.
    fn arrive(datagram: Datagram<'a>) -> Self;
}

impl<'a> Arrival<'a> for &'a mut [u8] {
    fn arrive(datagram: Datagram<'a>) -> Self {
        datagram.payload
    }
}

impl<'a> Arrival<'a> for Datagram<'a> {
    fn arrive(datagram: Self) -> Self {
        datagram
    }
}

/// What an engine said of the bytes it appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where they go; `None` from a plain engine, which does not know.
    pub path: Option<Path>,
    /// The ECN codepoint to set.
    pub ecn: Option<Ecn>,
    /// The size of each datagram but the last, if they are a run.
    pub segment_size: Option<NonZeroUsize>,
}

impl Outgoing {
    /// The datagrams that `bytes` are.
    pub(crate) fn segments<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
        let size = self.segment_size.map_or(bytes.len(), NonZeroUsize::get);
        bytes.chunks(size.max(1))
    }
}

impl From<()> for Outgoing {
    fn from((): ()) -> Self {
        Self {
            path: None,
            ecn: None,
            segment_size: None,
        }
    }
}

impl From<Transmit> for Outgoing {
    fn from(transmit: Transmit) -> Self {
        Self {
            path: Some(transmit.path),
            ecn: transmit.ecn,
            segment_size: transmit.segment_size,
        }
    }
}

/// One of two kinds of host, for networks in which not all are alike (an agent and a server).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<L, R> {
    /// A host, or an event, of the first kind.
    Left(L),
    /// A host, or an event, of the second kind.
    Right(R),
}

impl<L, R> Either<L, R> {
    /// The first kind, if it is that.
    pub fn left(&mut self) -> Option<&mut L> {
        match self {
            Self::Left(left) => Some(left),
            Self::Right(_) => None,
        }
    }

    /// The second kind, if it is that.
    pub fn right(&mut self) -> Option<&mut R> {
        match self {
            Self::Left(_) => None,
            Self::Right(right) => Some(right),
        }
    }
}

impl<L: Host, R: Host> Host for Either<L, R> {
    type Event = Either<L::Event, R::Event>;

    fn deliver(&mut self, now: Instant, datagram: Datagram<'_>) {
        match self {
            Self::Left(host) => host.deliver(now, datagram),
            Self::Right(host) => host.deliver(now, datagram),
        }
    }

    fn wake(&mut self, now: Instant) {
        match self {
            Self::Left(host) => host.wake(now),
            Self::Right(host) => host.wake(now),
        }
    }

    fn next_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Outgoing> {
        match self {
            Self::Left(host) => host.next_transmit(now, out),
            Self::Right(host) => host.next_transmit(now, out),
        }
    }

    fn next_event(&mut self) -> Option<Self::Event> {
        match self {
            Self::Left(host) => host.next_event().map(Either::Left),
            Self::Right(host) => host.next_event().map(Either::Right),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Left(host) => host.deadline(),
            Self::Right(host) => host.deadline(),
        }
    }
}

/// Compiles only if `T` is `Send`, as every engine must be.
pub const fn assert_send<T: Send>() {}
