//! What a gate says: pass, hold or breach, and every condition with what is missing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::words;
use crate::domain::plan::Stage;

/// One decision about one advance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub call: Call,
    pub from: Stage,
    /// The stage it is about; `None` on the last one, where only breaches matter.
    pub to: Option<Stage>,
    pub at_millis: u64,
    /// All of them, met or not; the worst first.
    pub conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Pass,
    Hold,
    Breach,
}

/// What a condition is about. Closed: a label of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Mismatch,
    Requests,
    Restarts,
    StageUnits,
    Soak,
    HoursOfDay,
    Coverage,
    Unseen,
    Latency,
    Errors,
    Staleness,
    Indeterminate,
    Drops,
    DropBias,
    Shed,
    Noise,
    Masked,
    SampleRatio,
    Seeded,
    Probes,
    Invariants,
    Aggregates,
    Build,
    HoldTime,
    Freeze,
    Approval,
    Drill,
    Latch,
    Store,
}

/// How one condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Met,
    /// Time and traffic may still meet it.
    Unmet,
    /// Waiting will not help: somebody has to look.
    Blocked,
    Breached,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub measure: Measure,
    /// `None` where it is about the rollout as a whole.
    pub route: Option<String>,
    pub standing: Standing,
    /// What there is and what is needed, in the unit `says` names; both 0 where numbers say nothing.
    pub have: f64,
    pub need: f64,
    /// When it will be met, at the present rate.
    pub eta: Option<Duration>,
    /// The whole of it in words: `get-user: 3,514 of 5,236 distinct reads without a mismatch`.
    pub says: String,
}

impl Call {
    pub const ALL: [Call; 3] = [Call::Pass, Call::Hold, Call::Breach];

    pub const fn name(self) -> &'static str {
        match self {
            Call::Pass => "pass",
            Call::Hold => "hold",
            Call::Breach => "breach",
        }
    }
}

impl Measure {
    pub const ALL: [Measure; 29] = [
        Measure::Mismatch,
        Measure::Requests,
        Measure::Restarts,
        Measure::StageUnits,
        Measure::Soak,
        Measure::HoursOfDay,
        Measure::Coverage,
        Measure::Unseen,
        Measure::Latency,
        Measure::Errors,
        Measure::Staleness,
        Measure::Indeterminate,
        Measure::Drops,
        Measure::DropBias,
        Measure::Shed,
        Measure::Noise,
        Measure::Masked,
        Measure::SampleRatio,
        Measure::Seeded,
        Measure::Probes,
        Measure::Invariants,
        Measure::Aggregates,
        Measure::Build,
        Measure::HoldTime,
        Measure::Freeze,
        Measure::Approval,
        Measure::Drill,
        Measure::Latch,
        Measure::Store,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Measure::Mismatch => "mismatch",
            Measure::Requests => "requests",
            Measure::Restarts => "restarts",
            Measure::StageUnits => "stage_units",
            Measure::Soak => "soak",
            Measure::HoursOfDay => "hours_of_day",
            Measure::Coverage => "coverage",
            Measure::Unseen => "unseen",
            Measure::Latency => "latency",
            Measure::Errors => "errors",
            Measure::Staleness => "staleness",
            Measure::Indeterminate => "indeterminate",
            Measure::Drops => "drops",
            Measure::DropBias => "drop_bias",
            Measure::Shed => "shed",
            Measure::Noise => "noise",
            Measure::Masked => "masked",
            Measure::SampleRatio => "sample_ratio",
            Measure::Seeded => "seeded",
            Measure::Probes => "probes",
            Measure::Invariants => "invariants",
            Measure::Aggregates => "aggregates",
            Measure::Build => "build",
            Measure::HoldTime => "hold_time",
            Measure::Freeze => "freeze",
            Measure::Approval => "approval",
            Measure::Drill => "drill",
            Measure::Latch => "latch",
            Measure::Store => "store",
        }
    }
}

impl Condition {
    /// What it says, and when it will be met.
    pub fn told(&self) -> String {
        match (self.standing, self.eta) {
            (Standing::Blocked, _) => format!("{} (waiting does not help)", self.says),
            (Standing::Unmet, Some(eta)) => format!("{}; about {} more", self.says, words::span(eta)),
            _ => self.says.clone(),
        }
    }
}

impl Decision {
    /// Conditions that are not met.
    pub fn unmet(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|condition| condition.standing != Standing::Met)
    }

    /// Why it is a breach, in words.
    pub fn breach_words(&self) -> String {
        let breached = self.conditions.iter().filter(|condition| condition.standing == Standing::Breached);
        let says: Vec<_> = breached.map(|condition| condition.says.as_str()).collect();
        if says.is_empty() { "the gate was breached".to_owned() } else { says.join("; ") }
    }

    /// What is not met, in words, with when it will be.
    pub fn unmet_words(&self) -> Vec<String> {
        self.unmet().map(Condition::told).collect()
    }

    /// When everything will be met at the present rate; `None` where something has no such time.
    pub fn eta(&self) -> Option<Duration> {
        self.unmet().try_fold(Duration::ZERO, |so_far, condition| Some(so_far.max(condition.eta?)))
    }

    /// The whole of it in one line: how much is missing, and what comes next.
    pub fn headline(&self) -> String {
        match (self.call, self.unmet().next()) {
            (Call::Breach, _) => format!("breach: {}", self.breach_words()),
            (Call::Hold, Some(next)) => format!("{}; next: {}", self.counted(), next.told()),
            _ => self.counted(),
        }
    }

    /// The same for where what is missing stands below it: how much that is, and when all of it will be there.
    pub fn summary(&self) -> String {
        match (self.call, self.eta()) {
            (Call::Hold, Some(eta)) if !eta.is_zero() => {
                format!("{}; about {} until all are", self.counted(), words::span(eta))
            }
            _ => self.counted(),
        }
    }

    fn counted(&self) -> String {
        let (all, unmet) = (self.conditions.len(), self.unmet().count());
        let of_all = words::counted(all as u64, "condition", "conditions");
        let last = if self.to.is_none() { "the last stage, " } else { "" };
        let is = if unmet == 1 { "is" } else { "are" };
        match (self.call, self.to) {
            (Call::Breach, _) => format!("breach: {last}{unmet} of {of_all} {is} not met"),
            (Call::Pass, Some(to)) => format!("pass: {of_all} for {to}, all met"),
            (Call::Pass, None) => format!("pass: {last}{of_all}, all met"),
            (Call::Hold, _) if unmet == 0 => "hold: nothing is known yet".to_owned(),
            (Call::Hold, _) => format!("hold: {last}{unmet} of {of_all} {is} not met"),
        }
    }
}
