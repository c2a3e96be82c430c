//! SSRCs that may not be used again.

use super::tombstones::mix;

/// A set of SSRCs in constant memory: a Bloom filter. It never denies one that was put in, and takes some for
/// members that were not: none in millions when 100,000 are in, one in 2,300 when 500,000 are, one in 50 when a
/// million is.
#[derive(Debug)]
pub(super) struct Retired {
    /// Empty until the first comes.
    bits: Vec<u64>,
}

impl Retired {
    pub(super) const fn new() -> Self {
        Self { bits: Vec::new() }
    }

    pub(super) fn contains(&self, ssrc: u32) -> bool {
        !self.bits.is_empty()
            && places(ssrc).all(|(word, bit)| self.bits.get(word).is_some_and(|w| w & bit != 0))
    }

    pub(super) fn insert(&mut self, ssrc: u32) {
        if self.bits.is_empty() {
            self.bits = vec![0; WORDS];
        }
        for (word, bit) in places(ssrc) {
            if let Some(word) = self.bits.get_mut(word) {
                *word |= bit;
            }
        }
    }
}

/// The words and bits of an SSRC. Two halves of one hash do the work of eight hashes.
fn places(ssrc: u32) -> impl Iterator<Item = (usize, u64)> {
    let hash = mix(ssrc);
    let (start, step) = (hash >> 32, hash & 0xffff_ffff | 1);
    (0..HASHES).map(move |turn| {
        let place = start.wrapping_add(turn.wrapping_mul(step));
        let word = usize::try_from(place / 64 % WORD_COUNT).unwrap_or(0);
        (word, 1 << (place % 64))
    })
}

/// 2^23 bits: 1 MiB.
const WORDS: usize = 1 << 17;

const WORD_COUNT: u64 = WORDS as u64;

const HASHES: u64 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_put_in_is_denied_and_few_others_are_taken_for_them() {
        // In a row, as they are never drawn, and scattered, as they are.
        for scatter in [1, 0x9e37_79b9] {
            let ssrc = |number: u32| number.wrapping_mul(scatter);
            let mut retired = Retired::new();
            assert!(!retired.contains(ssrc(0)));
            let mut allowed = [(100_000, 2), (500_000, 80), (1_000_000, 3_000)].into_iter();
            let mut next = allowed.next();
            for number in 0..1_000_000 {
                retired.insert(ssrc(number));
                let Some((count, most)) = next.filter(|(count, _)| *count == number + 1) else {
                    continue;
                };
                assert!((0..count).all(|number| retired.contains(ssrc(number))));
                let wrong = (2_000_000..2_100_000)
                    .filter(|number| retired.contains(ssrc(*number)))
                    .count();
                assert!(wrong < most, "{wrong} of 100,000 when {count} are in");
                next = allowed.next();
            }
            assert_eq!(next, None);
        }
    }
}
