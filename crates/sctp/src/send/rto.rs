//! Retransmission timeout (RFC 9260 §6.3.1).

use core::time::Duration;

use crate::Timing;

/// Round-trip time, smoothed, and the timeout that follows from it.
#[derive(Clone, Debug)]
pub(crate) struct Rto {
    smoothed: Option<Duration>,
    variation: Duration,
    /// The smallest seen.
    smallest: Option<Duration>,
    value: Duration,
    min: Duration,
    max: Duration,
}

impl Rto {
    pub(crate) fn new(timing: &Timing) -> Self {
        Self {
            smoothed: None,
            variation: Duration::ZERO,
            smallest: None,
            // C1: "Until an RTT measurement has been made [..] set RTO to RTO.Initial".
            value: timing.rto_initial.clamp(timing.rto_min, timing.rto_max),
            min: timing.rto_min,
            max: timing.rto_max,
        }
    }

    pub(crate) const fn get(&self) -> Duration {
        self.value
    }

    pub(crate) const fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }

    pub(crate) const fn smallest(&self) -> Option<Duration> {
        self.smallest
    }

    /// C2, C3, C6, C7.
    pub(crate) fn measure(&mut self, rtt: Duration) {
        let smoothed = match self.smoothed {
            None => {
                self.variation = rtt / 2;
                rtt
            }
            Some(smoothed) => {
                // RTO.Beta = 1/4, RTO.Alpha = 1/8.
                self.variation = self.variation * 3 / 4 + smoothed.abs_diff(rtt) / 4;
                smoothed * 7 / 8 + rtt / 8
            }
        };
        self.smoothed = Some(smoothed);
        self.smallest = Some(self.smallest.map_or(rtt, |smallest| smallest.min(rtt)));
        self.value = (smoothed + self.variation * 4).clamp(self.min, self.max);
    }

    /// E2: the timeout doubles when it strikes.
    pub(crate) fn back_off(&mut self) {
        self.value = (self.value * 2).min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_follows_the_measurements() {
        let timing = Timing {
            rto_min: Duration::from_millis(1),
            ..Timing::default()
        };
        let mut rto = Rto::new(&timing);
        assert_eq!(rto.get(), Duration::from_millis(500));
        rto.measure(Duration::from_millis(100));
        assert_eq!(rto.get(), Duration::from_millis(300));
        rto.measure(Duration::from_millis(100));
        assert_eq!(rto.get(), Duration::from_millis(250));
        rto.back_off();
        assert_eq!(rto.get(), Duration::from_millis(500));
        for _ in 0..20 {
            rto.back_off();
        }
        assert_eq!(rto.get(), Duration::from_mins(1));
    }
}
