//! Randomness that is the same every time, so that an input does the same every time.

use strata_core::EntropySource;

/// Different octets.
#[derive(Debug)]
pub struct Counter(pub u8);

impl EntropySource for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(3);
            *octet = self.0;
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        self.0 = self.0.wrapping_add(1);
        Box::new(Self(self.0))
    }
}

/// The same octet.
#[derive(Debug)]
pub struct Ones;

impl EntropySource for Ones {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(1);
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self)
    }
}
