//! Simulations that show the tests err as seldom as they say, and that the simulations would notice if they did not.

use super::{ln_threshold, rare};
use crate::domain::splitmix::SplitMix;

/// Comparisons to the next event, this one included.
fn to_next(p: f64, dice: &mut SplitMix) -> u64 {
    if p <= 0.0 {
        return u64::MAX;
    }
    let u = 1.0 - dice.fraction();
    (u.ln() / (-p).ln_1p()).floor() as u64 + 1
}

/// The first number of comparisons, by number of events, at which a rule passes; it passes from there on until the
/// next event. To look only there is to look after every comparison.
struct Rule {
    passes_from: Vec<u64>,
}

impl Rule {
    fn new(most: u64, passes: impl Fn(u64, u64) -> bool) -> Rule {
        let mut passes_from = Vec::new();
        for k in 0..=most {
            let (mut low, mut high) = (k, most + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                if passes(k, middle) { high = middle } else { low = middle + 1 }
            }
            passes_from.push(low);
            if low > most {
                break;
            }
        }
        Rule { passes_from }
    }

    /// When a run of the given rate passes, if it does in so many comparisons.
    fn run(&self, p: f64, most: u64, dice: &mut SplitMix) -> Option<u64> {
        let mut n = 0u64;
        for passes_from in &self.passes_from {
            let next = n.saturating_add(to_next(p, dice));
            let first = (*passes_from).max(n);
            if first < next && first <= most {
                return Some(first);
            }
            if next > most {
                return None;
            }
            n = next;
        }
        None
    }

    fn share_that_passes(&self, p: f64, most: u64, runs: u32, dice: &mut SplitMix) -> f64 {
        f64::from((0..runs).filter(|_| self.run(p, most, dice).is_some()).count() as u32) / f64::from(runs)
    }
}

const BOUND: f64 = 1e-2;
const MOST: u64 = 10_000;

fn ours() -> Rule {
    Rule::new(MOST, |k, n| rare::ln_e_lo(k as f64, n as f64 * BOUND) >= ln_threshold(0.05))
}

/// Whether the bound for one look (Clopper and Pearson 1934) lies below: so few events have a chance of a twentieth.
fn one_look(k: u64, n: u64) -> bool {
    let mut term = n as f64 * (-BOUND).ln_1p();
    let mut sum = term.exp();
    for i in 1..=k {
        term += ((n - i + 1) as f64 / i as f64).ln() + BOUND.ln() - (-BOUND).ln_1p();
        sum += term.exp();
    }
    sum <= 0.05
}

/// Section 10.1, 1.
#[test]
fn at_the_bound_a_pass_is_as_rare_as_computed_and_with_a_bound_for_one_look_it_is_not() {
    let mut dice = SplitMix::new(1);
    let told = ours().share_that_passes(BOUND, MOST, 20_000, &mut dice);
    assert!((0.0390..=0.0506).contains(&told), "{told}");
    let naive = Rule::new(MOST, one_look).share_that_passes(BOUND, MOST, 2_000, &mut dice);
    assert!(naive > 0.25, "{naive}");
}

/// Section 10.1, 2.
#[test]
fn without_a_mismatch_the_pass_comes_with_the_352nd_comparison() {
    let (rule, mut dice) = (ours(), SplitMix::new(2));
    assert!((0..2_000).all(|_| rule.run(0.0, MOST, &mut dice) == Some(352)));
}

/// Section 10.1, 7.
#[test]
fn it_does_not_matter_in_which_batches_comparisons_are_counted() {
    let mut dice = SplitMix::new(3);
    let events: Vec<bool> = (0..100_000).map(|_| dice.fraction() < 1e-3).collect();
    let told = [1, 7, 1_000].map(|size| {
        let (mut n, mut k) = (0u64, 0u64);
        for batch in events.chunks(size) {
            n += batch.len() as u64;
            k += batch.iter().filter(|event| **event).count() as u64;
        }
        let (k, expected) = (k as f64, n as f64 * 1e-3);
        (rare::ln_e_lo(k, expected).to_bits(), rare::ln_e_hi(k, expected).to_bits())
    });
    assert!(told.iter().all(|one| *one == told[0]));
}

#[test]
fn a_rate_of_a_tenth_of_the_bound_passes_after_as_many_comparisons_as_computed() {
    let (rule, mut dice) = (ours(), SplitMix::new(4));
    let runs = 4_000;
    let told: Vec<f64> =
        (0..runs).map(|_| rule.run(BOUND / 10.0, MOST, &mut dice).unwrap_or(MOST) as f64 * BOUND).collect();
    let mean = told.iter().sum::<f64>() / f64::from(runs);
    let variance = told.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / f64::from(runs);
    // 4.969 in the limit of rare events; one event in a thousand comparisons is near it.
    let error = (variance / f64::from(runs)).sqrt();
    assert!((mean - 4.969_075).abs() < 4.0 * error + 0.02, "{mean}");
}
