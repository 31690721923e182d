//! The ordered stages of a rollout.

use crate::domain::plan::Stage;

/// Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    first: Stage,
    rest: Vec<Stage>,
}

impl Ladder {
    pub const fn new(first: Stage, rest: Vec<Stage>) -> Ladder {
        Ladder { first, rest }
    }

    /// Where a rollout starts when nothing is recorded about it.
    pub const fn first(&self) -> Stage {
        self.first
    }

    pub fn stages(&self) -> impl Iterator<Item = Stage> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    /// The stage after this one; `None` at the top, and of a stage that is not on the ladder the first above it.
    pub fn above(&self, stage: Stage) -> Option<Stage> {
        self.stages().find(|next| *next > stage)
    }

    /// The stage before this one; `None` at the bottom.
    pub fn below(&self, stage: Stage) -> Option<Stage> {
        self.stages().filter(|previous| *previous < stage).last()
    }
}
