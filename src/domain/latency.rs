//! How long things took: a histogram of fixed size that can be added to another.
//!
//! The bounds are the preferred numbers of ISO 3 (R40): forty a decade, each about 6 % above the one
//! before, and round in decimal, so that the bounds of a metric fall exactly on some of them.

use std::time::Duration;

const STEPS: usize = 40;
const SERIES: [u64; STEPS] = [
    100, 106, 112, 118, 125, 132, 140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280, 300, 315,
    335, 355, 375, 400, 425, 450, 475, 500, 530, 560, 600, 630, 670, 710, 750, 800, 850, 900, 950,
];
/// From 10 µs to 100 s: below lies measuring noise, above every timeout.
const DECADES: usize = 7;
const NANOS_PER_UNIT: u64 = 100;
const BOUNDS: [u64; STEPS * DECADES + 1] = bounds();

#[expect(clippy::indexing_slicing, reason = "runs at compile time only, where a bad index does not compile")]
const fn bounds() -> [u64; STEPS * DECADES + 1] {
    let mut bounds = [0; STEPS * DECADES + 1];
    let mut at = 0;
    let mut unit = NANOS_PER_UNIT;
    while at < bounds.len() {
        bounds[at] = SERIES[at % STEPS] * unit;
        at += 1;
        if at % STEPS == 0 {
            unit *= 10;
        }
    }
    bounds
}

/// Durations of one kind. Holds no memory before the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// How many lie at or below each bound and above the one before; last: above all of them.
    buckets: Vec<u64>,
    count: u64,
    sum_nanos: u64,
    max_nanos: u64,
}

impl Latency {
    pub fn observe(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.buckets.resize(BOUNDS.len() + 1, 0);
        if let Some(bucket) = self.buckets.get_mut(BOUNDS.partition_point(|bound| *bound < nanos)) {
            *bucket += 1;
        }
        self.count += 1;
        self.sum_nanos = self.sum_nanos.saturating_add(nanos);
        self.max_nanos = self.max_nanos.max(nanos);
    }

    pub fn add(&mut self, other: &Latency) {
        self.buckets.resize(self.buckets.len().max(other.buckets.len()), 0);
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(sum, count)| *sum += count);
        self.count += other.count;
        self.sum_nanos = self.sum_nanos.saturating_add(other.sum_nanos);
        self.max_nanos = self.max_nanos.max(other.max_nanos);
    }

    pub const fn count(&self) -> u64 {
        self.count
    }

    pub const fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_nanos)
    }

    /// What this many of a thousand did not exceed; at most 7 % too high, never too low. `None`
    /// where nothing was observed.
    pub fn quantile(&self, per_mille: u64) -> Option<Duration> {
        let rank = self.count.saturating_mul(per_mille.min(1000)).div_ceil(1000).max(1);
        let mut below = 0;
        for (place, bucket) in self.buckets.iter().enumerate() {
            below += bucket;
            if below >= rank {
                let bound = BOUNDS.get(place).copied().unwrap_or(u64::MAX);
                return Some(Duration::from_nanos(bound.min(self.max_nanos)));
            }
        }
        None
    }

    /// How many took at most `bound`. Exact where it is one of the bounds, as those of a metric are.
    pub fn at_most(&self, bound: Duration) -> u64 {
        let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        self.buckets.iter().zip(BOUNDS).filter(|(_, bound)| *bound <= nanos).map(|(count, _)| count).sum()
    }

    /// Whether `at_most` is exact there.
    pub fn is_bound(bound: Duration) -> bool {
        u64::try_from(bound.as_nanos()).is_ok_and(|nanos| BOUNDS.binary_search(&nanos).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(millis: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::default();
        millis.into_iter().for_each(|ms| latency.observe(Duration::from_millis(ms)));
        latency
    }

    #[test]
    fn the_bounds_rise_in_small_steps_from_ten_microseconds_to_a_hundred_seconds() {
        assert_eq!((BOUNDS[0], BOUNDS[BOUNDS.len() - 1]), (10_000, 100_000_000_000));
        for pair in BOUNDS.windows(2) {
            assert!(pair[0] < pair[1] && pair[1] * 100 <= pair[0] * 108, "{pair:?}");
        }
    }

    #[test]
    fn a_quantile_is_never_below_the_truth_and_at_most_seven_percent_above() {
        let latency = of(1..=1000);
        for per_mille in [1, 500, 900, 990, 1000] {
            let told = latency.quantile(per_mille).unwrap().as_micros() as u64;
            let truth = per_mille * 1000;
            assert!(told >= truth && told * 100 <= truth * 107, "{per_mille}: {told}");
        }
    }

    #[test]
    fn nothing_observed_has_no_quantile() {
        assert_eq!(Latency::default().quantile(500), None);
    }

    #[test]
    fn parts_added_up_are_the_whole() {
        let mut sum = Latency::default();
        sum.add(&of(1..=40));
        sum.add(&of(41..=100));
        sum.add(&Latency::default());
        assert_eq!(sum, of(1..=100));
    }

    #[test]
    fn counts_at_a_bound_include_it() {
        let latency = of([1, 5, 5, 6, 200_000]);
        assert_eq!(latency.at_most(Duration::from_millis(5)), 3);
        assert_eq!(latency.quantile(1000), Some(Duration::from_secs(200)));
    }
}
