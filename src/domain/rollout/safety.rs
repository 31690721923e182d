//! The ways back: revert, off and breach. Never refused, and made before they are recorded.

use super::{
    Actor, Effect, Latch, OnBreach, State,
    step::{Now, Told},
};
use crate::domain::{gate::Decision, plan::Stage};

const NO_REASON: &str = "no reason given";

impl Now<'_> {
    /// Every read back to old, and no advance until somebody resumes.
    pub fn revert(&self, by: Actor, why: &str) -> (State, Vec<Effect>) {
        let why = reason(why);
        let next = self.back_to(self.state.stage.min(Stage::Shadow), &by, &why);
        self.publish_first(Told::plain("revert", by, why), next)
    }

    /// No mirroring either. Latched as after a revert: only `resume` leads out of it.
    pub fn off(&self, by: Actor, why: &str) -> (State, Vec<Effect>) {
        let why = reason(why);
        let next = self.back_to(Stage::Off, &by, &why);
        self.publish_first(Told::plain("off", by, why), next)
    }

    /// At a live stage, or on the way to one, back. At shadow there is nothing to bring back.
    pub fn breached(&self, decision: &Decision) -> (State, Vec<Effect>) {
        let at_risk = self.at_risk();
        // Of a stage it has come down from already: the bounds of the present one may hold.
        if !at_risk.is_live() || at_risk < decision.from {
            return self.unchanged();
        }
        let down = match self.rollout.policy.on_breach {
            OnBreach::Shadow => None,
            OnBreach::Down => self.rollout.ladder.below(self.state.stage),
        };
        let to = down.filter(|stage| stage.is_live()).unwrap_or(Stage::Shadow).min(self.state.stage);
        let by = Actor::gate();
        let why = decision.breach_words();
        let next = self.back_to(to, &by, &why);
        let told = Told { decision: Some(decision), ..Told::plain("revert", by, why) };
        self.publish_first(told, next)
    }

    /// The highest stage that is published, being recorded, or waited for by a drill.
    fn at_risk(&self) -> Stage {
        let pending = self.state.pending.as_ref().map(|pending| pending.to);
        let drilled = self.state.drilling;
        pending.into_iter().chain(drilled).fold(self.state.stage, Stage::max)
    }

    /// At a lower stage and latched. A second revert of what is reverted already leaves the first reason.
    fn back_to(&self, stage: Stage, by: &Actor, why: &str) -> State {
        let from = self.at_risk();
        let mut next = self.brought_to(stage);
        if next.latch.is_none() || from > stage {
            next.latch = Some(Latch { by: by.clone(), why: why.to_owned(), at_millis: self.millis, from });
        }
        next
    }

    /// What was on its way up is over, and so is an approval: it was for another stage.
    fn brought_to(&self, stage: Stage) -> State {
        let mut next = State { stage, pending: None, drilling: None, approval: None, ..self.state.clone() };
        if stage != self.state.stage {
            next.since_millis = self.millis;
        }
        next
    }
}

/// Nobody is kept from the way back for want of words.
fn reason(why: &str) -> String {
    let why = why.trim();
    if why.is_empty() { NO_REASON } else { why }.to_owned()
}
