//! Setting descriptions (RFC 9429 §5.5 to §5.11).

use std::borrow::Cow;

use strata_dtls::Role;
use strata_sdp::{Direction, Setup};

use super::{
    Change, Content, DataSection, Jsep, Negotiated, Section, Settled,
    local::Planned,
    remote::{RemoteContent, RemoteDescription, RemoteMedia, RemoteSection, at},
};
use crate::{
    Codec, Description, DescriptionError, DescriptionKind, NegotiatedCodec, SectionProblem,
    Transceiver, TransceiverId,
    codecs::negotiate,
    signaling::SignalingAction,
    transceiver::{Extensions, Parameters},
};

impl Jsep {
    /// Sets what `create_offer` or `create_answer` gave, or takes our offer back.
    pub(crate) fn set_local(
        &mut self,
        description: &Description,
    ) -> Result<Change, DescriptionError> {
        let kind = description.kind;
        let action = match kind {
            DescriptionKind::Offer => SignalingAction::LocalOffer,
            DescriptionKind::Answer => SignalingAction::LocalAnswer,
            DescriptionKind::Rollback => SignalingAction::LocalRollback,
        };
        let next = self.after(action, kind)?;
        if kind == DescriptionKind::Rollback {
            self.roll_back();
            self.state = next;
            return Ok(Change::default());
        }
        // RFC 9429 §5.4: what was created must not be changed before it is set.
        let created = self
            .created
            .take_if(|created| created.kind == kind && created.text.is_of(&description.sdp))
            .ok_or(DescriptionError::NotCreatedHere)?;
        let mut change = Change::default();
        if kind == DescriptionKind::Offer {
            self.save();
            self.adopt_offer(created.plan);
        } else {
            let offer = self.remote_offer.take();
            self.adopt_answer(created.plan);
            self.saved = None;
            change.negotiated = offer.and_then(|offer| self.settle(offer, false));
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
        let action = match kind {
            DescriptionKind::Offer => SignalingAction::RemoteOffer,
            DescriptionKind::Answer => SignalingAction::RemoteAnswer,
            DescriptionKind::Rollback => SignalingAction::RemoteRollback,
        };
        let next = self.after(action, kind)?;
        if kind == DescriptionKind::Rollback {
            self.roll_back();
            self.state = next;
            return Ok(Change::default());
        }
        let remote = RemoteDescription::parse(&description.sdp, &self.limits)?;
        let change = match kind {
            DescriptionKind::Answer => self.take_answer(remote)?,
            DescriptionKind::Offer | DescriptionKind::Rollback => self.take_offer(remote)?,
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
                && let Some(transceiver) = self.transceivers.get_mut(id.index())
            {
                transceiver.mid = Some(section.mid);
                transceiver.offered = parameters;
            }
            self.sections.push(section);
        }
    }

    /// Our answer: what it says holds.
    fn adopt_answer(&mut self, plan: Vec<Planned>) {
        for (place, planned) in self.sections.iter_mut().zip(plan) {
            if let Content::Media(id) = planned.section.content
                && let Some(transceiver) = self.transceivers.get_mut(id.index())
            {
                transceiver.stopped |= planned.section.rejected;
                transceiver.current = planned.parameters;
                transceiver.offered = None;
            }
            *place = planned.section;
        }
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
            if !known.rejected && !section.continues(known, &self.transceivers) {
                return Err(at(index, SectionProblem::Changed));
            }
        }
        if let Some(transport) = &remote.transport {
            self.check_association(transport)?;
            let role = role_of(transport.setup.answer());
            if transport.setup != Setup::ActPass && self.role().is_some_and(|r| Some(r) != role) {
                return Err(DescriptionError::NewAssociation);
            }
        }
        if self.saved.is_some() {
            self.roll_back(); // a new offer in place of one that is not answered
        }
        self.save();
        let mut change = Change::default();
        for (index, section) in remote.sections.iter().enumerate() {
            let place = self.place(index, section);
            if let (Content::Media(id), RemoteContent::Media(media)) =
                (place.content, &section.content)
            {
                let had = self.receives(id);
                let will = media.direction.sends() && !place.rejected;
                if will && !had {
                    change.tracks.push(id);
                }
            }
            match self.sections.get_mut(index) {
                Some(known) => *known = place,
                None => self.sections.push(place),
            }
        }
        self.remote_offer = Some(remote);
        Ok(change)
    }

    fn receives(&self, id: TransceiverId) -> bool {
        let current = self
            .transceiver(id)
            .and_then(Transceiver::current_direction);
        current.is_some_and(Direction::receives)
    }

    /// What a section of their offer is to us.
    fn place(&mut self, index: usize, remote: &RemoteSection) -> Section {
        let known = self
            .sections
            .get(index)
            .filter(|known| known.mid == remote.mid);
        let content = match (known.map(|known| known.content), &remote.content) {
            (Some(content), _) => content,
            (None, RemoteContent::Media(media)) => {
                let id = self.transceiver_for(media, remote.rejected);
                if let Some(transceiver) = self.transceivers.get_mut(id.index()) {
                    transceiver.mid = Some(remote.mid);
                }
                Content::Media(id)
            }
            (None, RemoteContent::Data { .. }) => {
                let first = self
                    .sections
                    .iter()
                    .all(|s| s.rejected || s.content != Content::Data);
                if first { Content::Data } else { Content::Other }
            }
            (None, RemoteContent::Other) => Content::Other,
        };
        if let Content::Media(id) = content
            && remote.rejected
            && let Some(transceiver) = self.transceivers.get_mut(id.index())
        {
            transceiver.stopped = true;
        }
        Section {
            mid: remote.mid,
            named: remote.named,
            content,
            line: remote.line.clone(),
            rejected: remote.rejected,
        }
    }

    /// RFC 9429 §5.10: a transceiver of the application's that has no section yet, or a new one.
    ///
    /// Preferred is one that gets all it wants from this section, then one that gets anything.
    fn transceiver_for(&mut self, media: &RemoteMedia, rejected: bool) -> TransceiverId {
        let possible = media.direction.reversed();
        let candidates = || {
            self.transceivers
                .iter()
                .filter(|t| t.kind == media.kind && t.mid.is_none() && !t.stopped && !rejected)
        };
        let gets = |wanted: Direction| wanted.intersection(possible);
        let found = candidates()
            .find(|t| gets(t.direction) == t.direction)
            .or_else(|| candidates().find(|t| gets(t.direction) != Direction::Inactive))
            .map(|t| t.id);
        // RFC 9429 §5.10: a new one only receives, until the application says otherwise.
        found.unwrap_or_else(|| self.add_transceiver(media.kind, Direction::RecvOnly, true))
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
        let transport = remote
            .transport
            .as_ref()
            .ok_or(DescriptionError::NoTransport)?;
        let role = role_of(transport.setup.answer());
        if !matches!(transport.setup, Setup::Active | Setup::Passive) {
            return Err(at(0, SectionProblem::Setup));
        }
        self.check_association(transport)?;
        if self.role().is_some_and(|settled| Some(settled) != role) {
            return Err(DescriptionError::NewAssociation);
        }
        let same = |settled: &Settled| settled.credentials == transport.credentials;
        if !self.restarting && !self.settled.as_ref().is_none_or(same) {
            return Err(DescriptionError::UnexpectedRestart);
        }
        let mut change = Change::default();
        for (section, remote) in self.sections.iter_mut().zip(&remote.sections) {
            section.rejected |= remote.rejected;
            let Content::Media(id) = section.content else {
                continue;
            };
            let Some(transceiver) = self.transceivers.get_mut(id.index()) else {
                continue;
            };
            let had = transceiver
                .current_direction()
                .is_some_and(Direction::receives);
            let offered = transceiver.offered.take();
            transceiver.stopped |= section.rejected;
            transceiver.current = match (&remote.content, offered) {
                (RemoteContent::Media(media), Some(offered)) if !section.rejected => {
                    Some(offered.agreed(media))
                }
                _ => None,
            };
            let has = transceiver
                .current_direction()
                .is_some_and(Direction::receives);
            if has && !had {
                change.tracks.push(id);
            }
        }
        self.saved = None;
        change.negotiated = self.settle(remote, true);
        Ok(change)
    }

    /// What a completed exchange means for the transport.
    fn settle(&mut self, remote: RemoteDescription, offerer: bool) -> Option<Negotiated> {
        let transport = remote.transport?;
        // As answerer, we have written what `answer_setup` says.
        let role = match (transport.setup, self.role()) {
            (Setup::ActPass, Some(role)) => role,
            (setup, _) => role_of(setup.answer())?,
        };
        self.settled = Some(Settled {
            role,
            fingerprints: transport.fingerprints.clone(),
            credentials: transport.credentials.clone(),
        });
        self.restarting = false;
        let mut data = DataSection::Absent;
        for (section, remote) in self.sections.iter().zip(&remote.sections) {
            if let (
                Content::Data,
                RemoteContent::Data {
                    sctp_port,
                    max_message_size,
                },
            ) = (section.content, &remote.content)
            {
                data = if section.rejected {
                    DataSection::Rejected
                } else {
                    DataSection::Accepted {
                        remote_port: *sctp_port,
                        max_message_size: *max_message_size,
                    }
                };
            }
        }
        Some(Negotiated {
            transport,
            role,
            offerer,
            data,
        })
    }
}

impl RemoteSection {
    /// Whether this is the section that we know as `known`.
    fn continues(&self, known: &Section, transceivers: &[Transceiver]) -> bool {
        let same_kind = match (&self.content, known.content) {
            (RemoteContent::Media(media), Content::Media(id)) => transceivers
                .get(id.index())
                .is_some_and(|t| t.kind == media.kind),
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
        transceivers: &[Transceiver],
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
        match &self.content {
            RemoteContent::Media(media) if !media.mux => Err(SectionProblem::RtcpMux),
            RemoteContent::Media(_) | RemoteContent::Data { .. } | RemoteContent::Other => Ok(()),
        }
    }
}

impl Parameters {
    /// What we offered and they answered.
    fn agreed(self, answer: &RemoteMedia) -> Self {
        let ours: Vec<Codec> = self.codecs.iter().map(NegotiatedCodec::as_ours).collect();
        let codecs = negotiate(&ours, &answer.codecs)
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
            .collect();
        let both = |ours: Option<u8>, theirs: Option<u8>| ours.filter(|id| theirs == Some(*id));
        Self {
            direction: self.direction.intersection(answer.direction.reversed()),
            codecs,
            extensions: Extensions {
                mid: both(self.extensions.mid, answer.extensions.mid),
                audio_level: both(self.extensions.audio_level, answer.extensions.audio_level),
            },
            reduced_size: answer.reduced_size,
            remote: answer.track.clone(),
        }
    }
}

/// The DTLS role of one who says this (RFC 8842 §5).
const fn role_of(setup: Setup) -> Option<Role> {
    match setup {
        Setup::Active => Some(Role::Client),
        Setup::Passive => Some(Role::Server),
        Setup::ActPass | Setup::HoldConn => None,
    }
}
