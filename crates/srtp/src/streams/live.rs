//! The streams that are there, in the order in which they were last heard.

use std::collections::BTreeMap;

/// A map from SSRC to state that knows which entry was touched longest ago.
///
/// To touch an entry and to remove the oldest costs the same however many there are: the entries are a doubly
/// linked list in a vector. Looking up the one used last costs a comparison.
#[derive(Debug)]
pub(super) struct Live<T> {
    nodes: Vec<Node<T>>,
    by_ssrc: BTreeMap<u32, usize>,
    oldest: usize,
    newest: usize,
    /// Where the last lookup ended.
    last: usize,
}

#[derive(Debug)]
struct Node<T> {
    ssrc: u32,
    /// The node touched before this one, and the one touched after.
    older: usize,
    newer: usize,
    state: T,
}

impl<T> Live<T> {
    pub(super) const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            by_ssrc: BTreeMap::new(),
            oldest: NONE,
            newest: NONE,
            last: NONE,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, ssrc: u32) -> Option<&T> {
        let at = self.by_ssrc.get(&ssrc)?;
        self.nodes.get(*at).map(|node| &node.state)
    }

    /// The state of an SSRC, which is not touched by that.
    pub(super) fn get_mut(&mut self, ssrc: u32) -> Option<&mut T> {
        let at = self.find(ssrc)?;
        self.nodes.get_mut(at).map(|node| &mut node.state)
    }

    pub(super) fn contains(&mut self, ssrc: u32) -> bool {
        self.find(ssrc).is_some()
    }

    /// Makes an SSRC that is there the newest.
    pub(super) fn touch(&mut self, ssrc: u32) -> Option<&mut T> {
        let at = self.find(ssrc)?;
        if at != self.newest {
            self.unlink(at);
            self.link_newest(at);
        }
        self.nodes.get_mut(at).map(|node| &mut node.state)
    }

    /// Puts in an SSRC that is not there, as the newest.
    pub(super) fn insert(&mut self, ssrc: u32, state: T) {
        let at = self.nodes.len();
        self.nodes.push(Node {
            ssrc,
            older: NONE,
            newer: NONE,
            state,
        });
        self.by_ssrc.insert(ssrc, at);
        self.link_newest(at);
        self.last = at;
    }

    pub(super) fn remove_oldest(&mut self) -> Option<(u32, T)> {
        let ssrc = self.nodes.get(self.oldest)?.ssrc;
        self.remove(ssrc).map(|state| (ssrc, state))
    }

    pub(super) fn remove(&mut self, ssrc: u32) -> Option<T> {
        let at = self.by_ssrc.remove(&ssrc)?;
        self.unlink(at);
        let node = self.nodes.swap_remove(at);
        // The node from the end stands there now.
        if let Some(moved) = self.nodes.get(at) {
            let (ssrc, older, newer) = (moved.ssrc, moved.older, moved.newer);
            self.by_ssrc.insert(ssrc, at);
            *self.newer_of(older) = at;
            *self.older_of(newer) = at;
        }
        self.last = NONE;
        Some(node.state)
    }

    fn find(&mut self, ssrc: u32) -> Option<usize> {
        if self.nodes.get(self.last).is_none_or(|n| n.ssrc != ssrc) {
            self.last = *self.by_ssrc.get(&ssrc)?;
        }
        Some(self.last)
    }

    fn unlink(&mut self, at: usize) {
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let (older, newer) = (node.older, node.newer);
        *self.newer_of(older) = newer;
        *self.older_of(newer) = older;
    }

    fn link_newest(&mut self, at: usize) {
        let before = self.newest;
        if let Some(node) = self.nodes.get_mut(at) {
            (node.older, node.newer) = (before, NONE);
        }
        *self.newer_of(before) = at;
        self.newest = at;
    }

    /// What comes after a node, or first of all.
    fn newer_of(&mut self, at: usize) -> &mut usize {
        match self.nodes.get_mut(at) {
            Some(node) => &mut node.newer,
            None => &mut self.oldest,
        }
    }

    /// What comes before a node, or last of all.
    fn older_of(&mut self, at: usize) -> &mut usize {
        match self.nodes.get_mut(at) {
            Some(node) => &mut node.older,
            None => &mut self.newest,
        }
    }
}

/// No node: beyond every vector's end.
const NONE: usize = usize::MAX;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a vector in the order of touching.
        #[test]
        fn it_is_a_map_that_knows_who_was_touched_longest_ago(
            operations in proptest::collection::vec((0u8..6, 0u32..12, any::<u8>()), 0..200)
        ) {
            let (mut live, mut model) = (Live::new(), Vec::<(u32, u8)>::new());
            for (operation, ssrc, state) in operations {
                let known = model.iter().position(|entry| entry.0 == ssrc);
                let value = known.map(|at| model[at].1);
                prop_assert_eq!(live.contains(ssrc), known.is_some());
                prop_assert_eq!(live.get(ssrc).copied(), value);
                prop_assert_eq!(live.get_mut(ssrc).copied(), value);
                match (operation, known) {
                    (0, _) => {
                        let oldest = (!model.is_empty()).then(|| model.remove(0));
                        prop_assert_eq!(live.remove_oldest(), oldest);
                    }
                    (1, _) => {
                        known.map(|at| model.remove(at));
                        prop_assert_eq!(live.remove(ssrc), value);
                    }
                    (_, None) => {
                        model.push((ssrc, state));
                        live.insert(ssrc, state);
                    }
                    (_, Some(at)) => {
                        let entry = model.remove(at);
                        model.push(entry);
                        prop_assert_eq!(live.touch(ssrc).copied(), value);
                    }
                }
                prop_assert_eq!(live.len(), model.len());
            }
            for entry in model {
                prop_assert_eq!(live.remove_oldest(), Some(entry));
            }
            prop_assert_eq!(live.remove_oldest(), None);
        }
    }
}
