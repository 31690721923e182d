//! The bar before each advance: evidence in, a decision in words out.
//!
//! Statistics section 10. Pure; the same evidence and the same criteria give the same decision.

mod criteria;
mod decision;
mod judge;
pub mod words;

pub use criteria::{
    Coverage, Criteria, Drops, Errors, Latency, Mismatch, Noise, Quantile, Seeding, Soak, Staleness, Units,
};
pub use decision::{Call, Condition, Decision, Measure, Standing};
pub use judge::{Case, judge};
