//! Numbers that wrap around (RFC 1982): RTP sequence numbers, TSNs, stream sequence numbers.
//!
//! Such numbers have no total order, so the types made here implement neither `Ord` nor `PartialOrd`.
//! They can tell which of two is newer, and how far apart two are.

/// Declares a wrap-around number over an unsigned integer.
///
/// `serial_number! { /// Docs. pub struct Tsn(u32, i32); }` makes a `Copy` newtype with `new`, `get`,
/// `next`, `previous`, `plus`, `newer_than` and `distance_to`; the second type is the signed integer
/// of the same width.
///
/// ```
/// strata_core::serial_number! {
///     /// A transmission sequence number.
///     pub struct Tsn(u32, i32);
/// }
///
/// let last = Tsn::new(u32::MAX);
/// assert_eq!(last.next(), Tsn::new(0));
/// assert!(last.next().newer_than(last));
/// assert_eq!(last.distance_to(Tsn::new(9)), 10);
/// assert_eq!(Tsn::new(9).distance_to(last), -10);
/// ```
#[macro_export]
macro_rules! serial_number {
    ($(#[$meta:meta])* $vis:vis struct $name:ident($unsigned:ty, $signed:ty);) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        $vis struct $name($unsigned);

        impl $name {
            /// The number with this value on the wire.
            #[must_use]
            #[inline]
            $vis const fn new(value: $unsigned) -> Self {
                Self(value)
            }

            /// The value on the wire.
            #[inline]
            $vis const fn get(self) -> $unsigned {
                self.0
            }

            /// The number after this one.
            #[must_use]
            #[inline]
            $vis const fn next(self) -> Self {
                Self(self.0.wrapping_add(1))
            }

            /// The number before this one.
            #[must_use]
            #[inline]
            $vis const fn previous(self) -> Self {
                Self(self.0.wrapping_sub(1))
            }

            /// The number `count` after this one.
            #[must_use]
            #[inline]
            $vis const fn plus(self, count: $unsigned) -> Self {
                Self(self.0.wrapping_add(count))
            }

            /// How far `other` is ahead of this number; negative if it is behind. At exactly half the
            /// space, where RFC 1982 §3.2 leaves the order undefined, the distance is negative.
            #[inline]
            $vis const fn distance_to(self, other: Self) -> $signed {
                <$signed>::from_ne_bytes(other.0.wrapping_sub(self.0).to_ne_bytes())
            }

            /// Whether this number comes after `other`.
            #[inline]
            $vis const fn newer_than(self, other: Self) -> bool {
                other.distance_to(self) > 0
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::write!(f, "{}({})", ::core::stringify!($name), self.0)
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    crate::serial_number! {
        /// Sixteen bits.
        struct Short(u16, i16);
    }

    proptest! {
        #[test]
        fn newer_is_antisymmetric_except_at_half_the_space(a: u16, b: u16) {
            let (a, b) = (Short::new(a), Short::new(b));
            prop_assume!(a.get().wrapping_sub(b.get()) != 0x8000);
            prop_assert_eq!(a.newer_than(b), a != b && !b.newer_than(a));
        }

        #[test]
        fn distance_is_what_plus_adds(a: u16, count in 0u16..0x8000) {
            let a = Short::new(a);
            prop_assert_eq!(i32::from(a.distance_to(a.plus(count))), i32::from(count));
        }

        #[test]
        fn next_and_previous_are_inverse(a: u16) {
            let a = Short::new(a);
            prop_assert_eq!(a.next().previous(), a);
            prop_assert!(a.next().newer_than(a));
        }
    }

    #[test]
    fn neither_is_newer_at_exactly_half_the_space() {
        let (a, b) = (Short::new(0), Short::new(0x8000));
        assert!(!a.newer_than(b) && !b.newer_than(a));
    }
}
