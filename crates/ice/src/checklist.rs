//! The checklist (RFC 8445 §6.1.2): it holds all pairs, and decides which is checked next.

use std::collections::VecDeque;

use strata_core::{Instant, Path};
use strata_stun::TransactionId;

use crate::{
    Role,
    candidates::Candidates,
    liveness::Liveness,
    pair::{InUse, Pair, PairId, PairState},
    pair_priority,
    record::Record,
};

/// Every pair of one session. There is only one checklist, because there is one data stream of one component.
#[derive(Debug, Default)]
pub(crate) struct Checklist {
    pairs: Vec<Pair>,
    /// The triggered-check queue (RFC 8445 §6.1.4.1).
    triggered: VecDeque<PairId>,
    /// Where the pairs are that are kept alive: a handful, so that an answer to a consent check need not look for its
    /// pair among all.
    maintained: Vec<usize>,
    next_id: u32,
}

impl Checklist {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Pair> {
        self.pairs.iter_mut()
    }

    /// The pair with this id, which is likely to be at this index. The second value is where it is.
    pub(crate) fn get_near(&mut self, id: PairId, index: usize) -> Option<(&mut Pair, usize)> {
        let there = self.pairs.get(index).is_some_and(|pair| pair.id == id);
        let index = if there {
            index
        } else {
            self.pairs.iter().position(|pair| pair.id == id)?
        };
        Some((self.pairs.get_mut(index)?, index))
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
        self.pairs.push(Pair {
            id,
            local,
            remote,
            path,
            priority,
            state: PairState::Waiting,
            valid: None,
            liveness: Liveness::default(),
            nominated: None,
            nominating: None,
            nominated_by: None,
            moved_from: None,
            check: None,
            first_sent: None,
            parked: false,
            revoked: false,
            peer_priority: None,
            record: Record::default(),
        });
        (Some(id), discarded)
    }

    /// Removes the dead pair of the lowest priority. If none is dead, removes the pair of the lowest priority that has
    /// not succeeded, provided that it is below `priority`. Returns whether there was such a pair.
    fn evict_pair_below(&mut self, priority: u64, in_use: InUse) -> bool {
        let unproven = |pair: &Pair| {
            pair.valid.is_none() && pair.nominating.is_none() && pair.priority < priority
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
        self.retain(|pair| pair.remote != remote);
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

    /// The next pair for an ordinary check: the waiting one of the highest priority (RFC 8445 §6.1.4.2, step 3). Those
    /// that are parked are checked only if they are `needed`.
    pub(crate) fn next_ordinary(&self, needed: bool) -> Option<PairId> {
        self.pairs
            .iter()
            .filter(|pair| pair.state == PairState::Waiting && (needed || !pair.parked))
            .max_by_key(|pair| pair.priority)
            .map(|pair| pair.id)
    }

    /// How many pairs wait or are being checked, for the RTO (RFC 8445 §14.3); see
    /// [`next_ordinary`](Self::next_ordinary) for `needed`.
    pub(crate) fn pending(&self, needed: bool) -> u32 {
        let pending = self.pairs.iter().filter(|pair| match pair.state {
            PairState::Waiting => needed || !pair.parked,
            PairState::InProgress => true,
            PairState::Succeeded | PairState::Failed => false,
        });
        u32::try_from(pending.count()).unwrap_or(u32::MAX)
    }

    /// Remembers which pairs are kept alive. Call it when they are chosen, and when pairs have changed their places: each
    /// time that the agent has done what is due.
    pub(crate) fn note_maintained(&mut self) {
        let pairs = self.pairs.iter().enumerate();
        let maintained = pairs.filter(|(_, pair)| pair.liveness.is_maintained());
        self.maintained.clear();
        self.maintained.extend(maintained.map(|(index, _)| index));
    }

    /// The pair on which this consent check was sent, and when.
    pub(crate) fn find_consent_check(&self, id: TransactionId) -> Option<(PairId, Instant)> {
        self.maintained
            .iter()
            .filter_map(|index| self.pairs.get(*index))
            .find_map(|pair| Some((pair.id, pair.liveness.sent_at(id)?)))
    }

    /// Takes all pairs out, for a new session. The ids of further pairs are new ones.
    pub(crate) fn begin_session(&mut self) -> Self {
        let next = Self {
            next_id: self.next_id,
            ..Self::default()
        };
        std::mem::replace(self, next)
    }

    /// Puts back the pairs of the session before.
    pub(crate) fn resume_session(&mut self, before: Self) {
        let next_id = self.next_id;
        *self = before;
        self.next_id = next_id;
    }

    /// Removes the pairs for which `keep` is false.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Pair) -> bool) {
        self.pairs.retain(keep);
        self.forget_removed();
    }

    fn forget_removed(&mut self) {
        let pairs = &self.pairs;
        self.triggered
            .retain(|id| pairs.iter().any(|pair| pair.id == *id));
    }

    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
        self.triggered.clear();
        self.maintained.clear();
    }
}

fn priority_of(role: Role, local: u32, remote: u32) -> u64 {
    match role {
        Role::Controlling => pair_priority(local, remote),
        Role::Controlled => pair_priority(remote, local),
    }
}
