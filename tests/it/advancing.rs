//! The way up: one stage at a time, recorded before it holds, and taken back at once when new fails.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use readshift::domain::{
    percent::Share,
    plan::Stage,
    rollout::{Actor, Event, Refusal, State, Via},
};
use serde_json::json;

use crate::lab::{ANY, Lab, until};

const ALL: Stage = Stage::Live(Share::ALL);
const LADDER: &str = "rollouts: [{ id: users, stages: [shadow, 50%, 100%], hold: 0s }]\n";

fn person() -> Actor {
    Actor { name: "ada".to_owned(), via: Via::Api }
}

/// One stage up, although the gate does not pass.
async fn override_gate(lab: &Lab) -> Result<State, Refusal> {
    let controller = lab.app().controller();
    let event = Event::Advance {
        by: person(),
        why: "to see it work".to_owned(),
        version: None,
        past_gate: true,
        decision: controller.view().rollouts[0].decision.clone(),
    };
    controller.ask("users", event).await
}

async fn ask(lab: &Lab, event: Event) -> Result<State, Refusal> {
    lab.app().controller().ask("users", event).await
}

fn stage(lab: &Lab) -> Stage {
    lab.app().controller().view().rollouts[0].state.stage
}

/// A folder that is one test's alone.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("readshift-state-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn yaml(&self) -> String {
        format!("state_dir: {}\n{LADDER}", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn an_advance_past_the_gate_is_told_for_ever_and_skips_no_stage() {
    let lab = Lab::with(LADDER).await;
    let half = override_gate(&lab).await.unwrap();
    assert_eq!((half.stage, half.overrides.len()), ("50%".parse().unwrap(), 1));
    let all = override_gate(&lab).await.unwrap();
    assert_eq!((all.stage, all.overrides.len(), all.version), (ALL, 2, half.version + 1));
    assert_eq!(override_gate(&lab).await, Err(Refusal::AtTop));
    lab.new.replies(ANY, json!({"from": "new"}));
    assert_eq!(lab.get("/a").await.json(), json!({"from": "new"}));
}

#[tokio::test]
async fn promise_6_from_the_answer_to_a_revert_on_no_read_goes_to_new() {
    let lab = Lab::with(LADDER).await;
    lab.new.replies(ANY, json!({"from": "new"}));
    lab.old.replies(ANY, json!({"from": "old"}));
    override_gate(&lab).await.unwrap();
    override_gate(&lab).await.unwrap();
    assert_eq!(lab.get("/a").await.json(), json!({"from": "new"}));
    let state = ask(&lab, Event::Revert { by: person(), why: "enough".to_owned() }).await.unwrap();
    assert_eq!((state.stage, state.latch.unwrap().from), (Stage::Shadow, ALL));
    assert_eq!(lab.get("/a").await.json(), json!({"from": "old"}));
    assert!(matches!(override_gate(&lab).await, Err(Refusal::Latched { .. })));
    ask(&lab, Event::Resume { by: person(), why: "mended".to_owned(), version: None }).await.unwrap();
    assert!(override_gate(&lab).await.is_ok());
}

#[tokio::test]
async fn who_comes_second_with_what_was_true_before_is_told() {
    let lab = Lab::with(LADDER).await;
    let seen = stage(&lab);
    assert_eq!(seen, Stage::Shadow);
    override_gate(&lab).await.unwrap();
    let late = Event::Advance {
        by: person(),
        why: "me too".to_owned(),
        version: Some(0),
        past_gate: true,
        decision: lab.app().controller().view().rollouts[0].decision.clone(),
    };
    assert!(matches!(ask(&lab, late).await, Err(Refusal::Outdated { seen: 0, .. })));
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was_recorded() {
    let folder = Folder::new();
    let lab = Lab::with(&folder.yaml()).await;
    let up = override_gate(&lab).await.unwrap();
    lab.stop(Duration::from_secs(8)).await;
    let lab = Lab::with(&folder.yaml()).await;
    let state = lab.app().controller().view().rollouts[0].state.clone();
    assert_eq!((state.stage, state.version, state.overrides), (up.stage, up.version, up.overrides));
    ask(&lab, Event::Revert { by: person(), why: "enough".to_owned() }).await.unwrap();
    lab.stop(Duration::from_secs(8)).await;
    let lab = Lab::with(&folder.yaml()).await;
    let state = lab.app().controller().view().rollouts[0].state.clone();
    assert_eq!((state.stage, state.latch.map(|latch| latch.why)), (Stage::Shadow, Some("enough".to_owned())));
}

#[tokio::test]
async fn a_drill_comes_back_and_returns_and_is_recorded_with_the_time_it_took() {
    let lab = Lab::with(LADDER).await;
    let event = || Event::Drill { by: person(), why: "practice".to_owned(), version: None };
    assert!(matches!(ask(&lab, event()).await, Err(Refusal::Nothing { .. })));
    let up = override_gate(&lab).await.unwrap();
    let state = ask(&lab, event()).await.unwrap();
    assert_eq!((state.stage, state.drilling), (up.stage, None));
    assert!(state.last_drill.unwrap().took < Duration::from_secs(1));
    assert!(lab.app().controller().reverted_millis(0) > 0);
}

#[tokio::test]
async fn evidence_outlives_a_restart_under_the_same_settings_and_no_others() {
    let folder = Folder::new();
    // Two labs are never at the same addresses, and evidence is about two systems.
    let start = async |digest: &str| {
        let digest = digest.to_owned();
        Lab::tuned(&folder.yaml(), |config| config.routes[0].digest = digest).await
    };
    let lab = start("one").await;
    let matched = |lab: &Lab| -> u64 {
        let routes = &lab.app().controller().view().rollouts[0].routes;
        routes.iter().map(|route| route.totals.matched).sum()
    };
    for user in 0..20 {
        lab.old.replies(&format!("/{user}"), json!({"id": user}));
        lab.new.replies(&format!("/{user}"), json!({"id": user}));
        lab.get(&format!("/{user}")).await;
    }
    lab.settled().await;
    until("all are evidence", || matched(&lab) == 20).await;
    lab.stop(Duration::from_secs(8)).await;
    let lab = start("one").await;
    until("it is found again", || matched(&lab) == 20).await;
    lab.stop(Duration::from_secs(8)).await;
    let lab = start("other").await;
    until("it was judged", || lab.app().controller().view().at_millis > 0).await;
    assert_eq!(matched(&lab), 0);
}
