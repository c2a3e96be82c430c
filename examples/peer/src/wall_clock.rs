//! The clock on the wall, which engines are told where they need it.

use std::time::{Duration, SystemTime};

/// What the clock on the wall shows, since 1970.
pub(crate) fn since_1970() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
}
