use super::*;

fn data(tsn: u32, ssn: u16, payload: &[u8]) -> Data<'_> {
    Data {
        immediate: false,
        unordered: false,
        beginning: true,
        ending: true,
        tsn: Tsn::new(tsn),
        stream: StreamId::new(0),
        ssn: Ssn::new(ssn),
        ppid: Ppid::BINARY,
        payload,
    }
}

/// What a receiver keeps allocated while a peer sends 32 kB that are taken, then one byte that has to
/// wait, and so on.
fn kept(small: impl Fn(u32, u32) -> Data<'static>) -> (u64, u32) {
    let mut receiver = Receiver::new(4 << 20, 262_144);
    receiver.start(Tsn::new(1));
    let mut events = VecDeque::with_capacity(100);
    let heap = allocation_counter::measure(|| {
        let mut tsn = 1;
        for round in 0..300 {
            for _ in 0..32 {
                let large = Data {
                    unordered: true,
                    ..data(tsn, 0, &[1; 1000])
                };
                assert_eq!(receiver.cumulative(), Tsn::new(tsn - 1));
                receiver.handle_data(&large, &mut events);
                tsn += 1;
            }
            for event in events.drain(..) {
                let AssociationEvent::Message(message) = event else {
                    panic!("{event:?}");
                };
                receiver.release(message.data.len() + MESSAGE_OVERHEAD);
            }
            let chunk = small(tsn, round);
            tsn += u32::from(chunk.tsn == Tsn::new(tsn));
            receiver.handle_data(&chunk, &mut events);
            assert_eq!(events.len(), 0, "it waits");
        }
    });
    let charged = (4 << 20) - receiver.window();
    (u64::try_from(heap.bytes_current).unwrap(), charged)
}

#[test]
fn what_waits_keeps_nothing_larger_than_itself_alive() {
    // A fragment far ahead; a message far ahead; a message whose number is never reached.
    let fragment = |_, round| Data {
        ending: false,
        ..data(20_000 + 2 * round, 1, &[2])
    };
    let ahead = |_, round: u32| data(20_000 + 2 * round, u16::try_from(round).unwrap() + 1, &[2]);
    let waiting = |tsn, round: u32| data(tsn, u16::try_from(round).unwrap() + 1, &[2]);
    for (bytes, charged) in [kept(fragment), kept(ahead), kept(waiting)] {
        assert_eq!(charged, 300 * 65);
        assert!(bytes < 300_000, "{bytes} bytes kept, {charged} charged");
    }
}

#[test]
fn of_two_messages_with_one_number_the_first_waits() {
    let mut receiver = Receiver::new(1 << 16, 1 << 16);
    receiver.start(Tsn::new(1));
    let mut events = VecDeque::new();
    let empty = receiver.window();
    for (tsn, ssn, length) in [(1, 1, 10), (2, 1, 1000), (3, 0, 1)] {
        receiver.handle_data(&data(tsn, ssn, &vec![7; length]), &mut events);
    }
    let mut lengths = Vec::new();
    for event in events {
        let AssociationEvent::Message(message) = event else {
            panic!("{event:?}");
        };
        lengths.push(message.data.len());
        receiver.release(message.data.len() + MESSAGE_OVERHEAD);
    }
    assert_eq!(lengths, [1, 10]);
    assert_eq!(receiver.window(), empty);
}
