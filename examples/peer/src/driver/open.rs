//! Opening of sessions, by their first descriptions.

use std::{fmt::Display, sync::Arc};

use strata_peer::{
    Config, Description, DescriptionError, Direction, Entropy, Instant, Peer, Transceiver,
    TransceiverId,
    sdp::{Media, Session as Sdp},
};

use super::{
    CommandError, Driver, Opened, Opening, handle::MakeApplication, sessions::Session, trickle,
};

impl Driver {
    pub(super) fn open(
        &mut self,
        now: Instant,
        opening: Opening,
        application: MakeApplication,
    ) -> Result<Opened, CommandError> {
        if self.shutdown.is_some() {
            return Err(CommandError::ShuttingDown);
        }
        if self.sessions.len() >= self.max_sessions {
            self.sessions.make_room(now);
        }
        if self.sessions.len() >= self.max_sessions {
            return Err(CommandError::TooManySessions(self.max_sessions));
        }
        let mut config = Config::new(Arc::clone(&self.certificate));
        config.max_segments = self.socket.max_segments().min(super::MAX_SEGMENTS);
        config.close_after_failed = Some(self.keep_failed);
        config.sctp.implicit_channels = self.implicit_channels;
        config.codecs = Arc::clone(&self.codecs);
        config.keeps = self.keeps;
        let mut entropy = Entropy::system();
        let id = session_name(&mut entropy);
        let mut peer = Peer::new(config, entropy);
        for address in self.socket.candidates(now) {
            if let Err(error) = peer.add_local_candidate(now, address) {
                tracing::debug!(%error, %address, "not a candidate");
            }
        }
        if let Err(error) = peer.end_of_local_candidates(now) {
            tracing::debug!(%error, "not told that there are no more candidates");
        }
        let (local, remote) = match opening {
            Opening::Answer { offer } => {
                peer.set_remote_description(now, Description::offer(&*offer))?;
                for (transceiver, direction) in answers(&peer, &offer) {
                    peer.set_direction(transceiver, direction);
                }
                let answer = peer.create_answer(now)?;
                if is_rejected(&answer.sdp) {
                    return Err(bad("no media section of the offer can be accepted"));
                }
                (answer, Some(offer))
            }
            Opening::Offer { prepare } => {
                prepare(now, &mut peer).map_err(bad)?;
                (peer.create_offer(now)?, None)
            }
        };
        peer.set_local_description(now, local)?;
        let opened = Opened {
            id: id.clone(),
            sdp: peer.local_description().unwrap_or_default(),
            tag: trickle::entity_tag(peer.local_credentials()),
        };
        self.sessions
            .insert(Session::new(now, id, peer, application(now), remote))
            .map_err(|full| CommandError::TooManySessions(full.limit))?;
        Ok(opened)
    }
}

impl Session {
    /// Takes the answer to our offer.
    pub(super) fn answer(&mut self, now: Instant, answer: String) -> Result<(), CommandError> {
        self.peer
            .set_remote_description(now, Description::answer(&*answer))?;
        self.remote = Some(answer);
        Ok(())
    }
}

/// What we do in the sections of an offer: what comes can go back, and nothing else is sent.
fn answers(peer: &Peer, offer: &str) -> Vec<(TransceiverId, Direction)> {
    let offer = Sdp::parse(offer).ok();
    let offered = |transceiver: &Transceiver| {
        let offer = offer.as_ref()?;
        let mid = strata_peer::sdp::Mid::new(transceiver.mid()?.as_str()).ok()?;
        let (_, media) = offer.media_by_mid(&mid)?;
        Some(offer.direction_of(media))
    };
    peer.transceivers()
        .map(|transceiver| {
            let comes = offered(transceiver).is_none_or(Direction::sends);
            let direction = if comes {
                Direction::SendRecv
            } else {
                Direction::Inactive
            };
            (transceiver.id(), direction)
        })
        .collect()
}

/// Whether an answer has nothing that could be echoed.
fn is_rejected(answer: &str) -> bool {
    Sdp::parse(answer).is_ok_and(|answer| answer.media.iter().all(Media::is_rejected))
}

impl From<DescriptionError> for CommandError {
    fn from(error: DescriptionError) -> Self {
        if matches!(error, DescriptionError::WrongState { .. }) {
            return Self::Conflict(format!("this session waits for no answer: {error}"));
        }
        bad(error)
    }
}

pub(super) fn bad(error: impl Display) -> CommandError {
    CommandError::BadDescription(error.to_string())
}

/// 128 random bits in hexadecimal.
fn session_name(entropy: &mut Entropy) -> String {
    format!("{:032x}", u128::from_be_bytes(entropy.array()))
}
