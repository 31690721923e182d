//! The ways back to old: each works by itself, and none of them asks anybody.

use std::time::Duration;

use readshift::domain::{
    plan::Stage,
    rollout::{Actor, Event, Refusal, State, Via},
};
use rustix::process::Signal;

use crate::lab::{Lab, Process, until, within};

const LATCHED: &str = "readshift_rollout_latched{rollout=\"default\"} 1";

fn person() -> Actor {
    Actor { name: "ada".to_owned(), via: Via::Api }
}

async fn revert(lab: &Lab) -> Result<State, Refusal> {
    let event = Event::Revert { by: person(), why: "it looks ill".to_owned() };
    lab.app().controller().ask("default", event).await
}

#[tokio::test]
async fn a_revert_latches_and_what_was_acknowledged_is_what_it_comes_to() {
    let lab = Lab::start().await;
    let state = revert(&lab).await.unwrap();
    assert_eq!((state.stage, state.latch.is_some()), (Stage::Shadow, true));
    let shown = || lab.app().controller().view().rollouts[0].state.clone();
    until("the loop has made a move of it", || shown().latch.is_some()).await;
    let at =
        |state: &State| state.latch.as_ref().map(|latch| (latch.by.clone(), latch.why.clone(), latch.from));
    assert_eq!((shown().version, shown().stage, at(&shown())), (state.version, state.stage, at(&state)));
}

#[tokio::test]
async fn off_stops_mirroring_from_the_next_request_on() {
    let lab = Lab::start().await;
    let event = Event::Off { by: person(), why: "new is on its knees".to_owned() };
    assert_eq!(lab.app().controller().ask("default", event).await.unwrap().stage, Stage::Off);
    lab.get("/a").await;
    lab.settled().await;
    assert_eq!((lab.old.received().len(), lab.new.received().len()), (1, 0));
}

#[tokio::test]
async fn promise_5_nothing_advances_by_itself_without_traffic() {
    let lab = Lab::with("rollouts: [{ id: default, stages: [shadow, 50%, 100%] }]").await;
    until("the gate was judged", || lab.app().controller().view().at_millis > 0).await;
    let view = lab.app().controller().view();
    assert_eq!(view.rollouts[0].state.stage, Stage::Shadow);
    let event = Event::Advance {
        by: person(),
        why: "let us see".to_owned(),
        version: None,
        past_gate: false,
        decision: view.rollouts[0].decision.clone(),
    };
    let refused = lab.app().controller().ask("default", event).await;
    assert!(matches!(refused, Err(Refusal::Held { .. } | Refusal::TooSoon { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_wish_for_a_rollout_that_is_not_there_is_refused() {
    let lab = Lab::start().await;
    let event = Event::Revert { by: person(), why: "typo".to_owned() };
    let refused = lab.app().controller().ask("defualt", event).await;
    assert_eq!(refused, Err(Refusal::Unknown { id: "defualt".to_owned() }));
}

#[tokio::test]
async fn after_a_stop_a_revert_still_holds() {
    let lab = Lab::start().await;
    let controller = lab.app().controller().clone();
    lab.stop(Duration::from_secs(8)).await;
    let event = Event::Revert { by: person(), why: "late".to_owned() };
    assert_eq!(controller.ask("default", event).await.unwrap().stage, Stage::Shadow);
    assert!(controller.flags().is_forced(0));
}

#[tokio::test]
async fn a_kill_switch_latches_every_rollout_while_the_program_runs() {
    let file = std::env::temp_dir().join(format!("readshift-kill-{}", std::process::id()));
    let lab = Lab::with(&format!("kill_switch: {}", file.display())).await;
    let controller = lab.app().controller().clone();
    assert!(!controller.view().killed);
    std::fs::write(&file, "").unwrap();
    until("the file is seen", || controller.view().rollouts[0].state.latch.is_some()).await;
    assert!(controller.view().killed && controller.flags().is_forced(0));
    let event = Event::Resume { by: person(), why: "in spite of it".to_owned(), version: None };
    assert!(matches!(controller.ask("default", event).await, Err(Refusal::Frozen { .. })));
    std::fs::remove_file(&file).unwrap();
    until("the file is missed", || !controller.view().killed && !controller.flags().is_forced(0)).await;
    assert!(controller.view().rollouts[0].state.latch.is_some());
}

#[tokio::test]
async fn sigusr1_reverts_every_rollout_and_the_program_goes_on() {
    let lab = Lab::start().await;
    let process = Process::start(&lab.old, &lab.new, &[]).await;
    assert!(!process.metrics().await.contains(LATCHED));
    process.signal(Signal::USR1);
    within("it is latched", async { while !process.metrics().await.contains(LATCHED) {} }).await;
    assert_eq!(process.raw().await.get("/a").await.status, 200);
}
