//! How high the bar is before one advance, and who has to clear it.

use std::time::Duration;

use super::{Case, Condition, Measure, Standing};
use crate::domain::{
    evidence::{Bounds, Summary},
    gate::{Criteria, words},
    plan::Stage,
};

const HOUR: u64 = 3_600;
/// Before old may go.
const LAST_INTERVAL: Duration = Duration::from_secs(48 * HOUR);
/// Before anything is live.
const FIRST_INTERVAL: Duration = Duration::from_secs(7 * HOUR);
/// Above it a single mismatch among the very first comparisons would prove a breach (statistics 1.1).
const MOST_ALPHA_FAIL: f64 = 0.0175;
/// What lies further away is not told as a time.
const FARTHEST: Duration = Duration::from_secs(10 * 365 * 24 * HOUR);

pub struct Bar<'a> {
    pub case: &'a Case<'a>,
    pub criteria: &'a Criteria,
    pub from: Stage,
    /// `None` on the last stage.
    pub to: Option<Stage>,
    /// The error a pass of this advance may have.
    pub alpha: f64,
}

/// One route before the bar.
pub struct OfRoute<'a> {
    pub bar: &'a Bar<'a>,
    pub summary: &'a Summary,
    pub criteria: &'a Criteria,
    pub bounds: Bounds,
    /// The part of the false alarms this route may raise.
    pub weight: f64,
}

/// A standing with its numbers, before it is known whose it is.
#[derive(Debug)]
pub struct Finding {
    pub standing: Standing,
    pub have: f64,
    pub need: f64,
    pub eta: Option<Duration>,
    pub says: String,
}

impl Finding {
    /// Where numbers say nothing.
    pub fn plain(standing: Standing, says: impl Into<String>) -> Finding {
        Finding { standing, have: 0.0, need: 0.0, eta: None, says: says.into() }
    }

    pub fn met_if(met: bool, says: impl Into<String>) -> Finding {
        Finding::plain(if met { Standing::Met } else { Standing::Unmet }, says)
    }

    pub fn about(self, measure: Measure, route: Option<&str>) -> Condition {
        let says = match route {
            Some(route) => format!("{route}: {}", self.says),
            None => self.says,
        };
        let unmet = self.standing == Standing::Unmet;
        Condition {
            measure,
            route: route.map(str::to_owned),
            standing: self.standing,
            have: finite(self.have),
            need: finite(self.need),
            eta: self.eta.filter(|_| unmet),
            says,
        }
    }
}

/// JSON knows no other numbers.
fn finite(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.clamp(f64::MIN, f64::MAX) }
}

/// When so much more has come, at this rate a second.
pub fn eta(missing: f64, per_second: f64) -> Option<Duration> {
    let seconds = missing.max(0.0) / per_second;
    if per_second <= 0.0 || !seconds.is_finite() {
        return None;
    }
    Duration::try_from_secs_f64(seconds).ok().filter(|eta| *eta <= FARTHEST)
}

impl<'a> Bar<'a> {
    pub fn of(case: &'a Case<'a>) -> Bar<'a> {
        let mismatch = &case.criteria.mismatch;
        let from = case.state.stage;
        let to = case.ladder.above(from);
        let beyond = to.map_or(0, |to| case.ladder.stages().filter(|stage| *stage > to).count());
        // The last two advances are the ones that move most.
        let alpha = if beyond < 2 { mismatch.alpha_pass_last } else { mismatch.alpha_pass };
        Bar { case, criteria: case.criteria, from, to, alpha }
    }

    /// The share of reads that get what new says once it has advanced.
    pub fn share(&self) -> f64 {
        part(self.to.unwrap_or(self.from))
    }

    pub fn alpha_fail(&self) -> f64 {
        self.criteria.mismatch.alpha_fail.min(MOST_ALPHA_FAIL)
    }

    /// Of the rollout as a whole.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(&self.criteria.mismatch, self.share(), 1, 1.0)
    }

    /// Fewer than one incident in this time has to be claimed (statistics 2.5).
    pub fn incident_interval(&self) -> Duration {
        if let Some(set) = self.criteria.soak.incident_interval {
            return set;
        }
        if self.to.is_none() {
            return LAST_INTERVAL;
        }
        let hours = match self.share() {
            share if share <= 0.01 => 7,
            share if share <= 0.05 => 1,
            share if share <= 0.25 => 2,
            share if share <= 0.5 => 7,
            _ => 14,
        };
        let interval = Duration::from_secs(hours * HOUR);
        if self.from.is_live() { interval } else { interval.max(FIRST_INTERVAL) }
    }

    pub fn route(&'a self, summary: &'a Summary) -> OfRoute<'a> {
        let routes = self.case.routes.len().max(1);
        let share = if summary.share.is_finite() { summary.share.clamp(0.0, 1.0) } else { 0.0 };
        OfRoute {
            bar: self,
            summary,
            criteria: self.criteria,
            bounds: Bounds::of(&self.criteria.mismatch, self.share(), routes, share),
            weight: 0.5 * share + 0.5 / routes as f64,
        }
    }
}

impl OfRoute<'_> {
    pub fn tell(&self, measure: Measure, finding: Finding) -> Condition {
        finding.about(measure, Some(&self.summary.route))
    }

    /// Nothing has been compared: what is judged by comparisons is not met.
    pub const fn is_blank(&self) -> bool {
        self.summary.units.known.n == 0
    }

    /// Why there is nothing to go by.
    pub fn blank_words(&self) -> String {
        let summary = self.summary;
        let silent = summary.requests_per_second <= 0.0 && summary.units.requests.n == 0;
        match summary.vacuous {
            0 if silent => "no read has been compared yet: there is no traffic".to_owned(),
            0 => "no read has been compared yet".to_owned(),
            matches => format!(
                "{} nothing: both sides were empty, found nothing or failed",
                words::counted(matches, "match proves", "matches prove")
            ),
        }
    }

    pub fn blank(&self) -> Finding {
        Finding::plain(Standing::Unmet, self.blank_words())
    }

    /// Why what is missing does not come, to be put after what is missing.
    pub fn pace_words(&self) -> &'static str {
        let summary = self.summary;
        match () {
            () if summary.requests_per_second <= 0.0 => "; no traffic",
            () if summary.units_per_second <= 0.0 => "; no read brings anything new",
            () => "",
        }
    }

    /// `d`: of what was to be mirrored, what was not.
    pub fn dropped(&self) -> f64 {
        let drops = self.summary.drops;
        if drops.intended == 0 { 0.0 } else { drops.dropped as f64 / drops.intended as f64 }
    }

    /// How much stricter the bound has to be for what was not compared: it may be so many times as bad (statistics 8.5).
    pub fn inflation(&self) -> f64 {
        inflation(self.dropped(), self.criteria.drops.gamma)
    }
}

pub fn inflation(dropped: f64, gamma: f64) -> f64 {
    let dropped = dropped.clamp(0.0, 1.0);
    ((1.0 - dropped) + gamma * dropped).max(1.0)
}

/// Whether a detector has reached what it does by bad luck once in so many steps. One that has seen nothing has not.
pub fn alarms(level: f64, arl: f64) -> bool {
    level > 0.0 && level >= arl.ln()
}

pub fn part(stage: Stage) -> f64 {
    f64::from(stage.share().ppm()) / 1e6
}
