//! Whether as many callers are sent to new as should be (statistics 9): each caller counts once a stage.

use serde::{Deserialize, Serialize};

use super::Odds;

/// Callers counted in a stage: enough to see that the share is off by a fifth, and few enough to be remembered.
const MOST_CALLERS: u64 = 4_096;
/// Of 64 bits each. Eight bits a caller: of a hundred callers two or three are taken for others, whichever side
/// they are on.
const WORDS: usize = 512;
/// Bits a caller sets.
const MARKS: u32 = 4;
const PLACE_BITS: u32 = (WORDS * 64).trailing_zeros();

/// A Bloom filter (1970) of those that were counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Callers {
    seen: Vec<u64>,
    odds: Odds,
}

impl Default for Callers {
    fn default() -> Callers {
        Callers { seen: vec![0; WORDS], odds: Odds::default() }
    }
}

impl Callers {
    /// A caller that has a key, and whom no pin sends anywhere.
    pub fn see(&mut self, caller: u64, planned_new: bool) {
        if caller == 0 || self.odds.b + self.odds.c >= MOST_CALLERS || !self.first(caller) {
            return;
        }
        if planned_new {
            self.odds.b += 1;
        } else {
            self.odds.c += 1;
        }
    }

    fn first(&mut self, caller: u64) -> bool {
        // Of a hash: mixed once more, lest its bits decide both the side and the places.
        let places =
            caller.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mut first = false;
        for mark in 0..MARKS {
            let place = places >> (64 - PLACE_BITS - mark * PLACE_BITS) & ((1 << PLACE_BITS) - 1);
            let bit = 1 << (place % 64);
            if let Some(word) = self.seen.get_mut((place / 64) as usize) {
                first |= *word & bit == 0;
                *word |= bit;
            }
        }
        first
    }

    pub const fn odds(&self) -> Odds {
        self.odds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::splitmix::SplitMix;

    #[test]
    fn a_caller_counts_once_and_one_without_a_key_never() {
        let mut callers = Callers::default();
        for _ in 0..10 {
            callers.see(7, true);
            callers.see(8, false);
            callers.see(0, true);
        }
        assert_eq!(callers.odds(), Odds { b: 1, c: 1 });
    }

    #[test]
    fn almost_all_callers_are_told_apart_and_no_more_are_counted_than_can_be() {
        let (mut callers, mut dice) = (Callers::default(), SplitMix::new(5));
        (0..4_000).for_each(|_| callers.see(dice.throw(), true));
        assert!((3_800..=4_000).contains(&callers.odds().b), "{:?}", callers.odds());
        (0..10_000).for_each(|_| callers.see(dice.throw(), false));
        assert_eq!(callers.odds().b + callers.odds().c, MOST_CALLERS);
    }
}
