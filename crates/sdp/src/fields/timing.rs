//! `t=`: when the session is active.

use core::{fmt, str::FromStr};

use crate::{error::FieldError, grammar::Cursor};

/// Start and stop of a session (RFC 8866 §5.9), in seconds since 1900; 0 and 0 is a session without
/// bounds, which is what every WebRTC session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timing {
    /// When it starts; 0 if it always has.
    pub start: u64,
    /// When it stops; 0 if never.
    pub stop: u64,
}

impl Timing {
    /// `0 0`: a session without bounds.
    pub const PERMANENT: Self = Self { start: 0, stop: 0 };
}

impl FromStr for Timing {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let timing = Self {
            start: cursor.number("start-time")?,
            stop: cursor.number("stop-time")?,
        };
        cursor.end("stop-time")?;
        Ok(timing)
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.start, self.stop)
    }
}
