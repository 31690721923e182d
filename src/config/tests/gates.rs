//! What a gate asks for, as the file says it, and gates that could never pass.

use super::*;
use crate::domain::gate::{Criteria, Quantile};

fn gate(gate: &str) -> String {
    format!("rollouts: [{{ id: x, stages: [shadow, 100%], gate: {gate} }}]")
}

fn criteria(text: &str) -> Criteria {
    config(&gate(text)).rollouts[0].criteria.clone()
}

#[test]
fn without_a_word_the_criteria_are_those_of_the_statistics() {
    assert_eq!(criteria("{}"), Criteria::default());
    assert_eq!(criteria("{}"), config("").rollouts[0].criteria);
}

#[test]
fn every_number_of_a_gate_can_be_set() {
    let loaded = load(&format!("{TWO}{}", gate("{}"))).unwrap();
    let path = "rollouts[0].gate.";
    let settings: Vec<_> = loaded.origins.iter().filter(|s| s.path().starts_with(path)).collect();
    assert_eq!(settings.len(), 52);
    for setting in settings {
        let key = setting.path()[path.len()..].to_owned();
        let other = match setting.value.as_str() {
            "none" if key == "empty_is_evidence" => "{ why: so it is }",
            "none" => "0.5%",
            "auto" if key == "soak.incident_interval" => "100ms",
            "auto" => "90%",
            "[]" => "[{ cell: a, why: b }]",
            quantiles if quantiles.starts_with('[') => "[]",
            _ if key == "mismatch.most_alpha" => "11%",
            rate if rate.ends_with('%') => "0.5%",
            time if time.ends_with('s') || time.ends_with('m') => "70ms",
            _ if key == "soak.hours_of_day" || key == "seeding.one_in" => "7",
            _ => "12",
        };
        let other = match key.as_str() {
            "drops.block" => "6%",
            "units.per_route" => "2000000",
            _ => other,
        };
        let nested = key.rsplit('.').fold(other.to_owned(), |inner, key| format!("{{ {key}: {inner} }}"));
        assert_ne!(criteria(&nested), Criteria::default(), "{key}");
    }
}

#[test]
fn confidence_holds_for_every_advance_unless_the_last_ones_are_named() {
    let alphas = |text: &str| {
        let mismatch = criteria(&format!("{{ mismatch: {{ {text} }} }}")).mismatch;
        (mismatch.alpha_pass, mismatch.alpha_pass_last)
    };
    assert_eq!(alphas(""), (0.05, 0.01));
    assert_eq!(alphas("confidence: 99%"), (0.01, 0.01));
    assert_eq!(alphas("confidence: 90%"), (0.1, 0.1));
    assert_eq!(alphas("confidence: 90%, confidence_last: 99.9%"), (0.1, 0.001));
    assert_eq!(alphas("confidence_last: 95%"), (0.05, 0.05));
}

#[test]
fn quantiles_and_rates_are_read_as_people_write_them() {
    let found = criteria(
        "{ latency: { quantiles: [{ q: p99.9, pass: 20%, abort: 150% }] }, empty_is_evidence: { why: so } }",
    );
    assert_eq!(found.latency.quantiles, [Quantile { q: 0.999, pass: 0.2, abort: 1.5 }]);
    assert_eq!(found.empty_is_evidence.as_deref(), Some("so"));
    assert_eq!(criteria("{ latency: { quantiles: [] } }").latency.quantiles, []);
    assert_eq!(criteria("{ mismatch: { max: 0.00001% } }").mismatch.max, Some(1e-7));
}

#[test]
fn a_gate_that_could_never_pass_is_refused() {
    for (text, key) in [
        ("{ mismatch: { max: 0% } }", "mismatch.max: can never pass"),
        ("{ mismatch: { floor: 0% } }", "mismatch.floor: can never pass"),
        ("{ mismatch: { floor: 2% } }", "mismatch.floor: is more than `cap`"),
        ("{ mismatch: { confidence: 80% } }", "mismatch.most_alpha: can never pass"),
        (
            "{ mismatch: { stage_units: 20 }, units: { per_route: 10 } }",
            "mismatch.stage_units: can never pass",
        ),
        ("{ coverage: { unseen: 0% } }", "coverage.unseen: can never pass"),
        ("{ staleness: { rate: 0% } }", "staleness.rate: can never pass"),
        ("{ drops: { max: 0% } }", "drops.max: can never pass"),
        ("{ drops: { max: 6% } }", "drops.block: is less than `max`"),
        ("{ errors: { floor: 0% } }", "errors.floor: can never pass"),
        ("{ latency: { samples: 0 } }", "latency.samples: expected a whole number from 1"),
        (
            "{ latency: { quantiles: [{ q: p99, pass: 20%, abort: 20% }] } }",
            "latency.quantiles[0]: `abort` is not more",
        ),
        (
            "{ latency: { quantiles: [{ q: p9, pass: 1%, abort: 2% }, { q: p9.0, pass: 1%, abort: 3% }] } }",
            "latency.quantiles[1]: this quantile is given a second time",
        ),
        ("{ empty_is_evidence: {} }", "empty_is_evidence.why: missing"),
        ("{ empty_is_evidence: { why: \" \" } }", "empty_is_evidence.why: expected a reason"),
        ("{ soak: { alpha: 0% } }", "soak.alpha: expected a percentage from above 0%"),
        ("{ mismatch: { confidence: 100% } }", "mismatch.confidence: expected a confidence"),
        ("{ mismach: {} }", "mismach: unknown key, did you mean `mismatch`?"),
    ] {
        let found = told(&format!("{TWO}{}", gate(text)));
        let fits = found.len() == 1 && found[0].contains(&format!("rollouts[0].gate.{key}"));
        assert!(fits, "{text}: {found:?}");
    }
}

#[test]
fn a_gate_that_sees_less_than_it_seems_to_is_warned_of() {
    for (text, key) in [
        ("gate: { mismatch: { alpha_fail: 2% } }", "mismatch.alpha_fail: is more than 1.75%"),
        ("gate: { mismatch: { max: 2% } }", "mismatch.max: is more than `cap`"),
        ("gate: { seeding: { one_in: 0 } }", "seeding.one_in: nothing is planted"),
        ("gate: { staleness: { budget: 2m } }", "staleness.budget: is longer than the last"),
    ] {
        let found = warned(&format!("rollouts: [{{ id: x, stages: [shadow, 100%], {text} }}]"));
        assert!(
            found.len() == 1 && found[0].contains(&format!("rollouts[0].gate.{key}")),
            "{text}: {found:?}"
        );
    }
    let never_again = warned(&format!("recheck: {{ delays: [] }}\n{}", gate("{}")));
    assert_eq!(never_again.len(), 2, "{never_again:?}");
}
