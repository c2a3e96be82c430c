//! Receiving RTP and RTCP.

use strata_rtp::{
    Packet, Ssrc,
    rtcp::{self, Compound},
};
use strata_srtp::Inbound;

use super::Media;
use crate::{Event, RtpPacket, stats::Drops};

impl Media {
    /// Takes a protected RTP packet and decrypts it in place.
    pub(crate) fn handle_rtp(&mut self, keys: &mut Inbound, packet: &mut [u8], drops: &mut Drops) {
        let plain = keys
            .unprotect_rtp(packet)
            .ok()
            .and_then(|length| packet.get(..length));
        let Some(plain) = plain else {
            drops.rtp_unprotect += 1;
            return;
        };
        let Ok(view) = Packet::parse(plain) else {
            drops.rtp_unprotect += 1;
            return;
        };
        let Some(route) = self.router.route(&view) else {
            tracing::trace!(ssrc = view.ssrc().get(), "RTP of no section");
            drops.unrouted += 1;
            return;
        };
        let Some(section) = self.router.sections().get(route.section) else {
            return;
        };
        if !section.receives {
            drops.unrouted += 1;
            return;
        }
        if self.received.len() >= self.limits.media_events {
            drops.media_events += 1;
            return;
        }
        self.stats.packets_received += 1;
        self.stats.bytes_received += u64::try_from(plain.len()).unwrap_or_default();
        self.received.push_back(Event::MediaPacket {
            mid: section.mid,
            packet: RtpPacket::new(self.arena.copy(plain), route.repair),
        });
    }

    /// Takes a protected RTCP packet and decrypts it in place.
    pub(crate) fn handle_rtcp(&mut self, keys: &mut Inbound, packet: &mut [u8], drops: &mut Drops) {
        let plain = keys
            .unprotect_rtcp(packet)
            .ok()
            .and_then(|length| packet.get(..length));
        let parsed = plain.and_then(|plain| Compound::parse(plain).ok());
        let (Some(plain), Some(compound)) = (plain, parsed) else {
            drops.rtcp_unprotect += 1;
            return;
        };
        if self.received.len() >= self.limits.media_events {
            drops.media_events += 1;
            return;
        }
        self.stats.rtcp_received += 1;
        let before = self.received.len();
        for part in compound.iter().flatten() {
            if let rtcp::Packet::Pli(pli) = part {
                self.on_keyframe_request(before, pli.media);
            } else if let rtcp::Packet::Fir(fir) = part {
                // RFC 5104 §4.3.1.2: the media source of the header is not used.
                for entry in &fir.entries {
                    self.on_keyframe_request(before, entry.ssrc);
                }
            } else if let rtcp::Packet::SourceDescription(description) = part {
                self.router.name_sources(&description);
            }
        }
        self.received.push_back(Event::Rtcp {
            packet: self.arena.copy(plain),
        });
    }

    /// One event for each section that a compound asks for; they are behind `before`.
    fn on_keyframe_request(&mut self, before: usize, ssrc: Ssrc) {
        let Some(section) = self.router.of_own_source(ssrc) else {
            return;
        };
        let event = Event::KeyframeRequested { mid: section.mid };
        if self.received.len() < self.limits.media_events
            && self
                .received
                .iter()
                .skip(before)
                .all(|known| *known != event)
        {
            self.received.push_back(event);
        }
    }
}
