//! Everything there is to see of the rollouts, as the rest of the program gets to see it. Made anew every second on
//! the thread that judges; states in it are as new as the moment it is asked for.

use crate::{
    domain::{
        evidence::Summary,
        gate::{Call, Coverage, Decision},
        plan::Stage,
        rollout::State,
    },
    store::archive::Health,
};

/// Everything there is to see, at one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub at_millis: u64,
    /// In the order of the config.
    pub rollouts: Vec<RolloutView>,
    pub store: Health,
    /// Facts that were lost for want of room.
    pub facts_lost: u64,
    /// The file that brings every read back while it exists.
    pub killed: bool,
    /// What came of the last reload.
    pub reload: Option<Reload>,
}

#[derive(Clone, Debug)]
pub struct RolloutView {
    pub id: String,
    pub ladder: Vec<Stage>,
    pub automatic: bool,
    pub state: State,
    pub decision: Decision,
    /// How often each kind of request has to be compared.
    pub coverage: Coverage,
    /// In the order of the config.
    pub routes: Vec<Summary>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Reload {
    pub at_millis: u64,
    /// Why the old settings stayed, if they did.
    pub problem: Option<String>,
}

/// Before the gate was judged on this stage.
pub fn undecided(stage: Stage, ladder: &[Stage]) -> Decision {
    let to = ladder.iter().copied().find(|next| *next > stage);
    Decision { call: Call::Hold, from: stage, to, at_millis: 0, conditions: Vec::new() }
}
