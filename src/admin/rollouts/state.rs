//! What is recorded of one rollout, as values.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{
    moment,
    rollout::{Actor, Approval, Drill, Latch, Override, State, Via},
};

/// What is recorded of one rollout.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "State")]
pub struct StateView {
    /// One more with every change. A move may name the one it is meant for, and is refused where another came first.
    pub version: u64,
    /// `off`, `shadow`, or the share of reads that new serves, such as `5%`.
    pub stage: String,
    pub since: String,
    /// Why it does not advance until somebody resumes it.
    pub latch: Option<LatchView>,
    pub approval: Option<ApprovalView>,
    /// An advance that is being recorded and not in force yet.
    pub pending: Option<PendingView>,
    pub last_drill: Option<DrillView>,
    /// A drill is under way, and returns to this stage.
    pub drilling: Option<String>,
    /// Every advance past an unmet gate; never removed.
    pub overrides: Vec<OverrideView>,
    /// How often a person began the evidence anew without a change.
    pub restarts: u32,
}

/// Who did something, as they name themselves, and by which way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct By {
    pub name: String,
    /// `api`, `command_line`, `page`, `signal`, `kill_switch`, `gate`, `start` or `program`.
    pub via: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Latch")]
pub struct LatchView {
    pub by: By,
    pub why: String,
    pub at: String,
    /// The stage it was reverted from.
    pub from: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Approval")]
pub struct ApprovalView {
    pub to: String,
    pub by: By,
    pub why: String,
    pub at: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Pending")]
pub struct PendingView {
    pub to: String,
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Drill")]
pub struct DrillView {
    pub at: String,
    /// From the call to the moment no read was planned for new any more.
    pub took_us: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Override")]
pub struct OverrideView {
    pub to: String,
    pub by: By,
    pub why: String,
    pub at: String,
    /// What was not met, in words.
    pub unmet: Vec<String>,
}

impl By {
    pub fn of(actor: &Actor) -> By {
        By { name: actor.name.clone(), via: via(actor.via) }
    }

    /// `ada (command line)`.
    pub fn told(&self) -> String {
        format!("{} ({})", self.name, self.via.replace('_', " "))
    }
}

const fn via(via: Via) -> &'static str {
    match via {
        Via::Api => "api",
        Via::CommandLine => "command_line",
        Via::Page => "page",
        Via::Signal => "signal",
        Via::KillSwitch => "kill_switch",
        Via::Gate => "gate",
        Via::Start => "start",
        Via::Program => "program",
    }
}

impl StateView {
    pub fn of(state: &State) -> StateView {
        StateView {
            version: state.version,
            stage: state.stage.to_string(),
            since: moment::write(state.since_millis),
            latch: state.latch.as_ref().map(LatchView::of),
            approval: state.approval.as_ref().map(ApprovalView::of),
            pending: state
                .pending
                .as_ref()
                .map(|pending| PendingView { to: pending.to.to_string(), version: pending.version }),
            last_drill: state.last_drill.as_ref().map(DrillView::of),
            drilling: state.drilling.map(|stage| stage.to_string()),
            overrides: state.overrides.iter().map(OverrideView::of).collect(),
            restarts: state.restarts,
        }
    }
}

impl LatchView {
    fn of(latch: &Latch) -> LatchView {
        LatchView {
            by: By::of(&latch.by),
            why: latch.why.clone(),
            at: moment::write(latch.at_millis),
            from: latch.from.to_string(),
        }
    }
}

impl ApprovalView {
    fn of(approval: &Approval) -> ApprovalView {
        ApprovalView {
            to: approval.to.to_string(),
            by: By::of(&approval.by),
            why: approval.why.clone(),
            at: moment::write(approval.at_millis),
        }
    }
}

impl DrillView {
    fn of(drill: &Drill) -> DrillView {
        let took_us = u64::try_from(drill.took.as_micros()).unwrap_or(u64::MAX);
        DrillView { at: moment::write(drill.at_millis), took_us }
    }
}

impl OverrideView {
    fn of(past: &Override) -> OverrideView {
        OverrideView {
            to: past.to.to_string(),
            by: By::of(&past.by),
            why: past.why.clone(),
            at: moment::write(past.at_millis),
            unmet: past.unmet.clone(),
        }
    }
}
