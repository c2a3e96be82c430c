//! Transceivers: one media section each, both directions of it.

use strata_rtp::{PayloadType, Ssrc};
use strata_sdp::Direction;
use strata_sdp::SsrcGroup;

use crate::{Event, MediaKind, Mid, NegotiatedCodec};

/// Names a [`Transceiver`] of one [`Peer`](crate::Peer), also before it has a [`Mid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransceiverId(pub(crate) u32);

/// The transceivers of a session, in the order they came to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transceivers {
    /// Sorted by [`TransceiverId`].
    all: Vec<Transceiver>,
    next: u32,
}

impl Transceivers {
    pub(crate) fn next_id(&self) -> TransceiverId {
        TransceiverId(self.next)
    }

    pub(crate) fn push(&mut self, transceiver: Transceiver) {
        self.next = transceiver.id.0.saturating_add(1);
        if self.all.len() < 8 {
            // Most sessions have one or two.
            self.all.reserve_exact(1);
        }
        self.all.push(transceiver);
    }

    fn place(&self, id: TransceiverId) -> Option<usize> {
        self.all.binary_search_by_key(&id, |t| t.id).ok()
    }

    pub(crate) fn get(&self, id: TransceiverId) -> Option<&Transceiver> {
        self.all.get(self.place(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: TransceiverId) -> Option<&mut Transceiver> {
        let place = self.place(id)?;
        self.all.get_mut(place)
    }

    pub(crate) fn as_slice(&self) -> &[Transceiver] {
        &self.all
    }

    pub(crate) fn iter(&self) -> core::slice::Iter<'_, Transceiver> {
        self.all.iter()
    }

    /// Goes back to `before`. What the application has changed or added since then stays; what a remote
    /// offer has made since then goes. The application is to be told of the tracks that this concerns.
    pub(crate) fn roll_back(&mut self, before: &Self) -> Vec<Event> {
        let mut tracks = Vec::new();
        self.all.retain_mut(|transceiver| {
            let before = before.get(transceiver.id);
            let receives = before.is_some_and(Transceiver::receives);
            tracks.extend(transceiver.note_track(receives));
            if let Some(before) = before {
                *transceiver = Transceiver {
                    direction: transceiver.direction,
                    has_track: receives,
                    ..before.clone()
                };
                return true;
            }
            transceiver.mid = None;
            transceiver.offered = None;
            // RFC 9429 §4.1.10.2: transceivers that the offer had made are removed.
            !transceiver.by_remote
        });
        tracks
    }

    /// Keeps the transceivers for which `keep` answers `true`.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Transceiver) -> bool) {
        self.all.retain(keep);
    }
}

/// A media section as the application sees it: what we send and what we receive there (RFC 9429 §3.4).
#[derive(Clone, Debug)]
pub struct Transceiver {
    pub(crate) id: TransceiverId,
    pub(crate) kind: MediaKind,
    pub(crate) direction: Direction,
    pub(crate) mid: Option<Mid>,
    pub(crate) stopped: bool,
    /// Whether a remote offer made it; such a one goes when that offer is rolled back.
    pub(crate) by_remote: bool,
    pub(crate) sender: Sender,
    /// What our offer that is not answered yet says.
    pub(crate) offered: Option<Parameters>,
    /// What both sides agreed on last.
    pub(crate) current: Option<Parameters>,
    /// Whether the application was told that something comes (W3C's `[[FiredDirection]]`).
    pub(crate) has_track: bool,
}

/// What we send with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) ssrc: Ssrc,
    pub(crate) rtx: Option<Ssrc>,
    pub(crate) track: String,
}

/// What a description says of a section, or two agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub(crate) direction: Direction,
    pub(crate) codecs: Vec<NegotiatedCodec>,
    pub(crate) extensions: Extensions,
    /// Whether reduced-size RTCP is offered, or agreed on: both sides must say so (RFC 5506 §5).
    pub(crate) reduced_size: bool,
    pub(crate) remote: RemoteTrack,
}

/// The numbers of the header extensions that are understood here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub(crate) mid: Option<u8>,
    pub(crate) audio_level: Option<u8>,
}

impl Extensions {
    pub(crate) const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
    pub(crate) const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
}

/// What the other side says of what it sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RemoteTrack {
    pub(crate) stream: Option<String>,
    pub(crate) track: Option<String>,
    pub(crate) sources: Vec<RemoteSource>,
}

/// A source that the other side has signalled for a section (RFC 5576).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RemoteSource {
    /// Its synchronisation source.
    pub ssrc: Ssrc,
    /// The one of its retransmissions (`a=ssrc-group:FID`).
    pub rtx: Option<Ssrc>,
}

impl RemoteSource {
    /// A source, and that of its retransmissions where it has one.
    pub const fn new(ssrc: Ssrc, rtx: Option<Ssrc>) -> Self {
        Self { ssrc, rtx }
    }

    /// The sources of a media section, retransmissions attached to what they repair; `limit` at most.
    pub(crate) fn all_of(media: &strata_sdp::Media, limit: usize) -> Vec<Self> {
        let groups: Vec<(u32, u32)> = media
            .attributes
            .all::<SsrcGroup>()
            .flatten()
            .filter(|group| group.semantics == SsrcGroup::FLOW_IDENTIFICATION)
            .filter_map(|group| match *group.ssrcs {
                [source, rtx] => Some((source, rtx)),
                _ => None,
            })
            .take(limit)
            .collect();
        let mut sources: Vec<Self> = groups
            .iter()
            .map(|(ssrc, rtx)| Self {
                ssrc: Ssrc::new(*ssrc),
                rtx: Some(Ssrc::new(*rtx)),
            })
            .collect();
        let mut known: Vec<u32> = groups.iter().flat_map(|(a, b)| [*a, *b]).collect();
        known.sort_unstable();
        for line in media.attributes.all::<strata_sdp::Ssrc>().flatten() {
            if sources.len() >= limit {
                break;
            }
            if let Err(place) = known.binary_search(&line.ssrc) {
                known.insert(place, line.ssrc);
                sources.push(Self {
                    ssrc: Ssrc::new(line.ssrc),
                    rtx: None,
                });
            }
        }
        sources
    }
}

impl Transceiver {
    /// Whether both sides agreed that something comes.
    pub(crate) fn receives(&self) -> bool {
        self.current_direction().is_some_and(Direction::receives)
    }

    /// Says whether something comes, by the description just set. If the application believes otherwise,
    /// it is to be told.
    pub(crate) fn note_track(&mut self, comes: bool) -> Option<Event> {
        let (mid, transceiver) = (self.mid?, self.id);
        match (core::mem::replace(&mut self.has_track, comes), comes) {
            (false, true) => Some(Event::TrackAdded {
                mid,
                kind: self.kind,
                transceiver,
            }),
            (true, false) => Some(Event::TrackRemoved { mid, transceiver }),
            (true, true) | (false, false) => None,
        }
    }

    /// Its name, from [`Peer::add_transceiver`](crate::Peer::add_transceiver) on.
    pub const fn id(&self) -> TransceiverId {
        self.id
    }

    /// The media section it belongs to, once a description has given it one.
    pub const fn mid(&self) -> Option<Mid> {
        self.mid
    }

    /// Audio or video.
    pub const fn kind(&self) -> MediaKind {
        self.kind
    }

    /// What we would like.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// What both sides agreed on last; `None` before the first agreement.
    pub fn current_direction(&self) -> Option<Direction> {
        self.current.as_ref().map(|current| current.direction)
    }

    /// Whether the section was rejected or stopped. It is not used again, and goes when another section
    /// takes its place.
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The source of what we send.
    pub const fn ssrc(&self) -> Ssrc {
        self.sender.ssrc
    }

    /// The source of our retransmissions; audio has none, nor who does not keep them
    /// ([`Keeps::rtx`](crate::Keeps::rtx)).
    pub const fn rtx_ssrc(&self) -> Option<Ssrc> {
        self.sender.rtx
    }

    /// What both sides agreed on, the other side's preferred codec first.
    pub fn codecs(&self) -> &[NegotiatedCodec] {
        self.current.as_ref().map_or(&[], |current| &current.codecs)
    }

    /// The agreed codec that a payload type stands for, or whose retransmissions it stands for.
    pub fn codec(&self, payload_type: PayloadType) -> Option<&NegotiatedCodec> {
        self.codecs()
            .iter()
            .find(|codec| codec.payload_type == payload_type || codec.rtx == Some(payload_type))
    }

    /// The sources that the other side has signalled for this section. It may use others too.
    pub fn remote_sources(&self) -> &[RemoteSource] {
        self.current
            .as_ref()
            .map_or(&[], |current| &current.remote.sources)
    }

    /// The media stream that the other side's track belongs to (RFC 8830).
    pub fn remote_stream(&self) -> Option<&str> {
        self.current.as_ref()?.remote.stream.as_deref()
    }

    /// The other side's name for its track; browsers that follow RFC 9429 leave it out.
    pub fn remote_track(&self) -> Option<&str> {
        self.current.as_ref()?.remote.track.as_deref()
    }
}
