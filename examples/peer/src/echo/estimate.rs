//! What senders are told that they may send.

use std::time::Duration;

use strata_peer::Instant;

use super::reception::Loss;

/// Looks at what arrives, and at what the other side says of what goes back.
#[derive(Debug)]
pub(super) struct Estimate {
    /// Since when `bytes` are counted.
    since: Instant,
    bytes: u64,
    /// What was counted before that, and for how long.
    before: (u64, Duration),
    /// The share of what we send that the other side has lost, in 1/256, as far as it was told since the
    /// last estimate.
    lost_back: u8,
    /// What the other side has told us that we may send, and when.
    theirs: Option<(u64, Instant)>,
    /// What senders were told when they lost much, and until when that holds.
    cut: Option<(u64, Instant)>,
    /// What was received lately, in bits per second.
    received_bps: u64,
}

impl Estimate {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            since: now,
            bytes: 0,
            before: (0, Duration::ZERO),
            lost_back: 0,
            theirs: None,
            cut: None,
            received_bps: 0,
        }
    }

    /// Counts from now on.
    pub(super) const fn begin(&mut self, now: Instant) {
        self.since = now;
    }

    /// Counts a packet of this size.
    pub(super) fn on_packet(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Notes which share of what we send back is lost, in 1/256.
    pub(super) fn on_loss_back(&mut self, fraction_lost: u8) {
        self.lost_back = self.lost_back.max(fraction_lost);
    }

    /// Notes what the other side can take of us: we send what we receive, so it is for our senders too.
    pub(super) const fn on_limit(&mut self, now: Instant, bitrate_bps: u64) {
        self.theirs = Some((bitrate_bps, now));
    }

    /// What was received lately, in bits per second.
    pub(super) const fn received_bps(&self) -> u64 {
        self.received_bps
    }

    /// What all senders together may send from now on, in bits per second.
    ///
    /// A sender that loses nothing may grow by half: enough to find out how much the path can carry, and
    /// too little to flood it. One that loses much is to stay below what arrives for a while, so that the
    /// queues on the path become empty.
    pub(super) fn next(&mut self, now: Instant, loss: Loss) -> u64 {
        let time = now - self.since;
        let bytes = self.bytes.saturating_add(self.before.0);
        let nanos = (time + self.before.1).as_nanos();
        let bits = u128::from(bytes) * 8 * 1_000_000_000;
        self.received_bps =
            u64::try_from(bits.checked_div(nanos).unwrap_or_default()).unwrap_or(u64::MAX);
        self.before = (self.bytes, time);
        (self.since, self.bytes) = (now, 0);

        // More than one in 20.
        let loses = u64::from(loss.lost) * 20 > u64::from(loss.expected)
            || u32::from(core::mem::take(&mut self.lost_back)) * 20 > 256;
        if loses {
            let bitrate = self.received_bps.saturating_mul(85) / 100;
            self.cut = Some((bitrate, now + CUT_FOR));
        }
        self.cut = self.cut.filter(|(_, until)| now < *until);
        let grown = (self.received_bps.saturating_mul(3) / 2).max(START_BPS);
        let own = self.cut.map_or(grown, |(bitrate, _)| bitrate);
        self.theirs = self.theirs.filter(|(_, told)| now < *told + TOLD_FOR);
        let theirs = self.theirs.map_or(MAX_BPS, |(bitrate, _)| bitrate);
        own.min(theirs).clamp(MIN_BPS, MAX_BPS)
    }
}

/// What senders may always send while nothing is lost: what browsers begin with. It lets one that was
/// silent, or showed a picture that does not move, begin again at once.
const START_BPS: u64 = 300_000;

/// The least a sender is told: speech, and the smallest video that browsers send.
const MIN_BPS: u64 = 30_000;

/// The most: enough for a camera, and the page needs no more.
const MAX_BPS: u64 = 3_000_000;

/// How long a sender that has lost much stays below what arrived. A queue of 300 ms, of which 15 % of the
/// rate are left to empty it, takes as long.
const CUT_FOR: Duration = Duration::from_secs(2);

/// How long the other side's limit holds when it is not repeated.
const TOLD_FOR: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Loss = Loss {
        expected: 100,
        lost: 0,
    };

    /// Half a second after the other, `bytes` in each, all of them lossless but the last.
    fn estimates(bytes: [usize; 3], loss: Loss) -> [u64; 3] {
        let mut estimate = Estimate::new(Instant::EPOCH);
        let mut now = Instant::EPOCH;
        let mut turn = 0;
        bytes.map(|bytes| {
            now += Duration::from_millis(500);
            turn += 1;
            estimate.on_packet(bytes);
            estimate.next(now, if turn == 3 { loss } else { NOTHING })
        })
    }

    #[test]
    fn a_sender_that_loses_nothing_may_send_half_as_much_again_as_arrives() {
        // 25,000 bytes in half a second are 400 kbit/s; over the whole second it was 400, then 600.
        assert_eq!(
            estimates([25_000, 25_000, 50_000], NOTHING),
            [600_000, 600_000, 900_000]
        );
    }

    #[test]
    fn a_sender_that_loses_more_than_a_twentieth_is_to_send_less_than_arrives() {
        let loss = |lost| Loss {
            expected: 100,
            lost,
        };
        assert_eq!(estimates([25_000; 3], loss(5))[2], 600_000);
        assert_eq!(estimates([25_000; 3], loss(6))[2], 340_000);
    }

    #[test]
    fn there_is_a_least_and_a_most() {
        let all = Loss {
            expected: 10,
            lost: 10,
        };
        assert_eq!(estimates([0, 0, 0], all), [START_BPS, START_BPS, MIN_BPS]);
        assert_eq!(estimates([1_000_000; 3], NOTHING), [MAX_BPS; 3]);
    }

    #[test]
    fn what_is_lost_on_the_way_back_counts_once() {
        let mut estimate = Estimate::new(Instant::EPOCH);
        let mut next = |millis, lost_back| {
            estimate.on_packet(25_000);
            estimate.on_loss_back(lost_back);
            estimate.next(Instant::from_millis(millis), NOTHING)
        };
        // 13/256 are more than 5 %, 12/256 are not.
        assert_eq!(next(500, 12), 600_000);
        assert_eq!(next(1000, 13), 340_000);
        let later = [1500, 2000, 2500, 3000].map(|millis| next(millis, 0));
        assert_eq!(later, [340_000, 340_000, 340_000, 600_000]);
    }

    #[test]
    fn a_cut_holds_for_a_while_and_is_not_repeated_for_a_loss_that_is_over() {
        let mut estimate = Estimate::new(Instant::EPOCH);
        let mut next = |millis, bytes, lost| {
            estimate.on_packet(bytes);
            let expected = 100;
            estimate.next(Instant::from_millis(millis), Loss { expected, lost })
        };
        next(500, 25_000, 0);
        assert_eq!(next(1000, 25_000, 50), 340_000);
        // The sender obeys, and less arrives: that is no reason to tell it less.
        assert_eq!(next(1500, 20_000, 0), 340_000);
        // 20,000 and 20,000 bytes in a second are 320 kbit/s, of which it is to keep 85 %.
        assert_eq!(next(2000, 20_000, 6), 272_000);
        assert_eq!(next(3999, 0, 0), 272_000);
        assert_eq!(next(4000, 0, 0), START_BPS);
    }

    #[test]
    fn what_the_other_side_can_take_is_a_limit_while_it_says_so() {
        let mut estimate = Estimate::new(Instant::EPOCH);
        estimate.on_limit(Instant::from_millis(100), 200_000);
        let mut next = |millis| estimate.next(Instant::from_millis(millis), NOTHING);
        assert_eq!(next(500), 200_000);
        assert_eq!(next(5099), 200_000);
        assert_eq!(next(5100), START_BPS);
    }
}
