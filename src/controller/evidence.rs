//! The thread that judges: it takes away what all others have seen, enters it into the books, and says every second
//! what the gates say. Right after new failed a client it says so at once.
//!
//! It moves nothing: decisions go to the loop. Only where the loop does not follow a breach are reads brought back
//! from here, past it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, watch};

use super::{
    RolloutView, Setup, View,
    board::Board,
    run::Judged,
    track::{Moment, Stay, Track, is_about},
    view::undecided,
};
use crate::{
    clock,
    domain::{
        account::Heading,
        evidence::{Fact, Note, Summary},
        gate::{Call, Case, Decision, judge},
        plan::Stage,
        rollout::{Advance, Rollout, State},
    },
    store::{
        archive::{Archive, KeptEvidence},
        facts::Facts,
        flags::Flags,
        noise::Noises,
        watched::Watches,
    },
};

/// Between two looks at what has come: the longest a failure of new goes unnoticed.
const DRAIN_EVERY: Duration = Duration::from_millis(50);
const JUDGE_EVERY: Duration = Duration::from_secs(1);
/// So long after a breach reads are live still: then the loop does not work.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(1);

pub struct Evidence {
    pub board: Arc<Board>,
    pub facts: Arc<Facts>,
    pub watches: Arc<Watches>,
    pub noises: Arc<Noises>,
    pub flags: Arc<Flags>,
    pub archive: Archive,
    pub judged: mpsc::Sender<Judged>,
    pub view: watch::Sender<Arc<View>>,
}

/// Runs until the board says stop, and then has everything kept.
pub fn run(evidence: Evidence, kept: Vec<KeptEvidence>) {
    evidence.board.judged_by(thread::current());
    let mut watch = Watch::new(evidence);
    watch.safely("open", |watch| watch.open(kept));
    while !watch.parts.board.is_stopping() {
        watch.safely("judge", Watch::pass);
        thread::park_timeout(DRAIN_EVERY);
    }
    watch.safely("keep", |watch| {
        watch.pass();
        let at = moment();
        watch.tracks.iter_mut().flatten().for_each(|track| track.keep_now(&watch.parts.archive, at));
    });
}

struct Watch {
    parts: Evidence,
    setup: Arc<Setup>,
    /// In the order of the config.
    tracks: Vec<Option<Track>>,
    rollouts: Vec<Watched>,
    notes: Vec<Note>,
    shown: View,
    judged_at: Option<Instant>,
}

/// What the thread knows of one rollout.
#[derive(Default)]
struct Watched {
    /// Of the published stage: notes that carry another one were planned by another stage.
    generation: u32,
    forgotten: u32,
    /// New has failed a client since the last decision.
    failed: bool,
    /// A breach at this generation, since then.
    breached: Option<(u32, Instant)>,
}

impl Watch {
    fn new(parts: Evidence) -> Watch {
        let rollouts = (0..parts.board.rollouts()).map(|place| Watched {
            generation: parts.flags.published(place).generation,
            forgotten: parts.board.forgotten(place),
            ..Watched::default()
        });
        let shown = View::clone(&parts.view.borrow());
        Watch {
            rollouts: rollouts.collect(),
            setup: parts.board.setup.load_full(),
            shown,
            tracks: Vec::new(),
            notes: Vec::new(),
            judged_at: None,
            parts,
        }
    }

    /// What fails here costs all evidence, for nobody can tell what of it is right. Never the thread.
    fn safely(&mut self, what: &str, work: impl FnOnce(&mut Watch)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            tracing::error!(what, "the evidence failed and begins anew");
            self.notes = Vec::new();
            let _ = catch_unwind(AssertUnwindSafe(|| self.open(Vec::new())));
        }
    }

    /// Opens every book. What was kept of what no setting means any more is forgotten.
    fn open(&mut self, mut kept: Vec<KeptEvidence>) {
        let at = moment();
        let setup = self.setup.clone();
        self.tracks = setup
            .routes
            .iter()
            .map(|route| {
                let state = self.parts.board.state(route.rollout)?;
                let found = kept.iter().rposition(|kept| is_about(kept, route));
                let found = found.map(|place| kept.swap_remove(place));
                if let Some(found) = &found {
                    tracing::info!(
                        route = found.route,
                        units = found.units.len(),
                        "goes on with its evidence"
                    );
                }
                Track::open(&setup, route, Stay::of(&state), found, &self.parts.archive, at)
            })
            .collect();
        kept.iter().for_each(|over| self.parts.archive.forget(&over.route, &over.epoch));
    }

    fn pass(&mut self) {
        let at = moment();
        let mut notes = std::mem::take(&mut self.notes);
        self.parts.facts.take(&mut notes);
        // In this order, so that a decision that carries the present turn knows of everything before it; and after the
        // notes, so that none of them is of a stage that is not known here.
        let turns: Vec<u64> = (0..self.rollouts.len()).map(|place| self.parts.board.turn(place)).collect();
        self.follow(at);
        for note in notes.drain(..) {
            self.enter(&note, at);
        }
        self.notes = notes;
        let due = self.judged_at.is_none_or(|before| at.now.saturating_duration_since(before) >= JUDGE_EVERY);
        let all = self.parts.board.take_want() || due;
        if due {
            self.judged_at = Some(at.now);
            self.tracks.iter_mut().flatten().for_each(|track| track.tick(at));
        }
        for (place, turn) in turns.into_iter().enumerate() {
            let failed =
                self.rollouts.get_mut(place).is_some_and(|rollout| std::mem::take(&mut rollout.failed));
            if all || failed {
                self.judge(place, turn, at);
            }
        }
        if all {
            self.show(at);
        }
        self.tracks.iter_mut().flatten().for_each(|track| track.keep_in_time(&self.parts.archive, at));
    }

    /// Settings, stages and restarts as they are now.
    fn follow(&mut self, at: Moment) {
        let Watch { parts: Evidence { board, flags, archive, watches, .. }, setup, tracks, rollouts, .. } =
            self;
        let before = std::mem::replace(setup, board.setup.load_full());
        let reloaded = !Arc::ptr_eq(&before, setup);
        for (place, rollout) in rollouts.iter_mut().enumerate() {
            let Some(state) = board.state(place) else { continue };
            let (generation, forgotten) = (flags.published(place).generation, board.forgotten(place));
            let moved = std::mem::replace(&mut rollout.generation, generation) != generation;
            let restarted = std::mem::replace(&mut rollout.forgotten, forgotten) != forgotten;
            let other_ladder = reloaded && !same_ladder(&before, setup, place);
            for (of, track) in tracks.iter_mut().enumerate() {
                let Some(track) = track.as_mut().filter(|track| track.rollout() == place) else { continue };
                if moved || other_ladder || !track.is_in(Stay::of(&state)) {
                    track.stage_began(setup, Stay::of(&state), archive, at);
                } else if reloaded {
                    track.reconfigured(setup);
                }
                if restarted {
                    track.restart(archive, at);
                    watches.begin_anew(of);
                }
            }
        }
        if reloaded {
            self.reopen(at);
        }
    }

    /// The evidence of routes that mean something else now is over.
    fn reopen(&mut self, at: Moment) {
        for (place, (track, route)) in self.tracks.iter_mut().zip(&self.setup.routes).enumerate() {
            if track.as_ref().is_some_and(|track| track.is_of(route)) {
                continue;
            }
            if let Some(over) = track {
                over.close(&self.parts.archive);
            }
            self.parts.watches.begin_anew(place);
            let (state, archive) = (self.parts.board.state(route.rollout), &self.parts.archive);
            *track =
                state.and_then(|state| Track::open(&self.setup, route, Stay::of(&state), None, archive, at));
            tracing::info!(
                route = route.id,
                epoch = route.epoch,
                "its evidence begins anew under other settings"
            );
        }
    }

    fn enter(&mut self, note: &Note, at: Moment) {
        let Some(Some(track)) = usize::try_from(note.route).ok().and_then(|place| self.tracks.get_mut(place))
        else {
            return;
        };
        if note.epoch != track.epoch() {
            return;
        }
        let Some(rollout) = self.rollouts.get_mut(track.rollout()) else { return };
        rollout.failed |= matches!(&note.fact, Fact::Looked(l) if l.served.planned_new && l.served.failed);
        track.enter(&note.fact, note.generation == rollout.generation, &self.parts.archive, at);
    }

    fn judge(&mut self, place: usize, turn: u64, at: Moment) {
        let setup = self.setup.clone();
        let (Some(rollout), Some(state)) = (setup.rollouts.get(place), self.parts.board.state(place)) else {
            return;
        };
        let routes = self.summaries(place, at);
        let trouble = self.parts.archive.health().trouble;
        let decision = judge(&Case {
            ladder: &rollout.ladder,
            policy: &rollout.policy,
            criteria: &rollout.criteria,
            state: &state,
            routes: &routes,
            store_trouble: trouble.as_deref(),
            now_millis: at.millis,
        });
        let taken = self.parts.judged.try_send(Judged { place, turn, decision: decision.clone() }).is_ok();
        self.mind_breach(place, &decision, taken, at.now);
        let view = RolloutView {
            id: rollout.id.clone(),
            ladder: rollout.ladder.stages().collect(),
            automatic: rollout.policy.advance == Advance::Auto,
            state: State::clone(&state),
            decision,
            coverage: rollout.criteria.coverage.clone(),
            routes,
        };
        if let Some(shown) = self.shown.rollouts.get_mut(place) {
            *shown = view;
        }
    }

    /// Of the routes of a rollout, with what is watched beside the comparison.
    fn summaries(&mut self, rollout: usize, at: Moment) -> Vec<Summary> {
        let Evidence { watches, noises, .. } = &self.parts;
        let tracks = self.tracks.iter_mut().enumerate();
        let of_rollout = tracks.filter_map(|(place, track)| Some((place, track.as_mut()?)));
        let mut of_rollout: Vec<_> = of_rollout.filter(|(_, track)| track.rollout() == rollout).collect();
        let read = |(place, track): &mut (usize, &mut Track)| Summary {
            invariants: watches.invariants_of(*place),
            aggregates: watches.aggregates_of(*place),
            excess: noises.excess(Heading::route(*place)),
            probes: watches.probes_of(rollout),
            ..track.summary(at)
        };
        let mut routes: Vec<Summary> = of_rollout.iter_mut().map(read).collect();
        share_out(&mut routes);
        for ((_, track), summary) in of_rollout.iter_mut().zip(&routes) {
            track.share_measured(summary.share);
        }
        routes
    }

    /// The loop follows a breach within moments. Where it does not, reads are brought back without it.
    fn mind_breach(&mut self, place: usize, decision: &Decision, taken: bool, now: Instant) {
        let Some(rollout) = self.rollouts.get_mut(place) else { return };
        if decision.call != Call::Breach || !self.parts.flags.stage(place).is_live() {
            rollout.breached = None;
            return;
        }
        let generation = self.parts.flags.published(place).generation;
        let (_, since) = *match &mut rollout.breached {
            Some(breached) if breached.0 == generation => breached,
            other => other.insert((generation, now)),
        };
        if !taken || now.saturating_duration_since(since) >= FOLLOWED_WITHIN {
            tracing::error!(
                place,
                why = decision.breach_words(),
                "the controller does not follow a breach: old is forced"
            );
            self.parts.flags.force_old(place, true);
        }
    }

    fn show(&mut self, at: Moment) {
        self.shown.at_millis = at.millis;
        self.shown.store = self.parts.archive.health();
        self.shown.facts_lost = self.parts.facts.lost();
        self.parts.view.send_replace(Arc::new(self.shown.clone()));
    }
}

/// What there is to see before anything was judged.
pub fn unjudged(setup: &Setup, states: &[State]) -> View {
    let shown = |(rollout, state): (&Rollout, &State)| {
        let ladder: Vec<Stage> = rollout.ladder.stages().collect();
        RolloutView {
            id: rollout.id.clone(),
            automatic: rollout.policy.advance == Advance::Auto,
            state: state.clone(),
            decision: undecided(state.stage, &ladder),
            coverage: rollout.criteria.coverage.clone(),
            routes: Vec::new(),
            ladder,
        }
    };
    View { rollouts: setup.rollouts.iter().zip(states).map(shown).collect(), ..View::default() }
}

/// What each route is of the requests of its rollout: of that its book knows nothing.
fn share_out(routes: &mut [Summary]) {
    let all: u64 = routes.iter().map(|summary| summary.looked).sum();
    for summary in routes {
        summary.share = if all == 0 { 0.0 } else { summary.looked as f64 / all as f64 };
    }
}

/// Whether a rollout climbs the same stages under both: by them goes what is borne on each.
fn same_ladder(one: &Setup, other: &Setup, place: usize) -> bool {
    let ladder = |setup: &Setup| {
        setup.rollouts.get(place).map(|rollout| rollout.ladder.stages().collect::<Vec<Stage>>())
    };
    ladder(one) == ladder(other)
}

fn moment() -> Moment {
    Moment { now: clock::now(), millis: clock::unix_millis() }
}

#[cfg(test)]
mod tests;
