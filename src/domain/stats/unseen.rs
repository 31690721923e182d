//! Kinds of requests that have not been seen, estimated from those that were seen once, twice and three times
//! (statistics 3.2). For people: a gate goes by how rarely new kinds turn up, which is proof where this is a guess.

/// Of the normal distribution, one-sided, at 95 %.
const Z_95: f64 = 1.644_853_626_951_472_2;

/// How many kinds were seen how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frequencies {
    /// Requests.
    pub requests: u64,
    /// Kinds, and those of them that were seen exactly so many times.
    pub kinds: u64,
    pub once: u64,
    pub twice: u64,
    pub thrice: u64,
}

impl Frequencies {
    /// From how often each kind was seen.
    pub fn of(counts: impl Iterator<Item = u64>) -> Frequencies {
        counts.filter(|count| *count > 0).fold(Frequencies::default(), |mut told, count| {
            told.requests = told.requests.saturating_add(count);
            told.kinds += 1;
            told.once += u64::from(count == 1);
            told.twice += u64::from(count == 2);
            told.thrice += u64::from(count == 3);
            told
        })
    }

    /// The share of requests of kinds never seen (Good 1953).
    pub fn missing(&self) -> f64 {
        if self.requests == 0 { 1.0 } else { self.once as f64 / self.requests as f64 }
    }

    /// The same, corrected by the kinds seen twice (Chao and Jost 2012).
    pub fn missing_corrected(&self) -> f64 {
        let (n, once, twice) = (self.requests as f64, self.once as f64, self.twice as f64);
        let factor = if self.twice > 0 {
            (n - 1.0) * once / ((n - 1.0) * once + 2.0 * twice)
        } else {
            let fewer = (n - 1.0) * (once - 1.0).max(0.0);
            fewer / (fewer + 2.0)
        };
        self.missing() * factor.max(0.0)
    }

    /// About the most it is at 95 %, for one look (Esty 1983).
    pub fn missing_at_most(&self) -> f64 {
        if self.requests == 0 {
            return 1.0;
        }
        let (n, missing) = (self.requests as f64, self.missing());
        let spread = (missing + 2.0 * self.twice as f64 / n - missing * missing).max(0.0) / n;
        (missing + Z_95 * spread.sqrt()).min(1.0)
    }

    /// The least number of kinds there are (Chao 1984).
    pub fn kinds_at_least(&self) -> f64 {
        let (n, once, twice) = (self.requests as f64, self.once as f64, self.twice as f64);
        if self.requests == 0 {
            return 0.0;
        }
        self.kinds as f64 + (n - 1.0) / n * once * (once - 1.0).max(0.0) / (2.0 * (twice + 1.0))
    }

    /// New kinds to be expected in the next `times` as many requests, up to as many again (Good and Toulmin 1956).
    pub fn new_kinds(&self, times: f64) -> f64 {
        let [once, twice, thrice] = [self.once, self.twice, self.thrice].map(|kinds| kinds as f64);
        times * once - times.powi(2) * twice + times.powi(3) * thrice
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::reference::{close, table},
        *,
    };

    #[test]
    fn the_estimates_are_those_of_the_reference_values() {
        for row in table("good_turing") {
            let count = |name: &str| row[name].as_u64().unwrap();
            let told = Frequencies {
                requests: count("n"),
                kinds: count("S_obs"),
                once: count("N1"),
                twice: count("N2"),
                thrice: count("N3"),
            };
            close(told.missing(), &row["missing_mass"], &row.to_string());
            close(1.0 - told.missing(), &row["coverage"], &row.to_string());
            close(told.missing_corrected(), &row["chao_jost_missing"], &row.to_string());
            close(told.missing_at_most(), &row["esty_upper95"], &row.to_string());
            close(told.kinds_at_least(), &row["chao1_richness"], &row.to_string());
            close(told.new_kinds(1.0), &row["good_toulmin_t1"], &row.to_string());
            close(told.new_kinds(0.5), &row["good_toulmin_t_half"], &row.to_string());
        }
    }

    #[test]
    fn of_nothing_everything_is_missing() {
        let none = Frequencies::of([0, 0].into_iter());
        assert_eq!((none.missing(), none.missing_at_most(), none.kinds_at_least()), (1.0, 1.0, 0.0));
        let some = Frequencies::of([1, 1, 2, 3, 9].into_iter());
        assert_eq!((some.requests, some.kinds, some.once, some.twice, some.thrice), (16, 5, 2, 1, 1));
    }
}
