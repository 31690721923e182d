//! How rollouts are told: where each stands, what its gate says, and the record of its moves. As values in the names
//! and units of the JSON, and as one screen of text made from those.
//!
//! Words come from the decision and its conditions; here they are put in order, and none is invented twice.

mod beside;
mod decision;
mod gate;
mod journal;
mod routes;
mod screen;
mod state;
mod view;

#[cfg(test)]
pub mod scene;

pub use beside::{AggregateView, CellView, GroupView, Uncovered, beside};
pub use decision::{ConditionView, DecisionView};
pub use gate::{GateView, Verdict};
pub use journal::{ChainView, EntryView, JournalView};
pub use routes::{RouteSummary, WatchedView};
pub use screen::{Each, Screen, alarms, lines};
pub use state::{ApprovalView, By, DrillView, LatchView, OverrideView, PendingView, StateView};
pub use view::{
    MovedAllView, MovedView, ReloadView, RolloutView, RolloutsView, ShareView, StoreView, to_json,
};
