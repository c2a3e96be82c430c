//! What the other side chooses, against what we have offered: one field of its flight is another.

use std::sync::Arc;

use strata_core::{Endpoint as _, Entropy, EntropySource, Instant};
use strata_crypto::{Certificate, Fingerprint, fingerprint::HashFunction};

use crate::{
    CipherSuite, CloseReason, Config, Connection, Event, ExportError, Group, Role, SrtpProfile,
    flight::{self, Item},
    state::State,
    v12,
    wire::{
        certificate::{parse_chain, write_chain},
        handshake::{MessageType, header},
    },
};

mod answers;
mod excess;
mod offers;

/// The same octets all the time, so that both randoms are known.
struct Sevens;

impl EntropySource for Sevens {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(7);
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self)
    }
}

const NOW: Instant = Instant::EPOCH;

/// Two ends, and what happens to one message between them.
pub(super) struct Exchange {
    pub(super) client: Connection,
    pub(super) server: Connection,
}

impl Exchange {
    /// Two ends that have said nothing yet, once `configure` has changed the defaults of client and server.
    pub(super) fn new(configure: impl FnOnce(&mut Config, &mut Config)) -> Self {
        let [mut client, mut server] =
            [(Role::Client, 1), (Role::Server, 2)].map(|(role, seed)| {
                let certificate = Certificate::from_seed(&[seed; 32]).unwrap();
                Config::new(role, Arc::new(certificate))
            });
        configure(&mut client, &mut server);
        let [mut client, mut server] =
            [client, server].map(|config| Connection::new(config, Entropy::from_source(Sevens)));
        super::introduce(&mut client, &server);
        super::introduce(&mut server, &client);
        client.start(NOW).unwrap();
        Self { client, server }
    }

    /// Both shake hands, with `change` made to the message of this kind that `role` sends. It changes in the
    /// sender's own transcript too, so that nothing but the message itself can be found fault with.
    pub(super) fn run(&mut self, role: Role, kind: MessageType, change: impl Fn(&mut Item)) {
        let mut changed = false;
        for _ in 0..4 {
            for from in [Role::Client, Role::Server] {
                if from == role && !changed {
                    changed = self.change(role, kind, &change);
                }
                let (from, to) = match from {
                    Role::Client => (&mut self.client, &mut self.server),
                    Role::Server => (&mut self.server, &mut self.client),
                };
                super::carry(NOW, from, to);
            }
        }
        assert!(changed, "there is no {kind:?}");
    }

    /// Changes the message if it is the sender's next flight.
    fn change(&mut self, role: Role, kind: MessageType, change: impl Fn(&mut Item)) -> bool {
        let (from, to) = match role {
            Role::Client => (&mut self.client, &mut self.server),
            Role::Server => (&mut self.server, &mut self.client),
        };
        let items = flight::tests::items(&mut from.context.flight);
        let Some(item) = items.iter_mut().find(
            |item| matches!(item, Item::Message { message_type, .. } if *message_type == kind),
        ) else {
            return false;
        };
        let before = whole(item);
        change(item);
        let after = whole(item);
        // What there is to be said about a certificate is not that it is another one.
        if let Item::Message { body, .. } = item
            && kind == MessageType::Certificate
            && let Ok(Some(der)) = parse_chain(strata_core::wire::Reader::new(body))
        {
            to.set_remote_fingerprints(NOW, &[Fingerprint::of(HashFunction::Sha256, der)])
                .unwrap();
        }
        match &mut from.state {
            State::Client(state) => {
                v12::client::tests::transcript(state).replace(&before, &after);
            }
            State::Server(state) => {
                v12::server::tests::transcript(state).replace(&before, &after);
            }
            State::Idle | State::Listening(_) | State::Connected(_) | State::Closed(_) => {}
        }
        true
    }
}

/// A message as transcripts have it.
fn whole(item: &Item) -> Vec<u8> {
    let Item::Message {
        message_type,
        sequence,
        body,
        ..
    } = item
    else {
        return Vec::new();
    };
    let front = header(*message_type, body.len(), *sequence, 0, body.len());
    [&front[..], body].concat()
}

/// The body of a message.
pub(super) fn body(item: &mut Item) -> &mut Vec<u8> {
    let Item::Message { body, .. } = item else {
        panic!("{item:?}");
    };
    body
}

/// Sends it in the other epoch.
fn change_epoch(item: &mut Item) {
    let Item::Message { protected, .. } = item else {
        panic!("{item:?}");
    };
    *protected = !*protected;
}

/// Gives an extension of a hello another content, or takes it away, or adds it.
fn set_extension(item: &mut Item, code: u16, content: Option<&[u8]>) {
    let Item::Message {
        message_type, body, ..
    } = item
    else {
        panic!("{item:?}");
    };
    // Behind version, random and an empty session identifier.
    let mut at = 2 + 32 + 1;
    if *message_type == MessageType::ClientHello {
        at += 1 + usize::from(body[at]);
        at += 2 + usize::from(u16::from_be_bytes([body[at], body[at + 1]]));
        at += 1 + usize::from(body[at]);
    } else {
        at += 3;
    }
    let mut rest = body.split_off(at).split_off(2);
    let mut extensions = Vec::new();
    while !rest.is_empty() {
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let tail = rest.split_off(4 + length);
        if rest[..2] != code.to_be_bytes() {
            extensions.extend(rest);
        }
        rest = tail;
    }
    if let Some(content) = content {
        extensions.extend(code.to_be_bytes());
        extensions.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        extensions.extend(content);
    }
    body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    body.extend(extensions);
}

/// Makes the key of a certificate one on a curve that nobody offers: prime192v1 instead of prime256v1.
fn change_curve(chain: &mut [u8]) {
    let curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let at = chain.windows(8).position(|window| window == curve).unwrap();
    chain[at + 7] = 1;
}

/// Which message is changed, and how; what the other side says to it.
struct Row {
    name: &'static str,
    kind: MessageType,
    change: fn(&mut Item),
    reason: CloseReason,
}

const fn row(
    name: &'static str,
    kind: MessageType,
    change: fn(&mut Item),
    reason: CloseReason,
) -> Row {
    Row {
        name,
        kind,
        change,
        reason,
    }
}

/// A client that offers little of what we know.
fn modest(client: &mut Config, _: &mut Config) {
    client.cipher_suites = vec![CipherSuite::EcdheEcdsaAes256Gcm];
    client.groups = vec![Group::X25519, Group::Secp256r1];
    client.srtp_profiles = vec![SrtpProfile::Aes128CmHmacSha1_80];
}

/// Lets `role` send each of these, to an end with the defaults that `configure` has changed.
fn check(role: Role, configure: impl Fn(&mut Config, &mut Config), rows: &[Row]) {
    for row in rows {
        let mut exchange = Exchange::new(&configure);
        exchange.run(role, row.kind, row.change);
        let judge = match role {
            Role::Client => &mut exchange.server,
            Role::Server => &mut exchange.client,
        };
        assert_eq!(judge.close_reason(), Some(row.reason), "{}", row.name);
        let told = judge.poll_event();
        let reason = row.reason;
        assert_eq!(told, Some(Event::Closed { reason }), "{}", row.name);
    }
}

/// RFC 5246 §7.4.2, §7.4.6: either side needs a certificate of the other whose key it can use.
#[test]
fn a_certificate_that_cannot_be_used_is_refused() {
    use CloseReason::{MalformedCertificate, NoCertificate, UnsupportedCertificate};
    use MessageType::Certificate;
    let rows = [
        row(
            "no certificate",
            Certificate,
            |item| {
                body(item).clear();
                write_chain(body(item), None).unwrap();
            },
            NoCertificate,
        ),
        row(
            "no X.509",
            Certificate,
            |item| body(item)[6] ^= 1,
            MalformedCertificate,
        ),
        row(
            "a key on a curve that is not offered",
            Certificate,
            |item| change_curve(body(item)),
            UnsupportedCertificate,
        ),
    ];
    check(Role::Server, modest, &rows);
    check(Role::Client, |_, _| (), &rows);
}

/// RFC 6347 §4.1, RFC 5246 §7.4.9: Finished comes in the new epoch, has twelve octets, and is about this handshake.
#[test]
fn a_finished_that_is_not_right_in_everything_is_refused() {
    use CloseReason::{BadFinished, UnexpectedMessage};
    use MessageType::Finished;
    let rows = [
        row("in the clear", Finished, change_epoch, UnexpectedMessage),
        row(
            "the first octet",
            Finished,
            |item| body(item)[0] ^= 1,
            BadFinished,
        ),
        row(
            "the last octet",
            Finished,
            |item| body(item)[11] ^= 1,
            BadFinished,
        ),
        row("too long", Finished, |item| body(item).push(0), BadFinished),
        row(
            "too short",
            Finished,
            |item| {
                body(item).pop();
            },
            BadFinished,
        ),
    ];
    check(Role::Client, |_, _| (), &rows);
    check(Role::Server, |_, _| (), &rows);
}
