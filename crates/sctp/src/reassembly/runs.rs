//! Sets of numbers that are mostly consecutive, and the pieces that wait under these numbers.

use alloc::collections::{BTreeMap, btree_map};

use super::store::{Chain, Store};

/// A run of consecutive numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The last number.
    pub(super) end: u64,
    /// The pieces that wait under these numbers. A number may have none.
    pub(super) chain: Chain,
}

/// Runs by their first number. A number next to a run is added to it, and needs no memory of its own.
#[derive(Debug, Default)]
pub(super) struct Runs(BTreeMap<u64, Run>);

impl Runs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> btree_map::Iter<'_, u64, Run> {
        self.0.iter()
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        let before = self.0.range(..=number).next_back();
        before.is_some_and(|(_, run)| number <= run.end)
    }

    /// Adds a number that is not in the set, and what waits under it. Returns the first number of its run.
    pub(super) fn insert(&mut self, number: u64, new: Chain, store: &mut Store) -> u64 {
        let mut start = number;
        let mut run = Run {
            end: number,
            chain: new,
        };
        if let Some((before, last)) = self.0.range(..number).next_back()
            && last.end.saturating_add(1) == number
        {
            start = *before;
            run.chain = store.join(last.chain, run.chain);
        }
        if let Some(after) = self.0.remove(&number.saturating_add(1)) {
            run.end = after.end;
            run.chain = store.join(run.chain, after.chain);
        }
        self.0.insert(start, run);
        start
    }

    pub(super) fn chain_mut(&mut self, start: u64) -> Option<&mut Chain> {
        self.0.get_mut(&start).map(|run| &mut run.chain)
    }

    /// Takes the first run if it begins at `number` or before.
    pub(super) fn pop_until(&mut self, number: u64) -> Option<Run> {
        let entry = self.0.first_entry()?;
        (*entry.key() <= number).then(|| entry.remove())
    }

    /// Removes all numbers up to `tsn`, and drops what waits under them.
    pub(super) fn trim(&mut self, tsn: u64, store: &mut Store) {
        while let Some(mut run) = self.pop_until(tsn) {
            while let Some(key) = run.chain.first()
                && store.get(key).is_some_and(|piece| piece.tsn <= tsn)
            {
                store.pop(&mut run.chain);
                store.remove(key);
            }
            if run.end > tsn {
                self.0.insert(tsn.saturating_add(1), run);
                return;
            }
        }
    }

    /// Drops everything that waits.
    pub(super) fn clear(&mut self, store: &mut Store) {
        while let Some((_, run)) = self.0.pop_first() {
            store.remove_all(run.chain);
        }
    }
}
