//! TSNs without wrap-around, for use as keys.

use crate::Tsn;

/// The 64-bit number nearest to `reference` whose lower half is `tsn`.
pub(crate) fn unwrap(reference: u64, tsn: Tsn) -> u64 {
    let distance = wrap(reference).distance_to(tsn);
    reference.saturating_add_signed(i64::from(distance))
}

/// The TSN of a 64-bit number.
#[expect(clippy::cast_possible_truncation, reason = "the lower half is the TSN")]
pub(crate) const fn wrap(tsn: u64) -> Tsn {
    Tsn::new(tsn as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_unwrap_in_both_directions() {
        let reference = (1 << 32) + 5;
        assert_eq!(unwrap(reference, Tsn::new(9)), (1 << 32) + 9);
        assert_eq!(unwrap(reference, Tsn::new(u32::MAX)), (1 << 32) - 1);
        assert_eq!(wrap((1 << 32) - 1), Tsn::new(u32::MAX));
    }
}
