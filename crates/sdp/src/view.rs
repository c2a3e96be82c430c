//! What offers and answers are made of: codecs, bundles, and what holds for a media description.

#[cfg(test)]
mod tests;

use alloc::{collections::BTreeSet, vec::Vec};

use crate::{
    Attribute, AttributeError, BundleOnly, Connection, Crypto, Direction, Feedback, FeedbackTarget,
    Fingerprint, Fmtp, Group, GroupSemantics, IceOptions, IcePwd, IceUfrag, MaxMessageSize, Media,
    Mid, RtcpFb, RtpMap, SctpMap, SctpPort, Session, Setup, SourceFilter, attributes,
};

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

    /// Whether it is rejected or stopped: port 0, and not because it is bundled (RFC 9143 §6).
    pub fn is_rejected(&self) -> bool {
        self.port() == 0 && !self.is_bundle_only()
    }

    /// Whether it is there only for those who bundle: port 0, which they do not take for a rejection, and
    /// `a=bundle-only` (RFC 9143 §6).
    ///
    /// That attribute is to be ignored where no bundle names the media description, which
    /// [`Session::bundle_of`] tells; beside another port it means nothing.
    pub fn is_bundle_only(&self) -> bool {
        self.port() == 0 && self.attributes.contains::<BundleOnly>()
    }

    /// The keys of SRTP that may be accepted, best first (RFC 4568 §5.1.2): of its `a=crypto` lines those
    /// that can be read, have no parameter that is unknown and mandatory (§6.3.7), and whose tag no line
    /// before them has (§4.1). If there are lines but none of these, the media is to be rejected.
    pub fn cryptos(&self) -> Vec<Crypto> {
        let mut tags = BTreeSet::new();
        self.attributes
            .all::<Crypto>()
            .flatten()
            .filter(|crypto| tags.insert(crypto.tag))
            .filter(|crypto| crypto.unknown_mandatory_parameter().is_none())
            .collect()
    }

    /// Whether it is media over RTP.
    pub fn is_rtp(&self) -> bool {
        self.protocol().split('/').any(|part| part == "RTP")
    }

    /// Whether it is data channels over SCTP over DTLS, in the words of RFC 8841 or older ones.
    pub fn is_data_channels(&self) -> bool {
        let mut parts = self.protocol().rsplit('/');
        self.kind() == "application" && parts.next() == Some("SCTP") && parts.next() == Some("DTLS")
    }

    /// The SCTP port, from `a=sctp-port` (RFC 8841 §5), `a=sctpmap` or, as drafts had it, the format.
    pub fn sctp_port(&self) -> Option<u16> {
        if let Some(SctpPort(port)) = self.attributes.get() {
            return Some(port);
        }
        if let Some(map) = self.attributes.get::<SctpMap>() {
            return Some(map.port);
        }
        self.formats().next()?.parse().ok()
    }

    /// The largest message the author takes, in bytes; `None` for any (RFC 8841 §6).
    pub fn max_message_size(&self) -> Option<u64> {
        match self.attributes.get().unwrap_or(MaxMessageSize::DEFAULT) {
            MaxMessageSize(0) => None,
            MaxMessageSize(size) => Some(size),
        }
    }
}

impl Session {
    /// The groups of media descriptions that share a transport (RFC 9143 §7).
    pub fn bundle_groups(&self) -> impl Iterator<Item = Group> {
        self.attributes
            .all::<Group>()
            .flatten()
            .filter(|group| group.semantics == GroupSemantics::Bundle)
    }

    /// The group of media descriptions that share a transport with this one, itself among them.
    ///
    /// It is searched for, in time linear in the description.
    pub fn bundle_of(&self, media: &Media) -> Option<Group> {
        let mid = media.mid()?;
        self.bundle_groups().find(|group| group.mids.contains(&mid))
    }

    /// The place and the media description that `mid` names.
    ///
    /// It is searched for, in time linear in the description: who looks up every name of a stranger's
    /// groups makes a map of the [`mid`](Media::mid)s first.
    pub fn media_by_mid(&self, mid: &Mid) -> Option<(usize, &Media)> {
        self.media
            .iter()
            .enumerate()
            .find(|(_, media)| media.attributes.value_of(Mid::NAME) == Some(mid.as_str()))
    }

    /// The media description that speaks for a bundle (RFC 9143 §7.1): the first one that the first
    /// group names, or the first of all where there is no bundle.
    pub fn tagged_media(&self) -> Option<(usize, &Media)> {
        match self.bundle_groups().next() {
            Some(group) => self.media_by_mid(group.mids.first()?),
            None => self.media.iter().enumerate().next(),
        }
    }

    /// The attribute `T` that holds for `media`: its own, or else the session's.
    pub fn effective<T: Attribute>(&self, media: &Media) -> Option<Result<T, AttributeError>> {
        media.attributes.first().or_else(|| self.attributes.first())
    }

    /// All attributes `T` that hold for `media`: its own if it has any, or else the session's.
    pub fn effective_all<'a, T: Attribute>(
        &'a self,
        media: &'a Media,
    ) -> impl Iterator<Item = Result<T, AttributeError>> + use<'a, T> {
        let attributes = if media.attributes.contains::<T>() {
            &media.attributes
        } else {
            &self.attributes
        };
        attributes.all()
    }

    /// Which way `media` flows: its own direction, or else the session's, or else both ways (RFC 8866
    /// §6.7).
    pub fn direction_of(&self, media: &Media) -> Direction {
        self.readable(media).unwrap_or_default()
    }

    /// The ICE credentials of `media` (RFC 8839 §5.4), if both are there.
    pub fn ice_credentials_of(&self, media: &Media) -> Option<(IceUfrag, IcePwd)> {
        Some((self.readable(media)?, self.readable(media)?))
    }

    /// The ICE options of `media`: its own, or else the session's (RFC 8839 §5.6).
    pub fn ice_options_of(&self, media: &Media) -> IceOptions {
        self.readable(media).unwrap_or_default()
    }

    /// The fingerprints of `media`: its own, or else the session's (RFC 8122 §5). Those that cannot
    /// be read are left out.
    pub fn fingerprints_of(&self, media: &Media) -> Vec<Fingerprint> {
        self.effective_all(media).flatten().collect()
    }

    /// The source filters of `media`: its own stand in place of all of the session's (RFC 4570 §3.1).
    /// Those that cannot be read are left out. Which of them are about its address,
    /// [`SourceFilter::covers`] tells.
    pub fn source_filters_of(&self, media: &Media) -> Vec<SourceFilter> {
        self.effective_all(media).flatten().collect()
    }

    /// The DTLS role of `media` (RFC 8842 §5).
    pub fn setup_of(&self, media: &Media) -> Option<Setup> {
        self.readable(media)
    }

    /// Where `media` goes: its own `c=` line, or else the session's (RFC 8866 §5.7).
    pub fn connection_of(&self, media: &Media) -> Option<Connection> {
        media.connection().or_else(|| self.connection())
    }

    fn readable<T: Attribute>(&self, media: &Media) -> Option<T> {
        self.effective(media)?.ok()
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
