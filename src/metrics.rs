//! Every metric of this program, in one table: name, labels, meaning. `docs/metrics.md` says the same.
//!
//! Label values come from the config and from closed lists, never from a request, so the number of
//! series is known at start: per route, one for each row of the account, one for each bucket.

mod gathered;
mod moves;

use std::fmt;

use gathered::Gathered;
pub use moves::{Moved, Moves};
use prometheus::{Encoder, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder, proto};

use crate::domain::{account::Account, latency::Latency, rereads::Rereads, side::Side};

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: proto::MetricType,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

macro_rules! table {
    ($($metric:ident = $kind:ident $name:literal $labels:expr, $help:literal;)*) => {
        $(const $metric: Metric = Metric {
            name: $name, kind: proto::MetricType::$kind, labels: &$labels, help: $help,
        };)*
        /// Every metric with the prefix `readshift_`.
        pub const TABLE: &[Metric] = &[$($metric,)*];
    };
}

table! {
    RECEIVED = COUNTER "readshift_requests_received_total" ["route"],
        "Requests received. Always equals the settled ones plus those in flight.";
    IN_FLIGHT = GAUGE "readshift_requests_in_flight" ["route"],
        "Requests received that are in no row of the account yet.";
    SETTLED = COUNTER "readshift_requests_settled_total" ["route", "verdict", "reason"],
        "Requests by how they ended as evidence. Every request ends in exactly one row.";
    DURATION = HISTOGRAM "readshift_request_duration_seconds" ["route", "side"],
        "From handing a request to a side to the last byte of its reply, or to its failure.";
    SHADOW_IN_FLIGHT = GAUGE "readshift_shadow_in_flight" [],
        "Shadow requests that were sent and are not answered.";
    SHADOW_HELD = GAUGE "readshift_shadow_held_bytes" [],
        "Bytes of requests and replies held for mirroring and comparison.";
    BREAKER = GAUGE "readshift_shadow_breaker_state" [],
        "0 closed (mirroring), 1 half open (trying again), 2 open (every shadow is shed).";
    COMPARE_QUEUE = GAUGE "readshift_compare_queue_length" [],
        "Pairs that wait for their full comparison.";
    CONNECTIONS = GAUGE "readshift_connections_open" [],
        "Client connections open on the proxy listener.";
    UPSTREAM_OPENED = COUNTER "readshift_upstream_connections_opened_total" ["side"],
        "Connections opened to a side.";
    UPSTREAM_RETRIES = COUNTER "readshift_upstream_retries_total" ["side"],
        "Requests sent again because a reused connection turned out to be dead.";
    REFUSED = COUNTER "readshift_requests_refused_total" ["reason"],
        "Requests refused for their form, before any route was looked up.";
    CLASSES = COUNTER "readshift_mismatch_classes_total" ["route", "class"],
        "Mismatches by what reading both sides again told of their cause, counted once that is known.";
    LAG = HISTOGRAM "readshift_recheck_lag_seconds" ["route"],
        "Until new was first seen to agree with old, of mismatches that are transient. A bucket for each delay.";
    CONTROLS = COUNTER "readshift_control_pairs_total" ["route", "result"],
        "Reads drawn to be asked of old twice, by whether old said the same again.";
    RECHECKS_OPEN = GAUGE "readshift_rechecks_open" [],
        "Mismatches that are being read again.";
    REREADS = COUNTER "readshift_rereads_total" ["side", "result"],
        "Requests sent to a side in order to read again, by whether a whole reply came.";
    REREADS_SKIPPED = COUNTER "readshift_rereads_skipped_total" ["reason"],
        "Mismatches that were not read again, by the bound that was reached or the reason there was.";
    REREADS_BREAKER = GAUGE "readshift_rereads_breaker_state" [],
        "0 closed (old is read again), 1 half open (trying again), 2 open (old failed and gets only what clients ask).";
    RESCUES = COUNTER "readshift_rescues_total" ["route", "reason"],
        "Requests planned for new that old answered, by what new did instead.";
    EVICTED = COUNTER "readshift_samples_evicted_total" [],
        "Shapes of mismatches that were forgotten because their route has too many.";
    LINES_LOST = COUNTER "readshift_log_lines_lost_total" [],
        "Log lines dropped because whoever reads the log was too slow.";
    STAGE = GAUGE "readshift_rollout_stage" ["rollout", "stage"],
        "1 for the stage a rollout stands on, 0 for every other it can stand on.";
    SHARE = GAUGE "readshift_rollout_share_ratio" ["rollout"],
        "The share of keys whose reads are planned for new at this moment, 0 to 1.";
    LATCHED = GAUGE "readshift_rollout_latched" ["rollout"],
        "1 while a rollout was reverted and nobody has resumed it.";
    REVERTED = GAUGE "readshift_rollout_reverted_timestamp_seconds" ["rollout"],
        "When its reads were last brought back from new; 0 if not since the program started.";
    CALL = GAUGE "readshift_gate_call" ["rollout", "call"],
        "1 for what the gate says, 0 for what it could say.";
    AGE = GAUGE "readshift_gate_decision_age_seconds" ["rollout"],
        "Since the gate was last judged, which is every second.";
    UNMET = GAUGE "readshift_gate_unmet_conditions" ["rollout", "measure"],
        "Conditions of the gate that are not met, by what they are about.";
    STORE_TROUBLE = GAUGE "readshift_store_trouble" [],
        "1 while moves cannot be recorded: no rollout advances, every one can be reverted.";
    ENTRIES_WAITING = GAUGE "readshift_store_entries_waiting" [],
        "Entries of the journal that are not on disk yet.";
    ENTRIES_WRITTEN = COUNTER "readshift_store_writes_total" [],
        "Writes of the store that succeeded.";
    ENTRIES_FAILED = COUNTER "readshift_store_writes_failed_total" [],
        "Writes of the store that failed.";
    BATCHES_LOST = COUNTER "readshift_store_batches_lost_total" [],
        "Batches of evidence that were not written because the disk did not follow.";
    STORE_BYTES = GAUGE "readshift_store_bytes" [],
        "Size of the store's file; 0 in memory.";
    FACTS_LOST = COUNTER "readshift_facts_lost_total" [],
        "Facts that became no evidence for want of room.";
    KILLED = GAUGE "readshift_kill_switch_active" [],
        "1 while the kill-switch file exists: old serves every read.";
    RELOAD_FAILED = GAUGE "readshift_reload_failed" [],
        "1 if the last reload was refused and the settings before it are in force.";
    RELOADED = GAUGE "readshift_reload_timestamp_seconds" [],
        "When the settings were last read again, with or without success; 0 if not since the program started.";
    BUILD = GAUGE "readshift_build_info" ["version"],
        "Always 1; its label says which version runs.";
}

/// Where numbers come from that live in other rooms. Asked at every scrape.
pub struct Sources {
    /// Asked once per scrape, so that its three metrics add up in every answer.
    pub account: Box<dyn Fn() -> Account + Send + Sync>,
    /// By route: how long old and new took.
    pub durations: Box<dyn Fn() -> Vec<(String, [Latency; 2])> + Send + Sync>,
    /// By route: what reading again came to.
    pub rereads: Box<dyn Fn() -> Vec<(String, Rereads)> + Send + Sync>,
    pub samples_evicted: Box<dyn Fn() -> u64 + Send + Sync>,
    pub moves: Box<dyn Fn() -> Moves + Send + Sync>,
    pub log_lines_lost: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// Handles to count with. A clone counts into the same metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub shadow_in_flight: IntGauge,
    pub shadow_held_bytes: IntGauge,
    /// One of `Breaker`, as a number.
    pub shadow_breaker_state: IntGauge,
    pub compare_queue_length: IntGauge,
    pub connections_open: IntGauge,
    pub upstream_connections_opened: BySide,
    pub upstream_retries: BySide,
    pub requests_refused: ByReason,
    pub rechecks_open: IntGauge,
    pub rereads: BySideAndResult,
    pub rereads_skipped: ByReason,
    pub rescues: ByRouteAndReason,
    /// One of `Breaker`, as a number.
    pub rereads_breaker_state: IntGauge,
    registry: Registry,
}

/// The values of the states of breakers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    Closed = 0,
    HalfOpen = 1,
    Open = 2,
}

impl Breaker {
    pub const fn name(self) -> &'static str {
        match self {
            Breaker::Closed => "closed",
            Breaker::HalfOpen => "half_open",
            Breaker::Open => "open",
        }
    }
}

#[derive(Clone, Debug)]
pub struct BySide {
    old: IntCounter,
    new: IntCounter,
}

impl BySide {
    pub const fn of(&self, side: Side) -> &IntCounter {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }
}

#[derive(Clone, Debug)]
pub struct ByReason(IntCounterVec);

impl ByReason {
    /// Reasons are words of the program, hence the lifetime; whatever a client sent cannot be one.
    pub fn of(&self, reason: &'static str) -> IntCounter {
        self.0.with_label_values(&[reason])
    }
}

#[derive(Clone, Debug)]
pub struct ByRouteAndReason(IntCounterVec);

impl ByRouteAndReason {
    /// `route`: an id from the config.
    pub fn of(&self, route: &str, reason: &'static str) -> IntCounter {
        self.0.with_label_values(&[route, reason])
    }
}

#[derive(Clone, Debug)]
pub struct BySideAndResult(IntCounterVec);

impl BySideAndResult {
    pub fn of(&self, side: Side, replied: bool) -> IntCounter {
        self.0.with_label_values(&[side.name(), if replied { "replied" } else { "failed" }])
    }
}

impl Metrics {
    /// Fails only where the table contradicts itself, which a test rules out.
    pub fn new(version: &str, sources: Sources) -> Result<Metrics, prometheus::Error> {
        let registry = Registry::new();
        let gauge = |metric: Metric| {
            let gauge = IntGauge::new(metric.name, metric.help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let counters = |metric: Metric| {
            let counters = IntCounterVec::new(Opts::new(metric.name, metric.help), metric.labels)?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        let by_side = |metric: Metric| {
            let counters = counters(metric)?;
            let of = |side: Side| counters.with_label_values(&[side.name()]);
            Ok::<_, prometheus::Error>(BySide { old: of(Side::Old), new: of(Side::New) })
        };
        registry.register(Box::new(Gathered::new(version, sources)?))?;
        #[cfg(target_os = "linux")]
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        Ok(Metrics {
            shadow_in_flight: gauge(SHADOW_IN_FLIGHT)?,
            shadow_held_bytes: gauge(SHADOW_HELD)?,
            shadow_breaker_state: gauge(BREAKER)?,
            compare_queue_length: gauge(COMPARE_QUEUE)?,
            connections_open: gauge(CONNECTIONS)?,
            upstream_connections_opened: by_side(UPSTREAM_OPENED)?,
            upstream_retries: by_side(UPSTREAM_RETRIES)?,
            requests_refused: ByReason(counters(REFUSED)?),
            rechecks_open: gauge(RECHECKS_OPEN)?,
            rereads: BySideAndResult(counters(REREADS)?),
            rereads_skipped: ByReason(counters(REREADS_SKIPPED)?),
            rescues: ByRouteAndReason(counters(RESCUES)?),
            rereads_breaker_state: gauge(REREADS_BREAKER)?,
            registry,
        })
    }

    pub fn set_breaker(&self, state: Breaker) {
        self.shadow_breaker_state.set(state as i64);
    }

    /// Everything, in the text format of Prometheus.
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            Ok(()) => String::from_utf8_lossy(&text).into_owned(),
            Err(problem) => format!("# not all metrics could be written: {problem}\n"),
        }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

#[cfg(test)]
mod tests;
