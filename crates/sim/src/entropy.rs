//! Randomness that a seed decides.

use std::fmt;

use strata_core::{Entropy, EntropySource};

/// A deterministic [`EntropySource`]: xoshiro256\*\*, seeded through splitmix64.
///
/// Statistically good and fast, but predictable: for tests alone.
///
/// ```
/// use strata_sim::SeededEntropy;
/// let (mut one, mut same) = (SeededEntropy::entropy(7), SeededEntropy::entropy(7));
/// assert_eq!(one.u64(), same.u64());
/// assert_eq!(one.fork().u64(), same.fork().u64());
/// ```
#[derive(Clone)]
pub struct SeededEntropy {
    state: [u64; 4],
}

impl SeededEntropy {
    /// The source that `seed` decides.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        Self {
            state: std::array::from_fn(|_| splitmix64(&mut mixer)),
        }
    }

    /// The same, as engines take it: `Entropy::from_source(SeededEntropy::new(seed))`.
    #[must_use]
    pub fn entropy(seed: u64) -> Entropy {
        Entropy::from_source(Self::new(seed))
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }
}

impl EntropySource for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        // The child starts elsewhere: splitmix64 scrambles the draw that seeds it.
        Box::new(Self::new(self.next()))
    }
}

impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededEntropy(..)")
    }
}

/// The next number of the splitmix64 sequence; spreads neighbouring seeds apart.
pub(crate) fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Whether something of this probability happens now.
pub(crate) fn happens(entropy: &mut Entropy, probability: f64) -> bool {
    // Without a draw at zero, so that a perfect link costs nothing.
    probability > 0.0 && f64::from(entropy.u32()) / 4_294_967_296.0 < probability
}

/// A uniform index below `bound`; 0 if `bound` is 0.
pub(crate) fn index(entropy: &mut Entropy, bound: usize) -> usize {
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);
    usize::try_from(entropy.below(bound)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_gives_its_published_sequence() {
        let mut state = 1_234_567;
        let first: [u64; 3] = std::array::from_fn(|_| splitmix64(&mut state));
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn xoshiro_gives_the_sequence_of_its_reference() {
        let mut source = SeededEntropy {
            state: [1, 2, 3, 4],
        };
        let first: [u64; 4] = std::array::from_fn(|_| source.next());
        assert_eq!(first, [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn seeds_and_forks_differ() {
        let mut draws = std::collections::BTreeSet::new();
        for seed in 0..1000 {
            let mut entropy = SeededEntropy::entropy(seed);
            assert!(draws.insert(entropy.fork().u64()));
            assert!(draws.insert(entropy.fork().u64()));
            assert!(draws.insert(entropy.u64()));
        }
    }

    #[test]
    fn chances_come_out_as_asked() {
        let mut entropy = SeededEntropy::entropy(3);
        let hits = (0..100_000).filter(|_| happens(&mut entropy, 0.01)).count();
        assert!((900..1100).contains(&hits), "{hits} of 100000 at 1 %");
        assert!((0..1000).all(|_| happens(&mut entropy, 1.0)));
        assert!(!(0..1000).any(|_| happens(&mut entropy, 0.0)));
    }
}
