//! Which way media flows: RFC 8866 §6.7.

use super::macros::words;
use crate::Attribute;

words! {
    /// Which way media flows, as its author sees it (RFC 8866 §6.7).
    pub enum Direction, "direction" {
        /// `a=sendrecv`: both ways. This is the default.
        SendRecv = "sendrecv",
        /// `a=sendonly`: the author only sends.
        SendOnly = "sendonly",
        /// `a=recvonly`: the author only receives.
        RecvOnly = "recvonly",
        /// `a=inactive`: nothing flows.
        Inactive = "inactive",
    }
}

impl Direction {
    /// The direction of one who sends, receives, both or neither.
    #[must_use]
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether the author sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the author receives.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same as the other side sees it (RFC 3264 §6.1).
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What both directions allow; `self` and `other` are seen from the same side.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self::new(
            self.sends() && other.sends(),
            self.receives() && other.receives(),
        )
    }
}

impl Attribute for Direction {
    const NAME: &'static str = "direction";
    const WORDS: &'static [&'static str] = &["sendrecv", "sendonly", "recvonly", "inactive"];
}

#[expect(
    clippy::derivable_impls,
    reason = "the macro that makes the enum knows no default"
)]
impl Default for Direction {
    fn default() -> Self {
        Self::SendRecv
    }
}
