//! What the schedules reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

/// What the schedules exercised, so that a test can assert that they reached what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// Datagrams that the engines sent.
    pub transmits: u64,
    /// Events that the engines told.
    pub events: u64,
    /// Timeouts that were due.
    pub timeouts: u64,
    /// Timeouts that were called too early.
    pub early_timeouts: u64,
    /// Datagrams that the schedule made up, mutated, truncated, replayed or reflected.
    pub forged: u64,
    /// Those of them that [`Check::repair`](super::Check::repair) was called on.
    pub repaired: u64,
    /// Datagrams that no engine has sent as they were, and that the engine did not count as dropped. Zero without
    /// [`Check::dropped`](super::Check::dropped).
    pub past_the_door: u64,
    /// Inputs that were handled without a drain after the one before.
    pub batched: u64,
    /// Closing events.
    pub closed: u64,
    /// Forged datagrams that came in floods.
    pub flooded: u64,
    /// The most of them that one pair of engines got while neither had closed.
    pub longest_flood: u64,
    /// The most datagrams, or events, that one drain of a flood gave.
    pub most_undrained: usize,
    /// The most bytes of heap that both engines held together. Zero without
    /// [`Check::heap`](super::Check::heap).
    pub most_heap_bytes: i64,
    /// How often each event was told, by the name that its `Debug` begins with.
    pub event_names: BTreeMap<String, u64>,
    /// The states that were seen, by the names of [`Check::states`](super::Check::states).
    pub states: BTreeSet<String>,
    /// The datagrams that were not counted as dropped, by the names of
    /// [`Check::kinds`](super::Check::kinds). Empty without [`Check::dropped`](super::Check::dropped).
    pub accepted: BTreeMap<String, Accepted>,
}

/// Datagrams of one kind that an engine did not count as dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// As an engine had sent them: delivered by the link, or replayed.
    pub honest: u64,
    /// As no engine had sent them.
    pub forged: u64,
}

impl Coverage {
    /// How often an event of this name was told.
    pub fn event(&self, name: &str) -> u64 {
        self.event_names.get(name).copied().unwrap_or(0)
    }

    /// Whether all of these kinds were accepted, both from the engines and forged.
    ///
    /// # Errors
    /// The first that was not, and what was.
    pub fn accepted_both_ways(&self, kinds: &[&str]) -> Result<(), String> {
        let both = |kind: &&str| {
            let accepted = self.accepted.get(*kind);
            accepted.is_some_and(|accepted| accepted.honest > 0 && accepted.forged > 0)
        };
        match kinds.iter().find(|kind| !both(kind)) {
            None => Ok(()),
            Some(kind) => Err(format!("{kind} is missing among {:#?}", self.accepted)),
        }
    }

    pub(super) fn count_event(&mut self, event: &str) {
        self.events += 1;
        let end = event.find(|c: char| !c.is_alphanumeric());
        let name = event.get(..end.unwrap_or(event.len())).unwrap_or(event);
        *self.event_names.entry(name.to_owned()).or_default() += 1;
    }

    pub(super) fn add_to(self, total: &mut Self) {
        total.transmits += self.transmits;
        total.events += self.events;
        total.timeouts += self.timeouts;
        total.early_timeouts += self.early_timeouts;
        total.forged += self.forged;
        total.repaired += self.repaired;
        total.past_the_door += self.past_the_door;
        total.batched += self.batched;
        total.closed += self.closed;
        total.flooded += self.flooded;
        total.longest_flood = total.longest_flood.max(self.longest_flood);
        total.most_undrained = total.most_undrained.max(self.most_undrained);
        total.most_heap_bytes = total.most_heap_bytes.max(self.most_heap_bytes);
        for (name, count) in self.event_names {
            *total.event_names.entry(name).or_default() += count;
        }
        total.states.extend(self.states);
        for (kind, accepted) in self.accepted {
            let sum = total.accepted.entry(kind).or_default();
            sum.honest += accepted.honest;
            sum.forged += accepted.forged;
        }
    }
}

/// The sum of all counters of a struct, by its `Debug`: for [`Check::dropped`](super::Check::dropped), where a
/// reason that is added later has to count too.
///
/// ```
/// #[derive(Debug)]
/// struct Drops { malformed: u64, early: u64 }
/// assert_eq!(strata_sim::contract::sum(&Drops { malformed: 20, early: 3 }), 23);
/// ```
pub fn sum(counters: &impl Debug) -> u64 {
    format!("{counters:?}")
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter_map(|word| word.parse::<u64>().ok())
        .sum()
}
