//! The highest indices of streams that were forgotten.

/// A table of fixed size: an SSRC's hash says in which of many small buckets it is.
#[derive(Debug)]
pub(super) struct Tombstones {
    /// Empty until the first comes. In a bucket the newest stands first.
    buckets: Vec<[Option<Tombstone>; BUCKET]>,
    count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Tombstone {
    ssrc: u32,
    /// The index has 48 bits and is kept in two parts: in one, it would take 16 octets with the SSRC, not 12. With the
    /// four octets of `Option` a place in a bucket has 16.
    rollover_counter: u32,
    sequence: u16,
}

impl Tombstones {
    /// Room for `max`, and up to seven more.
    pub(super) const fn new(max: usize) -> Self {
        let count = max.div_ceil(BUCKET);
        Self {
            buckets: Vec::new(),
            count: if count == 0 { 1 } else { count },
        }
    }

    pub(super) fn get(&self, ssrc: u32) -> Option<u64> {
        let bucket = self.buckets.get(self.bucket_of(ssrc))?;
        let found = bucket.iter().flatten().find(|entry| entry.ssrc == ssrc);
        found.map(Tombstone::highest)
    }

    /// Puts in an SSRC that is not there. If its bucket is full, the oldest goes, and its SSRC is the answer.
    pub(super) fn insert(&mut self, ssrc: u32, highest: u64) -> Option<u32> {
        if self.buckets.is_empty() {
            self.buckets = vec![[None; BUCKET]; self.count];
        }
        let at = self.bucket_of(ssrc);
        let bucket = self.buckets.get_mut(at)?;
        bucket.rotate_right(1);
        let [first, ..] = bucket;
        let replaced = first.replace(Tombstone::new(ssrc, highest));
        replaced.map(|entry| entry.ssrc)
    }

    pub(super) fn remove(&mut self, ssrc: u32) -> Option<u64> {
        let at = self.bucket_of(ssrc);
        let bucket = self.buckets.get_mut(at)?;
        let found = bucket
            .iter()
            .position(|entry| entry.is_some_and(|entry| entry.ssrc == ssrc))?;
        // The gap moves to the end of the bucket. From there `insert` takes it first.
        let rest = bucket.get_mut(found..)?;
        rest.rotate_left(1);
        let removed = rest.last_mut()?.take();
        removed.as_ref().map(Tombstone::highest)
    }

    fn bucket_of(&self, ssrc: u32) -> usize {
        let hash = usize::try_from(mix(ssrc) >> 32).unwrap_or(0);
        hash.checked_rem(self.count).unwrap_or(0)
    }
}

impl Tombstone {
    const fn new(ssrc: u32, highest: u64) -> Self {
        let [_, _, a, b, c, d, high, low] = highest.to_be_bytes();
        Self {
            ssrc,
            rollover_counter: u32::from_be_bytes([a, b, c, d]),
            sequence: u16::from_be_bytes([high, low]),
        }
    }

    fn highest(&self) -> u64 {
        u64::from(self.rollover_counter) << 16 | u64::from(self.sequence)
    }
}

/// Spreads an SSRC over 64 bits, so that SSRCs that differ by one go to different buckets (the finishing steps of
/// `MurmurHash3`).
pub(super) const fn mix(ssrc: u32) -> u64 {
    let mut hash = (ssrc as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

const BUCKET: usize = 8;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// One bucket: a queue of eight in which the oldest makes room.
        #[test]
        fn a_bucket_keeps_the_eight_newest(
            operations in proptest::collection::vec((any::<bool>(), 0u32..14, 0u64..1 << 48), 0..200),
        ) {
            let mut table = Tombstones::new(8);
            let mut model = VecDeque::<(u32, u64)>::new();
            for (insert, ssrc, highest) in operations {
                let known = model.iter().position(|entry| entry.0 == ssrc);
                prop_assert_eq!(table.get(ssrc), known.map(|at| model[at].1));
                match known {
                    None if insert => {
                        model.push_back((ssrc, highest));
                        let replaced = (model.len() > 8).then(|| model.pop_front().unwrap().0);
                        prop_assert_eq!(table.insert(ssrc, highest), replaced);
                    }
                    Some(_) if insert => {}
                    known => {
                        let removed = known.and_then(|at| model.remove(at));
                        prop_assert_eq!(table.remove(ssrc), removed.map(|entry| entry.1));
                    }
                }
            }
        }
    }

    #[test]
    fn a_table_fills_to_nine_tenths_before_half_of_the_newcomers_replace_another() {
        let mut table = Tombstones::new(2048);
        let replaced = (0..2048).filter(|ssrc| table.insert(*ssrc, 1).is_some());
        let replaced = replaced.count();
        assert!(replaced < 2048 / 5, "{replaced}");
        assert_eq!(size_of::<Option<Tombstone>>(), 16);
    }
}
