//! How many requests it takes until a kind of them has been seen often enough (statistics 3.1). For estimates.

/// How sure it is that as many as needed have come.
const SURE: f64 = 0.99;
const HALVINGS: u32 = 200;

/// As many requests as it takes until, in 99 of 100 cases, `units` of them are of a kind with this share. Infinite for
/// a share of nothing.
pub fn requests(share: f64, units: u64) -> f64 {
    if units == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, units as f64);
    while fewer(units, high) > 1.0 - SURE {
        high *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if fewer(units, middle) > 1.0 - SURE { low = middle } else { high = middle }
    }
    (high / share).ceil()
}

/// The chance that fewer than `units` come where `expected` are: the Poisson distribution.
fn fewer(units: u64, expected: f64) -> f64 {
    let mut ln_term = -expected;
    let mut sum = ln_term.exp();
    for k in 1..units {
        ln_term += expected.ln() - (k as f64).ln();
        sum += ln_term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{
        super::reference::{close, table},
        *,
    };

    #[test]
    fn as_many_requests_are_needed_as_the_reference_values_say() {
        for row in table("coverage_plan") {
            let (share, units) = (row["share"].as_f64().unwrap(), row["n_cell"].as_u64().unwrap());
            let needed = requests(share, units);
            assert_eq!(Some(needed), row["N_99"].as_f64(), "{row}");
            close(1.0 - fewer(units, needed * share), &row["check_poisson_tail"], &row.to_string());
        }
        assert_eq!((requests(0.5, 0), requests(0.0, 1)), (0.0, f64::INFINITY));
    }
}
