//! The claim that something happens less often than a bound, at every look (P1).

use crate::domain::stats::{
    ln_threshold,
    rare::{ln_e_hi, ln_e_lo, upper},
};

#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub events: u64,
    pub of: u64,
    pub bound: f64,
}

impl Rate {
    fn expected(self) -> f64 {
        self.of as f64 * self.bound.max(0.0)
    }

    /// Nothing is proven of nothing.
    pub fn is_below(self, alpha: f64) -> bool {
        self.of > 0 && ln_e_lo(self.events as f64, self.expected()) >= ln_threshold(alpha)
    }

    pub fn is_above(self, alpha: f64) -> bool {
        self.of > 0 && ln_e_hi(self.events as f64, self.expected()) >= ln_threshold(alpha)
    }

    /// How many there have to be in all, if nothing more happens.
    pub fn needed(self, alpha: f64) -> f64 {
        (upper(self.events as f64, alpha) / self.bound.max(0.0)).ceil()
    }

    pub fn missing(self, alpha: f64) -> f64 {
        (self.needed(alpha) - self.of as f64).max(0.0)
    }
}
