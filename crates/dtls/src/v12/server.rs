//! A server's handshake: sends flights 4 and 6.

use strata_core::{Instant, tracing};
use strata_crypto::{
    key_exchange::{EphemeralKey, Group},
    signature::{self, PublicKey, Scheme},
};

use super::{Established, Progress, Secrets, Session, expect, no_agreement, verify_finished};
use crate::{
    CipherSuite, CloseReason, Role, SrtpProfile,
    context::Context,
    identity::Verdict,
    transcript::{Draft, Transcript},
    wire::{
        DTLS_1_2,
        certificate::{CertificateRequest, Signed, parse_chain, write_chain},
        client_hello::ClientHello,
        handshake::{Message, MessageType},
        key_exchange::{parse_public_key, write_parameters},
        server_hello::ServerHello,
    },
};

/// What is waited for.
#[derive(Debug)]
pub(crate) enum State {
    /// The client's Certificate.
    Certificate(AwaitCertificate),
    /// Its `ClientKeyExchange`.
    KeyExchange(AwaitKeyExchange),
    /// Its `CertificateVerify`.
    Verify(AwaitVerify),
    /// Its Finished.
    Finished(AwaitFinished),
    /// Nothing of the client's: our owner has to say which certificate it may have.
    Fingerprint(AwaitFinished),
}

#[derive(Debug)]
pub(crate) struct AwaitCertificate {
    session: Session,
    key: EphemeralKey,
}

#[derive(Debug)]
pub(crate) struct AwaitKeyExchange {
    session: Session,
    key: EphemeralKey,
    peer_key: PublicKey,
}

#[derive(Debug)]
pub(crate) struct AwaitVerify {
    session: Session,
    secrets: Secrets,
    peer_key: PublicKey,
}

#[derive(Debug)]
pub(crate) struct AwaitFinished {
    session: Session,
    secrets: Secrets,
}

/// Takes the `ClientHello` that counts, and sends flight 4.
pub(crate) fn begin(
    context: &mut Context,
    now: Instant,
    message: &Message,
    hello: &ClientHello<'_>,
) -> Result<State, CloseReason> {
    let (suite, group) = select(context, hello)?;
    context.begin(now);
    let config = &context.config;
    let srtp = hello.extensions.srtp_profiles.and_then(|offered| {
        let is_offered =
            |profile: &SrtpProfile| profile.dtls_id().is_some_and(|id| offered.contains(id));
        config.srtp_profiles.iter().copied().find(is_offered)
    });
    let mut session = Session {
        suite,
        srtp,
        client_random: hello.random,
        // RFC 8446 §4.1.3: only servers that know DTLS 1.3 mark a downgrade in here.
        server_random: context.entropy.array(),
        extended: hello.extensions.extended_master_secret,
        transcript: Transcript::default(),
    };
    session.transcript.add(message);
    let key = context.draw_key(group)?;
    send_flight(context, now, &mut session, &key, hello)?;
    tracing::debug!(?suite, ?group, ?srtp, "client hello");
    Ok(State::Certificate(AwaitCertificate { session, key }))
}

/// The cipher suite and the group, by our preference.
fn select(context: &Context, hello: &ClientHello<'_>) -> Result<(CipherSuite, Group), CloseReason> {
    let (config, extensions) = (&context.config, &hello.extensions);
    // RFC 7627 §5.2: a server that requires it aborts.
    if config.require_extended_master_secret && !extensions.extended_master_secret {
        return Err(CloseReason::NoExtendedMasterSecret);
    }
    if !hello.compression_methods.contains(&0) {
        return Err(CloseReason::IllegalParameter);
    }
    let suite = config
        .cipher_suites
        .iter()
        .find(|suite| suite.is_ecdsa() && hello.cipher_suites.contains(suite.code()))
        .ok_or(CloseReason::NoCommonCipherSuite)?;
    let group = match extensions.groups {
        Some(offered) => config
            .groups
            .iter()
            .find(|group| offered.contains(group.code())),
        // RFC 8422 §4: then the choice is the server's.
        None => config.groups.first(),
    }
    .ok_or(CloseReason::NoCommonGroup)?;
    // RFC 5246 §7.4.1.4.1: without the extension it would be SHA-1, which is not done here.
    let scheme = config.certificate.scheme().code();
    if !extensions
        .signature_schemes
        .is_some_and(|schemes| schemes.contains(scheme))
    {
        return Err(CloseReason::NoCommonSignatureScheme);
    }
    Ok((*suite, *group))
}

fn send_flight(
    context: &mut Context,
    now: Instant,
    session: &mut Session,
    key: &EphemeralKey,
    hello: &ClientHello<'_>,
) -> Result<(), CloseReason> {
    let certificate = context.config.certificate.clone();
    let mut parameters = Vec::new();
    write_parameters(&mut parameters, key.group().code(), key.public_key())?;
    let signature = certificate
        .sign(&session.signed_parameters(&parameters))
        .map_err(|_| CloseReason::Crypto)?;
    let answer = ServerHello {
        version: DTLS_1_2,
        random: session.server_random,
        cipher_suite: session.suite.code(),
        compression_method: 0,
        srtp_profile: session.srtp.and_then(SrtpProfile::dtls_id),
        extended_master_secret: session.extended,
        renegotiation_info: hello.knows_secure_renegotiation(),
        point_formats: hello.extensions.point_formats,
    };
    let mut draft = Draft::new(&mut session.transcript, &mut context.sequence);
    draft.message(MessageType::ServerHello, |out| answer.write(out))?;
    draft.message(MessageType::Certificate, |out| {
        write_chain(out, Some(certificate.der()))
    })?;
    draft.message(MessageType::ServerKeyExchange, |out| {
        out.extend_from_slice(&parameters);
        Signed {
            scheme: certificate.scheme().code(),
            signature: &signature,
        }
        .write(out)
    })?;
    draft.message(MessageType::CertificateRequest, |out| {
        CertificateRequest::write(out, Scheme::ALL.map(Scheme::code))
    })?;
    draft.message(MessageType::ServerHelloDone, |_| Ok(()))?;
    let items = draft.finish();
    context.flight.send(now, items, true);
    Ok(())
}

impl State {
    /// Takes the client's next message.
    pub(crate) fn handle(
        self,
        context: &mut Context,
        now: Instant,
        message: &Message,
    ) -> Result<Progress<Self>, CloseReason> {
        match self {
            Self::Certificate(state) => state.handle(context, message).map(Progress::Waiting),
            Self::KeyExchange(state) => state.handle(context, message).map(Progress::Waiting),
            Self::Verify(state) => state.handle(message).map(Progress::Waiting),
            Self::Finished(state) => state.handle(context, now, message),
            Self::Fingerprint(_) => Err(CloseReason::UnexpectedMessage),
        }
    }

    /// Goes on if the fingerprint is there that was waited for.
    pub(crate) fn resume(
        self,
        context: &mut Context,
        now: Instant,
    ) -> Result<Progress<Self>, CloseReason> {
        match self {
            Self::Fingerprint(state) => state.answer(context, now),
            Self::Certificate(_) | Self::KeyExchange(_) | Self::Verify(_) | Self::Finished(_) => {
                Ok(Progress::Waiting(self))
            }
        }
    }
}

impl AwaitCertificate {
    fn handle(mut self, context: &mut Context, message: &Message) -> Result<State, CloseReason> {
        expect(message, MessageType::Certificate)?;
        let peer_key = context
            .identity
            .set_certificate(parse_chain(message.reader())?)?;
        self.session.transcript.add(message);
        Ok(State::KeyExchange(AwaitKeyExchange {
            session: self.session,
            key: self.key,
            peer_key,
        }))
    }
}

impl AwaitKeyExchange {
    fn handle(mut self, context: &mut Context, message: &Message) -> Result<State, CloseReason> {
        expect(message, MessageType::ClientKeyExchange)?;
        let public_key = parse_public_key(message.reader())?;
        self.session.transcript.add(message);
        let secrets = self
            .key
            .agree(public_key, |secret| Secrets::derive(&self.session, secret))
            .map_err(no_agreement)?;
        context.writer.protection = secrets.protection(Role::Server);
        Ok(State::Verify(AwaitVerify {
            session: self.session,
            secrets,
            peer_key: self.peer_key,
        }))
    }
}

impl AwaitVerify {
    fn handle(mut self, message: &Message) -> Result<State, CloseReason> {
        expect(message, MessageType::CertificateVerify)?;
        let signed = Signed::parse(message.reader())?;
        let scheme = Scheme::from_code(signed.scheme).ok_or(CloseReason::IllegalParameter)?;
        // RFC 5246 §7.4.8: over everything before this message.
        let transcript = self.session.transcript.bytes();
        signature::verify(scheme, &self.peer_key, transcript, signed.signature)
            .map_err(|_| CloseReason::BadSignature)?;
        self.session.transcript.add(message);
        Ok(State::Finished(AwaitFinished {
            session: self.session,
            secrets: self.secrets,
        }))
    }
}

impl AwaitFinished {
    fn handle(
        mut self,
        context: &mut Context,
        now: Instant,
        message: &Message,
    ) -> Result<Progress<State>, CloseReason> {
        let expected = self.secrets.finished(Role::Client, &self.session);
        verify_finished(message, &expected)?;
        self.session.transcript.add(message);
        context.flight.answered();
        self.answer(context, now)
    }

    /// Sends flight 6, once the client is known to be the right one. Until then it believes that its own
    /// flight was lost, and sends no data that would have to wait here.
    fn answer(
        mut self,
        context: &mut Context,
        now: Instant,
    ) -> Result<Progress<State>, CloseReason> {
        match context.identity.verdict() {
            Verdict::Unknown => return Ok(Progress::Waiting(State::Fingerprint(self))),
            Verdict::Mismatch => return Err(CloseReason::FingerprintMismatch),
            Verdict::Verified => {}
        }
        let verify_data = self.secrets.finished(Role::Server, &self.session);
        let mut draft = Draft::new(&mut self.session.transcript, &mut context.sequence);
        draft.change_cipher_spec();
        draft.message(MessageType::Finished, |out| {
            out.extend_from_slice(&verify_data);
            Ok(())
        })?;
        let items = draft.finish();
        context.writer.switched = true;
        // RFC 6347 §4.2.4: no timer runs for the last flight; the client asks for it by sending its own again.
        context.flight.send(now, items, false);
        Ok(Progress::Done(Established {
            secrets: self.secrets,
            srtp: self.session.srtp,
        }))
    }
}

#[cfg(test)]
pub(crate) mod tests;
