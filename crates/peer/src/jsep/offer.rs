//! Making offers (RFC 9429 §5.2).

use strata_sdp::Setup;

use super::{
    Content, Created, Jsep, LocalText, LocalTransport, Section, Words,
    local::{CHANNELS, Planned, Writer, formats, protocol},
};
use crate::{
    DescriptionError, DescriptionKind, Mid, Transceiver,
    codecs::Assignments,
    signaling_state::Side,
    transceiver::{Extensions, Parameters, RemoteTrack},
};

impl Jsep {
    /// Makes an offer of what the session has and what the application has added.
    pub(crate) fn create_offer(
        &mut self,
        transport: &LocalTransport,
    ) -> Result<&LocalText, DescriptionError> {
        self.after(Side::Local, DescriptionKind::Offer)?;
        let mut assignments = Assignments::new();
        let mut extensions = Extensions::default();
        for parameters in self.transceivers.iter().filter_map(|t| t.current.as_ref()) {
            assignments.keep(&parameters.codecs);
            extensions.mid = extensions.mid.or(parameters.extensions.mid);
            extensions.audio_level = extensions.audio_level.or(parameters.extensions.audio_level);
        }
        extensions.fill();
        let mut plan: Vec<Planned> = self
            .sections
            .iter()
            .map(|section| self.plan_known(section, &mut assignments, extensions))
            .collect();
        self.plan_new(&mut plan, &mut assignments, extensions);
        if plan.len() > self.limits.sections {
            return Err(DescriptionError::TooManySections {
                limit: self.limits.sections,
            });
        }
        if plan.iter().all(|planned| planned.section.rejected) {
            return Err(DescriptionError::NoTransport);
        }
        // RFC 3264 §8: the version grows with every new description.
        self.names.session_version = self.names.session_version.saturating_add(1);
        let restart = self.restart_by_offer();
        let writer = Writer {
            names: &self.names,
            transport: &transport.with(restart.as_ref()),
            identified: true,
            // RFC 8842 §5.2: offers leave the role open, also when both sides have agreed on it.
            setup: Setup::ActPass,
            transceivers: &self.transceivers,
            bundle: true,
            tagged: 0,
        };
        let text = writer.write(self.names.session_version, &plan);
        let created = self.created.insert(Created {
            kind: DescriptionKind::Offer,
            text,
            plan,
            restart,
        });
        Ok(&created.text)
    }

    /// RFC 9429 §5.2.2: a section stays where it is, with its codecs and their numbers.
    fn plan_known(
        &self,
        section: &Section,
        assignments: &mut Assignments,
        extensions: Extensions,
    ) -> Planned {
        let transceiver = match section.content {
            Content::Media(id) => self.transceiver(id),
            Content::Data | Content::Other => None,
        };
        let mut section = section.clone();
        section.rejected |= transceiver.is_some_and(|t| t.stopped);
        let parameters = transceiver
            .filter(|_| !section.rejected)
            .map(|transceiver| match &transceiver.current {
                Some(current) => Parameters {
                    direction: transceiver.direction,
                    reduced_size: self.keeps.reduced_size_rtcp,
                    ..current.clone()
                },
                None => self.new_parameters(transceiver, assignments, extensions),
            });
        Planned {
            section,
            parameters,
        }
    }

    /// RFC 9429 §5.2.1: new transceivers in the order they were added, data last.
    fn plan_new(
        &self,
        plan: &mut Vec<Planned>,
        assignments: &mut Assignments,
        extensions: Extensions,
    ) {
        let mut number = 0_u32;
        let mut next_mid = |plan: &[Planned]| loop {
            let mid: Option<Mid> = number.to_string().parse().ok();
            number = number.saturating_add(1);
            if let Some(mid) = mid.filter(|mid| plan.iter().all(|p| p.section.mid != *mid)) {
                return mid;
            }
        };
        for transceiver in self
            .transceivers
            .iter()
            .filter(|t| t.mid.is_none() && !t.stopped && !self.media_barred)
        {
            let mid = next_mid(plan);
            let parameters = self.new_parameters(transceiver, assignments, extensions);
            plan.push(Planned {
                section: Section {
                    mid,
                    named: true,
                    content: Content::Media(transceiver.id),
                    line: Words {
                        kind: transceiver.kind.as_str().to_owned(),
                        protocol: protocol(Some(transceiver.kind)).to_owned(),
                        formats: formats(&parameters.codecs),
                    },
                    rejected: parameters.codecs.is_empty(),
                },
                parameters: Some(parameters),
            });
        }
        let has_data = plan
            .iter()
            .any(|planned| planned.section.content == Content::Data);
        if self.wants_data && !has_data {
            plan.push(Planned {
                section: Section {
                    mid: next_mid(plan),
                    named: true,
                    content: Content::Data,
                    line: Words {
                        kind: "application".to_owned(),
                        protocol: protocol(None).to_owned(),
                        formats: CHANNELS.to_owned(),
                    },
                    rejected: false,
                },
                parameters: None,
            });
        }
    }

    fn new_parameters(
        &self,
        transceiver: &Transceiver,
        assignments: &mut Assignments,
        extensions: Extensions,
    ) -> Parameters {
        Parameters {
            direction: transceiver.direction,
            codecs: assignments.assign(self.codecs.of(transceiver.kind), self.keeps),
            extensions: extensions.of(transceiver.kind, self.keeps),
            reduced_size: self.keeps.reduced_size_rtcp,
            remote: RemoteTrack::default(),
        }
    }
}
