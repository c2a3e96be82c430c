//! A connectivity check, answers to it, and messages with every attribute.

use std::net::SocketAddr;

use strata_stun::{
    AttributeType, Class, ErrorCode, IceControlled, IceControlling, IntegrityKey, MappedAddress,
    MessageWriter, Method, Nonce, Priority, Realm, Software, TransactionId, UseCandidate, Username,
    XorMappedAddress,
};

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let key = IntegrityKey::short_term("secret");
    let v4: SocketAddr = "192.0.2.1:32853".parse().expect("an address");
    let v6: SocketAddr = "[2001:db8::1]:5000".parse().expect("an address");
    let check = written(Class::Request, |writer| {
        writer
            .push(&Username("abcd:efgh"))
            .push(&Priority(0x6e00_01ff))
            .push(&IceControlling(0x0123_4567_89ab_cdef))
            .push(&UseCandidate)
            .integrity(&key)
            .fingerprint()
    });
    let success = written(Class::Success, |writer| {
        writer
            .push(&XorMappedAddress(v4))
            .push(&Software("strata"))
            .integrity(&key)
            .fingerprint()
    });
    let success_v6 = written(Class::Success, |writer| {
        writer
            .push(&XorMappedAddress(v6))
            .push(&MappedAddress(v4))
            .integrity_sha256(&key)
    });
    let conflict = written(Class::Error, |writer| {
        writer
            .push(&ErrorCode {
                code: 487,
                reason: "Role Conflict",
            })
            .push(&IceControlled(1))
            .push(&Realm("example.org"))
            .push(&Nonce("obMatJos2AAABYQ=="))
            .unknown_attributes([AttributeType::PRIORITY, AttributeType::REALM])
    });
    let indication = written(Class::Indication, |writer| writer);
    let mut reserved_method = indication.clone();
    reserved_method[0] |= 0x04;
    [
        ("check", check),
        ("success-ipv4", success),
        ("success-ipv6", success_v6),
        ("conflict", conflict),
        ("indication", indication),
        ("reserved-method", reserved_method),
    ]
    .into_iter()
    .map(|(name, bytes)| ("stun_message", name, bytes))
    .collect()
}

fn written(class: Class, fill: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let id = TransactionId::new(*b"transactions");
    let writer = MessageWriter::new(&mut out, class, Method::BINDING, id);
    fill(writer).finish().expect("short attributes");
    out
}
