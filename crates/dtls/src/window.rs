//! The anti-replay window (RFC 6347 §4.1.2.6).

/// Which sequence numbers have been seen. 128 wide: twice what RFC 6347 recommends, because paths over
/// several links reorder more than it knew.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReplayWindow {
    /// One more than the highest number seen.
    next: u64,
    /// Bit `i` is set if `next - 1 - i` was seen.
    seen: u128,
}

impl ReplayWindow {
    /// Whether a record with this number may be looked at: it is new, and not too old to tell.
    pub(crate) const fn is_fresh(&self, sequence: u64) -> bool {
        match self.next.checked_sub(sequence) {
            None | Some(0) => true,
            Some(age @ 1..=WIDTH) => self.seen >> (age - 1) & 1 == 0,
            Some(_) => false,
        }
    }

    /// Notes that the record with this number is authentic.
    pub(crate) fn accept(&mut self, sequence: u64) {
        if let Some(age) = self.next.checked_sub(sequence + 1) {
            if age < WIDTH {
                self.seen |= 1 << age;
            }
            return;
        }
        let ahead = sequence + 1 - self.next;
        self.seen = if ahead < WIDTH {
            self.seen << ahead | 1
        } else {
            1
        };
        self.next = sequence + 1;
    }
}

const WIDTH: u64 = 128;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_set_of_numbers_seen_within_its_width(
            numbers in proptest::collection::vec(prop_oneof![0u64..400, 0..crate::wire::record::MAX_SEQUENCE], 0..300),
        ) {
            let (mut window, mut seen, mut highest) = (ReplayWindow::default(), HashSet::new(), 0);
            for number in numbers {
                let fresh = number + WIDTH > highest && !seen.contains(&number);
                prop_assert_eq!(window.is_fresh(number), fresh || seen.is_empty(), "{}", number);
                if window.is_fresh(number) {
                    window.accept(number);
                    seen.insert(number);
                    highest = highest.max(number);
                    prop_assert!(!window.is_fresh(number));
                }
            }
        }
    }
}
