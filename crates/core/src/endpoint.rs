//! The one interface of every engine.

use alloc::vec::Vec;

use crate::Instant;

/// A protocol engine: anything with a timer, or with something to say unprompted.
///
/// Its owner does all input and output: it [drives](#drive-it) the engine, as the loop below shows.
///
/// # The rules
///
/// Every engine of strata keeps them, and is checked for it on random schedules:
///
/// 1. `now` never goes back.
/// 2. After any `handle_*` or API call the owner drains [`poll_transmit`](Self::poll_transmit), then
///    [`poll_event`](Self::poll_event), then reads [`poll_timeout`](Self::poll_timeout). Several
///    inputs may be handled before one drain.
/// 3. A [`handle_timeout`](Self::handle_timeout) before its time changes nothing.
/// 4. After a drain, `poll_timeout` is `None` (idle) or later than `now`. There are no sentinel times.
/// 5. [`handle_input`](Self::handle_input) returns nothing and cannot panic. What an engine drops, it
///    counts, by reason.
/// 6. After its closing event, every `poll_*` answers `None`. An owner who takes events before datagrams may
///    lose the last of them, which would have told the other side.
/// 7. Nothing grows without a limit that the engine's configuration states.
/// 8. The same inputs at the same times with the same [`Entropy`](crate::Entropy) give the same bytes.
///
/// # Drive it
///
/// An owner does four things in a loop. It sends what the engine has to send. It takes the events of the engine. It
/// waits for a datagram, but no longer than until the deadline. It hands the engine the datagram and the time. For an
/// engine that sees addresses, and one UDP socket, this is all of it:
///
/// ```
/// use std::{io, net::UdpSocket, ops::ControlFlow, time::Duration};
///
/// use strata_core::{Clock, Datagram, Endpoint, Instant, Path, Transmit};
///
/// /// Runs `engine` until `on_event` breaks off. What `on_event` does to the engine is sent right after it.
/// fn drive<E>(
///     engine: &mut E,
///     socket: &UdpSocket,
///     clock: &Clock,
///     mut on_event: impl FnMut(&mut E, Instant, E::Event) -> ControlFlow<()>,
/// ) -> io::Result<()>
/// where
///     E: for<'a> Endpoint<Input<'a> = Datagram<'a>, Transmit = Transmit>,
/// {
///     let local = socket.local_addr()?;
///     let (mut out, mut datagram) = (Vec::new(), vec![0; 65_535]);
///     loop {
///         let now = clock.now();
///         // First the datagrams: the last event of an engine that was closed may come after its last one.
///         while let Some(transmit) = engine.poll_transmit(now, &mut out) {
///             // Without a segment size, which an owner has to ask for, all bytes are one datagram.
///             let size = transmit.segment_size.map_or(out.len(), |size| size.get());
///             for datagram in out.chunks(size.max(1)) {
///                 // What cannot be sent now, or not to there, is lost, as if the network had lost it.
///                 let _ = socket.send_to(datagram, transmit.path.remote);
///             }
///             out.clear();
///         }
///         // Then the events, one by one: what is done about one may give the engine something to send.
///         if let Some(event) = engine.poll_event() {
///             match on_event(engine, now, event) {
///                 ControlFlow::Continue(()) => continue,
///                 ControlFlow::Break(()) => return Ok(()),
///             }
///         }
///         // A time-out of zero would be an error, and a long one keeps the owner from other work.
///         let (shortest, longest) = (Duration::from_millis(1), Duration::from_secs(1));
///         let wait = engine.poll_timeout().map_or(longest, |due| due - clock.now());
///         socket.set_read_timeout(Some(wait.clamp(shortest, longest)))?;
///         let received = socket.recv_from(&mut datagram);
///         // What fell due meanwhile comes before what arrived. Called too early, it does nothing.
///         let now = clock.now();
///         engine.handle_timeout(now);
///         match received {
///             Ok((len, remote)) => {
///                 let path = Path::udp(local, remote);
///                 engine.handle_input(now, Datagram::new(path, &mut datagram[..len]));
///             }
///             Err(error) => match error.kind() {
///                 // Nothing came.
///                 io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {}
///                 // An earlier datagram found nobody: some systems tell so here. And a signal may come.
///                 io::ErrorKind::ConnectionRefused
///                 | io::ErrorKind::ConnectionReset
///                 | io::ErrorKind::Interrupted => {}
///                 _ => return Err(error),
///             },
///         }
///     }
/// }
/// #
/// # /// Sends itself a datagram when its timer is due, and tells when that arrives.
/// # struct Echo { due: Option<Instant>, to: Path, send: bool, heard: Option<Vec<u8>> }
/// # impl Endpoint for Echo {
/// #     type Input<'a> = Datagram<'a>;
/// #     type Transmit = Transmit;
/// #     type Event = Vec<u8>;
/// #     fn handle_input(&mut self, _now: Instant, input: Datagram<'_>) {
/// #         assert_eq!(input.path, self.to);
/// #         self.heard = Some(input.payload.to_vec());
/// #     }
/// #     fn handle_timeout(&mut self, now: Instant) {
/// #         if self.due.is_some_and(|due| due <= now) {
/// #             self.due = None;
/// #             self.send = true;
/// #         }
/// #     }
/// #     fn poll_transmit(&mut self, _now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
/// #         std::mem::take(&mut self.send).then(|| {
/// #             out.extend_from_slice(b"hello");
/// #             Transmit::datagram(self.to)
/// #         })
/// #     }
/// #     fn poll_event(&mut self) -> Option<Vec<u8>> { self.heard.take() }
/// #     fn poll_timeout(&self) -> Option<Instant> { self.due }
/// # }
/// # fn main() -> io::Result<()> {
/// # let socket = UdpSocket::bind("127.0.0.1:0")?;
/// # let (clock, own) = (Clock::start(), socket.local_addr()?);
/// # let due = clock.now() + Duration::from_millis(5);
/// # let mut echo = Echo { due: Some(due), to: Path::udp(own, own), send: false, heard: None };
/// # let mut heard = Vec::new();
/// # drive(&mut echo, &socket, &clock, |_, now, event| {
/// #     assert!(now >= due);
/// #     heard.push(event);
/// #     ControlFlow::Break(())
/// # })?;
/// # assert_eq!(heard, [b"hello"]);
/// # Ok(())
/// # }
/// ```
///
/// What changes with the engine and its owner:
///
/// - **Plain engines** take `&mut [u8]` and tell `()` of what they send, because they know no addresses (SCTP, DTLS).
///   The layer below carries their bytes: what it delivers goes to `handle_input`, what `poll_transmit` appends goes
///   to it, and the earliest of the time-outs counts ([`earliest`]).
/// - **Several sockets**: [`Path::local`](crate::Path::local) says at which address a datagram arrived and from which
///   one it is to be sent. A socket that is bound to no certain address cannot tell; bind one for each address, or
///   ask the system for the destination of each datagram (`IP_PKTINFO`).
/// - **Several engines**: what a whole batch of datagrams says may be handled before one drain.
/// - **An async owner** waits for the same three things at once: a datagram, the time-out, and commands of its own user.
///   After whatever comes first, it goes back to the top of the loop.
/// - **A call** from outside of the loop, such as sending a message, is followed by the top of the loop, too:
///   calls change what there is to send and when the next timer is due.
pub trait Endpoint {
    /// What the layer below delivers. Datagrams come as `&'a mut [u8]` and may be decrypted in place.
    type Input<'a>;
    /// Describes the bytes that [`poll_transmit`](Self::poll_transmit) just appended.
    type Transmit;
    /// What the layer above must know.
    type Event;

    /// Takes one input from the layer below.
    fn handle_input(&mut self, now: Instant, input: Self::Input<'_>);

    /// Lets every deadline that is not later than `now` act.
    fn handle_timeout(&mut self, now: Instant);

    /// Appends the next datagram, or run of datagrams, to `out` and describes it.
    ///
    /// An engine only appends: it never looks at the bytes that were in `out` before.
    #[must_use = "the bytes appended to `out` must be sent"]
    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Self::Transmit>;

    /// The next event, oldest first.
    #[must_use = "an event is told only once"]
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; `None` while no timer runs.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;
}

/// The earliest of some deadlines, `None` if there is none.
///
/// ```
/// use strata_core::{Instant, earliest};
/// let (soon, late) = (Instant::from_nanos(1), Instant::from_nanos(2));
/// assert_eq!(earliest([None, Some(late), Some(soon)]), Some(soon));
/// assert_eq!(earliest([None, None]), None);
/// ```
#[must_use]
pub fn earliest<const N: usize>(deadlines: [Option<Instant>; N]) -> Option<Instant> {
    deadlines.into_iter().flatten().min()
}
