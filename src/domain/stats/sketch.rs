//! How values are distributed, to within one percent of each: a DDSketch (Masson, Rim and Lee 2019) of fixed size.
//!
//! A few lines of our own: the sketches at hand keep their grid beside their counts, and read it back with another
//! last bit, after which two of them no longer add up.

use serde::{Deserialize, Serialize};

/// The relative error of an estimate.
const ACCURACY: f64 = 0.01;
/// Bins: from 1 to above 10¹³. In microseconds that is months, in bytes terabytes.
const MOST_BINS: usize = 1_500;

/// Values are sorted into bins whose edges grow by a factor.
#[derive(Clone, Copy, Debug)]
struct Grid {
    factor: f64,
    ln_factor: f64,
}

impl Grid {
    #[cfg(test)]
    fn of(accuracy: f64) -> Grid {
        let factor = (1.0 + accuracy) / (1.0 - accuracy);
        Grid { factor, ln_factor: factor.ln() }
    }

    fn index(self, value: f64) -> i32 {
        (value.ln() / self.ln_factor).ceil() as i32
    }

    /// What no value of the bin exceeds.
    fn edge(self, index: i32) -> f64 {
        (f64::from(index) * self.ln_factor).exp()
    }

    fn estimate(self, index: i32) -> f64 {
        2.0 * self.edge(index) / (self.factor + 1.0)
    }
}

/// Values of at least 1; smaller ones count as 1. Holds no memory before the first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(usize, u64)>", into = "Vec<(usize, u64)>")]
pub struct Sketch {
    bins: Vec<u64>,
    count: u64,
}

impl Sketch {
    pub fn add(&mut self, value: f64) {
        // A value that is no number is taken for the least.
        let index = Grid::of_sketches().index(value.max(1.0)).max(0) as usize;
        self.put(index, 1);
    }

    fn put(&mut self, index: usize, count: u64) {
        let index = index.min(MOST_BINS - 1);
        if self.bins.len() <= index {
            self.bins.resize(index + 1, 0);
        }
        if let Some(bin) = self.bins.get_mut(index) {
            *bin = bin.saturating_add(count);
            self.count = self.count.saturating_add(count);
        }
    }

    pub fn merge(&mut self, other: &Sketch) {
        for (index, count) in other.bins.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.put(index, *count);
        }
    }

    pub const fn count(&self) -> u64 {
        self.count
    }

    fn bin_at(&self, rank: u64) -> Option<i32> {
        let mut below = 0;
        let found = self.bins.iter().position(|count| {
            below += count;
            below >= rank.max(1)
        });
        i32::try_from(found?).ok()
    }

    /// The value of this rank in rising order, from 1, give or take the error of the sketch.
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        self.bin_at(rank).map(|index| Grid::of_sketches().estimate(index))
    }

    /// The value that this share does not exceed, give or take the error of the sketch.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.at_rank(self.rank(q))
    }

    /// A value that at least this share does not exceed: where many values are equal, none of them does.
    pub fn ceiling(&self, q: f64) -> Option<f64> {
        self.bin_at(self.rank(q)).map(|index| Grid::of_sketches().edge(index))
    }

    fn rank(&self, q: f64) -> u64 {
        (q * self.count as f64).ceil() as u64
    }
}

impl Grid {
    fn of_sketches() -> Grid {
        // The factor of the accuracy, and its logarithm: computed apart, since every value needs it.
        const FACTOR: f64 = (1.0 + ACCURACY) / (1.0 - ACCURACY);
        const LN_FACTOR: f64 = 0.020_000_666_706_669_435;
        Grid { factor: FACTOR, ln_factor: LN_FACTOR }
    }
}

impl From<Vec<(usize, u64)>> for Sketch {
    fn from(bins: Vec<(usize, u64)>) -> Sketch {
        let mut sketch = Sketch::default();
        bins.into_iter().for_each(|(index, count)| sketch.put(index, count));
        sketch
    }
}

impl From<Sketch> for Vec<(usize, u64)> {
    fn from(sketch: Sketch) -> Vec<(usize, u64)> {
        sketch.bins.into_iter().enumerate().filter(|(_, count)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::reference::table, *};

    #[test]
    fn the_grid_is_that_of_the_reference_values() {
        for row in table("ddsketch") {
            let number = |name: &str| row[name].as_f64().unwrap();
            let (grid, value) = (Grid::of(number("rel_acc")), number("x"));
            super::super::reference::close(grid.factor, &row["gamma"], &row.to_string());
            let index = row["index"].as_i64().unwrap() as i32;
            // At an edge the last bit may decide for the bin beside.
            assert!((grid.index(value) - index).abs() <= i32::from(value == 1.0), "{row}");
            super::super::reference::close(grid.estimate(index), &row["estimate"], &row.to_string());
            let off = (grid.estimate(grid.index(value)) - value).abs();
            assert!(off <= number("rel_acc") * value * (1.0 + 1e-9), "{row}");
        }
    }

    #[test]
    fn the_grid_of_sketches_is_that_of_their_accuracy() {
        let (held, told) = (Grid::of_sketches(), Grid::of(ACCURACY));
        assert_eq!(held.factor, told.factor);
        assert!((held.ln_factor - told.ln_factor).abs() < 1e-16, "{} is {}", held.ln_factor, told.ln_factor);
    }

    #[test]
    fn equal_values_do_not_exceed_their_own_ceiling() {
        let mut sketch = Sketch::default();
        (0..100).for_each(|_| sketch.add(1_234.0));
        assert!(sketch.ceiling(0.9).unwrap() >= 1_234.0);
        assert_eq!(Sketch::default().quantile(0.5), None);
        assert_eq!((Sketch::default().ceiling(0.5), Sketch::default().count()), (None, 0));
    }

    #[test]
    fn values_beyond_the_grid_count_at_its_ends() {
        let mut sketch = Sketch::default();
        [f64::NAN, -1.0, 0.0, 1e300, f64::INFINITY].into_iter().for_each(|value| sketch.add(value));
        assert_eq!(sketch.count(), 5);
        assert!(sketch.quantile(0.1).unwrap() < 1.1 && sketch.quantile(1.0).unwrap() > 1e12);
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_a_hundredth_of_the_truth(
            mut values in proptest::collection::vec(1.0..1e9f64, 1..500), q in 0.0..=1.0f64,
        ) {
            let (mut whole, mut halves) = (Sketch::default(), [Sketch::default(), Sketch::default()]);
            for (at, value) in values.iter().enumerate() {
                whole.add(*value);
                halves[at % 2].add(*value);
            }
            let [mut merged, other] = halves;
            merged.merge(&other);
            let text = serde_json::to_string(&merged).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Sketch>(&text).unwrap(), &whole);
            prop_assert_eq!(&merged, &whole);
            values.sort_by(f64::total_cmp);
            let truth = values[((q * values.len() as f64).ceil() as usize).max(1) - 1];
            let told = whole.quantile(q).unwrap();
            prop_assert!((told - truth).abs() <= truth * (ACCURACY + 1e-9), "{told} is not {truth}");
            prop_assert!(whole.ceiling(q).unwrap() >= truth * (1.0 - 1e-9));
        }
    }
}
