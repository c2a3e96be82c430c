//! Which numbers have been seen: the sliding window of anti-replay (RFC 3711 §3.3.2, RFC 6347 §4.1.2.6).

use thiserror::Error;

/// Why a number is refused. A window has no other reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// It was seen before.
    #[error("seen before")]
    Repeated,
    /// It is behind the window: nobody knows whether it was seen before.
    #[error("behind the replay window")]
    TooOld,
}

/// The highest number seen, and which of the `64 * WORDS` up to it have been.
///
/// The bit of a number stays where it is while the window moves. Moving clears the bits of the numbers
/// that come in, whole words at a time, so it costs at most `WORDS` steps however far the window moves.
/// `check` before the packet is authenticated, [`accept`](Self::accept) after.
///
/// ```
/// use strata_core::{ReplayError, ReplayWindow};
///
/// let mut window = ReplayWindow::<2>::new();
/// assert_eq!(window.check(200), Ok(()));
/// window.accept(200);
/// assert_eq!(window.check(200), Err(ReplayError::Repeated));
/// assert_eq!(window.check(73), Ok(()));
/// assert_eq!(window.check(72), Err(ReplayError::TooOld));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayWindow<const WORDS: usize> {
    /// A number's bit: the numbers modulo the width, in order.
    seen: [u64; WORDS],
    newest: u64,
}

impl<const WORDS: usize> ReplayWindow<WORDS> {
    /// How many numbers the window remembers.
    pub const WIDTH: u64 = WORDS as u64 * BITS;

    /// A window that has seen nothing. Every number may be taken.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(WORDS > 0, "a window has at least one word") }
        Self {
            seen: [0; WORDS],
            newest: 0,
        }
    }

    /// A window that takes nothing up to `number`, as if it had seen all of that.
    #[must_use]
    pub const fn seen_up_to(number: u64) -> Self {
        const { assert!(WORDS > 0, "a window has at least one word") }
        Self {
            seen: [u64::MAX; WORDS],
            newest: number,
        }
    }

    /// The highest number accepted, or where the window began or was advanced to.
    pub const fn newest(&self) -> u64 {
        self.newest
    }

    /// Whether `number` may be taken: it is ahead of the window, or inside and not seen.
    ///
    /// # Errors
    /// [`ReplayError`]: drop the packet before any work is done for it.
    #[inline]
    pub fn check(&self, number: u64) -> Result<(), ReplayError> {
        let Some(behind) = self.newest.checked_sub(number) else {
            return Ok(());
        };
        if behind >= Self::WIDTH {
            return Err(ReplayError::TooOld);
        }
        match self.seen.get(Self::word_of(number)) {
            Some(word) if word & bit_of(number) == 0 => Ok(()),
            _ => Err(ReplayError::Repeated),
        }
    }

    /// Takes `number`, which was checked and has been authenticated since.
    ///
    /// One that is too old changes nothing.
    #[inline]
    pub fn accept(&mut self, number: u64) {
        self.advance(number);
        if self.newest.wrapping_sub(number) >= Self::WIDTH {
            return;
        }
        if let Some(word) = self.seen.get_mut(Self::word_of(number)) {
            *word |= bit_of(number);
        }
    }

    /// Moves the window so that `number` is its newest, without taking it. One that is behind changes nothing.
    #[inline]
    pub fn advance(&mut self, number: u64) {
        let Some(ahead) = number.checked_sub(self.newest) else {
            return;
        };
        if ahead >= Self::WIDTH {
            self.seen = [0; WORDS];
        } else {
            self.clear(self.newest, ahead);
        }
        self.newest = number;
    }

    /// Clears the bits of the `count` numbers behind `last`, fewer than the width: a word, or a part of one,
    /// at a time.
    fn clear(&mut self, last: u64, count: u64) {
        let (mut next, mut left) = (last.wrapping_add(1), count);
        while left > 0 {
            let offset = next % BITS;
            let here = left.min(BITS.saturating_sub(offset));
            if let Some(word) = self.seen.get_mut(Self::word_of(next)) {
                *word &= !(u64::MAX >> BITS.saturating_sub(here) << offset);
            }
            next = next.wrapping_add(here);
            left = left.saturating_sub(here);
        }
    }

    #[expect(
        clippy::arithmetic_side_effects,
        reason = "there is no window of zero words: its constructors do not compile"
    )]
    const fn word_of(number: u64) -> usize {
        (number / BITS % WORDS as u64) as usize
    }
}

impl<const WORDS: usize> Default for ReplayWindow<WORDS> {
    fn default() -> Self {
        Self::new()
    }
}

const fn bit_of(number: u64) -> u64 {
    1 << (number % BITS)
}

const BITS: u64 = 64;

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A set that remembers everything.
    #[derive(Default)]
    struct Model {
        seen: BTreeSet<u64>,
        newest: u64,
    }

    impl Model {
        fn check(&self, number: u64, width: u64) -> Result<(), ReplayError> {
            if number <= self.newest && self.newest - number >= width {
                Err(ReplayError::TooOld)
            } else if self.seen.contains(&number) {
                Err(ReplayError::Repeated)
            } else {
                Ok(())
            }
        }
    }

    /// Whatever comes, the window says of every number around it what the model says.
    fn compare<const WORDS: usize>(start: u64, steps: &[(i64, bool)]) -> Result<(), TestCaseError> {
        let (mut window, mut model) = (ReplayWindow::<WORDS>::new(), Model::default());
        window.advance(start);
        model.newest = start;
        for (step, take) in steps {
            let Some(number) = model.newest.checked_add_signed(*step) else {
                continue;
            };
            let expected = model.check(number, ReplayWindow::<WORDS>::WIDTH);
            prop_assert_eq!(window.check(number), expected);
            if *take && expected.is_ok() {
                window.accept(number);
                model.seen.insert(number);
            } else {
                window.advance(number);
            }
            model.newest = model.newest.max(number);
            prop_assert_eq!(window.newest(), model.newest);
            for number in model.newest.saturating_sub(64 * WORDS as u64 + 2)..model.newest + 3 {
                let expected = model.check(number, ReplayWindow::<WORDS>::WIDTH);
                prop_assert_eq!(window.check(number), expected, "{}", number);
            }
        }
        Ok(())
    }

    proptest! {
        /// RFC 3711 §3.3.2, RFC 6347 §4.1.2.6.
        #[test]
        fn it_is_the_set_of_numbers_seen_within_its_width(
            start in prop_oneof![Just(0), 0u64..1000, Just(u64::MAX / 2)],
            steps in proptest::collection::vec(
                (prop_oneof![4 => -140i64..70, 2 => 0i64..3, 1 => 0i64..400, 1 => 60i64..70], any::<bool>()),
                1..100),
        ) {
            compare::<1>(start, &steps)?;
            compare::<2>(start, &steps)?;
            compare::<3>(start, &steps)?;
        }

        #[test]
        fn nothing_up_to_a_known_number_is_taken(number: u64, behind in 0u64..5000, ahead in 1u64..200) {
            let mut window = ReplayWindow::<16>::seen_up_to(number);
            let (earlier, later) = (number.saturating_sub(behind), number.saturating_add(ahead));
            prop_assert!(window.check(earlier).is_err());
            if later > number {
                prop_assert_eq!(window.check(later), Ok(()));
                window.accept(later);
                prop_assert_eq!(window.check(later), Err(ReplayError::Repeated));
                prop_assert!(window.check(earlier).is_err());
                // What was passed over has not been seen.
                if later - 1 > number {
                    prop_assert_eq!(window.check(later - 1), Ok(()));
                }
            }
        }
    }

    #[test]
    fn a_window_of_16_words_remembers_1024_numbers() {
        for newest in [1023, 1024, 5000, u64::MAX] {
            let mut window = ReplayWindow::<16>::new();
            window.accept(newest);
            let rows = [
                (0, Err(ReplayError::Repeated)),
                (1, Ok(())),
                (1023, Ok(())),
                (1024, Err(ReplayError::TooOld)),
            ];
            for (behind, expected) in rows {
                if let Some(number) = newest.checked_sub(behind) {
                    assert_eq!(window.check(number), expected, "{behind} behind {newest}");
                }
            }
        }
    }

    #[test]
    fn the_first_and_the_last_number_are_taken_once() {
        let mut window = ReplayWindow::<2>::new();
        for number in [0, u64::MAX] {
            assert_eq!(window.check(number), Ok(()));
            window.accept(number);
            assert_eq!(window.check(number), Err(ReplayError::Repeated));
        }
        // Accepted although it is too old: nothing changes.
        let before = window.clone();
        window.accept(5);
        assert_eq!(window, before);
    }
}
