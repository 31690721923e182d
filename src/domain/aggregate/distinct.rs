//! How many different values two sides have, in bounded memory.
//!
//! Up to a bound every value is kept, by its hash, and the count is exact. Past it both sides keep the same half of
//! all hashes there can be, then the same quarter, and so on: what both sides have is kept or left out on both, so
//! that two sides with the same values never look different, and one that lacks values looks so in proportion.

use std::collections::HashSet;

/// Hashes kept of one side.
const MOST: usize = 100_000;

/// The values of old and of new.
#[derive(Clone, Debug)]
pub struct Distinct {
    sides: [HashSet<u64>; 2],
    /// Hashes with so many zeros in front are kept.
    zeros: u32,
    most: usize,
}

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct::keeping(MOST)
    }
}

impl Distinct {
    pub fn keeping(most: usize) -> Distinct {
        Distinct { sides: Default::default(), zeros: 0, most }
    }

    /// Enters values of old (0) or new (1), by their hashes.
    pub fn see(&mut self, side: usize, hashes: &[u64]) {
        for hash in hashes {
            if hash.leading_zeros() < self.zeros {
                continue;
            }
            if let Some(kept) = self.sides.get_mut(side) {
                kept.insert(*hash);
            }
            while self.zeros < u64::BITS && self.sides.iter().any(|kept| kept.len() > self.most) {
                self.zeros += 1;
                let zeros = self.zeros;
                self.sides.iter_mut().for_each(|kept| kept.retain(|hash| hash.leading_zeros() >= zeros));
            }
        }
    }

    /// Of old and of new.
    pub fn counts(&self) -> [u64; 2] {
        let [old, new] = &self.sides;
        [old, new]
            .map(|kept| (kept.len() as u64).saturating_mul(1u64.checked_shl(self.zeros).unwrap_or(u64::MAX)))
    }

    pub const fn is_exact(&self) -> bool {
        self.zeros == 0
    }

    /// Keeps less from now on.
    pub const fn bound(&mut self, most: usize) {
        self.most = most;
    }
}
