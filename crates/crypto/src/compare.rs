//! Comparison that takes the same time wherever the difference is.

use subtle::ConstantTimeEq as _;

/// Whether `a` and `b` are the same bytes.
///
/// The time taken depends on the lengths alone, never on the contents; use it for tags, passwords
/// and everything else that an attacker might guess byte by byte.
///
/// ```
/// use strata_crypto::constant_time_eq;
/// assert!(constant_time_eq(b"same", b"same"));
/// assert!(!constant_time_eq(b"same", b"sane"));
/// assert!(!constant_time_eq(b"same", b"sam"));
/// ```
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
