//! Between which of the values seen a quantile lies, at every look at once (statistics 4.2). For display: the steps
//! of the grid keep the interval from shrinking below a tenth or two of the tail.

use super::{
    ln_threshold,
    odds::{ln_o_hi, ln_o_lo},
};

/// Of `count` values, the fewest and the most that may lie above the true quantile.
pub fn above_quantile(q: f64, count: u64, alpha: f64) -> (u64, u64) {
    let odds = (1.0 - q) / q;
    let threshold = ln_threshold(alpha / 2.0);
    // The evidence against a number above falls toward the number that is expected, and rises past it.
    let expected = (((1.0 - q) * count as f64) as u64).min(count);
    let too_few = |above: u64| ln_o_lo(above, count - above, odds) >= threshold;
    let too_many = |above: u64| ln_o_hi(above, count - above, odds) >= threshold;
    let fewest = first(0, expected, |above| !too_few(above));
    let past_most = first(expected, count + 1, |above| above > count || too_many(above));
    (fewest, past_most.saturating_sub(1).max(fewest))
}

/// The first number from `low` on, at most `high`, from which on it holds.
fn first(mut low: u64, mut high: u64, holds: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// The ranks, in rising order and from 1, of the values between which the quantile lies.
pub fn of_quantile(q: f64, count: u64, alpha: f64) -> (u64, u64) {
    let (fewest, most) = above_quantile(q, count, alpha);
    (count.saturating_sub(most).max(1), (count.saturating_sub(fewest) + 1).min(count.max(1)))
}

#[cfg(test)]
mod tests {
    use super::{super::reference::table, *};

    #[test]
    fn as_many_values_may_lie_above_a_quantile_as_the_reference_values_say() {
        for row in table("quantile_rank_cs") {
            let (q, count) = (row["q"].as_f64().unwrap(), row["n"].as_u64().unwrap());
            let (fewest, most) = above_quantile(q, count, 0.05);
            let expected = (row["k_lo"].as_u64().unwrap(), row["k_hi"].as_u64().unwrap());
            assert_eq!((fewest, most), expected, "{row}");
        }
    }

    #[test]
    fn the_ranks_of_few_values_are_among_them() {
        for count in 0..50 {
            for q in [0.5, 0.9, 0.99] {
                let (low, high) = of_quantile(q, count, 0.05);
                assert!(1 <= low && low <= high && high <= count.max(1), "{q} of {count}");
            }
        }
    }
}
