//! Which of several claims can be made together, if they were chosen after a look at them (statistics 2.4).

/// How many of the claims with the most evidence stand, where at most this share of those made may be false (e-BH,
/// Wang and Ramdas 2022). `ln_e`: the evidence of each, as a logarithm; whatever depends on what.
pub fn claims_that_stand(ln_e: &[f64], false_share: f64) -> usize {
    let mut sorted = ln_e.to_vec();
    sorted.sort_unstable_by(|one, other| other.total_cmp(one));
    let all = sorted.len() as f64;
    let stands = |(place, ln_e): (usize, f64)| ln_e >= (all / ((place + 1) as f64 * false_share)).ln();
    sorted.into_iter().enumerate().rposition(stands).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::{super::reference::table, *};

    #[test]
    fn as_many_stand_as_in_the_reference_values() {
        let row = table("ebh").remove(0);
        let ln_e: Vec<f64> = row["e"].as_array().unwrap().iter().map(|e| e.as_f64().unwrap().ln()).collect();
        let stand = claims_that_stand(&ln_e, row["alpha"].as_f64().unwrap());
        assert_eq!(stand as u64, row["k_star"].as_u64().unwrap());
        assert_eq!((claims_that_stand(&[], 0.1), claims_that_stand(&[0.0, 0.0], 0.1)), (0, 0));
    }
}
