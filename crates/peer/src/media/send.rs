//! Sending RTP.

use bytes::Bytes;
use strata_core::tracing;
use strata_rtp::{
    Header, Items, PayloadType, SequenceNumber, Ssrc, Timestamp,
    extension::{ExtensionForm, ExtensionId},
};
use strata_srtp::{Claim, Outbound, ProtectError};

use super::Media;
use crate::{
    Mid, WriteError,
    media::router::MediaSection,
    stats::{add_bytes, count},
};

/// An RTP packet to be sent: what of it is the application's affair.
///
/// The source is the transceiver's own, and the MID header extension is added where it was negotiated.
/// [`new`](Self::new) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutgoingRtp {
    /// A negotiated payload type; of retransmissions, if `repair`.
    pub payload_type: PayloadType,
    /// Its number in its stream. Every number can be sent once only (SRTP would encrypt two packets
    /// alike); what is to be sent again goes as a retransmission (RFC 4588).
    pub sequence_number: SequenceNumber,
    /// Its time, in units of the codec's clock.
    pub timestamp: Timestamp,
    /// What the codec's payload format says it means.
    pub marker: bool,
    /// Whether it belongs to the stream of retransmissions; the payload then begins with the original
    /// sequence number (RFC 4588 §4).
    pub repair: bool,
    /// The payload.
    pub payload: Bytes,
}

impl OutgoingRtp {
    /// A packet of the stream itself, without the marker.
    pub const fn new(
        payload_type: PayloadType,
        sequence_number: SequenceNumber,
        timestamp: Timestamp,
        payload: Bytes,
    ) -> Self {
        Self {
            payload_type,
            sequence_number,
            timestamp,
            marker: false,
            repair: false,
            payload,
        }
    }

    /// The same with this marker.
    #[must_use]
    pub const fn with_marker(mut self, marker: bool) -> Self {
        self.marker = marker;
        self
    }

    /// The same in the stream of retransmissions, or not.
    #[must_use]
    pub const fn with_repair(mut self, repair: bool) -> Self {
        self.repair = repair;
        self
    }
}

/// A packet that waits.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(super) section: usize,
    pub(super) packet: OutgoingRtp,
    /// Its number under the keys.
    claim: Claim,
}

impl Media {
    /// Queues a packet. What SRTP would refuse later it refuses now.
    pub(crate) fn write_rtp(
        &mut self,
        keys: &mut Outbound,
        mid: Mid,
        packet: OutgoingRtp,
    ) -> Result<(), WriteError> {
        let index = self.router.find(mid).ok_or(WriteError::UnknownMid(mid))?;
        let section = self
            .router
            .sections()
            .get(index)
            .ok_or(WriteError::UnknownMid(mid))?;
        if !section.sends {
            return Err(WriteError::NotSending(mid));
        }
        let source = section.source_of(&packet);
        let source = source.ok_or(WriteError::PayloadType(packet.payload_type))?;
        let actual = packet.payload.len().saturating_add(HEADER_BYTES);
        if actual > self.limits.rtp_packet_bytes {
            return Err(WriteError::TooLong {
                limit: self.limits.rtp_packet_bytes,
                actual,
            });
        }
        if self.rtp.len() >= self.limits.rtp_queue {
            return Err(WriteError::QueueFull {
                limit: self.limits.rtp_queue,
            });
        }
        let number = packet.sequence_number;
        let claim = keys
            .claim(source.get(), number.get())
            .map_err(|error| refused(error, number))?;
        self.rtp.push_back(Queued {
            section: index,
            packet,
            claim,
        });
        Ok(())
    }

    pub(crate) fn has_rtp(&self) -> bool {
        !self.rtp.is_empty()
    }

    /// Appends the next protected RTP packet to `out`. Packets that cannot be protected are skipped and
    /// counted in `failed`.
    pub(crate) fn poll_rtp(
        &mut self,
        keys: &mut Outbound,
        out: &mut Vec<u8>,
        failed: &mut u64,
    ) -> Option<()> {
        while let Some(queued) = self.rtp.pop_front() {
            let Queued {
                section,
                packet,
                claim,
            } = queued;
            let start = out.len();
            // The direction may have changed, or the section may be gone, since the packet was written.
            let section = self.router.sections().get(section);
            if section.and_then(|s| s.write(&packet, out)).is_none() {
                out.truncate(start);
                count(failed);
                continue;
            }
            let length = out.len().saturating_sub(start);
            if let Err(error) = keys.protect_claimed(out, start, claim) {
                tracing::debug!(%error, "an RTP packet is not sent");
                out.truncate(start);
                count(failed);
                continue;
            }
            count(&mut self.stats.packets_sent);
            add_bytes(&mut self.stats.bytes_sent, length);
            return Some(());
        }
        None
    }
}

impl MediaSection {
    /// The source that a packet is sent with; `None` if it may not be sent here: against the direction, or
    /// with a payload type that is not for what it is.
    pub(super) fn source_of(&self, packet: &OutgoingRtp) -> Option<Ssrc> {
        let (types, source) = if packet.repair {
            (self.repair_types, self.rtx?)
        } else {
            (self.media_types, self.ssrc)
        };
        let allowed = self.sends && types.contains(packet.payload_type);
        allowed.then_some(source)
    }

    /// Appends the plain packet.
    fn write(&self, packet: &OutgoingRtp, out: &mut Vec<u8>) -> Option<()> {
        let header = Header {
            marker: packet.marker,
            payload_type: packet.payload_type,
            sequence_number: packet.sequence_number,
            timestamp: packet.timestamp,
            ssrc: self.source_of(packet)?,
            csrcs: Items::default(),
        };
        // RFC 9143 §15: so that the other side needs no signalled sources.
        let written = match self.mid_extension {
            Some(id) => write_with_mid(&header, id, self.mid, out),
            None => header.write(out),
        };
        written.ok()?;
        out.extend_from_slice(&packet.payload);
        Some(())
    }
}

/// Why a packet with this number cannot be written, by SRTP's reason not to give it an index.
const fn refused(error: ProtectError, number: SequenceNumber) -> WriteError {
    match error {
        ProtectError::Repeated => WriteError::Repeated(number),
        ProtectError::TooOld => WriteError::TooOld(number),
        ProtectError::Retired => WriteError::SourceRetired,
        // The others cannot come: they are about the octets of a packet, and there are none yet.
        ProtectError::KeyExhausted
        | ProtectError::Malformed(_)
        | ProtectError::TooLong
        | ProtectError::Unclaimed
        | _ => WriteError::KeyExhausted,
    }
}

fn write_with_mid(
    header: &Header<'_>,
    id: ExtensionId,
    mid: Mid,
    out: &mut Vec<u8>,
) -> Result<(), strata_rtp::WriteError> {
    header.write_with(out, ExtensionForm::OneByte, |elements| {
        elements.push_bytes(id, mid.as_bytes())
    })
}

/// The fixed header, the extension's own header and the longest MID, in whole words.
const HEADER_BYTES: usize = 12 + 4 + 20;
