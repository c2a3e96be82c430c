//! Time as the owner tells it.

use core::{
    fmt,
    ops::{Add, AddAssign, Sub},
    time::Duration,
};

/// A point in time: nanoseconds since an epoch that the owner picks.
///
/// Engines only ever receive instants; none can make one from a clock. Owners make them from the clock they have,
/// as [`EPOCH`](Self::EPOCH) says, or by [`Clock`](crate::Clock) (with the feature `std`).
///
/// 64 bits of nanoseconds last 584 years. No arithmetic here overflows or panics: a sum that is later than the last
/// instant is the last instant, a difference that is earlier than the epoch is the epoch, and the time from a later
/// instant to an earlier one is zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The owner's epoch itself: the moment from which the owner counts.
    ///
    /// Any moment will do that comes before the first instant an engine is told, such as the start of the program.
    /// What has passed since then on a clock that never goes back, added to it, is the time now:
    ///
    /// ```
    /// use strata_core::Instant;
    ///
    /// let started = std::time::Instant::now();
    /// let now = Instant::EPOCH + started.elapsed();
    /// assert!(now >= Instant::EPOCH);
    /// ```
    pub const EPOCH: Self = Self(0);

    /// The instant `nanos` nanoseconds after the epoch.
    #[must_use]
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The instant `millis` milliseconds after the epoch.
    #[must_use]
    #[inline]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds since the epoch.
    #[inline]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to `self`; zero if `earlier` is in fact later.
    #[inline]
    pub const fn duration_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[inline]
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(saturating_nanos(rhs)))
    }
}

impl AddAssign<Duration> for Instant {
    #[inline]
    fn add_assign(&mut self, rhs: Duration) {
        *self = *self + rhs;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    #[inline]
    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(saturating_nanos(rhs)))
    }
}

impl Sub for Instant {
    type Output = Duration;

    #[inline]
    fn sub(self, rhs: Self) -> Duration {
        self.duration_since(rhs)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t+{:?}", Duration::from_nanos(self.0))
    }
}

#[inline]
fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let end = Instant::from_nanos(u64::MAX);
        assert_eq!(end + Duration::from_secs(1), end);
        assert_eq!(Instant::EPOCH - Duration::from_secs(1), Instant::EPOCH);
        assert_eq!(Instant::EPOCH - end, Duration::ZERO);
        assert_eq!(Instant::EPOCH + Duration::MAX, end);
    }

    #[test]
    fn differences_are_durations() {
        let t = Instant::from_millis(1500);
        assert_eq!(t - Instant::EPOCH, Duration::from_millis(1500));
        assert_eq!((t + Duration::from_millis(1)) - t, Duration::from_millis(1));
    }
}
