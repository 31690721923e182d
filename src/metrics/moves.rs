//! The metrics of rollouts, gates and the store. Counts nothing itself.

use prometheus::proto;

use super::{
    AGE, BATCHES_LOST, CALL, ENTRIES_FAILED, ENTRIES_WAITING, ENTRIES_WRITTEN, FACTS_LOST, KILLED, LATCHED,
    Metric, RELOAD_FAILED, RELOADED, REVERTED, SHARE, STAGE, STORE_BYTES, STORE_TROUBLE, UNMET,
    gathered::{family, number},
};
use crate::domain::{
    gate::{Call, Measure},
    plan::Stage,
};

/// Everything about moves, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    pub rollouts: Vec<Moved>,
    pub is_store_troubled: bool,
    pub store_waiting: u64,
    pub store_written: u64,
    pub store_failed: u64,
    pub store_batches_lost: u64,
    pub store_bytes: u64,
    pub facts_lost: u64,
    pub is_killed: bool,
    pub reload_failed: bool,
    /// 0: there was no reload.
    pub reloaded_millis: u64,
}

/// One rollout.
#[derive(Clone, Debug)]
pub struct Moved {
    pub id: String,
    pub ladder: Vec<Stage>,
    pub stage: Stage,
    /// What requests are planned by.
    pub published: Stage,
    pub is_latched: bool,
    /// 0: never.
    pub reverted_millis: u64,
    pub call: Call,
    /// Since the last decision.
    pub age_millis: u64,
    pub unmet: Vec<Measure>,
}

/// The metrics of this file.
pub const MOVES: [Metric; 17] = [
    STAGE,
    SHARE,
    LATCHED,
    REVERTED,
    CALL,
    AGE,
    UNMET,
    STORE_TROUBLE,
    ENTRIES_WAITING,
    ENTRIES_WRITTEN,
    ENTRIES_FAILED,
    BATCHES_LOST,
    STORE_BYTES,
    FACTS_LOST,
    KILLED,
    RELOAD_FAILED,
    RELOADED,
];

pub fn families(moves: &Moves) -> Vec<proto::MetricFamily> {
    let of_each = |metric: Metric, value: fn(&Moved) -> f64| {
        let row = |moved| number(metric, &[Moved::id(moved)], value(moved));
        family(metric, moves.rollouts.iter().map(row).collect())
    };
    let alone = |metric: Metric, value: f64| family(metric, vec![number(metric, &[], value)]);
    vec![
        family(STAGE, moves.rollouts.iter().flat_map(stages).collect()),
        of_each(SHARE, |moved| f64::from(moved.published.share().ppm()) / 1e6),
        of_each(LATCHED, |moved| flag(moved.is_latched)),
        of_each(REVERTED, |moved| seconds(moved.reverted_millis)),
        family(CALL, moves.rollouts.iter().flat_map(calls).collect()),
        of_each(AGE, |moved| seconds(moved.age_millis)),
        family(UNMET, moves.rollouts.iter().flat_map(unmet).collect()),
        alone(STORE_TROUBLE, flag(moves.is_store_troubled)),
        alone(ENTRIES_WAITING, moves.store_waiting as f64),
        alone(ENTRIES_WRITTEN, moves.store_written as f64),
        alone(ENTRIES_FAILED, moves.store_failed as f64),
        alone(BATCHES_LOST, moves.store_batches_lost as f64),
        alone(STORE_BYTES, moves.store_bytes as f64),
        alone(FACTS_LOST, moves.facts_lost as f64),
        alone(KILLED, flag(moves.is_killed)),
        alone(RELOAD_FAILED, flag(moves.reload_failed)),
        alone(RELOADED, seconds(moves.reloaded_millis)),
    ]
}

impl Moved {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Every stage it can stand on, so that the one it stands on is known to have been another.
fn stages(moved: &Moved) -> Vec<proto::Metric> {
    let mut stages: Vec<Stage> = moved.ladder.clone();
    stages.extend([Stage::Off, Stage::Shadow, moved.stage]);
    stages.sort_unstable();
    stages.dedup();
    let row = |stage: &Stage| number(STAGE, &[&moved.id, &stage.to_string()], flag(*stage == moved.stage));
    stages.iter().map(row).collect()
}

fn calls(moved: &Moved) -> [proto::Metric; 3] {
    Call::ALL.map(|call| number(CALL, &[&moved.id, call.name()], flag(call == moved.call)))
}

fn unmet(moved: &Moved) -> impl Iterator<Item = proto::Metric> + '_ {
    Measure::ALL.iter().map(|measure| {
        let count = moved.unmet.iter().filter(|unmet| *unmet == measure).count();
        number(UNMET, &[&moved.id, measure.name()], count as f64)
    })
}

const fn flag(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1e3
}
