//! An SSRC's index never comes twice, whatever was forgotten meanwhile.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The next index.
#[derive(Debug, Default)]
struct Next(u64);

impl Stream for Next {
    fn used_up_to(index: u64) -> Self {
        Self(index + 1)
    }

    fn highest(&self) -> u64 {
        self.0 - 1
    }
}

fn streams(max_streams: usize, max_forgotten: usize) -> Streams<Next> {
    Streams::new(Config {
        max_streams,
        max_forgotten,
    })
}

/// Uses the next index of a stream: which it was.
fn step(streams: &mut Streams<Next>, ssrc: u32) -> Option<u64> {
    let next = match streams.find(ssrc) {
        Found::Live(next) => next.0,
        Found::Forgotten(highest) => highest + 1,
        Found::Retired => return None,
        Found::New => 0,
    };
    streams.update(ssrc, |state| {
        assert_eq!(state.0, next);
        state.0 += 1;
    });
    Some(next)
}

proptest! {
    #[test]
    fn no_index_comes_twice(
        max_streams in 0usize..6,
        operations in proptest::collection::vec((0u8..8, 0u32..40), 0..400),
    ) {
        let mut streams = streams(max_streams, 8);
        let mut highest = BTreeMap::new();
        for (operation, ssrc) in operations {
            if operation == 0 {
                streams.forget(ssrc);
            } else if let Some(index) = step(&mut streams, ssrc) {
                let before = highest.insert(ssrc, index);
                prop_assert_eq!(before.map_or(0, |before| before + 1), index);
            } else {
                prop_assert!(highest.contains_key(&ssrc), "never used, yet retired");
            }
        }
    }
}

#[test]
fn the_one_silent_for_the_longest_time_makes_room() {
    let mut streams = streams(3, 8);
    for ssrc in [1, 2, 3, 1, 4, 1, 5] {
        step(&mut streams, ssrc);
    }
    let live: Vec<_> = (0..6).filter(|ssrc| streams.get(*ssrc).is_some()).collect();
    assert_eq!(live, [1, 4, 5]);
    assert!(matches!(streams.find(1), Found::Live(Next(3))));
    assert!(matches!(streams.find(2), Found::Forgotten(0)));
    assert!(matches!(streams.find(3), Found::Forgotten(0)));
    assert!(matches!(streams.find(0), Found::New));
}

#[test]
fn a_stream_forgotten_before_eight_others_is_retired() {
    let mut streams = streams(1, 8);
    for ssrc in 0..10 {
        step(&mut streams, ssrc);
    }
    assert!(matches!(streams.find(0), Found::Retired));
    assert!(matches!(streams.find(1), Found::Forgotten(0)));
    assert!(matches!(streams.find(9), Found::Live(_)));
    assert!(!streams.forget(0) && !streams.forget(1) && streams.forget(9));
    assert!(matches!(streams.find(9), Found::Forgotten(0)));
    assert!(matches!(streams.find(1), Found::Retired));
}

/// A day of a large conference: one newcomer a second.
#[test]
fn tens_of_thousands_come_and_go_in_constant_memory() {
    let mut streams = streams(64, 2048);
    let pass = |streams: &mut Streams<Next>, range: core::ops::Range<u32>| {
        let refused = range
            .filter(|number| step(streams, number.wrapping_mul(0x9e37_79b9)).is_none())
            .count();
        u32::try_from(refused).unwrap()
    };
    let mut refused = pass(&mut streams, 0..8000);
    let heap = allocation_counter::measure(|| refused += pass(&mut streams, 8000..86_400));
    // Nodes of the map of 64 come and go, too.
    assert!(heap.bytes_current.abs() < 4096, "{}", heap.bytes_current);
    assert!(refused < 100, "{refused} of 86,400 taken for retired ones");
    assert_eq!(pass(&mut streams, 0..80_000), 80_000);
}
