//! What a gate asks for. Every number of it can be set; the defaults are those of the statistics, section 10.

use std::time::Duration;

use crate::domain::evidence::CellSummary;

/// The criteria of one rollout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Criteria {
    pub mismatch: Mismatch,
    pub units: Units,
    pub soak: Soak,
    pub coverage: Coverage,
    pub latency: Latency,
    pub errors: Errors,
    pub noise: Noise,
    pub staleness: Staleness,
    pub drops: Drops,
    pub seeding: Seeding,
    /// Why a match of two empty replies is evidence here; `None`: it is not.
    pub empty_is_evidence: Option<String>,
}

/// Statistics 1.1.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The most mismatches per read that may be tolerated, instead of what follows from the budget.
    pub max: Option<f64>,
    /// The part of all reads that may get wrong data: the bound of a stage is this over its share.
    pub exposure_budget: f64,
    pub cap: f64,
    pub floor: f64,
    /// A breach is proven above so many times the bound.
    pub abort_factor: f64,
    /// The error a pass may have, before the last two advances and in them.
    pub alpha_pass: f64,
    pub alpha_pass_last: f64,
    pub alpha_fail: f64,
    /// The least mean number of comparisons to a false alarm.
    pub arl: f64,
    /// (restarts + 1)·α may not be above this.
    pub most_alpha: f64,
    /// Units that have to be compared in the present stage itself, whatever was seen before.
    pub stage_units: u64,
}

impl Default for Mismatch {
    fn default() -> Mismatch {
        Mismatch {
            max: None,
            exposure_budget: 1e-5,
            cap: 1e-2,
            floor: 1e-6,
            abort_factor: 5.0,
            alpha_pass: 0.05,
            alpha_pass_last: 0.01,
            alpha_fail: 0.01,
            arl: 1e6,
            most_alpha: 0.10,
            stage_units: 1_000,
        }
    }
}

/// Statistics 2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units {
    pub per_key: u8,
    pub per_route: usize,
}

impl Default for Units {
    fn default() -> Units {
        Units { per_key: 20, per_route: 5_000_000 }
    }
}

/// Statistics 2.5.
#[derive(Clone, Debug, PartialEq)]
pub struct Soak {
    /// Claimed before an advance: fewer than one incident in this time. `None`: the times of the statistics, by the
    /// share that is advanced to.
    pub incident_interval: Option<Duration>,
    pub alpha: f64,
    pub block: Duration,
    /// A block in which a detector reaches this is an incident.
    pub warn_level: f64,
    /// Hours of the day with traffic, before a quarter of reads and more.
    pub hours_of_day: u8,
    /// Evidence to which nothing was added for so long is stale.
    pub stale_after: Duration,
}

impl Default for Soak {
    fn default() -> Soak {
        Soak {
            incident_interval: None,
            alpha: 0.05,
            block: Duration::from_secs(300),
            warn_level: 1e3,
            hours_of_day: 20,
            stale_after: Duration::from_secs(600),
        }
    }
}

/// Statistics 3.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Cells with at least this share of the traffic need `units` each.
    pub share: f64,
    pub units: u64,
    pub small_units: u64,
    /// The share of the traffic in cells with enough units.
    pub verified: f64,
    /// The most of the traffic that may be of kinds never seen.
    pub unseen: f64,
    pub alpha: f64,
    /// Cells that need nothing, by their text, each with a reason.
    pub waived: Vec<(String, String)>,
}

impl Coverage {
    /// Units that a cell has to have: none where it is waived.
    pub fn needed(&self, cell: &CellSummary) -> u64 {
        match () {
            () if self.waived.iter().any(|(text, _)| *text == cell.text) => 0,
            () if cell.share >= self.share => self.units,
            () => self.small_units,
        }
    }
}

impl Default for Coverage {
    fn default() -> Coverage {
        Coverage {
            share: 1e-3,
            units: 352,
            small_units: 36,
            verified: 0.995,
            unseen: 1e-3,
            alpha: 0.05,
            waived: Vec::new(),
        }
    }
}

/// Statistics 4.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// Empty: latency is not asked for.
    pub quantiles: Vec<Quantile>,
    /// What new may be slower whatever the quantile.
    pub slack: Duration,
    /// Of old, before thresholds are taken.
    pub samples: u64,
    pub alpha_pass: f64,
    pub alpha_fail: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    pub q: f64,
    /// How much slower new may be to pass: 0.1 is a tenth.
    pub pass: f64,
    /// Proven slower than this is a breach.
    pub abort: f64,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency {
            quantiles: vec![
                Quantile { q: 0.5, pass: 0.10, abort: 0.25 },
                Quantile { q: 0.9, pass: 0.15, abort: 0.40 },
                Quantile { q: 0.99, pass: 0.20, abort: 0.50 },
            ],
            slack: Duration::from_millis(2),
            samples: 10_000,
            alpha_pass: 0.05,
            alpha_fail: 0.01,
        }
    }
}

/// Statistics 5.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    pub floor: f64,
    pub old_factor: f64,
    pub arl: f64,
    pub ratio: f64,
    /// In error events.
    pub relative_arl: f64,
    pub alpha: f64,
}

impl Default for Errors {
    fn default() -> Errors {
        Errors { floor: 0.002, old_factor: 2.0, arl: 1e6, ratio: 1.5, relative_arl: 1e4, alpha: 0.05 }
    }
}

/// Statistics 6.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    pub alpha: f64,
    /// The share of compared leaves that rules may forgive unseen.
    pub masked: f64,
}

impl Default for Noise {
    fn default() -> Noise {
        Noise { alpha: 0.01, masked: 0.05 }
    }
}

/// Statistics 7.
#[derive(Clone, Debug, PartialEq)]
pub struct Staleness {
    /// New may lag so long.
    pub budget: Duration,
    /// The rate of reads that had not healed by then.
    pub rate: f64,
    pub transient: f64,
    pub indeterminate: f64,
    pub alpha: f64,
}

impl Default for Staleness {
    fn default() -> Staleness {
        Staleness {
            budget: Duration::from_secs(2),
            rate: 1e-4,
            transient: 1e-2,
            indeterminate: 1e-2,
            alpha: 0.05,
        }
    }
}

/// Statistics 8: what was to be mirrored and was not.
#[derive(Clone, Debug, PartialEq)]
pub struct Drops {
    pub max: f64,
    /// Proven above this, waiting does not help.
    pub block: f64,
    /// So many times as bad as the others the dropped ones may be.
    pub gamma: f64,
    pub stratum_compared: f64,
    pub alpha: f64,
    /// Of the bias test.
    pub alpha_bias: f64,
}

impl Default for Drops {
    fn default() -> Drops {
        Drops { max: 0.01, block: 0.05, gamma: 10.0, stratum_compared: 0.5, alpha: 0.05, alpha_bias: 0.01 }
    }
}

/// Differences the program plants itself, to see that it finds them.
#[derive(Clone, Debug, PartialEq)]
pub struct Seeding {
    /// One in so many comparisons; 0 for none.
    pub one_in: u32,
}

impl Default for Seeding {
    fn default() -> Seeding {
        Seeding { one_in: 10_000 }
    }
}
