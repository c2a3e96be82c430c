//! Reading and writing binary formats.
//!
//! [`Reader`] walks a slice and never panics; everything it cannot give is a [`Truncated`] that says
//! how much was wanted and how much there was. Writers append to a `Vec<u8>` (with `bytes::BufMut`),
//! and put lengths in front of what they measure with [`prefixed_u8`], [`prefixed_u16`] and
//! [`prefixed_u24`], so that no size is ever computed by a second formula.

use alloc::vec::Vec;

/// The input ended too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("truncated: {expected} bytes expected, {actual} there")]
pub struct Truncated {
    /// How many bytes the next item needs.
    pub expected: usize,
    /// How many bytes were left.
    pub actual: usize,
}

/// What was written does not fit the length field in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{actual} bytes do not fit a length field of {limit} at most")]
pub struct TooLong {
    /// The largest number the length field can hold.
    pub limit: usize,
    /// How many bytes were written.
    pub actual: usize,
}

/// A cursor over bytes somebody else wrote.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    #[must_use]
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    #[inline]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Whether nothing is left.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, without taking it.
    #[inline]
    pub const fn peek(&self) -> &'a [u8] {
        self.rest
    }

    /// Everything that is left.
    #[inline]
    pub fn all(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left; the reader then stays where it is.
    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Truncated> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Truncated {
            expected: count,
            actual: self.rest.len(),
        })?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left.
    #[inline]
    pub fn take_array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(Truncated {
            expected: N,
            actual: self.rest.len(),
        })?;
        self.rest = rest;
        Ok(*taken)
    }

    /// A reader of just the next `count` bytes.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left.
    #[inline]
    pub fn sub(&mut self, count: usize) -> Result<Self, Truncated> {
        self.take(count).map(Self::new)
    }

    /// A reader of the bytes that an 8-bit length in front of them counts.
    ///
    /// # Errors
    /// [`Truncated`] if the length or what it counts is not all there.
    #[inline]
    pub fn prefixed_u8(&mut self) -> Result<Self, Truncated> {
        let count = self.u8()?;
        self.sub(usize::from(count))
    }

    /// A reader of the bytes that a 16-bit length in front of them counts.
    ///
    /// # Errors
    /// [`Truncated`] if the length or what it counts is not all there.
    #[inline]
    pub fn prefixed_u16(&mut self) -> Result<Self, Truncated> {
        let count = self.u16()?;
        self.sub(usize::from(count))
    }

    /// A reader of the bytes that a 24-bit length in front of them counts.
    ///
    /// # Errors
    /// [`Truncated`] if the length or what it counts is not all there.
    #[inline]
    pub fn prefixed_u24(&mut self) -> Result<Self, Truncated> {
        let [a, b, c] = self.take_array()?;
        self.sub(usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Truncated`] at the end.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, Truncated> {
        self.take_array().map(u8::from_be_bytes)
    }

    /// The next 16-bit number, in network byte order like all that follow.
    ///
    /// # Errors
    /// [`Truncated`] if fewer bytes are left.
    #[inline]
    pub fn u16(&mut self) -> Result<u16, Truncated> {
        self.take_array().map(u16::from_be_bytes)
    }

    /// The next 24-bit number.
    ///
    /// # Errors
    /// [`Truncated`] if fewer bytes are left.
    #[inline]
    pub fn u24(&mut self) -> Result<u32, Truncated> {
        self.take_array()
            .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// The next 32-bit number.
    ///
    /// # Errors
    /// [`Truncated`] if fewer bytes are left.
    #[inline]
    pub fn u32(&mut self) -> Result<u32, Truncated> {
        self.take_array().map(u32::from_be_bytes)
    }

    /// The next 48-bit number.
    ///
    /// # Errors
    /// [`Truncated`] if fewer bytes are left.
    #[inline]
    pub fn u48(&mut self) -> Result<u64, Truncated> {
        self.take_array()
            .map(|[a, b, c, d, e, f]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// The next 64-bit number.
    ///
    /// # Errors
    /// [`Truncated`] if fewer bytes are left.
    #[inline]
    pub fn u64(&mut self) -> Result<u64, Truncated> {
        self.take_array().map(u64::from_be_bytes)
    }
}

/// Appends what `fill` writes, with its length as 8 bits in front.
///
/// # Errors
/// [`TooLong`] if `fill` wrote more than the length can say; `out` is then as it was before.
#[inline]
pub fn prefixed_u8<R>(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>) -> R,
) -> Result<R, TooLong> {
    prefixed::<1, R>(out, fill)
}

/// Appends what `fill` writes, with its length as 16 bits in front.
///
/// # Errors
/// [`TooLong`] if `fill` wrote more than the length can say; `out` is then as it was before.
#[inline]
pub fn prefixed_u16<R>(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>) -> R,
) -> Result<R, TooLong> {
    prefixed::<2, R>(out, fill)
}

/// Appends what `fill` writes, with its length as 24 bits in front.
///
/// # Errors
/// [`TooLong`] if `fill` wrote more than the length can say; `out` is then as it was before.
#[inline]
pub fn prefixed_u24<R>(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>) -> R,
) -> Result<R, TooLong> {
    prefixed::<3, R>(out, fill)
}

/// Overwrites the bytes of `out` from `at` on. Does nothing if they are not all there.
///
/// For fields that are known only after what follows them is written.
#[inline]
pub fn patch(out: &mut [u8], at: usize, value: &[u8]) {
    if let Some(field) = out
        .get_mut(at..)
        .and_then(|tail| tail.get_mut(..value.len()))
    {
        field.copy_from_slice(value);
    }
}

#[inline]
fn prefixed<const WIDTH: usize, R>(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>) -> R,
) -> Result<R, TooLong> {
    let at = out.len();
    out.extend_from_slice(&[0; WIDTH]);
    let start = out.len();
    let result = fill(out);
    let actual = out.len().saturating_sub(start);
    let limit = const { (1_usize << (8 * WIDTH)) - 1 };
    if actual > limit {
        out.truncate(at);
        return Err(TooLong { limit, actual });
    }
    let bytes = actual.to_be_bytes();
    if let Some(length) = bytes.last_chunk::<WIDTH>() {
        patch(out, at, length);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_in_network_byte_order() {
        let bytes: Vec<u8> = (1..=24).collect();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), Ok(0x01));
        assert_eq!(reader.u16(), Ok(0x0203));
        assert_eq!(reader.u24(), Ok(0x04_0506));
        assert_eq!(reader.u32(), Ok(0x0708_090a));
        assert_eq!(reader.u48(), Ok(0x0b0c_0d0e_0f10));
        assert_eq!(reader.u64(), Ok(0x1112_1314_1516_1718));
        assert_eq!(
            reader.u8(),
            Err(Truncated {
                expected: 1,
                actual: 0
            })
        );
    }

    #[test]
    fn a_failed_take_leaves_the_reader_where_it_was() {
        let mut reader = Reader::new(&[1, 2]);
        assert_eq!(
            reader.u32(),
            Err(Truncated {
                expected: 4,
                actual: 2
            })
        );
        assert_eq!(reader.u16(), Ok(0x0102));
    }

    #[test]
    fn a_length_that_lies_is_refused() {
        assert!(Reader::new(&[3, 1, 2]).prefixed_u8().is_err());
        assert!(Reader::new(&[0, 3, 1, 2]).prefixed_u16().is_err());
        assert!(Reader::new(&[0, 0, 3, 1, 2]).prefixed_u24().is_err());
        assert_eq!(
            Reader::new(&[2, 1, 2]).prefixed_u8().map(|mut r| r.all()),
            Ok(&[1, 2][..])
        );
    }

    #[test]
    fn what_does_not_fit_its_prefix_is_taken_back() {
        let mut out = vec![9];
        let result = prefixed_u8(&mut out, |out| out.extend_from_slice(&[0; 256]));
        assert_eq!(
            result,
            Err(TooLong {
                limit: 255,
                actual: 256
            })
        );
        assert_eq!(out, [9]);
    }

    proptest! {
        #[test]
        fn prefixes_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let mut out = Vec::new();
            prefixed_u8(&mut out, |out| out.extend_from_slice(&bytes)).unwrap();
            prefixed_u16(&mut out, |out| out.extend_from_slice(&bytes)).unwrap();
            prefixed_u24(&mut out, |out| out.extend_from_slice(&bytes)).unwrap();
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.prefixed_u8().unwrap().all(), &bytes[..]);
            prop_assert_eq!(reader.prefixed_u16().unwrap().all(), &bytes[..]);
            prop_assert_eq!(reader.prefixed_u24().unwrap().all(), &bytes[..]);
            prop_assert!(reader.is_empty());
        }
    }
}
