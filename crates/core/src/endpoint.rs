//! The one interface of every engine.

use alloc::vec::Vec;

use crate::Instant;

/// A protocol engine: anything with a timer, or with something to say unprompted.
///
/// The rules, which `strata-sim` checks on every engine:
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
