use strata_core::wire::Reader;

use super::*;
use crate::wire::handshake::Fragment;

fn flight(bodies: &[usize]) -> Vec<Item> {
    bodies
        .iter()
        .zip(0..)
        .map(|(length, sequence)| Item::Message {
            message_type: MessageType::Certificate,
            sequence,
            body: vec![0; *length],
            protected: false,
        })
        .collect()
}

fn datagrams(flight: &mut Flight, mtu: usize) -> Vec<Vec<u8>> {
    let mut writer = Writer::default();
    let mut all = Vec::new();
    loop {
        let mut out = Vec::new();
        if flight.poll(&mut writer, mtu, &mut out) == Ok(0) {
            assert!(out.is_empty());
            return all;
        }
        assert!(out.len() <= mtu);
        all.push(out);
    }
}

fn fragments(datagrams: &[Vec<u8>]) -> Vec<(u16, usize, usize)> {
    let mut all = Vec::new();
    for datagram in datagrams {
        let mut rest = &datagram[..];
        while let Some(header) = Header::parse(rest) {
            let (record, tail) = rest.split_at(record::HEADER_LEN + header.length);
            let mut reader = Reader::new(&record[record::HEADER_LEN..]);
            let fragment = Fragment::parse(&mut reader).unwrap();
            all.push((fragment.sequence, fragment.offset, fragment.body.len()));
            rest = tail;
        }
        assert!(rest.is_empty());
    }
    all
}

#[test]
fn datagrams_are_filled_but_not_overfilled() {
    let mut flight_ = Flight::new(Retransmission::default());
    flight_.send(Instant::EPOCH, flight(&[50, 0, 300]), true);
    let sent = datagrams(&mut flight_, 200);
    // 25 + 50, 25 + 0, 25 + 75; then 25 + 175; then 25 + 50.
    assert_eq!(
        fragments(&sent),
        [
            (0, 0, 50),
            (1, 0, 0),
            (2, 0, 75),
            (2, 75, 175),
            (2, 250, 50)
        ]
    );
    assert_eq!(
        sent.iter().map(Vec::len).collect::<Vec<_>>(),
        [200, 200, 75]
    );
}

/// RFC 5246 §6.2.1
#[test]
fn a_fragment_too_long_for_a_record_is_refused() {
    let mut flight_ = Flight::new(Retransmission::default());
    flight_.send(Instant::EPOCH, flight(&[70_000]), true);
    let mut out = Vec::new();
    let written = flight_.poll(&mut Writer::default(), 1 << 20, &mut out);
    assert_eq!((written, out.len()), (Err(WriteError::TooLong), 0));
}

/// RFC 6347 §4.2.4.1.
#[test]
fn the_timer_doubles_and_gives_up() {
    let schedule = Retransmission {
        initial: Duration::from_millis(100),
        maximum: Duration::from_millis(300),
        attempts: 3,
    };
    let mut flight_ = Flight::new(schedule);
    flight_.send(Instant::EPOCH, flight(&[10]), true);
    let mut times = Vec::new();
    let outcome = loop {
        let due = flight_.deadline().unwrap();
        times.push(due.as_nanos() / 1_000_000);
        assert_eq!(
            flight_.expire(due - Duration::from_nanos(1)),
            Expiry::NotYet
        );
        match flight_.expire(due) {
            Expiry::Again => assert_eq!(datagrams(&mut flight_, 1200).len(), 1),
            outcome @ (Expiry::NotYet | Expiry::GiveUp) => break outcome,
        }
    };
    assert_eq!(outcome, Expiry::GiveUp);
    assert_eq!(times, [100, 300, 600, 900]);
}

/// RFC 6347 §4.2.4.1.
#[test]
fn the_interval_is_kept_until_a_flight_goes_through_without_loss() {
    let mut flight_ = Flight::new(Retransmission::default());
    flight_.send(Instant::EPOCH, flight(&[10]), true);
    let due = flight_.deadline().unwrap();
    assert_eq!(flight_.expire(due), Expiry::Again);
    flight_.send(due, flight(&[10]), true);
    assert_eq!(flight_.deadline(), Some(due + Duration::from_millis(400)));
    flight_.send(due, flight(&[10]), true);
    assert_eq!(flight_.deadline(), Some(due + Duration::from_millis(200)));
}

#[test]
fn a_repeated_flight_is_answered_but_not_each_of_its_copies() {
    let mut flight_ = Flight::new(Retransmission::default());
    assert!(
        !flight_.repeat(Instant::from_millis(500)),
        "nothing to send"
    );
    flight_.send(Instant::EPOCH, flight(&[10]), false);
    assert_eq!(datagrams(&mut flight_, 1200).len(), 1);
    assert!(!flight_.repeat(Instant::from_millis(49)));
    assert!(flight_.repeat(Instant::from_millis(50)));
    assert!(!flight_.repeat(Instant::from_millis(50)));
    assert_eq!(datagrams(&mut flight_, 1200).len(), 1);
    assert_eq!(flight_.deadline(), None);
}

#[test]
fn a_peer_that_repeats_itself_does_not_keep_a_handshake_alive() {
    let schedule = Retransmission {
        initial: Duration::from_millis(200),
        maximum: Duration::from_millis(200),
        attempts: 3,
    };
    let mut flight_ = Flight::new(schedule);
    let mut now = Instant::EPOCH;
    flight_.send(now, flight(&[1000]), true);
    let mut again = 0;
    for _ in 0..1000 {
        now += Duration::from_millis(60);
        again += u32::from(flight_.repeat(now));
        match flight_.expire(now) {
            Expiry::NotYet => {}
            Expiry::Again => again += 1,
            Expiry::GiveUp => {
                assert_eq!(again, 6);
                return;
            }
        }
    }
    panic!("sent {again} times and still at it");
}

#[test]
fn the_last_flight_goes_out_as_often_as_it_is_asked_for() {
    let mut flight_ = Flight::new(Retransmission::default());
    let mut now = Instant::EPOCH;
    flight_.send(now, flight(&[12]), false);
    for _ in 0..100 {
        now += Duration::from_millis(60);
        assert!(flight_.repeat(now));
    }
}

/// What goes out next, for tests that change it.
pub(crate) const fn items(flight: &mut Flight) -> &mut Vec<Item> {
    &mut flight.items
}
