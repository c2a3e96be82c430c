//! States of an association (RFC 9260 §4).
//!
//! ```text
//!              New ── connect ──> CookieWait ── INIT ACK ──> CookieEchoed
//!               │                     │                           │
//!          COOKIE ECHO           COOKIE ECHO          COOKIE ACK, COOKIE ECHO
//!               └─────────────────────┴──────> Established <──────┘
//!                                              │         │
//!                                          shutdown   SHUTDOWN
//!                                              v         v
//!                                ShutdownPending ──> ShutdownReceived
//!                                        │  all acknowledged  │
//!                                        v                    v
//!                                  ShutdownSent ──────> ShutdownAckSent
//!                                        └──────> Closed <────┘
//! ```

use bytes::Bytes;

/// The state of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not started by this side. An INIT of the peer is answered.
    New,
    /// INIT sent.
    CookieWait,
    /// COOKIE ECHO sent, with this cookie.
    CookieEchoed(Bytes),
    Established,
    /// Shutdown was asked for, data is still outstanding.
    ShutdownPending,
    ShutdownSent,
    /// The peer shuts down, data is still outstanding.
    ShutdownReceived,
    ShutdownAckSent,
    /// The association is over. Its closing event is queued or was taken.
    Closed,
}

impl State {
    pub(super) const fn is_closing(&self) -> bool {
        match self {
            Self::New | Self::CookieWait | Self::CookieEchoed(_) | Self::Established => false,
            Self::ShutdownPending
            | Self::ShutdownSent
            | Self::ShutdownReceived
            | Self::ShutdownAckSent
            | Self::Closed => true,
        }
    }

    /// RFC 9260 §6: "Data transmission MUST only happen in the ESTABLISHED, SHUTDOWN-PENDING, and
    /// SHUTDOWN-RECEIVED states."
    pub(super) const fn can_send_data(&self) -> bool {
        match self {
            Self::Established | Self::ShutdownPending | Self::ShutdownReceived => true,
            Self::New
            | Self::CookieWait
            | Self::CookieEchoed(_)
            | Self::ShutdownSent
            | Self::ShutdownAckSent
            | Self::Closed => false,
        }
    }

    /// RFC 9260 §6: DATA is received "in the ESTABLISHED, SHUTDOWN-PENDING, and SHUTDOWN-SENT states".
    pub(super) const fn can_receive_data(&self) -> bool {
        match self {
            Self::Established | Self::ShutdownPending | Self::ShutdownSent => true,
            Self::New
            | Self::CookieWait
            | Self::CookieEchoed(_)
            | Self::ShutdownReceived
            | Self::ShutdownAckSent
            | Self::Closed => false,
        }
    }
}
