//! STUN messages.

use strata_stun::{
    Attribute, AttributeError, AttributeType, ErrorCode, IceControlled, IceControlling,
    IntegrityKey, MappedAddress, Message, MessageWriter, Nonce, Priority, RawAttribute, Realm,
    Software, UnknownAttributes, UseCandidate, Username, XorMappedAddress, is_stun,
};

use crate::Outcome;

/// One message: reads it, reads its attributes, writes it again.
pub fn stun_message(data: &[u8]) -> Outcome {
    let message = match Message::parse(data) {
        Ok(message) => message,
        Err(error) => return Outcome::refused(error),
    };
    // RFC 8489 §18.2: methods above 0xff are reserved, and look like other protocols.
    assert_eq!(is_stun(data), message.method().get() <= 0xff);
    let protected = message.protected_attributes().count();
    assert!(protected <= message.attributes().count());
    for attribute in message.attributes() {
        typed(&message, attribute);
    }
    let _ = message.verify_integrity(&IntegrityKey::short_term("password"));
    let _ = message.verify_fingerprint();
    is_written_as_it_was_read(&message);
    is_signed_anew(&message);
    Outcome::Parsed
}

/// A value that is read as a type is written as it was, but for what the RFC has ignored.
fn typed(message: &Message<'_>, attribute: RawAttribute<'_>) {
    let id = message.transaction_id();
    let text = [
        reads_back(attribute.typed::<Username<'_>>(id), attribute, id),
        reads_back(attribute.typed::<Realm<'_>>(id), attribute, id),
        reads_back(attribute.typed::<Nonce<'_>>(id), attribute, id),
        reads_back(attribute.typed::<Software<'_>>(id), attribute, id),
        reads_back(attribute.typed::<UnknownAttributes<'_>>(id), attribute, id),
        reads_back(attribute.typed::<Priority>(id), attribute, id),
        reads_back(attribute.typed::<UseCandidate>(id), attribute, id),
        reads_back(attribute.typed::<IceControlled>(id), attribute, id),
        reads_back(attribute.typed::<IceControlling>(id), attribute, id),
    ];
    assert!(text.iter().filter(|same| same.is_some()).count() <= 1);
    assert!(text.iter().all(|same| *same != Some(false)));
    // The first byte of an address and the reserved bits of an error are ignored.
    if let Some(Ok(XorMappedAddress(address))) = attribute.typed(id) {
        assert_eq!(
            write(&XorMappedAddress(address), id)[1..],
            attribute.value[1..]
        );
    }
    if let Some(Ok(MappedAddress(address))) = attribute.typed(id) {
        assert_eq!(
            write(&MappedAddress(address), id)[1..],
            attribute.value[1..]
        );
    }
    if let Some(Ok(error)) = attribute.typed::<ErrorCode<'_>>(id) {
        assert!((300..700).contains(&error.code));
        assert_eq!(write(&error, id)[3..], attribute.value[3..]);
    }
}

/// Whether the value is written as it was; `None` if it is of another type, or malformed.
fn reads_back<'a, A: Attribute<'a>>(
    read: Option<Result<A, AttributeError>>,
    attribute: RawAttribute<'a>,
    id: strata_stun::TransactionId,
) -> Option<bool> {
    let value = read?.ok()?;
    Some(write(&value, id) == attribute.value)
}

fn write<'a, A: Attribute<'a>>(value: &A, id: strata_stun::TransactionId) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(id, &mut out);
    out
}

/// Every attribute as it stands, integrity included: the same bytes, but for the padding.
fn is_written_as_it_was_read(message: &Message<'_>) {
    let mut out = b"before".to_vec();
    let mut writer = MessageWriter::new(
        &mut out,
        message.class(),
        message.method(),
        message.transaction_id(),
    );
    for attribute in message.attributes() {
        writer = writer.push_raw(attribute);
    }
    writer.finish().expect("what was read can be written");
    let written = out
        .strip_prefix(b"before")
        .expect("what was there before stays");
    assert_eq!(written.len(), message.as_bytes().len());
    let again = Message::parse(written).expect("what was written can be read");
    assert!(again.attributes().eq(message.attributes()));
}

/// With an integrity of our own it verifies, and its attributes are the ones that counted.
fn is_signed_anew(message: &Message<'_>) {
    let key = IntegrityKey::short_term("another password");
    let mut out = Vec::new();
    let mut writer = MessageWriter::new(
        &mut out,
        message.class(),
        message.method(),
        message.transaction_id(),
    );
    for attribute in message.protected_attributes() {
        writer = writer.push_raw(attribute);
    }
    if writer.integrity(&key).fingerprint().finish().is_err() {
        // There was no room for them.
        return;
    }
    let again = Message::parse(&out).expect("what was written can be read");
    assert!(again.verify_integrity(&key).is_ok());
    assert_eq!(again.verify_fingerprint(), Some(true));
    assert!(
        again
            .protected_attributes()
            .eq(message.protected_attributes())
    );
    assert!(!again.contains(AttributeType::MESSAGE_INTEGRITY));
}
