//! How long new takes against old, at the present stage (statistics 4): pairs of which one side exceeded a threshold
//! and the other did not. The thresholds are old's quantiles, and stand still for the stage.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{LatencySummary, Looked, Odds, failures::Answered, recent::Recent};
use crate::domain::{
    gate::{Latency, Quantile},
    stats::{
        exact, ln_threshold,
        odds::{EVEN, ln_o_hi},
        ranks,
        sketch::Sketch,
    },
};

/// Of the intervals that are shown.
const SHOWN_ALPHA: f64 = 0.05;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// In microseconds.
    old: Recent,
    new: Recent,
    quantiles: Vec<Exceeded>,
}

/// Of one quantile, in its place of the criteria.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Exceeded {
    /// The quantile and its tolerances.
    #[serde(with = "exact::list")]
    of: [f64; 3],
    threshold: Option<Duration>,
    pass: Odds,
    abort: Odds,
}

impl Timing {
    /// A stage begins. What is known of how long things take stays.
    pub fn stage_began(&mut self, criteria: &Latency) {
        let row = |one: &Quantile| Exceeded { of: numbers(one), ..Exceeded::default() };
        self.quantiles = criteria.quantiles.iter().map(row).collect();
        self.take_thresholds(criteria);
    }

    /// What was counted for other quantiles or tolerances says nothing of these.
    fn fit(&mut self, criteria: &Latency) {
        if !criteria.quantiles.iter().map(numbers).eq(self.quantiles.iter().map(|one| one.of)) {
            self.stage_began(criteria);
        }
    }

    fn take_thresholds(&mut self, criteria: &Latency) {
        let awaited = self.quantiles.iter().any(|quantile| quantile.threshold.is_none());
        if !awaited || self.old.count() < criteria.samples.max(1) {
            return;
        }
        let whole = self.old.whole();
        for (quantile, exceeded) in criteria.quantiles.iter().zip(&mut self.quantiles) {
            exceeded.threshold = whole.quantile(quantile.q).map(micros);
        }
    }

    /// How long old takes is known from before.
    pub fn takes_old_of(&mut self, before: Timing, criteria: &Latency) {
        self.old = before.old;
        self.take_thresholds(criteria);
    }

    pub fn turn(&mut self, criteria: &Latency, now_millis: u64) {
        self.old.turn(now_millis);
        self.new.turn(now_millis);
        self.fit(criteria);
        self.take_thresholds(criteria);
    }

    /// Only a pair of which old answered says anything.
    pub fn see(&mut self, looked: &Looked, answered: Answered, in_stage: bool, criteria: &Latency) {
        let ([Some(old), new], Some(true)) = (looked.took, answered.old) else { return };
        self.old.add(old.as_secs_f64() * 1e6);
        if let (Some(new), Some(true)) = (new, answered.new) {
            self.new.add(new.as_secs_f64() * 1e6);
        }
        let new = match (answered.new, new) {
            (Some(false), _) => Duration::MAX,
            (Some(true), Some(new)) => new,
            _ => return,
        };
        if in_stage {
            for (quantile, exceeded) in criteria.quantiles.iter().zip(&mut self.quantiles) {
                exceeded.see(old, new, quantile, criteria.slack);
            }
        }
    }

    /// Whether new is proven to take too long: an incident.
    pub fn fails(&self, criteria: &Latency) -> bool {
        let threshold = ln_threshold(criteria.alpha_fail);
        self.quantiles.iter().any(|one| ln_o_hi(one.abort.b, one.abort.c, EVEN) >= threshold)
    }

    pub fn summary(&self, criteria: &Latency) -> Vec<LatencySummary> {
        let (old, new) = (self.old.whole(), self.new.whole());
        let rows =
            criteria.quantiles.iter().zip(&self.quantiles).map(|(quantile, exceeded)| LatencySummary {
                q: quantile.q,
                threshold: exceeded.threshold,
                samples: old.count(),
                pass: exceeded.pass,
                abort: exceeded.abort,
                old: old.quantile(quantile.q).map(micros),
                new: new.quantile(quantile.q).map(micros),
                old_range: range(&old, quantile.q),
                new_range: range(&new, quantile.q),
            });
        rows.collect()
    }
}

impl Exceeded {
    fn see(&mut self, old: Duration, new: Duration, quantile: &Quantile, slack: Duration) {
        let Some(threshold) = self.threshold else { return };
        let old_exceeds = old > threshold;
        for (odds, tolerance) in [(&mut self.pass, quantile.pass), (&mut self.abort, quantile.abort)] {
            let allowed = times(threshold, 1.0 + tolerance).saturating_add(slack);
            match (new > allowed, old_exceeds) {
                (true, false) => odds.b += 1,
                (false, true) => odds.c += 1,
                _ => {}
            }
        }
    }
}

const fn numbers(quantile: &Quantile) -> [f64; 3] {
    [quantile.q, quantile.pass, quantile.abort]
}

fn times(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

fn micros(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1e6).unwrap_or(Duration::MAX)
}

fn range(sketch: &Sketch, q: f64) -> Option<[Duration; 2]> {
    let (low, high) = ranks::of_quantile(q, sketch.count(), SHOWN_ALPHA);
    Some([micros(sketch.at_rank(low)?), micros(sketch.at_rank(high)?)])
}
