//! Lists of fixed-size items that are read where they lie.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use strata_core::wire::{Reader, Truncated};

/// Something that always takes [`SIZE`](Self::SIZE) bytes on the wire.
pub trait WireItem: Copy {
    /// How many bytes it takes.
    const SIZE: usize;

    /// Reads one.
    ///
    /// # Errors
    /// [`Truncated`] if fewer than [`SIZE`](Self::SIZE) bytes are left.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Truncated>;

    /// Appends exactly [`SIZE`](Self::SIZE) bytes.
    fn write(&self, out: &mut Vec<u8>);
}

/// A list of [`WireItem`]s: borrowed from a received packet, or from a slice that is about to be sent.
///
/// Reading allocates nothing; items are decoded when the iterator comes to them.
#[derive(Clone, Copy)]
pub struct Items<'a, T>(Source<'a, T>);

#[derive(Clone, Copy)]
enum Source<'a, T> {
    Wire(&'a [u8], PhantomData<T>),
    Slice(&'a [T]),
}

impl<'a, T: WireItem> Items<'a, T> {
    /// The items that `bytes` hold; bytes at the end that do not make up an item are left out.
    #[must_use]
    pub fn from_wire(bytes: &'a [u8]) -> Self {
        const { assert!(T::SIZE > 0, "an item takes a byte at least") }
        let whole = bytes
            .len()
            .saturating_sub(bytes.len().checked_rem(T::SIZE).unwrap_or_default());
        Self(Source::Wire(
            bytes.get(..whole).unwrap_or_default(),
            PhantomData,
        ))
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        match self.0 {
            Source::Wire(bytes, _) => bytes.len().checked_div(T::SIZE).unwrap_or_default(),
            Source::Slice(items) => items.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items in order.
    #[must_use]
    pub const fn iter(&self) -> ItemsIter<'a, T> {
        ItemsIter(self.0)
    }

    /// The items in lists of at most `max` each; zero counts as one.
    pub fn chunks(&self, max: usize) -> impl Iterator<Item = Self> + use<'a, T> {
        let max = max.max(1);
        let mut rest = *self;
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let at = max.min(rest.len());
            let (chunk, behind) = match rest.0 {
                Source::Wire(bytes, _) => {
                    let (chunk, behind) = bytes.split_at_checked(at.saturating_mul(T::SIZE))?;
                    (
                        Source::Wire(chunk, PhantomData),
                        Source::Wire(behind, PhantomData),
                    )
                }
                Source::Slice(items) => {
                    let (chunk, behind) = items.split_at_checked(at)?;
                    (Source::Slice(chunk), Source::Slice(behind))
                }
            };
            rest = Self(behind);
            Some(Self(chunk))
        })
    }

    /// Appends all items.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self.0 {
            Source::Wire(bytes, _) => out.extend_from_slice(bytes),
            Source::Slice(items) => items.iter().for_each(|item| item.write(out)),
        }
    }
}

impl<'a, T> From<&'a [T]> for Items<'a, T> {
    fn from(items: &'a [T]) -> Self {
        Self(Source::Slice(items))
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for Items<'a, T> {
    fn from(items: &'a [T; N]) -> Self {
        Self(Source::Slice(items))
    }
}

impl<T> Default for Items<'_, T> {
    fn default() -> Self {
        Self(Source::Slice(&[]))
    }
}

impl<T: WireItem + PartialEq> PartialEq for Items<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: WireItem + Eq> Eq for Items<'_, T> {}

impl<T: WireItem + fmt::Debug> fmt::Debug for Items<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: WireItem> IntoIterator for Items<'a, T> {
    type Item = T;
    type IntoIter = ItemsIter<'a, T>;

    fn into_iter(self) -> ItemsIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: WireItem> IntoIterator for &Items<'a, T> {
    type Item = T;
    type IntoIter = ItemsIter<'a, T>;

    fn into_iter(self) -> ItemsIter<'a, T> {
        self.iter()
    }
}

/// Iterator over [`Items`].
#[derive(Clone)]
pub struct ItemsIter<'a, T>(Source<'a, T>);

impl<T: WireItem> Iterator for ItemsIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Source::Wire(bytes, _) => {
                let (item, rest) = bytes.split_at_checked(T::SIZE)?;
                *bytes = rest;
                T::read(&mut Reader::new(item)).ok()
            }
            Source::Slice(items) => {
                let (item, rest) = items.split_first()?;
                *items = rest;
                Some(*item)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = Items(self.0).len();
        (len, Some(len))
    }
}

impl<T: WireItem> ExactSizeIterator for ItemsIter<'_, T> {}

impl<T: WireItem + fmt::Debug> fmt::Debug for ItemsIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
