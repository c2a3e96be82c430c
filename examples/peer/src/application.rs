//! What the driver runs on each peer connection.

use strata_peer::{Event, Instant, Peer};

/// The program on top of one peer connection: it reacts to events and says when it wants to be woken.
pub(crate) trait Application: Send {
    /// Whether the next event may come. While it may not, the other side's messages stay in the peer
    /// connection, whose window closes: that is how a sender is slowed down.
    ///
    /// Asked again after every datagram and timer.
    fn is_ready(&mut self, now: Instant, peer: &mut Peer) -> bool {
        let _ = (now, peer);
        true
    }

    /// Takes one event of the peer connection.
    fn handle_event(&mut self, now: Instant, peer: &mut Peer, event: Event);

    /// Lets every deadline that is not later than `now` act.
    fn handle_timeout(&mut self, now: Instant, peer: &mut Peer);

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The session is about to be closed by this side: the last chance to say something. What is written now
    /// is sent before the end, as far as it goes out at once.
    fn handle_close(&mut self, now: Instant, peer: &mut Peer) {
        let _ = (now, peer);
    }
}
