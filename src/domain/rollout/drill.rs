//! A revert for practice: back at once, measured, and up again to the very stage it came from.

use std::time::Duration;

use super::{
    Actor, Drill, Effect, Freeze, Refusal, State,
    step::{Now, Outcome, Told},
};
use crate::domain::plan::Stage;

impl Now<'_> {
    pub fn drill(&self, by: Actor, why: &str, version: Option<u64>) -> Outcome {
        let why = self.heard(why, version)?;
        self.not_latched()?;
        self.at_rest()?;
        if !self.state.stage.is_live() {
            return Err(Refusal::Nothing { why: "nothing is live that could be brought back".to_owned() });
        }
        // Its return is a way up.
        if let Some(why) = Freeze::any(&self.rollout.policy.freezes, self.millis) {
            return Err(Refusal::Frozen { why });
        }
        let next = State { stage: Stage::Shadow, drilling: Some(self.state.stage), ..self.state.clone() };
        Ok(self.publish_first(Told::plain("drill", by, why), next))
    }

    /// It is measured: return, unless it has been called off meanwhile.
    pub fn drilled(&self, took: Duration) -> (State, Vec<Effect>) {
        let (Some(stage), None) = (self.state.drilling, &self.state.pending) else {
            return self.unchanged();
        };
        let why = format!("every read was back after {took:?}");
        let next = State {
            stage: self.rollout.ladder.at_or_below(stage),
            // The hold time begins anew: it is a stay of its own.
            since_millis: self.millis,
            drilling: None,
            last_drill: Some(Drill { at_millis: self.millis, took }),
            ..self.state.clone()
        };
        self.record_first(Told::plain("drill", Actor::program(), why), next)
    }

    /// The way up from a drill is barred: it ends where it is.
    pub fn drill_ends_here(&self, why: &str) -> (State, Vec<Effect>) {
        let why = format!("the drill's return could not be recorded: {why}");
        let next = State {
            since_millis: self.millis,
            drilling: None,
            approval: None,
            pending: None,
            ..self.state.clone()
        };
        self.publish_first(Told::plain("drill", Actor::program(), why), next)
    }
}
