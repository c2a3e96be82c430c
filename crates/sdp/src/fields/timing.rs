//! `t=`: when the session is active.

use core::{fmt, str::FromStr};

use crate::{Number, error::FieldError, grammar::Cursor};

/// Start and stop of a session (RFC 8866 §5.9), in seconds since 1900; 0 and 0 is a session without
/// bounds, which is what every WebRTC session is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timing {
    /// When it starts; 0 if it always has.
    pub start: Number,
    /// When it stops; 0 if never.
    pub stop: Number,
}

impl Timing {
    /// `0 0`: a session without bounds.
    pub const PERMANENT: Self = Self {
        start: Number::ZERO,
        stop: Number::ZERO,
    };
}

impl Default for Timing {
    fn default() -> Self {
        Self::PERMANENT
    }
}

impl FromStr for Timing {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let timing = Self {
            start: cursor.long_number("start-time")?,
            stop: cursor.long_number("stop-time")?,
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
