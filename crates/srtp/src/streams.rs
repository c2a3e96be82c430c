//! The bounded table of SSRCs.

/// State per SSRC. Looking up the one used last costs a comparison, any other a binary search.
#[derive(Debug)]
pub(crate) struct Streams<T> {
    /// Sorted by SSRC.
    entries: Vec<(u32, T)>,
    /// Where the last lookup ended.
    last: usize,
    max: usize,
}

impl<T> Streams<T> {
    pub(crate) const fn new(max: usize) -> Self {
        Self {
            entries: Vec::new(),
            last: 0,
            max,
        }
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.entries.len() >= self.max
    }

    pub(crate) fn get(&self, ssrc: u32) -> Option<&T> {
        let at = self.find(ssrc).ok()?;
        self.entries.get(at).map(|(_, state)| state)
    }

    pub(crate) fn get_mut(&mut self, ssrc: u32) -> Option<&mut T> {
        let at = self.find(ssrc).ok()?;
        self.last = at;
        self.entries.get_mut(at).map(|(_, state)| state)
    }

    /// Puts a stream in the table, in place of the old state if there is any. Nothing happens if the
    /// table is full: the caller has looked at that before.
    pub(crate) fn insert(&mut self, ssrc: u32, state: T) {
        match self.find(ssrc) {
            Ok(at) => {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.1 = state;
                }
            }
            Err(at) if !self.is_full() => {
                self.entries.insert(at, (ssrc, state));
                self.last = at;
            }
            Err(_) => {}
        }
    }

    /// Takes a stream out of the table; whether it was there.
    pub(crate) fn remove(&mut self, ssrc: u32) -> bool {
        let found = self.find(ssrc);
        if let Ok(at) = found {
            self.entries.remove(at);
        }
        found.is_ok()
    }

    fn find(&self, ssrc: u32) -> Result<usize, usize> {
        match self.entries.get(self.last) {
            Some((last, _)) if *last == ssrc => Ok(self.last),
            _ => self.entries.binary_search_by_key(&ssrc, |(key, _)| *key),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map_that_stops_at_its_limit(
            operations in proptest::collection::vec((0u8..3, 0u32..12, any::<u8>()), 0..200)
        ) {
            let (mut table, mut model) = (Streams::new(8), BTreeMap::new());
            for (operation, ssrc, state) in operations {
                match operation {
                    0 => {
                        prop_assert_eq!(table.is_full(), model.len() == 8);
                        if !table.is_full() || model.contains_key(&ssrc) {
                            model.insert(ssrc, state);
                        }
                        table.insert(ssrc, state);
                    }
                    1 => prop_assert_eq!(table.remove(ssrc), model.remove(&ssrc).is_some()),
                    _ => {
                        prop_assert_eq!(table.get(ssrc), model.get(&ssrc));
                        prop_assert_eq!(table.get_mut(ssrc), model.get_mut(&ssrc));
                    }
                }
            }
        }
    }
}
