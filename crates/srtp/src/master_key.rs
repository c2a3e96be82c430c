//! The key that everything else is derived from.

use core::fmt;

use zeroize::Zeroizing;

/// A master key and its salt, for one direction. Wiped on drop.
#[derive(Clone)]
pub struct MasterKey {
    key: Zeroizing<Vec<u8>>,
    salt: Zeroizing<Vec<u8>>,
}

impl MasterKey {
    /// A key and salt of the lengths that [`Profile::key_len`](crate::Profile::key_len) and
    /// [`Profile::salt_len`](crate::Profile::salt_len) say; the contexts check them.
    #[must_use]
    pub fn new(key: &[u8], salt: &[u8]) -> Self {
        Self {
            key: Zeroizing::new(key.to_vec()),
            salt: Zeroizing::new(salt.to_vec()),
        }
    }

    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, salt) = (self.key.len(), self.salt.len());
        write!(f, "MasterKey(key {key} octets, salt {salt} octets)")
    }
}
