//! One media section: what comes in it goes back in it.

use strata_peer::{Instant, Mid, PayloadType, Peer, Ssrc, Timestamp, TransceiverId};

use super::reception::units;

/// A section that media came in.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) mid: Mid,
    transceiver: TransceiverId,
    /// The source last received: whom to ask for key frames, and for what was lost.
    pub(super) source: Option<Ssrc>,
    /// What goes back.
    pub(super) stream: Sent,
    /// What goes back of retransmissions.
    pub(super) repair: Option<Sent>,
    /// What the payload type last received is, and the rate of its clock in Hz.
    codec: (PayloadType, u32),
    clock: Option<MediaClock>,
    /// Whether anything was sent as this track's source, reports included.
    pub(super) spoken: bool,
}

/// A stream of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) ssrc: Ssrc,
    pub(super) packets: u32,
    pub(super) octets: u32,
    /// How many reports ago anything was sent.
    quiet: u8,
}

/// When the source's clock showed what.
#[derive(Clone, Copy, Debug)]
struct MediaClock {
    timestamp: Timestamp,
    at: Instant,
    /// Whether the source has said so, and not only sent a packet then.
    reported: bool,
}

impl Sent {
    const fn new(ssrc: Ssrc) -> Self {
        Self {
            ssrc,
            packets: 0,
            octets: 0,
            quiet: 2,
        }
    }

    /// Counts a packet by the octets of its payload.
    pub(super) fn on_packet(&mut self, octets: usize) {
        // RFC 3550 §6.4.1: both counts wrap around.
        let octets = u32::try_from(octets).unwrap_or_default();
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets);
        self.quiet = 0;
    }

    /// Whether it is to be reported as sent: RFC 3550 §6.4, if anything was sent since the last report or
    /// the one before.
    pub(super) const fn is_active(&self) -> bool {
        self.quiet < 2
    }

    /// Whether anything was ever sent.
    pub(super) const fn has_begun(&self) -> bool {
        self.packets > 0 || self.octets > 0
    }

    /// Notes that a report was written.
    pub(super) const fn on_report(&mut self) {
        self.quiet = self.quiet.saturating_add(1);
    }
}

impl Track {
    /// The track of a section, if it is one of media.
    pub(super) fn find(peer: &Peer, mid: Mid) -> Option<Self> {
        let mut transceivers = peer.transceivers();
        let transceiver = transceivers.find(|transceiver| transceiver.mid() == Some(mid))?;
        let codec = transceiver.codecs().first()?;
        Some(Self {
            mid,
            transceiver: transceiver.id(),
            source: None,
            stream: Sent::new(transceiver.ssrc()),
            repair: transceiver.rtx_ssrc().map(Sent::new),
            codec: (codec.payload_type, codec.clock_rate),
            clock: None,
            spoken: false,
        })
    }

    /// Whether a source of ours belongs to this track.
    pub(super) fn is_ours(&self, ssrc: Ssrc) -> bool {
        let repair = self.repair.map(|sent| sent.ssrc);
        self.stream.ssrc == ssrc || repair == Some(ssrc)
    }

    /// The rate of the clock of a payload type in Hz, and whether it is another than before.
    pub(super) fn clock_rate(&mut self, peer: &Peer, payload_type: PayloadType) -> (u32, bool) {
        let (known, before) = self.codec;
        if known == payload_type {
            return (before, false);
        }
        let transceiver = peer.transceiver(self.transceiver);
        let codec = transceiver.and_then(|transceiver| transceiver.codec(payload_type));
        let rate = codec.map_or(before, |codec| codec.clock_rate);
        self.codec = (payload_type, rate);
        (rate, rate != before)
    }

    /// Notes when a packet of the source came.
    pub(super) fn on_packet(&mut self, now: Instant, source: Ssrc, timestamp: Timestamp) {
        if self.source.replace(source) != Some(source) {
            self.clock = None;
        }
        if self.clock.is_none_or(|clock| !clock.reported) {
            self.clock = Some(MediaClock {
                timestamp,
                at: now,
                reported: false,
            });
        }
    }

    /// Notes what the source says of its clock. What is late on the path is late alike in all its tracks,
    /// so that those who receive what goes back can play them together.
    pub(super) fn on_sender_report(&mut self, now: Instant, source: Ssrc, timestamp: Timestamp) {
        if self.source == Some(source) {
            self.clock = Some(MediaClock {
                timestamp,
                at: now,
                reported: true,
            });
        }
    }

    /// A source is gone.
    pub(super) fn on_bye(&mut self, source: Ssrc) {
        if self.source == Some(source) {
            self.on_silence();
        }
    }

    /// Nobody sends any more.
    pub(super) const fn on_silence(&mut self) {
        self.source = None;
        self.clock = None;
    }

    /// What the clock of the packets that go back shows. They keep the timestamps of the source.
    pub(super) fn timestamp(&self, now: Instant) -> Option<Timestamp> {
        let clock = self.clock?;
        let (_, rate) = self.codec;
        let elapsed = units(now.as_nanos().saturating_sub(clock.at.as_nanos()), rate);
        Some(clock.timestamp.plus(elapsed))
    }
}
