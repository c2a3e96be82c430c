//! What a server makes of a `ClientHello` before any version of the handshake begins: the cookie (RFC 6347
//! §4.2.1) and the version (RFC 8446 §4.2.1).

use strata_core::Instant;
use strata_crypto::hmac;

use crate::{
    CloseReason,
    context::Context,
    transcript::{Draft, Transcript},
    v12,
    wire::{
        DTLS_1_2,
        client_hello::ClientHello,
        handshake::{Message, MessageType},
        server_hello::write_verify_request,
    },
};

/// A server waiting for a `ClientHello`. It remembers nothing of those it has seen.
#[derive(Debug)]
pub(crate) struct Listening {
    /// The key of the cookies, if clients must echo one.
    cookies: Option<hmac::Key>,
}

/// What a `ClientHello` has led to.
#[derive(Debug)]
pub(crate) enum Heard {
    /// It came without the cookie, for which the client is asked.
    AskedForCookie(Listening),
    /// The handshake of DTLS 1.2 begins with it.
    Begun(v12::server::State),
}

impl Listening {
    pub(crate) fn new(context: &mut Context) -> Self {
        Self {
            cookies: context.config.cookie_exchange.then(|| {
                hmac::Key::new(
                    hmac::Algorithm::Sha256,
                    &context.entropy.array::<COOKIE_LEN>(),
                )
            }),
        }
    }

    pub(crate) fn handle(
        self,
        context: &mut Context,
        now: Instant,
        message: &Message,
    ) -> Result<Heard, CloseReason> {
        if message.kind != MessageType::ClientHello || message.epoch != 0 {
            return Err(CloseReason::UnexpectedMessage);
        }
        let hello = ClientHello::parse(message.reader())?;
        if let Some(key) = &self.cookies
            // A shorter cookie would be the beginning of the right one too easily.
            && !(hello.cookie.len() == COOKIE_LEN && key.verify(&[&hello.random], hello.cookie))
        {
            ask_for_cookie(context, now, key.sign(&[&hello.random]).as_ref())?;
            return Ok(Heard::AskedForCookie(self));
        }
        match select_version(&hello)? {
            Version::Dtls12 => v12::server::begin(context, now, message, &hello).map(Heard::Begun),
        }
    }
}

/// The versions of the protocol that are spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Dtls12,
}

fn select_version(hello: &ClientHello<'_>) -> Result<Version, CloseReason> {
    let offered = match hello.extensions.versions {
        // RFC 8446 §4.2.1: a hello with this extension offers what is in it, whatever version is in its header.
        Some(versions) => versions.contains(DTLS_1_2),
        // Versions of DTLS count down (RFC 6347 §4.1).
        None => hello.version <= DTLS_1_2 && hello.version >> 8 == DTLS_1_2 >> 8,
    };
    if offered {
        Ok(Version::Dtls12)
    } else {
        Err(CloseReason::NoCommonVersion)
    }
}

/// Asks the client to repeat its hello with this cookie, which shows that it receives what is sent to its address.
///
/// The address itself is not in the cookie: a connection has one client, and the owner tells clients apart.
fn ask_for_cookie(context: &mut Context, now: Instant, cookie: &[u8]) -> Result<(), CloseReason> {
    let mut transcript = Transcript::default(); // RFC 6347 §4.2.1: this exchange is in no transcript
    let mut draft = Draft::new(&mut transcript, &mut context.sequence);
    draft.message(MessageType::HelloVerifyRequest, |out| {
        write_verify_request(out, cookie)
    })?;
    let items = draft.finish();
    // No timer: a server must not be made to send more than it is sent.
    context.flight.send(now, items, false);
    Ok(())
}

/// Octets of the cookie, and of its key.
const COOKIE_LEN: usize = 32;
