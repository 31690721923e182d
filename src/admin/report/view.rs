//! The report as values: what is told, in the names and units of its JSON.
//!
//! Only the shape. How it is filled from the facts stands beside it.

use serde::Serialize;

use super::{noise::NoiseView, rereads::RereadsView, rules::Rule, shapes::ShapeView};
use crate::admin::rollouts::{EntryView, RolloutView};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub shape: u32,
    pub version: String,
    pub generated_at: String,
    pub started_at: String,
    pub observed_ms: u64,
    pub headline: String,
    pub old: String,
    pub new: String,
    pub shadow: ShadowView,
    pub total: AccountView,
    pub warnings: Vec<Warning>,
    /// Where every rollout stands and what its gate says, in the order of the config.
    pub rollouts: Vec<RolloutView>,
    /// The newest moves of all rollouts, newest first.
    pub moves: Vec<EntryView>,
    /// In the order of the config; last the requests that no route matched.
    pub routes: Vec<RouteView>,
}

/// What `GET /api/v1/status` tells: a report without its routes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    pub phase: &'static str,
    pub version: String,
    pub generated_at: String,
    pub started_at: String,
    pub observed_ms: u64,
    pub headline: String,
    pub old: String,
    pub new: String,
    pub shadow: ShadowView,
    pub total: AccountView,
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShadowView {
    pub in_flight: u64,
    pub max_in_flight: u64,
    pub held_bytes: u64,
    pub max_held_bytes: u64,
    pub breaker: &'static str,
}

/// received = matched + forgiven + mismatched + incomparable + not mirrored + in flight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountView {
    pub received: u64,
    pub matched: u64,
    pub forgiven: u64,
    pub mismatched: u64,
    pub incomparable: u64,
    pub not_mirrored: u64,
    pub in_flight: u64,
    /// matched + forgiven + mismatched.
    pub compared: u64,
    /// Those of the matched that prove nothing.
    pub vacuous: u64,
    pub adds_up: bool,
}

/// Something a person should not overlook.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    pub route: Option<String>,
    pub code: &'static str,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RouteView {
    pub id: String,
    pub pattern: String,
    pub stage: String,
    pub account: AccountView,
    /// The rows that are not empty, verdict by verdict, the heaviest first.
    pub rows: Vec<Row>,
    pub latency: LatencyView,
    pub statuses: Vec<Statuses>,
    /// Pairs whose status codes are not told apart.
    pub other_statuses: u64,
    /// Places that differ, over all pairs: those that a rule forgave, and the others.
    pub forgiven_places: u64,
    pub reported_places: u64,
    pub forgiven_by: Vec<Rule>,
    /// Headers that differ and are not compared, the most frequent first.
    pub uncompared_headers: Vec<HeaderCount>,
    /// Further ones, whose names are not kept.
    pub other_uncompared_headers: u64,
    /// What is no difference and worth knowing, the most frequent first.
    pub notes: Vec<NoteCount>,
    pub other_notes: u64,
    /// What reading both sides again told.
    pub rereads: RereadsView,
    /// How much old differs from itself.
    pub noise: NoiseView,
    /// The heaviest first.
    pub signatures: Vec<ShapeView>,
    pub forgotten: Forgotten,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub verdict: &'static str,
    pub reason: &'static str,
    pub meaning: &'static str,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LatencyView {
    pub old: Quantiles,
    pub new: Quantiles,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    pub count: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statuses {
    pub old: u16,
    pub new: u16,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeaderCount {
    pub name: String,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoteCount {
    pub note: String,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleView {
    pub at: String,
    pub method: String,
    pub target: String,
    pub old_status: u16,
    pub new_status: Option<u16>,
    pub old_us: u64,
    pub new_us: u64,
    pub differences: Vec<DifferenceView>,
    pub more_differences: usize,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DifferenceView {
    pub place: String,
    pub kind: &'static str,
    pub old: Option<String>,
    pub new: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forgotten {
    pub signatures: u64,
    pub mismatches: u64,
}
