//! What persons ask for besides going up and coming back: resume, approve, restart. Each is recorded before it holds.

use super::{
    Actor, Approval, Refusal, State,
    step::{Now, Outcome, Told},
};
use crate::domain::plan::Stage;

impl Now<'_> {
    /// The reason without space around it, where the wish is about the state as it is.
    pub fn heard(&self, why: &str, version: Option<u64>) -> Result<String, Refusal> {
        match version {
            Some(seen) if seen != self.state.version => {
                Err(Refusal::Outdated { seen, current: self.state.version })
            }
            _ if why.trim().is_empty() => Err(Refusal::NoReason),
            _ => Ok(why.trim().to_owned()),
        }
    }

    /// Nothing else is under way.
    pub fn at_rest(&self) -> Result<(), Refusal> {
        if self.state.pending.is_some() || self.state.drilling.is_some() {
            Err(Refusal::Busy)
        } else {
            Ok(())
        }
    }

    pub fn not_latched(&self) -> Result<(), Refusal> {
        match &self.state.latch {
            Some(latch) => Err(Refusal::Latched { why: latch.why.clone() }),
            None => Ok(()),
        }
    }

    /// The next stage up. From off nothing leads up but `resume`.
    pub fn next_stage(&self) -> Result<Stage, Refusal> {
        if self.state.stage == Stage::Off {
            return Err(Refusal::Nothing { why: "it is off; resume it first".to_owned() });
        }
        self.rollout.ladder.above(self.state.stage).ok_or(Refusal::AtTop)
    }

    pub fn resume(&self, by: Actor, why: &str, version: Option<u64>) -> Outcome {
        let why = self.heard(why, version)?;
        self.at_rest()?;
        let off = self.state.stage == Stage::Off;
        if self.state.latch.is_none() && !off {
            return Err(Refusal::Nothing { why: "it is neither latched nor off".to_owned() });
        }
        let mut next = State { latch: None, ..self.state.clone() };
        if off {
            next.stage = Stage::Shadow;
            next.since_millis = self.millis;
        }
        Ok(self.record_first(Told::plain("resume", by, why), next))
    }

    pub fn approve(&self, by: Actor, why: &str, version: Option<u64>) -> Outcome {
        let why = self.heard(why, version)?;
        self.not_latched()?;
        self.at_rest()?;
        let to = self.next_stage()?;
        if !self.rollout.policy.approval {
            return Err(Refusal::Nothing { why: "its settings ask for no approval".to_owned() });
        }
        let approval = Approval { to, by: by.clone(), why: why.clone(), at_millis: self.millis };
        let next = State { approval: Some(approval), ..self.state.clone() };
        Ok(self.record_first(Told::plain("approve", by, why), next))
    }

    /// Counted before anything is forgotten: whoever begins anew until luck helps is found out.
    pub fn restart(&self, by: Actor, why: &str, version: Option<u64>) -> Outcome {
        let why = self.heard(why, version)?;
        self.at_rest()?;
        let next = State { restarts: self.state.restarts.saturating_add(1), ..self.state.clone() };
        Ok(self.record_first(Told::plain("restart", by, why), next))
    }
}
