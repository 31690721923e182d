//! The evidence of one route as a gate sees it: sums, nothing to be looked up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything about one route at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub route: String,
    /// Of the requests of the rollout in this epoch, 0 to 1.
    pub share: f64,
    /// Since when the evidence of this epoch is collected.
    pub since_millis: u64,
    /// Began anew so many times without a change.
    pub restarts: u32,
    pub units: UnitCounts,
    /// Mean units a second over the last minutes; for estimates only.
    pub units_per_second: f64,
    pub requests_per_second: f64,
    /// Matches that prove nothing.
    pub vacuous: u64,
    pub levels: DetectorLevels,
    pub cells: Vec<CellSummary>,
    /// Requests in cells that were not told apart any more.
    pub cells_lost: u64,
    pub novelty: Novelty,
    pub latency: Vec<LatencySummary>,
    pub errors: ErrorSummary,
    pub staleness: StalenessSummary,
    pub drops: DropSummary,
    pub soak: SoakSummary,
    pub seeded: Seeded,
    pub masked: f64,
    /// Paths where new differs more than old from itself, in words.
    pub excess: Vec<String>,
    /// Keys first seen on new and on old at this stage (statistics 9).
    pub assigned: Odds,
    /// The configured share of the stage, 0 to 1; the realised one is in `errors`.
    pub configured: f64,
    /// Two builds of a side answer at the same time, in words.
    pub builds_mixed: Option<String>,
    pub probes: Watched,
    pub invariants: Watched,
    pub aggregates: Watched,
}

/// Statistics 1.1 and 2.1. Units are distinct data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnitCounts {
    /// Up to the watermark: what a pass goes by.
    pub settled: Confirmed,
    /// As each became final: what a breach goes by.
    pub known: Confirmed,
    /// In the present stage.
    pub stage: Confirmed,
    /// Units that matched first and differed later.
    pub flaky: u64,
    /// Beyond the bound of the set, and so not counted.
    pub unheld: u64,
    /// Requests, repeats included: all and mismatching.
    pub requests: Confirmed,
    pub indeterminate: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    pub n: u64,
    /// Mismatches among them.
    pub k: u64,
}

/// `ln M` of the detectors (P3), the highest since the stage began where it says so.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DetectorLevels {
    /// Units against `p_abort`.
    pub units: f64,
    /// Requests against ten times that.
    pub requests: f64,
    /// Still different at the staleness budget.
    pub early: f64,
    /// Different at first sight.
    pub raw: f64,
    pub errors: f64,
    pub errors_relative: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellSummary {
    pub text: String,
    pub share: f64,
    pub units: u64,
    pub mismatches: u64,
}

/// Since the stage began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Novelty {
    pub requests: u64,
    pub new_cells: u64,
}

/// Events for and against new (P2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Odds {
    pub b: u64,
    pub c: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LatencySummary {
    pub q: f64,
    /// Old's at the beginning of the stage; `None` before there are enough samples.
    pub threshold: Option<Duration>,
    /// Samples of old so far, while there is no threshold.
    pub samples: u64,
    pub pass: Odds,
    pub abort: Odds,
    /// As measured now, for display.
    pub old: Option<Duration>,
    pub new: Option<Duration>,
}

/// Live requests at the present stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ErrorSummary {
    pub new_served: u64,
    pub new_failed: u64,
    pub rescued: u64,
    pub old_served: u64,
    pub old_failed: u64,
    /// The bound of new's rate.
    pub p0: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StalenessSummary {
    /// Comparisons that are final.
    pub finals: u64,
    pub late: u64,
    pub transient: u64,
    pub indeterminate: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropSummary {
    pub intended: u64,
    pub dropped: u64,
    /// Dropped ones slower than old's p90, and the others.
    pub slow: Odds,
    /// Larger than old's p90.
    pub large: Odds,
    /// The share of strata, weighted, in which less than half was compared, in parts per million.
    pub thin_ppm: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoakSummary {
    /// At this stage with comparisons arriving.
    pub active: Duration,
    pub incidents: u64,
    /// Units by hour of the day (UTC), in this epoch.
    pub hours: [u64; 24],
    /// Time since the last comparison that counted.
    pub idle: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeded {
    pub planted: u64,
    pub missed: u64,
}

/// Something that is watched beside the comparison: probes, invariants, aggregates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// How many are configured; 0: nothing is asked.
    pub configured: u64,
    pub checked: u64,
    pub failed: u64,
    /// When it was last checked.
    pub at_millis: Option<u64>,
    /// What failed last, in words.
    pub says: Option<String>,
}
