//! Counts in which what is long ago weighs less (statistics 2.5). For display alone: no test may be fed with them.

use serde::{Deserialize, Serialize};

use super::exact;

/// After so long a count weighs half.
const HALF_LIFE_MILLIS: f64 = 3_600_000.0;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decayed {
    at_millis: u64,
    #[serde(with = "exact")]
    comparisons: f64,
    #[serde(with = "exact")]
    events: f64,
    /// The sum of the squares of all weights.
    #[serde(with = "exact")]
    squares: f64,
}

impl Decayed {
    /// So many comparisons now, and so many events among them.
    pub fn add(&mut self, comparisons: u64, events: u64, now_millis: u64) {
        let past = now_millis.saturating_sub(self.at_millis) as f64;
        let weight = (-past / HALF_LIFE_MILLIS).exp2();
        self.at_millis = self.at_millis.max(now_millis);
        self.comparisons = self.comparisons * weight + comparisons as f64;
        self.events = self.events * weight + events as f64;
        self.squares = self.squares * weight * weight + comparisons as f64;
    }

    /// `None` before anything was counted.
    pub fn rate(&self) -> Option<f64> {
        (self.comparisons > 0.0).then(|| self.events / self.comparisons)
    }

    /// As many comparisons of now as it is worth.
    pub fn effective(&self) -> f64 {
        if self.squares > 0.0 { self.comparisons * self.comparisons / self.squares } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::reference::{close, table},
        *,
    };

    #[test]
    fn what_is_an_hour_ago_weighs_half_as_in_the_reference_values() {
        let row = table("ewma").remove(0);
        let mut told = Decayed::default();
        for seen in row["obs"].as_array().unwrap() {
            let number = |place: usize| seen[place].as_u64().unwrap();
            told.add(number(1), number(2), number(0) * 1_000);
        }
        close(told.events, &row["K"], "events");
        close(told.comparisons, &row["N"], "comparisons");
        close(told.squares, &row["sum_w2"], "squares");
        close(told.rate().unwrap(), &row["rate"], "rate");
        close(told.effective(), &row["n_eff"], "effective");
        assert_eq!((Decayed::default().rate(), Decayed::default().effective()), (None, 0.0));
    }
}
