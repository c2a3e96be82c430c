//! The media of an echo: packets go back as they came, and RTCP says to whoever sends them how they arrive.

use std::time::Duration;

use strata_peer::{
    Instant, Mid, OutgoingRtp, Peer, RtpPacket, SequenceNumber, Ssrc,
    rtp::rtcp::{Compound, Nack, NtpTimestamp, Packet, Remb, ReportBlock, SenderReport},
};

use super::{
    estimate::Estimate,
    reception::Loss,
    reports::{Compounds, Round},
    sources::{Source, Sources},
    track::Track,
};

/// All tracks of one peer connection.
#[derive(Debug)]
pub(super) struct Media {
    /// Sorted by section. There are no more than the session has sections.
    tracks: Vec<Track>,
    sources: Sources,
    estimate: Estimate,
    /// The wall clock at [`Instant::EPOCH`], since 1970.
    wall: Duration,
    /// When the next reports are due, once anything was received.
    next_reports: Option<Instant>,
}

impl Media {
    /// Tracks from now on, when the wall clock shows `since_1970`.
    pub(super) fn new(now: Instant, since_1970: Duration) -> Self {
        Self {
            tracks: Vec::new(),
            sources: Sources::default(),
            estimate: Estimate::new(now),
            wall: since_1970.saturating_sub(now - Instant::EPOCH),
            next_reports: None,
        }
    }

    /// Sends a packet back.
    pub(super) fn return_packet(
        &mut self,
        now: Instant,
        peer: &mut Peer,
        mid: Mid,
        packet: &RtpPacket,
    ) {
        let Some(place) = self.place(peer, mid) else {
            return;
        };
        let Some(track) = self.tracks.get_mut(place) else {
            return;
        };
        self.estimate.on_packet(packet.bytes().len());
        if self.next_reports.is_none() {
            // RFC 3550 §6.2: the first is due after half the time.
            self.next_reports = Some(now + REPORT_INTERVAL / 2);
            self.estimate.begin(now);
        }
        if let Some(source) = self.sources.heard(packet.view().ssrc(), mid) {
            note_received(now, peer, track, source, packet);
        }
        let (rtp, repair) = (packet.view(), packet.is_repair());
        // The numbers stay as the sender chose them: its retransmissions name packets by them.
        let outgoing = OutgoingRtp::new(
            rtp.payload_type(),
            rtp.sequence_number(),
            rtp.timestamp(),
            packet.payload(),
        )
        .with_marker(rtp.marker())
        .with_repair(repair);
        let octets = outgoing.payload.len();
        match peer.write_rtp(now, &mid, outgoing) {
            Ok(()) if repair => {
                if let Some(sent) = &mut track.repair {
                    sent.on_packet(octets);
                }
            }
            Ok(()) => track.stream.on_packet(octets),
            Err(error) => tracing::debug!(%error, "a packet is not echoed"),
        }
    }

    /// Takes what the other side reports and asks for.
    pub(super) fn handle_rtcp(&mut self, now: Instant, peer: &mut Peer, rtcp: &[u8]) {
        let Ok(compound) = Compound::parse(rtcp) else {
            return;
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "key frames are asked for by an event; an echo has no use for the rest"
        )]
        for packet in compound.iter().flatten() {
            match packet {
                Packet::SenderReport(report) => self.on_sender_report(now, &report),
                Packet::ReceiverReport(report) => self.on_blocks(report.reports.iter()),
                Packet::Bye(bye) => bye.ssrcs.iter().for_each(|ssrc| self.on_bye(ssrc)),
                Packet::Nack(nack) => self.ask_again(now, peer, &nack),
                Packet::Remb(Remb { bitrate_bps, .. }) => self.estimate.on_limit(now, bitrate_bps),
                _ => {}
            }
        }
    }

    /// Asks whoever sends the video of a section for a key frame.
    pub(super) fn request_keyframe(&self, now: Instant, peer: &mut Peer, mid: Mid) {
        let place = self.tracks.binary_search_by_key(&mid, |track| track.mid);
        let track = place.ok().and_then(|place| self.tracks.get(place));
        if let Some(source) = track.and_then(|track| track.source) {
            let _ = peer.request_keyframe(now, source);
        }
    }

    /// Nothing comes in a section any more.
    pub(super) fn end_track(&mut self, peer: &Peer, mid: Mid) {
        let mut transceivers = peer.transceivers();
        let stays = transceivers.any(|other| other.mid() == Some(mid) && !other.is_stopped());
        self.tracks.retain_mut(|track| {
            if track.mid == mid {
                track.on_silence();
            }
            stays || track.mid != mid
        });
    }

    /// Writes reports, if they are due.
    pub(super) fn handle_timeout(&mut self, now: Instant, peer: &mut Peer) {
        if self.next_reports.is_some_and(|due| due <= now) {
            let bytes = self.report(now, peer, false);
            self.next_reports = Some(now + interval(bytes, self.estimate.received_bps()));
        }
    }

    /// When the next reports are due.
    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.next_reports
    }

    /// Says goodbye (RFC 3550 §6.6), with the last reports.
    pub(super) fn farewell(&mut self, now: Instant, peer: &mut Peer) {
        self.next_reports = None;
        self.report(now, peer, true);
    }

    /// Writes reports, and says how many bytes they were.
    fn report(&mut self, now: Instant, peer: &mut Peer, last: bool) -> usize {
        let mut loss = Loss::default();
        let mut blocks: Vec<(Mid, ReportBlock)> = Vec::new();
        // RFC 3550 §6.4: on those that were heard since the last report.
        for source in self.sources.iter_mut().filter(|source| source.heard) {
            source.heard = false;
            let (block, lost) = source.reception.report(now, source.ssrc);
            loss = loss.plus(lost);
            blocks.push((source.mid, block));
        }
        blocks.sort_by_key(|(mid, _)| *mid);
        let bitrate = self.estimate.next(now, loss);
        let senders: Vec<Ssrc> = self
            .tracks
            .iter()
            .filter_map(|track| track.source)
            .take(NAMED_SENDERS)
            .collect();
        let cname = peer.cname().to_owned();
        let round = Round {
            now,
            ntp: NtpTimestamp::from_unix(self.wall + (now - Instant::EPOCH)),
            cname: &cname,
            blocks: &blocks,
            estimate: (!senders.is_empty() && !last).then_some((bitrate, &*senders)),
            last,
        };
        let mut compounds = Compounds::new(|packet| {
            if let Err(error) = peer.write_rtcp(now, packet) {
                tracing::debug!(%error, "a report is not sent");
            }
        });
        if let Err(error) = round.write(&mut self.tracks, &mut compounds) {
            tracing::debug!(%error, "a report is not written");
        }
        compounds.finish()
    }

    /// Where the track of a section is, now that something came in it.
    fn place(&mut self, peer: &Peer, mid: Mid) -> Option<usize> {
        match self.tracks.binary_search_by_key(&mid, |track| track.mid) {
            Ok(place) => Some(place),
            Err(place) => {
                self.tracks.insert(place, Track::find(peer, mid)?);
                Some(place)
            }
        }
    }

    fn on_sender_report(&mut self, now: Instant, report: &SenderReport<'_>) {
        if let Some(source) = self.sources.get_mut(report.ssrc) {
            source.reception.on_sender_report(now, report.ntp);
            let place = self
                .tracks
                .binary_search_by_key(&source.mid, |track| track.mid);
            if let Some(track) = place.ok().and_then(|place| self.tracks.get_mut(place)) {
                track.on_sender_report(now, report.ssrc, report.rtp);
            }
        }
        self.on_blocks(report.reports.iter());
    }

    /// How the other side receives what goes back.
    fn on_blocks(&mut self, blocks: impl Iterator<Item = ReportBlock>) {
        for block in blocks {
            if self.track_of(block.ssrc).is_some() {
                self.estimate.on_loss_back(block.fraction_lost);
            }
        }
    }

    fn on_bye(&mut self, ssrc: Ssrc) {
        self.sources.remove(ssrc);
        for track in &mut self.tracks {
            track.on_bye(ssrc);
        }
    }

    /// Packets that the other side misses: nothing is kept here, but whoever sent them has them, and
    /// under the same numbers.
    fn ask_again(&self, now: Instant, peer: &mut Peer, nack: &Nack<'_>) {
        if let Some(source) = self.track_of(nack.media).and_then(|track| track.source) {
            let lost: Vec<SequenceNumber> = nack.sequence_numbers().collect();
            let _ = peer.write_nack(now, source, &lost);
        }
    }

    /// The track that a stream of ours belongs to.
    fn track_of(&self, ssrc: Ssrc) -> Option<&Track> {
        self.tracks.iter().find(|track| track.is_ours(ssrc))
    }
}

/// Notes how a packet came.
fn note_received(
    now: Instant,
    peer: &Peer,
    track: &mut Track,
    source: &mut Source,
    packet: &RtpPacket,
) {
    let (rtp, reception) = (packet.view(), &mut source.reception);
    reception.on_number(rtp.sequence_number());
    if packet.is_repair() {
        // RFC 4588 §4: it has the time of what it repairs, which says nothing of when it was sent.
        return;
    }
    let (rate, other) = track.clock_rate(peer, rtp.payload_type());
    if other {
        reception.on_other_clock();
    }
    reception.on_timestamp(now, rtp.timestamp(), rate);
    track.on_packet(now, rtp.ssrc(), rtp.timestamp());
}

/// When the next reports are due after some of this size, while so many bits per second arrive: RFC 3550
/// §6.2, in a session of two, where the chance of §6.3.1 has nobody to keep apart.
fn interval(bytes: usize, received_bps: u64) -> Duration {
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
    let share = received_bps / RTCP_SHARE;
    bits.saturating_mul(1000)
        .checked_div(share)
        .map_or(MAX_REPORT_INTERVAL, Duration::from_millis)
        .clamp(REPORT_INTERVAL, MAX_REPORT_INTERVAL)
}

/// How often senders are told how they are received, and what they may send: often enough for a queue on
/// the path to be noticed before it is felt.
const REPORT_INTERVAL: Duration = Duration::from_millis(500);

/// RFC 3550 §6.2: the interval where there is next to no bandwidth.
const MAX_REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// RFC 3550 §6.2: RTCP may have a twentieth.
const RTCP_SHARE: u64 = 20;

/// Senders that an estimate names. It is one for all of them together, and browsers read the number alone.
const NAMED_SENDERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_take_a_twentieth_of_what_arrives_within_bounds() {
        // 500 bytes are 4000 bits; a twentieth of 40 kbit/s is 2000 each second.
        assert_eq!(interval(500, 40_000), Duration::from_secs(2));
        assert_eq!(interval(500, 160_000), REPORT_INTERVAL);
        assert_eq!(interval(500, 10_000_000), REPORT_INTERVAL);
        assert_eq!(interval(500, 1000), MAX_REPORT_INTERVAL);
        assert_eq!(interval(0, 0), MAX_REPORT_INTERVAL);
    }
}
