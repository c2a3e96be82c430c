use super::*;
use crate::message::MESSAGE_OVERHEAD;

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
    let mut receiver = Reassembly::new(4 << 20, 262_144);
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
        assert_eq!(charged, 300 * (128 + 64));
        // Besides: the runs, three chunks of the arena, and lists that have room to grow.
        let limit = u64::from(charged) + 120_000;
        assert!(bytes < limit, "{bytes} bytes kept, {charged} charged");
    }
}

/// Messages of up to three fragments on three streams, in order and not, as their chunks.
fn chunks(dice: &mut strata_core::Entropy) -> Vec<Data<'static>> {
    static PAYLOAD: [u8; 1024] = {
        let mut payload = [0; 1024];
        let mut at = 0;
        while at < payload.len() {
            payload[at] = (at % 251).to_le_bytes()[0];
            at += 1;
        }
        payload
    };
    let (mut chunks, mut numbers) = (Vec::new(), [0; 3]);
    for message in 0..60 {
        let stream = u16::try_from(dice.below(3)).unwrap();
        let unordered = dice.below(4) == 0;
        let number = &mut numbers[usize::from(stream)];
        let ssn = if unordered { 0 } else { *number };
        *number += u16::from(!unordered);
        let fragments = dice.below(3) + 1;
        for fragment in 0..fragments {
            let from = usize::try_from(dice.below(500)).unwrap();
            let length = usize::try_from(dice.below(500)).unwrap() + 1;
            let tsn = u32::MAX
                .wrapping_sub(20)
                .wrapping_add(u32::try_from(chunks.len()).unwrap());
            chunks.push(Data {
                unordered,
                beginning: fragment == 0,
                ending: fragment + 1 == fragments,
                stream: StreamId::new(stream),
                ppid: Ppid(message),
                ..data(tsn, ssn, &PAYLOAD[from..from + length])
            });
        }
    }
    chunks
}

/// Gives all the chunks to a receiver in some order, some more than once; answers the messages.
fn receive(
    receiver: &mut Reassembly,
    chunks: &[Data<'_>],
    dice: &mut strata_core::Entropy,
) -> Vec<Incoming> {
    let mut left: Vec<_> = chunks.iter().collect();
    let mut events = VecDeque::new();
    while !left.is_empty() {
        // Near the first that is missing, most often.
        let reach = if dice.below(8) == 0 {
            left.len()
        } else {
            left.len().min(10)
        };
        let index = usize::try_from(dice.below(u64::try_from(reach).unwrap())).unwrap();
        let chunk = left[index];
        if dice.below(10) > 0 {
            left.remove(index);
        }
        receiver.handle_data(chunk, &mut events);
    }
    let message = |event| {
        let AssociationEvent::Message(message) = event else {
            panic!("{event:?}");
        };
        message
    };
    let messages: Vec<_> = events.into_iter().map(message).collect();
    for message in &messages {
        receiver.release(message.data.len() + MESSAGE_OVERHEAD);
    }
    messages
}

#[test]
fn messages_come_whole_and_in_order_whatever_the_order_of_their_chunks() {
    for seed in 0..300 {
        let mut dice = crate::dice::seeded(seed);
        let chunks = chunks(&mut dice);
        let mut receiver = Reassembly::new(1 << 20, 1 << 18);
        receiver.start(chunks[0].tsn);
        let messages = receive(&mut receiver, &chunks, &mut dice);
        assert_eq!(messages.len(), 60, "seed {seed}");
        let mut last = [0; 3];
        for message in &messages {
            let parts = chunks.iter().filter(|chunk| chunk.ppid == message.ppid);
            let expected: Vec<u8> = parts.flat_map(|chunk| chunk.payload).copied().collect();
            assert!(message.data == expected, "seed {seed}: {message:?}");
            // RFC 9260 §6.6: in order within the stream.
            let last = &mut last[usize::from(message.stream.get())];
            if message.ordered {
                assert!(*last <= message.ppid.0, "seed {seed}");
                *last = message.ppid.0;
            }
        }
        assert!(!receiver.has_gaps());
        assert_eq!(receiver.window(), 1 << 20, "seed {seed}: all is given back");
    }
}

/// RFC 3758 §3.6: what is skipped is dropped, and what comes after it is delivered.
#[test]
fn what_is_skipped_leaves_nothing_behind() {
    for seed in 0..300 {
        let mut dice = crate::dice::seeded(seed);
        let chunks = chunks(&mut dice);
        let mut receiver = Reassembly::new(1 << 20, 1 << 18);
        receiver.start(chunks[0].tsn);
        let mut came: Vec<_> = chunks.clone();
        came.retain(|_| dice.below(5) > 0);
        let mut events = VecDeque::new();
        for chunk in &came {
            receiver.handle_data(chunk, &mut events);
        }
        let streams = [0, 1, 2].map(StreamId::new);
        let last = |stream: StreamId, until: usize| {
            let mut before = chunks[..until].iter().rev();
            let chunk = before.find(|chunk| chunk.stream == stream && !chunk.unordered)?;
            Some(Skipped {
                stream,
                ssn: chunk.ssn,
            })
        };
        // In the middle of what is held, and then everything.
        for until in [chunks.len() / 2, chunks.len()] {
            let skipped = streams.iter().filter_map(|stream| last(*stream, until));
            receiver.handle_forward(chunks[until - 1].tsn, skipped, &mut events);
        }
        for event in &events {
            let AssociationEvent::Message(message) = event else {
                panic!("{event:?}");
            };
            let parts = chunks.iter().filter(|chunk| chunk.ppid == message.ppid);
            let expected: Vec<u8> = parts.flat_map(|chunk| chunk.payload).copied().collect();
            assert!(message.data == expected, "seed {seed}: {message:?}");
            receiver.release(message.data.len() + MESSAGE_OVERHEAD);
        }
        assert_eq!(receiver.window(), 1 << 20, "seed {seed}: all is given back");
    }
}

#[test]
fn memory_for_what_waits_is_used_again_and_given_back() {
    const LIMIT: usize = 1 << 20;
    let mut receiver = Reassembly::new(LIMIT, 1 << 18);
    receiver.start(Tsn::new(1));
    let mut events = VecDeque::with_capacity(2000);
    let mut tsn = 1_u32;
    // A gap with so many messages behind it, and what fills it.
    let mut gap = |receiver: &mut Reassembly, count: u32| {
        let ssn = |number: u32| u16::try_from(number % 65_536).unwrap();
        let heap = allocation_counter::measure(|| {
            for number in (tsn + 1..=tsn + count).chain([tsn]) {
                receiver.handle_data(&data(number, ssn(number - 1), &[7; 1000]), &mut events);
            }
            tsn += count + 1;
        });
        assert_eq!(events.len(), usize::try_from(count).unwrap() + 1);
        for _ in events.drain(..) {
            receiver.release(1000 + MESSAGE_OVERHEAD);
        }
        assert_eq!(receiver.window(), 1 << 20);
        heap
    };
    gap(&mut receiver, 100);
    for _ in 0..10 {
        let again = gap(&mut receiver, 100);
        assert!(again.count_total < 10, "{again:?}");
    }
    // Nearly the whole window waits: no more than an eighth of it is kept.
    let peak = gap(&mut receiver, 800);
    assert!(peak.count_total > 200);
    assert!(receiver.memory.store.capacity() <= LIMIT / 8);
    receiver.rest();
    assert!(receiver.memory.store.capacity() > LIMIT / 16);
    receiver.rest();
    assert_eq!(receiver.memory.store.capacity(), 0);
    gap(&mut receiver, 100);
}

#[test]
fn of_two_messages_with_one_number_the_first_waits() {
    let mut receiver = Reassembly::new(1 << 16, 1 << 16);
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

/// What a receiver allocates at most while a peer sends what it likes beyond a gap and the owner takes nothing or all.
fn most_allocated(seed: u64, limit: usize) -> (u64, usize) {
    let mut dice = crate::dice::seeded(seed);
    let mut below = |end: u64| u32::try_from(dice.below(end)).unwrap();
    let mut most_charged = 0;
    let mut receiver = Reassembly::new(limit, 1 << 18);
    receiver.start(Tsn::new(1));
    let mut events = VecDeque::with_capacity(100_000);
    let heap = allocation_counter::measure(|| {
        let mut base = 1;
        for _ in 0..40 {
            let (largest, ends) = (1 + u64::from(below(1200)), 1 + u64::from(below(8)));
            for _ in 0..below(3000) {
                let length = usize::try_from(below(largest) + 1).unwrap();
                let chunk = Data {
                    unordered: below(2) == 0,
                    beginning: below(ends) == 0,
                    ending: below(ends) == 0,
                    stream: StreamId::new(u16::try_from(below(4)).unwrap()),
                    ..data(
                        base + 1 + below(2000),
                        u16::try_from(below(500)).unwrap(),
                        &[3; 1200][..length],
                    )
                };
                // A message that would be too large ends the association.
                if receiver.handle_data(&chunk, &mut events) == Arrival::TooLarge {
                    return;
                }
                let used = limit - usize::try_from(receiver.window()).unwrap();
                most_charged = most_charged.max(used);
            }
            if below(2) == 0 {
                for event in events.drain(..) {
                    if let AssociationEvent::Message(message) = event {
                        receiver.release(message.data.len() + MESSAGE_OVERHEAD);
                    }
                }
            }
            if below(4) == 0 {
                base += 1500;
                receiver.handle_forward(Tsn::new(base), core::iter::empty(), &mut events);
            }
        }
    });
    (heap.bytes_max, most_charged)
}

#[test]
fn memory_stays_near_the_limit_whatever_comes_beyond_a_gap() {
    const LIMIT: usize = 1 << 20;
    let mut full = 0;
    for seed in 0..40 {
        let (bytes, charged) = most_allocated(seed, LIMIT);
        full += usize::from(charged == LIMIT);
        // Besides what may be kept: the runs, the arena's chunks that are not yet full, and the list of slots twice
        // while it grows.
        let most = u64::try_from(LIMIT + 2 * LIMIT / SPARE_PART + LIMIT / 4 + (100 << 10)).unwrap();
        assert!(
            bytes < most,
            "seed {seed}: {bytes} bytes, {charged} charged"
        );
    }
    assert!(full > 10, "the limit is reached: {full}");
}

#[test]
fn memory_that_is_kept_while_something_waits_is_charged() {
    const LIMIT: usize = 1 << 20;
    let mut receiver = Reassembly::new(LIMIT, LIMIT);
    receiver.start(Tsn::new(1));
    let mut events = VecDeque::new();
    let fragment = |tsn, beginning, ending| Data {
        unordered: true,
        beginning,
        ending,
        ..data(tsn, 0, &[1; 1000])
    };
    // A large message behind a gap, and a fragment after it that waits on when it is whole and taken.
    receiver.handle_data(&fragment(900, true, false), &mut events);
    for tsn in (2..=700).rev() {
        receiver.handle_data(&fragment(tsn, tsn == 2, tsn == 700), &mut events);
    }
    let Some(AssociationEvent::Message(message)) = events.pop_front() else {
        panic!("no message");
    };
    assert_eq!(message.data.len(), 699_000);
    receiver.release(699_000 + MESSAGE_OVERHEAD);
    let window = usize::try_from(receiver.window()).unwrap();
    assert_eq!(
        LIMIT - window,
        receiver.memory.store.capacity() - LIMIT / SPARE_PART
    );
    assert!(window < LIMIT / 2, "{window}");
    // RFC 3758 §3.6: then nothing waits.
    receiver.handle_forward(Tsn::new(900), core::iter::empty(), &mut events);
    assert_eq!(receiver.window(), 1 << 20);
}
