//! How a rollout may move, apart from evidence.

use std::time::Duration;

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

/// A span of each week in a time zone, such as from Friday 16:00 to Monday 08:00.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Minutes since Monday 00:00, below 10,080.
    pub from: u16,
    /// Not after it; less than `from` where the span goes on past the end of a week.
    pub to: u16,
    pub zone: jiff::tz::TimeZone,
    pub why: String,
}
