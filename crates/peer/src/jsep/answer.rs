//! Making answers (RFC 9429 §5.3).

use strata_sdp::Setup;

use super::{
    Content, Created, Jsep, LocalText, LocalTransport, Section,
    local::{Planned, Writer},
    remote::{RemoteContent, RemoteDescription, RemoteSection},
};
use crate::{
    Codecs, DescriptionError, DescriptionKind, Keeps, MediaKind,
    signaling_state::Side,
    transceiver::{Extensions, Parameters},
};

impl Jsep {
    /// Answers the remote offer.
    pub(crate) fn create_answer(
        &mut self,
        transport: &LocalTransport,
    ) -> Result<&LocalText, DescriptionError> {
        self.after(Side::Local, DescriptionKind::Answer)?;
        let restart = self.restart_by_answer();
        let Some(offer) = &self.remote_offer else {
            return Err(DescriptionError::WrongState {
                kind: DescriptionKind::Answer,
                state: self.state,
            });
        };
        let plan: Vec<Planned> = self
            .sections
            .iter()
            .zip(&offer.sections)
            .map(|(section, remote)| self.plan_answer(section, remote))
            .collect();
        let writer = Writer {
            names: &self.names,
            transport: &transport.with(restart.as_ref()),
            setup: self.answer_setup(offer),
            // RFC 8842 §5.3: only who has offered one is answered with one.
            identified: offer.transport.as_ref().is_some_and(|t| t.tls_id.is_some()),
            transceivers: &self.transceivers,
            // RFC 9143 §7.3: only what is offered as a group is answered as one.
            bundle: offer.grouped,
            // RFC 9143 §7.3.1: it is the same section in both.
            tagged: offer.transport.as_ref().map_or(0, |t| t.index),
        };
        let version = self.names.session_version.saturating_add(1);
        let text = writer.write(version, &plan);
        self.names.session_version = version;
        let created = self.created.insert(Created {
            kind: DescriptionKind::Answer,
            text,
            plan,
            restart,
        });
        Ok(&created.text)
    }

    /// RFC 8842 §5.3: the answerer should be active where it may choose, but keeps the role of an
    /// association that exists (§5.5).
    fn answer_setup(&self, offer: &RemoteDescription) -> Setup {
        let offered = offer.transport.as_ref().map_or(Setup::ActPass, |t| t.setup);
        match (offered, self.role()) {
            (Setup::ActPass, Some(strata_dtls::Role::Server)) => Setup::Passive,
            (offered, _) => offered.answer(),
        }
    }

    fn plan_answer(&self, section: &Section, remote: &RemoteSection) -> Planned {
        let parameters = match (section.content, &remote.content) {
            (Content::Media(id), RemoteContent::Media(media)) => {
                self.transceiver(id).map(|transceiver| {
                    // RFC 3264 §6.1: what we would like, as far as the offer allows it.
                    let direction = transceiver
                        .direction
                        .intersection(media.direction.reversed());
                    Parameters {
                        direction,
                        codecs: self
                            .codecs
                            .answer(transceiver.kind, &media.codecs, self.keeps),
                        extensions: media.extensions.of(transceiver.kind, self.keeps),
                        reduced_size: media.reduced_size && self.keeps.reduced_size_rtcp,
                        remote: media.track.clone(),
                    }
                })
            }
            (Content::Media(_) | Content::Data | Content::Other, _) => None,
        };
        let accepted = remote.bundled
            && remote.usable
            && match section.content {
                Content::Media(id) => {
                    parameters.is_some() && self.transceiver(id).is_some_and(|t| !t.stopped)
                }
                Content::Data => true,
                Content::Other => false,
            };
        let mut section = section.clone();
        section.rejected = !accepted;
        Planned {
            section,
            parameters: parameters.filter(|_| accepted),
        }
    }
}

impl RemoteContent {
    pub(super) const fn is_media(&self) -> bool {
        matches!(self, Self::Media(_))
    }

    /// Whether an answer can accept it: media that is multiplexed with its RTCP and has a codec of ours,
    /// or data.
    pub(super) fn is_acceptable(&self, codecs: &Codecs) -> bool {
        match self {
            Self::Media(media) => media.mux && codecs.accept(media.kind, &media.codecs),
            Self::Data { .. } => true,
            Self::Other => false,
        }
    }
}

impl Extensions {
    /// Those that this kind of media has, and somebody keeps.
    pub(super) const fn of(self, kind: MediaKind, keeps: Keeps) -> Self {
        match (kind, keeps.audio_level) {
            (MediaKind::Audio, true) => self,
            (MediaKind::Audio, false) | (MediaKind::Video, _) => Self {
                audio_level: None,
                ..self
            },
        }
    }

    /// Numbers for those that have none yet, different ones.
    pub(super) fn fill(&mut self) {
        let free = |taken: Option<u8>, choice: [u8; 2]| {
            let [first, second] = choice;
            Some(if taken == Some(first) { second } else { first })
        };
        self.audio_level = self.audio_level.or_else(|| free(self.mid, [1, 2]));
        self.mid = self.mid.or_else(|| free(self.audio_level, [4, 3]));
    }
}
