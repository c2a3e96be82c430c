//! A remote description, read and validated before anything is changed by it (RFC 9429 §5.8).

use core::time::Duration;

use strata_crypto::{Fingerprint, fingerprint::HashFunction};
use strata_ice::Credentials;
use strata_sdp::{
    Attribute as _, Candidate, Codec, Direction, EndOfCandidates, ExtMap, IceLite, IceOptions,
    IcePacing, IcePwd, IceUfrag, Media, Msid, RtcpMux, RtcpRsize, Session, Setup, TlsId,
};

use crate::{
    DescriptionError, Limits, MediaKind, Mid, SectionProblem,
    transceiver::{Extensions, RemoteSource, RemoteTrack},
};

/// A remote offer or answer: everything the rest of the crate wants to know of it.
#[derive(Clone, Debug)]
pub(crate) struct RemoteDescription {
    pub(crate) sections: Vec<RemoteSection>,
    /// Whether it has a BUNDLE group.
    pub(crate) grouped: bool,
    /// The transport of the bundle; `None` if all sections are rejected.
    pub(crate) transport: Option<RemoteTransport>,
}

/// One media section.
#[derive(Clone, Debug)]
pub(crate) struct RemoteSection {
    pub(crate) mid: Mid,
    /// Whether the description names it; if not, `mid` is our own invention.
    pub(crate) named: bool,
    pub(crate) content: RemoteContent,
    /// For answers that reject it: the words of its media line.
    pub(crate) line: Words,
    pub(crate) rejected: bool,
    /// Whether it can be accepted as far as it alone is concerned.
    pub(crate) usable: bool,
    /// Whether it shares the one transport.
    pub(crate) bundled: bool,
}

/// The media line, to be mirrored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) kind: String,
    pub(crate) protocol: String,
    /// With spaces between them.
    pub(crate) formats: String,
}

/// What a media section is about.
#[derive(Clone, Debug)]
pub(crate) enum RemoteContent {
    Media(RemoteMedia),
    Data {
        sctp_port: u16,
        /// `None`: any.
        max_message_size: Option<u64>,
    },
    /// Something nobody here knows.
    Other,
}

/// Audio or video.
#[derive(Clone, Debug)]
pub(crate) struct RemoteMedia {
    pub(crate) kind: MediaKind,
    pub(crate) direction: Direction,
    pub(crate) codecs: Vec<Codec>,
    pub(crate) extensions: Extensions,
    pub(crate) mux: bool,
    pub(crate) reduced_size: bool,
    pub(crate) track: RemoteTrack,
}

/// How the other side is reached, and who it is.
#[derive(Clone, Debug)]
pub(crate) struct RemoteTransport {
    /// The section that this was read from.
    pub(crate) index: usize,
    pub(crate) credentials: Credentials,
    pub(crate) options: strata_ice::IceOptions,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) setup: Setup,
    pub(crate) tls_id: Option<TlsId>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) complete: bool,
}

impl RemoteDescription {
    /// Reads a description; `accepts` says which of its sections in use are not to be rejected.
    pub(crate) fn parse(
        text: &str,
        limits: &Limits,
        accepts: impl Fn(&RemoteContent) -> bool,
    ) -> Result<Self, DescriptionError> {
        let session = Session::parse_with(
            text,
            &strata_sdp::Limits {
                bytes: limits.description_bytes(),
                // As many lines as in the default limits: one for every 32 bytes.
                lines: limits.description_bytes() / 32,
                // Far above our own limit, so that the error below tells of too many sections, and not the parser.
                media: limits.sections.saturating_mul(2).max(1024),
                ..strata_sdp::Limits::DEFAULT
            },
        )?;
        if session.media.len() > limits.sections {
            return Err(DescriptionError::TooManySections {
                limit: limits.sections,
            });
        }
        let mut sections = Vec::with_capacity(session.media.len());
        for (index, media) in session.media.iter().enumerate() {
            let mut section = RemoteSection::read(&session, media, index, limits)
                .map_err(|problem| at(index, problem))?;
            section.usable = !section.rejected && accepts(&section.content);
            sections.push(section);
        }
        check_mids(&sections)?;
        let tagged = bundle(&session, &mut sections);
        let transport = tagged
            .and_then(|index| Some((index, session.media.get(index)?)))
            .map(|(index, media)| {
                RemoteTransport::read(&session, media, index).map_err(|problem| at(index, problem))
            })
            .transpose()?;
        Ok(Self {
            sections,
            grouped: session.bundle_groups().next().is_some(),
            transport,
        })
    }
}

/// The error of a section.
pub(crate) const fn at(index: usize, problem: SectionProblem) -> DescriptionError {
    DescriptionError::Section { index, problem }
}

fn check_mids(sections: &[RemoteSection]) -> Result<(), DescriptionError> {
    let mut mids: Vec<_> = sections
        .iter()
        .enumerate()
        .map(|(i, s)| (s.mid, i))
        .collect();
    mids.sort_unstable();
    for (one, other) in mids.iter().zip(mids.iter().skip(1)) {
        if one.0 == other.0 {
            return Err(at(other.1, SectionProblem::DuplicateMid));
        }
    }
    Ok(())
}

/// Marks the sections that share the one transport, and says which of them it is read from.
///
/// RFC 9143 §7.3.1: attributes of the transport are taken from the offerer-tagged section, the first of
/// the group that the answerer does not reject and that has an address of its own. Without a group, only
/// the first section in use can have a transport, since there is one.
fn bundle(session: &Session, sections: &mut [RemoteSection]) -> Option<usize> {
    let Some(group) = session.bundle_groups().next() else {
        let first = sections.iter().position(|section| section.usable)?;
        sections.get_mut(first)?.bundled = true;
        return Some(first);
    };
    let mut names: Vec<(Mid, usize)> = sections
        .iter()
        .enumerate()
        .map(|(i, s)| (s.mid, i))
        .collect();
    names.sort_unstable();
    let (mut tagged, mut portless) = (None, None);
    for tag in &group.mids {
        let place = tag
            .as_str()
            .parse()
            .ok()
            .and_then(|mid: Mid| names.binary_search_by_key(&mid, |(mid, _)| *mid).ok());
        let Some((_, index)) = place.and_then(|place| names.get(place)) else {
            continue;
        };
        let section = sections.get_mut(*index);
        let Some(section) = section.filter(|section| !section.rejected && section.named) else {
            continue;
        };
        section.bundled = true;
        if section.usable {
            let has_port = session
                .media
                .get(*index)
                .is_some_and(|media| media.port() != 0);
            let place = if has_port { &mut tagged } else { &mut portless };
            place.get_or_insert(*index);
        }
    }
    tagged.or(portless)
}

impl RemoteSection {
    fn read(
        session: &Session,
        media: &Media,
        index: usize,
        limits: &Limits,
    ) -> Result<Self, SectionProblem> {
        let (mid, named) = match media.mid() {
            Some(mid) => (mid.as_str().parse()?, true),
            // RFC 9429 §5.10: a section without a name is given one.
            None => (format!("unnamed{index}").parse()?, false),
        };
        let line = media.line();
        let content = match line.kind {
            "audio" if media.is_rtp() => {
                RemoteContent::Media(RemoteMedia::read(session, media, MediaKind::Audio, limits))
            }
            "video" if media.is_rtp() => {
                RemoteContent::Media(RemoteMedia::read(session, media, MediaKind::Video, limits))
            }
            "application" if media.is_data_channels() => RemoteContent::Data {
                sctp_port: media.sctp_port().unwrap_or(5000),
                max_message_size: media.max_message_size(),
            },
            _ => RemoteContent::Other,
        };
        Ok(Self {
            mid,
            named,
            content,
            line: Words {
                kind: line.kind.to_owned(),
                protocol: line.protocol.to_owned(),
                formats: line
                    .formats()
                    .take(limits.codecs)
                    .collect::<Vec<_>>()
                    .join(" "),
            },
            rejected: media.is_rejected(),
            usable: false,
            bundled: false,
        })
    }
}

impl RemoteMedia {
    fn read(session: &Session, media: &Media, kind: MediaKind, limits: &Limits) -> Self {
        let msid: Option<Msid> = media.attributes.get();
        let stream = msid
            .as_ref()
            .map(|msid| msid.stream.clone())
            .filter(|stream| stream != Msid::NO_STREAM);
        let mut codecs = media.codecs();
        codecs.truncate(limits.codecs);
        Self {
            kind,
            direction: session.direction_of(media),
            codecs,
            extensions: Extensions::read(session, media),
            mux: media.attributes.contains::<RtcpMux>(),
            reduced_size: media.attributes.contains::<RtcpRsize>(),
            track: RemoteTrack {
                stream,
                track: msid.and_then(|msid| msid.track),
                sources: RemoteSource::all_of(media, limits.sources),
            },
        }
    }
}

impl Extensions {
    fn read(session: &Session, media: &Media) -> Self {
        let mut extensions = Self::default();
        // RFC 8285 §5: at either level.
        let attributes = [&media.attributes, &session.attributes];
        for map in attributes
            .into_iter()
            .flat_map(|a| a.all::<ExtMap>().flatten())
        {
            // RFC 8285 §4.2: the one-byte form has the numbers 1 to 14. §6: what is offered for one way
            // only may not be answered for both.
            let both = map.direction.is_none_or(|d| d == Direction::SendRecv);
            let Some(id) = u8::try_from(map.id).ok().filter(|id| *id <= 14 && both) else {
                continue;
            };
            match map.uri.as_str() {
                Self::MID => extensions.mid = extensions.mid.or(Some(id)),
                Self::AUDIO_LEVEL => {
                    extensions.audio_level = extensions.audio_level.or(Some(id));
                }
                _ => {}
            }
        }
        extensions
    }
}

impl RemoteTransport {
    fn read(session: &Session, media: &Media, index: usize) -> Result<Self, SectionProblem> {
        let ufrag: IceUfrag = required(session, media)?;
        let password: IcePwd = required(session, media)?;
        let credentials = Credentials::new(ufrag.as_str(), password.as_str())
            .map_err(|_| SectionProblem::Attribute(IceUfrag::NAME))?;
        let fingerprints: Vec<_> = session
            .fingerprints_of(media)
            .iter()
            .filter_map(checkable)
            .collect();
        if fingerprints.is_empty() {
            return Err(SectionProblem::Fingerprint);
        }
        // RFC 8842 §5: `a=setup` is there in every description; RFC 4145 §4 says `active` without it,
        // which old offerers meant as `actpass`.
        let setup = session.setup_of(media).unwrap_or(Setup::ActPass);
        Ok(Self {
            index,
            credentials,
            options: ice_options(session, media),
            fingerprints,
            setup,
            tls_id: session.effective(media).and_then(Result::ok),
            candidates: media.attributes.all::<Candidate>().flatten().collect(),
            complete: media.attributes.contains::<EndOfCandidates>()
                || session.attributes.contains::<EndOfCandidates>(),
        })
    }
}

/// What the other side says of its implementation of ICE (RFC 8839 §5.3, §5.5, §5.6).
fn ice_options(session: &Session, media: &Media) -> strata_ice::IceOptions {
    let words = session.ice_options_of(media);
    let mut options = strata_ice::IceOptions::default();
    options.ice2 = words.contains(IceOptions::ICE2);
    options.renomination = words.contains(IceOptions::RENOMINATION);
    options.lite = session.attributes.contains::<IceLite>();
    if let Some(IcePacing(millis)) = session.attributes.get() {
        options.pacing = Duration::from_millis(millis);
    }
    options
}

fn required<T: strata_sdp::Attribute>(
    session: &Session,
    media: &Media,
) -> Result<T, SectionProblem> {
    session
        .effective(media)
        .and_then(Result::ok)
        .ok_or(SectionProblem::Attribute(T::NAME))
}

/// The fingerprint as DTLS checks it; `None` for hash functions that prove nothing or are not known.
fn checkable(fingerprint: &strata_sdp::Fingerprint) -> Option<Fingerprint> {
    let function: HashFunction = fingerprint.hash.as_str().parse().ok()?;
    Fingerprint::new(function, &fingerprint.value).ok()
}
