//! How one source is received (RFC 3550 §6.4.1, §A.1, §A.3, §A.8).

use strata_peer::{
    Instant, SequenceNumber, Ssrc, Timestamp,
    rtp::rtcp::{NtpTimestamp, ReportBlock},
};

/// What is known of the packets of one source. Sizes do not grow, however long it sends.
#[derive(Clone, Debug, Default)]
pub(super) struct Reception {
    numbers: Option<Numbers>,
    /// What `received` was at the last report.
    received_prior: u32,
    /// What was expected at the last report.
    expected_prior: u32,
    /// The relative transit time of the last packet, in timestamp units.
    transit: Option<u32>,
    /// Sixteen times the jitter, in timestamp units.
    jitter: u32,
    /// What the last sender report was called, and when it came.
    sender_report: Option<(u32, Instant)>,
}

/// RFC 3550 §A.1, since the source began or began anew.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    base: u16,
    max: u16,
    /// How often the numbers wrapped around, in the upper 16 bits.
    cycles: u32,
    received: u32,
    /// The number that would confirm a jump.
    bad: Option<u16>,
}

/// What happened between two reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Loss {
    /// Packets that should have come.
    pub(super) expected: u32,
    /// Those of them that have not come.
    pub(super) lost: u32,
}

impl Loss {
    /// Both together.
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            expected: self.expected.saturating_add(other.expected),
            lost: self.lost.saturating_add(other.lost),
        }
    }

    /// The share that is lost, in 1/256 (RFC 3550 §A.3).
    fn fraction(self) -> u8 {
        let fraction = (u64::from(self.lost) << 8).checked_div(u64::from(self.expected));
        u8::try_from(fraction.unwrap_or_default()).unwrap_or(u8::MAX)
    }
}

impl Numbers {
    const fn new(first: u16) -> Self {
        Self {
            base: first,
            max: first,
            cycles: 0,
            received: 1,
            bad: None,
        }
    }

    /// The highest number, wrap-arounds included.
    fn highest(&self) -> u32 {
        self.cycles | u32::from(self.max)
    }

    fn expected(&self) -> u32 {
        let distance = self.highest().wrapping_sub(u32::from(self.base));
        distance.wrapping_add(1)
    }
}

impl Reception {
    /// Counts a packet.
    ///
    /// RFC 3550 §A.1, without probation: SRTP has proved already whose packet it is.
    pub(super) fn on_number(&mut self, number: SequenceNumber) {
        let number = number.get();
        let Some(numbers) = &mut self.numbers else {
            self.numbers = Some(Numbers::new(number));
            return;
        };
        let ahead = number.wrapping_sub(numbers.max);
        if ahead < MAX_DROPOUT {
            if number < numbers.max {
                numbers.cycles = numbers.cycles.wrapping_add(1 << 16);
            }
            numbers.max = number;
        } else if ahead <= MAX_MISORDER.wrapping_neg() {
            // A very large jump: of one packet nobody knows whether it is a new beginning.
            if numbers.bad == Some(number) {
                *numbers = Numbers::new(number);
                (self.received_prior, self.expected_prior) = (0, 0);
            } else {
                numbers.bad = Some(number.wrapping_add(1));
            }
            return;
        }
        numbers.received = numbers.received.wrapping_add(1);
    }

    /// Takes a packet's time into the jitter: RFC 3550 §A.8, in whole numbers.
    pub(super) fn on_timestamp(&mut self, now: Instant, timestamp: Timestamp, clock_rate: u32) {
        let arrival = units(now.as_nanos(), clock_rate);
        let transit = arrival.wrapping_sub(timestamp.get());
        if let Some(before) = self.transit.replace(transit) {
            let distance = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            let fades = self.jitter.saturating_add(8) >> 4;
            self.jitter = self.jitter.saturating_add(distance).saturating_sub(fades);
        }
    }

    /// The timestamps are those of another clock from the next packet on.
    pub(super) const fn on_other_clock(&mut self) {
        self.transit = None;
    }

    /// Notes a sender report of this source.
    pub(super) const fn on_sender_report(&mut self, now: Instant, ntp: NtpTimestamp) {
        self.sender_report = Some((ntp.middle(), now));
    }

    /// Reports what has come by now, and what was lost since the report before.
    pub(super) fn report(&mut self, now: Instant, ssrc: Ssrc) -> (ReportBlock, Loss) {
        let (expected, received, highest) = self.numbers.map_or((0, 0, 0), |numbers| {
            (numbers.expected(), numbers.received, numbers.highest())
        });
        let interval = |count: u32, prior: u32| count.wrapping_sub(prior).cast_signed();
        let came = interval(received, self.received_prior);
        let due = interval(expected, self.expected_prior);
        (self.received_prior, self.expected_prior) = (received, expected);
        // What comes late was counted as lost before: the difference may be negative, the share is not.
        let loss = Loss {
            expected: u32::try_from(due).unwrap_or_default(),
            lost: u32::try_from(due.saturating_sub(came)).unwrap_or_default(),
        };
        let (last_sender_report, delay_since_last_sender_report) =
            self.sender_report.map_or((0, 0), |(name, came)| {
                let waited = (now - came).as_nanos() << 16;
                let waited = waited / 1_000_000_000;
                (name, u32::try_from(waited).unwrap_or(u32::MAX))
            });
        let block = ReportBlock {
            ssrc,
            fraction_lost: loss.fraction(),
            cumulative_lost: expected.wrapping_sub(received).cast_signed(),
            highest_sequence_number: highest,
            jitter: self.jitter >> 4,
            last_sender_report,
            delay_since_last_sender_report,
        };
        (block, loss)
    }
}

/// A time on a clock of RTP timestamps that began at 0.
pub(super) fn units(nanos: u64, clock_rate: u32) -> u32 {
    let units = u128::from(nanos) * u128::from(clock_rate) / 1_000_000_000;
    u32::try_from(units & u128::from(u32::MAX)).unwrap_or_default()
}

/// RFC 3550 §A.1: the most packets that a source may lose in a row and still be the same.
const MAX_DROPOUT: u16 = 3000;

/// RFC 3550 §A.1: how far back a packet may come from.
const MAX_MISORDER: u16 = 100;

#[cfg(test)]
mod tests;
