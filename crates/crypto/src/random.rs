//! The operating system's random generator.

use ring::rand::{SecureRandom as _, SystemRandom};
use strata_core::EntropySource;

/// The operating system's cryptographically secure generator.
///
/// ```
/// use strata_core::Entropy;
/// use strata_crypto::SystemEntropy;
///
/// let mut entropy = Entropy::new(SystemEntropy::new());
/// assert_ne!(entropy.array::<16>(), entropy.array::<16>());
/// ```
#[derive(Clone, Debug)]
pub struct SystemEntropy {
    system: SystemRandom,
}

impl SystemEntropy {
    /// The system's generator; nothing is drawn yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            system: SystemRandom::new(),
        }
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl EntropySource for SystemEntropy {
    /// # Panics
    ///
    /// If the operating system has no randomness to give, which no supported system does once it
    /// has booted. To go on without it would mean predictable passwords and keys.
    fn fill(&mut self, out: &mut [u8]) {
        let drawn = self.system.fill(out);
        assert!(
            drawn.is_ok(),
            "the operating system's random generator failed"
        );
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_and_a_fork_differ() {
        let mut entropy = SystemEntropy::new();
        let (mut a, mut b, mut c) = ([0; 32], [0; 32], [0; 32]);
        entropy.fill(&mut a);
        entropy.fill(&mut b);
        entropy.fork().fill(&mut c);
        assert!(a != b && b != c && a != c && a != [0; 32]);
    }
}
