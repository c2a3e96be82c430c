//! Chance for unit tests: the same in every run.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use strata_core::Entropy;

/// Numbers that depend on the seed alone. They are good enough to choose by.
pub(crate) fn seeded(seed: u64) -> Entropy {
    let state = Arc::new(AtomicU64::new(seed));
    Entropy::new(move |out| {
        for byte in out {
            let step = 0x9e37_79b9_7f4a_7c15;
            let state = state.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = mixed.to_be_bytes()[0];
        }
    })
}
