//! Events of two kinds, against new and for it: are the odds below, or above, what chance gives? Valid at
//! every look.
//!
//! Each component of the mixture is the likelihood ratio of the odds `r·o₀` to the odds `o₀` (Wald 1945,
//! mixed as by Robbins 1970; with `o₀ = 1` the sequential sign test, or McNemar 1947 on discordant pairs).
//! The null holds at each event: never odds above, or never below, `o₀`.

use super::{HIGH, LOW, ln_mixture, ln_power};

/// Odds of a fair coin.
pub const EVEN: f64 = 1.0;
/// Odds of one in three.
pub const ONE_TO_TWO: f64 = 0.5;

/// `ln O⁻`: evidence that the odds of `against` to `favour` are below `odds`.
pub fn ln_o_lo(against: u64, favour: u64, odds: f64) -> f64 {
    ln_mixture(&LOW, |ratio| ln_ratio(against, favour, odds, ratio))
}

/// `ln O⁺`: evidence that the odds of `against` to `favour` are above `odds`.
pub fn ln_o_hi(against: u64, favour: u64, odds: f64) -> f64 {
    ln_mixture(&HIGH, |ratio| ln_ratio(against, favour, odds, ratio))
}

fn ln_ratio(against: u64, favour: u64, odds: f64, ratio: f64) -> f64 {
    let (against, favour) = (against as f64, favour as f64);
    ln_power(ratio, against) - (against + favour) * (odds * (ratio - 1.0) / (1.0 + odds)).ln_1p()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            ln_threshold,
            reference::{close, table},
        },
        *,
    };

    fn number(row: &serde_json::Value, name: &str) -> f64 {
        row[name].as_f64().unwrap()
    }

    #[test]
    fn the_evidence_is_that_of_the_reference_values() {
        for row in table("log_e_odds") {
            let (b, c, odds) = (number(&row, "b") as u64, number(&row, "c") as u64, number(&row, "odds0"));
            close(ln_o_lo(b, c, odds), &row["log_o_minus"], &row.to_string());
            close(ln_o_hi(b, c, odds), &row["log_o_plus"], &row.to_string());
        }
    }

    fn fewest(holds: impl Fn(u64) -> bool) -> u64 {
        (0..10_000).find(|n| holds(*n)).unwrap()
    }

    #[test]
    fn as_many_wins_in_a_row_prove_it_as_the_reference_values_say() {
        for row in table("noise_all_wins") {
            let (odds, threshold) = (number(&row, "odds0"), ln_threshold(number(&row, "alpha")));
            assert_eq!(fewest(|b| ln_o_hi(b, 0, odds) >= threshold) as f64, number(&row, "wins"), "{row}");
        }
        for row in table("sign_all_one_sided") {
            let threshold = ln_threshold(number(&row, "alpha"));
            let (wins, losses) = (number(&row, "plus_all_wins"), number(&row, "minus_all_losses"));
            assert_eq!(fewest(|b| ln_o_hi(b, 0, EVEN) >= threshold) as f64, wins, "{row}");
            assert_eq!(fewest(|c| ln_o_lo(0, c, EVEN) >= threshold) as f64, losses, "{row}");
        }
    }

    #[test]
    fn the_decisions_are_those_of_the_reference_values() {
        for row in table("sign_decision") {
            let m = row["m"].as_u64().unwrap();
            let worse = (0..=m).find(|b| ln_o_hi(*b, m - b, EVEN) >= ln_threshold(0.01));
            assert_eq!(worse, row["plus_min_b_alpha01"].as_u64(), "{row}");
            for (alpha, name) in [(0.05, "minus_max_b_alpha05"), (0.01, "minus_max_b_alpha01")] {
                let better = (0..=m).rev().find(|b| ln_o_lo(*b, m - b, EVEN) >= ln_threshold(alpha));
                assert_eq!(better, row[name].as_u64(), "{name} of {row}");
            }
        }
    }

    /// By all paths at once: how likely it is to ever make the claim, after each number of events, where the
    /// odds are exactly `odds`.
    fn false_claims(odds: f64, events: u64, claims: impl Fn(u64, u64) -> bool, high: bool) -> Vec<f64> {
        let p = odds / (1.0 + odds);
        let (mut still, mut claimed) = (vec![1.0], 0.0);
        let mut after = vec![0.0];
        for m in 1..=events {
            still.push(0.0);
            for b in (0..still.len()).rev() {
                let from_below = if b > 0 { still[b - 1] * p } else { 0.0 };
                still[b] = still[b] * (1.0 - p) + from_below;
            }
            let from_the_end: Vec<u64> = if high { (0..=m).rev().collect() } else { (0..=m).collect() };
            for b in from_the_end.into_iter().take_while(|b| claims(*b, m - b)) {
                claimed += std::mem::take(&mut still[b as usize]);
            }
            after.push(claimed);
        }
        after
    }

    #[test]
    fn peeking_after_every_event_claims_falsely_as_seldom_as_computed() {
        const EVENTS: u64 = 300;
        for row in table("sign_false_alarm_exact") {
            let (odds, threshold) = (number(&row, "odds0"), ln_threshold(number(&row, "alpha")));
            let high = row["side"] == "+";
            let evidence = if high { ln_o_hi } else { ln_o_lo };
            let told = false_claims(odds, EVENTS, |b, c| evidence(b, c, odds) >= threshold, high);
            for (m, expected) in row["false_by_m"].as_object().unwrap() {
                let Some(chance) = told.get(m.parse::<usize>().unwrap()) else { continue };
                close(*chance, expected, &format!("after {m} of {row}"));
                assert!(*chance <= number(&row, "alpha"));
            }
        }
    }

    proptest! {
        #[test]
        fn an_event_against_speaks_against(b in 0u64..1_000_000, c in 0u64..1_000_000, odds in 0.01..100.0f64) {
            prop_assert!(ln_o_hi(b + 1, c, odds) > ln_o_hi(b, c + 1, odds));
            prop_assert!(ln_o_lo(b + 1, c, odds) < ln_o_lo(b, c + 1, odds));
        }

        #[test]
        fn no_counts_make_it_no_number(b: u64, c: u64, odds in 1e-9..1e9f64) {
            prop_assert!(!ln_o_hi(b, c, odds).is_nan() && !ln_o_lo(b, c, odds).is_nan());
        }
    }
}
