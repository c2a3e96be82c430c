//! For fuzzers only: the routing of received packets to media sections, without a session around it.
//!
//! A session reaches it behind SRTP and behind descriptions, which an input can hardly come through.

use strata_core::Instant;
use strata_rtp::{Packet, PayloadType, Ssrc, rtcp::Compound};
use strata_sdp::Direction;
use strata_srtp::Inbound;

use super::{Media, router::Home};
use crate::{
    Feedback, Limits, MediaKind, Mid, NegotiatedCodec, RemoteSource, Transceiver, TransceiverId,
    stats::Drops,
    transceiver::{Extensions, Parameters, RemoteTrack, Sender},
};

/// The sections of a session, and the sources whose section is remembered.
#[derive(Debug)]
pub struct MediaRouter {
    media: Media,
    keys: Inbound,
}

/// A media section that both sides have agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub mid: Mid,
    /// Whether something is received in it.
    pub receives: bool,
    /// The number of the MID header extension, 1 to 255; `None` if it was not agreed on.
    pub mid_extension: Option<u8>,
    /// The payload types of its codecs, each with that of its retransmissions.
    pub types: Vec<(PayloadType, Option<PayloadType>)>,
    /// The sources that its description names.
    pub sources: Vec<RemoteSource>,
}

impl MediaRouter {
    /// Without sections. At most `sources` sources are remembered.
    pub fn new(sources: usize, keys: Inbound) -> Self {
        let limits = Limits {
            sources,
            ..Limits::default()
        };
        Self {
            media: Media::new(limits),
            keys,
        }
    }

    /// Takes over what was just negotiated.
    pub fn update(&mut self, sections: &[Section]) {
        let transceivers: Vec<_> = (0..).zip(sections).map(Section::transceiver).collect();
        self.media.update(&transceivers);
    }

    /// The section of a received packet, and whether it is a retransmission there.
    pub fn route(&mut self, packet: &Packet<'_>) -> Option<(Mid, bool)> {
        let route = self.media.router.route(packet)?;
        let section = self.media.router.sections().get(route.section)?;
        Some((section.mid, route.repair))
    }

    /// Takes what a compound says of sources, and forgets those whose goodbye is long enough ago.
    pub fn handle_rtcp(&mut self, now: Instant, compound: &Compound<'_>) {
        let mut drops = Drops::default();
        for part in compound.iter().flatten() {
            self.media.on_rtcp_part(now, &part, &mut drops);
        }
        self.media.forget_left(now, &mut self.keys);
    }

    /// The sources that are remembered, sorted, each with its section; `None` for those that have named a section
    /// that is not there.
    pub fn sources(&self) -> impl Iterator<Item = (Ssrc, Option<Mid>)> {
        let router = &self.media.router;
        router.homes().map(|(ssrc, home)| match home {
            Home::Section(at) => (ssrc, router.sections().get(at).map(|section| section.mid)),
            Home::Nowhere(_) => (ssrc, None),
        })
    }

    /// How many sources had to go for others.
    pub const fn forgotten(&self) -> u64 {
        self.media.forgotten_sources()
    }
}

impl Section {
    fn transceiver((number, section): (u32, &Self)) -> Transceiver {
        let direction = if section.receives {
            Direction::SendRecv
        } else {
            Direction::SendOnly
        };
        let agreed = Parameters {
            direction,
            codecs: section.types.iter().copied().map(codec).collect(),
            extensions: Extensions {
                mid: section.mid_extension,
                audio_level: None,
            },
            reduced_size: true,
            remote: RemoteTrack {
                sources: section.sources.clone(),
                ..RemoteTrack::default()
            },
        };
        Transceiver {
            id: TransceiverId(number),
            kind: MediaKind::Video,
            direction,
            mid: Some(section.mid),
            stopped: false,
            by_remote: false,
            sender: Sender {
                ssrc: Ssrc::new(number),
                rtx: None,
                track: String::new(),
            },
            offered: None,
            current: Some(agreed),
            has_track: false,
        }
    }
}

fn codec((payload_type, rtx): (PayloadType, Option<PayloadType>)) -> NegotiatedCodec {
    NegotiatedCodec {
        payload_type,
        name: "VP8".into(),
        clock_rate: 90_000,
        channels: 1,
        format: "".into(),
        local_format: "".into(),
        feedback: Feedback::NONE,
        rtx,
    }
}
