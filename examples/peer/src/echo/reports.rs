//! RTCP of our own (RFC 3550 §6).

use strata_peer::{
    Instant, Mid, Ssrc, Timestamp,
    rtp::{
        Items,
        rtcp::{
            Bye, NtpTimestamp, ReceiverReport, Remb, ReportBlock, SdesChunk, SdesItem,
            SenderReport, SourceDescription, WriteError,
        },
    },
};

use super::track::{Sent, Track};

/// What one round of reports says.
pub(super) struct Round<'a> {
    pub(super) now: Instant,
    /// `now` on the wall.
    pub(super) ntp: NtpTimestamp,
    /// RFC 3550 §6.5.1: all that we send is of one participant.
    pub(super) cname: &'a str,
    /// What was received since the round before, sorted by section.
    pub(super) blocks: &'a [(Mid, ReportBlock)],
    /// What senders may send, and who they are.
    pub(super) estimate: Option<(u64, &'a [Ssrc])>,
    /// Whether there will be no other.
    pub(super) last: bool,
}

/// Compound packets that are being written, each short enough for a datagram.
pub(super) struct Compounds<S> {
    /// A packet that is not full yet, or one and the beginning of the next.
    buffer: Vec<u8>,
    send: S,
    /// The bytes of all that was sent, with what lower layers add.
    bytes: usize,
}

impl<S: FnMut(&[u8])> Compounds<S> {
    pub(super) const fn new(send: S) -> Self {
        Self {
            buffer: Vec::new(),
            send,
            bytes: 0,
        }
    }

    /// Appends what may stand alone, or behind others of its kind.
    fn append(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let start = self.buffer.len();
        let written = write(&mut self.buffer);
        if written.is_err() {
            self.buffer.truncate(start);
        }
        if self.buffer.len() > COMPOUND_BYTES {
            self.flush(start);
        }
        written
    }

    /// Sends the first `length` bytes.
    fn flush(&mut self, length: usize) {
        let packet = self.buffer.get(..length).unwrap_or_default();
        if !packet.is_empty() {
            (self.send)(packet);
            self.bytes = self.bytes.saturating_add(length + OVERHEAD_BYTES);
            self.buffer.drain(..length);
        }
    }

    /// Sends the rest, and says how many bytes the packets were, headers of lower layers included.
    pub(super) fn finish(mut self) -> usize {
        self.flush(self.buffer.len());
        self.bytes
    }
}

impl Round<'_> {
    /// Writes the reports on all tracks that there is anything to say of.
    pub(super) fn write<S: FnMut(&[u8])>(
        &self,
        tracks: &mut [Track],
        compounds: &mut Compounds<S>,
    ) -> Result<(), WriteError> {
        let mut estimate = self.estimate;
        let mut rest = self.blocks;
        for (place, track) in tracks.iter_mut().enumerate() {
            let before = rest.partition_point(|(mid, _)| *mid < track.mid);
            let (_, from_here) = rest.split_at(before);
            let count = from_here.partition_point(|(mid, _)| *mid == track.mid);
            let (mine, behind) = from_here.split_at(count);
            rest = behind;
            let blocks: Vec<ReportBlock> = mine.iter().map(|(_, block)| *block).collect();
            if !self.concerns(place, track, &blocks) {
                continue;
            }
            // RFC 3550 §6.4.2: what one report has no room for goes into further ones.
            let mut parts = blocks.chunks(MAX_BLOCKS);
            let first = parts.next().unwrap_or_default();
            let remb = estimate.take();
            compounds.append(|out| {
                self.write_track(track, first, out)?;
                match remb {
                    Some((bitrate_bps, ssrcs)) => Remb {
                        sender: track.stream.ssrc,
                        media: Ssrc::new(0),
                        bitrate_bps,
                        ssrcs: Items::from(ssrcs),
                    }
                    .write(out),
                    None => Ok(()),
                }
            })?;
            // Behind a goodbye there is nothing to say.
            for part in parts.take(if self.last { 0 } else { usize::MAX }) {
                compounds.append(|out| {
                    receiver_report(track.stream.ssrc, part).write(out)?;
                    self.describe(&[track.stream.ssrc], out)
                })?;
            }
            track.spoken = true;
            track.stream.on_report();
            if let Some(repair) = &mut track.repair {
                repair.on_report();
            }
        }
        Ok(())
    }

    /// Whether there is anything to say of a track.
    fn concerns(&self, place: usize, track: &Track, blocks: &[ReportBlock]) -> bool {
        let repair = track.repair.is_some_and(|sent| sent.is_active());
        let active = !blocks.is_empty() || track.stream.is_active() || repair;
        if self.last {
            // RFC 3550 §6.3.7: who has never said anything says no goodbye.
            return track.spoken || active;
        }
        // RFC 3550 §6.4.2: where nothing happens, an empty report says that we are there.
        active || place == 0
    }

    fn write_track(
        &self,
        track: &Track,
        blocks: &[ReportBlock],
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        // RFC 3550 §6.4.1: a report of a sender says what its clock shows now. While nobody knows, there is none.
        let clock = track.timestamp(self.now);
        match clock.filter(|_| track.stream.is_active()) {
            Some(rtp) => self.sender_report(&track.stream, rtp, blocks).write(out)?,
            None => receiver_report(track.stream.ssrc, blocks).write(out)?,
        }
        // RFC 4588 §4: it has the timestamps of what it repairs.
        if let Some((repair, rtp)) = track.repair.filter(Sent::is_active).zip(clock) {
            self.sender_report(&repair, rtp, &[]).write(out)?;
        }
        // RFC 3550 §6.6: who leaves says so for all that was ever sent.
        let is_named = |sent: &Sent| sent.is_active() || (self.last && sent.has_begun());
        let repair = track.repair.filter(is_named);
        let both = [track.stream.ssrc, repair.unwrap_or(track.stream).ssrc];
        let (one, _) = both.split_at(1);
        let sources = if repair.is_some() { &both } else { one };
        self.describe(sources, out)?;
        if self.last {
            Bye {
                ssrcs: Items::from(sources),
                reason: None,
            }
            .write(out)?;
        }
        Ok(())
    }

    fn sender_report<'a>(
        &self,
        sent: &Sent,
        rtp: Timestamp,
        blocks: &'a [ReportBlock],
    ) -> SenderReport<'a> {
        SenderReport {
            ssrc: sent.ssrc,
            ntp: self.ntp,
            rtp,
            packet_count: sent.packets,
            octet_count: sent.octets,
            reports: Items::from(blocks),
            profile_extension: &[],
        }
    }

    /// RFC 3550 §6.1: in every compound, the canonical names of who speaks in it.
    fn describe(&self, sources: &[Ssrc], out: &mut Vec<u8>) -> Result<(), WriteError> {
        let items = [SdesItem::cname(self.cname)];
        let chunks: Vec<SdesChunk<'_>> = sources
            .iter()
            .map(|ssrc| SdesChunk {
                ssrc: *ssrc,
                items: items.as_slice().into(),
            })
            .collect();
        SourceDescription {
            chunks: chunks.as_slice().into(),
        }
        .write(out)
    }
}

fn receiver_report(ssrc: Ssrc, blocks: &[ReportBlock]) -> ReceiverReport<'_> {
    ReceiverReport {
        ssrc,
        reports: Items::from(blocks),
        profile_extension: &[],
    }
}

/// The longest compound packet that others are added to.
const COMPOUND_BYTES: usize = 1200;

/// RFC 3550 §6.4.1: the count has five bits.
const MAX_BLOCKS: usize = 31;

/// What UDP over IPv4 and SRTCP add to each packet: 28 and 20 bytes.
const OVERHEAD_BYTES: usize = 48;
