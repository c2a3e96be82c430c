//! Packet indices: which one a sequence number means, and which have been seen.

/// Why an index is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Repeated,
    TooOld,
}

/// The newest index, and which of those behind it have been seen (RFC 3711 §3.3.2).
///
/// Remembers `(WORDS - 1) * 64` indices. The bit of an index stays where it is while the window
/// moves: moving clears whole words that come into the window, so it costs the same however far the
/// newest index is ahead (as RFC 6479 does for ESP).
#[derive(Clone, Debug)]
pub(crate) struct Window<const WORDS: usize> {
    seen: [u64; WORDS],
    /// For RTP: `2^16 * ROC + s_l` (RFC 3711 §3.3.1).
    newest: u64,
}

impl<const WORDS: usize> Window<WORDS> {
    const LEN: u64 = (WORDS as u64 - 1) * BITS;

    /// A window in which `index` alone has been seen.
    pub(crate) fn starting_at(index: u64) -> Self {
        let mut window = Self {
            seen: [0; WORDS],
            newest: index,
        };
        window.mark(index);
        window
    }

    /// ROC: the upper 32 of the newest index's 48 bits.
    pub(crate) const fn rollover_counter(&self) -> u32 {
        let [_, _, a, b, c, d, _, _] = self.newest.to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// The index that `sequence` most likely stands for: the closest to the newest, RFC 3711 §3.3.1.
    /// `None` if that is before the beginning.
    pub(crate) fn estimate(&self, sequence: u16) -> Option<u64> {
        // Appendix A spells out the three cases of v; they are one signed 16-bit difference.
        let [.., high, low] = self.newest.to_be_bytes();
        let newest = u16::from_be_bytes([high, low]);
        let ahead = match sequence.wrapping_sub(newest).cast_signed() {
            // At a distance of exactly 2^15 both ways are as long: there it stays within the same ROC.
            i16::MIN => i64::from(sequence) - i64::from(newest),
            ahead => i64::from(ahead),
        };
        self.newest.checked_add_signed(ahead)
    }

    /// Whether `index` may be taken: it is ahead of the window, or inside and not seen.
    pub(crate) fn check(&self, index: u64) -> Result<(), Refusal> {
        let Some(behind) = self.newest.checked_sub(index) else {
            return Ok(());
        };
        if behind >= Self::LEN {
            return Err(Refusal::TooOld);
        }
        let (at, bit) = Self::place(index);
        match self.seen.get(at) {
            Some(word) if word & bit == 0 => Ok(()),
            _ => Err(Refusal::Repeated),
        }
    }

    /// Takes `index`, which was checked and has been authenticated since.
    pub(crate) fn accept(&mut self, index: u64) {
        if index > self.newest {
            let old_block = self.newest / BITS;
            let new_words = (index / BITS - old_block).min(WORDS as u64);
            for block in 1..=new_words {
                let (at, _) = Self::place((old_block + block) * BITS);
                if let Some(word) = self.seen.get_mut(at) {
                    *word = 0;
                }
            }
            self.newest = index;
        }
        self.mark(index);
    }

    fn mark(&mut self, index: u64) {
        let (at, bit) = Self::place(index);
        if let Some(word) = self.seen.get_mut(at) {
            *word |= bit;
        }
    }

    /// The word and the bit of an index.
    const fn place(index: u64) -> (usize, u64) {
        let at = (index / BITS % WORDS as u64) as usize;
        (at, 1 << (index % BITS))
    }
}

const BITS: u64 = 64;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// RFC 3711 appendix A, word for word.
    fn appendix_a(s_l: i64, roc: i64, seq: i64) -> i64 {
        let v = if s_l < 32_768 {
            if seq - s_l > 32_768 { roc - 1 } else { roc }
        } else if s_l - 32_768 > seq {
            roc + 1
        } else {
            roc
        };
        seq + v * 65_536
    }

    proptest! {
        #[test]
        fn the_estimate_is_that_of_appendix_a(s_l: u16, roc in 1u32.., seq: u16) {
            let window = Window::<3>::starting_at(u64::from(roc) << 16 | u64::from(s_l));
            let expected = appendix_a(s_l.into(), roc.into(), seq.into());
            prop_assert_eq!(window.estimate(seq), u64::try_from(expected).ok());
        }

        /// Against a set that remembers everything.
        #[test]
        fn what_was_seen_is_refused_and_nothing_else_inside(
            start in 0u64..1000,
            steps in proptest::collection::vec(
                prop_oneof![4 => -140i64..70, 1 => 0i64..400], 1..400),
        ) {
            let mut window = Window::<3>::starting_at(start);
            let mut seen = BTreeSet::from([start]);
            for step in steps {
                let newest = *seen.last().unwrap();
                let Some(index) = newest.checked_add_signed(step) else { continue };
                let expected = if index + 128 <= newest {
                    Err(Refusal::TooOld)
                } else if seen.contains(&index) {
                    Err(Refusal::Repeated)
                } else {
                    Ok(())
                };
                prop_assert_eq!(window.check(index), expected);
                if expected.is_ok() {
                    window.accept(index);
                    seen.insert(index);
                }
                prop_assert_eq!(window.newest, *seen.last().unwrap());
            }
        }
    }

    #[test]
    fn halfway_round_the_rollover_counter_stays() {
        for (newest, sequence, index) in [
            (0, 0x8000, 0x8000),
            (0x7fff, 0xffff, 0xffff),
            (0x8000, 0, 0),
            (0x3_ffff, 0x7fff, 0x3_7fff),
            (0x3_1234, 0x9234, 0x3_9234),
        ] {
            let window = Window::<3>::starting_at(newest);
            assert_eq!(window.estimate(sequence), Some(index), "{newest:#x}");
        }
    }

    #[test]
    fn before_the_first_rollover_there_is_nothing() {
        let window = Window::<3>::starting_at(5);
        assert_eq!(window.estimate(65_535), None);
        assert_eq!(window.estimate(0), Some(0));
        let window = Window::<3>::starting_at(0x1_0005);
        assert_eq!(window.estimate(65_535), Some(65_535));
    }
}
