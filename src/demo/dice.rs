//! Chance from a seed: the same seed gives the same demo, on every machine.
//!
//! Splitmix64. Good enough for made-up shops and for nothing else: never keys, tokens or sampling.

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const MILLION: u64 = 1_000_000;

/// A sequence of numbers that looks like chance.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    pub const fn new(seed: u64) -> Dice {
        Dice { state: seed }
    }

    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        scramble(self.state)
    }

    /// From 0 to below `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        ((u128::from(self.roll()) * u128::from(end)) >> 64) as u32
    }

    /// From 0 to below 1.
    pub fn fraction(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Empty where there is nothing to pick from.
    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let place = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        from.get(place as usize).copied().unwrap_or_default()
    }
}

/// Whether `id` is one of `ppm` in a million, for one purpose. A pure function, so that a record that
/// is damaged once is damaged always.
pub fn falls_on(seed: u64, purpose: u64, id: u64, ppm: u32) -> bool {
    let drawn = scramble(scramble(scramble(seed ^ STEP).wrapping_add(purpose)).wrapping_add(id));
    (u128::from(drawn) * u128::from(MILLION)) >> 64 < u128::from(ppm)
}

pub const fn scramble(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Draws places with a few hot ones and a long tail: the n-th hottest as often as 1 / n^exponent.
#[derive(Clone, Debug)]
pub struct Skew {
    /// How much lies at or before each rank.
    sums: Vec<f64>,
}

/// Coprime to every count the demo draws from, which makes the map from ranks to places one to one:
/// the hot records lie scattered, as in life, and are not simply the first ones.
const STRIDE: u64 = 7_919;

impl Skew {
    pub fn new(count: u32, exponent: f64) -> Skew {
        let weights = (1..=count).map(|rank| f64::from(rank).powf(-exponent));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Skew { sums: sums.collect() }
    }

    /// From 0 to below the count.
    pub fn draw(&self, dice: &mut Dice) -> u32 {
        let whole = self.sums.last().copied().unwrap_or_default();
        let drawn = dice.fraction() * whole;
        let rank = self.sums.partition_point(|sum| *sum <= drawn) as u64;
        let count = self.sums.len().max(1) as u64;
        (((rank + 1) * STRIDE) % count) as u32
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same_numbers() {
        // The published sequence of splitmix64 from 1234567.
        let mut dice = Dice::new(1_234_567);
        assert_eq!([dice.roll(), dice.roll()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn a_share_of_the_ids_is_hit_and_each_always_or_never() {
        let hit = (0..100_000).filter(|id| falls_on(7, 1, *id, 50_000)).count();
        assert!((4_700..5_300).contains(&hit), "{hit}");
        assert!((0..100).all(|id| falls_on(7, 1, id, 50_000) == falls_on(7, 1, id, 50_000)));
        assert!(!(0..1_000).any(|id| falls_on(7, 1, id, 0)));
    }

    #[test]
    fn a_few_keys_are_hot_and_every_key_can_come() {
        let (skew, mut dice) = (Skew::new(20, 1.0), Dice::new(3));
        let mut seen: HashMap<u32, u32> = HashMap::new();
        for _ in 0..10_000 {
            *seen.entry(skew.draw(&mut dice)).or_default() += 1;
        }
        assert_eq!(seen.len(), 20);
        assert!(seen.keys().all(|key| *key < 20));
        assert!(seen.values().max().unwrap() > &2_000 && seen.values().min().unwrap() < &250);
    }
}
