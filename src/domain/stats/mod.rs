//! Evidence that stays valid however often one looks at it: two tests and a detector made of either, and nothing but
//! sums of logarithms. Beside them, figures for people.
//!
//! Both tests are mixtures of likelihood ratios over a fixed grid: non-negative, of mean at most one under the null
//! at every step, so that the chance to ever see one reach 1/α is at most α (Ville 1939). All logarithms are
//! natural. No sampling, no clock, no special functions.

pub mod choice;
pub mod clusters;
pub mod decay;
pub mod detector;
pub mod exact;
pub mod odds;
pub mod plan;
pub mod ranks;
pub mod rare;
pub mod sketch;
pub mod strata;
pub mod unseen;
pub mod watch;

/// The grid on the low side: the ratio of the rate or the odds to the bound, and its weight. The weights of a
/// grid add up to one. Part of the specification: another grid has other tables.
const LOW: [(f64, f64); 5] = [(0.0, 0.40), (0.125, 0.15), (0.25, 0.15), (0.5, 0.15), (0.75, 0.15)];
/// The grid on the high side.
const HIGH: [(f64, f64); 6] = [
    (1.5, 1.0 / 6.0),
    (2.0, 1.0 / 6.0),
    (4.0, 1.0 / 6.0),
    (16.0, 1.0 / 6.0),
    (64.0, 1.0 / 6.0),
    (256.0, 1.0 / 6.0),
];

/// `ln Σ w·exp(t)` over the grid, where `t` is the logarithm of the likelihood ratio at `ratio`.
fn ln_mixture<const N: usize>(grid: &[(f64, f64); N], ln_ratio_at: impl Fn(f64) -> f64) -> f64 {
    let terms = grid.map(|(ratio, weight)| weight.ln() + ln_ratio_at(ratio));
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Of infinities only the larger one counts, and their difference would be no number.
    if most.is_infinite() {
        return most;
    }
    most + terms.iter().map(|term| (term - most).exp()).sum::<f64>().ln()
}

/// `count·ln(ratio)`, where nothing counted weighs nothing even against a ratio of zero.
fn ln_power(ratio: f64, count: f64) -> f64 {
    if count > 0.0 { count * ratio.ln() } else { 0.0 }
}

/// What `ln E` must reach for a claim that is wrong with a chance of at most `alpha`.
pub fn ln_threshold(alpha: f64) -> f64 {
    // What is no chance proves nothing: no evidence reaches infinity.
    if alpha > 0.0 { -alpha.ln() } else { f64::INFINITY }
}

#[cfg(test)]
mod limits;
#[cfg(test)]
mod simulations;

#[cfg(test)]
pub(in crate::domain) mod reference {
    //! The reference values of the specification, computed apart from this code with 50 digits.

    use serde_json::Value;

    /// The table of this name among the exact values.
    pub fn table(name: &str) -> Vec<Value> {
        const TEXT: &str = include_str!("../../../tests/data/statistics_reference.json");
        let all: Value = serde_json::from_str(TEXT).unwrap();
        let rows = all["exact"][name].as_array().cloned().unwrap_or_else(|| vec![all["exact"][name].clone()]);
        assert!(!rows.is_empty() && !rows[0].is_null(), "no reference values named {name}");
        rows
    }

    #[track_caller]
    pub fn close(told: f64, expected: &Value, what: &str) {
        let expected = expected.as_f64().unwrap();
        let off = (told - expected).abs();
        assert!(off <= 1e-9 * expected.abs() + 1e-12, "{what}: {told} is not {expected}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_a_grid_add_up_to_one() {
        let sum = |grid: &[(f64, f64)]| grid.iter().map(|(_, weight)| weight).sum::<f64>();
        assert!((sum(&LOW) - 1.0).abs() < 1e-15 && (sum(&HIGH) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_grids_are_those_of_the_reference_values() {
        let text = include_str!("../../../tests/data/statistics_reference.json");
        let all: serde_json::Value = serde_json::from_str(text).unwrap();
        for (grid, ratios, weights) in [(&LOW[..], "R_minus", "W_minus"), (&HIGH[..], "R_plus", "W_plus")] {
            for (n, (ratio, weight)) in grid.iter().enumerate() {
                reference::close(*ratio, &all["grids"][ratios][n], ratios);
                reference::close(*weight, &all["grids"][weights][n], weights);
            }
        }
    }

    #[test]
    fn what_is_no_chance_proves_nothing() {
        for alpha in [0.0, -1.0, f64::NAN] {
            assert_eq!(ln_threshold(alpha), f64::INFINITY);
        }
    }
}
