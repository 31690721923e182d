//! The book of one route: facts are entered, summaries are read.
//!
//! Here is only which fact concerns which of the rooms beside this one, and the passing of time. Entering a match
//! takes no memory and few steps: it happens on every read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Bounds, Fact, Looked, Summary, Unit,
    builds::Build,
    comparisons::{Gain, Look, Span},
    failures::Answered,
    kind::Kind,
    state::State,
    units::Units,
};
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
    pub settles_after: Duration,
}

/// The evidence of one route in one epoch.
#[derive(Debug)]
pub struct Book {
    settings: Settings,
    state: State,
    units: Units,
    /// Of the reads of the rollout, where the controller has told it.
    route_share: f64,
}

/// What came of entering a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    Counted,
    /// It is of another build of old or new than the evidence was about: the book has begun anew, with this fact. What
    /// was written down of the epoch before is over.
    EpochBegan,
}

/// A book as it is written down: all of it but the units, and the units that came since it was last written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub state: serde_json::Value,
    pub new_units: Vec<u64>,
}

impl Book {
    pub fn new(settings: Settings, now_millis: u64) -> Book {
        let state = State::new(&settings, bounds(&settings, 0.0), now_millis);
        let units = units(&settings);
        Book { settings, state, units, route_share: 0.0 }
    }

    /// Enters one fact of the present stage.
    pub fn enter(&mut self, fact: &Fact, now_millis: u64) -> Entered {
        self.enter_of(fact, true, now_millis)
    }

    /// Enters one fact of a request that was planned under an earlier stage: it counts for the epoch, not for the
    /// stage.
    pub fn enter_from_before(&mut self, fact: &Fact, now_millis: u64) -> Entered {
        self.enter_of(fact, false, now_millis)
    }

    fn enter_of(&mut self, fact: &Fact, in_stage: bool, now_millis: u64) -> Entered {
        self.tick(now_millis);
        match fact {
            Fact::Looked(looked) => return self.looked(looked, in_stage),
            Fact::Later { unit, later } => {
                let (look, span) = (self.look(*unit, 0, in_stage), self.span());
                let gain = self.state.comparisons.later(&mut self.units, look, *later, span);
                self.gained(gain);
            }
            Fact::Seeded { found } => {
                self.state.seeded.planted += 1;
                self.state.seeded.missed += u64::from(!found);
            }
            Fact::Probed { failed } => self.state.probes.ran(failed.as_deref(), self.state.now_millis),
        }
        Entered::Counted
    }

    fn looked(&mut self, looked: &Looked, in_stage: bool) -> Entered {
        let [old_before, _] = self.state.builds.current();
        let build = self.state.builds.see(looked.builds, self.state.now_millis);
        let begins = build == Build::Changed && self.state.has_evidence();
        if begins {
            let [old, _] = self.state.builds.current();
            self.forget(old == old_before);
        }
        let now_millis = self.state.now_millis;
        let state = &mut self.state;
        let criteria = &self.settings.criteria;
        let kind = Kind::of(looked, criteria.empty_is_evidence.is_some());
        let answered = Answered::of(looked);
        state.totals.see(looked);
        state.census.see(&looked.cell, in_stage);
        state.pace.request(now_millis);
        state.timing.see(looked, answered, in_stage, &criteria.latency);
        state.drops.see(looked, kind, in_stage);
        if let Some(old) = answered.old {
            state.failures.see_old(old, now_millis);
        }
        if in_stage {
            state.failures.see(looked.served, answered, criteria.errors.ratio, now_millis);
            state.callers.see(looked.caller, looked.served.planned_new);
        }
        // That another build than the one in question is right says nothing; that it is wrong, nobody wants to miss.
        if build != Build::Other || kind != Kind::Match {
            self.compared(looked, kind, in_stage);
        }
        if begins { Entered::EpochBegan } else { Entered::Counted }
    }

    fn compared(&mut self, looked: &Looked, kind: Kind, in_stage: bool) {
        let look = self.look(looked.unit, looked.cell.hash, in_stage);
        let (comparisons, units) = (&mut self.state.comparisons, &mut self.units);
        let gain = match kind {
            Kind::Match => comparisons.matched(units, look),
            Kind::Differs => comparisons.differs(units, look),
            Kind::NewFailed => comparisons.new_failed(units, look),
            Kind::Unjudged => return comparisons.unjudged(units, look),
            Kind::Vacuous | Kind::Nothing => return,
        };
        self.state.soak.compared(look.now_millis);
        self.gained(gain);
    }

    fn gained(&mut self, Gain { cell, counted }: Gain) {
        if counted.n + counted.k > 0 {
            let now_millis = self.state.now_millis;
            self.state.census.gained(cell, counted);
            self.state.pace.units(counted.n, now_millis);
            self.state.soak.units(counted.n, now_millis);
        }
    }

    const fn look(&self, unit: Unit, cell: u64, in_stage: bool) -> Look {
        Look { unit, cell, in_stage, now_millis: self.state.now_millis }
    }

    const fn span(&self) -> Span {
        Span {
            now_millis: self.state.now_millis,
            since_millis: self.state.since_millis,
            settles_after: self.settings.settles_after,
        }
    }

    /// To be called about once a second. Time that goes back stands still.
    pub fn tick(&mut self, now_millis: u64) {
        let before = self.state.now_millis;
        self.state.now_millis = before.max(now_millis);
        if self.state.now_millis / 1_000 == before / 1_000 {
            return;
        }
        let span = self.span();
        for gain in self.state.comparisons.turn(&mut self.units, span) {
            self.gained(gain);
        }
        self.state.turn_rooms(&self.settings);
    }

    /// The stage has changed: what counts per stage begins anew, and the bounds are those of the next stage.
    pub fn stage_began(&mut self, settings: Settings, now_millis: u64) {
        self.tick(now_millis);
        self.state.stage_began(&settings, bounds(&settings, self.route_share));
        self.settings = settings;
    }

    /// Other settings for the same stage and the same epoch. What was fixed when the stage began stays so.
    pub fn reconfigured(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Everything begins anew. `restart`: without a change, which is counted.
    pub fn begin_anew(&mut self, restart: bool, now_millis: u64) {
        self.tick(now_millis);
        let restarts = if restart { self.state.restarts.saturating_add(1) } else { 0 };
        self.forget(true);
        self.state.restarts = restarts;
    }

    fn forget(&mut self, same_old: bool) {
        let bounds = bounds(&self.settings, self.route_share);
        self.state.begin_anew(&self.settings, bounds, same_old);
        self.units = units(&self.settings);
    }

    /// The builds of old and new the evidence is about; 0 where none is told.
    pub const fn epoch_builds(&self) -> [u64; 2] {
        self.state.builds.current()
    }

    /// What share of the reads of the rollout this route has, 0 to 1: its `looked` among those of all. Bounds follow
    /// it when the next stage begins; until it is told they are the strictest.
    pub const fn share_measured(&mut self, share: f64) {
        self.route_share = share;
    }

    /// Reads of this epoch.
    pub const fn looked_so_far(&self) -> u64 {
        self.state.census.requests()
    }

    pub fn summary(&self, now_millis: u64) -> Summary {
        self.state.summary(&self.settings, self.route_share, now_millis)
    }

    /// What has to be written down. The units are told once each: they are the caller's from now on.
    pub fn keep(&mut self) -> Kept {
        self.state.comparisons.keep(&self.units);
        Kept { state: self.state.keep(), new_units: self.units.take_fresh() }
    }

    /// The book as it was written down, with all units; `None` where it cannot be read, and then it begins anew, which
    /// is a restart.
    pub fn restored(
        settings: Settings,
        kept: &serde_json::Value,
        words: Vec<u64>,
        now_millis: u64,
    ) -> Option<Book> {
        let mut state = State::read(kept)?;
        let mut units = units(&settings);
        units.restore(&words);
        state.comparisons.restored(&units);
        let mut book = Book { settings, state, units, route_share: 0.0 };
        book.tick(now_millis);
        Some(book)
    }
}

fn bounds(settings: &Settings, route_share: f64) -> Bounds {
    Bounds::of(&settings.criteria.mismatch, settings.next_share, settings.routes, route_share)
}

fn units(settings: &Settings) -> Units {
    Units::new(settings.criteria.units.per_route, settings.criteria.units.per_key)
}

#[cfg(test)]
mod tests;
