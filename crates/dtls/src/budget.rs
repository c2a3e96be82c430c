//! How many records our key may seal (RFC 8446 §5.5, RFC 9147 §4.5.3).

use crate::{CipherSuite, Event, Limits};

/// The limit, and whether it has been said to be near.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    limit: u64,
    /// At how many records to say so; `None` once it has been said.
    warning: Option<u64>,
}

impl Budget {
    pub(crate) fn new(suite: CipherSuite, limits: &Limits) -> Self {
        let limit = limits.sealed_records.min(suite.max_records());
        Self {
            limit,
            warning: Some(limit.saturating_sub(limit / 10)),
        }
    }

    /// Whether nothing more may be sealed.
    pub(crate) const fn is_spent(&self, sealed: u64) -> bool {
        sealed >= self.limit
    }

    /// What to tell, the first time that nine tenths are used.
    pub(crate) fn warn(&mut self, sealed: u64) -> Option<Event> {
        self.warning.take_if(|warning| sealed >= *warning)?;
        Some(Event::KeyRunsOut {
            sealed,
            limit: self.limit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cipher_and_the_owner_limit_it() {
        for (suite, owner, limit) in [
            (CipherSuite::EcdheEcdsaAes128Gcm, u64::MAX, 1 << 32),
            (CipherSuite::EcdheRsaAes256Gcm, u64::MAX, 1 << 32),
            (CipherSuite::EcdheEcdsaAes256Gcm, 1000, 1000),
            (
                CipherSuite::EcdheEcdsaChaCha20Poly1305,
                u64::MAX,
                (1 << 48) - 1,
            ),
            (CipherSuite::EcdheRsaChaCha20Poly1305, 7, 7),
        ] {
            let limits = Limits {
                sealed_records: owner,
                ..Limits::default()
            };
            let mut budget = Budget::new(suite, &limits);
            assert!(budget.is_spent(limit) && !budget.is_spent(limit - 1));
            let sealed = limit - limit / 10;
            assert_eq!(budget.warn(sealed - 1), None);
            let told = Event::KeyRunsOut { sealed, limit };
            assert_eq!(budget.warn(sealed), Some(told));
            assert_eq!(budget.warn(sealed + 1), None, "once is enough");
        }
    }
}
