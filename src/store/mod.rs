//! What is known of past requests: how many ended how, and what mismatches looked like.
//!
//! Bounded, in memory, and never waited for longer than another thread takes to add a number.

pub mod archive;
pub mod exhibits;
pub mod facts;
pub mod flags;
pub mod ledger;
pub mod noise;
pub mod samples;
pub mod tally;
pub mod watched;
