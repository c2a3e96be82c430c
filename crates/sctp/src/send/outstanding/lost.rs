//! Which chunks are to be sent again.

use alloc::collections::BTreeMap;

/// A set of TSNs, by the first and the last of each run: a packet that is lost takes one entry, however many chunks
/// were in it.
#[derive(Debug, Default)]
pub(super) struct Lost(BTreeMap<u64, u64>);

impl Lost {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn first(&self) -> Option<u64> {
        self.0.first_key_value().map(|(start, _)| *start)
    }

    pub(super) fn pop_first(&mut self) -> Option<u64> {
        let first = self.first()?;
        self.remove(first);
        Some(first)
    }

    pub(super) fn insert(&mut self, tsn: u64) {
        let (mut start, mut end) = (tsn, tsn);
        if let Some((before, last)) = self.0.range(..=tsn).next_back()
            && last.saturating_add(1) >= tsn
        {
            start = *before;
            end = end.max(*last);
        }
        if let Some(last) = self.0.remove(&tsn.saturating_add(1)) {
            end = last;
        }
        self.0.insert(start, end);
    }

    pub(super) fn remove(&mut self, tsn: u64) {
        let Some((start, end)) = self.0.range(..=tsn).next_back() else {
            return;
        };
        let (start, end) = (*start, *end);
        if end < tsn {
            return;
        }
        if start == tsn {
            self.0.remove(&start);
        } else {
            self.0.insert(start, tsn.saturating_sub(1));
        }
        if tsn < end {
            self.0.insert(tsn.saturating_add(1), end);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_is_a_set() {
        let mut dice = crate::dice::seeded(1);
        let (mut lost, mut expected) = (Lost::default(), BTreeSet::new());
        for _ in 0..20_000 {
            let tsn = dice.below(40);
            match dice.below(8) {
                0..4 => {
                    lost.insert(tsn);
                    expected.insert(tsn);
                }
                4..7 => {
                    lost.remove(tsn);
                    expected.remove(&tsn);
                }
                _ => assert_eq!(lost.pop_first(), expected.pop_first()),
            }
            assert_eq!(lost.first(), expected.first().copied());
            assert_eq!(lost.is_empty(), expected.is_empty());
            let runs = lost.0.iter().flat_map(|(start, end)| *start..=*end);
            assert!(runs.eq(expected.iter().copied()));
        }
    }

    #[test]
    fn neighbours_are_one_entry() {
        let mut lost = Lost::default();
        for tsn in [3, 1, 2, 2, 7] {
            lost.insert(tsn);
        }
        assert_eq!(lost.0.len(), 2);
    }
}
