//! The keys of a rollout: the stages it goes through, and how it may move.

use crate::{
    config::{
        forms::{Id, StageWord},
        reader::section,
        shapes::{Items, Needed},
    },
    domain::plan::Stage,
};

section! {
    /// Routes that move together.
    RolloutFile {
        /// Its name.
        id: Option<String> as Needed<Id> = None,
        /// The stages it goes through, in order: off, shadow, then shares of reads that new serves. At 0% these are
        /// pinned callers and testers only.
        stages: Vec<Stage> as Items<StageWord> = vec![Stage::Shadow],
    }
}
