//! The checklist (RFC 8445 §6.1.2): it holds all pairs, and decides which is checked next.

use std::collections::VecDeque;

use strata_core::Path;

use crate::{
    Foundation, Role,
    candidates::Candidates,
    pair::{InUse, Pair, PairId, PairState},
    pair_priority,
};

/// Every pair of one session. There is only one checklist, because there is one data stream of one component.
#[derive(Debug, Default)]
pub(crate) struct Checklist {
    pairs: Vec<Pair>,
    /// The triggered-check queue (RFC 8445 §6.1.4.1).
    triggered: VecDeque<PairId>,
    next_id: u32,
}

impl Checklist {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    pub(crate) fn get(&self, id: PairId) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: PairId) -> Option<&mut Pair> {
        self.pairs.iter_mut().find(|pair| pair.id == id)
    }

    pub(crate) fn find(&self, path: Path) -> Option<PairId> {
        self.pairs
            .iter()
            .find(|pair| pair.path == path)
            .map(|pair| pair.id)
    }

    /// Adds the pair of a host candidate and a remote one. Returns its id, and whether a pair was discarded because the
    /// list was full (RFC 8445 §6.1.2.5).
    ///
    /// The id is `None` if the two cannot be paired, or if it is the new pair that was discarded. If the pair is there
    /// already, the id is that of the old one.
    pub(crate) fn add(
        &mut self,
        candidates: &Candidates,
        (local, remote): (usize, usize),
        role: Role,
        (limit, in_use): (usize, InUse),
    ) -> (Option<PairId>, bool) {
        let (Some(host), Some(other)) = (candidates.local(local), candidates.remote(remote)) else {
            return (None, false);
        };
        let Some(path) = host.path_to(other.address) else {
            return (None, false);
        };
        if let Some(id) = self.find(path) {
            return (Some(id), false);
        }
        let priority = priority_of(role, host.candidate.priority, other.priority);
        let mut discarded = false;
        if self.pairs.len() >= limit {
            discarded = true;
            if !self.evict_pair_below(priority, in_use) {
                return (None, true);
            }
        }
        let id = PairId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        let foundation = (host.candidate.foundation, other.foundation);
        self.pairs.push(Pair {
            id,
            local,
            remote,
            path,
            priority,
            state: self.initial_state(candidates, foundation),
            valid: None,
            nominated: false,
            nominate_on_success: false,
            check: None,
            first_sent: None,
        });
        (Some(id), discarded)
    }

    /// RFC 8838 §12: a new pair is frozen only if others of its foundation are on the list, have not all failed, and
    /// none of them has succeeded.
    fn initial_state(
        &self,
        candidates: &Candidates,
        foundation: (Foundation, Foundation),
    ) -> PairState {
        let mut state = PairState::Waiting;
        for pair in &self.pairs {
            if foundations(candidates, pair) == Some(foundation) {
                match pair.state {
                    PairState::Succeeded => return PairState::Waiting,
                    PairState::Waiting | PairState::InProgress | PairState::Frozen => {
                        state = PairState::Frozen;
                    }
                    PairState::Failed => {}
                }
            }
        }
        state
    }

    /// Removes the dead pair of the lowest priority. If none is dead, removes the pair of the lowest priority that has
    /// not succeeded, provided that it is below `priority`. Returns whether there was such a pair.
    fn evict_pair_below(&mut self, priority: u64, in_use: InUse) -> bool {
        let unproven = |pair: &Pair| {
            pair.valid.is_none() && !pair.nominate_on_success && pair.priority < priority
        };
        let least = self
            .pairs
            .iter()
            .enumerate()
            .map(|(index, pair)| (index, pair, in_use.is_dead(pair)))
            .filter(|(_, pair, dead)| *dead || unproven(pair))
            .min_by_key(|(_, pair, dead)| (!dead, pair.priority))
            .map(|(index, _, _)| index);
        least.is_some_and(|index| {
            let pair = self.pairs.swap_remove(index);
            self.triggered.retain(|id| *id != pair.id);
            true
        })
    }

    /// Removes all pairs with this remote candidate, because the candidate is evicted.
    pub(crate) fn remove_pairs_with(&mut self, remote: usize) {
        self.pairs.retain(|pair| pair.remote != remote);
        let pairs = &self.pairs;
        self.triggered
            .retain(|id| pairs.iter().any(|pair| pair.id == *id));
    }

    /// Computes all priorities again, after the role or a candidate has changed.
    pub(crate) fn prioritise(&mut self, candidates: &Candidates, role: Role) {
        for pair in &mut self.pairs {
            let (Some(local), Some(remote)) =
                (candidates.local(pair.local), candidates.remote(pair.remote))
            else {
                continue;
            };
            pair.priority = priority_of(role, local.candidate.priority, remote.priority);
            if let Some(valid) = &mut pair.valid
                && let Some(local) = candidates.local(valid.local)
            {
                valid.priority = priority_of(role, local.candidate.priority, remote.priority);
            }
        }
    }

    /// Puts a pair on the triggered-check queue, unless it is on it.
    pub(crate) fn trigger(&mut self, id: PairId) {
        if !self.triggered.contains(&id) {
            self.triggered.push_back(id);
        }
    }

    /// Takes a pair off the triggered-check queue.
    pub(crate) fn untrigger(&mut self, id: PairId) {
        self.triggered.retain(|triggered| *triggered != id);
    }

    pub(crate) fn has_triggered(&self) -> bool {
        !self.triggered.is_empty()
    }

    pub(crate) fn next_triggered(&mut self) -> Option<PairId> {
        self.triggered.pop_front()
    }

    /// The next pair for an ordinary check (RFC 8445 §6.1.4.2, steps 2 and 3).
    pub(crate) fn next_ordinary(&mut self, candidates: &Candidates) -> Option<PairId> {
        if !self.has(PairState::Waiting) {
            self.unfreeze_idle(candidates);
        }
        self.pairs
            .iter()
            .filter(|pair| pair.state == PairState::Waiting)
            .max_by_key(|pair| pair.priority)
            .map(|pair| pair.id)
    }

    /// Whether [`next_ordinary`](Self::next_ordinary) would return a pair.
    pub(crate) fn has_ordinary(&self, candidates: &Candidates) -> bool {
        self.has(PairState::Waiting)
            || self
                .pairs
                .iter()
                .any(|pair| pair.state == PairState::Frozen && self.is_idle(candidates, pair))
    }

    fn has(&self, state: PairState) -> bool {
        self.pairs.iter().any(|pair| pair.state == state)
    }

    /// Whether no pair of the same foundation waits or is being checked.
    fn is_idle(&self, candidates: &Candidates, pair: &Pair) -> bool {
        let foundation = foundations(candidates, pair);
        !self.pairs.iter().any(|other| {
            matches!(other.state, PairState::Waiting | PairState::InProgress)
                && foundations(candidates, other) == foundation
        })
    }

    fn unfreeze_idle(&mut self, candidates: &Candidates) {
        let best = self
            .pairs
            .iter()
            .filter(|pair| pair.state == PairState::Frozen && self.is_idle(candidates, pair))
            .max_by_key(|pair| pair.priority)
            .map(|pair| pair.id);
        if let Some(pair) = best.and_then(|id| self.get_mut(id))
            && let Some(state) = pair.state.unfreeze()
        {
            pair.state = state;
        }
    }

    /// A pair has succeeded, so the frozen pairs of the same foundation are now to be checked (RFC 8445 §7.2.5.3.3).
    pub(crate) fn unfreeze_like(&mut self, candidates: &Candidates, id: PairId) {
        let foundation = self.get(id).and_then(|pair| foundations(candidates, pair));
        for pair in &mut self.pairs {
            if foundations(candidates, pair) == foundation
                && let Some(state) = pair.state.unfreeze()
            {
                pair.state = state;
            }
        }
    }

    /// How many pairs wait or are being checked, for the RTO (RFC 8445 §14.3).
    pub(crate) fn pending(&self) -> u32 {
        let pending = self
            .pairs
            .iter()
            .filter(|pair| matches!(pair.state, PairState::Waiting | PairState::InProgress));
        u32::try_from(pending.count()).unwrap_or(u32::MAX)
    }

    /// The search is over: removes all pairs but `chosen` and the others that were nominated (RFC 8445 §8.1.2).
    ///
    /// A controlling side that has nominated several may send on any of them, whichever this side selects.
    pub(crate) fn conclude(&mut self, chosen: PairId) {
        self.pairs
            .retain(|pair| pair.id == chosen || pair.nominated || pair.nominate_on_success);
        let pairs = &self.pairs;
        self.triggered
            .retain(|id| pairs.iter().any(|pair| pair.id == *id));
    }

    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
        self.triggered.clear();
    }
}

fn priority_of(role: Role, local: u32, remote: u32) -> u64 {
    match role {
        Role::Controlling => pair_priority(local, remote),
        Role::Controlled => pair_priority(remote, local),
    }
}

fn foundations(candidates: &Candidates, pair: &Pair) -> Option<(Foundation, Foundation)> {
    let local = candidates.local(pair.local)?;
    let remote = candidates.remote(pair.remote)?;
    Some((local.candidate.foundation, remote.foundation))
}
