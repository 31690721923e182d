//! Where a rollout stands, as its journal tells it.

use crate::domain::{journal::Draft, plan::Stage};

/// What the entries of one rollout lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    pub version: u64,
    pub stage: Stage,
    pub latched: bool,
}

/// Of one rollout, oldest first. `None` where there are no entries.
pub fn replay<'a>(drafts: impl IntoIterator<Item = &'a Draft>) -> Option<Replayed> {
    let mut latched = false;
    let mut latched_before = false;
    let mut last = None;
    for draft in drafts {
        let now = match draft.what.as_str() {
            "revert" | "off" => true,
            "resume" => false,
            // The entry before it was given up before it was written.
            "void" => latched_before,
            _ => latched,
        };
        latched_before = std::mem::replace(&mut latched, now);
        last = Some(Replayed { version: draft.version, stage: draft.to, latched });
    }
    last
}
