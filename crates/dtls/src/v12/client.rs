//! A client's handshake: sends flights 1, 3 and 5.

use strata_core::{Instant, tracing, wire::Reader};
use strata_crypto::{
    key_exchange::Group,
    signature::{self, PublicKey, Scheme},
};

use super::{Established, Progress, Secrets, Session, expect, no_agreement, verify_finished};
use crate::{
    CipherSuite, CloseReason, Config, Role, SrtpProfile,
    context::Context,
    identity::Verdict,
    transcript::{Draft, Transcript},
    wire::{
        certificate::{CertificateRequest, Signed, parse_chain, write_chain},
        client_hello::Offer,
        handshake::{self, Fragment, Message, MessageType},
        key_exchange::{ServerKeyExchange, write_public_key},
        server_hello::{ServerHello, is_dtls_1_2},
    },
};

/// What is waited for.
#[derive(Debug)]
pub(crate) enum State {
    /// A `HelloVerifyRequest` or the `ServerHello`.
    Hello(AwaitHello),
    /// The server's Certificate.
    Certificate(AwaitCertificate),
    /// Its `ServerKeyExchange`.
    KeyExchange(AwaitKeyExchange),
    /// A `CertificateRequest` or the `ServerHelloDone`.
    HelloDone(AwaitHelloDone),
    /// Nothing of the server's: our owner has to say which certificate it may have.
    Fingerprint(AwaitHelloDone),
    /// The server's Finished.
    Finished(AwaitFinished),
}

#[derive(Debug)]
pub(crate) struct AwaitHello {
    random: [u8; 32],
    transcript: Transcript,
    /// The cookies that have been echoed.
    cookies: Vec<Vec<u8>>,
}

#[derive(Debug)]
pub(crate) struct AwaitCertificate {
    session: Session,
}

#[derive(Debug)]
pub(crate) struct AwaitKeyExchange {
    session: Session,
    peer_key: PublicKey,
}

#[derive(Debug)]
pub(crate) struct AwaitHelloDone {
    session: Session,
    group: Group,
    public_key: Vec<u8>,
    /// Whether the server wants our certificate.
    requested: bool,
}

#[derive(Debug)]
pub(crate) struct AwaitFinished {
    session: Session,
    secrets: Secrets,
}

/// Sends the first `ClientHello`.
pub(crate) fn start(context: &mut Context, now: Instant) -> Result<State, CloseReason> {
    let random = context.entropy.array();
    let transcript = offer(context, now, &random, b"")?;
    let cookies = Vec::new();
    Ok(State::Hello(AwaitHello {
        random,
        transcript,
        cookies,
    }))
}

/// The numbers of the SRTP profiles to offer; none of those that have no number in DTLS.
fn srtp_profiles(config: &Config) -> impl Iterator<Item = u16> {
    let profiles = config.srtp_profiles.iter().copied();
    profiles.filter_map(SrtpProfile::dtls_id)
}

/// Sends a `ClientHello`, with which a transcript begins.
fn offer(
    context: &mut Context,
    now: Instant,
    random: &[u8; 32],
    cookie: &[u8],
) -> Result<Transcript, CloseReason> {
    let config = &context.config;
    let cipher_suites: Vec<_> = config.cipher_suites.iter().map(|one| one.code()).collect();
    let groups: Vec<_> = config.groups.iter().map(|one| one.code()).collect();
    let srtp_profiles: Vec<_> = srtp_profiles(config).collect();
    let offer = Offer {
        random,
        cookie,
        cipher_suites: &cipher_suites,
        groups: &groups,
        signature_schemes: &Scheme::ALL.map(Scheme::code),
        srtp_profiles: &srtp_profiles,
    };
    let mut transcript = Transcript::default();
    let mut draft = Draft::new(&mut transcript, &mut context.sequence);
    draft.message(MessageType::ClientHello, |out| offer.write(out))?;
    let items = draft.finish();
    context.flight.send(now, items, true);
    Ok(transcript)
}

impl State {
    /// Takes the server's next message.
    pub(crate) fn handle(
        self,
        context: &mut Context,
        now: Instant,
        message: &Message,
    ) -> Result<Progress<Self>, CloseReason> {
        // RFC 5246 §7.4.1.1: during a handshake a HelloRequest is ignored, and in no transcript.
        if message.kind == MessageType::HelloRequest {
            return Ok(Progress::Waiting(self));
        }
        match self {
            Self::Hello(state) => state.handle(context, now, message).map(Progress::Waiting),
            Self::Certificate(state) => state.handle(context, message).map(Progress::Waiting),
            Self::KeyExchange(state) => state.handle(context, message).map(Progress::Waiting),
            Self::HelloDone(state) => state.handle(context, now, message).map(Progress::Waiting),
            Self::Fingerprint(_) => Err(CloseReason::UnexpectedMessage),
            Self::Finished(state) => state.handle(context, message),
        }
    }

    /// Goes on if the fingerprint is there that was waited for.
    pub(crate) fn resume(
        self,
        context: &mut Context,
        now: Instant,
    ) -> Result<Progress<Self>, CloseReason> {
        match self {
            Self::Fingerprint(state) => state.answer(context, now).map(Progress::Waiting),
            Self::Hello(_)
            | Self::Certificate(_)
            | Self::KeyExchange(_)
            | Self::HelloDone(_)
            | Self::Finished(_) => Ok(Progress::Waiting(self)),
        }
    }

    /// Whether this is a request for another cookie. A server that remembers nothing of its clients gives all its
    /// requests the same number.
    pub(crate) fn is_asked_again(&self, fragment: &Fragment<'_>) -> bool {
        let Self::Hello(AwaitHello { cookies, .. }) = self else {
            return false;
        };
        fragment.message_type == MessageType::HelloVerifyRequest
            && fragment.is_whole()
            && handshake::parse_verify_request(Reader::new(fragment.body))
                .is_ok_and(|cookie| cookies.iter().all(|echoed| echoed != cookie))
    }
}

/// How many cookies are echoed: servers ask again when they change their key (RFC 6347 §4.2.1), which
/// nobody does eight times in a handshake.
const MAX_COOKIES: usize = 8;

impl AwaitHello {
    fn handle(
        mut self,
        context: &mut Context,
        now: Instant,
        message: &Message,
    ) -> Result<State, CloseReason> {
        if message.kind == MessageType::HelloVerifyRequest && self.cookies.len() < MAX_COOKIES {
            let cookie = handshake::parse_verify_request(message.reader())
                .map_err(|_| CloseReason::Decode)?;
            // RFC 6347 §4.2.1: the same hello with the cookie; those before and the requests do not count.
            self.transcript = offer(context, now, &self.random, cookie)?;
            self.cookies.push(cookie.to_vec());
            return Ok(State::Hello(self));
        }
        expect(message, MessageType::ServerHello)?;
        let hello = ServerHello::parse(message.reader())?;
        let (suite, srtp) = accept(context, &hello)?;
        self.transcript.add(message);
        tracing::debug!(?suite, ?srtp, "server hello");
        Ok(State::Certificate(AwaitCertificate {
            session: Session {
                suite,
                srtp,
                client_random: self.random,
                server_random: hello.random,
                extended: hello.extended_master_secret,
                transcript: self.transcript,
            },
        }))
    }
}

/// What the server has picked, if we had offered it.
fn accept(
    context: &Context,
    hello: &ServerHello,
) -> Result<(CipherSuite, Option<SrtpProfile>), CloseReason> {
    if !is_dtls_1_2(hello.version) {
        return Err(CloseReason::NoCommonVersion);
    }
    // RFC 7627 §5.2: a client may abort, and does unless it is told not to.
    if context.config.require_extended_master_secret && !hello.extended_master_secret {
        return Err(CloseReason::NoExtendedMasterSecret);
    }
    let suite = CipherSuite::from_code(hello.cipher_suite)
        .filter(|suite| context.config.cipher_suites.contains(suite))
        .ok_or(CloseReason::IllegalParameter)?;
    if hello.compression_method != 0 {
        return Err(CloseReason::IllegalParameter);
    }
    let srtp = match hello.srtp_profile {
        None => None,
        Some(_) if srtp_profiles(&context.config).next().is_none() => {
            return Err(CloseReason::UnsupportedExtension);
        }
        // RFC 5764 §4.1.1: not one of those offered.
        Some(code) => Some(
            SrtpProfile::from_dtls_id(code)
                .filter(|profile| context.config.srtp_profiles.contains(profile))
                .ok_or(CloseReason::IllegalParameter)?,
        ),
    };
    Ok((suite, srtp))
}

impl AwaitCertificate {
    fn handle(mut self, context: &mut Context, message: &Message) -> Result<State, CloseReason> {
        expect(message, MessageType::Certificate)?;
        let peer_key = context
            .identity
            .set_certificate(parse_chain(message.reader())?)?;
        if !self.session.suite.goes_with(peer_key.kind()) {
            return Err(CloseReason::UnsupportedCertificate);
        }
        self.session.transcript.add(message);
        Ok(State::KeyExchange(AwaitKeyExchange {
            session: self.session,
            peer_key,
        }))
    }
}

impl AwaitKeyExchange {
    fn handle(mut self, context: &Context, message: &Message) -> Result<State, CloseReason> {
        expect(message, MessageType::ServerKeyExchange)?;
        let exchange = ServerKeyExchange::parse(message.reader())?;
        let group = Group::from_code(exchange.group)
            .filter(|group| context.config.groups.contains(group))
            .ok_or(CloseReason::IllegalParameter)?;
        let scheme =
            Scheme::from_code(exchange.signed.scheme).ok_or(CloseReason::IllegalParameter)?;
        let signed = self.session.signed_parameters(exchange.parameters);
        signature::verify(scheme, &self.peer_key, &signed, exchange.signed.signature)
            .map_err(|_| CloseReason::BadSignature)?;
        let public_key = exchange.public_key.to_vec();
        self.session.transcript.add(message);
        Ok(State::HelloDone(AwaitHelloDone {
            session: self.session,
            group,
            public_key,
            requested: false,
        }))
    }
}

impl AwaitHelloDone {
    fn handle(
        mut self,
        context: &mut Context,
        now: Instant,
        message: &Message,
    ) -> Result<State, CloseReason> {
        if message.kind == MessageType::CertificateRequest && !self.requested {
            expect(message, MessageType::CertificateRequest)?;
            let request = CertificateRequest::parse(message.reader())?;
            if !request.takes_ecdsa(context.config.certificate.scheme().code()) {
                return Err(CloseReason::NoCommonSignatureScheme);
            }
            self.session.transcript.add(message);
            self.requested = true;
            return Ok(State::HelloDone(self));
        }
        expect(message, MessageType::ServerHelloDone)?;
        handshake::empty(message.reader())?;
        self.session.transcript.add(message);
        context.flight.answered();
        self.answer(context, now)
    }

    /// Sends flight 5, once the server is known to be the right one.
    fn answer(mut self, context: &mut Context, now: Instant) -> Result<State, CloseReason> {
        match context.identity.verdict() {
            Verdict::Unknown => return Ok(State::Fingerprint(self)),
            Verdict::Mismatch => return Err(CloseReason::FingerprintMismatch),
            Verdict::Verified => {}
        }
        let certificate = context.config.certificate.clone();
        let key = context.draw_key(self.group)?;
        let mut draft = Draft::new(&mut self.session.transcript, &mut context.sequence);
        if self.requested {
            draft.message(MessageType::Certificate, |out| {
                write_chain(out, Some(certificate.der()))
            })?;
        }
        draft.message(MessageType::ClientKeyExchange, |out| {
            write_public_key(out, key.public_key())
        })?;
        let mut items = draft.finish();
        let secrets = key
            .agree(&self.public_key, |secret| {
                Secrets::derive(&self.session, secret)
            })
            .map_err(no_agreement)?;
        let mut draft = Draft::new(&mut self.session.transcript, &mut context.sequence);
        if self.requested {
            let signature = certificate
                .sign(draft.transcript().bytes())
                .map_err(|_| CloseReason::Crypto)?;
            draft.message(MessageType::CertificateVerify, |out| {
                Signed {
                    scheme: certificate.scheme().code(),
                    signature: &signature,
                }
                .write(out)
            })?;
        }
        let hash = draft.transcript().hash(self.session.suite.digest());
        let verify_data = secrets.finished_over(Role::Client, hash.as_ref());
        draft.change_cipher_spec();
        draft.message(MessageType::Finished, |out| {
            out.extend_from_slice(&verify_data);
            Ok(())
        })?;
        items.append(&mut draft.finish());
        context.writer.protection = secrets.protection(Role::Client);
        context.writer.switched = true;
        context.flight.send(now, items, true);
        Ok(State::Finished(AwaitFinished {
            session: self.session,
            secrets,
        }))
    }
}

impl AwaitFinished {
    fn handle(
        self,
        context: &mut Context,
        message: &Message,
    ) -> Result<Progress<State>, CloseReason> {
        let expected = self.secrets.finished(Role::Server, &self.session);
        verify_finished(message, &expected)?;
        // Our owner may have learnt of another certificate since flight 5.
        if context.identity.verdict() != Verdict::Verified {
            return Err(CloseReason::FingerprintMismatch);
        }
        context.flight.answered();
        Ok(Progress::Done(Established {
            secrets: self.secrets,
            srtp: self.session.srtp,
        }))
    }
}

#[cfg(test)]
pub(crate) mod tests;
