//! Receiving RTP and RTCP.

use strata_core::{Instant, tracing};
use strata_rtp::{
    Packet,
    rtcp::{self, Compound},
};
use strata_srtp::Inbound;

use super::Media;
use crate::{
    RtpPacket,
    stats::{Drops, add_bytes, count},
};

impl Media {
    /// Takes a protected RTP packet and decrypts it in place. Says whether it was authentic, whatever became of it.
    pub(crate) fn handle_rtp(
        &mut self,
        keys: &mut Inbound,
        packet: &mut [u8],
        drops: &mut Drops,
    ) -> bool {
        let plain = keys
            .unprotect_rtp(packet)
            .ok()
            .and_then(|length| packet.get(..length));
        let Some(plain) = plain else {
            count(&mut drops.rtp_unprotect);
            return false;
        };
        self.on_rtp(plain, drops);
        true
    }

    fn on_rtp(&mut self, plain: &[u8], drops: &mut Drops) {
        let Ok(view) = Packet::parse(plain) else {
            count(&mut drops.rtp_unprotect);
            return;
        };
        let Some(route) = self.router.route(&view) else {
            tracing::trace!(ssrc = view.ssrc().get(), "RTP of no section");
            count(&mut drops.unrouted);
            return;
        };
        let Some(section) = self.router.sections().get(route.section) else {
            return;
        };
        if !section.receives {
            count(&mut drops.unrouted);
            return;
        }
        if !self.received.has_room_for_rtp() {
            count(&mut drops.media_events);
            return;
        }
        count(&mut self.stats.packets_received);
        add_bytes(&mut self.stats.bytes_received, plain.len());
        let packet = RtpPacket::new(self.arena.copy(plain), route.repair);
        self.received.push_rtp(section.mid, packet);
    }

    /// Takes a protected RTCP packet and decrypts it in place. Says whether it was authentic.
    pub(crate) fn handle_rtcp(
        &mut self,
        now: Instant,
        keys: &mut Inbound,
        packet: &mut [u8],
        drops: &mut Drops,
    ) -> bool {
        let plain = keys
            .unprotect_rtcp(packet)
            .ok()
            .and_then(|length| packet.get(..length));
        let parsed = plain.and_then(|plain| Compound::parse(plain).ok());
        let authentic = plain.is_some();
        let (Some(plain), Some(compound)) = (plain, parsed) else {
            count(&mut drops.rtcp_unprotect);
            return authentic;
        };
        count(&mut self.stats.rtcp_received);
        if self.received.has_room_for_rtcp() {
            self.received.push_rtcp(self.arena.copy(plain));
        } else {
            count(&mut drops.rtcp_events);
        }
        // What it says of sources counts, whether or not anybody polls.
        for part in &compound {
            match part {
                Ok(part) => self.on_rtcp_part(now, &part, drops),
                Err(error) => {
                    tracing::trace!(%error, "a part of a compound is malformed");
                    count(&mut drops.rtcp_parts);
                }
            }
        }
        self.forget_left(now, keys);
        authentic
    }

    pub(super) fn on_rtcp_part(
        &mut self,
        now: Instant,
        part: &rtcp::Packet<'_>,
        drops: &mut Drops,
    ) {
        if let rtcp::Packet::Pli(pli) = part {
            self.on_keyframe_request(pli.media, drops);
        } else if let rtcp::Packet::Fir(fir) = part {
            // RFC 5104 §4.3.1.2: the media source of the header is not used.
            for entry in &fir.entries {
                self.on_fir(fir.sender, entry.ssrc, entry.command_sequence_number, drops);
            }
        } else if let rtcp::Packet::SourceDescription(description) = part {
            self.router.name_sources(description);
        } else if let rtcp::Packet::Bye(bye) = part {
            for source in &bye.ssrcs {
                self.on_bye(now, source);
            }
        }
    }
}
