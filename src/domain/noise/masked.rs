//! How much of a route's replies is not compared, because rules ignore it.

/// The most that may be left out before the rest proves too little.
pub const MOST: f64 = 0.05;

/// Values compared and values left out, over many replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    pub excluded: u64,
    /// All of them, the excluded ones too.
    pub leaves: u64,
}

impl Masked {
    pub const fn see(&mut self, excluded: u64, leaves: u64) {
        self.excluded = self.excluded.saturating_add(excluded);
        self.leaves = self.leaves.saturating_add(leaves);
    }

    /// The share that is left out, from 0 to 1.
    pub fn share(self) -> f64 {
        if self.leaves == 0 { 0.0 } else { (self.excluded as f64 / self.leaves as f64).min(1.0) }
    }

    /// Whether so much is left out that the rest proves too little.
    pub fn is_too_much(self) -> bool {
        self.share() > MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_may_be_left_out() {
        let mut masked = Masked::default();
        assert!(masked.share() == 0.0 && !masked.is_too_much());
        masked.see(1, 10);
        assert!(masked.is_too_much());
        masked.see(0, 10);
        assert!(masked.share() == MOST && !masked.is_too_much());
    }
}
