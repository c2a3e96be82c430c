//! What is sent next.
//!
//! Checks of ICE come first, since the path and the consent to use it hang on them; then the DTLS
//! handshake, RTCP, RTP, and data. Of RTP and data each gets its turn.

use core::num::NonZeroUsize;

use strata_core::{Endpoint as _, Path, Transmit, tracing};

use super::{Lifecycle, Peer};
use crate::stats::count;

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// How many RTP packets went out since data last had its chance.
    media_in_a_row: u32,
    /// A datagram of data that was too long for the run it was written into, sealed already.
    stash: Vec<u8>,
}

impl Peer {
    pub(super) fn next_transmit(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        match self.lifecycle {
            Lifecycle::Open => self.next_open(out),
            Lifecycle::Closing { .. } | Lifecycle::Closed => self.next_closing(out),
        }
    }

    fn next_open(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        if let Some(transmit) = self.ice.poll_transmit(self.now, out) {
            return Some(transmit);
        }
        let path = self.path()?;
        let dtls = self.security.dtls_mut()?;
        if dtls.poll_transmit(self.now, out).is_some() {
            return Some(Transmit::datagram(path));
        }
        let data_first = self.turn.media_in_a_row >= MEDIA_IN_A_ROW;
        if data_first {
            self.turn.media_in_a_row = 0;
            if let Some(transmit) = self.next_data(path, out) {
                return Some(transmit);
            }
        }
        if self.next_media(out).is_some() {
            self.turn.media_in_a_row = self.turn.media_in_a_row.saturating_add(1);
            return Some(Transmit::datagram(path));
        }
        self.turn.media_in_a_row = 0;
        if data_first {
            return None;
        }
        self.next_data(path, out)
    }

    fn next_media(&mut self, out: &mut Vec<u8>) -> Option<()> {
        if !self.media.has_rtcp() && !self.media.has_rtp() {
            return None;
        }
        let keys = &mut self.security.srtp()?.outbound;
        let failed = &mut self.drops.unsent;
        match self.media.poll_rtcp(keys, out, failed) {
            Some(()) => Some(()),
            None => self.media.poll_rtp(keys, out, failed),
        }
    }

    /// A datagram of data, or a run of equally long ones.
    fn next_data(&mut self, path: Path, out: &mut Vec<u8>) -> Option<Transmit> {
        let start = out.len();
        if !self.turn.stash.is_empty() {
            out.append(&mut self.turn.stash);
            return Some(Transmit::datagram(path));
        }
        self.seal_data(out)?;
        let size = out.len().saturating_sub(start);
        let mut segments: usize = 1;
        // No record is empty, so `size` is not zero.
        let fitting = MAX_RUN_BYTES.checked_div(size).unwrap_or(1);
        let most = self.config.max_segments.get().min(fitting);
        while segments < most {
            let at = out.len();
            if self.seal_data(out).is_none() {
                break;
            }
            let length = out.len().saturating_sub(at);
            if length > size {
                // Only the last datagram of a run may have another length, and only a shorter one. This one is longer
                // and sealed already, so it is kept and goes out next.
                let stash = &mut self.turn.stash;
                stash.extend_from_slice(out.get(at..).unwrap_or_default());
                out.truncate(at);
                break;
            }
            segments = segments.saturating_add(1);
            if length < size {
                break;
            }
        }
        let size = NonZeroUsize::new(size).filter(|_| segments > 1);
        Some(Transmit::datagram(path).with_segment_size(size))
    }

    /// Appends one SCTP packet in a DTLS record.
    fn seal_data(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let now = self.now;
        let channels = self.data.agreed()?;
        let dtls = self.security.dtls_mut()?;
        if !dtls.is_connected() {
            return None;
        }
        match dtls.seal(out, |out| channels.poll_transmit(now, out)) {
            Ok(sent) => sent,
            Err(error) => {
                tracing::debug!(%error, "data is not sealed");
                count(&mut self.drops.unsent);
                None
            }
        }
    }

    /// While closing, what the other side is told.
    pub(super) fn next_closing(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        if !matches!(self.lifecycle, Lifecycle::Closing { drained: false, .. }) {
            return None;
        }
        let transmit = self.next_farewell(out);
        if transmit.is_none() {
            self.finish_sending();
        }
        transmit
    }

    /// The other side's SCTP is aborted, then its DTLS is told.
    fn next_farewell(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        let path = self.path()?;
        if let Some(transmit) = self.next_data(path, out) {
            return Some(transmit);
        }
        let now = self.now;
        let dtls = self.security.dtls_mut()?;
        dtls.close(now);
        dtls.poll_transmit(now, out)?;
        Some(Transmit::datagram(path))
    }
}

/// After so many packets of media, data has its chance: a large video frame is not torn apart for long,
/// and a sender of nothing but media does not starve the channels.
const MEDIA_IN_A_ROW: u32 = 32;

/// The most that one UDP datagram, and so one run, can carry over IPv4 and IPv6.
const MAX_RUN_BYTES: usize = 65_487;
