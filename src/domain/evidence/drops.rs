//! What should have been compared and was not (statistics 8): how much, and whether it differs from the rest. How
//! long old took and how much it sent is known of reads whose shadow was dropped, too.

use serde::{Deserialize, Serialize};

use super::{DropSummary, Looked, Odds, kind::Kind, recent::Recent};
use crate::domain::{
    outcome::{Outcome, Verdict},
    stats::{
        sketch::Sketch,
        strata::{Stratum, post_stratified},
    },
};

/// Reads before what is slow and what is large can be said.
const LEAST_READS: u64 = 1_000;
/// Up to the median, to the ninth decile, to the last percentile, and beyond.
const SLOWNESS: [f64; 3] = [0.5, 0.9, 0.99];
/// Up to the median, to the ninth decile, and beyond.
const LARGENESS: [f64; 2] = [0.5, 0.9];
const STRATA: usize = (SLOWNESS.len() + 1) * (LARGENESS.len() + 1);
/// Which of each is the ninth decile, past which a read is slow or large.
const NINTH_DECILE: usize = 1;
const MILLION: f64 = 1e6;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drops {
    intended: u64,
    dropped: u64,
    slow: Odds,
    large: Odds,
    strata: Vec<Stratum>,
    /// Of old, in microseconds and in bytes.
    took: Recent,
    size: Recent,
    edges: Option<Edges>,
}

/// Whole numbers: microseconds and bytes that reads of a band do not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Edges {
    took: [u64; SLOWNESS.len()],
    size: [u64; LARGENESS.len()],
}

/// What became of a read that was to be mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Compared,
    Dropped,
    /// It was not to be compared, or nobody is to blame that it could not be.
    NotIntended,
}

fn ending(outcome: Outcome) -> Ending {
    match outcome {
        Outcome::ShedInFlight
        | Outcome::ShedRate
        | Outcome::ShedBreaker
        | Outcome::ShedMemory
        | Outcome::ShedCompare
        | Outcome::RequestBodyTooLarge => Ending::Dropped,
        Outcome::Undecodable
        | Outcome::TooDeep
        | Outcome::TooLargeEncoded
        | Outcome::TooCostly
        | Outcome::CompareFailed => Ending::Compared,
        outcome => match outcome.verdict() {
            Verdict::Match | Verdict::Forgiven | Verdict::Mismatch => Ending::Compared,
            Verdict::Incomparable | Verdict::Unpaired => Ending::NotIntended,
        },
    }
}

impl Edges {
    fn of(took: &Sketch, size: &Sketch) -> Option<Edges> {
        let enough = took.count() >= LEAST_READS && size.count() >= LEAST_READS;
        // Rounded up, so that equal values lie in one band.
        let edge = |sketch: &Sketch, q: f64| sketch.ceiling(q).map_or(u64::MAX, |edge| edge.ceil() as u64);
        enough
            .then(|| Edges { took: SLOWNESS.map(|q| edge(took, q)), size: LARGENESS.map(|q| edge(size, q)) })
    }

    /// How slow and how large, each as a place among the bands.
    fn bands(&self, micros: u64, bytes: u64) -> (usize, usize) {
        let exceeded = |edges: &[u64], value: u64| edges.iter().filter(|edge| value > **edge).count();
        (exceeded(&self.took, micros), exceeded(&self.size, bytes))
    }
}

impl Drops {
    /// A stage begins. What is known of old stays.
    pub fn stage_began(&mut self) {
        (self.intended, self.dropped) = (0, 0);
        (self.slow, self.large) = (Odds::default(), Odds::default());
        self.strata = vec![Stratum::default(); STRATA];
    }

    /// How long old takes and how much it sends is known from before.
    pub fn takes_old_of(&mut self, before: Drops) {
        (self.took, self.size, self.edges) = (before.took, before.size, before.edges);
    }

    pub fn turn(&mut self, now_millis: u64) {
        let another_hour = self.took.turn(now_millis);
        self.size.turn(now_millis);
        let before =
            if another_hour { Edges::of(self.took.last_hour(), self.size.last_hour()) } else { None };
        let first = || Edges::of(self.took.hour(), self.size.hour());
        self.edges = before.or(self.edges).or_else(first);
    }

    pub fn see(&mut self, looked: &Looked, kind: Kind, in_stage: bool) {
        let ending = ending(looked.outcome);
        if ending == Ending::NotIntended {
            return;
        }
        let dropped = ending == Ending::Dropped;
        if in_stage {
            self.intended += 1;
            self.dropped += u64::from(dropped);
        }
        let [Some(took), _] = looked.took else { return };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.took.add(took.as_secs_f64() * MILLION);
        self.size.add(looked.size as f64);
        let Some(edges) = self.edges.filter(|_| in_stage) else { return };
        let (slowness, largeness) = edges.bands(micros, looked.size);
        if dropped {
            self.slow.see(slowness > NINTH_DECILE);
            self.large.see(largeness > NINTH_DECILE);
        }
        if let Some(stratum) = self.strata.get_mut(slowness * (LARGENESS.len() + 1) + largeness) {
            stratum.intended += 1;
            stratum.compared += u64::from(!dropped);
            stratum.mismatches += u64::from(matches!(kind, Kind::Differs | Kind::NewFailed));
        }
    }

    /// `least_compared`: the share of a stratum below which it is thin.
    pub fn summary(&self, least_compared: f64) -> DropSummary {
        let all: u64 = self.strata.iter().map(|stratum| stratum.intended).sum();
        let thin = self.strata.iter().filter(|stratum| stratum.share_compared() < least_compared);
        let thin: u64 = thin.map(|stratum| stratum.intended).sum();
        DropSummary {
            intended: self.intended,
            dropped: self.dropped,
            slow: self.slow,
            large: self.large,
            // At most a million.
            thin_ppm: (thin as f64 / all.max(1) as f64 * MILLION) as u32,
            post_stratified: post_stratified(&self.strata),
        }
    }
}

impl Odds {
    const fn see(&mut self, against: bool) {
        if against {
            self.b += 1;
        } else {
            self.c += 1;
        }
    }
}
