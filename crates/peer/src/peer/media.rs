//! Media and feedback that the application writes.

use strata_core::Instant;
use strata_rtp::{SequenceNumber, Ssrc};

use super::Peer;
use crate::{Mid, OutgoingRtp, WriteError};

impl Peer {
    /// Queues an RTP packet. What is queued is sent, unless the connection ends or a description takes the
    /// section or the payload type away before.
    ///
    /// # Errors
    /// [`WriteError`] if the section does not send, the packet does not fit it, its number was used before, or
    /// the queue is full. The number can then still be used.
    pub fn write_rtp(
        &mut self,
        now: Instant,
        mid: &Mid,
        packet: OutgoingRtp,
    ) -> Result<(), WriteError> {
        self.check_media(now)?;
        let keys = self.security.srtp().ok_or(WriteError::NotConnected)?;
        self.media.write_rtp(&mut keys.outbound, *mid, packet)
    }

    /// The canonical name of our sources (RFC 3550 §6.5.1), as descriptions say it: for who writes reports.
    pub fn cname(&self) -> &str {
        self.jsep.cname()
    }

    /// Queues RTCP: a compound, or where both sides agreed on it ([`Keeps`](crate::Keeps)) a reduced-size packet
    /// (RFC 5506).
    ///
    /// # Errors
    /// [`WriteError`] if it is no RTCP, of another size than agreed, or the queue is full.
    pub fn write_rtcp(&mut self, now: Instant, packet: &[u8]) -> Result<(), WriteError> {
        self.check_media(now)?;
        self.media.write_rtcp(packet)
    }

    /// Asks for a key frame of a stream that we receive (PLI).
    ///
    /// Whether both sides agreed on it ([`NegotiatedCodec::feedback`](crate::NegotiatedCodec::feedback)) is for the
    /// caller to look up: it is sent in any case.
    ///
    /// # Errors
    /// [`WriteError`] if the peer is not connected, or the queue is full.
    pub fn request_keyframe(&mut self, now: Instant, source: Ssrc) -> Result<(), WriteError> {
        self.check_media(now)?;
        self.media.request_keyframe(self.jsep.cname(), source)
    }

    /// Asks to send packets of a stream that we receive again (NACK). The numbers should be ascending; what is too
    /// many for one packet goes in several.
    ///
    /// Whether both sides agreed on NACKs ([`NegotiatedCodec::feedback`](crate::NegotiatedCodec::feedback)) is for the
    /// caller to look up: it is sent in any case.
    ///
    /// # Errors
    /// [`WriteError`] if the peer is not connected, or the queue has no room for all; nothing is queued then.
    pub fn write_nack(
        &mut self,
        now: Instant,
        source: Ssrc,
        lost: &[SequenceNumber],
    ) -> Result<(), WriteError> {
        self.check_media(now)?;
        self.media.write_nack(self.jsep.cname(), source, lost)
    }

    /// Tells the senders of these streams how much they may send all together, in bits per second (REMB). More
    /// streams than one packet can name, which are 255, go in several; each says the whole bitrate.
    ///
    /// Whether both sides agreed on REMB ([`NegotiatedCodec::feedback`](crate::NegotiatedCodec::feedback)) is for the
    /// caller to look up: it is sent in any case.
    ///
    /// # Errors
    /// [`WriteError`] if the peer is not connected, or the queue has no room for all; nothing is queued then.
    pub fn write_remb(
        &mut self,
        now: Instant,
        bitrate_bps: u64,
        sources: &[Ssrc],
    ) -> Result<(), WriteError> {
        self.check_media(now)?;
        self.media
            .write_remb(self.jsep.cname(), bitrate_bps, sources)
    }

    fn check_media(&mut self, now: Instant) -> Result<(), WriteError> {
        self.advance(now);
        if !self.lifecycle.is_open() {
            Err(WriteError::Closed)
        } else if self.security.has_keys() {
            let alive = self.reachability.is_alive();
            if alive {
                Ok(())
            } else {
                Err(WriteError::NoPath)
            }
        } else if self.security.is_connected() {
            Err(WriteError::NoSrtp)
        } else {
            Err(WriteError::NotConnected)
        }
    }
}
