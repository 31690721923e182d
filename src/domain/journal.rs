//! The record of every move: who, what, when, why, on what evidence; each entry sealed to the one before.
//!
//! Pure: entries and hashes. Where they are kept is the store's business.

use serde::{Deserialize, Serialize};

use super::{plan::Stage, rollout::Actor};

/// An entry before it has its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub at_millis: u64,
    pub rollout: String,
    pub by: Actor,
    /// What happened: `advance`, `revert`, `off`, `resume`, `approve`, `drill`, `restart`, `start`, `reload`.
    pub what: String,
    pub from: Stage,
    pub to: Stage,
    pub why: String,
    /// Although the gate did not pass.
    pub past_gate: bool,
    /// The version of the rollout's state it leads to.
    pub version: u64,
    /// The decision it was made on, in JSON; empty where there was none.
    pub evidence: String,
    /// Of the settings in force.
    pub config_digest: String,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub number: u64,
    pub draft: Draft,
    /// In hex; of the first entry 64 zeros.
    pub previous: String,
    /// SHA-256 over the number, the draft and `previous`, in hex.
    pub seal: String,
}
