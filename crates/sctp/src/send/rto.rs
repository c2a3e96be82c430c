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
    /// What it is before anything was measured.
    initial: Duration,
    min: Duration,
    max: Duration,
}

impl Rto {
    pub(crate) fn new(timing: &Timing) -> Self {
        let initial = timing.rto_initial.clamp(timing.rto_min, timing.rto_max);
        Self {
            smoothed: None,
            variation: Duration::ZERO,
            smallest: None,
            // C1: "Until an RTT measurement has been made [..] set RTO to RTO.Initial".
            value: initial,
            initial,
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
                self.variation = fraction(rtt, 2);
                rtt
            }
            Some(smoothed) => {
                // RTO.Beta = 1/4, RTO.Alpha = 1/8.
                self.variation = fraction(self.variation.saturating_mul(3), 4)
                    .saturating_add(fraction(smoothed.abs_diff(rtt), 4));
                fraction(smoothed.saturating_mul(7), 8).saturating_add(fraction(rtt, 8))
            }
        };
        self.smoothed = Some(smoothed);
        self.smallest = Some(self.smallest.map_or(rtt, |smallest| smallest.min(rtt)));
        self.forget_back_off();
    }

    /// The timeout is again what the measurements make it, however often it was reached since.
    pub(crate) fn forget_back_off(&mut self) {
        self.value = self.smoothed.map_or(self.initial, |smoothed| {
            smoothed
                .saturating_add(self.variation.saturating_mul(4))
                .clamp(self.min, self.max)
        });
    }

    /// E2: the timeout doubles each time that it is reached.
    pub(crate) fn back_off(&mut self) {
        self.value = self.value.saturating_mul(2).min(self.max);
    }
}

/// One of so many equal parts.
pub(crate) const fn fraction(time: Duration, parts: u32) -> Duration {
    match time.checked_div(parts) {
        Some(part) => part,
        None => Duration::ZERO,
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
    /// RFC 9260 §6.3.1 C2, C3: RTO.Alpha is 1/8, RTO.Beta 1/4.
    #[test]
    fn each_measurement_moves_the_average_by_an_eighth_and_the_variation_by_a_quarter() {
        let timing = Timing {
            rto_min: Duration::from_millis(1),
            ..Timing::default()
        };
        let mut rto = Rto::new(&timing);
        // Measured, then the average, its variation, and the timeout: the average and four times the variation.
        for (measured, smoothed, variation, timeout) in [
            (80_000, 80_000, 40_000, 240_000),
            (160_000, 90_000, 50_000, 290_000),
            (90_000, 90_000, 37_500, 240_000),
            (10_000, 80_000, 48_125, 272_500),
            (80_000, 80_000, 36_093, 224_375),
        ] {
            rto.measure(Duration::from_micros(measured));
            let micros = |value: Duration| value.as_micros();
            assert_eq!(rto.smoothed().map(micros), Some(smoothed));
            assert_eq!(micros(rto.variation), variation);
            assert_eq!(micros(rto.get()), timeout);
        }
    }

    /// C6, C7.
    #[test]
    fn the_timeout_stays_within_its_bounds() {
        let timing = Timing::default();
        let mut rto = Rto::new(&timing);
        rto.measure(Duration::from_micros(100));
        assert_eq!(rto.get(), timing.rto_min);
        rto.measure(Duration::from_hours(1));
        assert_eq!(rto.get(), timing.rto_max);
    }
}
