//! What was not compared, set right by strata, and how much worse it could be (statistics 8).

use serde::{Deserialize, Serialize};

/// Reads that are alike in what may matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// That should have been compared.
    pub intended: u64,
    pub compared: u64,
    /// Among those compared.
    pub mismatches: u64,
}

impl Stratum {
    /// From 0 to 1; of nothing all was compared.
    pub fn share_compared(&self) -> f64 {
        if self.intended == 0 { 1.0 } else { self.compared as f64 / self.intended as f64 }
    }
}

/// The rate of mismatches, each stratum weighing as much as it was intended to (Horvitz and Thompson 1952). `None`
/// where a stratum was not compared at all, of which nothing is known.
pub fn post_stratified(strata: &[Stratum]) -> Option<f64> {
    let all: u64 = strata.iter().map(|stratum| stratum.intended).sum();
    let known = strata.iter().filter(|stratum| stratum.intended > 0);
    let rates = known.map(|stratum| {
        let weight = stratum.intended as f64 / all as f64;
        (stratum.compared > 0).then(|| weight * stratum.mismatches as f64 / stratum.compared as f64)
    });
    if all == 0 { None } else { rates.sum() }
}

/// By how much an upper bound grows if what was dropped, `dropped` of all, is up to `times` as bad (Rosenbaum 2002).
pub fn sensitivity(dropped: f64, times: f64) -> f64 {
    (1.0 - dropped) + times * dropped
}

/// The rate if everything that was dropped is wrong.
pub fn worst_case(strata: &[Stratum]) -> Option<f64> {
    let sum = |of: fn(&Stratum) -> u64| strata.iter().map(of).sum::<u64>();
    let (intended, compared) = (sum(|stratum| stratum.intended), sum(|stratum| stratum.compared));
    let wrong = sum(|stratum| stratum.mismatches) + intended.saturating_sub(compared);
    (intended > 0).then(|| wrong as f64 / intended as f64)
}

#[cfg(test)]
mod tests {
    use super::{
        super::reference::{close, table},
        *,
    };

    #[test]
    fn what_was_dropped_is_set_right_as_in_the_reference_values() {
        let row = table("post_stratification").remove(0);
        let of = |stratum: &serde_json::Value| {
            let count = |name: &str| stratum[name].as_u64().unwrap();
            Stratum { intended: count("intended"), compared: count("compared"), mismatches: count("mism") }
        };
        let strata: Vec<Stratum> = row["strata"].as_array().unwrap().iter().map(of).collect();
        close(post_stratified(&strata).unwrap(), &row["post_stratified"], "post-stratified");
        close(worst_case(&strata).unwrap(), &row["worst_case_upper"], "worst case");
        let (k, n) = strata.iter().fold((0, 0), |(k, n), one| (k + one.mismatches, n + one.compared));
        close(k as f64 / n as f64, &row["naive"], "naive");
    }

    #[test]
    fn a_bound_grows_with_what_was_dropped_as_in_the_reference_values() {
        for row in table("gamma_bound") {
            let number = |name: &str| row[name].as_f64().unwrap();
            close(sensitivity(number("drop"), number("Gamma")), &row["factor"], &row.to_string());
        }
    }

    #[test]
    fn of_a_stratum_that_was_never_compared_nothing_is_known() {
        let compared = Stratum { intended: 10, compared: 10, mismatches: 1 };
        let dark = Stratum { intended: 1, compared: 0, mismatches: 0 };
        assert_eq!(post_stratified(&[compared, Stratum::default()]), Some(0.1));
        assert_eq!(post_stratified(&[compared, dark]), None);
        assert_eq!((post_stratified(&[]), worst_case(&[])), (None, None));
    }
}
