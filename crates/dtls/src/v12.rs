//! The handshake of DTLS 1.2 (RFC 5246 §7.3, RFC 6347 §4.2).
//!
//! ```text
//! client                                             server
//! ClientHello               -------->                            flight 1
//!                          <--------      HelloVerifyRequest     flight 2, if it wants a cookie
//! ClientHello (cookie)      -------->                            flight 3
//!                                                ServerHello
//!                                                Certificate
//!                                          ServerKeyExchange
//!                                         CertificateRequest
//!                          <--------         ServerHelloDone     flight 4
//! Certificate
//! ClientKeyExchange
//! CertificateVerify
//! [ChangeCipherSpec]
//! Finished                  -------->                            flight 5
//!                                         [ChangeCipherSpec]
//!                          <--------                Finished     flight 6
//! ```
//!
//! The epoch of a record says whether its sender has changed ciphers, and Finished must come in epoch 1; the
//! `ChangeCipherSpec` itself, which may overtake or be lost, says nothing more and is not waited for.

use strata_crypto::{digest::Digest, key_exchange::KeyExchangeError};

use crate::{
    CipherSuite, CloseReason, SrtpProfile,
    transcript::Transcript,
    wire::handshake::{Message, MessageType},
};

pub(crate) mod client;
mod secrets;
pub(crate) mod server;

pub(crate) use secrets::Secrets;

/// What the hellos have settled.
#[derive(Debug)]
pub(crate) struct Session {
    suite: CipherSuite,
    srtp: Option<SrtpProfile>,
    client_random: [u8; 32],
    server_random: [u8; 32],
    /// Whether the master secret is bound to the handshake (RFC 7627).
    extended: bool,
    transcript: Transcript,
}

impl Session {
    /// The hash of the handshake so far.
    fn hash(&self) -> Digest {
        self.transcript.hash(self.suite.digest())
    }

    /// What a `ServerKeyExchange`'s signature is over (RFC 8422 §5.4).
    fn signed_parameters(&self, parameters: &[u8]) -> Vec<u8> {
        [&self.client_random[..], &self.server_random, parameters].concat()
    }
}

/// How far a message has taken a handshake.
#[derive(Debug)]
pub(crate) enum Progress<S> {
    /// It goes on, in this state.
    Waiting(S),
    /// It is done.
    Done(Established),
}

/// What remains of a handshake.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) secrets: Secrets,
    pub(crate) srtp: Option<SrtpProfile>,
}

/// Why no secret was agreed on.
fn no_agreement(error: KeyExchangeError) -> CloseReason {
    match error {
        KeyExchangeError::InvalidPublicKey => CloseReason::IllegalParameter,
        KeyExchangeError::Generation | _ => CloseReason::Crypto,
    }
}

/// The body of `message`, which must be of this type and come in the clear.
fn expect(message: &Message, message_type: MessageType) -> Result<(), CloseReason> {
    if message.kind == message_type && message.epoch == 0 {
        Ok(())
    } else {
        Err(CloseReason::UnexpectedMessage)
    }
}

/// Checks the peer's Finished, which must be protected.
fn verify_finished(message: &Message, expected: &[u8]) -> Result<(), CloseReason> {
    if message.kind != MessageType::Finished || message.epoch != 1 {
        return Err(CloseReason::UnexpectedMessage);
    }
    if strata_crypto::constant_time_eq(message.body(), expected) {
        Ok(())
    } else {
        Err(CloseReason::BadFinished)
    }
}
