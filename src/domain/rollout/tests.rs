//! What rollouts are made of in these tests.

mod back;
mod freezes;
mod moves;
mod sequences;
mod torn;

use std::time::Duration;

use super::{Actor, Effect, Event, Freeze, Ladder, Latch, Policy, Refusal, Rollout, State, Via, step};
use crate::domain::{
    gate::{Call, Condition, Criteria, Decision, Measure, Standing},
    percent::Share,
    plan::Stage,
};

/// A Saturday noon in UTC.
const NOON: u64 = 1_763_812_800_000;
const HOUR: u64 = 3_600_000;

fn live(percent: u32) -> Stage {
    Stage::Live(Share::from_ppm(percent * 10_000).unwrap())
}

fn ada() -> Actor {
    Actor { name: "ada".to_owned(), via: Via::CommandLine }
}

/// Shadow, 1 %, 5 %, 50 %, 100 %; a hold time of half an hour.
fn users() -> Rollout {
    Rollout {
        id: "users".to_owned(),
        ladder: Ladder::new(Stage::Shadow, vec![live(1), live(5), live(50), live(100)]),
        policy: Policy::default(),
        criteria: Criteria::default(),
        probes: Vec::new(),
        rescue_5xx: false,
    }
}

/// It has stood on this stage for a day.
fn standing(stage: Stage) -> State {
    State { version: 7, handed: 7, ..State::new(stage, NOON - 24 * HOUR) }
}

fn judged(rollout: &Rollout, stage: Stage, call: Call, at_millis: u64) -> Decision {
    let standing = match call {
        Call::Pass => Standing::Met,
        Call::Hold => Standing::Unmet,
        Call::Breach => Standing::Breached,
    };
    let condition = Condition {
        measure: Measure::Mismatch,
        route: Some("get-user".to_owned()),
        standing,
        have: 0.0,
        need: 0.0,
        eta: None,
        says: "what the gate says".to_owned(),
    };
    Decision { call, from: stage, to: rollout.ladder.above(stage), at_millis, conditions: vec![condition] }
}

fn advance(rollout: &Rollout, stage: Stage, call: Call, past_gate: bool) -> Event {
    let decision = judged(rollout, stage, call, NOON);
    Event::Advance { by: ada(), why: "it is time".to_owned(), version: None, past_gate, decision }
}

fn revert() -> Event {
    Event::Revert { by: ada(), why: "wrong balances".to_owned() }
}

#[track_caller]
fn done(rollout: &Rollout, state: &State, event: Event) -> (State, Vec<Effect>) {
    step(rollout, state, event, NOON).unwrap()
}

#[track_caller]
fn refused(rollout: &Rollout, state: &State, event: Event) -> Refusal {
    step(rollout, state, event, NOON).unwrap_err()
}

/// Asked for, and recorded.
#[track_caller]
fn made(rollout: &Rollout, state: &State, event: Event) -> (State, Vec<Effect>) {
    let (waiting, effects) = done(rollout, state, event);
    assert!(matches!(effects.as_slice(), [Effect::Record { expected: Some(_), .. }]), "{effects:?}");
    let version = waiting.pending.as_ref().unwrap().version;
    done(rollout, &waiting, Event::Recorded { version })
}

fn stages_published(effects: &[Effect]) -> Vec<Stage> {
    let published = |effect: &Effect| match effect {
        Effect::Publish(stage) => Some(*stage),
        _ => None,
    };
    effects.iter().filter_map(published).collect()
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with(change: impl FnOnce(&mut Rollout)) -> Rollout {
    let mut rollout = users();
    change(&mut rollout);
    rollout
}

fn but(stage: Stage, change: impl FnOnce(&mut State)) -> State {
    let mut state = standing(stage);
    change(&mut state);
    state
}

fn latch() -> Latch {
    Latch { by: ada(), why: "it was wrong".to_owned(), at_millis: NOON - HOUR, from: live(5) }
}

fn always_frozen() -> Freeze {
    Freeze { from: 0, to: 0, zone: jiff::tz::TimeZone::UTC, why: "year's end".to_owned() }
}
