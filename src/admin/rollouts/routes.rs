//! The evidence of one route as its gate sees it, shortened to what a person or a dashboard asks for.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::beside::{AggregateView, Uncovered};
use crate::domain::{
    evidence::{Confirmed, LatencySummary, Summary, Watched},
    gate::Coverage,
    moment,
};

/// The evidence of one route in this epoch.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RouteSummary {
    pub route: String,
    pub since: String,
    /// Began anew so many times without a change.
    pub restarts: u32,
    /// Of a million requests of the rollout.
    pub traffic_ppm: u64,
    /// Distinct data that was compared: in this epoch, and in the present stage alone.
    pub units: Tally,
    pub stage_units: Tally,
    /// Comparisons, repeats included.
    pub requests: Tally,
    /// Matches that prove nothing.
    pub vacuous: u64,
    /// Kinds of requests that were never compared, or too seldom.
    pub uncovered: Uncovered,
    pub units_per_second: f64,
    pub requests_per_second: f64,
    pub new: Live,
    pub old: Live,
    /// Failures of new that old answered for.
    pub rescued: u64,
    /// Mirrors that were meant and did not happen, of those that were meant.
    pub intended: u64,
    pub dropped: u64,
    pub latency: Vec<LatencyQuantile>,
    /// On this stage with comparisons arriving.
    pub active_ms: u64,
    /// Since the last comparison that counted.
    pub idle_ms: u64,
    pub incidents: u64,
    /// Differences the program planted itself, and those it did not find again.
    pub planted: u64,
    pub missed: u64,
    pub probes: WatchedView,
    pub invariants: WatchedView,
    pub aggregates: WatchedView,
    /// What old and new came to, aggregate by aggregate.
    pub aggregated: Vec<AggregateView>,
    /// Where new differs more than old from itself, in words.
    pub excess: Vec<String>,
    /// Two builds of a side answer at the same time, in words.
    pub builds_mixed: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    pub compared: u64,
    pub mismatched: u64,
}

/// Live requests of the present stage by the side that was to serve them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Live {
    pub served: u64,
    pub failed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LatencyQuantile {
    pub q: f64,
    pub old_us: Option<u64>,
    pub new_us: Option<u64>,
}

/// Something that is watched beside the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Watched")]
pub struct WatchedView {
    /// 0: nothing is asked.
    pub configured: u64,
    pub checked: u64,
    pub failed: u64,
    pub at: Option<String>,
    /// What failed last.
    pub says: Option<String>,
}

impl RouteSummary {
    pub fn of(summary: &Summary, coverage: &Coverage) -> RouteSummary {
        let (units, errors) = (&summary.units, &summary.errors);
        RouteSummary {
            route: summary.route.clone(),
            since: moment::write(summary.since_millis),
            restarts: summary.restarts,
            traffic_ppm: (summary.share.clamp(0.0, 1.0) * 1e6).round() as u64,
            units: Tally::of(units.settled),
            stage_units: Tally::of(units.stage),
            requests: Tally::of(units.requests),
            vacuous: summary.vacuous,
            uncovered: Uncovered::of(summary, coverage),
            units_per_second: rate(summary.units_per_second),
            requests_per_second: rate(summary.requests_per_second),
            new: Live { served: errors.new_served, failed: errors.new_failed },
            old: Live { served: errors.old_served, failed: errors.old_failed },
            rescued: errors.rescued,
            intended: summary.drops.intended,
            dropped: summary.drops.dropped,
            latency: summary.latency.iter().map(LatencyQuantile::of).collect(),
            active_ms: millis(summary.soak.active),
            idle_ms: millis(summary.soak.idle),
            incidents: summary.soak.incidents,
            planted: summary.seeded.planted,
            missed: summary.seeded.missed,
            probes: WatchedView::of(&summary.probes),
            invariants: WatchedView::of(&summary.invariants),
            aggregates: WatchedView::of(&summary.aggregates),
            aggregated: Vec::new(),
            excess: summary.excess.clone(),
            builds_mixed: summary.builds_mixed.clone(),
        }
    }
}

impl Tally {
    const fn of(confirmed: Confirmed) -> Tally {
        Tally { compared: confirmed.n, mismatched: confirmed.k }
    }
}

impl LatencyQuantile {
    fn of(latency: &LatencySummary) -> LatencyQuantile {
        let micros = |took: Duration| u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        LatencyQuantile { q: latency.q, old_us: latency.old.map(micros), new_us: latency.new.map(micros) }
    }
}

impl WatchedView {
    fn of(watched: &Watched) -> WatchedView {
        WatchedView {
            configured: watched.configured,
            checked: watched.checked,
            failed: watched.failed,
            at: watched.at_millis.map(moment::write),
            says: watched.says.clone(),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

const fn rate(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}
