//! Where one rollout stands: what is recorded of it, and nothing else.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Actor, Ladder};
use crate::domain::plan::Stage;

/// Everything `step` goes by besides settings and the event. Recorded as a whole with each move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Higher with every recorded change: who comes with an older one is told.
    pub version: u64,
    /// The highest version that was ever handed out, to a move that was not made too: none is used twice, so that a
    /// late answer is never taken for another.
    #[serde(default)]
    pub handed: u64,
    pub stage: Stage,
    /// Since when on this stage, in milliseconds since 1970.
    pub since_millis: u64,
    /// No advance until a person resumes.
    pub latch: Option<Latch>,
    pub approval: Option<Approval>,
    /// A move that is being recorded: not made yet. Never recorded itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    pub last_drill: Option<Drill>,
    /// A drill is under way: this is the stage to return to.
    pub drilling: Option<Stage>,
    /// Every advance past an unmet gate; never removed. At most 100, the rest is in the journal.
    pub overrides: Vec<Override>,
    /// How often a person began the evidence anew without a change.
    pub restarts: u32,
}

/// Why a rollout does not advance until it is resumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latch {
    pub by: Actor,
    pub why: String,
    pub at_millis: u64,
    /// The stage it was reverted from.
    pub from: Stage,
}

/// A person's word that the rollout may go to this stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    pub to: Stage,
    pub by: Actor,
    pub why: String,
    pub at_millis: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    pub to: Stage,
    /// The version it will have.
    pub version: u64,
    pub at_millis: u64,
    /// The whole state it leads to, as it is being recorded.
    pub next: Box<State>,
}

/// A revert and return for practice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    pub at_millis: u64,
    /// From the call to the moment no request is planned for new any more.
    pub took: Duration,
}

/// An advance that a person made although the gate did not pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    pub to: Stage,
    pub by: Actor,
    pub why: String,
    pub at_millis: u64,
    /// What was not met, in words.
    pub unmet: Vec<String>,
}

impl State {
    /// Of a rollout about which nothing is recorded: it begins where its ladder does, but never live, for nothing is
    /// known yet.
    pub fn begun(ladder: &Ladder, now_millis: u64) -> State {
        State::new(ladder.first().min(Stage::Shadow), now_millis)
    }

    pub const fn new(stage: Stage, now_millis: u64) -> State {
        State {
            version: 0,
            handed: 0,
            stage,
            since_millis: now_millis,
            latch: None,
            approval: None,
            pending: None,
            last_drill: None,
            drilling: None,
            overrides: Vec::new(),
            restarts: 0,
        }
    }
}
