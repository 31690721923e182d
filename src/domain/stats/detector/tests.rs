//! The detector beside its reference values.

use serde_json::Value;

use super::{
    super::{
        ln_threshold,
        reference::{close, table},
    },
    *,
};
use crate::domain::splitmix::SplitMix;

fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap()
}

/// `0*5,1,0*3`: five zeros, a one, three zeros.
fn inputs(text: &str) -> Vec<bool> {
    let run = |part: &str| {
        let (what, times) = part.split_once('*').unwrap_or((part, "1"));
        vec![what == "1"; times.parse().unwrap()]
    };
    text.split(',').flat_map(run).collect()
}

#[test]
fn the_trace_is_that_of_the_reference_values() {
    let row = table("detector_trace").remove(0);
    let (bound, inputs) = (number(&row, "p0"), inputs(row["xs"].as_str().unwrap()));
    let (mut detector, mut first) = (Detector::default(), None);
    for (at, event) in inputs.iter().enumerate() {
        detector.batch(1.0, f64::from(u8::from(*event)), bound);
        if let Some(expected) = row["lnM"].get((at + 1).to_string()) {
            close(detector.ln_m(), expected, &format!("step {}", at + 1));
        }
        if detector.ln_m() >= 1e6f64.ln() {
            first = first.or(Some(at + 1));
        }
    }
    assert_eq!(first.map(|step| step as u64), row["first_alarm_A1e6"].as_u64());
}

#[test]
fn a_run_of_failures_raises_the_alarm_as_fast_as_the_reference_values_say() {
    for row in table("detector_all_fail") {
        let (bound, alarm) = (number(&row, "p0"), number(&row, "A").ln());
        let mut detector = Detector::default();
        let levels: Vec<f64> = (0..6)
            .map(|_| {
                detector.event(bound);
                detector.ln_m()
            })
            .collect();
        let steps = levels.iter().position(|level| *level >= alarm).map(|at| at as u64 + 1);
        assert_eq!(steps, row["steps"].as_u64(), "{row}");
        for (level, expected) in levels.iter().zip(row["lnM_after"].as_array().unwrap()) {
            // The table gives nine places.
            assert!((level - expected.as_f64().unwrap()).abs() < 1e-9, "{level} is not {expected}");
        }
    }
}

#[test]
fn who_made_the_errors_is_traced_as_in_the_reference_values() {
    let row = table("attribution_trace").remove(0);
    let (tolerated, mut detector) = (number(&row, "c_tol"), Detector::default());
    let events = row["events"].as_array().unwrap().iter().zip(row["lnM"].as_array().unwrap());
    for (event, expected) in events {
        let share = event[0].as_f64().unwrap();
        detector.odds(event[1] == 1, tolerated * share / (1.0 - share));
        close(detector.ln_m(), expected, &event.to_string());
    }
}

/// Section 10.1, 3.
#[test]
fn of_new_that_always_fails_the_fourth_response_raises_the_alarm() {
    let mut detector = Detector::default();
    let level = |detector: &mut Detector| {
        detector.event(0.002);
        detector.ln_m()
    };
    let levels: Vec<f64> = (0..4).map(|_| level(&mut detector)).collect();
    assert!(levels[2] < 1e6f64.ln() && levels[3] >= 1e6f64.ln(), "{levels:?}");
}

#[test]
fn a_batch_of_good_comparisons_may_begin_anew_only_before_it() {
    let (mut batch, mut steps) = (Detector::default(), Detector::default());
    batch.batch(1_000.0, 3.0, 0.001);
    (0..997).for_each(|_| steps.batch(1.0, 0.0, 0.001));
    (0..3).for_each(|_| steps.event(0.001));
    assert!(batch.ln_m() <= steps.ln_m());
}

/// As many comparisons as it takes one component of the mixture, from exact equations: a system on the grid its sum
/// can lie on.
fn steps_to_alarm(ratio: f64, bound: f64, alarm: f64, truth: f64, dice: &mut SplitMix) -> u64 {
    let (up, cost) = (ratio.ln(), bound * (ratio - 1.0));
    let (mut sum, mut steps) = (0.0f64, 0u64);
    loop {
        // The good comparisons to the next event are geometric.
        let good = (dice.fraction().max(1e-300).ln() / (-truth).ln_1p()).floor();
        if good > 0.0 {
            sum = (sum.max(0.0) - cost * (good - 1.0)).max(0.0) - cost;
        }
        steps += good as u64 + 1;
        sum = sum.max(0.0) + up - cost;
        if sum >= alarm.ln() {
            return steps;
        }
    }
}

#[test]
fn false_alarms_of_one_component_come_as_seldom_as_the_exact_equations_say() {
    // The rows with the longest runs are left to the reference: 4 standard errors of what is simulated here.
    let mut dice = SplitMix::new(7);
    for row in table("detector_single_component_exact") {
        let exact = number(&row, "arl_exact");
        let runs: u32 = if exact > 1e6 { continue } else { 400 };
        let told: Vec<f64> = (0..runs)
            .map(|_| {
                let numbers = ["r", "p0", "A", "true_p"].map(|name| number(&row, name));
                steps_to_alarm(numbers[0], numbers[1], numbers[2], numbers[3], &mut dice) as f64
            })
            .collect();
        let mean = told.iter().sum::<f64>() / f64::from(runs);
        let variance = told.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / f64::from(runs - 1);
        assert!((mean - exact).abs() < 4.0 * (variance / f64::from(runs)).sqrt(), "{mean} is not {exact}");
    }
}

/// Responses to the alarm of the whole mixture, where new fails at this rate.
fn responses(bound: f64, alarm: f64, truth: f64, dice: &mut SplitMix) -> f64 {
    let (mut detector, mut steps) = (Detector::default(), 0u64);
    loop {
        let good =
            if truth < 1.0 { (dice.fraction().max(1e-300).ln() / (-truth).ln_1p()).floor() } else { 0.0 };
        detector.good(good as u64, bound);
        detector.event(bound);
        steps += good as u64 + 1;
        if detector.ln_m() >= alarm.ln() {
            return steps as f64;
        }
    }
}

#[test]
fn the_responses_to_a_revert_are_those_of_the_reference_simulation() {
    let text = include_str!("../../../../tests/data/statistics_reference.json");
    let all: Value = serde_json::from_str(text).unwrap();
    let mut dice = SplitMix::new(11);
    for row in all["mc"]["detector_delay"].as_array().unwrap() {
        let (bound, alarm, truth) = (number(row, "p0"), number(row, "A"), number(row, "p_new"));
        // 600 runs instead of 20,000, and the slow rates left out: seconds, in a build without optimisation.
        if truth < 0.05 {
            continue;
        }
        let told: Vec<f64> = (0..600).map(|_| responses(bound, alarm, truth, &mut dice)).collect();
        let mean = told.iter().sum::<f64>() / 600.0;
        let variance = told.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 599.0;
        // The reference has an error of its own, a sixth of this one.
        let error = (variance / 600.0).sqrt() + 1e-9;
        assert!((mean - number(row, "mean")).abs() < 4.2 * error, "{mean} in {row}");
    }
}

#[test]
fn at_the_bound_a_false_alarm_takes_longer_than_promised() {
    let mut dice = SplitMix::new(13);
    let runs = 60;
    let mean = (0..runs).map(|_| responses(0.002, 1e2, 0.002, &mut dice)).sum::<f64>() / f64::from(runs);
    // 11,588 in the reference, of which the standard error is about an eighth at so few runs.
    assert!((6_000.0..18_000.0).contains(&mean), "{mean}");
    assert!(ln_threshold(1e-2) <= 100f64.ln() + 1e-12);
}
