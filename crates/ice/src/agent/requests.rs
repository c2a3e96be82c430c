//! Answering the checks of the other side (RFC 8445 §7.3).

use std::collections::VecDeque;

use strata_core::{Instant, Path, Protocol, tracing};
use strata_stun::{
    AttributeType, Class, ErrorCode, IceControlled, IceControlling, Integrity, IntegrityError,
    Message, Method, Priority, TransactionId, UseCandidate, Username,
};

use super::{
    Agent,
    nomination::Nomination,
    output::{Answer, KNOWN, Outgoing, Response},
    responses::Asked,
};
use crate::{
    Limits, Role,
    pair::{PairId, PairState},
    session::Generation,
    stats::count,
};

/// Checks that came before the credentials of their sender, oldest first.
#[derive(Debug, Default)]
pub(super) struct EarlyChecks {
    checks: VecDeque<EarlyCheck>,
    /// How long all their fragments are, in bytes.
    bytes: usize,
}

impl EarlyChecks {
    /// Keeps a check. Returns how many of the oldest were dropped, to stay within the limits.
    fn keep(&mut self, ufrag: &str, check: IncomingCheck, limits: &Limits) -> usize {
        let same = |known: &EarlyCheck| known.check.path == check.path && *known.ufrag == *ufrag;
        let position = self.checks.iter().position(same);
        let known = position.and_then(|index| self.checks.remove(index));
        let mut kept = known.unwrap_or_else(|| {
            self.bytes = self.bytes.saturating_add(ufrag.len());
            EarlyCheck {
                ufrag: ufrag.into(),
                check,
            }
        });
        kept.check.use_candidate |= check.use_candidate;
        kept.check.nomination = kept.check.nomination.max(check.nomination);
        self.checks.push_back(kept);
        let mut dropped = 0_usize;
        while self.checks.len() > limits.early_checks || self.bytes > limits.early_check_bytes {
            let Some(oldest) = self.checks.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(oldest.ufrag.len());
            dropped = dropped.saturating_add(1);
        }
        dropped
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A check that came before the credentials of its sender (RFC 8445 §7.3). It was answered at once. What else it causes
/// has to wait for the credentials.
#[derive(Debug)]
struct EarlyCheck {
    /// The user name fragment that its sender claims to have.
    ufrag: Box<str>,
    check: IncomingCheck,
}

/// A check of the other side that was found to be authentic.
#[derive(Clone, Copy, Debug)]
pub(super) struct IncomingCheck {
    path: Path,
    /// The index of the host candidate it was received on.
    local: usize,
    priority: Option<u32>,
    id: TransactionId,
    use_candidate: bool,
    /// The value of its NOMINATION attribute.
    nomination: Option<u32>,
}

/// Why a request is not authentic.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    BadRequest,
    Unauthenticated,
}

/// What is known of an authentic request: the session whose password has signed it, the attribute that holds the
/// signature, and the fragment that the sender claims to have.
struct Authentic<'a> {
    generation: Generation,
    integrity: Integrity,
    ufrag: &'a str,
}

impl Agent {
    /// Reads a datagram. What cannot be a Binding message for this agent is dropped here, before any sum is computed of
    /// it, and without a look at the pairs.
    pub(super) fn handle_datagram(&mut self, now: Instant, path: &Path, payload: &[u8]) -> bool {
        let Ok(message) = Message::parse(payload) else {
            count(&mut self.stats.drops.malformed);
            return false;
        };
        if message.method() != Method::BINDING {
            count(&mut self.stats.drops.method);
            return false;
        }
        let asked = match message.class() {
            Class::Request | Class::Indication => None,
            Class::Success | Class::Error => {
                let Some(asked) = self.find_transaction(message.transaction_id()) else {
                    count(&mut self.stats.drops.unknown_transaction);
                    return false;
                };
                Some(asked)
            }
        };
        self.handle_message(now, *path, asked, &message)
    }

    /// Checks the FINGERPRINT of a Binding message, and handles it: as the answer to what was asked, or by its class.
    /// Returns whether it was authentic, so that something may have changed.
    #[inline(never)]
    fn handle_message(
        &mut self,
        now: Instant,
        path: Path,
        asked: Option<Asked>,
        message: &Message<'_>,
    ) -> bool {
        let drops = &mut self.stats.drops;
        // RFC 8445 §7.3: the agent MUST utilize the FINGERPRINT mechanism.
        if message.verify_fingerprint() != Some(true) {
            count(&mut drops.fingerprint);
            return false;
        }
        let local = self.candidates.host_at(path.local);
        let Some(local) = local.filter(|_| path.protocol == Protocol::Udp) else {
            count(&mut drops.unknown_local_address);
            return false;
        };
        match asked {
            Some(asked) => self.handle_response(now, path, asked, message),
            None if message.class() == Class::Request => {
                self.handle_request(now, path, local, message)
            }
            // RFC 8445 §11: an indication is a keepalive, and calls for no reaction.
            None => {
                count(&mut self.stats.indications_received);
                false
            }
        }
    }

    fn handle_request(
        &mut self,
        now: Instant,
        path: Path,
        local: usize,
        message: &Message<'_>,
    ) -> bool {
        let Authentic {
            generation,
            integrity,
            ufrag,
        } = match self.authenticate(message) {
            Ok(authentic) => authentic,
            Err(refusal) => {
                self.refuse(path, message, refusal);
                return false;
            }
        };
        let sign = Some((generation, integrity));
        let unknown: Vec<AttributeType> = message.unknown_attributes(KNOWN).take(8).collect();
        if !unknown.is_empty() {
            count(&mut self.stats.drops.unknown_attributes);
            self.respond(path, message, sign, Answer::Unknown(unknown));
            return true;
        }
        let fields = Fields::read(message);
        let known = self.candidates.remote_at(path.remote).is_some();
        // A source address that is new becomes a candidate, which needs the priority (RFC 8445 §7.1.1).
        let Some(fields) = fields.filter(|fields| known || fields.priority.is_some()) else {
            count(&mut self.stats.drops.bad_request);
            self.respond(path, message, sign, Answer::Error(ErrorCode::BAD_REQUEST));
            return true;
        };
        count(&mut self.stats.requests_received);
        if generation == Generation::Previous {
            // The other side has not followed the restart yet, and asks for consent on the old pair.
            self.respond(path, message, sign, Answer::Mapped);
            if let Some(previous) = &mut self.previous
                && previous.selected.path == path
            {
                count(&mut previous.record.received);
                previous.liveness.heard(now);
            }
            return true;
        }
        if self.has_role_conflict(&fields) {
            count(&mut self.search.troubles.role_conflicts);
            self.respond(path, message, sign, Answer::Error(ErrorCode::ROLE_CONFLICT));
            return true;
        }
        self.respond(path, message, sign, Answer::Mapped);
        let check = IncomingCheck {
            path,
            local,
            id: message.transaction_id(),
            priority: fields.priority,
            use_candidate: fields.use_candidate,
            nomination: fields.nomination,
        };
        match self
            .remote_credentials()
            .map(|known| known.ufrag() == ufrag)
        {
            Some(true) => self.handle_check(now, check),
            Some(false) => count(&mut self.stats.drops.other_session),
            None => {
                let limits = &self.config.limits;
                for _ in 0..self.search.early.keep(ufrag, check, limits) {
                    count(&mut self.stats.drops.overload);
                }
            }
        }
        true
    }

    /// RFC 8489 §9.1.3.
    fn authenticate<'a>(&self, message: &Message<'a>) -> Result<Authentic<'a>, Refusal> {
        let username = message.get::<Username<'a>>();
        let Username(username) = username.ok().flatten().ok_or(Refusal::BadRequest)?;
        // RFC 8445 §7.3: two values separated by a colon, the first being our own fragment.
        let (own, ufrag) = username.split_once(':').ok_or(Refusal::Unauthenticated)?;
        let (generation, session) = self
            .sessions
            .of_local(own)
            .ok_or(Refusal::Unauthenticated)?;
        let integrity =
            message
                .verify_integrity(&session.local.key)
                .map_err(|error| match error {
                    IntegrityError::Missing => Refusal::BadRequest,
                    IntegrityError::Mismatch | _ => Refusal::Unauthenticated,
                })?;
        Ok(Authentic {
            generation,
            integrity,
            ufrag,
        })
    }

    /// RFC 8489 §9.1.3: answers with an error that is not signed. The answer is hardly longer than the shortest request
    /// that gets one, so that forged source addresses gain an attacker nothing.
    fn refuse(&mut self, path: Path, message: &Message<'_>, refusal: Refusal) {
        tracing::trace!(remote = %path.remote, ?refusal, "request refused");
        let drops = &mut self.stats.drops;
        let code = match refusal {
            Refusal::BadRequest => {
                count(&mut drops.bad_request);
                400
            }
            Refusal::Unauthenticated => {
                count(&mut drops.unauthenticated);
                self.note_refused_request();
                401
            }
        };
        let error = ErrorCode { code, reason: "" };
        self.respond(path, message, None, Answer::Error(error));
    }

    fn respond(
        &mut self,
        path: Path,
        message: &Message<'_>,
        sign: Option<(Generation, Integrity)>,
        answer: Answer,
    ) {
        if self.answers_waiting >= self.config.limits.responses {
            count(&mut self.stats.drops.overload);
            return;
        }
        self.answers_waiting = self.answers_waiting.saturating_add(1);
        self.outgoing.push_back(Outgoing::Response(Response {
            path,
            id: message.transaction_id(),
            sign,
            answer,
        }));
    }

    /// RFC 8445 §7.3.1.1: whether the other side has to change its role, and is answered 487. If it is this side that
    /// has to, the role is changed here, and the answer is `false`.
    fn has_role_conflict(&mut self, fields: &Fields) -> bool {
        let theirs = match self.role {
            Role::Controlling => fields.controlling,
            Role::Controlled => fields.controlled,
        };
        let Some(theirs) = theirs else {
            return false;
        };
        // The side with the larger tie-breaker controls. If both are equal, it is the side that received the request.
        let to_control = self.tie_breaker >= theirs;
        if to_control == (self.role == Role::Controlling) {
            return true;
        }
        count(&mut self.stats.role_conflicts);
        self.take_role(self.role.other());
        false
    }

    /// The credentials are known now: does what the early checks of their owner call for (RFC 8445 §7.3).
    pub(super) fn handle_early_checks(&mut self, now: Instant) {
        for early in std::mem::take(&mut self.search.early).checks {
            let known = self.remote_credentials();
            if known.is_some_and(|known| known.ufrag() == &*early.ufrag) {
                self.handle_check(now, early.check);
            } else {
                count(&mut self.stats.drops.other_session);
            }
        }
    }

    /// An authentic check of the current session may reveal a peer-reflexive candidate. It triggers a check of the same
    /// pair, and it may nominate that pair (RFC 8445 §7.3.1.3 to §7.3.1.5).
    fn handle_check(&mut self, now: Instant, check: IncomingCheck) {
        let known = self.checklist.find(check.path);
        let Some(id) = known.or_else(|| self.learn_pair(now, check)) else {
            return;
        };
        let nominates = self.role == Role::Controlled
            && (check.use_candidate || (check.nomination.is_some() && self.renominates()));
        let Some(pair) = self.checklist.get_mut(id) else {
            return;
        };
        count(&mut pair.record.received);
        if pair.revoked {
            count(&mut self.stats.drops.consent_lost);
            return;
        }
        pair.liveness.heard(now);
        pair.peer_priority = check.priority.or(pair.peer_priority);
        let copy = pair.nominated_by == Some(check.id);
        if let Some(state) = pair.state.trigger() {
            let under_way = (pair.state == PairState::InProgress).then_some(pair.check);
            pair.state = state;
            self.cancel(under_way.flatten());
            self.checklist.trigger(id);
            // A pair that is there again, or a new one: there is hope.
            self.search.failed = false;
        }
        if known.is_none() {
            self.follow_moved_source(now, id);
        }
        if nominates && !copy {
            if let Some(pair) = self.checklist.get_mut(id) {
                pair.nominated_by = Some(check.id);
            }
            self.nominated_by_remote(now, id, check.nomination);
        }
    }

    /// Adds the pair of a check that came from a new address, perhaps because a NAT has given the other side another
    /// one.
    fn learn_pair(&mut self, now: Instant, check: IncomingCheck) -> Option<PairId> {
        let filter = &self.config.remote_addresses;
        let ip = check.path.remote.ip();
        let known = self.candidates.remote_at(check.path.remote);
        if known.is_none() && !self.candidates.may_send_to(ip, filter) {
            count(&mut self.stats.drops.refused_address);
            return None;
        }
        let Some(remote) = known.or_else(|| self.learn_remote(now, check)) else {
            count(&mut self.stats.drops.overload);
            return None;
        };
        self.add_pair(now, (check.local, remote))
    }

    /// Adds the source address of a check as a peer-reflexive candidate; `None` if the table is full of candidates that
    /// are needed.
    fn learn_remote(&mut self, now: Instant, check: IncomingCheck) -> Option<usize> {
        let priority = check.priority?;
        let evictable = self.evictable_remote(now);
        let limits = &self.config.limits;
        let address = check.path.remote;
        let learned = self
            .candidates
            .learn_remote(address, priority, limits, evictable)?;
        tracing::debug!(remote = %address, "peer-reflexive remote candidate");
        self.forget_evicted(learned, evictable);
        Some(learned)
    }
}

/// The values of a check's attributes.
struct Fields {
    priority: Option<u32>,
    use_candidate: bool,
    nomination: Option<u32>,
    controlling: Option<u64>,
    controlled: Option<u64>,
}

impl Fields {
    /// `None` if one of the attributes is malformed.
    fn read(message: &Message<'_>) -> Option<Self> {
        Some(Self {
            priority: message.get().ok()?.map(|Priority(value)| value),
            use_candidate: message.get::<UseCandidate>().ok()?.is_some(),
            // It is from no standard: one that cannot be read is none.
            nomination: message.get().ok().flatten().map(|Nomination(value)| value),
            controlling: message.get().ok()?.map(|IceControlling(value)| value),
            controlled: message.get().ok()?.map(|IceControlled(value)| value),
        })
    }
}
