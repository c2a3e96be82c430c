//! Seeds of the STUN layer.

use strata_stun::{
    Class, ErrorCode, IceControlling, IntegrityKey, MessageWriter, Method, Priority, RawAttribute,
    Software, TransactionId, UseCandidate, Username, XorMappedAddress,
};

use crate::Seed;

/// A check and its answers.
pub fn seeds() -> Vec<Seed> {
    let key = IntegrityKey::short_term("password");
    let id = TransactionId::new(*b"transactions");
    let write = |class, fill: &dyn for<'o> Fn(MessageWriter<'o>) -> MessageWriter<'o>| {
        let mut out = Vec::new();
        fill(MessageWriter::new(&mut out, class, Method::BINDING, id))
            .fingerprint()
            .finish()
            .expect("short");
        out
    };
    let address = |text: &str| XorMappedAddress(text.parse().expect("an address"));
    vec![
        (
            "stun_message",
            "check",
            write(Class::Request, &|writer| {
                writer
                    .push(&Username("abcd:efgh"))
                    .push_raw(RawAttribute {
                        attribute_type: strata_stun::AttributeType::new(0xC057),
                        value: &[0, 1, 3, 0xE7],
                    })
                    .push(&IceControlling(7))
                    .push(&UseCandidate)
                    .push(&Priority(1_862_270_975))
                    .integrity(&key)
            }),
        ),
        (
            "stun_message",
            "success-ipv4",
            write(Class::Success, &|writer| {
                writer.push(&address("192.0.2.1:32853")).integrity(&key)
            }),
        ),
        (
            "stun_message",
            "success-ipv6-sha256",
            write(Class::Success, &|writer| {
                writer
                    .push(&Software("seed"))
                    .push(&address("[2001:db8::1]:32853"))
                    .integrity_sha256(&key)
            }),
        ),
        (
            "stun_message",
            "error-420",
            write(Class::Error, &|writer| {
                writer
                    .push(&ErrorCode::UNKNOWN_ATTRIBUTE)
                    .unknown_attributes([strata_stun::AttributeType::new(0x7001)])
            }),
        ),
        (
            "stun_message",
            "indication",
            write(Class::Indication, &|writer| writer),
        ),
    ]
}
