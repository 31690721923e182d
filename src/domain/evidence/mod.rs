//! The evidence of one route in one epoch: what was compared, on how much distinct data, and what came of it.
//!
//! Facts go in, one a request; a summary comes out, which is all a gate goes by. Sums and sets, no raw replies.
//! Statistics sections 2 to 8. Knows nothing of stages but their number, and decides nothing.

mod alarms;
mod awaited;
mod book;
mod bounds;
mod builds;
mod callers;
pub mod cell;
mod census;
mod comparisons;
mod drops;
mod fact;
mod failures;
mod kind;
mod pace;
mod recent;
mod seen;
mod soak;
mod state;
mod summary;
mod timing;
mod units;
mod watermark;

pub use book::{Book, Entered, Kept, Settings};
pub use bounds::Bounds;
pub use fact::{Cell, Fact, Later, Looked, Note, Served, Unit};
pub use summary::{
    CellSummary, Confirmed, DetectorLevels, DropSummary, ErrorSummary, LatencySummary, Novelty, Odds, Seeded,
    SoakSummary, StalenessSummary, Summary, Totals, UnitCounts, Unseen, Watched,
};
