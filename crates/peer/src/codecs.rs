//! Codecs: what we can be offered, and what two sides agree on.

mod format;
mod table;

use std::borrow::Cow;

use strata_rtp::PayloadType;

use crate::Keeps;

pub(crate) use table::Assignments;

/// What a transceiver carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaKind {
    /// `m=audio`
    Audio,
    /// `m=video`
    Video,
}

impl MediaKind {
    /// The word of the media line (RFC 8866 §5.14).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

/// The RTCP feedback of a codec (RFC 4585 §4.2, RFC 5104 §7.1), as far as it is understood here.
///
/// Transport-wide congestion control is not among it: nothing here writes its reports yet, and a
/// browser that were promised them would wait for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Feedback {
    /// `nack`: generic negative acknowledgements.
    pub nack: bool,
    /// `nack pli`: picture loss indications.
    pub pli: bool,
    /// `ccm fir`: full intra requests.
    pub fir: bool,
    /// `goog-remb`: receiver estimated maximum bitrate.
    pub remb: bool,
}

impl Feedback {
    /// No feedback.
    pub const NONE: Self = Self {
        nack: false,
        pli: false,
        fir: false,
        remb: false,
    };
    /// Everything that is understood here, as browsers want it for video.
    pub const VIDEO: Self = Self {
        nack: true,
        pli: true,
        fir: true,
        remb: true,
    };

    /// What both sides can do.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            nack: self.nack && other.nack,
            pli: self.pli && other.pli,
            fir: self.fir && other.fir,
            remb: self.remb && other.remb,
        }
    }

    /// The kinds, as `a=rtcp-fb` lines name them.
    pub(crate) fn kinds(self) -> impl Iterator<Item = strata_sdp::Feedback> {
        use strata_sdp::Feedback as F;
        [
            (self.remb, F::GoogRemb),
            (self.fir, F::CcmFir),
            (self.nack, F::Nack),
            (self.pli, F::NackPli),
        ]
        .into_iter()
        .filter_map(|(on, kind)| on.then_some(kind))
    }

    /// What of a remote codec's feedback is understood.
    fn of(codec: &strata_sdp::Codec) -> Self {
        use strata_sdp::Feedback as F;
        Self {
            nack: codec.feedback.contains(&F::Nack),
            pli: codec.feedback.contains(&F::NackPli),
            fir: codec.feedback.contains(&F::CcmFir),
            remb: codec.feedback.contains(&F::GoogRemb),
        }
    }
}

/// A codec that a peer is willing to use.
///
/// The peer moves RTP packets; whether the application can encode or decode them is its affair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    /// The encoding name of `a=rtpmap`, compared without regard to case.
    pub name: Cow<'static, str>,
    /// RTP clock rate in Hz.
    pub clock_rate: u32,
    /// Number of channels; 1 for mono and for video.
    pub channels: u8,
    /// The format parameters of `a=fmtp`, `key=value;key=value`; empty for none.
    pub format: Cow<'static, str>,
    /// The feedback that the codec can have. Descriptions name what both this and [`Keeps`] have.
    pub feedback: Feedback,
    /// The payload type in our offers, unless the number is taken; in answers the offer's number counts.
    pub payload_type: PayloadType,
    /// The payload type of its retransmissions (RFC 4588) in our offers, where [`Keeps::rtx`] has them;
    /// `None`: no retransmissions.
    pub rtx: Option<PayloadType>,
}

/// The codecs of a peer, the preferred ones first.
///
/// The default is what browsers have: Opus, G.722, PCMU and PCMA; VP8, VP9, H.264 (baseline,
/// constrained baseline and main, in both packetization modes) and AV1, each with retransmissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codecs {
    /// For `m=audio`.
    pub audio: Vec<Codec>,
    /// For `m=video`.
    pub video: Vec<Codec>,
    /// Whether answers take codecs that are not listed, too, with the offer's own parameters. Default: no.
    /// For who passes packets on and does not look into them: an SFU, a recorder, an echo.
    pub pass_through: bool,
}

impl Codecs {
    /// The codecs of a kind of media.
    pub fn of(&self, kind: MediaKind) -> &[Codec] {
        match kind {
            MediaKind::Audio => &self.audio,
            MediaKind::Video => &self.video,
        }
    }

    /// Whether an answer takes any of the codecs that an offer has.
    pub(crate) fn accept(&self, kind: MediaKind, offered: &[strata_sdp::Codec]) -> bool {
        !self.answer(kind, offered, Keeps::NOTHING).is_empty()
    }

    /// The codecs of an offer that an answer takes, each with the feedback and the retransmissions that the application
    /// `keeps`.
    pub(crate) fn answer(
        &self,
        kind: MediaKind,
        offered: &[strata_sdp::Codec],
        keeps: Keeps,
    ) -> Vec<NegotiatedCodec> {
        let mut agreed = negotiate(self.of(kind), offered, self.pass_through);
        for codec in &mut agreed {
            codec.feedback = codec.feedback.and(keeps.feedback());
            codec.rtx = codec.rtx.filter(|_| keeps.rtx);
        }
        agreed
    }
}

impl Default for Codecs {
    fn default() -> Self {
        Self {
            audio: table::audio(),
            video: table::video(),
            pass_through: false,
        }
    }
}

/// A codec that both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NegotiatedCodec {
    /// Its payload type, in both directions.
    pub payload_type: PayloadType,
    /// The encoding name, as we write it.
    pub name: Cow<'static, str>,
    /// RTP clock rate in Hz.
    pub clock_rate: u32,
    /// Number of channels; 1 for mono and for video.
    pub channels: u8,
    /// The other side's format parameters: what it wants to receive. Empty for none.
    pub format: Cow<'static, str>,
    /// Our format parameters: what we said that we want to receive. Empty for none.
    pub local_format: Cow<'static, str>,
    /// The feedback that both sides handle.
    pub feedback: Feedback,
    /// The payload type of its retransmissions, if both sides have them.
    pub rtx: Option<PayloadType>,
}

impl NegotiatedCodec {
    /// The codec as we offered it.
    pub(crate) fn as_ours(&self) -> Codec {
        Codec {
            name: self.name.clone(),
            clock_rate: self.clock_rate,
            channels: self.channels,
            format: self.local_format.clone(),
            feedback: self.feedback,
            payload_type: self.payload_type,
            rtx: self.rtx,
        }
    }
}

/// The codecs of `remote` that are ours too, in its order and with its payload types.
///
/// RFC 3264 §6.1: an answer lists formats in the order of the offer's, with the offer's numbers.
/// `pass_through` takes those that are not `ours` as they are.
pub(crate) fn negotiate(
    ours: &[Codec],
    remote: &[strata_sdp::Codec],
    pass_through: bool,
) -> Vec<NegotiatedCodec> {
    // Which payload type repairs which (RFC 4588 §8.1): found once, not once for each codec.
    let mut repairs = [None; 128];
    for codec in remote.iter().filter(|codec| is_rtx(codec)) {
        let repaired = codec.associated_payload_type().map(usize::from);
        if let Some(place @ None) = repaired.and_then(|number| repairs.get_mut(number)) {
            *place = usable(codec.payload_type());
        }
    }
    remote
        .iter()
        .filter_map(|theirs| {
            let number = usize::from(theirs.payload_type());
            let rtx = repairs.get(number).copied().flatten();
            let payload_type = usable(theirs.payload_type())?;
            match ours.iter().find(|codec| format::same(codec, theirs)) {
                Some(codec) => Some(NegotiatedCodec {
                    payload_type,
                    name: codec.name.clone(),
                    clock_rate: codec.clock_rate,
                    channels: codec.channels,
                    local_format: format::for_answer(codec, theirs),
                    format: Cow::Owned(format::parameters(theirs).to_owned()),
                    feedback: codec.feedback.and(Feedback::of(theirs)),
                    rtx: codec.rtx.and(rtx),
                }),
                None if pass_through => passed(theirs, payload_type, rtx),
                None => None,
            }
        })
        .collect()
}

/// A payload type that can share a port with RTCP.
fn usable(number: u8) -> Option<PayloadType> {
    // RFC 5761 §4: with the marker, 64 to 95 would look like RTCP.
    PayloadType::new(number).filter(|_| !RTCP_TYPES.contains(&number))
}

/// The payload types that RTCP packets seem to have.
const RTCP_TYPES: core::ops::RangeInclusive<u8> = 64..=95;

/// A codec of which nothing is known but what the offer says. `None` for formats that only repair or accompany others.
fn passed(
    theirs: &strata_sdp::Codec,
    payload_type: PayloadType,
    rtx: Option<PayloadType>,
) -> Option<NegotiatedCodec> {
    let map = &theirs.rtpmap;
    if NO_CODECS
        .iter()
        .any(|name| map.encoding.eq_ignore_ascii_case(name))
    {
        return None;
    }
    let format: Cow<'static, str> = Cow::Owned(format::parameters(theirs).to_owned());
    Some(NegotiatedCodec {
        payload_type,
        name: Cow::Owned(map.encoding.clone()),
        clock_rate: map.clock_rate,
        channels: u8::try_from(map.channels.unwrap_or(1)).ok()?,
        local_format: format.clone(),
        format,
        feedback: Feedback::of(theirs),
        rtx,
    })
}

/// Formats that are no codecs by themselves: RFC 4588, 2198, 5109, 8627 and their drafts, 3389, 4733.
const NO_CODECS: [&str; 9] = [
    "rtx",
    "red",
    "ulpfec",
    "flexfec",
    "flexfec-03",
    "parityfec",
    "CN",
    "telephone-event",
    "tone",
];

fn is_rtx(codec: &strata_sdp::Codec) -> bool {
    codec.rtpmap.encoding.eq_ignore_ascii_case("rtx")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codecs of a media section with these lines.
    fn remote(lines: &[&str]) -> Vec<strata_sdp::Codec> {
        let numbers: Vec<_> = lines
            .iter()
            .filter_map(|line| line.strip_prefix("rtpmap:")?.split(' ').next())
            .collect();
        let mut media = strata_sdp::Media::new("video", 9, "UDP/TLS/RTP/SAVPF", numbers);
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            media.attributes.push_raw(name, Some(value));
        }
        media.codecs()
    }

    fn numbers(agreed: &[NegotiatedCodec]) -> Vec<(u8, Option<u8>)> {
        agreed
            .iter()
            .map(|codec| (codec.payload_type.get(), codec.rtx.map(PayloadType::get)))
            .collect()
    }

    #[test]
    fn the_other_sides_order_and_numbers_count() {
        let theirs = remote(&[
            "rtpmap:121 vp9/90000",
            "rtpmap:120 VP8/90000",
            "rtpmap:124 rtx/90000",
            "rtpmap:118 red/90000",
            "fmtp:120 max-fs=12288;max-fr=60",
            "fmtp:124 apt=120",
            "rtcp-fb:* nack",
            "rtcp-fb:120 nack pli",
            "rtcp-fb:120 transport-cc",
        ]);
        let agreed = Codecs::default().answer(MediaKind::Video, &theirs, Keeps::EVERYTHING);
        assert_eq!(numbers(&agreed), [(121, None), (120, Some(124))]);
        assert_eq!(agreed[1].format, "max-fs=12288;max-fr=60");
        assert_eq!(agreed[1].local_format, "");
        assert_eq!(
            agreed[1].feedback,
            Feedback {
                nack: true,
                pli: true,
                ..Feedback::NONE
            }
        );
    }

    #[test]
    fn formats_of_the_same_name_are_told_apart() {
        let theirs = remote(&[
            "rtpmap:100 VP9/90000",
            "fmtp:100 profile-id=2",
            "rtpmap:98 VP9/90000",
            "fmtp:98 profile-id=0",
            "rtpmap:102 H264/90000",
            "fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034",
            "rtpmap:103 H264/90000",
            "fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640032",
            "rtpmap:104 H264/90000",
            "fmtp:104 packetization-mode=2;profile-level-id=42e01f",
            "rtpmap:105 H264/90000",
            "fmtp:105 profile-level-id=42e01f",
            "rtpmap:45 AV1/90000",
            "fmtp:45 level-idx=5;profile=0;tier=0",
            "rtpmap:47 AV1/90000",
            "fmtp:47 level-idx=5;profile=1;tier=0",
        ]);
        let agreed = Codecs::default().answer(MediaKind::Video, &theirs, Keeps::EVERYTHING);
        assert_eq!(
            numbers(&agreed),
            [(98, None), (102, None), (105, None), (45, None)]
        );
        assert_eq!(
            agreed[1].local_format,
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
        );
        assert_eq!(agreed[0].local_format, "profile-id=0");
    }

    #[test]
    fn numbers_that_look_like_rtcp_are_not_taken() {
        let theirs = remote(&[
            "rtpmap:72 VP8/90000",
            "rtpmap:96 VP8/90000",
            "rtpmap:95 rtx/90000",
            "fmtp:95 apt=96",
            "rtpmap:63 VP9/90000",
        ]);
        let agreed = Codecs::default().answer(MediaKind::Video, &theirs, Keeps::EVERYTHING);
        assert_eq!(numbers(&agreed), [(96, None), (63, None)]);
        let taken = Codec {
            payload_type: PayloadType::new(72).unwrap(),
            ..Codecs::default().video[0].clone()
        };
        let offered = Assignments::new().assign(&[taken], Keeps::EVERYTHING);
        assert_eq!(numbers(&offered), [(96, Some(97))]);
    }

    #[test]
    fn what_is_passed_on_need_not_be_known() {
        let theirs = remote(&[
            "rtpmap:49 H265/90000",
            "rtpmap:50 rtx/90000",
            "fmtp:49 level-id=93;profile-id=1",
            "fmtp:50 apt=49",
            "rtcp-fb:49 nack",
            "rtcp-fb:49 transport-cc",
            "rtpmap:96 VP8/90000",
            "rtpmap:118 red/90000",
            "rtpmap:119 ULPFEC/90000",
            "rtpmap:77 H266/90000",
        ]);
        let mut codecs = Codecs::default();
        assert_eq!(
            numbers(&codecs.answer(MediaKind::Video, &theirs, Keeps::EVERYTHING)),
            [(96, None)]
        );
        codecs.pass_through = true;
        let agreed = codecs.answer(MediaKind::Video, &theirs, Keeps::EVERYTHING);
        assert_eq!(numbers(&agreed), [(49, Some(50)), (96, None)]);
        assert_eq!(agreed[0].name, "H265");
        assert_eq!(agreed[0].local_format, "level-id=93;profile-id=1");
        assert!(agreed[0].feedback.nack && !agreed[0].feedback.pli);
    }

    #[test]
    fn channels_and_clocks_must_agree() {
        let theirs = remote(&[
            "rtpmap:109 opus/48000/2",
            "fmtp:109 maxplaybackrate=48000;stereo=1",
            "rtpmap:110 opus/48000",
            "rtpmap:9 G722/8000/1",
            "rtpmap:0 PCMU/16000",
        ]);
        let agreed = Codecs::default().answer(MediaKind::Audio, &theirs, Keeps::EVERYTHING);
        assert_eq!(numbers(&agreed), [(109, None), (9, None)]);
        assert_eq!(agreed[0].local_format, "minptime=10;useinbandfec=1");
    }
}
