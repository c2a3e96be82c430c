//! Sending RTCP.

use strata_core::tracing;
use strata_rtp::{
    Items, SequenceNumber, Ssrc,
    rtcp::{self, Compound, Nack, Pli, ReceiverReport, Remb, SdesChunk, SdesItem},
};
use strata_srtp::Outbound;

use super::Media;
use crate::{WriteError, stats::count};

impl Media {
    /// Queues RTCP as the application has written it.
    pub(crate) fn write_rtcp(&mut self, packet: &[u8]) -> Result<(), WriteError> {
        let compound = Compound::parse(packet).map_err(|_| WriteError::Malformed)?;
        if compound.iter().any(|part| part.is_err()) {
            return Err(WriteError::Malformed);
        }
        // RFC 5506 §5: only where both sides have said that they understand it.
        if compound.is_reduced_size() && !self.reduced_size {
            return Err(WriteError::ReducedSize);
        }
        self.check_rtcp(packet.len(), 1)?;
        self.rtcp.push_back(self.arena.copy(packet));
        Ok(())
    }

    /// Queues a request for a key frame: RFC 4585 §6.3.1.
    pub(crate) fn request_keyframe(&mut self, cname: &str, media: Ssrc) -> Result<(), WriteError> {
        let sender = self.own_source();
        self.write_feedback(cname, |out| Pli { sender, media }.write(out))
    }

    /// Queues a request to send packets again: RFC 4585 §6.2.1.
    pub(crate) fn write_nack(
        &mut self,
        cname: &str,
        media: Ssrc,
        lost: &[SequenceNumber],
    ) -> Result<(), WriteError> {
        let sender = self.own_source();
        // All of them or none.
        self.check_rtcp(0, lost.len().div_ceil(LOST_IN_ONE))?;
        for lost in lost.chunks(LOST_IN_ONE) {
            self.write_feedback(cname, |out| {
                Nack::write_lost(out, sender, media, lost.iter().copied())
            })?;
        }
        Ok(())
    }

    /// Queues an estimate of what may be sent: draft-alvestrand-rmcat-remb-03.
    pub(crate) fn write_remb(
        &mut self,
        cname: &str,
        bitrate_bps: u64,
        ssrcs: &[Ssrc],
    ) -> Result<(), WriteError> {
        let estimate = Remb {
            sender: self.own_source(),
            // §2.2: always 0.
            media: Ssrc::new(0),
            bitrate_bps,
            ssrcs: Items::from(ssrcs),
        };
        // All of them or none.
        let count = ssrcs.len().div_ceil(usize::from(STREAMS_IN_ONE)).max(1);
        self.check_rtcp(0, count)?;
        for part in estimate.split(STREAMS_IN_ONE) {
            self.write_feedback(cname, |out| part.write(out))?;
        }
        Ok(())
    }

    fn write_feedback(
        &mut self,
        cname: &str,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), rtcp::WriteError>,
    ) -> Result<(), WriteError> {
        let mut scratch = core::mem::take(&mut self.scratch);
        scratch.clear();
        let written = if self.reduced_size {
            Ok(())
        } else {
            write_report(self.own_source(), cname, &mut scratch)
        };
        let result = match written.and_then(|()| write(&mut scratch)) {
            Ok(()) => self.check_rtcp(scratch.len(), 1),
            Err(_) => Err(WriteError::Malformed),
        };
        if result.is_ok() {
            self.rtcp.push_back(self.arena.copy(&scratch));
        }
        self.scratch = scratch;
        result
    }

    /// Whether `count` packets of at most `actual` bytes can be queued.
    fn check_rtcp(&self, actual: usize, count: usize) -> Result<(), WriteError> {
        if actual > self.limits.rtp_packet_bytes {
            return Err(WriteError::TooLong {
                limit: self.limits.rtp_packet_bytes,
                actual,
            });
        }
        if self.rtcp.len().saturating_add(count) > self.limits.rtcp_queue {
            return Err(WriteError::QueueFull {
                limit: self.limits.rtcp_queue,
            });
        }
        Ok(())
    }

    /// Who we say that we are in feedback.
    fn own_source(&self) -> Ssrc {
        let first = self.router.sections().first();
        // RFC 3550 §8.1 has no reserved value; libwebrtc too says 1 when it sends nothing.
        first.map_or(Ssrc::new(1), |section| section.ssrc)
    }

    pub(crate) fn has_rtcp(&self) -> bool {
        !self.rtcp.is_empty()
    }

    /// Appends the next protected RTCP packet to `out`. Packets that cannot be protected are skipped and
    /// counted in `failed`.
    pub(crate) fn poll_rtcp(
        &mut self,
        keys: &mut Outbound,
        out: &mut Vec<u8>,
        failed: &mut u64,
    ) -> Option<()> {
        while let Some(packet) = self.rtcp.pop_front() {
            let start = out.len();
            out.extend_from_slice(&packet);
            if let Err(error) = keys.protect_rtcp(out, start) {
                tracing::debug!(%error, "an RTCP packet is not sent");
                out.truncate(start);
                count(failed);
                continue;
            }
            count(&mut self.stats.rtcp_sent);
            return Some(());
        }
        None
    }
}

/// How many lost packets one NACK names: 4 bytes for each if they are far apart, which leaves room for what
/// comes before them.
const LOST_IN_ONE: usize = 256;

/// How many streams one estimate names: its count has one byte.
const STREAMS_IN_ONE: u8 = u8::MAX;

/// What a compound begins with where reduced size was not agreed on (RFC 3550 §6.1): a report, here of
/// nothing, and a canonical name.
fn write_report(ssrc: Ssrc, cname: &str, out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    ReceiverReport {
        ssrc,
        reports: Items::default(),
        profile_extension: &[],
    }
    .write(out)?;
    let items = [SdesItem::cname(cname)];
    let chunks = [SdesChunk {
        ssrc,
        items: items.as_slice().into(),
    }];
    rtcp::SourceDescription {
        chunks: chunks.as_slice().into(),
    }
    .write(out)
}
