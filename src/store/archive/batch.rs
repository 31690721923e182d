//! What is handed in besides moves: evidence, and rows for people.

use crate::domain::plan::Stage;

/// The evidence of one route as it was last written.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptEvidence {
    pub route: String,
    /// Of what the evidence is about: builds, rules, routes.
    pub epoch: String,
    pub state: serde_json::Value,
    pub units: Vec<u64>,
}

/// What is written of one route every few seconds. Who begins the evidence of an epoch anew has it forgotten first.
#[derive(Clone, Debug)]
pub struct EvidenceBatch {
    pub route: String,
    pub epoch: String,
    pub stage: Stage,
    pub at_millis: u64,
    pub state: serde_json::Value,
    /// Since the batch before.
    pub new_units: Vec<u64>,
    pub minute: Minute,
}

/// The counts of one minute so far, by route, stage, epoch and instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Since 1970.
    pub minute: u64,
    pub requests: u64,
    pub compared: u64,
    pub matched: u64,
    pub forgiven: u64,
    pub mismatched: u64,
    pub vacuous: u64,
    pub dropped: u64,
    pub new_served: u64,
    pub new_failed: u64,
    pub rescued: u64,
    pub units: u64,
}

/// Rows for people, beside the evidence. Best effort.
#[derive(Clone, Debug)]
pub enum Row {
    /// Requests since the program started.
    Signature {
        route: String,
        signature: String,
        requests: u64,
        first_millis: u64,
        last_millis: u64,
    },
    Sample {
        route: String,
        signature: String,
        at_millis: u64,
        sample: serde_json::Value,
    },
    Aggregate {
        route: String,
        at_millis: u64,
        name: String,
        group: String,
        old: f64,
        new: f64,
    },
    Probe {
        rollout: String,
        name: String,
        at_millis: u64,
        matched: bool,
        says: String,
    },
}
