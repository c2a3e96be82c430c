//! The default codecs, and the payload types of our offers.

use std::borrow::Cow;

use strata_rtp::PayloadType;

use super::{Codec, Feedback, NegotiatedCodec};
use crate::Keeps;

pub(super) fn audio() -> Vec<Codec> {
    // RFC 7587 §7; RFC 3551 §6 for the static payload types.
    [
        ("opus", 48_000, 2, "minptime=10;useinbandfec=1", 111),
        ("G722", 8_000, 1, "", 9),
        ("PCMU", 8_000, 1, "", 0),
        ("PCMA", 8_000, 1, "", 8),
    ]
    .into_iter()
    .filter_map(|(name, clock_rate, channels, format, payload_type)| {
        Some(Codec {
            name: Cow::Borrowed(name),
            clock_rate,
            channels,
            format: Cow::Borrowed(format),
            feedback: Feedback::NONE,
            payload_type: PayloadType::new(payload_type)?,
            rtx: None,
        })
    })
    .collect()
}

pub(super) fn video() -> Vec<Codec> {
    [
        ("VP8", "", 96),
        ("VP9", "profile-id=0", 98),
        (
            "H264",
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            102,
        ),
        (
            "H264",
            "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
            104,
        ),
        (
            "H264",
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
            106,
        ),
        (
            "H264",
            "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f",
            108,
        ),
        (
            "H264",
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f",
            112,
        ),
        (
            "H264",
            "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f",
            114,
        ),
        ("AV1", "level-idx=5;profile=0;tier=0", 45),
    ]
    .into_iter()
    .filter_map(|(name, format, payload_type)| {
        Some(Codec {
            name: Cow::Borrowed(name),
            clock_rate: 90_000,
            channels: 1,
            format: Cow::Borrowed(format),
            feedback: Feedback::VIDEO,
            payload_type: PayloadType::new(payload_type)?,
            rtx: payload_type.checked_add(1).and_then(PayloadType::new),
        })
    })
    .collect()
}

/// The payload types of the media sections of one bundle.
///
/// RFC 9143 §9.1: one payload type means one codec configuration in the whole BUNDLE group, and the
/// number of an existing section must not change its meaning (RFC 3264 §8.3.2).
#[derive(Debug)]
pub(crate) struct Assignments {
    taken: [bool; 128],
    known: Vec<NegotiatedCodec>,
}

impl Assignments {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self {
            taken: [false; 128],
            known: Vec::new(),
        }
    }

    /// Notes what an existing section uses.
    pub(crate) fn keep(&mut self, codecs: &[NegotiatedCodec]) {
        for codec in codecs {
            self.take(codec.payload_type);
            if let Some(rtx) = codec.rtx {
                self.take(rtx);
            }
            self.known.push(codec.clone());
        }
    }

    /// The codecs of a new section, under numbers that mean nothing else in the bundle. A codec for
    /// which no number is left is not offered, nor is what the application does not keep.
    pub(crate) fn assign(&mut self, codecs: &[Codec], keeps: Keeps) -> Vec<NegotiatedCodec> {
        let assigned: Vec<_> = codecs
            .iter()
            .filter_map(|codec| self.assign_one(codec, keeps))
            .collect();
        self.known.extend(assigned.iter().cloned());
        assigned
    }

    fn assign_one(&mut self, codec: &Codec, keeps: Keeps) -> Option<NegotiatedCodec> {
        let rtx = codec.rtx.filter(|_| keeps.rtx);
        let same = |known: &&NegotiatedCodec| {
            known.name == codec.name
                && known.clock_rate == codec.clock_rate
                && known.channels == codec.channels
                && known.local_format == codec.format
                && known.rtx.is_some() == rtx.is_some()
        };
        let (payload_type, rtx) = match self.known.iter().find(same) {
            Some(known) => (known.payload_type, known.rtx),
            None => (
                self.free(codec.payload_type)?,
                rtx.and_then(|preferred| self.free(preferred)),
            ),
        };
        Some(NegotiatedCodec {
            payload_type,
            name: codec.name.clone(),
            clock_rate: codec.clock_rate,
            channels: codec.channels,
            format: Cow::Borrowed(""),
            local_format: codec.format.clone(),
            feedback: codec.feedback.and(keeps.feedback()),
            rtx,
        })
    }

    /// Takes `preferred`, or else a free number of the dynamic ranges of RFC 3551 §6 and RFC 5761 §4:
    /// 96 to 127, then 35 to 63, which RTCP does not use.
    fn free(&mut self, preferred: PayloadType) -> Option<PayloadType> {
        let number = core::iter::once(preferred)
            .chain((96..128).chain(35..64).filter_map(PayloadType::new))
            .find(|number| !self.is_taken(*number) && super::usable(number.get()).is_some())?;
        self.take(number);
        Some(number)
    }

    fn is_taken(&self, number: PayloadType) -> bool {
        self.taken
            .get(usize::from(number.get()))
            .copied()
            .unwrap_or(true)
    }

    fn take(&mut self, number: PayloadType) {
        if let Some(taken) = self.taken.get_mut(usize::from(number.get())) {
            *taken = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pt(number: u8) -> PayloadType {
        PayloadType::new(number).unwrap()
    }

    #[test]
    fn default_payload_types_are_all_different() {
        let mut assignments = Assignments::new();
        for (codecs, defaults) in [(audio(), 4), (video(), 9)] {
            let assigned = assignments.assign(&codecs, Keeps::EVERYTHING);
            assert_eq!(assigned.len(), defaults);
            for (assigned, codec) in assigned.iter().zip(&codecs) {
                assert_eq!(assigned.payload_type, codec.payload_type);
                assert_eq!(assigned.rtx, codec.rtx);
            }
        }
    }

    #[test]
    fn the_same_codec_has_the_same_number_in_every_section() {
        let mut assignments = Assignments::new();
        let first = assignments.assign(&video(), Keeps::EVERYTHING);
        assert_eq!(assignments.assign(&video(), Keeps::EVERYTHING), first);
    }

    #[test]
    fn a_number_that_is_taken_is_not_given_twice() {
        let mut assignments = Assignments::new();
        let mut red = assignments.assign(&audio()[..1], Keeps::EVERYTHING);
        red[0].name = Cow::Borrowed("red");
        red[0].payload_type = pt(96);
        red[0].rtx = Some(pt(97));
        let mut assignments = Assignments::new();
        assignments.keep(&red);
        let vp8 = assignments.assign(&video()[..1], Keeps::EVERYTHING);
        assert_eq!((vp8[0].payload_type, vp8[0].rtx), (pt(98), Some(pt(99))));
    }

    #[test]
    fn when_no_number_is_left_the_codec_is_not_offered() {
        let mut assignments = Assignments::new();
        assignments.taken = [true; 128];
        assert_eq!(assignments.assign(&video(), Keeps::EVERYTHING), []);
    }
}
