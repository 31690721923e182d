//! What can happen to a rollout, what has to be done about it, and why a wish is refused.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::State;
use crate::domain::{
    gate::{Decision, words::exact_span},
    journal::Draft,
    plan::Stage,
};

/// Who does something, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// As the caller names itself, or the program's own part: `gate`.
    pub name: String,
    pub via: Via,
}

/// By which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Api,
    CommandLine,
    Page,
    Signal,
    KillSwitch,
    Gate,
    Start,
    /// The program itself: what follows from a move that somebody else began.
    Program,
}

impl Actor {
    pub fn gate() -> Actor {
        Actor { name: "gate".to_owned(), via: Via::Gate }
    }

    pub fn program() -> Actor {
        Actor { name: "readshift".to_owned(), via: Via::Program }
    }
}

/// Everything that can happen to a rollout. `version` where given: what the caller believes to be current.
#[derive(Clone, Debug)]
pub enum Event {
    /// One stage up. `past_gate`: although the gate does not pass, the hold time is not over, or a freeze is on; never
    /// while latched, breached or not approved.
    Advance {
        by: Actor,
        why: String,
        version: Option<u64>,
        past_gate: bool,
        /// Of this very moment: judged right before the step.
        decision: Decision,
    },
    /// Every read back to old. Never refused.
    Revert {
        by: Actor,
        why: String,
    },
    /// No mirroring either. Never refused.
    Off {
        by: Actor,
        why: String,
    },
    /// Lifts the latch; from off, back to shadow.
    Resume {
        by: Actor,
        why: String,
        version: Option<u64>,
    },
    Approve {
        by: Actor,
        why: String,
        version: Option<u64>,
    },
    /// A revert for practice, to be returned from once it has been measured.
    Drill {
        by: Actor,
        why: String,
        version: Option<u64>,
    },
    /// The drill's revert took this long: return.
    Drilled {
        took: Duration,
    },
    /// The evidence begins anew without a change, which is counted.
    Restart {
        by: Actor,
        why: String,
        version: Option<u64>,
    },
    /// The gate was judged anew. May advance, where that goes by itself, and reverts on a breach.
    Judged(Decision),
    /// What was pending is recorded, under this version. Where the state that follows has another version, the move
    /// was void by then and has not been made.
    Recorded {
        version: u64,
    },
    /// It could not be recorded: nothing moves. Where that is because the store holds a version that this state handed
    /// out for a move it then gave up, `Recorded` is to be told of that version as well: the store is set right.
    NotRecorded {
        version: u64,
        why: String,
    },
}

/// What has to be done, in this order. Toward risk: record, then publish. Toward safety: publish, then record.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Every request from now on is planned by this stage.
    Publish(Stage),
    /// Write this down with the state it leads to.
    ///
    /// With `expected`: a move waits for it. Only where this is the recorded version (0: nothing is recorded), once, and
    /// answered by `Recorded` or `NotRecorded` with the version of `state`.
    ///
    /// Without: it has happened already. Written whatever is recorded, as soon as it can be, in the order handed in and
    /// never before what was handed in earlier; not answered.
    Record { draft: Box<Draft>, state: Box<State>, expected: Option<u64> },
    /// The evidence of every route of the rollout begins anew.
    Forget,
}

/// Why a wish is not followed. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Refusal {
    #[error("the rollout has changed meanwhile: you saw version {seen}, it is at {current}")]
    Outdated { seen: u64, current: u64 },
    #[error("the gate does not pass: {}", unmet.join("; "))]
    Held { unmet: Vec<String> },
    #[error("latched since it was reverted ({why}); resume it first")]
    Latched { why: String },
    #[error("frozen: {why}")]
    Frozen { why: String },
    #[error("it waits for approval")]
    NotApproved,
    #[error("it stays on this stage for at least {} more", exact_span(*left))]
    TooSoon { left: Duration },
    #[error("it already stands on its last stage")]
    AtTop,
    #[error("another move is under way")]
    Busy,
    #[error("the move could not be recorded, so nothing moved: {why}")]
    NotRecorded { why: String },
    #[error("there is nothing to do: {why}")]
    Nothing { why: String },
    #[error("a reason is needed")]
    NoReason,
    #[error("there is no rollout named {id}")]
    Unknown { id: String },
    #[error("the program is stopping")]
    Stopping,
}
