//! Writing our own descriptions.

use core::fmt;

use strata_ice::Credentials;
use strata_sdp::{
    Attribute as _, Candidate, Connection, Direction, EndOfCandidates, ExtMap, Fingerprint, Fmtp,
    Group, IceOptions, IcePacing, IcePwd, IceUfrag, MaxMessageSize, Media, Msid, MsidSemantic,
    Origin, Rtcp, RtcpFb, RtcpMux, RtcpRsize, RtpMap, SctpMap, SctpPort, Session, Setup, Ssrc,
    SsrcGroup,
};

use super::{Content, Names, Section};
use crate::{
    MediaKind, Mid, NegotiatedCodec, Transceiver,
    transceiver::{Extensions, Parameters, Transceivers},
};

/// A local description as it was made, and where in it the candidates belong.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LocalText {
    text: Box<str>,
    tagged: Option<Tagged>,
}

/// Without the text: it has the password of ICE.
impl fmt::Debug for LocalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalText")
            .field("length", &self.text.len())
            .field("tagged", &self.tagged)
            .finish()
    }
}

/// The section whose transport all sections share (RFC 9143 §7.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tagged {
    mid: Mid,
    /// Where in the text the section ends.
    end: usize,
}

impl LocalText {
    /// The text with these candidates.
    pub(crate) fn with_candidates<'a>(
        &self,
        candidates: impl Iterator<Item = &'a Candidate>,
        complete: bool,
    ) -> String {
        let Some((before, after)) = self
            .tagged
            .and_then(|tagged| self.text.split_at_checked(tagged.end))
        else {
            return self.text.to_string();
        };
        let mut text = String::with_capacity(self.text.len().saturating_add(256));
        text.push_str(before);
        for candidate in candidates {
            push_line(&mut text, &["a=", &candidate.to_trickle()]);
        }
        if complete {
            push_line(&mut text, &["a=", EndOfCandidates::NAME]);
        }
        text.push_str(after);
        text
    }

    /// The section that candidates belong to.
    pub(crate) fn tagged_mid(&self) -> Option<Mid> {
        self.tagged.map(|tagged| tagged.mid)
    }

    /// Whether `text` is this description, whatever candidates are in it.
    pub(crate) fn is_of(&self, text: &str) -> bool {
        fn essence(text: &str) -> impl Iterator<Item = &str> {
            text.lines().filter(|line| {
                !line.starts_with("a=candidate:") && !line.starts_with("a=end-of-candidates")
            })
        }
        essence(&self.text).eq(essence(text))
    }
}

/// What our descriptions say of the transport.
#[derive(Clone, Debug)]
pub(crate) struct LocalTransport {
    pub(crate) credentials: Credentials,
    pub(crate) options: strata_ice::IceOptions,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) sctp_port: u16,
    pub(crate) sctp_streams: u16,
    pub(crate) max_message_size: u64,
}

impl LocalTransport {
    /// The same with other credentials, if there are any.
    pub(super) fn with(&self, credentials: Option<&Credentials>) -> Self {
        let mut transport = self.clone();
        if let Some(credentials) = credentials {
            transport.credentials = credentials.clone();
        }
        transport
    }
}

/// A media section of a description being made.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) section: Section,
    /// For media that is not rejected.
    pub(crate) parameters: Option<Parameters>,
}

/// Everything that the sections of one description have in common.
pub(super) struct Writer<'a> {
    pub(super) names: &'a Names,
    pub(super) transport: &'a LocalTransport,
    pub(super) setup: Setup,
    /// Whether to write `a=tls-id`.
    pub(super) identified: bool,
    pub(super) transceivers: &'a Transceivers,
    /// Whether to write a BUNDLE group.
    pub(super) bundle: bool,
    /// The section of the bundle whose transport the others share; if it is rejected, the first that is
    /// not.
    pub(super) tagged: usize,
}

impl Writer<'_> {
    /// The description of these sections.
    pub(super) fn write(&self, version: u64, plan: &[Planned]) -> LocalText {
        let mut session = Session::new(Origin::new(self.names.session_id, version));
        let in_use = |planned: &Planned| !planned.section.rejected;
        let tagged = match plan.get(self.tagged) {
            Some(planned) if in_use(planned) => Some(self.tagged),
            Some(_) | None => plan.iter().position(in_use),
        };
        if self.bundle {
            // RFC 9143 §7.2.1: the tagged one comes first.
            let mut sections: Vec<_> = plan.iter().enumerate().collect();
            sections.sort_by_key(|(index, _)| Some(*index) != tagged);
            let mids: Vec<_> = sections
                .into_iter()
                .map(|(_, planned)| planned)
                .filter(|planned| !planned.section.rejected && planned.section.named)
                .filter_map(|planned| strata_sdp::Mid::new(planned.section.mid.as_str()).ok())
                .collect();
            // RFC 9143 §7.3.1: no group of nothing.
            if !mids.is_empty() {
                session.attributes.push(&Group::bundle(mids));
            }
        }
        self.write_ice(&mut session);
        session.attributes.push(&MsidSemantic {
            semantic: "WMS".to_owned(),
            streams: vec!["*".to_owned()],
        });
        let mut text = session.to_string();
        let mut place = None;
        for (index, planned) in plan.iter().enumerate() {
            let media = self.section(planned);
            for line in media.lines() {
                push_line(&mut text, &[line.text()]);
            }
            if Some(index) == tagged {
                // RFC 9143 §7.1.3: candidates are in this section alone, here at its end.
                place = Some(Tagged {
                    mid: planned.section.mid,
                    end: text.len(),
                });
            }
        }
        LocalText {
            text: text.into_boxed_str(),
            tagged: place,
        }
    }

    /// What we say of our implementation of ICE: RFC 9429 §5.2.1, RFC 8839 §5.5, §5.6.
    fn write_ice(&self, session: &mut Session) {
        let options = &self.transport.options;
        let words = [
            (options.ice2, IceOptions::ICE2),
            (true, IceOptions::TRICKLE),
            (options.renomination, IceOptions::RENOMINATION),
        ];
        let words = words.into_iter().filter(|(said, _)| *said);
        session
            .attributes
            .push(&words.map(|(_, word)| word).collect::<IceOptions>());
        let default = strata_ice::IceOptions::default().pacing;
        if options.pacing != default {
            let millis = u64::try_from(options.pacing.as_millis()).unwrap_or(u64::MAX);
            session.attributes.push(&IcePacing(millis));
        }
    }

    fn section(&self, planned: &Planned) -> Media {
        let section = &planned.section;
        if section.rejected {
            return rejected(section);
        }
        match (section.content, &planned.parameters) {
            (Content::Media(id), Some(parameters)) => self
                .transceivers
                .get(id)
                .map_or_else(|| rejected(section), |t| self.media(section, t, parameters)),
            (Content::Data, _) => self.data(section),
            (Content::Media(_) | Content::Other, _) => rejected(section),
        }
    }

    fn data(&self, section: &Section) -> Media {
        let line = &section.line;
        let port = self.transport.sctp_port;
        let mut media = if line.formats.parse::<u16>().is_ok() {
            // The drafts before RFC 8841 had the port for a format; they know no `a=sctp-port`, and
            // browsers refuse a description that has both.
            let mut media = self.with_transport(section, &port.to_string());
            media.attributes.push(&SctpMap {
                port,
                protocol: CHANNELS.to_owned(),
                streams: Some(self.transport.sctp_streams),
            });
            media
        } else {
            let mut media = self.with_transport(section, &line.formats);
            media.attributes.push(&SctpPort(port));
            media
        };
        let size = self.transport.max_message_size;
        media.attributes.push(&MaxMessageSize(size));
        media
    }

    fn media(&self, section: &Section, of: &Transceiver, parameters: &Parameters) -> Media {
        let mut media = self.with_transport(section, &formats(&parameters.codecs));
        let attributes = &mut media.attributes;
        for (id, uri) in extensions(parameters.extensions) {
            attributes.push(&ExtMap::new(u16::from(id), uri));
        }
        attributes.push(&parameters.direction);
        if parameters.direction.sends() {
            attributes.push(&Msid {
                stream: self.names.stream.clone(),
                track: Some(of.sender.track.clone()),
            });
        }
        attributes.push(&RtcpMux);
        if parameters.reduced_size {
            attributes.push(&RtcpRsize);
        }
        for codec in &parameters.codecs {
            write_codec(&mut media, codec);
        }
        self.write_sources(&mut media, of, parameters);
        media
    }

    /// RFC 5576: which sources we send with, for those who do not read the MID extension.
    fn write_sources(&self, media: &mut Media, of: &Transceiver, parameters: &Parameters) {
        if !parameters.direction.sends() {
            return;
        }
        let rtx = of
            .sender
            .rtx
            .filter(|_| parameters.codecs.iter().any(|codec| codec.rtx.is_some()));
        if let Some(rtx) = rtx {
            media.attributes.push(&SsrcGroup {
                semantics: SsrcGroup::FLOW_IDENTIFICATION.to_owned(),
                ssrcs: vec![of.sender.ssrc.get(), rtx.get()],
            });
        }
        for ssrc in [Some(of.sender.ssrc), rtx].into_iter().flatten() {
            media
                .attributes
                .push(&Ssrc::cname(ssrc.get(), &self.names.cname));
            media.attributes.push(&Ssrc {
                ssrc: ssrc.get(),
                attribute: Msid::NAME.to_owned(),
                value: Some(format!("{} {}", self.names.stream, of.sender.track)),
            });
        }
    }

    /// A section in use, as far as all kinds are alike: RFC 9429 §5.2.1.
    fn with_transport(&self, section: &Section, formats: &str) -> Media {
        let line = &section.line;
        // Port 9 and address 0.0.0.0: candidates are trickled (RFC 8840 §4.1.1).
        let mut media = Media::new(&line.kind, 9, &line.protocol, [formats]);
        media.set_connection(Some(&nowhere()));
        let attributes = &mut media.attributes;
        if matches!(section.content, Content::Media(_)) {
            attributes.push(&Rtcp {
                port: 9,
                connection: Some(nowhere()),
            });
        }
        // The credentials of the agent are made of ice-chars, and long enough.
        if let Ok(ufrag) = IceUfrag::new(self.transport.credentials.ufrag()) {
            attributes.push(&ufrag);
        }
        if let Ok(password) = IcePwd::new(self.transport.credentials.password()) {
            attributes.push(&password);
        }
        attributes.push(&self.transport.fingerprint);
        attributes.push(&self.setup);
        if let Some(id) = self.names.tls_id.as_ref().filter(|_| self.identified) {
            attributes.push(id);
        }
        push_mid(&mut media, section);
        media
    }
}

/// RFC 9429 §5.3.1, RFC 3264 §6: port 0, the formats of the offer, and the name.
fn rejected(section: &Section) -> Media {
    let line = &section.line;
    let mut media = Media::new(&line.kind, 0, &line.protocol, [&line.formats]);
    media.set_connection(Some(&nowhere()));
    push_mid(&mut media, section);
    if matches!(section.content, Content::Media(_)) {
        media.attributes.push(&Direction::Inactive);
    }
    media
}

fn push_mid(media: &mut Media, section: &Section) {
    if !section.named {
        return;
    }
    if let Ok(mid) = strata_sdp::Mid::new(section.mid.as_str()) {
        media.attributes.push(&mid);
    }
}

fn write_codec(media: &mut Media, codec: &NegotiatedCodec) {
    let number = codec.payload_type.get();
    let map = RtpMap::new(number, &codec.name, codec.clock_rate);
    media.attributes.push(&match codec.channels {
        1 => map,
        channels => map.with_channels(u32::from(channels)),
    });
    for feedback in codec.feedback.kinds() {
        media.attributes.push(&RtcpFb::new(number, feedback));
    }
    if !codec.local_format.is_empty() {
        media.attributes.push(&fmtp(number, &codec.local_format));
    }
    if let Some(rtx) = codec.rtx {
        // RFC 4588 §8.6.
        let rtx = rtx.get();
        media
            .attributes
            .push(&RtpMap::new(rtx, "rtx", codec.clock_rate));
        media.attributes.push(&fmtp(rtx, &format!("apt={number}")));
    }
}

fn push_line(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
    text.push_str("\r\n");
}

fn fmtp(payload_type: u8, parameters: &str) -> Fmtp {
    Fmtp {
        format: payload_type.to_string(),
        parameters: parameters.to_owned(),
    }
}

/// The formats of a media line: payload types, with spaces between them.
pub(super) fn formats(codecs: &[NegotiatedCodec]) -> String {
    let mut text = String::new();
    let both = |codec: &NegotiatedCodec| [Some(codec.payload_type), codec.rtx];
    for number in codecs.iter().flat_map(both).flatten() {
        let separator = if text.is_empty() { "" } else { " " };
        text.push_str(separator);
        text.push_str(&number.get().to_string());
    }
    text
}

fn extensions(extensions: Extensions) -> impl Iterator<Item = (u8, &'static str)> {
    [
        (extensions.audio_level, Extensions::AUDIO_LEVEL),
        (extensions.mid, Extensions::MID),
    ]
    .into_iter()
    .filter_map(|(id, uri)| Some((id?, uri)))
}

fn nowhere() -> Connection {
    Connection::new(core::net::IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED))
}

/// The protocol of media lines we write first (RFC 8834 §4.2, RFC 8841 §4).
pub(super) const fn protocol(kind: Option<MediaKind>) -> &'static str {
    match kind {
        Some(MediaKind::Audio | MediaKind::Video) => "UDP/TLS/RTP/SAVPF",
        None => "UDP/DTLS/SCTP",
    }
}

/// The format of the media line of data channels (RFC 8841 §4.2).
pub(super) const CHANNELS: &str = "webrtc-datachannel";
