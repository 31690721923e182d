//! The composite decision of statistics, section 10.

use super::{Call, Criteria, Decision};
use crate::domain::{
    evidence::Summary,
    rollout::{Policy, State},
};

/// Everything one decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub ladder: &'a crate::domain::rollout::Ladder,
    pub policy: &'a Policy,
    pub criteria: &'a Criteria,
    pub state: &'a State,
    /// Of every route of the rollout.
    pub routes: &'a [Summary],
    /// Why moves cannot be recorded at present, if they cannot.
    pub store_trouble: Option<&'a str>,
    pub now_millis: u64,
}

/// Judges the advance from the present stage to the next.
pub fn judge(case: &Case<'_>) -> Decision {
    Decision {
        call: Call::Hold,
        from: case.state.stage,
        to: case.ladder.above(case.state.stage),
        at_millis: case.now_millis,
        conditions: Vec::new(),
    }
}
