//! A rollout: one or more routes that move together, the stages they move through, and every move.
//!
//! `step` decides, and nobody else does; whoever carries its effects out decides nothing.

mod admit;
mod advance;
mod answer;
mod drill;
mod event;
mod freeze;
mod ladder;
mod policy;
mod replay;
mod safety;
mod state;
mod step;
mod wish;

#[cfg(test)]
mod tests;

pub use admit::admit;
pub use event::{Actor, Effect, Event, Refusal, Via};
pub use freeze::Freeze;
pub use ladder::Ladder;
pub use policy::{Advance, OnBreach, Policy};
pub use replay::{Replayed, replay};
pub use state::{Approval, Drill, Latch, Override, Pending, State};
pub use step::{Outcome, step};

use super::{gate::Criteria, probe::Probe};

/// The unit of change: its routes climb one ladder together.
#[derive(Clone, Debug)]
pub struct Rollout {
    pub id: String,
    pub ladder: Ladder,
    pub policy: Policy,
    /// The bar before each advance.
    pub criteria: Criteria,
    pub probes: Vec<Probe>,
    /// New's 5xx at a live stage is answered by old, as its failures before the first byte always are.
    pub rescue_5xx: bool,
}
