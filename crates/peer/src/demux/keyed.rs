//! Hash tables whose keys the network may choose.

use core::{fmt, hash::BuildHasher};
use std::collections::HashMap;

use siphasher::sip::SipHasher13;
use strata_core::Entropy;

/// A table of keys that others choose: addresses, user name fragments, transaction numbers.
pub(super) type Table<K, V> = HashMap<K, V, Keyed>;

/// SipHash-1-3 under a secret key.
///
/// Who does not know the key cannot choose addresses or names that all fall into one place of a table, which
/// would make every look-up a walk through all of them. The standard library's tables draw such a key by
/// themselves; this one comes from the injected randomness, so the same seed gives the same tables.
#[derive(Clone)]
pub(super) struct Keyed([u8; 16]);

impl Keyed {
    pub(super) fn new(entropy: &mut Entropy) -> Self {
        Self(entropy.array())
    }
}

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.0)
    }
}

/// The key is a secret.
impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed(..)")
    }
}
