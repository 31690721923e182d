//! The report as values: what is told, in the names and units of its JSON.
//!
//! Only the shape. How it is filled from the facts stands beside it.

use serde::Serialize;

use super::{
    noise::NoiseView,
    rereads::{ClassCount, RereadsView},
};

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
    pub forgiven_by: Vec<Rule>,
    /// Headers that differ and are not compared, the most frequent first.
    pub uncompared_headers: Vec<HeaderCount>,
    /// Further ones, whose names are not kept.
    pub other_uncompared_headers: u64,
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
pub struct Rule {
    pub rule: String,
    pub places: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeaderCount {
    pub name: String,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShapeView {
    pub signature: String,
    pub class: &'static str,
    /// Those that are known, class by class.
    pub classes: Vec<ClassCount>,
    pub count: u64,
    pub first_seen: String,
    pub last_seen: String,
    /// The first one, then the newest, oldest first.
    pub samples: Vec<SampleView>,
    /// Why they differ, place by place, where that is known.
    pub explanations: Vec<ExplanationView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplanationView {
    pub place: String,
    /// What new is beside old, and of how many differences that is so.
    pub says: String,
    /// The same for programs.
    pub cause: &'static str,
    pub accounts_for: u64,
    pub of: u64,
    /// A line for the `compare` of the route, where the difference may be forgiven.
    pub rule: Option<String>,
    /// That it is a bug, and why.
    pub bug: Option<String>,
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
