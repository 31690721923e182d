//! For tests: rollouts in the states that are told, and a controller that answers what a test says.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};

use crate::{
    controller::{Asked, Controller, RolloutView, View},
    domain::{
        evidence::{ErrorSummary, Summary},
        gate::{Call, Condition, Coverage, Decision, Measure, Standing},
        plan::Stage,
        rollout::{Actor, Approval, Drill, Latch, Override, Pending, State, Via},
    },
    store::flags::Flags,
};

pub const NOW: u64 = 1_790_000_000_000;

pub fn stage(text: &str) -> Stage {
    text.parse().unwrap()
}

pub fn ada() -> Actor {
    Actor { name: "ada".into(), via: Via::CommandLine }
}

pub fn condition(standing: Standing, says: &str, eta: Option<u64>) -> Condition {
    Condition {
        measure: Measure::Requests,
        route: Some("get-user".into()),
        standing,
        have: 3514.0,
        need: 5236.0,
        eta: eta.map(Duration::from_secs),
        says: says.into(),
    }
}

pub fn decision(call: Call, from: &str, to: Option<&str>, conditions: Vec<Condition>) -> Decision {
    Decision { call, from: stage(from), to: to.map(stage), at_millis: NOW, conditions }
}

/// `users` at 5 %, for 2 hours, held by two of three conditions.
pub fn users() -> RolloutView {
    let state = State { version: 7, ..State::new(stage("5%"), NOW - 7_200_000) };
    let conditions = vec![
        condition(Standing::Unmet, "get-user: 3,514 of 5,236 distinct reads without a mismatch", Some(720)),
        condition(Standing::Blocked, "get-user: no probe has run", None),
        condition(Standing::Met, "it has been on this stage for 2 h of 30 min", None),
    ];
    let errors = ErrorSummary { new_served: 487, old_served: 9_513, ..ErrorSummary::default() };
    RolloutView {
        id: "users".into(),
        ladder: ["shadow", "1%", "5%", "25%", "100%"].map(stage).to_vec(),
        automatic: true,
        state,
        decision: decision(Call::Hold, "5%", Some("25%"), conditions),
        coverage: Coverage::default(),
        routes: vec![Summary { route: "get-user".into(), errors, ..Summary::default() }],
    }
}

/// Everything that can be told of a rollout at once.
pub fn orders() -> RolloutView {
    let (by, why) = (ada(), "new is down".to_owned());
    let past = |to| Override {
        to: stage(to),
        by: ada(),
        why: "demo day".into(),
        at_millis: NOW - 9_000_000,
        unmet: vec!["orders: nothing was compared".into()],
    };
    let state = State {
        version: 12,
        latch: Some(Latch { by: by.clone(), why, at_millis: NOW - 60_000, from: stage("25%") }),
        approval: Some(Approval { to: stage("1%"), by, why: "ok".into(), at_millis: NOW - 9_000 }),
        pending: Some(Pending {
            to: stage("1%"),
            version: 13,
            at_millis: NOW,
            next: Box::new(State::new(stage("1%"), NOW)),
        }),
        last_drill: Some(Drill { at_millis: NOW - 1_000, took: Duration::from_micros(350) }),
        drilling: Some(stage("25%")),
        overrides: vec![past("1%"), past("25%")],
        restarts: 1,
        ..State::new(Stage::Shadow, NOW - 60_000)
    };
    RolloutView {
        id: "orders".into(),
        ladder: ["shadow", "1%", "25%"].map(stage).to_vec(),
        automatic: false,
        state,
        decision: decision(
            Call::Breach,
            "shadow",
            Some("1%"),
            vec![condition(Standing::Breached, "orders: new failed 9 of 10", None)],
        ),
        coverage: Coverage::default(),
        routes: vec![Summary::default()],
    }
}

pub fn view(rollouts: Vec<RolloutView>) -> View {
    View { at_millis: NOW, rollouts, ..View::default() }
}

/// A controller that shows this, and what it is asked.
pub fn controller(view: View) -> (Controller, mpsc::Receiver<Asked>) {
    let (mailbox, asked) = mpsc::channel(8);
    let flags = Flags::new(view.rollouts.iter().map(|rollout| rollout.state.stage));
    let (_, seen) = watch::channel(Arc::new(view));
    (Controller::new(mailbox, seen, Arc::new(flags)), asked)
}
