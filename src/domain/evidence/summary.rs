//! The evidence of one route as a gate sees it: sums, nothing to be looked up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Bounds;

/// Everything about one route at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub route: String,
    /// Of the reads of the rollout in this epoch, 0 to 1, as the controller last measured it (`Book::share_measured`);
    /// 0 where it has not.
    pub share: f64,
    /// What the detectors of this stage go by: fixed when it began, from the share there was then.
    pub bounds: Bounds,
    /// Reads of the epoch, mirrored or not.
    pub looked: u64,
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
    pub unseen: Unseen,
    /// All reads of the epoch by what came of them, as the account has it: for display and records.
    pub totals: Totals,
    pub latency: Vec<LatencySummary>,
    pub errors: ErrorSummary,
    pub staleness: StalenessSummary,
    pub drops: DropSummary,
    pub soak: SoakSummary,
    pub seeded: Seeded,
    /// The share of what is compared that rules leave out; `None`: it is not measured.
    pub masked: Option<f64>,
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
    /// Up to the watermark, before which every comparison is final: what a pass goes by. Units that differed after
    /// they had matched (`flaky`) are in `k` here.
    pub settled: Confirmed,
    /// As each became final: what a breach goes by. A match at once, a mismatch once it has been read again, and at
    /// once where new failed to answer.
    pub known: Confirmed,
    /// As `known`, of requests planned in the present stage.
    pub stage: Confirmed,
    /// Units that matched first and differed later.
    pub flaky: u64,
    /// Looks at units for which the set had no room: matches among them count nothing, mismatches each time.
    pub unheld: u64,
    /// Looks at further units of keys that had as many as count: nothing of them counts.
    pub beyond_key: u64,
    /// Requests, repeats included: all and mismatching. What is being read again is in neither.
    pub requests: Confirmed,
    /// Of those that mismatch, where an hour halves what a request weighs; for display alone.
    pub lately: Option<f64>,
    /// Units of which it could not be told whether they agree: races without an end, and bodies that cannot be read.
    /// In no other count of these; the same number as in `staleness`.
    pub indeterminate: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    pub n: u64,
    /// Mismatches among them.
    pub k: u64,
}

/// `ln M` of the detectors (P3): the highest of the last one to two minutes, so that no alarm is missed between two
/// looks and none outlasts its cause. All begin anew with a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DetectorLevels {
    /// Units against `bounds.abort`.
    pub units: f64,
    /// Requests against ten times that.
    pub requests: f64,
    /// First looks still different at the staleness budget, against `bounds.abort` and twice the stale rate.
    pub early: f64,
    /// First looks different at first sight, against ten times `bounds.abort`, or five times what was usual in the
    /// stage before.
    pub raw: f64,
    /// Live reads planned for new that it failed, against `errors.p0`.
    pub errors: f64,
    /// Who failed, new or old, against the tolerated ratio; its alarm level is in error events.
    pub errors_relative: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellSummary {
    pub text: String,
    pub share: f64,
    /// Distinct data compared, and how much of it differed.
    pub units: u64,
    pub mismatches: u64,
}

/// Guesses about kinds of requests never seen. For people: a gate goes by `Novelty`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Unseen {
    /// The share of requests of kinds never seen, and about the most it is at 95 %.
    pub missing: f64,
    pub missing_at_most: f64,
    pub kinds: u64,
    pub kinds_at_least: f64,
}

/// Requests by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub matched: u64,
    pub vacuous: u64,
    pub forgiven: u64,
    pub mismatched: u64,
    pub incomparable: u64,
    pub unpaired: u64,
}

/// Reads since the stage began, and those among them of a kind that this epoch had not seen.
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
    /// Of old in the last day or two.
    pub samples: u64,
    pub pass: Odds,
    pub abort: Odds,
    /// As measured now, for display.
    pub old: Option<Duration>,
    pub new: Option<Duration>,
    /// Where the true quantile lies, at 95 % and at every look.
    pub old_range: Option<[Duration; 2]>,
    pub new_range: Option<[Duration; 2]>,
}

/// Live requests at the present stage, by whom they were planned for. A failure that old made good is new's all the
/// same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ErrorSummary {
    pub new_served: u64,
    pub new_failed: u64,
    pub rescued: u64,
    pub old_served: u64,
    pub old_failed: u64,
    /// The bound of new's rate, fixed when the stage began.
    pub p0: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StalenessSummary {
    /// Units of which the comparison is final, in this epoch.
    pub finals: u64,
    /// Still different when the staleness budget was over, and healed later or not known to stay different.
    pub late: u64,
    /// Healed by being read again: lag.
    pub transient: u64,
    /// Among `finals`.
    pub indeterminate: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DropSummary {
    /// Reads of this stage that were to be compared, and those that were shed or too large.
    pub intended: u64,
    pub dropped: u64,
    /// Dropped ones slower than old's p90, and the others.
    pub slow: Odds,
    /// Larger than old's p90.
    pub large: Odds,
    /// The share of strata, weighted, in which less than half was compared, in parts per million.
    pub thin_ppm: u32,
    /// Mismatches at first sight per request, set right for what was dropped; `None` where it cannot be.
    pub post_stratified: Option<f64>,
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
    /// Of probes: whether the last check failed.
    pub failed: u64,
    /// When it was last checked.
    pub at_millis: Option<u64>,
    /// What failed last, in words.
    pub says: Option<String>,
}
