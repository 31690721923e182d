//! What is kept beyond a restart, behind one door: a thread of its own writes, and nobody waits for it unless they
//! ask to.
//!
//! Rollouts by compare-and-set on a version, the journal append-only, evidence as idempotent upserts by route, stage,
//! epoch, instance and minute: another database can stand beside the embedded one.
//!
//! `door` is what others hold, `inbox` what waits, `writer` the thread; `base` is the open database, below it the SQL.

mod base;
mod batch;
mod door;
mod evidence;
mod found;
mod inbox;
mod moves;
mod pending;
mod prune;
mod queries;
mod rollouts;
mod rows;
mod schema;
mod text;
mod trouble;
mod verify;
mod writer;

use std::path::PathBuf;

pub use crate::domain::journal::Chain;
use crate::domain::{journal::Entry, rollout::State};
pub use batch::{EvidenceBatch, KeptEvidence, Minute, Row};
pub use door::Archive;
pub use queries::{KeptMinute, KeptSample};
pub use trouble::Trouble;
pub use verify::verify_file;

/// In `Settings::dir`.
pub const FILE: &str = "readshift.db";

/// Where and how much.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `None`: in memory, gone with the process.
    pub dir: Option<PathBuf>,
    /// Of evidence by the minute, samples and probes.
    pub keep_days: u32,
    pub max_bytes: u64,
}

/// What was found at start.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub rollouts: Vec<(String, State)>,
    /// Of each route at most one epoch: the one that was written last.
    pub evidence: Vec<KeptEvidence>,
    pub last_entry: Option<Entry>,
    /// Something that is recorded cannot be read, or is not what was sealed, and is missing above. Who is missing
    /// starts where nothing is live, and has that recorded in time.
    pub unreadable: Option<String>,
}

/// How the store does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// `None`: all is well.
    pub trouble: Option<String>,
    /// Entries of the journal that wait to be written.
    pub waiting: u64,
    pub written: u64,
    pub failed: u64,
    pub lost_batches: u64,
    /// Of the file; 0 in memory.
    pub bytes: u64,
}

#[cfg(test)]
mod tests;
