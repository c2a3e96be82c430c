//! What the two sides tell each other about themselves besides candidates (RFC 8839 §5).

use core::time::Duration;

/// What one side signals about its implementation: `a=ice-options`, `a=ice-lite` and `a=ice-pacing` of SDP.
///
/// The default is what is true of a side that signals nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IceOptions {
    /// `ice2` (RFC 8445 §10): it nominates one pair, not several. Without it, it may be an implementation of RFC 5245,
    /// which may nominate all pairs that work and use the best of them. Browsers do not say `ice2`.
    pub ice2: bool,
    /// `renomination` (draft-thatcher-ice-renomination): if both sides say so, the controlling one may nominate another
    /// pair at any time, and the latest nomination counts.
    pub renomination: bool,
    /// `a=ice-lite` (RFC 8445 §5.2): it only answers checks, and sends to where the last nomination came from.
    pub lite: bool,
    /// `a=ice-pacing` (RFC 8839 §5.5): the shortest time between two new checks that it wants. Default 50 ms.
    pub pacing: Duration,
}

impl Default for IceOptions {
    fn default() -> Self {
        Self {
            ice2: false,
            renomination: false,
            lite: false,
            pacing: Duration::from_millis(50),
        }
    }
}
