//! A state as it was recorded, under settings as they are now: at start, and when the settings change.

use super::{
    Actor, Effect, Ladder, Rollout, State, Via,
    step::{Now, Told},
};
use crate::domain::plan::Stage;

impl State {
    /// The state to go on with, and what had to be changed, in words. A stage that is no rung of the ladder any more
    /// gives way to the next lower one. `started`: the program has, and what was under way when it ended is over.
    pub fn admitted(&self, ladder: &Ladder, started: bool, now_millis: u64) -> (State, Option<String>) {
        let mut next = self.clone();
        let mut changes = Vec::new();
        if started {
            next.pending = None;
            if let Some(stage) = next.drilling.take() {
                changes.push(format!("the drill that was to return to {stage} was interrupted"));
            }
        }
        let stage = ladder.at_or_below(self.stage);
        if stage != self.stage {
            changes.push(format!("{} is no stage of its ladder any more", self.stage));
            next.stage = stage;
            next.since_millis = now_millis;
        }
        if changes.is_empty() {
            return (next, None);
        }
        next.pending = None;
        next.drilling = None;
        next.approval = None;
        (next, Some(format!("{}; it goes on at {stage}", changes.join("; "))))
    }
}

impl Ladder {
    /// The stage itself where a rollout may stand on it, otherwise the next lower one.
    pub(super) fn at_or_below(&self, stage: Stage) -> Stage {
        let rung = self.stages().filter(|rung| rung.is_live() && *rung <= stage).last();
        if stage.is_live() { rung.unwrap_or(Stage::Shadow) } else { stage }
    }
}

/// What a start (`via` is `Start`) or a change of settings does to a rollout: nothing where the state is admitted as
/// it is. Never toward risk.
pub fn admit(rollout: &Rollout, state: &State, via: Via, now_millis: u64) -> (State, Vec<Effect>) {
    let started = via == Via::Start;
    let (next, changed) = state.admitted(&rollout.ladder, started, now_millis);
    let Some(why) = changed else { return (next, Vec::new()) };
    let what = match () {
        // While latched nothing but a resume can be waiting to be recorded. It is void, and it may be written before this.
        () if state.latch.is_some() && state.pending.is_some() => "revert",
        () if started => "start",
        () => "reload",
    };
    let by = Actor { via, ..Actor::program() };
    Now { rollout, state, millis: now_millis }.publish_first(Told::plain(what, by, why), next)
}
