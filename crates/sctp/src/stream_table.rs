//! A table by stream number that is as large as its use.

use alloc::{boxed::Box, vec::Vec};

use crate::StreamId;

const PAGE: usize = 16;

/// Values by stream number: constant-time access, memory by pages of 16 that are in use.
#[derive(Debug)]
pub(crate) struct StreamTable<T> {
    pages: Vec<Option<Box<[Option<T>; PAGE]>>>,
}

impl<T> Default for StreamTable<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T> StreamTable<T> {
    pub(crate) fn get(&self, stream: StreamId) -> Option<&T> {
        let (page, entry) = place(stream);
        self.pages.get(page)?.as_ref()?.get(entry)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, stream: StreamId) -> Option<&mut T> {
        let (page, entry) = place(stream);
        self.pages.get_mut(page)?.as_mut()?.get_mut(entry)?.as_mut()
    }

    pub(crate) fn insert(&mut self, stream: StreamId, value: T) {
        if let Some(entry) = self.entry(stream) {
            *entry = Some(value);
        }
    }

    pub(crate) fn remove(&mut self, stream: StreamId) -> Option<T> {
        let (page, entry) = place(stream);
        let slot = self.pages.get_mut(page)?;
        let entries = slot.as_mut()?;
        let value = entries.get_mut(entry)?.take();
        if entries.iter().all(Option::is_none) {
            *slot = None;
        }
        value
    }

    /// The streams that have a value.
    pub(crate) fn ids(&self) -> impl Iterator<Item = StreamId> + '_ {
        let pages = self.pages.iter().enumerate();
        pages.flat_map(|(page, entries)| {
            let entries = entries
                .iter()
                .flat_map(|entries| entries.iter().enumerate());
            entries
                .filter(|(_, value)| value.is_some())
                .filter_map(move |(entry, _)| {
                    u16::try_from(page.saturating_mul(PAGE).saturating_add(entry)).ok()
                })
                .map(StreamId::new)
        })
    }

    fn entry(&mut self, stream: StreamId) -> Option<&mut Option<T>> {
        let (page, entry) = place(stream);
        if page >= self.pages.len() {
            self.pages.resize_with(page.saturating_add(1), || None);
        }
        self.pages
            .get_mut(page)?
            .get_or_insert_with(|| Box::new([const { None }; PAGE]))
            .get_mut(entry)
    }
}

impl<T: Default> StreamTable<T> {
    /// The value of a stream, made when there is none.
    pub(crate) fn get_or_default(&mut self, stream: StreamId) -> Option<&mut T> {
        self.entry(stream)
            .map(|entry| entry.get_or_insert_with(T::default))
    }
}

fn place(stream: StreamId) -> (usize, usize) {
    let number = usize::from(stream.get());
    (number / PAGE, number % PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_and_pages_freed() {
        let mut table = StreamTable::default();
        for number in [0, 15, 16, 65_535] {
            table.insert(StreamId::new(number), number);
        }
        assert_eq!(table.get(StreamId::new(65_535)), Some(&65_535));
        assert_eq!(table.get(StreamId::new(1)), None);
        assert_eq!(table.remove(StreamId::new(16)), Some(16));
        assert!(table.pages[1].is_none());
        assert_eq!(table.get(StreamId::new(15)), Some(&15));
        assert_eq!(table.get_or_default(StreamId::new(3)), Some(&mut 0));
    }
}
