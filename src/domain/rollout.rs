//! One or more routes that move together, and the stages they move through.

use super::plan::Stage;

/// The unit of change: its routes climb one ladder together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    pub id: String,
    pub ladder: Ladder,
}

/// The ordered stages of a rollout. Never empty.
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
}
