//! One step of a rollout.

use super::{Effect, Event, Refusal, Rollout, State};

/// The state afterwards and what has to be done, or why nothing happens.
pub type Outcome = Result<(State, Vec<Effect>), Refusal>;

/// What an event leads to. Pure: time is an argument.
pub fn step(_rollout: &Rollout, state: &State, event: Event, _now_millis: u64) -> Outcome {
    let _ = (state, event);
    Err(Refusal::Nothing { why: "no event leads anywhere yet".to_owned() })
}
