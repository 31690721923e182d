//! Has the rate, or have the odds, gone above a bound? Looks back no further than it has to, so that a long good run
//! does not delay an alarm.
//!
//! The mixture e-CUSUM (Page 1954; Shin, Ramdas and Rinaldo 2023): each component of the grid adds up its logarithm
//! of the likelihood ratio and begins anew whenever the sum is no evidence. While the bound holds at every step,
//! whatever depends on what, the mean number of steps to an alarm at `A` is at least `A`.

use serde::{Deserialize, Serialize};

use super::{HIGH, exact, ln_mixture};

const COMPONENTS: usize = HIGH.len();

/// One number a component of the grid. What the bound is, is an argument: it may change from step to step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    #[serde(with = "exact::list")]
    sums: [f64; COMPONENTS],
}

impl Detector {
    /// So many comparisons at once, with so many events among them; a detector may only begin anew before them all.
    pub fn batch(&mut self, comparisons: f64, events: f64, bound: f64) {
        self.step(|ratio| events * ratio.ln() - comparisons * bound * (ratio - 1.0));
    }

    /// One comparison with an event.
    pub fn event(&mut self, bound: f64) {
        self.batch(1.0, 1.0, bound);
    }

    /// So many comparisons without an event, as if each had been a step.
    pub fn good(&mut self, comparisons: u64, bound: f64) {
        if comparisons == 0 {
            return;
        }
        let before_the_last = (comparisons - 1) as f64;
        for (sum, (ratio, _)) in self.sums.iter_mut().zip(HIGH) {
            let cost = bound * (ratio - 1.0);
            *sum = (sum.max(0.0) - cost * before_the_last).max(0.0) - cost;
        }
    }

    /// One event against new, or one for it, where the odds may be `odds` (P2).
    pub fn odds(&mut self, against: bool, odds: f64) {
        let counted = if against { 1.0 } else { 0.0 };
        self.step(|ratio| counted * ratio.ln() - (odds * (ratio - 1.0) / (1.0 + odds)).ln_1p());
    }

    fn step(&mut self, ln_ratio: impl Fn(f64) -> f64) {
        for (sum, (ratio, _)) in self.sums.iter_mut().zip(HIGH) {
            *sum = sum.max(0.0) + ln_ratio(ratio);
        }
    }

    /// `ln M`: an alarm where it reaches `ln A`.
    pub fn ln_m(&self) -> f64 {
        let mut sums = self.sums.iter();
        let terms: [(f64, f64); COMPONENTS] =
            HIGH.map(|(_, weight)| (sums.next().copied().unwrap_or(0.0), weight));
        ln_mixture(&terms, |sum| sum)
    }
}

#[cfg(test)]
mod tests;
