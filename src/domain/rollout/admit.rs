//! A state as it was recorded, under settings as they are now: at start, and when the settings change.

use super::{
    Actor, Effect, Ladder, Rollout, State, Via,
    step::{Now, Told},
};
use crate::domain::plan::Stage;

impl State {
    /// The state to go on with, and what had to be changed, in words. A stage that is no rung of the ladder any more
    /// gives way to the next lower one, and what was under way is over.
    pub fn admitted(&self, ladder: &Ladder, now_millis: u64) -> (State, Option<String>) {
        let mut next = State { pending: None, drilling: None, ..self.clone() };
        let mut changes = Vec::new();
        if let Some(pending) = &self.pending {
            changes.push(format!("a move that was being recorded, to {}, is given up", pending.to));
        }
        if let Some(stage) = self.drilling {
            changes.push(format!("the drill that was to return to {stage} was interrupted"));
        }
        let stage = ladder.at_or_below(self.stage);
        if stage != self.stage {
            changes.push(format!("{} is no stage of its ladder any more", self.stage));
            next.stage = stage;
            next.since_millis = now_millis;
        }
        if !changes.is_empty() {
            next.approval = None;
            changes.push(format!("it goes on at {stage}"));
        }
        (next, (!changes.is_empty()).then(|| changes.join("; ")))
    }
}

impl Ladder {
    /// The stage itself where a rollout may stand on it, otherwise the next lower one.
    fn at_or_below(&self, stage: Stage) -> Stage {
        let rung = self.stages().filter(|rung| rung.is_live() && *rung <= stage).last();
        if stage.is_live() { rung.unwrap_or(Stage::Shadow) } else { stage }
    }
}

/// What a start (`via` is `Start`) or a change of settings does to a rollout: nothing where the state is admitted as
/// it is. Never toward risk.
pub fn admit(rollout: &Rollout, state: &State, via: Via, now_millis: u64) -> (State, Vec<Effect>) {
    let (next, changed) = state.admitted(&rollout.ladder, now_millis);
    let Some(why) = changed else { return (next, Vec::new()) };
    let what = if via == Via::Start { "start" } else { "reload" };
    let by = Actor { via, ..Actor::program() };
    Now { rollout, state, millis: now_millis }.publish_first(Told::plain(what, by, why), next)
}
