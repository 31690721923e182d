//! The way up: one stage, on evidence or on a person's word past it.

use std::time::Duration;

use super::{
    Actor, Advance, Effect, Freeze, Override, Refusal, State,
    step::{Now, Outcome, Told},
};
use crate::domain::{
    gate::{Call, Decision},
    plan::Stage,
};

/// A decision is of the moment it is used in. The loop that judges does so once a second.
const FRESH_MILLIS: u64 = 10_000;
/// What is kept in the state; the rest is in the journal.
const MOST_OVERRIDES: usize = 100;

impl Now<'_> {
    pub fn advance(
        &self,
        by: Actor,
        why: &str,
        version: Option<u64>,
        past_gate: bool,
        decision: &Decision,
    ) -> Outcome {
        let why = self.heard(why, version)?;
        let to = self.open_way()?;
        match self.evidenced(to, decision) {
            Ok(()) => Ok(self.go_up(to, by, why, false, decision)),
            Err(_) if past_gate && decision.call != Call::Breach => {
                Ok(self.go_up(to, by, why, true, decision))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The gate was judged anew.
    pub fn judged(&self, decision: &Decision) -> (State, Vec<Effect>) {
        match decision.call {
            Call::Breach => self.breached(decision),
            Call::Pass if self.rollout.policy.advance == Advance::Auto => {
                let way = self.open_way().and_then(|to| self.evidenced(to, decision).map(|()| to));
                match way {
                    Ok(to) => self.go_up(to, Actor::gate(), "the gate passes".to_owned(), false, decision),
                    Err(_) => self.unchanged(),
                }
            }
            Call::Pass | Call::Hold => self.unchanged(),
        }
    }

    /// The next stage, where nothing stands in the way that nobody can override.
    fn open_way(&self) -> Result<Stage, Refusal> {
        self.not_latched()?;
        self.at_rest()?;
        let to = self.next_stage()?;
        let approved = self.state.approval.as_ref().is_some_and(|approval| approval.to == to);
        if self.rollout.policy.approval && to.is_live() && !approved {
            return Err(Refusal::NotApproved);
        }
        Ok(to)
    }

    /// What an override may pass by: the calendar, the hold time, the gate.
    fn evidenced(&self, to: Stage, decision: &Decision) -> Result<(), Refusal> {
        if let Some(why) = Freeze::any(&self.rollout.policy.freezes, self.millis) {
            return Err(Refusal::Frozen { why });
        }
        if let Some(left) = self.rollout.policy.hold_left(self.state.since_millis, self.millis) {
            return Err(Refusal::TooSoon { left });
        }
        let about_this = decision.from == self.state.stage && decision.to == Some(to);
        if !about_this || self.millis.abs_diff(decision.at_millis) > FRESH_MILLIS {
            return Err(Refusal::Held {
                unmet: vec!["the gate has not been judged for this advance".to_owned()],
            });
        }
        if decision.call != Call::Pass {
            return Err(Refusal::Held { unmet: decision.unmet_words() });
        }
        Ok(())
    }

    fn go_up(
        &self,
        to: Stage,
        by: Actor,
        why: String,
        past_gate: bool,
        decision: &Decision,
    ) -> (State, Vec<Effect>) {
        let mut next = State { stage: to, since_millis: self.millis, approval: None, ..self.state.clone() };
        if past_gate && next.overrides.len() < MOST_OVERRIDES {
            let mut unmet = decision.unmet_words();
            if unmet.is_empty() {
                unmet.extend(self.evidenced(to, decision).err().map(|refusal| refusal.to_string()));
            }
            let (by, why) = (by.clone(), why.clone());
            next.overrides.push(Override { to, by, why, at_millis: self.millis, unmet });
        }
        let told = Told { past_gate, decision: Some(decision), ..Told::plain("advance", by, why) };
        self.record_first(told, next)
    }
}

impl super::Policy {
    /// How much longer it stays on a stage; a clock that was set back makes it longer, never shorter.
    pub fn hold_left(&self, since_millis: u64, now_millis: u64) -> Option<Duration> {
        let stayed = Duration::from_millis(now_millis.saturating_sub(since_millis));
        self.hold.checked_sub(stayed).filter(|left| !left.is_zero())
    }
}
