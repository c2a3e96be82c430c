//! The engine.

use strata_core::{Endpoint, Entropy, Instant};
use strata_crypto::Fingerprint;

use crate::{CloseReason, Config, Event, ExportError, SealError, Stats};

/// One DTLS association: the handshake, then sealed records in both directions.
///
/// Called when it is made: [`new`](Self::new), [`start`](Self::start) (client),
/// [`set_remote_fingerprints`](Self::set_remote_fingerprints). Called for each datagram of the peer:
/// [`handle_input_with`](Self::handle_input_with), or [`handle_input`](Endpoint::handle_input) of
/// [`Endpoint`]. Called to send: [`seal`](Self::seal). The rest is [`Endpoint`]'s.
#[derive(Debug)]
pub struct Connection {
    config: Config,
    stats: Stats,
}

impl Connection {
    /// A connection that has sent nothing yet.
    #[must_use]
    pub fn new(config: Config, _entropy: Entropy) -> Self {
        Self {
            config,
            stats: Stats::default(),
        }
    }

    /// Starts the handshake of a client. Does nothing for a server, or the second time.
    pub fn start(&mut self, _now: Instant) {}

    /// Says which certificates the peer may have, from `a=fingerprint` of its session description.
    ///
    /// May be called any time before the handshake's end, which waits for it: until the peer's certificate
    /// is known to have the right fingerprint, nothing of the peer is believed and nothing is delivered.
    /// Of several, those of the strongest hash function count, and one of them must match (RFC 8122
    /// §5). After [`Event::Connected`] it does nothing: another certificate takes another association
    /// (RFC 8842 §4).
    pub fn set_remote_fingerprints(&mut self, _now: Instant, _fingerprints: &[Fingerprint]) {}

    /// Takes a datagram, decrypts it in place and gives each record of application data to `deliver`.
    pub fn handle_input_with(
        &mut self,
        _now: Instant,
        _datagram: &mut [u8],
        _deliver: impl FnMut(&[u8]),
    ) {
    }

    /// Appends a record of application data to `out`: its header, what `fill` appends, and the tag, the
    /// plaintext being encrypted where it was written. What was in `out` before stays as it is. If
    /// `fill` answers `None`, `out` is again what it was, and no record is used up.
    ///
    /// The record is [`overhead`](Self::overhead) octets longer than its plaintext. `out` is one datagram
    /// to be sent as it is; there is nothing to poll for it.
    ///
    /// # Errors
    /// [`SealError`] before the end of the handshake, after the end of the connection, and for too many
    /// octets; `out` is then what it was.
    pub fn seal<R>(
        &mut self,
        _out: &mut Vec<u8>,
        _fill: impl FnOnce(&mut Vec<u8>) -> Option<R>,
    ) -> Result<Option<R>, SealError> {
        Err(SealError::NotConnected)
    }

    /// How many octets [`seal`](Self::seal) adds to a plaintext: 37, or 29 with ChaCha20-Poly1305. 37 before
    /// the cipher suite is known.
    pub const fn overhead(&self) -> usize {
        37
    }

    /// Fills `out` with keying material for another protocol (RFC 5705 §4).
    ///
    /// # Errors
    /// [`ExportError`] if the handshake is not done, the connection is closed or `context` too long.
    pub fn export_keying_material(
        &self,
        _label: &[u8],
        _context: Option<&[u8]>,
        _out: &mut [u8],
    ) -> Result<(), ExportError> {
        Err(ExportError::NotConnected)
    }

    /// Whether the handshake is done, the peer verified, and the connection not closed.
    pub const fn is_connected(&self) -> bool {
        false
    }

    /// Why the connection is closed, if it is.
    pub const fn close_reason(&self) -> Option<CloseReason> {
        None
    }

    /// The certificate the peer has proved to own, in DER, once it has its fingerprint.
    pub const fn peer_certificate(&self) -> Option<&[u8]> {
        None
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What it has done so far.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Ends the connection: tells the peer (close_notify), then the owner ([`Event::Closed`]). Does nothing
    /// the second time.
    pub fn close(&mut self, _now: Instant) {}
}

impl Endpoint for Connection {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = Event;

    fn handle_input(&mut self, _now: Instant, _datagram: &mut [u8]) {}

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_transmit(&mut self, _now: Instant, _out: &mut Vec<u8>) -> Option<()> {
        None
    }

    fn poll_event(&mut self) -> Option<Event> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
