//! Numbers that the grammar gives no limit to.

use alloc::{borrow::Cow, string::String};
use core::{cmp::Ordering, fmt, hash, str::FromStr};

use crate::{
    error::FieldError,
    grammar::{self, Cursor},
};

/// A decimal number of any length, as its digits (RFC 8866 §9, `1*DIGIT`).
///
/// Those of `o=`, `t=` and `b=` lines have no limit: recorders send origins of more than 64 bits. It is
/// written as it was read, zeros in front included, and compared by its value.
///
/// ```
/// use strata_sdp::Number;
/// let long: Number = "19599440071187478912".parse()?;
/// assert_eq!(long.to_u64(), None);
/// assert!(long > Number::from(u64::MAX));
/// assert_eq!(long.successor().as_str(), "19599440071187478913");
/// assert_eq!("007".parse::<Number>()?, 7);
/// # Ok::<(), strata_sdp::FieldError>(())
/// ```
#[derive(Clone)]
pub struct Number(Cow<'static, str>);

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(Cow::Borrowed("0"));

    /// Its digits, as they were written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its value; `None` if that needs more than 64 bits.
    pub fn to_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The next number: the version of an origin that follows this one (RFC 3264 §8).
    #[must_use]
    pub fn successor(&self) -> Self {
        let digits = self.significant();
        let head = digits.trim_end_matches('9');
        let nines = digits.len().saturating_sub(head.len());
        let mut next = String::with_capacity(digits.len().saturating_add(1));
        match head.char_indices().next_back() {
            Some((at, last)) => {
                next.push_str(head.get(..at).unwrap_or_default());
                // It is no nine, or it would be in the tail.
                next.extend(char::from_u32(u32::from(last).saturating_add(1)));
            }
            None => next.push('1'),
        }
        next.extend(core::iter::repeat_n('0', nines));
        Self(Cow::Owned(next))
    }

    /// The digits of `text`, if it is nothing else.
    pub(crate) fn read(text: &str, field: &'static str) -> Result<Self, FieldError> {
        grammar::digits(text, field).map(|digits| Self(Cow::Owned(digits.into())))
    }

    /// Its digits without the zeros in front; none are left of zero.
    fn significant(&self) -> &str {
        self.0.trim_start_matches('0')
    }
}

impl Cursor<'_> {
    /// The next word, which must be a decimal number of any length.
    pub(crate) fn long_number(&mut self, field: &'static str) -> Result<Number, FieldError> {
        Number::read(self.word(field)?, field)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(Cow::Owned(alloc::format!("{value}")))
    }
}

impl FromStr for Number {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        Self::read(text, "integer")
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, other) = (self.significant(), other.significant());
        own.len().cmp(&other.len()).then_with(|| own.cmp(other))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.significant() == other.significant()
    }
}

impl Eq for Number {}

impl PartialEq<u64> for Number {
    fn eq(&self, other: &u64) -> bool {
        self.to_u64() == Some(*other)
    }
}

impl hash::Hash for Number {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.significant().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString as _};

    use proptest::prelude::*;

    use super::*;
    use crate::Reason;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_is_kept_as_it_was_written_and_compared_by_its_value() {
        assert_eq!(number("0007").to_string(), "0007");
        assert_eq!(number("0007"), number("7"));
        assert_eq!(number("000"), Number::ZERO);
        assert_eq!(number("18446744073709551615").to_u64(), Some(u64::MAX));
        assert_eq!(number("18446744073709551616").to_u64(), None);
        assert!(number("18446744073709551616") > u64::MAX.into());
        assert!(number("09") < number("10"));
        assert_ne!(number("18446744073709551616"), 0);
        for text in ["", "-1", "+1", "1 ", " 1", "1a", "\u{661}"] {
            let reason = if text.is_empty() {
                Reason::Missing
            } else {
                Reason::Malformed
            };
            let refused = FieldError::new("integer", reason);
            assert_eq!(text.parse::<Number>(), Err(refused), "{text:?}");
        }
    }

    #[test]
    fn the_successor_carries() {
        for (number, next) in [
            ("0", "1"),
            ("00", "1"),
            ("9", "10"),
            ("199", "200"),
            ("0999", "1000"),
            ("18446744073709551615", "18446744073709551616"),
        ] {
            assert_eq!(self::number(number).successor().as_str(), next);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_arithmetic(a: u64, b: u64, zeros in "0{0,3}", power in 0..2_u32) {
            // Both of a like size, or one far larger.
            let b = if power == 0 { b } else { a.saturating_add(b % 3) };
            let (left, right) = (number(&format!("{zeros}{a}")), Number::from(b));
            prop_assert_eq!(left.cmp(&right), a.cmp(&b));
            prop_assert_eq!(left == right, a == b);
            prop_assert_eq!(left.to_u64(), Some(a));
            prop_assert_eq!(left.successor().to_string(), (u128::from(a) + 1).to_string());
            prop_assert!(left.successor() > left);
        }

        #[test]
        fn long_numbers_too(text in "[0-9]{1,60}") {
            let long = number(&text);
            prop_assert_eq!(long.as_str(), &text);
            prop_assert!(long.successor() > long);
            let longer = number(&format!("1{text}"));
            prop_assert!(longer > long);
        }
    }
}
