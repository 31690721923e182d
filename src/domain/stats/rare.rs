//! Rare events: is their rate below, or above, a bound? Valid at every look, whatever depends on what.
//!
//! The e-process of the Poisson form: with `r^x ≤ 1 − x(1−r)` on [0, 1], `r^S·exp(Λ(1−r))` never rises on
//! average (Ville 1939; Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2020, sub-Poisson case).
//!
//! `events`: how many happened; may be fractional, each weighing at most one. `expected` (Λ): how many would
//! have been expected at the bound, the bound times the comparisons. Neither is ever negative.

use super::{HIGH, LOW, ln_mixture, ln_power, ln_threshold};

/// Halvings of a bisection: more than the bits between any two numbers.
const HALVINGS: usize = 2_200;

/// `ln E⁻`: evidence that the rate is below the bound.
pub fn ln_e_lo(events: f64, expected: f64) -> f64 {
    ln_mixture(&LOW, |ratio| ln_power(ratio, events) + expected * (1.0 - ratio))
}

/// `ln E⁺`: evidence that the rate is above the bound.
pub fn ln_e_hi(events: f64, expected: f64) -> f64 {
    ln_mixture(&HIGH, |ratio| ln_power(ratio, events) - expected * (ratio - 1.0))
}

/// `u_k(α)`: the least `expected` at which so many events prove a rate below the bound. Over the number of
/// comparisons it is an upper bound of the rate, at every look at once.
pub fn upper(events: f64, alpha: f64) -> f64 {
    let threshold = ln_threshold(alpha);
    let proven = |expected| ln_e_lo(events, expected) >= threshold;
    if proven(0.0) {
        return 0.0;
    }
    let mut high = 1.0;
    while !proven(high) {
        high *= 2.0;
        if !f64::is_finite(high) {
            return f64::INFINITY;
        }
    }
    bisect(0.0, high, proven)
}

/// `l_k(α)`: the most `expected` at which so many events prove a rate above the bound; zero where none does.
pub fn lower(events: f64, alpha: f64) -> f64 {
    let threshold = ln_threshold(alpha);
    let unproven = |expected| ln_e_hi(events, expected) < threshold;
    if unproven(0.0) {
        return 0.0;
    }
    let mut high = 1.0;
    while !unproven(high) {
        high *= 2.0;
        if !f64::is_finite(high) {
            return f64::INFINITY;
        }
    }
    bisect(0.0, high, unproven)
}

/// Where `holds` turns from false, at `low`, to true, at `high`; on the side where it holds.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::reference::{close, table},
        *,
    };

    fn number(row: &serde_json::Value, name: &str) -> f64 {
        row[name].as_f64().unwrap()
    }

    #[test]
    fn the_evidence_is_that_of_the_reference_values() {
        for row in table("log_e_poisson") {
            let (events, expected) = (number(&row, "k"), number(&row, "n") * number(&row, "p0"));
            close(ln_e_lo(events, expected), &row["log_e_minus"], &row.to_string());
            close(ln_e_hi(events, expected), &row["log_e_plus"], &row.to_string());
        }
    }

    #[test]
    fn the_bounds_are_those_of_the_reference_values() {
        for row in table("u_l_table") {
            let (events, alpha) = (number(&row, "k"), number(&row, "alpha"));
            close(upper(events, alpha), &row["u"], &row.to_string());
            close(lower(events, alpha), &row["l"], &row.to_string());
        }
        for row in table("confidence_sequence") {
            let (events, alpha, n) = (number(&row, "k"), number(&row, "alpha"), number(&row, "n"));
            close(upper(events, alpha) / n, &row["U"], &row.to_string());
            close(lower(events, alpha) / n, &row["L"], &row.to_string());
        }
        for row in table("restart_ledger") {
            close(upper(0.0, number(&row, "alpha_i")), &row["u0"], &row.to_string());
            close(upper(1.0, number(&row, "alpha_i")), &row["u1"], &row.to_string());
        }
        for row in table("soak") {
            let hours = number(&row, "claim_incident_interval_h");
            close(upper(0.0, 0.05) * hours, &row["soak95_h"], &row.to_string());
            close(upper(0.0, 0.01) * hours, &row["soak99_h"], &row.to_string());
            close(upper(1.0, 0.05) * hours, &row["soak95_one_incident_h"], &row.to_string());
        }
    }

    #[test]
    fn the_comparisons_needed_are_those_of_the_reference_values() {
        for row in table("n_required") {
            for (events, name) in [
                (0.0, "n_zero"),
                (1.0, "n_one"),
                (2.0, "n_two"),
                (3.0, "n_three"),
                (5.0, "n_five"),
                (10.0, "n_ten"),
            ] {
                let needed = (upper(events, number(&row, "alpha")) / number(&row, "p_max")).ceil();
                assert_eq!(needed, number(&row, name), "{name} of {row}");
            }
        }
    }

    #[test]
    fn a_long_good_run_has_to_be_outweighed() {
        for row in table("inertia") {
            let (before, bound) = (number(&row, "good_before"), number(&row, "p_abort"));
            let proven = |bad: f64| ln_e_hi(bad, (before + bad) * bound) >= ln_threshold(0.01);
            let fewest = (0..10_000).map(f64::from).find(|bad| proven(*bad)).unwrap();
            assert_eq!(fewest, number(&row, "mismatches_needed_fixed_start"), "{row}");
        }
    }

    #[test]
    fn a_weighted_event_counts_as_the_reference_values_say() {
        for row in table("weighted_example") {
            close(ln_e_lo(number(&row, "S"), number(&row, "Lambda")), &row["ln_E"], "weighted");
        }
    }

    /// By all paths at once: how likely it is to ever claim a rate below the one there is.
    fn false_pass(p: f64, alpha: f64, comparisons: u32) -> f64 {
        let mut still = vec![1.0];
        let mut claimed = 0.0;
        for n in 1..=comparisons {
            still.push(0.0);
            for k in (0..still.len()).rev() {
                let from_below = if k > 0 { still[k - 1] * p } else { 0.0 };
                still[k] = still[k] * (1.0 - p) + from_below;
            }
            // The fewer events, the more evidence: a claim takes the low end.
            for (k, chance) in still.iter_mut().enumerate() {
                if *chance > 0.0 && ln_e_lo(k as f64, f64::from(n) * p) < ln_threshold(alpha) {
                    break;
                }
                claimed += std::mem::take(chance);
            }
        }
        claimed
    }

    #[test]
    fn peeking_after_every_comparison_claims_falsely_as_seldom_as_computed() {
        let rows = table("false_pass_exact_bernoulli");
        for row in rows.iter().filter(|row| number(row, "n_max") <= 1_000.0) {
            let told = false_pass(number(row, "p"), number(row, "alpha"), number(row, "n_max") as u32);
            close(told, &row["false_pass_exact"], &row.to_string());
            assert!(told <= number(row, "alpha"));
        }
    }

    #[test]
    fn without_a_chance_to_err_nothing_is_ever_proven() {
        assert_eq!((upper(0.0, 0.0), lower(1e9, 0.0)), (f64::INFINITY, 0.0));
        assert_eq!((upper(3.0, f64::NAN), lower(3.0, -1.0)), (f64::INFINITY, 0.0));
    }

    #[test]
    fn numbers_beyond_all_bounds_stay_numbers() {
        for events in [0.0, 1.0, 1e300] {
            for expected in [0.0, 1.0, 1e300] {
                assert!(!ln_e_lo(events, expected).is_nan() && !ln_e_hi(events, expected).is_nan());
            }
        }
    }

    proptest! {
        #[test]
        fn a_bound_is_where_the_evidence_reaches_the_threshold(events in 0u32..5_000, alpha in 1e-9..0.5f64) {
            let events = f64::from(events);
            prop_assert!((ln_e_lo(events, upper(events, alpha)) - ln_threshold(alpha)).abs() < 1e-8);
            let low = lower(events, alpha);
            prop_assert!(low == 0.0 || (ln_e_hi(events, low) - ln_threshold(alpha)).abs() < 1e-8);
            prop_assert!(low <= events && events <= upper(events, alpha));
        }

        #[test]
        fn more_events_are_less_evidence_for_a_low_rate(events in 0u32..10_000, expected in 0.0..1e6f64) {
            let events = f64::from(events);
            prop_assert!(ln_e_lo(events + 1.0, expected) <= ln_e_lo(events, expected));
            prop_assert!(ln_e_hi(events + 1.0, expected) >= ln_e_hi(events, expected));
        }
    }
}
