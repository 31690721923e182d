//! The evidence of one route while the program runs: its book, what of it belongs to the present stage and settings,
//! and when it is handed to the store.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{RouteSetup, Setup, minutes::Minutes};
use crate::{
    domain::{
        evidence::{Book, Entered, Fact, Later, Settings, Summary},
        outcome::Verdict,
        plan::Stage,
        rollout::State,
    },
    store::archive::{Archive, EvidenceBatch, KeptEvidence},
};

/// Between two writings: as much is lost by a crash.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// After a mismatch: what speaks against new is lost last.
const KEEP_SOON: Duration = Duration::from_secs(1);

pub struct Track {
    book: Book,
    /// As the settings name it.
    route: RouteSetup,
    stay: Stay,
    minutes: Minutes,
    /// Distinct data when it was last asked.
    units: u64,
    /// Of the reads of the rollout, when it was last measured.
    share: f64,
    /// Something came since it was last written.
    heard: bool,
    /// And it spoke against new.
    urgent: bool,
    kept_at: Instant,
}

/// One stay on a stage: what counts per stage counts within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    pub stage: Stage,
    pub since_millis: u64,
}

impl Stay {
    pub const fn of(state: &State) -> Stay {
        Stay { stage: state.stage, since_millis: state.since_millis }
    }
}

/// As the store names what evidence is about: the settings of its route, and the builds that answer.
fn epoch(route: &RouteSetup, [old, new]: [u64; 2]) -> String {
    format!("{}:{old:x}:{new:x}", route.digest)
}

/// Whether something that was kept is about what these settings mean, whatever the builds: those are told apart by the
/// first reply.
pub fn is_about(kept: &KeptEvidence, route: &RouteSetup) -> bool {
    let digest = kept.epoch.rsplitn(3, ':').nth(2);
    kept.route == route.id && digest == Some(&route.digest)
}

/// A book as the store gets it.
#[derive(Debug, Serialize, Deserialize)]
struct Bound {
    stay: Stay,
    /// Of the reads of the rollout.
    share: f64,
    book: serde_json::Value,
}

impl Track {
    /// Goes on with what was kept, where that is about the same thing; otherwise it begins anew.
    pub fn open(
        setup: &Setup,
        route: &RouteSetup,
        stay: Stay,
        kept: Option<KeptEvidence>,
        archive: &Archive,
        at: Moment,
    ) -> Option<Track> {
        let settings = setup.book(route, stay.stage)?;
        let epoch = kept.as_ref().map(|kept| kept.epoch.clone()).unwrap_or_default();
        let book = match kept {
            Some(kept) => restored(settings, stay, kept, at).unwrap_or_else(|settings| {
                tracing::error!(route = route.id, "its evidence cannot be read, and begins anew");
                // Or its units would be taken for those of the book that begins.
                archive.forget(&route.id, &epoch);
                let mut book = Book::new(*settings, at.millis);
                // Who can make it unreadable could otherwise try again until luck helps.
                book.begin_anew(true, at.millis);
                book
            }),
            None => Book::new(settings, at.millis),
        };
        Some(Track {
            units: book.summary(at.millis).units.known.n,
            book,
            route: route.clone(),
            stay,
            minutes: Minutes::default(),
            share: 0.0,
            heard: false,
            urgent: false,
            kept_at: at.now,
        })
    }

    pub const fn rollout(&self) -> usize {
        self.route.rollout
    }

    pub const fn epoch(&self) -> u32 {
        self.route.epoch
    }

    /// Whether the settings still mean the same evidence.
    pub fn is_of(&self, route: &RouteSetup) -> bool {
        self.route == *route
    }

    pub fn is_in(&self, stay: Stay) -> bool {
        self.stay == stay
    }

    /// `in_stage`: the request was planned by the present stage.
    pub fn enter(&mut self, fact: &Fact, in_stage: bool, archive: &Archive, at: Moment) {
        if self.minutes.are_over(at.millis) {
            if self.heard {
                self.keep(archive, at);
            }
            self.minutes.begin(at.millis);
        }
        if let Fact::Looked(looked) = fact {
            self.minutes.add(self.stay.stage, looked);
        }
        self.heard = true;
        self.urgent |= speaks_against_new(fact);
        let before = self.book.epoch_builds();
        let entered = if in_stage {
            self.book.enter(fact, at.millis)
        } else {
            self.book.enter_from_before(fact, at.millis)
        };
        if entered == Entered::EpochBegan {
            tracing::info!(route = self.route.id, "another build answers: its evidence begins anew");
            archive.forget(&self.route.id, &epoch(&self.route, before));
            self.units = 0;
        }
    }

    /// Another stage, or other bounds of the same: what counts per stage begins anew.
    pub fn stage_began(&mut self, setup: &Setup, stay: Stay, archive: &Archive, at: Moment) {
        if self.heard {
            self.keep(archive, at);
        }
        self.stay = stay;
        if let Some(settings) = setup.book(&self.route, stay.stage) {
            self.book.stage_began(settings, at.millis);
        }
        self.heard = true;
    }

    /// Other criteria for the same evidence on the same stage.
    pub fn reconfigured(&mut self, setup: &Setup) {
        if let Some(settings) = setup.book(&self.route, self.stay.stage) {
            self.book.reconfigured(settings);
        }
    }

    /// A person wants the evidence to begin anew, which is counted.
    pub fn restart(&mut self, archive: &Archive, at: Moment) {
        self.book.begin_anew(true, at.millis);
        self.units = 0;
        self.close(archive);
        // At once: that it was restarted must not be forgotten with it.
        self.keep(archive, at);
    }

    /// It is over: nothing of it is kept.
    pub fn close(&self, archive: &Archive) {
        archive.forget(&self.route.id, &self.name());
    }

    pub fn tick(&mut self, at: Moment) {
        self.book.tick(at.millis);
    }

    pub fn summary(&mut self, at: Moment) -> Summary {
        let summary = self.book.summary(at.millis);
        let units = summary.units.known.n;
        self.minutes.add_units(self.stay.stage, units.saturating_sub(self.units));
        self.units = units;
        summary
    }

    pub const fn share_measured(&mut self, share: f64) {
        self.share = share;
        self.book.share_measured(share);
    }

    /// Of what its evidence is about.
    fn name(&self) -> String {
        epoch(&self.route, self.book.epoch_builds())
    }

    /// Hands it to the store where it is time for that.
    pub fn keep_in_time(&mut self, archive: &Archive, at: Moment) {
        let since = at.now.saturating_duration_since(self.kept_at);
        if self.heard && (since >= KEEP_EVERY || (self.urgent && since >= KEEP_SOON)) {
            self.keep(archive, at);
        }
    }

    /// Hands it to the store where anything came since the last time.
    pub fn keep_now(&mut self, archive: &Archive, at: Moment) {
        if self.heard {
            self.keep(archive, at);
        }
    }

    fn keep(&mut self, archive: &Archive, at: Moment) {
        let kept = self.book.keep();
        let bound = Bound { stay: self.stay, share: self.share, book: kept.state };
        archive.keep(EvidenceBatch {
            route: self.route.id.clone(),
            epoch: self.name(),
            stage: self.stay.stage,
            at_millis: at.millis,
            state: serde_json::to_value(bound).unwrap_or_default(),
            new_units: kept.new_units,
            minute: self.minutes.of(self.stay.stage),
        });
        (self.heard, self.urgent, self.kept_at) = (false, false, at.now);
    }
}

/// The book as it was kept, on the stage it is on now; the settings where it cannot be read.
fn restored(settings: Settings, stay: Stay, kept: KeptEvidence, at: Moment) -> Result<Book, Box<Settings>> {
    let book = Bound::deserialize(kept.state).ok().and_then(|bound| {
        let mut book = Book::restored(settings.clone(), &bound.book, kept.units, at.millis)?;
        book.share_measured(bound.share);
        if bound.stay != stay {
            book.stage_began(settings.clone(), at.millis);
        }
        Some(book)
    });
    book.ok_or_else(|| Box::new(settings))
}

/// One moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: Instant,
    pub millis: u64,
}

fn speaks_against_new(fact: &Fact) -> bool {
    match fact {
        Fact::Looked(looked) => {
            looked.outcome.verdict() == Verdict::Mismatch
                || (looked.served.planned_new && looked.served.failed)
        }
        Fact::Later { later, .. } => matches!(later, Later::StillDiffers),
        Fact::Seeded { .. } | Fact::Probed { .. } => false,
    }
}
