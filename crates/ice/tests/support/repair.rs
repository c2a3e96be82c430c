//! Makes forged STUN messages authentic. Shared with the tests of what is built on the agent.

use strata_stun::{
    AttributeType, Class, IntegrityKey, Message, MessageWriter, Method, RawAttribute, Username,
};

/// What the receiver of a check looks for (RFC 8445 §7.2.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secrets<'a> {
    /// `receiver:sender`.
    pub(crate) username: &'a str,
    /// The receiver's own password, which signs requests to the receiver.
    pub(crate) asked: &'a str,
    /// The password of the other side, which signs responses to the receiver.
    pub(crate) answered: &'a str,
}

/// Makes of a datagram the Binding message that is addressed and signed as its receiver wants it, with all attributes
/// that can be read from it.
pub(crate) fn repair(secrets: Secrets<'_>, datagram: &mut Vec<u8>) {
    let Some((header, mut rest)) = datagram.split_first_chunk::<20>() else {
        return;
    };
    let mut header = *header;
    header[0] &= 0x3f;
    header[2..8].copy_from_slice(&[0, 0, 0x21, 0x12, 0xa4, 0x42]);
    let Ok(message) = Message::parse(&header) else {
        return;
    };
    let id = message.transaction_id();
    // Nobody waits for most responses: every second becomes a request.
    let class = match message.class() {
        Class::Success | Class::Error if header[19] & 1 == 0 => Class::Request,
        class @ (Class::Request | Class::Indication | Class::Success | Class::Error) => class,
    };
    // RFC 8489 §9.1.4: a response is signed as its request was.
    let password = match class {
        Class::Request | Class::Indication => secrets.asked,
        Class::Success | Class::Error => secrets.answered,
    };
    let mut out = Vec::new();
    let mut writer = MessageWriter::new(&mut out, class, Method::BINDING, id);
    if class == Class::Request {
        writer = writer.push(&Username(secrets.username));
    }
    while let Some((&[a, b, c, d], after)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([c, d]));
        let Some(value) = after.get(..length) else {
            break;
        };
        let attribute_type = AttributeType::new(u16::from_be_bytes([a, b]));
        if !REPLACED.contains(&attribute_type) {
            writer = writer.push_raw(RawAttribute {
                attribute_type,
                value,
            });
        }
        rest = after.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    let signed = writer
        .integrity(&IntegrityKey::short_term(password))
        .fingerprint()
        .finish();
    if signed.is_ok() {
        *datagram = out;
    }
}

const REPLACED: [AttributeType; 4] = [
    AttributeType::USERNAME,
    AttributeType::MESSAGE_INTEGRITY,
    AttributeType::MESSAGE_INTEGRITY_SHA256,
    AttributeType::FINGERPRINT,
];
