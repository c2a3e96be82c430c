//! Injected randomness.

use alloc::boxed::Box;
use core::fmt;

/// Something random bytes come from.
///
/// In production this must be a cryptographically secure generator (`strata_crypto::SystemEntropy`):
/// ICE passwords, SCTP tags and DTLS cookies come out of it. Tests use a seeded one.
pub trait EntropySource: Send {
    /// Fills `out` with random bytes.
    fn fill(&mut self, out: &mut [u8]);

    /// A source for a child engine, independent of this one but determined by it.
    fn fork(&mut self) -> Box<dyn EntropySource>;
}

/// The randomness an engine owns.
pub struct Entropy(Box<dyn EntropySource>);

impl Entropy {
    /// Wraps a source.
    pub fn new(source: impl EntropySource + 'static) -> Self {
        Self(Box::new(source))
    }

    /// Randomness for a child engine, independent of this but determined by it.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Fills `out` with random bytes.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill(out);
    }

    /// `N` random bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A uniform 16-bit number.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// A uniform 32-bit number.
    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// A uniform 64-bit number.
    pub fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }

    /// A uniform number in `0..bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Rejection sampling: the numbers above the last whole multiple of `bound` would favour the
        // small remainders. Fewer than half of all draws are rejected.
        let excess = (u64::MAX % bound + 1) % bound;
        loop {
            let candidate = self.u64();
            if candidate <= u64::MAX - excess {
                return candidate % bound;
            }
        }
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up, one byte after the other.
    struct Counter(u8);

    impl EntropySource for Counter {
        fn fill(&mut self, out: &mut [u8]) {
            for byte in out {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
        }

        fn fork(&mut self) -> Box<dyn EntropySource> {
            Box::new(Self(self.0.wrapping_add(100)))
        }
    }

    #[test]
    fn numbers_come_from_the_source_in_order() {
        let mut entropy = Entropy::new(Counter(0));
        assert_eq!(entropy.u16(), 0x0001);
        assert_eq!(entropy.u32(), 0x0203_0405);
        assert_eq!(entropy.array::<2>(), [6, 7]);
        assert_eq!(entropy.fork().u16(), 0x6c6d);
    }

    #[test]
    fn below_stays_below() {
        let mut entropy = Entropy::new(Counter(0));
        assert_eq!(entropy.below(0), 0);
        assert_eq!(entropy.below(1), 0);
        for bound in [2, 3, 10, u64::MAX / 2 + 2, u64::MAX] {
            for _ in 0..100 {
                assert!(entropy.below(bound) < bound);
            }
        }
    }
}
