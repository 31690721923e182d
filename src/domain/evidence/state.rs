//! Everything a book keeps but the set of units: what is written down, and read again after a restart.

use serde::{Deserialize, Serialize};

use super::{
    Bounds, DetectorLevels, Looked, Seeded, Settings, Summary, Totals, Watched,
    alarms::Alarms,
    builds::Builds,
    callers::Callers,
    census::Census,
    comparisons::Comparisons,
    drops::Drops,
    failures::{Failures, Hours},
    pace::Pace,
    soak::Soak,
    timing::Timing,
};
use crate::domain::outcome::{Outcome, Verdict};

/// Of what is written down. Another version is not read: the evidence begins anew.
const VERSION: u32 = 1;
/// Highs of the detectors are told for at least so long.
const HIGHS_MILLIS: u64 = 60_000;
/// No count and no time ever comes so far; sums of those below cannot overflow.
const MOST: u64 = 1 << 53;
/// Members whose numbers are hashes, or marks of them.
const HASHES: [&str; 6] = ["awaited", "cell", "cells", "current", "seen", "texts"];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    version: u32,
    pub since_millis: u64,
    /// Time as last told; it never goes back.
    pub now_millis: u64,
    highs_since_millis: u64,
    pub restarts: u32,
    pub totals: Totals,
    pub comparisons: Comparisons,
    pub failures: Failures,
    pub census: Census,
    pub timing: Timing,
    pub drops: Drops,
    pub soak: Soak,
    pub pace: Pace,
    pub callers: Callers,
    pub builds: Builds,
    pub seeded: Seeded,
    pub probes: Watched,
}

impl State {
    pub fn new(settings: &Settings, bounds: Bounds, now_millis: u64) -> State {
        let criteria = &settings.criteria;
        let mut state = State {
            version: VERSION,
            since_millis: now_millis,
            now_millis,
            highs_since_millis: now_millis,
            restarts: 0,
            totals: Totals::default(),
            comparisons: Comparisons::new(Alarms::new(criteria, bounds, None)),
            failures: Failures::new(&criteria.errors, settings.share, Hours::default(), now_millis),
            census: Census::default(),
            timing: Timing::default(),
            drops: Drops::default(),
            soak: Soak::new(settings.criteria.soak.block, now_millis),
            pace: Pace::new(now_millis),
            callers: Callers::default(),
            builds: Builds::default(),
            seeded: Seeded::default(),
            probes: Watched::default(),
        };
        state.timing.stage_began(&criteria.latency);
        state.drops.stage_began();
        state.turn_rooms(settings);
        state.comparisons.begin(now_millis, settings.settles_after);
        state
    }

    /// As new, but for what is no evidence about new: what kinds of requests are called, and how old does, where it
    /// is still the same old.
    pub fn begin_anew(&mut self, settings: &Settings, bounds: Bounds, same_old: bool) {
        let fresh = State::new(settings, bounds, self.now_millis);
        let mut before = std::mem::replace(self, fresh);
        before.census.begin_anew();
        self.census = before.census;
        self.builds = before.builds;
        if same_old {
            let hours = before.failures.into_hours();
            self.failures = Failures::new(&settings.criteria.errors, settings.share, hours, self.now_millis);
            self.timing.takes_old_of(before.timing, &settings.criteria.latency);
            self.drops.takes_old_of(before.drops);
        }
    }

    /// What counts per stage begins anew.
    pub fn stage_began(&mut self, settings: &Settings, bounds: Bounds) {
        let raw = self.comparisons.raw;
        let raw_before = (raw.n > 0).then(|| raw.k as f64 / raw.n as f64);
        self.comparisons.stage_began(Alarms::new(&settings.criteria, bounds, raw_before));
        let hours = self.failures.clone().into_hours();
        self.failures = Failures::new(&settings.criteria.errors, settings.share, hours, self.now_millis);
        self.census.stage_began();
        self.timing.stage_began(&settings.criteria.latency);
        self.drops.stage_began();
        self.soak.stage_began(self.now_millis);
        self.callers = Callers::default();
    }

    /// Whether there is anything that another build would bring to nothing.
    pub fn has_evidence(&self) -> bool {
        self.totals != Totals::default()
    }

    /// A second has passed.
    pub fn turn_rooms(&mut self, settings: &Settings) {
        let (criteria, now_millis) = (&settings.criteria, self.now_millis);
        self.timing.turn(&criteria.latency, now_millis);
        self.drops.turn(now_millis);
        self.soak.turn(now_millis);
        let warned = self.comparisons.take_warned() >= criteria.soak.warn_level.ln();
        let failing = self.failures.take_reached() >= criteria.errors.arl.ln();
        if warned || failing || self.timing.fails(&criteria.latency) {
            self.soak.incident(criteria.soak.block, now_millis);
        }
        if now_millis.saturating_sub(self.highs_since_millis) >= HIGHS_MILLIS {
            self.highs_since_millis = now_millis;
            self.comparisons.alarms.turn();
            self.failures.turn_minute();
        }
    }

    fn levels(&self) -> DetectorLevels {
        DetectorLevels {
            errors: self.failures.absolute.highest(),
            errors_relative: self.failures.relative.highest(),
            ..self.comparisons.alarms.levels()
        }
    }

    pub fn summary(&self, settings: &Settings, route_share: f64, now_millis: u64) -> Summary {
        let now_millis = now_millis.max(self.now_millis);
        let (requests_per_second, units_per_second) = self.pace.a_second(now_millis);
        Summary {
            route: settings.route.clone(),
            share: route_share,
            bounds: self.comparisons.alarms.bounds(),
            looked: self.census.requests(),
            since_millis: self.since_millis,
            restarts: self.restarts,
            units: self.comparisons.summary(),
            units_per_second,
            requests_per_second,
            vacuous: self.totals.vacuous,
            levels: self.levels(),
            cells: self.census.cells(),
            cells_lost: self.census.lost(),
            novelty: self.census.novelty(),
            unseen: self.census.unseen(),
            totals: self.totals,
            latency: self.timing.summary(&settings.criteria.latency),
            errors: self.failures.summary(),
            staleness: self.comparisons.staleness(),
            drops: self.drops.summary(settings.criteria.drops.stratum_compared),
            soak: self.soak.summary(now_millis),
            seeded: self.seeded,
            assigned: self.callers.odds(),
            configured: settings.share,
            builds_mixed: self.builds.mixed(now_millis),
            probes: self.probes.clone(),
            ..Summary::default()
        }
    }

    pub fn keep(&self) -> serde_json::Value {
        // Nothing of it refuses to be written; if it did, it could not be read again either.
        serde_json::to_value(self).unwrap_or_default()
    }

    pub fn read(kept: &serde_json::Value) -> Option<State> {
        let state = State::deserialize(kept).ok().filter(|state| state.version == VERSION)?;
        is_possible(kept, "").then_some(state)
    }
}

/// Whether a book can have come to these numbers: what was damaged says more than any book can. `member`: the nearest
/// one around.
fn is_possible(kept: &serde_json::Value, member: &str) -> bool {
    match kept {
        serde_json::Value::Number(number) => {
            HASHES.contains(&member) || number.as_u64().is_none_or(|number| number < MOST)
        }
        serde_json::Value::Array(all) => all.iter().all(|value| is_possible(value, member)),
        serde_json::Value::Object(all) => all.iter().all(|(member, value)| is_possible(value, member)),
        _ => true,
    }
}

impl Totals {
    pub fn see(&mut self, looked: &Looked) {
        let row = match (looked.outcome, looked.outcome.verdict()) {
            (Outcome::ExactVacuous | Outcome::EqualVacuous, _) => &mut self.vacuous,
            (_, Verdict::Match) => &mut self.matched,
            (_, Verdict::Forgiven) => &mut self.forgiven,
            (_, Verdict::Mismatch) => &mut self.mismatched,
            (_, Verdict::Incomparable) => &mut self.incomparable,
            (_, Verdict::Unpaired) => &mut self.unpaired,
        };
        *row += 1;
    }
}

impl Watched {
    /// A probe was run.
    pub fn ran(&mut self, failed: Option<&str>, at_millis: u64) {
        self.checked += 1;
        self.failed = u64::from(failed.is_some());
        self.at_millis = Some(at_millis);
        self.says = failed.map(str::to_owned);
    }
}
