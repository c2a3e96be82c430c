//! STUN messages.

use strata_stun::{
    Attribute, AttributeType, ErrorCode, IceControlled, IceControlling, IntegrityKey,
    MappedAddress, Message, MessageWriter, Nonce, Priority, Realm, Software, UnknownAttributes,
    UseCandidate, Username, XorMappedAddress, is_stun,
};

use crate::Outcome;

/// One message: reads it and its attributes, writes it again, signs it.
pub fn stun_message(data: &[u8]) -> Outcome {
    let message = match Message::parse(data) {
        Ok(message) => message,
        Err(error) => return Outcome::refused(error),
    };
    // RFC 8489 §18.2: methods above 0xff are reserved, so that others can share the port.
    assert_eq!(is_stun(data), message.method().get() <= 0xff);
    it_is_written_as_it_was_read(&message);
    typed_attributes(&message);
    let _ = message.verify_fingerprint();
    let key = IntegrityKey::short_term("secret");
    let _ = message.verify_integrity(&key);
    it_can_be_signed(&message, &key);
    Outcome::Parsed
}

fn it_is_written_as_it_was_read(message: &Message<'_>) {
    let mut out = Vec::new();
    let (class, method, id) = (message.class(), message.method(), message.transaction_id());
    message
        .attributes()
        .fold(
            MessageWriter::new(&mut out, class, method, id),
            MessageWriter::push_raw,
        )
        .finish()
        .expect("what was read fits its lengths");
    let again = Message::parse(&out).expect("what was written can be read");
    assert_eq!(out.len(), message.as_bytes().len());
    assert_eq!((again.class(), again.method()), (class, method));
    assert_eq!(again.transaction_id(), id);
    // All but the padding, which a receiver ignores (RFC 8489 §14).
    assert!(again.attributes().eq(message.attributes()));
}

fn typed_attributes(message: &Message<'_>) {
    fn check<'a, A: Attribute<'a>>(message: &Message<'a>) {
        let Ok(Some(attribute)) = message.get::<A>() else {
            return;
        };
        assert!(message.contains(A::TYPE));
        let mut value = Vec::new();
        attribute.write(message.transaction_id(), &mut value);
        let mut out = Vec::new();
        let written = MessageWriter::new(
            &mut out,
            message.class(),
            message.method(),
            message.transaction_id(),
        )
        .push(&attribute)
        .finish();
        // Some texts are read that may not be written (RFC 8489 §14.3, §14.8).
        assert_eq!(
            written.is_ok(),
            attribute.check().is_ok(),
            "what was read fits its lengths"
        );
        if written.is_err() {
            return;
        }
        let again = Message::parse(&out).expect("what was written can be read");
        let raw = again.attributes().next().expect("an attribute");
        assert_eq!((raw.attribute_type, raw.value), (A::TYPE, &value[..]));
    }
    check::<ErrorCode<'_>>(message);
    check::<IceControlled>(message);
    check::<IceControlling>(message);
    check::<MappedAddress>(message);
    check::<Nonce<'_>>(message);
    check::<Priority>(message);
    check::<Realm<'_>>(message);
    check::<Software<'_>>(message);
    check::<UnknownAttributes<'_>>(message);
    check::<UseCandidate>(message);
    check::<Username<'_>>(message);
    check::<XorMappedAddress>(message);
}

fn it_can_be_signed(message: &Message<'_>, key: &IntegrityKey) {
    let mut out = vec![0xff; 3];
    let (class, method, id) = (message.class(), message.method(), message.transaction_id());
    let signatures = [
        AttributeType::MESSAGE_INTEGRITY,
        AttributeType::MESSAGE_INTEGRITY_SHA256,
        AttributeType::FINGERPRINT,
    ];
    let written = message
        .attributes()
        .filter(|attribute| !signatures.contains(&attribute.attribute_type))
        .fold(
            MessageWriter::new(&mut out, class, method, id),
            MessageWriter::push_raw,
        )
        .integrity(key)
        .integrity_sha256(key)
        .fingerprint()
        .finish();
    if written.is_err() {
        assert_eq!(out, [0xff; 3]);
        return;
    }
    let signed = Message::parse(&out[3..]).expect("what was written can be read");
    assert_eq!(signed.verify_fingerprint(), Some(true));
    assert!(signed.verify_integrity(key).is_ok());
    assert!(
        signed
            .verify_integrity(&IntegrityKey::short_term("wrong"))
            .is_err()
    );
}
