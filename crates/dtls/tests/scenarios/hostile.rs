//! What others put on the path.

use proptest::prelude::*;
use strata_core::Endpoint as _;
use strata_dtls::{CloseReason, Connection, Event, Limits, Role, Stats};

use crate::setup::{
    Duo, acquainted, both_connected, config, connected, link, pair, plain, seal, told,
};

/// Makes the lengths of a record and of the one whole message in it those of a body of this length.
pub(crate) fn set_lengths(front: &mut [u8], body: usize) {
    let record = u16::try_from(body + 12).unwrap().to_be_bytes();
    let message = u32::try_from(body).unwrap().to_be_bytes();
    front[11..13].copy_from_slice(&record);
    front[14..17].copy_from_slice(&message[1..]);
    front[22..25].copy_from_slice(&message[1..]);
}

#[test]
fn replays_are_dropped() {
    let mut pair = plain();
    let record = seal(&mut pair.a, b"once");
    for _ in 0..3 {
        pair.inject_to_b(&record).unwrap();
    }
    assert_eq!(pair.b_events.len(), 1);
    assert_eq!(pair.b.stats().dropped.replayed, 2);
    // 1,024 records later the first ones are too old to tell, whether they came or not.
    let missed = seal(&mut pair.a, b"missed");
    let late = seal(&mut pair.a, b"late");
    for _ in 0..1023 {
        let record = seal(&mut pair.a, b"more");
        pair.inject_to_b(&record).unwrap();
    }
    pair.inject_to_b(&missed).unwrap();
    assert_eq!(pair.b.stats().dropped.replayed, 3);
    pair.inject_to_b(&late).unwrap();
    assert_eq!(pair.b_events.len(), 1 + 1023 + 1);
}

/// RFC 6347 §4.1.2.7: what is invalid is discarded, and only that.
#[test]
fn a_record_of_no_known_kind_costs_only_itself() {
    // An unknown type; a version that nobody has negotiated; a number of octets that no record has.
    let mut too_long = vec![23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0x48, 1];
    too_long.resize(13 + 0x4801, 0);
    for unknown in [
        vec![24, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 2, 1, 1],
        vec![0xff, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        vec![23, 0xfe, 0xfc, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 7],
        too_long,
    ] {
        let mut pair = plain();
        let mut datagram = unknown.clone();
        datagram.extend(seal(&mut pair.a, b"behind it"));
        datagram.extend(&unknown);
        datagram.extend(seal(&mut pair.a, b"and behind that"));
        pair.inject_to_b(&datagram).unwrap();
        let data = |data: &'static [u8]| Event::ApplicationData(data.into());
        assert_eq!(
            told(&pair.b_events),
            [data(b"behind it"), data(b"and behind that")]
        );
        assert_eq!(pair.b.stats().dropped.malformed, 2);
    }
}

/// Where the next record begins, nobody can say then.
#[test]
fn behind_what_is_no_record_there_is_none() {
    for nonsense in [
        &[23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0xff, 0xff][..],
        // A record of DTLS 1.3, whose header is another one (RFC 9147 §4).
        &[0x2e, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[22, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        let mut pair = plain();
        let mut datagram = nonsense.to_vec();
        datagram.extend(seal(&mut pair.a, b"behind it"));
        pair.inject_to_b(&datagram).unwrap();
        assert_eq!(pair.b_events, []);
        assert_eq!(pair.b.stats().dropped.malformed, 1);
    }
}

#[test]
fn records_are_not_taken_from_their_own_sender() {
    let mut pair = plain();
    let record = seal(&mut pair.a, b"mine");
    pair.inject_to_a(&record).unwrap();
    assert_eq!(pair.a_events, []);
    assert_eq!(pair.a.stats().dropped.forged, 1);
}

#[test]
fn too_many_forgeries_end_it() {
    let mut server = config(Role::Server);
    server.limits = Limits {
        forged_records: 3,
        ..Limits::default()
    };
    let mut pair = connected(config(Role::Client), server);
    for _ in 0..4 {
        assert!(pair.b.is_connected());
        let mut record = seal(&mut pair.a, b"data");
        *record.last_mut().unwrap() ^= 1;
        pair.inject_to_b(&record).unwrap();
    }
    assert_eq!(pair.b.stats().dropped.forged, 4);
    assert_eq!(
        told(&pair.b_events),
        [Event::Closed {
            reason: CloseReason::KeyExhausted
        }]
    );
}

#[test]
fn nothing_in_the_clear_counts_after_the_handshake() {
    let mut pair = plain();
    let before = pair.b_to_a.stats().sent;
    // Fatal handshake_failure; close_notify; a hello; data.
    let clear: [&[u8]; 4] = [
        &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40],
        &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0],
        &[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1],
        &[23, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1],
    ];
    for record in clear {
        pair.inject_to_b(record).unwrap();
    }
    assert_eq!(pair.b.stats().dropped.epoch, 4);
    assert!(pair.b.is_connected());
    assert_eq!(pair.b_to_a.stats().sent, before);
}

#[test]
fn a_hello_of_two_fragments_with_unknown_things_is_understood() {
    let mut hello = vec![0xfe, 0xfd];
    hello.extend([7; 32]);
    hello.extend([0, 0]); // no session, no cookie
    // Three suites of TLS 1.3, GREASE, then ours, and what nobody should use any more.
    hello.extend([
        0, 14, 0x13, 1, 0x13, 2, 0x13, 3, 0x6a, 0x6a, 0xc0, 0x2b, 0xcc, 0xa9, 0, 0x2f,
    ]);
    hello.extend([1, 0]);
    let mut extensions = Vec::new();
    let mut extension = |code: u16, content: &[u8]| {
        extensions.extend(code.to_be_bytes());
        extensions.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        extensions.extend(content);
    };
    extension(0x2a2a, &[]);
    extension(43, &[4, 0xfe, 0xfc, 0xfe, 0xfd]); // DTLS 1.3 and 1.2
    extension(23, &[]);
    extension(0xff01, &[0]);
    extension(10, &[0, 8, 0x11, 0xec, 0, 29, 0, 23, 0, 24]); // X25519MLKEM768 first
    let mut shares = vec![4, 0xe8, 0x11, 0xec, 4, 0xc0];
    shares.extend([9; 1216]);
    shares.extend([0, 29, 0, 32]);
    shares.extend([5; 32]);
    extension(51, &shares);
    extension(11, &[1, 0]);
    extension(13, &[0, 6, 4, 3, 8, 4, 2, 1]);
    extension(14, &[0, 6, 0, 1, 0, 8, 0, 7, 0]);
    extension(45, &[1, 1]);
    hello.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    hello.extend(extensions);
    assert!(hello.len() > 1300);

    let (_, mut server) = acquainted(config(Role::Client), config(Role::Server));
    let now = strata_sim::START;
    let length = u32::try_from(hello.len()).unwrap().to_be_bytes();
    for (sequence, offset, part) in [(1, 1162, &hello[1162..]), (0, 0, &hello[..1162])] {
        let count = u32::try_from(part.len()).unwrap().to_be_bytes();
        let offset = u32::try_from(offset).unwrap().to_be_bytes();
        let mut datagram = vec![22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, sequence];
        datagram.extend(u16::try_from(part.len() + 12).unwrap().to_be_bytes());
        datagram.push(1);
        datagram.extend(&length[1..]);
        datagram.extend([0, 0]);
        datagram.extend(&offset[1..]);
        datagram.extend(&count[1..]);
        datagram.extend(part);
        server.handle_input(now, &mut datagram);
    }
    let mut flight = Vec::new();
    while server.poll_transmit(now, &mut flight).is_some() {}
    assert_eq!(server.close_reason(), None);
    // A ServerHello of DTLS 1.2 with the first suite we know, and what of the extensions has an answer:
    // renegotiation_info, extended_master_secret, ec_point_formats, use_srtp; no supported_versions.
    let hello = &flight[25..];
    assert_eq!(&hello[..2], [0xfe, 0xfd]);
    assert_eq!(&hello[34..38], [0, 0xc0, 0x2b, 0]);
    let extensions = [
        0, 24, 0xff, 1, 0, 1, 0, 0, 23, 0, 0, 0, 11, 0, 2, 1, 0, 0, 14, 0, 5, 0, 2, 0, 7, 0,
    ];
    assert_eq!(&hello[38..64], extensions);
}

#[test]
fn a_hello_with_nothing_but_other_versions_is_refused() {
    let (mut client, mut server) = acquainted(config(Role::Client), config(Role::Server));
    let now = strata_sim::START;
    client.start(now).unwrap();
    let mut hello = Vec::new();
    client.poll_transmit(now, &mut hello).unwrap();
    let mut body = hello.split_off(25);
    // supported_versions: DTLS 1.3 alone; whatever the version field says.
    let extra = [0, 43, 0, 3, 2, 0xfe, 0xfc];
    let at = 2 + 32 + 2;
    let suites = usize::from(u16::from_be_bytes([body[at], body[at + 1]]));
    let at = at + 2 + suites + 2;
    let length = u16::from_be_bytes([body[at], body[at + 1]]) + 7;
    body[at..at + 2].copy_from_slice(&length.to_be_bytes());
    body.extend(extra);
    set_lengths(&mut hello, body.len());
    hello.extend(body);
    server.handle_input(now, &mut hello);
    assert_eq!(server.close_reason(), Some(CloseReason::NoCommonVersion));
}

/// Somebody on the path makes the client seem to offer only one cipher suite.
#[test]
fn a_hello_changed_on_the_way_is_noticed() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    pair.a_to_b.set_filter(|sent| {
        if let Some(at) = sent
            .payload
            .windows(4)
            .position(|window| window == [0xc0, 0x2b, 0xc0, 0x2c])
        {
            sent.payload[at] = 0x5a;
        }
        strata_sim::Verdict::Pass
    });
    pair.run_until_idle().unwrap();
    assert_eq!(pair.b.close_reason(), Some(CloseReason::BadSignature));
    assert!(told(&pair.a_events).iter().all(is_closed));
    assert!(told(&pair.b_events).iter().all(is_closed));
}

/// Somebody on the path changes the server's choice.
#[test]
fn an_answer_without_extended_master_secret_is_refused() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    pair.b_to_a.set_filter(|sent| {
        if sent.index == 0 {
            // Takes the extension out of the ServerHello, which is the datagram's first record.
            let length = usize::from(u16::from_be_bytes([sent.payload[11], sent.payload[12]]));
            let rest = sent.payload.split_off(13 + length);
            let mut body = sent.payload.split_off(25);
            let at = body
                .windows(4)
                .position(|window| window == [0, 23, 0, 0])
                .unwrap();
            body.drain(at..at + 4);
            body[39] -= 4;
            set_lengths(sent.payload, body.len());
            sent.payload.extend(body);
            sent.payload.extend(rest);
        }
        strata_sim::Verdict::Pass
    });
    pair.run_until(|pair| pair.a.close_reason().is_some())
        .unwrap();
    assert_eq!(
        pair.a.close_reason(),
        Some(CloseReason::NoExtendedMasterSecret)
    );
}

#[test]
fn a_message_beyond_the_limit_ends_it() {
    let (_, mut server) = acquainted(config(Role::Client), config(Role::Server));
    // A fragment of one octet of a ClientHello of 65,537.
    let mut record = [
        22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xfe,
    ];
    server.handle_input(strata_sim::START, &mut record);
    assert_eq!(server.close_reason(), Some(CloseReason::MessageTooLong));
}

#[test]
fn early_records_are_kept_within_their_limit() {
    let mut pair = pair(config(Role::Client), config(Role::Server), link(), 0);
    pair.run_for(crate::setup::DELAY).unwrap();
    let mut record = vec![23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 32];
    record.extend([0; 32]);
    for _ in 0..20 {
        pair.inject_to_b(&record).unwrap();
    }
    assert_eq!(pair.b.stats().dropped.early, 4);
    pair.run_until(both_connected).unwrap();
    assert_eq!(pair.b.stats().dropped.forged, 16);
    assert_eq!(pair.b_events.len(), 1);
}

#[test]
fn data_nobody_fetches_is_kept_within_its_limit() {
    let mut server = config(Role::Server);
    server.limits.event_bytes = 2 * (4 + size_of::<Event>());
    let mut pair = connected(config(Role::Client), server);
    let now = pair.now();
    for _ in 0..3 {
        let mut record = seal(&mut pair.a, b"four");
        pair.b.handle_input(now, &mut record);
    }
    assert_eq!(pair.b.stats().dropped.events, 1);
    pair.drain().unwrap();
    assert_eq!(pair.b_events.len(), 2);
    let record = seal(&mut pair.a, b"more");
    pair.inject_to_b(&record).unwrap();
    assert_eq!(pair.b_events.len(), 3);
}

fn is_closed(event: &Event) -> bool {
    matches!(event, Event::Closed { .. })
}

fn dropped(stats: &Stats) -> u64 {
    let dropped = &stats.dropped;
    dropped.malformed + dropped.epoch + dropped.forged + dropped.replayed + dropped.unexpected
}

fn delivered(connection: &mut Connection, datagram: &[u8]) -> usize {
    let mut count = 0;
    connection.handle_input_with(strata_sim::START, &mut datagram.to_vec(), |_| count += 1);
    count
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is done to a record, the data in it arrives unchanged or not at all, and the rest is counted.
    #[test]
    fn damaged_records_are_dropped(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut pair: Duo = plain();
        let record = seal(&mut pair.a, b"some data");
        let mut damaged = record.clone();
        for (index, value) in changes {
            let at = index.index(damaged.len());
            damaged[at] = value;
        }
        let before = dropped(pair.b.stats());
        if damaged != record {
            prop_assert_eq!(delivered(&mut pair.b, &damaged), 0);
            prop_assert!(dropped(pair.b.stats()) > before);
        }
        let cut = cut.index(record.len());
        prop_assert_eq!(delivered(&mut pair.b, &record[..cut]), 0);
        prop_assert_eq!(delivered(&mut pair.b, &record), 1);
        prop_assert!(pair.b.is_connected());
    }
}
