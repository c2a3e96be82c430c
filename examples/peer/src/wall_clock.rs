//! The one clock of the program, and the one on the wall.

use std::time::{Duration, SystemTime};

use strata_core::Instant;

/// Turns the operating system's monotonic clock into the instants that engines understand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch: tokio::time::Instant,
}

impl Clock {
    /// A clock whose epoch is now.
    pub(crate) fn start() -> Self {
        Self {
            epoch: tokio::time::Instant::now(),
        }
    }

    /// The present.
    pub(crate) fn now(&self) -> Instant {
        Instant::from_nanos(u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// When the operating system's clock will show `instant`.
    pub(crate) fn when(&self, instant: Instant) -> tokio::time::Instant {
        self.epoch + instant.duration_since(Instant::EPOCH)
    }
}

/// What the clock on the wall shows, since 1970.
pub(crate) fn since_1970() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
}
