//! Injected randomness.

use alloc::boxed::Box;
use core::{fmt, num::NonZeroU64};

/// Something random bytes come from, for sources that [`Entropy::new`] does not fit.
///
/// In production this must be a cryptographically secure generator: ICE passwords, SCTP tags and DTLS cookies
/// come out of it. Tests use a seeded one.
pub trait EntropySource: Send {
    /// Fills `out` with random bytes.
    ///
    /// There is no way to say that none are left. A source that cannot give any must panic: an engine that went
    /// on without randomness would make passwords and keys that can be guessed.
    fn fill(&mut self, out: &mut [u8]);

    /// A source for a child engine, independent of this one but determined by it.
    fn fork(&mut self) -> Box<dyn EntropySource>;
}

/// The randomness an engine owns.
pub struct Entropy(Box<dyn EntropySource>);

impl Entropy {
    /// Randomness from a closure that fills its argument with bytes of a cryptographically secure generator.
    ///
    /// [`fork`](Self::fork) clones the closure. The clone must not repeat what the original gives: two engines
    /// would have the same passwords and keys. So the closure owns no generator: it asks the operating system, or a
    /// generator that all clones share. What forks in another way, such as a generator with a seed, comes in by
    /// [`from_source`](Self::from_source).
    ///
    /// ```
    /// use strata_core::Entropy;
    ///
    /// # mod getrandom {
    /// #     pub fn fill(out: &mut [u8]) -> Result<(), std::io::Error> {
    /// #         std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, out)
    /// #     }
    /// # }
    /// let mut entropy = Entropy::new(|out: &mut [u8]| {
    ///     getrandom::fill(out).expect("the system has randomness");
    /// });
    /// assert_ne!(entropy.array::<16>(), entropy.fork().array::<16>());
    /// ```
    ///
    /// A closure that changes what it owns, whose clone would begin where it stands, does not compile:
    ///
    /// ```compile_fail,E0594
    /// let mut state = 1_u8;
    /// strata_core::Entropy::new(move |out: &mut [u8]| {
    ///     state = state.wrapping_mul(77).wrapping_add(3);
    ///     out.fill(state);
    /// });
    /// ```
    pub fn new(fill: impl Fn(&mut [u8]) + Clone + Send + 'static) -> Self {
        Self::from_source(Fill(fill))
    }

    /// Randomness from a source that knows how to fork itself.
    pub fn from_source(source: impl EntropySource + 'static) -> Self {
        Self(Box::new(source))
    }

    /// The operating system's cryptographically secure generator.
    ///
    /// Nothing is drawn before it is needed, and nothing is kept: every number is asked of the system. Targets
    /// whose generator the `getrandom` crate does not know (`wasm32-unknown-unknown`, bare metal) do not compile
    /// with this feature; there [`new`](Self::new) takes what the target has.
    ///
    /// ```
    /// use strata_core::Entropy;
    ///
    /// let mut entropy = Entropy::system();
    /// assert_ne!(entropy.array::<16>(), entropy.fork().array::<16>());
    /// ```
    ///
    /// # Panics
    ///
    /// This function never does. Drawing from what it returns panics if the system has no randomness to give,
    /// which happens to no supported system once it has booted: to go on would mean passwords and keys that can
    /// be guessed.
    #[cfg(feature = "system-entropy")]
    #[must_use]
    pub fn system() -> Self {
        Self::new(|out: &mut [u8]| {
            let drawn = getrandom::getrandom(out);
            assert!(
                drawn.is_ok(),
                "the operating system's random generator failed: {drawn:?}"
            );
        })
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
        let Some(bound) = NonZeroU64::new(bound) else {
            return 0;
        };
        // Rejection sampling: the numbers above the last whole multiple of `bound` would favour the
        // small remainders. Fewer than half of all draws are rejected.
        let excess = (u64::MAX % bound).wrapping_add(1) % bound;
        loop {
            let candidate = self.u64();
            if candidate <= u64::MAX.wrapping_sub(excess) {
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

/// A closure as a source.
#[derive(Clone)]
struct Fill<F>(F);

impl<F: Fn(&mut [u8]) + Clone + Send + 'static> EntropySource for Fill<F> {
    fn fill(&mut self, out: &mut [u8]) {
        (self.0)(out);
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use core::sync::atomic::{AtomicU8, Ordering};

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
        let mut entropy = Entropy::from_source(Counter(0));
        assert_eq!(entropy.u16(), 0x0001);
        assert_eq!(entropy.u32(), 0x0203_0405);
        assert_eq!(entropy.array::<2>(), [6, 7]);
        assert_eq!(entropy.fork().u16(), 0x6c6d);
    }

    #[test]
    fn a_closure_is_a_source_and_a_fork_is_its_clone() {
        let calls = Arc::new(AtomicU8::new(0));
        let mut entropy = Entropy::new({
            let calls = Arc::clone(&calls);
            move |out: &mut [u8]| out.fill(calls.fetch_add(1, Ordering::Relaxed))
        });
        let mut child = entropy.fork();
        assert_eq!(entropy.array(), [0, 0]);
        assert_eq!(child.array(), [1]);
        assert_eq!(entropy.array(), [2, 2, 2]);
        assert_eq!(calls.load(Ordering::Relaxed), 3);
    }

    #[cfg(feature = "system-entropy")]
    #[test]
    fn two_draws_of_the_system_and_a_fork_differ() {
        let mut entropy = Entropy::system();
        let mut child = entropy.fork();
        let [a, b, c]: [[u8; 32]; 3] = [entropy.array(), entropy.array(), child.array()];
        assert!(a != b && b != c && a != c && a != [0; 32]);
    }

    #[test]
    fn below_stays_below() {
        let mut entropy = Entropy::from_source(Counter(0));
        assert_eq!(entropy.below(0), 0);
        assert_eq!(entropy.below(1), 0);
        for bound in [2, 3, 10, u64::MAX / 2 + 2, u64::MAX] {
            for _ in 0..100 {
                assert!(entropy.below(bound) < bound);
            }
        }
    }
}
