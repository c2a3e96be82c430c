//! Private keys out of seeds, with ring's own test generators: the code that uses the keys is the code that runs in
//! production.
#![expect(
    deprecated,
    reason = "hidden and for tests, as this is; every release of ring 0.17 has it"
)]

use ring::{rand::SecureRandom, test::rand::FixedSliceRandom};

use crate::digest::{Algorithm, digest};

/// Lends a generator that can be drawn from once. The draw has `length` octets, at most 48, and is a private key for
/// any of our groups.
pub(crate) fn lend<R>(
    seed: &[u8; 32],
    length: usize,
    borrow: impl FnOnce(&dyn SecureRandom) -> R,
) -> R {
    let mut key = digest(Algorithm::Sha384, seed).as_ref().to_vec();
    key.truncate(length);
    // A key has to be below the order of P-256 and of P-384. If it were not, ring would draw a second time.
    if let Some(first) = key.first_mut() {
        *first &= 0x7f;
    }
    borrow(&FixedSliceRandom { bytes: &key })
}
