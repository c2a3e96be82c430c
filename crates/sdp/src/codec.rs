//! What a media description says of its payload types.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use crate::{Feedback, FeedbackTarget, Fmtp, Media, RtcpFb, RtpMap, attributes};

/// How many kinds of feedback a [`Codec`] lists at most. Browsers write six; a description that
/// multiplies a thousand wildcards by a hundred payload types does not get a hundred thousand.
pub const MAX_CODEC_FEEDBACK: usize = 32;

/// What a media description says of one payload type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Codec {
    /// The encoding. Static payload types need no `a=rtpmap` to have one (RFC 3551 §6).
    pub rtpmap: RtpMap,
    /// The first `a=fmtp`.
    pub fmtp: Option<Fmtp>,
    /// The feedback it may get, wildcards included, without repetition;
    /// [`MAX_CODEC_FEEDBACK`] at most.
    pub feedback: Vec<Feedback>,
}

impl Codec {
    /// Its payload type.
    pub const fn payload_type(&self) -> u8 {
        self.rtpmap.payload_type
    }

    /// The value of a parameter of its `a=fmtp`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.fmtp.as_ref()?.parameter(name)
    }

    /// The payload type that this one repairs: `apt` of retransmissions (RFC 4588 §8.1).
    pub fn associated_payload_type(&self) -> Option<u8> {
        self.parameter("apt")
            .and_then(|apt| attributes::payload_type(apt).ok())
    }

    fn add_feedback(&mut self, feedback: &Feedback) {
        if self.feedback.len() < MAX_CODEC_FEEDBACK && !self.feedback.contains(feedback) {
            self.feedback.push(feedback.clone());
        }
    }
}

impl Media {
    /// The codecs on the `m=` line, in its order: payload types whose encoding is known. A payload
    /// type counts once. Attributes that cannot be read count as not there.
    pub fn codecs(&self) -> Vec<Codec> {
        let mut codecs = CodecTable::new(self);
        let mut rest = Vec::new();
        for map in self.attributes.all::<RtpMap>().flatten() {
            codecs.define(map);
        }
        for fmtp in self.attributes.all::<Fmtp>().flatten() {
            let payload_type = fmtp.payload_type();
            if let Some(codec) = payload_type.and_then(|number| codecs.get_mut(number)) {
                codec.fmtp.get_or_insert(fmtp);
            }
        }
        for RtcpFb { target, feedback } in self.attributes.all::<RtcpFb>().flatten() {
            match target {
                FeedbackTarget::PayloadType(number) => {
                    if let Some(codec) = codecs.get_mut(number) {
                        codec.add_feedback(&feedback);
                    }
                }
                FeedbackTarget::All if rest.len() < MAX_CODEC_FEEDBACK => rest.push(feedback),
                FeedbackTarget::All => {}
            }
        }
        codecs.finish(&rest)
    }
}

/// The payload types of an `m=` line, found by number in constant time.
struct CodecTable {
    /// Where in `codecs` each payload type is.
    index: [Option<u8>; 128],
    codecs: Vec<(u8, Option<Codec>)>,
}

impl CodecTable {
    fn new(media: &Media) -> Self {
        let mut table = Self {
            index: [None; 128],
            codecs: Vec::new(),
        };
        if !media.is_rtp() {
            return table;
        }
        for format in media.formats() {
            let Ok(number) = attributes::payload_type(format) else {
                continue;
            };
            if let Some(place @ None) = table.index.get_mut(usize::from(number)) {
                *place = u8::try_from(table.codecs.len()).ok();
                let codec = RtpMap::of_static_payload_type(number).map(Codec::new);
                table.codecs.push((number, codec));
            }
        }
        table
    }

    fn place(&mut self, number: u8) -> Option<&mut Option<Codec>> {
        let at = self.index.get(usize::from(number)).copied().flatten()?;
        self.codecs.get_mut(usize::from(at)).map(|(_, codec)| codec)
    }

    fn get_mut(&mut self, number: u8) -> Option<&mut Codec> {
        self.place(number)?.as_mut()
    }

    /// An `a=rtpmap` overrides what RFC 3551 says; of several, the last counts.
    fn define(&mut self, map: RtpMap) {
        if let Some(place) = self.place(map.payload_type) {
            *place = Some(Codec::new(map));
        }
    }

    fn finish(self, for_all: &[Feedback]) -> Vec<Codec> {
        let mut codecs: Vec<_> = self
            .codecs
            .into_iter()
            .filter_map(|(_, codec)| codec)
            .collect();
        for codec in &mut codecs {
            for feedback in for_all {
                codec.add_feedback(feedback);
            }
        }
        codecs
    }
}

impl Codec {
    const fn new(rtpmap: RtpMap) -> Self {
        Self {
            rtpmap,
            fmtp: None,
            feedback: Vec::new(),
        }
    }
}
