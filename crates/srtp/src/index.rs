//! Packet indices: which one a sequence number means (RFC 3711 §3.3.1).

/// An RTP index: `2^16 * ROC + SEQ`, 48 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Index(pub(crate) u64);

impl Index {
    /// ROC: the upper 32 of the 48 bits.
    pub(crate) const fn rollover_counter(self) -> u32 {
        let [_, _, a, b, c, d, _, _] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// The sequence number: the lower 16 bits.
    pub(crate) const fn sequence(self) -> u16 {
        let [.., high, low] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// The index that `sequence` most likely stands for: the closest to this one, which is the newest seen.
    /// `None` if that is before the beginning.
    pub(crate) fn estimate(self, sequence: u16) -> Option<u64> {
        // Appendix A spells out the three cases of v; they are one signed 16-bit difference.
        let newest = self.sequence();
        let ahead = match sequence.wrapping_sub(newest).cast_signed() {
            // At a distance of exactly 2^15 both ways are as long: there it stays within the same ROC.
            i16::MIN => i64::from(sequence).saturating_sub(i64::from(newest)),
            ahead => i64::from(ahead),
        };
        self.0.checked_add_signed(ahead)
    }

    /// Another index that `sequence` may stand for, where `estimate` was wrong because this many packets and
    /// more were lost: one of the `SEARCHED_ROLLOVERS` next with the same sequence number.
    ///
    /// The sequence number itself says which, so packets in a row try one after the other, and whoever puts
    /// forged packets between them changes nothing.
    pub(crate) const fn search(estimate: Option<u64>, sequence: u16) -> u64 {
        let turn = sequence as u64 % SEARCHED_ROLLOVERS;
        match estimate {
            Some(index) => index.saturating_add(turn.saturating_add(1).saturating_mul(ROLLOVER)),
            // The estimate was ROC - 1 where ROC is zero: the next is zero itself.
            None => (sequence as u64).saturating_add(turn.saturating_mul(ROLLOVER)),
        }
    }
}

/// One more in the rollover counter.
pub(crate) const ROLLOVER: u64 = 1 << 16;

/// How many rollovers may be missed: over a million packets, the losses of five hours of speech or of a minute
/// at 150 Mbit/s.
pub(crate) const SEARCHED_ROLLOVERS: u64 = 16;

/// RFC 3711 §9.2, RFC 7714 §10: RTP packets per key.
pub(crate) const MAX_RTP_PACKETS: u64 = 1 << 48;

/// RFC 3711 §9.2, RFC 7714 §10: RTCP packets per key.
pub(crate) const MAX_RTCP_PACKETS: u64 = 1 << 31;

#[cfg(test)]
mod tests {
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
            let newest = Index(u64::from(roc) << 16 | u64::from(s_l));
            let expected = appendix_a(s_l.into(), roc.into(), seq.into());
            prop_assert_eq!(newest.estimate(seq), u64::try_from(expected).ok());
            prop_assert_eq!(newest.rollover_counter(), roc);
        }

        /// Sixteen packets in a row try the sixteen rollovers that may have been missed, each once.
        #[test]
        fn packets_in_a_row_search_every_rollover_once(newest in 0u64..1 << 40, first: u16) {
            let mut tried: Vec<_> = (0..16)
                .map(|offset| {
                    let sequence = first.wrapping_add(offset);
                    let estimate = Index(newest).estimate(sequence);
                    let index = Index::search(estimate, sequence);
                    prop_assert_eq!(index & 0xffff, u64::from(sequence));
                    let from = estimate.map_or(-1, |index| i64::try_from(index >> 16).unwrap());
                    Ok(i64::try_from(index >> 16).unwrap() - from)
                })
                .collect::<Result<_, TestCaseError>>()?;
            tried.sort_unstable();
            prop_assert_eq!(tried, (1..=16).collect::<Vec<_>>());
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
            assert_eq!(Index(newest).estimate(sequence), Some(index), "{newest:#x}");
        }
    }

    #[test]
    fn before_the_first_rollover_there_is_nothing() {
        assert_eq!(Index(5).estimate(65_535), None);
        assert_eq!(Index(5).estimate(0), Some(0));
        assert_eq!(Index(0x1_0005).estimate(65_535), Some(65_535));
    }
}
