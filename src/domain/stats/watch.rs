//! A detector that is fed one comparison at a time at next to no cost: good ones are only counted, and made up for
//! when there is an event or somebody looks.

use serde::{Deserialize, Serialize};

use super::{detector::Detector, exact};

/// A detector with its bound, and how high it stood lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    detector: Detector,
    #[serde(with = "exact")]
    bound: f64,
    /// Good comparisons the detector has not been told of.
    good: u64,
    /// `ln M` at its highest in this span and in the one before.
    #[serde(with = "exact::list")]
    highest: [f64; 2],
}

impl Watch {
    pub fn new(bound: f64) -> Watch {
        Watch { detector: Detector::default(), bound, good: 0, highest: [0.0; 2] }
    }

    pub const fn bound(&self) -> f64 {
        self.bound
    }

    pub const fn good(&mut self) {
        self.goods(1);
    }

    pub const fn goods(&mut self, comparisons: u64) {
        self.good = self.good.saturating_add(comparisons);
    }

    /// Tells the level after it.
    pub fn event(&mut self) -> f64 {
        self.events(1)
    }

    /// So many at once, and no good comparison between them.
    pub fn events(&mut self, events: u64) -> f64 {
        self.detector.good(std::mem::take(&mut self.good), self.bound);
        self.detector.batch(events as f64, events as f64, self.bound);
        self.reached()
    }

    /// For a detector that goes by odds, which the caller tells with each event. Tells the level after it.
    pub fn odds(&mut self, against: bool, odds: f64) -> f64 {
        self.detector.odds(against, odds);
        self.reached()
    }

    fn reached(&mut self) -> f64 {
        let level = self.detector.ln_m();
        let [highest, _] = &mut self.highest;
        *highest = highest.max(level);
        level
    }

    /// `ln M` now.
    pub fn level(&self) -> f64 {
        let mut detector = self.detector.clone();
        detector.good(self.good, self.bound);
        detector.ln_m()
    }

    /// `ln M` at its highest since the span before this one began: what an alarm goes by, so that it is not missed
    /// between two looks.
    pub fn highest(&self) -> f64 {
        let [this, before] = self.highest;
        this.max(before).max(self.level())
    }

    /// A new span begins.
    pub fn turn(&mut self) {
        let [this, _] = self.highest;
        self.highest = [self.level(), this];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn good_comparisons_made_up_for_late_count_as_if_each_had_been_a_step(
            steps in proptest::collection::vec(proptest::bool::weighted(0.02), 1..2_000), bound in 1e-6..0.5f64,
        ) {
            let (mut watch, mut plain) = (Watch::new(bound), Detector::default());
            for event in steps {
                if event {
                    watch.event();
                    plain.event(bound);
                } else {
                    watch.good();
                    plain.batch(1.0, 0.0, bound);
                }
                prop_assert!((watch.level() - plain.ln_m()).abs() < 1e-9 * plain.ln_m().abs().max(1.0));
            }
        }
    }

    #[test]
    fn what_was_high_between_two_looks_is_told_for_two_spans() {
        let mut watch = Watch::new(0.01);
        for _ in 0..5 {
            watch.event();
        }
        let high = watch.level();
        (0..100_000).for_each(|_| watch.good());
        assert!(watch.level() < 0.0 && watch.highest() == high);
        watch.turn();
        assert_eq!(watch.highest(), high);
        watch.turn();
        assert_eq!(watch.highest(), watch.level());
    }
}
