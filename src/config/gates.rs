//! The gates: what their sections come to, and which of them could never pass or would pass on nothing.

use crate::domain::{
    gate::{Coverage, Criteria, Drops, Errors, Latency, Mismatch, Noise, Seeding, Soak, Staleness, Units},
    plan::Stage,
};

use super::{
    file::{File, GateFile, RolloutFile},
    reader::Reader,
};

/// What a section comes to. `None` where something is missing that a problem was told of.
pub fn of(gate: GateFile) -> Option<Criteria> {
    let (alpha_pass, alpha_pass_last) = pass_errors(&gate);
    let GateFile {
        mismatch, units, soak, coverage, latency, errors, noise, staleness, drops, seeding, ..
    } = gate;
    let waived = coverage.waived.into_iter().map(|waived| Some((waived.cell?, waived.why?)));
    let empty_is_evidence = match gate.empty_is_evidence {
        Some(given) => Some(given.why?),
        None => None,
    };
    Some(Criteria {
        mismatch: Mismatch {
            max: mismatch.max,
            exposure_budget: mismatch.exposure_budget,
            cap: mismatch.cap,
            floor: mismatch.floor,
            abort_factor: mismatch.abort_factor,
            alpha_pass,
            alpha_pass_last,
            alpha_fail: mismatch.alpha_fail,
            arl: mismatch.arl,
            most_alpha: mismatch.most_alpha,
            stage_units: mismatch.stage_units as u64,
        },
        units: Units { per_key: u8::try_from(units.per_key).unwrap_or(u8::MAX), per_route: units.per_route },
        soak: Soak {
            incident_interval: soak.incident_interval,
            alpha: soak.alpha,
            block: soak.block,
            warn_level: soak.warn_level,
            hours_of_day: u8::try_from(soak.hours_of_day).unwrap_or(u8::MAX),
            stale_after: soak.stale_after,
        },
        coverage: Coverage {
            share: coverage.share,
            units: coverage.units as u64,
            small_units: coverage.small_units as u64,
            verified: coverage.verified,
            unseen: coverage.unseen,
            alpha: coverage.alpha,
            waived: waived.collect::<Option<_>>()?,
        },
        latency: Latency {
            quantiles: latency.quantiles,
            slack: latency.slack,
            samples: latency.samples as u64,
            alpha_pass: latency.alpha_pass,
            alpha_fail: latency.alpha_fail,
        },
        errors: Errors {
            floor: errors.floor,
            old_factor: errors.old_factor,
            arl: errors.arl,
            ratio: errors.ratio,
            relative_arl: errors.relative_arl,
            alpha: errors.alpha,
        },
        noise: Noise { alpha: noise.alpha, masked: noise.masked },
        staleness: Staleness {
            budget: staleness.budget,
            rate: staleness.rate,
            transient: staleness.transient,
            indeterminate: staleness.indeterminate,
            alpha: staleness.alpha,
        },
        drops: Drops {
            max: drops.max,
            block: drops.block,
            gamma: drops.gamma,
            stratum_compared: drops.stratum_compared,
            alpha: drops.alpha,
            alpha_bias: drops.alpha_bias,
        },
        seeding: Seeding { one_in: u32::try_from(seeding.one_in).unwrap_or(u32::MAX) },
        empty_is_evidence,
    })
}

/// How often a pass may be wrong: before the last two advances, and in them.
fn pass_errors(gate: &GateFile) -> (f64, f64) {
    let standard = Mismatch::default();
    let mismatch = &gate.mismatch;
    let last = mismatch.confidence_last.or(mismatch.confidence);
    (mismatch.confidence.unwrap_or(standard.alpha_pass), last.unwrap_or(standard.alpha_pass_last))
}

/// Above this a single mismatch among the very first comparisons proves a breach: statistics 1.1.
const HASTY_ALPHA_FAIL: f64 = 0.0175;

/// `at`: the path of the rollout.
pub fn check(at: &str, rollout: &RolloutFile, file: &File, reader: &mut Reader) {
    let at = format!("{at}.gate");
    never(&at, &rollout.gate, reader);
    quantiles(&at, &rollout.gate, reader);
    doubtful(&at, rollout, file, reader);
}

/// Tells of gates that could never pass, whatever the evidence.
fn never(at: &str, gate: &GateFile, reader: &mut Reader) {
    let mut problem = |key: &str, message: String| reader.problem_at(&format!("{at}.{key}"), message);
    let mismatch = &gate.mismatch;
    if mismatch.max == Some(0.0) {
        problem("mismatch.max", never_passes("no number of comparisons proves that nothing ever differs"));
    }
    if mismatch.floor == 0.0 {
        problem("mismatch.floor", never_passes("no number of comparisons proves a bound of 0%"));
    }
    if mismatch.floor > mismatch.cap {
        problem("mismatch.floor", "is more than `cap`".to_owned());
    }
    let (pass, last) = pass_errors(gate);
    if pass.max(last) > mismatch.most_alpha {
        problem("mismatch.most_alpha", never_passes("a first pass may be wrong more often than this"));
    }
    if mismatch.stage_units > gate.units.per_route {
        problem("mismatch.stage_units", never_passes("is more than `units.per_route` can count"));
    }
    let rates = [
        ("coverage.unseen", gate.coverage.unseen),
        ("staleness.rate", gate.staleness.rate),
        ("staleness.transient", gate.staleness.transient),
        ("staleness.indeterminate", gate.staleness.indeterminate),
        ("drops.max", gate.drops.max),
    ];
    for (key, _) in rates.iter().filter(|(_, rate)| *rate == 0.0) {
        problem(key, never_passes("no number of reads proves a rate of 0%"));
    }
    if gate.errors.floor == 0.0 {
        problem(
            "errors.floor",
            never_passes("while old does not fail, no number of replies proves a rate of 0%"),
        );
    }
    if gate.drops.block < gate.drops.max {
        problem("drops.block", "is less than `max`: what may be missing would block".to_owned());
    }
}

fn never_passes(why: &str) -> String {
    format!("can never pass: {why}")
}

fn quantiles(at: &str, gate: &GateFile, reader: &mut Reader) {
    let path = format!("{at}.latency.quantiles");
    let quantiles = &gate.latency.quantiles;
    for (place, quantile) in quantiles.iter().enumerate() {
        let path = format!("{path}[{place}]");
        if quantile.abort <= quantile.pass {
            reader.problem_at(&path, "`abort` is not more than `pass`: what passes would be a breach");
        }
        if quantiles.iter().take(place).any(|before| before.q == quantile.q) {
            reader.problem_at(&path, "this quantile is given a second time");
        }
    }
}

/// Warns of gates that are allowed and probably not meant.
fn doubtful(at: &str, rollout: &RolloutFile, file: &File, reader: &mut Reader) {
    let gate = &rollout.gate;
    let mut warn = |key: &str, message: &str| reader.warn_at(&format!("{at}.{key}"), message);
    if gate.mismatch.alpha_fail > HASTY_ALPHA_FAIL {
        warn("mismatch.alpha_fail", "is more than 1.75%: one mismatch among the first reads is a breach");
    }
    if gate.mismatch.max.is_some_and(|max| max > gate.mismatch.cap) {
        warn("mismatch.max", "is more than `cap`, which does not hold here");
    }
    if !rollout.stages.iter().copied().any(Stage::is_live) {
        return;
    }
    if gate.seeding.one_in == 0 {
        warn(
            "seeding.one_in",
            "nothing is planted: a comparison that sees no differences would not be noticed",
        );
    }
    if gate.coverage.verified == 0.0 && gate.mismatch.stage_units == 0 {
        warn("coverage.verified", "nothing of any kind of traffic has to be compared on a stage");
    }
    let delays = &file.recheck.delays;
    if delays.is_empty() {
        warn(
            "mismatch",
            "mismatches are never read again (`recheck.delays`): lag counts like any other difference",
        );
    } else if delays.last().is_some_and(|last| gate.staleness.budget > *last) {
        warn(
            "staleness.budget",
            "is longer than the last of `recheck.delays`: nothing is read again that late",
        );
    }
}
