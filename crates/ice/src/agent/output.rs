//! Writes the datagrams of the queue, each when the owner polls it.

use strata_core::Path;
use strata_stun::{
    AttributeType, Class, ErrorCode, IceControlled, IceControlling, Integrity, MessageWriter,
    Method, Priority, TransactionId, UseCandidate, Username, XorMappedAddress,
};

use super::{Agent, nomination::Nomination, selection::Choice};
use crate::{
    Role,
    session::{Generation, Session},
    stats::count,
};

/// A datagram that waits to be written.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// The check with this id: its first transmission or a retransmission.
    Check(TransactionId),
    /// A consent check.
    Consent(Choice, TransactionId),
    /// An answer.
    Response(Response),
}

/// An answer to a request.
#[derive(Debug)]
pub(super) struct Response {
    /// The path of the request: our address and the sender's.
    pub(super) path: Path,
    pub(super) id: TransactionId,
    /// Which session's password signs it, and by which attribute. `None` if the request was not authentic.
    pub(super) sign: Option<(Generation, Integrity)>,
    pub(super) answer: Answer,
}

/// What a response says.
#[derive(Debug)]
pub(super) enum Answer {
    /// Success, with the address that the request came from.
    Mapped,
    Error(ErrorCode<'static>),
    /// Error 420, with the attributes that are unknown here.
    Unknown(Vec<AttributeType>),
}

/// What is not the same in all requests of an agent.
struct Request {
    id: TransactionId,
    role: Role,
    tie_breaker: u64,
    priority: u32,
    use_candidate: bool,
    nomination: Option<u32>,
}

impl Agent {
    /// Appends the datagram, and returns its path. `None` if it need not be sent any more.
    pub(super) fn write(&mut self, outgoing: &Outgoing, out: &mut Vec<u8>) -> Option<Path> {
        match outgoing {
            Outgoing::Check(id) => self.write_check(*id, out),
            Outgoing::Consent(choice, id) => self.write_consent(*choice, *id, out),
            Outgoing::Response(response) => {
                // A second restart has forgotten the session of the request, and with it the password to sign with.
                if response.sign.is_some() && self.session_of(response).is_none() {
                    return None;
                }
                write_response(response, self.session_of(response), out)?;
                count(&mut self.stats.responses_sent);
                Some(response.path)
            }
        }
    }

    fn write_check(&mut self, id: TransactionId, out: &mut Vec<u8>) -> Option<Path> {
        let check = self.search.checks.get_mut(&id)?;
        check.queued = false;
        let repeated = check.timer.sends() > 1;
        let pair = self.checklist.get_mut(check.pair)?;
        let request = Request {
            id,
            role: check.role,
            tie_breaker: check.tie_breaker,
            priority: self.candidates.local(pair.local)?.reflexive_priority(),
            use_candidate: check.use_candidate,
            nomination: check.nomination,
        };
        write_request(&request, &self.sessions.current, out)?;
        count(&mut pair.record.sent);
        count(&mut self.stats.requests_sent);
        if repeated {
            count(&mut self.stats.retransmissions_sent);
        }
        Some(pair.path)
    }

    fn write_consent(
        &mut self,
        choice: Choice,
        id: TransactionId,
        out: &mut Vec<u8>,
    ) -> Option<Path> {
        let (path, session, nominated) = match choice {
            Choice::Pair(pair) => {
                let pair = self.checklist.get(pair)?;
                pair.liveness.sent_at(id)?;
                (pair.path, &self.sessions.current, pair.nominated.is_some())
            }
            Choice::Previous => {
                let previous = self.previous.as_ref()?;
                previous.liveness.sent_at(id)?;
                let session = self.sessions.previous.as_ref()?;
                (previous.selected.path, session, previous.nominated)
            }
        };
        let local = self.candidates.host_at(path.local)?;
        let lite = self.search.remote_options.lite;
        let request = Request {
            id,
            role: self.role,
            tie_breaker: self.tie_breaker,
            priority: self.candidates.local(local)?.reflexive_priority(),
            // A lite side sends to where the last check with USE-CANDIDATE came from. So it follows when a NAT has
            // given this side another address.
            use_candidate: nominated && lite && self.role == Role::Controlling,
            nomination: None,
        };
        write_request(&request, session, out)?;
        if let Some(record) = self.record_of(choice) {
            count(&mut record.sent);
        }
        count(&mut self.stats.requests_sent);
        count(&mut self.stats.consent_requests_sent);
        Some(path)
    }

    fn session_of(&self, response: &Response) -> Option<&Session> {
        let (generation, _) = response.sign?;
        self.sessions.get(generation)
    }
}

/// RFC 8445 §7.1, §7.2.2: a Binding request with short-term credentials and FINGERPRINT.
fn write_request(request: &Request, session: &Session, out: &mut Vec<u8>) -> Option<()> {
    let remote = session.remote.as_ref()?;
    let mut writer = MessageWriter::new(out, Class::Request, Method::BINDING, request.id)
        .push(&Username(&remote.username));
    writer = match request.role {
        Role::Controlling => writer.push(&IceControlling(request.tie_breaker)),
        Role::Controlled => writer.push(&IceControlled(request.tie_breaker)),
    };
    writer = writer.push(&Priority(request.priority));
    if request.use_candidate {
        writer = writer.push(&UseCandidate);
    }
    if let Some(value) = request.nomination {
        writer = writer.push(&Nomination(value));
    }
    writer
        .integrity(&remote.side.key)
        .fingerprint()
        .finish()
        .ok()
}

/// RFC 8489 §6.3.1: success with the source address, or an error.
fn write_response(response: &Response, session: Option<&Session>, out: &mut Vec<u8>) -> Option<()> {
    let class = match response.answer {
        Answer::Mapped => Class::Success,
        Answer::Error(_) | Answer::Unknown(_) => Class::Error,
    };
    let writer = MessageWriter::new(out, class, Method::BINDING, response.id);
    let writer = match &response.answer {
        Answer::Mapped => writer.push(&XorMappedAddress(response.path.remote)),
        Answer::Error(error) => writer.push(error),
        Answer::Unknown(unknown) => writer
            .push(&ErrorCode::UNKNOWN_ATTRIBUTE)
            .unknown_attributes(unknown.iter().copied()),
    };
    let writer = match (response.sign, session) {
        (Some((_, Integrity::Sha1)), Some(session)) => writer.integrity(&session.local.key),
        (Some((_, Integrity::Sha256)), Some(session)) => {
            writer.integrity_sha256(&session.local.key)
        }
        (None, _) | (Some(_), None) => writer,
    };
    writer.fingerprint().finish().ok()
}

/// The comprehension-required attributes that a check or its answer may carry.
pub(super) const KNOWN: &[AttributeType] = &[
    AttributeType::MAPPED_ADDRESS,
    AttributeType::USERNAME,
    AttributeType::ERROR_CODE,
    AttributeType::UNKNOWN_ATTRIBUTES,
    AttributeType::REALM,
    AttributeType::NONCE,
    AttributeType::XOR_MAPPED_ADDRESS,
    AttributeType::PRIORITY,
    AttributeType::USE_CANDIDATE,
];
