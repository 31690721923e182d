//! The book of one route: facts are entered, summaries are read.

use serde::{Deserialize, Serialize};

use super::{Fact, Summary};
use crate::domain::gate::Criteria;

/// What a book has to know to be kept.
#[derive(Clone, Debug)]
pub struct Settings {
    pub route: String,
    pub criteria: Criteria,
    /// Routes in the rollout.
    pub routes: usize,
    /// The share of the stage, 0 to 1.
    pub share: f64,
    /// The share the next stage has: what the bounds are of.
    pub next_share: f64,
    /// A mismatch is final after this.
    pub settles_after: std::time::Duration,
}

/// The evidence of one route in one epoch.
#[derive(Debug)]
pub struct Book {
    settings: Settings,
}

/// A book as it is written down: all of it but the units, and the units that came since it was last written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub state: serde_json::Value,
    pub new_units: Vec<u64>,
}

impl Book {
    pub const fn new(settings: Settings, _now_millis: u64) -> Book {
        Book { settings }
    }

    /// Enters one fact. `in_stage`: of a request that was planned by the present stage; what counts per stage counts only then.
    pub fn enter(&mut self, _fact: &Fact, _in_stage: bool, _now_millis: u64) {}

    /// The stage has changed: what counts per stage begins anew, and the bounds are those of the next stage.
    pub fn stage_began(&mut self, settings: Settings, _now_millis: u64) {
        self.settings = settings;
    }

    /// Everything begins anew. `restart`: without a change, which is counted.
    pub fn begin_anew(&mut self, _restart: bool, _now_millis: u64) {}

    /// To be called about once a second.
    pub fn tick(&mut self, _now_millis: u64) {}

    pub fn summary(&self, _now_millis: u64) -> Summary {
        Summary { route: self.settings.route.clone(), ..Summary::default() }
    }

    /// What has to be written down.
    pub fn keep(&mut self) -> Kept {
        Kept::default()
    }

    /// The book as it was written down, with all units; `None` where it cannot be read, and then it begins anew.
    pub fn restored(
        settings: Settings,
        _kept: &serde_json::Value,
        _units: Vec<u64>,
        now_millis: u64,
    ) -> Option<Book> {
        Some(Book::new(settings, now_millis))
    }
}
