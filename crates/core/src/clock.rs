//! The clock of an owner that has none of its own.

#![expect(
    clippy::disallowed_types,
    reason = "this is the clock of owners, which no engine reaches"
)]

use crate::Instant;

/// Tells the time as engines want it: [`Instant`]s since the clock was started.
///
/// It is for owners; no engine has one. Two things are worth knowing about the clock of the standard library under
/// it. It never goes back. And on some systems, Linux among them, it stands still while the machine sleeps: an owner
/// whose engines must notice that an hour was slept through makes instants from a clock that counts sleep, as
/// [`Instant::EPOCH`] says how.
///
/// ```
/// use strata_core::Clock;
///
/// let clock = Clock::start();
/// let earlier = clock.now();
/// assert!(clock.now() >= earlier);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: std::time::Instant,
}

impl Clock {
    /// A clock that shows [`Instant::EPOCH`] now.
    ///
    /// One clock is enough for a program. Engines that exchange instants, such as a peer connection and the layers
    /// in it, must be told the time by the same one, or by its copies.
    #[must_use]
    pub fn start() -> Self {
        Self {
            started: std::time::Instant::now(),
        }
    }

    /// The time now, which is never earlier than what was told before.
    pub fn now(&self) -> Instant {
        Instant::EPOCH + self.started.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_what_has_passed_since_the_clock_was_started() {
        let before = std::time::Instant::now();
        let clock = Clock::start();
        let after = std::time::Instant::now();
        let at_least = after.elapsed();
        let now = clock.now();
        let at_most = before.elapsed();
        assert!(Instant::EPOCH + at_least <= now && now <= Instant::EPOCH + at_most);
        while clock.now() == now {} // it goes on
        assert!(clock.now() > now);
    }
}
