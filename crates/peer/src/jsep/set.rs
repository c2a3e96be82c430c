//! Setting descriptions (RFC 9429 §5.5 to §5.11).

use std::borrow::Cow;

use strata_sdp::{Direction, Setup};

use super::{
    Change, Content, Jsep, Section,
    local::Planned,
    outcome::role_of,
    remote::{RemoteContent, RemoteDescription, RemoteMedia, RemoteSection, at},
};
use crate::{
    Codec, Description, DescriptionError, DescriptionKind, Event, Mid, NegotiatedCodec,
    SectionProblem, TransceiverId,
    codecs::negotiate,
    signaling_state::Side,
    transceiver::{Extensions, Parameters, Transceivers},
};

impl Jsep {
    /// Sets what `create_offer` or `create_answer` gave, or takes our offer back.
    pub(crate) fn set_local(
        &mut self,
        description: &Description,
    ) -> Result<Change, DescriptionError> {
        let kind = description.kind;
        let next = self.after(Side::Local, kind)?;
        if kind == DescriptionKind::Rollback {
            self.state = next;
            return Ok(Change {
                tracks: self.roll_back(),
                restart: self.on_restart_undone(),
                ..Change::default()
            });
        }
        // RFC 9429 §5.4: what was created must not be changed before it is set.
        let created = self
            .created
            .take_if(|created| created.kind == kind && created.text.is_of(&description.sdp))
            .ok_or(DescriptionError::NotCreatedHere)?;
        let mut change = Change {
            restart: self.on_restart_set(created.restart, kind == DescriptionKind::Offer),
            ..Change::default()
        };
        if kind == DescriptionKind::Offer {
            self.save();
            self.adopt_offer(created.plan);
        } else {
            let offer = self.remote_offer.take();
            change.tracks = self.adopt_answer(created.plan);
            change.negotiated = offer.map(|offer| self.conclude(offer, false));
        }
        self.local = Some(created.text);
        self.state = next;
        Ok(change)
    }

    /// Sets what the other side has sent.
    pub(crate) fn set_remote(
        &mut self,
        description: &Description,
    ) -> Result<Change, DescriptionError> {
        let kind = description.kind;
        let next = self.after(Side::Remote, kind)?;
        if kind == DescriptionKind::Rollback {
            self.state = next;
            return Ok(Change {
                tracks: self.roll_back(),
                ..Change::default()
            });
        }
        let change = if kind == DescriptionKind::Answer {
            // Every section that an answer accepts is in use, also one that we would not have accepted.
            let remote = RemoteDescription::parse(&description.sdp, &self.limits, |_| true)?;
            self.take_answer(remote)?
        } else {
            let (codecs, barred) = (&self.codecs, self.media_barred);
            let remote = RemoteDescription::parse(&description.sdp, &self.limits, |content| {
                content.is_acceptable(codecs) && !(barred && content.is_media())
            })?;
            self.take_offer(remote)?
        };
        self.created = None;
        self.state = next;
        Ok(change)
    }

    /// Our offer: its sections are the session's from now on, until it is taken back.
    fn adopt_offer(&mut self, plan: Vec<Planned>) {
        self.sections.clear();
        for Planned {
            section,
            parameters,
        } in plan
        {
            if let Content::Media(id) = section.content
                && let Some(transceiver) = self.transceivers.get_mut(id)
            {
                transceiver.mid = Some(section.mid);
                transceiver.offered = parameters;
            }
            self.sections.push(section);
        }
    }

    /// Our answer takes effect.
    fn adopt_answer(&mut self, plan: Vec<Planned>) -> Vec<Event> {
        let mut tracks = Vec::new();
        for (place, planned) in self.sections.iter_mut().zip(plan) {
            if let Content::Media(id) = planned.section.content
                && let Some(transceiver) = self.transceivers.get_mut(id)
            {
                transceiver.stopped |= planned.section.rejected;
                transceiver.current = planned.parameters;
                transceiver.offered = None;
                // What we receive may be less than what was offered.
                tracks.extend(transceiver.note_track(transceiver.receives()));
            }
            *place = planned.section;
        }
        tracks
    }

    /// Their offer: every section of it gets a place, and every media section a transceiver.
    fn take_offer(&mut self, remote: RemoteDescription) -> Result<Change, DescriptionError> {
        let base = self
            .saved
            .as_ref()
            .map_or(&self.sections, |saved| &saved.sections);
        if remote.sections.len() < base.len() {
            return Err(DescriptionError::SectionCount {
                expected: base.len(),
                actual: remote.sections.len(),
            });
        }
        for (index, (section, known)) in remote.sections.iter().zip(base).enumerate() {
            // RFC 9429 §5.2.2: only a rejected section may become another one.
            let continues = section.continues(known, &self.transceivers)
                && (section.rejected || section.mid == known.mid);
            if !known.rejected && !continues {
                return Err(at(index, SectionProblem::Changed));
            }
        }
        if let Some(transport) = &remote.transport {
            // RFC 8842 §5: MUST NOT be used.
            if transport.setup == Setup::HoldConn {
                return Err(at(transport.index, SectionProblem::Setup));
            }
            self.check_association(transport)?;
            let role = role_of(transport.setup.answer());
            if transport.setup != Setup::ActPass && self.role().is_some_and(|r| Some(r) != role) {
                return Err(DescriptionError::NewAssociation);
            }
        }
        let mut change = Change {
            tracks: self.roll_back(), // where it takes the place of one that is not answered
            ..Change::default()
        };
        self.save();
        for (index, section) in remote.sections.iter().enumerate() {
            let place = self.place(index, section);
            if let (Content::Media(id), RemoteContent::Media(media)) =
                (place.content, &section.content)
            {
                let will = media.direction.sends() && section.usable && section.bundled;
                let transceiver = self.transceivers.get_mut(id);
                let track = transceiver.and_then(|t| t.note_track(will));
                change.tracks.extend(track);
            }
            match self.sections.get_mut(index) {
                Some(known) => *known = place,
                None => self.sections.push(place),
            }
        }
        self.remote_offer = Some(remote);
        Ok(change)
    }

    /// What a section of their offer is to us.
    fn place(&mut self, index: usize, remote: &RemoteSection) -> Section {
        // A section that was rejected and is in use again is a new one (RFC 9429 §5.2.2, recycling).
        let known = self.sections.get(index).filter(|known| {
            (remote.rejected || !known.rejected) && (known.mid == remote.mid || !remote.named)
        });
        let mid = known.map_or(remote.mid, |known| known.mid);
        let content = match (known.map(|known| known.content), &remote.content) {
            (Some(content), _) => content,
            (None, RemoteContent::Media(media)) if !remote.rejected => {
                Content::Media(self.transceiver_for(media, mid))
            }
            (None, RemoteContent::Data { .. }) if self.is_first_data(index) => Content::Data,
            // A rejected section needs no transceiver.
            (None, RemoteContent::Media(_) | RemoteContent::Data { .. } | RemoteContent::Other) => {
                Content::Other
            }
        };
        if let Content::Media(id) = content
            && remote.rejected
            && let Some(transceiver) = self.transceivers.get_mut(id)
        {
            transceiver.stopped = true;
        }
        Section {
            mid,
            named: remote.named,
            content,
            line: remote.line.clone(),
            rejected: remote.rejected,
        }
    }

    /// RFC 8841 §10.1: there is one SCTP association for each DTLS association.
    fn is_first_data(&self, index: usize) -> bool {
        let mut others = self
            .sections
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != index);
        others.all(|(_, section)| section.rejected || section.content != Content::Data)
    }

    /// RFC 9429 §5.10: a transceiver of the application's that has no section yet, or a new one.
    ///
    /// Preferred is one that gets all it wants from this section, then one that gets anything.
    fn transceiver_for(&mut self, media: &RemoteMedia, mid: Mid) -> TransceiverId {
        let possible = media.direction.reversed();
        let candidates = || {
            self.transceivers
                .iter()
                .filter(|t| t.kind == media.kind && t.mid.is_none() && !t.stopped)
        };
        let gets = |wanted: Direction| wanted.intersection(possible);
        let found = candidates()
            .find(|t| gets(t.direction) == t.direction)
            .or_else(|| candidates().find(|t| gets(t.direction) != Direction::Inactive))
            .map(|t| t.id);
        // RFC 9429 §5.10: a new one only receives, until the application says otherwise.
        let id =
            found.unwrap_or_else(|| self.add_transceiver(media.kind, Direction::RecvOnly, true));
        if let Some(transceiver) = self.transceivers.get_mut(id) {
            transceiver.mid = Some(mid);
        }
        id
    }

    /// Their answer, checked as a whole before anything is changed.
    fn take_answer(&mut self, remote: RemoteDescription) -> Result<Change, DescriptionError> {
        if remote.sections.len() != self.sections.len() {
            return Err(DescriptionError::SectionCount {
                expected: self.sections.len(),
                actual: remote.sections.len(),
            });
        }
        for (index, (section, ours)) in remote.sections.iter().zip(&self.sections).enumerate() {
            section
                .check_answer(ours, &self.transceivers)
                .map_err(|problem| at(index, problem))?;
        }
        if let Some(transport) = &remote.transport {
            if !matches!(transport.setup, Setup::Active | Setup::Passive) {
                return Err(at(transport.index, SectionProblem::Setup));
            }
            let role = role_of(transport.setup.answer());
            self.check_association(transport)?;
            if self.role().is_some_and(|agreed| Some(agreed) != role) {
                return Err(DescriptionError::NewAssociation);
            }
        }
        if !self.is_restart_expected(&remote) {
            return Err(DescriptionError::UnexpectedRestart);
        }
        let mut change = Change::default();
        for (section, remote) in self.sections.iter_mut().zip(&remote.sections) {
            section.rejected |= remote.rejected;
            let Content::Media(id) = section.content else {
                continue;
            };
            let Some(transceiver) = self.transceivers.get_mut(id) else {
                continue;
            };
            let offered = transceiver.offered.take();
            transceiver.stopped |= section.rejected;
            transceiver.current = match (&remote.content, offered) {
                (RemoteContent::Media(media), Some(offered)) if !section.rejected => {
                    Some(offered.agreed(media))
                }
                _ => None,
            };
            let track = transceiver.note_track(transceiver.receives());
            change.tracks.extend(track);
        }
        change.negotiated = Some(self.conclude(remote, true));
        Ok(change)
    }
}

impl RemoteSection {
    /// Whether this is the section that we know as `known`.
    fn continues(&self, known: &Section, transceivers: &Transceivers) -> bool {
        let same_kind = match (&self.content, known.content) {
            (RemoteContent::Media(media), Content::Media(id)) => {
                transceivers.get(id).is_some_and(|t| t.kind == media.kind)
            }
            (RemoteContent::Data { .. }, Content::Data) => true,
            // Of a section that we do not understand, the media line must stay.
            (_, Content::Other) => self.line.kind == known.line.kind,
            // A rejected section may have lost everything but its media line.
            (RemoteContent::Other, _) => self.rejected && self.line.kind == known.line.kind,
            (RemoteContent::Media(_), Content::Data)
            | (RemoteContent::Data { .. }, Content::Media(_)) => false,
        };
        same_kind && (!self.named || self.mid == known.mid)
    }

    /// RFC 9429 §5.11, RFC 9143 §7.3.3: what an answer must keep to.
    fn check_answer(
        &self,
        ours: &Section,
        transceivers: &Transceivers,
    ) -> Result<(), SectionProblem> {
        if !self.continues(ours, transceivers) {
            return Err(SectionProblem::Changed);
        }
        if self.rejected || ours.rejected {
            return Ok(());
        }
        if !self.bundled {
            return Err(SectionProblem::NotBundled);
        }
        let (RemoteContent::Media(media), Content::Media(id)) = (&self.content, ours.content)
        else {
            return Ok(());
        };
        if !media.mux {
            return Err(SectionProblem::RtcpMux);
        }
        let offered = transceivers.get(id).and_then(|t| t.offered.as_ref());
        if offered.is_none_or(|offered| offered.agreed_codecs(media).is_empty()) {
            return Err(SectionProblem::Codecs);
        }
        Ok(())
    }
}

impl Parameters {
    /// The codecs that we offered and they answered with.
    fn agreed_codecs(&self, answer: &RemoteMedia) -> Vec<NegotiatedCodec> {
        let ours: Vec<Codec> = self.codecs.iter().map(NegotiatedCodec::as_ours).collect();
        negotiate(&ours, &answer.codecs, false)
            .into_iter()
            .filter_map(|codec| {
                // RFC 3264 §6.1 lets an answer use other numbers than the offer; nobody does.
                let offered = self
                    .codecs
                    .iter()
                    .find(|o| o.payload_type == codec.payload_type)?;
                Some(NegotiatedCodec {
                    local_format: Cow::clone(&offered.local_format),
                    rtx: codec.rtx.filter(|rtx| offered.rtx == Some(*rtx)),
                    ..codec
                })
            })
            .collect()
    }

    /// What we offered and they answered.
    fn agreed(self, answer: &RemoteMedia) -> Self {
        let codecs = self.agreed_codecs(answer);
        let both = |ours: Option<u8>, theirs: Option<u8>| ours.filter(|id| theirs == Some(*id));
        Self {
            direction: self.direction.intersection(answer.direction.reversed()),
            codecs,
            extensions: Extensions {
                mid: both(self.extensions.mid, answer.extensions.mid),
                audio_level: both(self.extensions.audio_level, answer.extensions.audio_level),
            },
            reduced_size: self.reduced_size && answer.reduced_size,
            remote: answer.track.clone(),
        }
    }
}
