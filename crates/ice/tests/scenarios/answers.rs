//! What an agent answers to messages made by hand, and which of them it drops.

use strata_core::{Datagram, Endpoint as _, Path, Protocol};
use strata_ice::{Drops, Role, State};
use strata_stun::{
    Attribute as _, AttributeType, Class, ErrorCode, IceControlled, IceControlling, Integrity,
    IntegrityKey, Message, MessageWriter, Method, Priority, RawAttribute, TransactionId,
    UnknownAttributes, UseCandidate, Username, XorMappedAddress,
};

use crate::{
    bench::{Bench, PEER_PASSWORD, success},
    scene::{A, B, address, at, ms},
};

fn unchanged(mut drops: Drops, clear: impl FnOnce(&mut Drops)) {
    clear(&mut drops);
    assert_eq!(drops, Drops::default());
}

#[test]
fn a_check_is_answered_with_the_address_it_came_from() {
    let mut bench = Bench::new(Role::Controlled);
    let check = bench.check(|writer| writer.push(&IceControlling(1)));
    bench.give(0, B, &check);
    let bytes = bench.answer();
    let answer = Message::parse(&bytes).unwrap();
    assert_eq!(answer.class(), Class::Success);
    assert_eq!(answer.get(), Ok(Some(XorMappedAddress(address(B)))));
    assert_eq!(answer.verify_integrity(&bench.key()), Ok(Integrity::Sha1));
    assert_eq!(answer.verify_fingerprint(), Some(true));
    // RFC 8489 §9.1.3: the response MUST NOT contain the USERNAME.
    assert!(!answer.contains(AttributeType::USERNAME));
    assert_eq!(bench.agent.stats().requests_received, 1);
}

/// RFC 8489 §14: attributes whose comprehension is optional are ignored.
#[test]
fn what_browsers_add_to_their_checks_is_no_obstacle() {
    let mut bench = Bench::new(Role::Controlled);
    let check = bench.check(|writer| {
        writer
            .push(&IceControlling(1))
            .push_raw(RawAttribute {
                // GOOG-NETWORK-INFO
                attribute_type: AttributeType::new(0xC057),
                value: &[0, 1, 3, 0xE7],
            })
            .push(&UseCandidate)
    });
    bench.give(0, B, &check);
    let bytes = bench.answer();
    assert_eq!(Message::parse(&bytes).unwrap().class(), Class::Success);
}

#[test]
fn a_sha_256_check_is_answered_with_sha_256() {
    let mut bench = Bench::new(Role::Controlled);
    let (username, key) = (bench.username(), bench.key());
    let check = bench.request(|writer| {
        writer
            .push(&Username(&username))
            .push(&Priority(1))
            .integrity_sha256(&key)
    });
    bench.give(0, B, &check);
    let bytes = bench.answer();
    let answer = Message::parse(&bytes).unwrap();
    assert_eq!(answer.verify_integrity(&key), Ok(Integrity::Sha256));
    assert!(
        !answer
            .attributes()
            .any(|attribute| attribute.attribute_type == AttributeType::MESSAGE_INTEGRITY)
    );
}

type Fill<'f> = &'f dyn for<'o> Fn(MessageWriter<'o>) -> MessageWriter<'o>;

/// RFC 8489 §9.1.3: a request without credentials is answered 400, one with wrong credentials 401. The answer is not
/// signed.
#[test]
fn wrong_credentials_are_refused_without_a_signature() {
    let mut bench = Bench::signalled(Role::Controlled);
    let username = bench.username();
    let wrong = IntegrityKey::short_term("wrong");
    let key = bench.key();
    let cases: [(Fill<'_>, u16); 6] = [
        (&|writer| writer, 400),
        (&|writer| writer.push(&Username(&username)), 400),
        (&|writer| writer.push(&Priority(1)).integrity(&key), 400),
        (
            &|writer| writer.push(&Username(&username)).integrity(&wrong),
            401,
        ),
        (
            &|writer| writer.push(&Username("other:peer")).integrity(&key),
            401,
        ),
        (
            &|writer| writer.push(&Username("nocolon")).integrity(&key),
            401,
        ),
    ];
    for (fill, code) in cases {
        let request = bench.request(fill);
        bench.give(0, B, &request);
        let drops = bench.agent.stats().drops;
        assert_eq!(bench.refusal(), (code, false));
        assert_eq!(drops, bench.agent.stats().drops);
    }
    unchanged(bench.agent.stats().drops, |drops| {
        assert_eq!((drops.bad_request, drops.unauthenticated), (3, 3));
        (drops.bad_request, drops.unauthenticated) = (0, 0);
    });
    assert_eq!(bench.agent.remote_candidates().count(), 0);
}

#[test]
fn a_refusal_is_hardly_longer_than_what_it_answers() {
    let mut bench = Bench::new(Role::Controlled);
    let request = bench.request(|writer| writer);
    bench.give(0, B, &request);
    let answer = bench.answer();
    assert_eq!((request.len(), answer.len()), (28, 36));
}

/// RFC 8489 §6.3.1: the answer is 420, with the list of the attributes that are unknown.
#[test]
fn unknown_comprehension_required_attributes_are_told() {
    let mut bench = Bench::signalled(Role::Controlled);
    let unknown = AttributeType::new(0x7001);
    let check = bench.check(|writer| {
        writer.push_raw(RawAttribute {
            attribute_type: unknown,
            value: &[],
        })
    });
    bench.give(0, B, &check);
    let bytes = bench.answer();
    let answer = Message::parse(&bytes).unwrap();
    assert_eq!(answer.get(), Ok(Some(ErrorCode::UNKNOWN_ATTRIBUTE)));
    let told = answer.get::<UnknownAttributes<'_>>().unwrap().unwrap();
    assert!(told.iter().eq([unknown]));
    assert_eq!(answer.verify_integrity(&bench.key()), Ok(Integrity::Sha1));
    assert_eq!(bench.agent.remote_candidates().count(), 0);
}

/// RFC 8445 §7.3: FINGERPRINT is required. A message without it, or with a wrong one, is dropped.
#[test]
fn what_is_no_check_at_all_gets_no_answer() {
    let mut bench = Bench::signalled(Role::Controlled);
    let check = bench.check(|writer| writer);
    bench.give(0, B, b"not STUN");
    let mut wrong_fingerprint = check.clone();
    *wrong_fingerprint.last_mut().unwrap() ^= 1;
    bench.give(0, B, &wrong_fingerprint);
    let mut no_fingerprint = check[..check.len() - 8].to_vec();
    no_fingerprint[3] -= 8;
    bench.give(0, B, &no_fingerprint);
    let mut allocate = Vec::new();
    let id = TransactionId::new([9; 12]);
    MessageWriter::new(&mut allocate, Class::Request, Method::new(3).unwrap(), id)
        .fingerprint()
        .finish()
        .unwrap();
    bench.give(0, B, &allocate);
    let mut elsewhere = check;
    let path = Path::udp(address("192.0.2.77:1"), address(B));
    bench
        .agent
        .handle_input(at(ms(0)), Datagram::new(path, &mut elsewhere));
    let path = Path {
        protocol: Protocol::Tcp,
        ..Path::udp(address(A), address(B))
    };
    bench
        .agent
        .handle_input(at(ms(0)), Datagram::new(path, &mut elsewhere));
    let mut response = Vec::new();
    MessageWriter::new(&mut response, Class::Success, Method::BINDING, id)
        .fingerprint()
        .finish()
        .unwrap();
    bench.give(0, B, &response);
    assert_eq!(bench.sent(0), []);
    unchanged(bench.agent.stats().drops, |drops| {
        assert_eq!(std::mem::take(&mut drops.malformed), 1);
        assert_eq!(std::mem::take(&mut drops.fingerprint), 2);
        assert_eq!(std::mem::take(&mut drops.method), 1);
        assert_eq!(std::mem::take(&mut drops.unknown_local_address), 2);
        assert_eq!(std::mem::take(&mut drops.unknown_transaction), 1);
    });
}

#[test]
fn a_keepalive_is_counted_and_not_answered() {
    let mut bench = Bench::signalled(Role::Controlled);
    let mut indication = Vec::new();
    let id = TransactionId::new([9; 12]);
    MessageWriter::new(&mut indication, Class::Indication, Method::BINDING, id)
        .fingerprint()
        .finish()
        .unwrap();
    bench.give(0, B, &indication);
    assert_eq!(bench.sent(0), []);
    assert_eq!(bench.agent.stats().indications_received, 1);
}

#[test]
fn a_flood_of_checks_is_answered_up_to_the_limit() {
    let mut bench = Bench::signalled(Role::Controlled);
    for _ in 0..100 {
        let check = bench.check(|writer| writer);
        bench.give(0, B, &check);
    }
    let answers = bench
        .sent(0)
        .iter()
        .filter(|(_, bytes)| bytes[0] == 1)
        .count();
    assert_eq!(answers, 32);
    assert_eq!(bench.agent.stats().drops.overload, 68);
}

#[test]
fn candidates_found_in_checks_are_limited() {
    let mut bench = Bench::signalled(Role::Controlled);
    for port in 1..=200 {
        let check = bench.check(|writer| writer);
        bench.give(0, &format!("192.0.2.2:{port}"), &check);
        let _ = bench.sent(0);
    }
    assert_eq!(bench.agent.remote_candidates().count(), 64);
    assert_eq!(bench.agent.stats().drops.overload, 136);
}

#[test]
fn the_larger_tie_breaker_controls() {
    // A request with the smallest tie-breaker loses against every agent. If both are controlling, it is answered 487.
    let mut bench = Bench::signalled(Role::Controlling);
    let check = bench.check(|writer| writer.push(&IceControlling(0)));
    bench.give(0, B, &check);
    assert_eq!(bench.refusal(), (487, true));
    assert_eq!(bench.agent.role(), Role::Controlling);
    // If both are controlled, the agent becomes controlling.
    let mut bench = Bench::signalled(Role::Controlled);
    let check = bench.check(|writer| writer.push(&IceControlled(0)));
    bench.give(0, B, &check);
    let answer = bench.answer();
    assert_eq!(Message::parse(&answer).unwrap().class(), Class::Success);
    assert_eq!(bench.agent.role(), Role::Controlling);
    // With the largest tie-breaker it is the other way round.
    let mut bench = Bench::signalled(Role::Controlling);
    let check = bench.check(|writer| writer.push(&IceControlling(u64::MAX)));
    bench.give(0, B, &check);
    let answer = bench.answer();
    assert_eq!(Message::parse(&answer).unwrap().class(), Class::Success);
    assert_eq!(bench.agent.role(), Role::Controlled);
    let mut bench = Bench::signalled(Role::Controlled);
    let check = bench.check(|writer| writer.push(&IceControlled(u64::MAX)));
    bench.give(0, B, &check);
    assert_eq!(bench.refusal(), (487, true));
    assert_eq!(bench.agent.role(), Role::Controlled);
}

/// RFC 8445 §7.2.5.2.1, RFC 8489 §9.1.4.
#[test]
fn a_response_must_be_authentic_and_come_from_where_the_request_went() {
    let mut bench = Bench::signalled(Role::Controlled);
    let check = bench.check(|writer| writer);
    bench.give(0, B, &check);
    let sent = bench.sent(0);
    let (_, request) = sent.iter().find(|(_, bytes)| bytes[0] == 0).unwrap();
    let request = Message::parse(request).unwrap();
    let mapped = XorMappedAddress(address(A));
    // One that is not signed, and one that is signed with the wrong key, are dropped.
    let mut unsigned = Vec::new();
    let id = request.transaction_id();
    MessageWriter::new(&mut unsigned, Class::Success, Method::BINDING, id)
        .push(&mapped)
        .fingerprint()
        .finish()
        .unwrap();
    bench.give(5, B, &unsigned);
    let mut forged = Vec::new();
    MessageWriter::new(&mut forged, Class::Error, Method::BINDING, id)
        .push(&ErrorCode::BAD_REQUEST)
        .integrity(&IntegrityKey::short_term("wrong"))
        .fingerprint()
        .finish()
        .unwrap();
    bench.give(5, B, &forged);
    assert_eq!(bench.agent.stats().drops.unauthenticated, 2);
    assert_eq!(bench.agent.state(), State::Checking);
    // The authentic response is still accepted after them.
    let answer = success(&request, &mapped);
    bench.give(10, B, &answer);
    assert_eq!(bench.agent.state(), State::Connected);
    assert_eq!(bench.agent.stats().round_trip_time, Some(ms(10)));
    // It is accepted only once.
    bench.give(11, B, &answer);
    assert_eq!(bench.agent.stats().drops.unknown_transaction, 1);

    let mut bench = Bench::signalled(Role::Controlled);
    let check = bench.check(|writer| writer);
    bench.give(0, B, &check);
    let sent = bench.sent(0);
    let (_, request) = sent.iter().find(|(_, bytes)| bytes[0] == 0).unwrap();
    let answer = success(&Message::parse(request).unwrap(), &mapped);
    bench.give(10, "192.0.2.3:5000", &answer);
    assert_eq!(bench.agent.stats().drops.asymmetric, 1);
    assert_eq!(bench.agent.state(), State::Checking);
    bench.give(10, B, &answer);
    assert_eq!(bench.agent.state(), State::Checking);
}

/// RFC 8445 §7.1.1, §7.1.2, §7.1.3, §7.2.2: PRIORITY, no USE-CANDIDATE before nomination, the role, and credentials.
#[test]
fn a_check_says_what_rfc_8445_wants() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut bench = Bench::signalled(role);
        let check = bench.check(|writer| writer);
        bench.give(0, B, &check);
        let sent = bench.sent(0);
        let (path, bytes) = sent.iter().find(|(_, bytes)| bytes[0] == 0).unwrap();
        assert_eq!(*path, Path::udp(address(A), address(B)));
        let request = Message::parse(bytes).unwrap();
        let username = format!("peer:{}", bench.agent.local_credentials().ufrag());
        assert_eq!(request.get(), Ok(Some(Username(&username))));
        // The priority that a peer-reflexive candidate would have. Its type preference is 110.
        assert_eq!(request.get(), Ok(Some(Priority(1_862_270_975))));
        assert_eq!(
            request.contains(IceControlling::TYPE),
            role == Role::Controlling
        );
        assert_eq!(
            request.contains(IceControlled::TYPE),
            role == Role::Controlled
        );
        assert!(!request.contains(UseCandidate::TYPE));
        let key = IntegrityKey::short_term(PEER_PASSWORD);
        assert_eq!(request.verify_integrity(&key), Ok(Integrity::Sha1));
        assert_eq!(request.verify_fingerprint(), Some(true));
    }
}
