//! How a rollout may move, apart from evidence.

use std::time::Duration;

use super::Freeze;

/// Settings of one rollout.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The least stay on a stage.
    pub hold: Duration,
    pub advance: Advance,
    /// Whether a person has to approve each advance to a live stage beforehand.
    pub approval: bool,
    pub on_breach: OnBreach,
    /// When no advance happens, whoever asks. A revert always does.
    pub freezes: Vec<Freeze>,
    /// The oldest a drill may be for an advance to a live stage; `None`: none is asked for.
    pub drill_within: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            hold: Duration::from_secs(30 * 60),
            advance: Advance::Manual,
            approval: false,
            on_breach: OnBreach::Shadow,
            freezes: Vec::new(),
            drill_within: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// A person asks for each advance.
    Manual,
    /// As soon as the gate passes.
    Auto,
}

/// Where a breach brings a live rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBreach {
    /// Every read back to old.
    Shadow,
    /// One stage down. The rollout is latched all the same.
    Down,
}
