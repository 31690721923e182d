//! The book of one route: facts are entered, summaries are read.
//!
//! What is kept is in the rooms beside this one; here is only which fact concerns which of them, and the passing of
//! time. Entering a match takes no memory and few steps: it happens on every read.

use serde::{Deserialize, Serialize};

use super::{
    Bounds, Fact, Looked, Summary, UnitCounts, Watched,
    alarms::Alarms,
    comparisons::{Comparisons, Gain, Look, Span},
    failures::{Answered, Failures, Hours},
    kind::Kind,
    units::Units,
};
use crate::domain::gate::Criteria;

/// Highs of the detectors are told for at least so long.
const HIGHS_MILLIS: u64 = 60_000;
/// Of what is written down. Another version is not read: the evidence begins anew.
const VERSION: u32 = 1;

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
    state: State,
    units: Units,
    /// Of the reads of the rollout, where the controller has told it.
    route_share: f64,
}

/// All of a book but the units.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    version: u32,
    since_millis: u64,
    /// Time as last told; it never goes back.
    now_millis: u64,
    highs_since_millis: u64,
    restarts: u32,
    vacuous: u64,
    bounds: (f64, f64),
    comparisons: Comparisons,
    failures: Failures,
    probes: Watched,
}

/// A book as it is written down: all of it but the units, and the units that came since it was last written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub state: serde_json::Value,
    pub new_units: Vec<u64>,
}

impl State {
    fn new(settings: &Settings, bounds: Bounds, restarts: u32, old: Hours, now_millis: u64) -> State {
        let alarms = Alarms::new(&settings.criteria, bounds, None);
        let mut state = State {
            version: VERSION,
            since_millis: now_millis,
            now_millis,
            highs_since_millis: now_millis,
            restarts,
            vacuous: 0,
            bounds: (bounds.max, bounds.abort),
            comparisons: Comparisons::new(alarms),
            failures: Failures::new(&settings.criteria.errors, settings.share, old, now_millis),
            probes: Watched::default(),
        };
        state.comparisons.begin(now_millis, settings.settles_after);
        state
    }
}

impl Book {
    pub fn new(settings: Settings, now_millis: u64) -> Book {
        let bounds = bounds(&settings, 0.0);
        let state = State::new(&settings, bounds, 0, Hours::default(), now_millis);
        let units = Units::new(settings.criteria.units.per_route, settings.criteria.units.per_key);
        Book { settings, state, units, route_share: 0.0 }
    }

    /// Enters one fact of the present stage.
    pub fn enter(&mut self, fact: &Fact, now_millis: u64) {
        self.enter_of(fact, true, now_millis);
    }

    /// Enters one fact of a request that was planned under an earlier stage: it counts for the epoch, not for the
    /// stage.
    pub fn enter_from_before(&mut self, fact: &Fact, now_millis: u64) {
        self.enter_of(fact, false, now_millis);
    }

    fn enter_of(&mut self, fact: &Fact, in_stage: bool, now_millis: u64) {
        self.tick(now_millis);
        match fact {
            Fact::Looked(looked) => self.looked(looked, in_stage),
            Fact::Later { unit, later } => {
                let (look, span) = (self.look(*unit, 0, in_stage), self.span());
                let gain = self.state.comparisons.later(&mut self.units, look, *later, span);
                self.gained(gain);
            }
            Fact::Seeded { .. } => {}
            Fact::Probed { failed } => {
                let at_millis = self.state.now_millis;
                self.state.probes.ran(failed.as_deref(), at_millis);
            }
        }
    }

    fn looked(&mut self, looked: &Looked, in_stage: bool) {
        let now_millis = self.state.now_millis;
        let answered = Answered::of(looked);
        if let Some(old) = answered.old {
            self.state.failures.see_old(old, now_millis);
        }
        if in_stage {
            let ratio = self.settings.criteria.errors.ratio;
            self.state.failures.see(looked.served, answered, ratio, now_millis);
        }
        self.compared(looked, in_stage);
    }

    fn compared(&mut self, looked: &Looked, in_stage: bool) {
        let look = self.look(looked.unit, looked.cell.hash, in_stage);
        let (comparisons, units) = (&mut self.state.comparisons, &mut self.units);
        let gain = match Kind::of(looked, self.settings.criteria.empty_is_evidence.is_some()) {
            Kind::Match => comparisons.matched(units, look),
            Kind::Differs => comparisons.differs(units, look),
            Kind::NewFailed => comparisons.new_failed(units, look),
            Kind::Unjudged => {
                comparisons.unjudged(units, look);
                return;
            }
            Kind::Vacuous => {
                self.state.vacuous += 1;
                return;
            }
            Kind::Nothing => return,
        };
        self.gained(gain);
    }

    const fn gained(&mut self, _gain: Gain) {}

    const fn look(&self, unit: super::Unit, cell: u64, in_stage: bool) -> Look {
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
        if span.now_millis.saturating_sub(self.state.highs_since_millis) >= HIGHS_MILLIS {
            self.state.highs_since_millis = span.now_millis;
            self.state.comparisons.alarms.turn();
            self.state.failures.turn_minute();
        }
    }

    /// The stage has changed: what counts per stage begins anew, and the bounds are those of the next stage.
    pub fn stage_began(&mut self, settings: Settings, now_millis: u64) {
        self.tick(now_millis);
        let bounds = bounds(&settings, self.route_share);
        let state = &mut self.state;
        state.bounds = (bounds.max, bounds.abort);
        let raw = state.comparisons.raw;
        let raw_before = (raw.n > 0).then(|| raw.k as f64 / raw.n as f64);
        state.comparisons.stage_began(Alarms::new(&settings.criteria, bounds, raw_before));
        let old = state.failures.clone().into_hours();
        state.failures = Failures::new(&settings.criteria.errors, settings.share, old, state.now_millis);
        self.settings = settings;
    }

    /// Everything begins anew. `restart`: without a change, which is counted.
    pub fn begin_anew(&mut self, restart: bool, now_millis: u64) {
        self.tick(now_millis);
        let restarts = if restart { self.state.restarts.saturating_add(1) } else { 0 };
        let bounds = bounds(&self.settings, self.route_share);
        let old = self.state.failures.clone().into_hours();
        self.state = State::new(&self.settings, bounds, restarts, old, self.state.now_millis);
        let units = &self.settings.criteria.units;
        self.units = Units::new(units.per_route, units.per_key);
    }

    /// What share of the reads of the rollout this route has, 0 to 1. Bounds follow it when the next stage begins.
    pub const fn share_measured(&mut self, share: f64) {
        self.route_share = share;
    }

    pub fn summary(&self, _now_millis: u64) -> Summary {
        let State { comparisons, failures, .. } = &self.state;
        let mut levels = comparisons.alarms.levels();
        levels.errors = failures.absolute.highest();
        levels.errors_relative = failures.relative.highest();
        Summary {
            route: self.settings.route.clone(),
            share: self.route_share,
            since_millis: self.state.since_millis,
            restarts: self.state.restarts,
            units: comparisons.counts(),
            vacuous: self.state.vacuous,
            levels,
            errors: failures.summary(),
            staleness: comparisons.staleness(),
            configured: self.settings.share,
            probes: self.state.probes.clone(),
            ..Summary::default()
        }
    }

    /// What has to be written down.
    pub fn keep(&mut self) -> Kept {
        self.state.comparisons.keep(&self.units);
        // Nothing of a state refuses to be written; if it did, it could not be read again either.
        let state = serde_json::to_value(&self.state).unwrap_or_default();
        Kept { state, new_units: self.units.take_fresh() }
    }

    /// The book as it was written down, with all units; `None` where it cannot be read, and then it begins anew.
    pub fn restored(
        settings: Settings,
        kept: &serde_json::Value,
        words: Vec<u64>,
        now_millis: u64,
    ) -> Option<Book> {
        let mut state = State::deserialize(kept).ok().filter(|state| state.version == VERSION)?;
        let mut units = Units::new(settings.criteria.units.per_route, settings.criteria.units.per_key);
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

impl Watched {
    fn ran(&mut self, failed: Option<&str>, at_millis: u64) {
        self.checked += 1;
        self.failed = u64::from(failed.is_some());
        self.at_millis = Some(at_millis);
        self.says = failed.map(str::to_owned);
    }
}

impl super::comparisons::Comparisons {
    fn counts(&self) -> UnitCounts {
        UnitCounts {
            settled: self.settled(),
            known: self.known,
            stage: self.stage,
            flaky: self.flaky,
            unheld: self.unheld,
            requests: self.requests,
            indeterminate: self.indeterminate,
        }
    }
}
