//! The targets, and whether a run met them. Pure. A target that could not be measured fairly is told as such and
//! never as met: a shadow that was shed is cheap and proves nothing.

use clap::ValueEnum as _;
use serde::Serialize;

use crate::cli::Fault;
use crate::contender::Contender;
use crate::run::{Field, Outcome, Run};
use crate::scenario::memory;
use crate::spread::{Key, Spread, paired, spread};
use crate::trial::{New, label};

/// Below this share of mirrored requests a shadow's cost is not compared.
const FULLY_MIRRORED: f64 = 0.95;
/// Below this share of the asked rate the generator was not open-loop any more, and its latencies flatter.
const RATE_KEPT: f64 = 0.98;
/// readshift's default budget for shadow bytes, on which two targets lean.
const SHADOW_BUDGET_MIB: f64 = 64.0;

#[derive(Debug, Clone, Copy)]
enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

enum Source {
    Ratio(Field, Key, Key),
    Added(Field, Key, Key),
    Value(Field, Key),
}

pub struct Target {
    what: String,
    bar: Bar,
    unit: &'static str,
    source: Source,
}

#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    pub what: String,
    pub target: String,
    pub measured: Option<Spread>,
    pub verdict: String,
    /// False for what this run was not told to measure, or never measures: `--strict` passes over those.
    pub asked: bool,
}

impl Judged {
    pub fn met(&self) -> bool {
        self.verdict == "met"
    }
}

pub fn judge(outcome: &Outcome) -> Vec<Judged> {
    all().into_iter().map(|target| target.judge(&outcome.runs, &outcome.asked)).collect()
}

impl Target {
    fn judge(self, runs: &[Run], wanted: &[Key]) -> Judged {
        let (measured, keys) = match &self.source {
            Source::Ratio(field, top, under) => {
                (paired(runs, top, under, *field, |a, b| a / b), vec![top, under])
            }
            Source::Added(field, top, under) => {
                (paired(runs, top, under, *field, |a, b| a - b), vec![top, under])
            }
            Source::Value(field, key) => (spread(runs, key, *field), vec![key]),
        };
        let asked = !keys.is_empty() && keys.iter().all(|key| wanted.contains(key));
        let verdict = match measured {
            None => "not measured".to_owned(),
            Some(found) => match keys.into_iter().find_map(|key| unfair(runs, key)) {
                Some(why) => why,
                None => if self.holds(found.median) { "met" } else { "missed" }.to_owned(),
            },
        };
        let target = match self.bar {
            Bar::AtMost(bar) => format!("≤ {bar}{}", self.unit),
            Bar::AtLeast(bar) => format!("≥ {bar}{}", self.unit),
        };
        Judged { what: self.what, target, measured, verdict, asked }
    }

    fn holds(&self, median: f64) -> bool {
        match self.bar {
            Bar::AtMost(bar) => median <= bar,
            Bar::AtLeast(bar) => median >= bar,
        }
    }
}

/// Why the numbers of this one cannot stand, as a verdict.
fn unfair(runs: &[Run], key: &Key) -> Option<String> {
    let errors: u64 = runs.iter().filter(|run| key.names(run)).filter_map(|run| run.errors).sum();
    if errors > 0 {
        // Under a fault the client's errors are the finding; elsewhere they spoil the numbers.
        let word = if key.scenario == "faults" { "missed" } else { "not measured" };
        return Some(format!("{word}: {errors} errors of {}", key.who));
    }
    let kept = spread(runs, key, |run| Some(run.requests_per_s? / run.asked_per_s?));
    if let Some(kept) = kept.filter(|kept| kept.median < RATE_KEPT) {
        return Some(format!("not measured: {} kept only {:.0} % of the rate", key.who, kept.median * 100.0));
    }
    let share = spread(runs, key, |run| run.mirrored)?.median;
    // Memory is bounded by shedding; there a shed shadow is the point and not a fault of the measurement.
    (share < FULLY_MIRRORED && key.scenario != "memory")
        .then(|| format!("not measured: {} mirrored only {:.0} %", key.who, share * 100.0))
}

fn all() -> Vec<Target> {
    let cpu: Field = |run| run.cpu_us;
    let key = |scenario, case: &str, contender| Key {
        scenario,
        case: case.to_owned(),
        who: label(contender, New::Healthy),
    };
    let against = |case: &str, top: Contender, under: Contender, bar: f64| Target {
        what: format!("{case}, saturated: CPU per request, {} / {}", top.name(), under.name()),
        bar: Bar::AtMost(bar),
        unit: "",
        source: Source::Ratio(cpu, key("saturated", case, top), key("saturated", case, under)),
    };
    let resident = |case: &str, bar: f64, field: Field| Target {
        what: format!("memory, {case}"),
        bar: Bar::AtMost(bar),
        unit: " MiB",
        source: Source::Value(field, key("memory", case, Contender::ReadshiftShadow)),
    };
    let shadow = Contender::ReadshiftShadow;
    let mut targets = vec![
        against("4 KiB", shadow, Contender::NginxMirror, 0.45),
        against("4 KiB", shadow, Contender::EnvoyMirror, 0.25),
        against("64 KiB", shadow, Contender::NginxMirror, 0.8),
        against("1 MiB", shadow, Contender::EnvoyMirror, 0.75),
        against("4 KiB", Contender::ReadshiftOff, Contender::Nginx, 0.95),
        Target {
            what: "fixed rate: p99 added by shadow + compare".to_owned(),
            bar: Bar::AtMost(0.1),
            unit: " ms",
            source: Source::Added(
                |run| run.p99_ms,
                key("rate", "4 KiB", shadow),
                key("rate", "4 KiB", Contender::ReadshiftOff),
            ),
        },
        resident(memory::IDLE, 20.0, |run| run.rss_mib),
        resident(memory::CONNECTED, 120.0, |run| run.rss_mib),
        resident(memory::LARGE, SHADOW_BUDGET_MIB + 60.0, |run| run.peak_mib),
    ];
    for (what, now, before) in [
        ("no shadow", Contender::ReadshiftOff, Contender::BeforeOff),
        ("shadow + compare", shadow, Contender::BeforeShadow),
    ] {
        targets.push(Target {
            what: format!("evidence and gates, {what}: CPU per request, now / before"),
            bar: Bar::AtMost(1.03),
            unit: "",
            source: Source::Ratio(cpu, key("evidence", "4 KiB", now), key("evidence", "4 KiB", before)),
        });
    }
    for fault in Fault::value_variants() {
        targets.extend(under_fault(*fault));
    }
    targets
}

fn under_fault(fault: Fault) -> [Target; 3] {
    let key =
        |contender, new| Key { scenario: "faults", case: "4 KiB".to_owned(), who: label(contender, new) };
    let own = key(Contender::ReadshiftOff, New::Healthy);
    let harmed = key(Contender::ReadshiftShadow, New::Faulty(fault));
    let what = |rest: &str| format!("new {}: {rest}", fault.name());
    [
        Target {
            what: what("live requests/s / own rate without shadow"),
            bar: Bar::AtLeast(0.95),
            unit: "",
            source: Source::Ratio(|run| run.requests_per_s, harmed.clone(), own.clone()),
        },
        Target {
            what: what("live p50 / own p50 without shadow"),
            // "Unchanged": with a fixed number of callers p50 is the rate's inverse, so the same five in a hundred.
            bar: Bar::AtMost(1.05),
            unit: "",
            source: Source::Ratio(|run| run.p50_ms, harmed.clone(), own),
        },
        Target {
            what: what("memory grown under load"),
            // "Flat" may fill the budget for shadow bytes once, and nothing more.
            bar: Bar::AtMost(SHADOW_BUDGET_MIB),
            unit: " MiB",
            source: Source::Value(|run| run.growth_mib, harmed),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(contender: Contender, cpu: f64, mirrored: f64) -> Run {
        Run {
            scenario: "saturated",
            case: "4 KiB".into(),
            who: label(contender, New::Healthy),
            rep: 1,
            errors: Some(0),
            cpu_us: Some(cpu),
            mirrored: Some(mirrored),
            ..Run::default()
        }
    }

    fn first(mirrored: f64, cpu: f64) -> String {
        let runs = [run(Contender::ReadshiftShadow, cpu, mirrored), run(Contender::NginxMirror, 100.0, 1.0)];
        judge(&Outcome { runs: runs.to_vec(), ..Outcome::default() }).swap_remove(0).verdict
    }

    #[test]
    fn a_ratio_under_the_bar_is_met_and_one_over_it_is_missed() {
        assert_eq!(first(1.0, 44.0), "met");
        assert_eq!(first(1.0, 46.0), "missed");
    }

    #[test]
    fn a_shadow_that_was_shed_proves_no_speed() {
        assert!(first(0.5, 20.0).starts_with("not measured: readshift"));
    }

    #[test]
    fn without_runs_nothing_is_met() {
        assert!(judge(&Outcome::default()).iter().all(|judged| !judged.met() && !judged.asked));
    }
}
