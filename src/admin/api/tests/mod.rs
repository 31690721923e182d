//! The API over real sockets.

mod access;
mod described;
mod moving;
mod schema;

use std::sync::Mutex;

use super::*;
use crate::{
    admin::{
        facts::{RouteSetting, Setting, ShadowState},
        rollouts::scene,
        server::Limits,
        wire::{Served, body, read, status},
    },
    controller::View,
    domain::{
        aggregate,
        plan::Stage,
        rollout::{Event, Refusal, State},
    },
    metrics::Breaker,
    store::{archive, ledger::Page, samples},
};

fn facts() -> Facts {
    Facts {
        setting: Setting {
            version: "0.1.0".into(),
            old: "http://old".into(),
            new: "http://new".into(),
            started_millis: 0,
            routes: vec![RouteSetting {
                id: "get-user".into(),
                pattern: "GET /users/{id}".into(),
                stage: Stage::Shadow,
                rules: Vec::new(),
            }],
        },
        noise: Vec::new(),
        same_place: Vec::new(),
        now_millis: 60_000,
        shadow: ShadowState {
            in_flight: 0,
            max_in_flight: 1,
            held_bytes: 0,
            max_held_bytes: 1,
            breaker: Breaker::Closed,
        },
        unrouted: Page::default(),
        routes: Vec::new(),
        rollouts: Default::default(),
        moves: Vec::new(),
    }
}

fn totals() -> aggregate::View {
    let group = aggregate::Group {
        name: "EUR".into(),
        old: "100".into(),
        new: "99".into(),
        near: [100.0, 99.0],
        share: Some(0.01),
        beyond: true,
        odd: [0, 0],
    };
    let (name, told) = ("turnover".into(), "sum of /total by /currency".into());
    aggregate::View { name, told, max: 0.0, pairs: 7, left_out: 0, groups: vec![group] }
}

/// What the controller is asked here, in words, and what it says to everything.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn all(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Scene {
    served: Served,
    seen: Seen,
    archive: Archive,
}

impl Scene {
    async fn new() -> Scene {
        Scene::with(Tokens::default(), Ok).await
    }

    async fn refusing(refusal: Refusal) -> Scene {
        Scene::with(Tokens::default(), move |_| Err(refusal.clone())).await
    }

    async fn with(tokens: Tokens, says: impl Fn(State) -> Result<State, Refusal> + Send + 'static) -> Scene {
        let view = View {
            at_millis: clock_millis(),
            rollouts: vec![scene::users(), scene::orders()],
            ..View::default()
        };
        let (controller, mut asked) = scene::controller(view);
        let seen = Seen::default();
        let noted = seen.clone();
        tokio::spawn(async move {
            while let Some(one) = asked.recv().await {
                noted.0.lock().unwrap().push(format!("{}: {}", one.rollout, told(&one.event)));
                let mut state = State::new(Stage::Shadow, scene::NOW);
                state.version = 8;
                let _ = one.answer.send(says(state));
            }
        });
        let settings = archive::Settings { dir: None, keep_days: 1, max_bytes: 1 << 20 };
        let archive = Archive::open(&settings).0;
        let doors = Doors {
            readiness: Readiness::new(),
            samples: Arc::new(Samples::new(samples::Limits::default())),
            controller,
            archive: archive.clone(),
            facts: Arc::new(facts),
            aggregates: Arc::new(|_| vec![totals()]),
        };
        let listen = "127.0.0.1:9902".parse().unwrap();
        Scene { served: Served::with(router(listen, tokens, doors), Limits::default()).await, seen, archive }
    }

    async fn get(&self, target: &str) -> String {
        self.served.get(target, "localhost").await
    }

    async fn post(&self, target: &str, body: &str) -> String {
        self.served.send("POST", target, "content-type: application/json\r\n", body).await
    }
}

fn clock_millis() -> u64 {
    crate::clock::unix_millis()
}

fn told(event: &Event) -> String {
    match event {
        Event::Advance { by, why, version, past_gate, .. } => {
            format!("advance by {} ({:?}): {why}, {version:?}, {past_gate}", by.name, by.via)
        }
        Event::Revert { by, why } => format!("revert by {} ({:?}): {why}", by.name, by.via),
        Event::Off { by, why } => format!("off by {}: {why}", by.name),
        Event::Resume { by, why, version } => format!("resume by {}: {why}, {version:?}", by.name),
        Event::Approve { by, why, version } => format!("approve by {}: {why}, {version:?}", by.name),
        Event::Drill { by, why, version } => format!("drill by {}: {why}, {version:?}", by.name),
        Event::Restart { by, why, version } => format!("restart by {}: {why}, {version:?}", by.name),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn the_report_comes_as_json_or_as_text() {
    let scene = Scene::new().await;
    let json = scene.get("/api/v1/report").await;
    assert!(json.contains("content-type: application/json\r\n"), "{json}");
    assert_eq!(read(&json)["total"]["received"], 0);
    let text = scene.get("/api/v1/report?format=text").await;
    assert!(body(&text).starts_with("no request in 1 min"), "{text}");
}

#[tokio::test]
async fn the_status_says_where_the_program_stands() {
    let read = read(&Scene::new().await.served.get("/api/v1/status", "127.0.0.1:9902").await);
    assert_eq!((&read["phase"], &read["old"]), (&"starting".into(), &"http://old".into()));
}

#[tokio::test]
async fn the_rollouts_are_told_with_what_is_missing() {
    let scene = Scene::new().await;
    let all = read(&scene.get("/api/v1/rollouts").await);
    assert_eq!(all["rollouts"].as_array().unwrap().len(), 2);
    let users = &all["rollouts"][0];
    assert_eq!((&users["state"]["stage"], &users["state"]["version"]), (&"5%".into(), &7.into()));
    assert_eq!(users["share"]["configured_ppm"], 50_000);
    assert_eq!(users["share"]["realised_ppm"], 48_700);
    assert_eq!(users["decision"]["call"], "hold");
    assert_eq!(
        users["decision"]["unmet"][0],
        "get-user: 3,514 of 5,236 distinct reads without a mismatch; about 12 min more"
    );
    assert_eq!(users["decision"]["conditions"][0]["eta_ms"], 720_000);
    let orders = read(&scene.get("/api/v1/rollouts/orders").await);
    assert_eq!(orders["state"]["latch"]["by"]["via"], "command_line");
    assert_eq!(orders["state"]["overrides"][1]["unmet"][0], "orders: nothing was compared");
    for rollout in [&orders, users] {
        let aggregate = &rollout["routes"][0]["aggregated"][0];
        assert_eq!(
            (&aggregate["name"], &aggregate["groups"][0]["difference"]),
            (&"turnover".into(), &(-1.0).into())
        );
    }
    let text = scene.get("/api/v1/rollouts?format=text&width=80&height=24").await;
    assert!(body(&text).contains("users   at 5%") && text.contains("text/plain"), "{text}");
}

#[tokio::test]
async fn the_gate_is_told_in_our_words_and_in_those_of_others() {
    let scene = Scene::new().await;
    let gate = read(&scene.get("/api/v1/rollouts/users/gate").await);
    assert_eq!((&gate["verdict"], &gate["data"]["verdict"]), (&"hold".into(), &"inconclusive".into()));
    assert_eq!((&gate["to"], gate["why"].as_array().unwrap().len()), (&"25%".into(), 2));
    let gate = read(&scene.get("/api/v1/rollouts/orders/gate?to=25%25").await);
    assert_eq!((&gate["verdict"], &gate["data"]["verdict"]), (&"breach".into(), &"fail".into()));
    for (target, code, says) in [
        ("/api/v1/rollouts/users/gate?to=7%25", 400, "shadow, 1%, 5%, 25%, 100%"),
        ("/api/v1/rollouts/users/gate?to=far", 400, "expected a stage"),
        ("/api/v1/rollouts/users/gate?stage=5%25", 400, "to=STAGE"),
        ("/api/v1/rollouts/nobody/gate", 404, "no rollout named nobody"),
    ] {
        let reply = scene.get(target).await;
        assert_eq!(status(&reply), code, "{reply}");
        assert!(body(&reply).contains(says), "{reply}");
    }
}

#[tokio::test]
async fn errors_say_in_json_what_is_possible() {
    let scene = Scene::new().await;
    for (method, target, code) in [
        ("GET", "/api/v1/report?format=xml", 400),
        ("GET", "/api/v1/report?fromat=text", 400),
        ("GET", "/api/v1/exhibits?rule=a", 400),
        ("GET", "/api/v1/exhibits?route=a", 404),
        ("GET", "/api/v1/rollouts?format=yaml", 400),
        ("GET", "/api/v1/rollouts/nobody", 404),
        ("GET", "/api/v1/journal?limit=0", 400),
        ("GET", "/api/v1/journal?limit=1001", 400),
        ("GET", "/api/v1/journal?rollout=nobody", 404),
        ("GET", "/", 404),
        ("GET", "/api/v1/rollouts/users/fly", 404),
        ("POST", "/api/v1/report", 405),
        ("GET", "/api/v1/rollouts/users/revert", 405),
        ("DELETE", "/api/v1/rollouts/users", 405),
    ] {
        let reply = scene.served.ask(method, target, "localhost").await;
        assert_eq!(read(&reply)["status"], code, "{method} {target}: {reply}");
        assert!(reply.contains("content-type: application/problem+json"), "{reply}");
        assert!(reply.contains("x-content-type-options: nosniff"), "{reply}");
    }
}

#[tokio::test]
async fn the_journal_tells_what_the_store_has() {
    let scene = Scene::new().await;
    let draft = crate::domain::journal::Draft {
        at_millis: scene::NOW,
        rollout: "users".into(),
        by: scene::ada(),
        what: "revert".into(),
        from: scene::stage("5%"),
        to: Stage::Shadow,
        why: "new is\u{1b}[2J down".into(),
        past_gate: false,
        version: 1,
        evidence: r#"{"call":"hold"}"#.into(),
        config_digest: "d".into(),
    };
    let state = State { version: 1, ..State::new(Stage::Shadow, scene::NOW) };
    scene.archive.record(draft, state, 0).await.unwrap().unwrap();
    let journal = read(&scene.get("/api/v1/journal?rollout=users&limit=5").await);
    let entry = &journal["entries"][0];
    assert_eq!((&entry["number"], &entry["by"]["via"]), (&1.into(), &"command_line".into()));
    assert_eq!(entry["evidence"]["call"], "hold");
    assert_eq!(read(&scene.get("/api/v1/journal?rollout=orders").await)["entries"], serde_json::json!([]));
    let text = scene.get("/api/v1/journal?format=text").await;
    assert_eq!(
        body(&text),
        "2026-09-21T14:13:20.000Z  users  revert 5% -> shadow  by ada (command line): new is\\u{1b}[2J down\n"
    );
    let chain = read(&scene.get("/api/v1/journal/verify").await);
    assert_eq!((&chain["intact"], &chain["entries"]), (&true.into(), &1.into()));
    let report = body(&scene.get("/api/v1/report?format=text").await).to_owned();
    assert!(report.contains("users   at 5%") && report.contains("last moves, newest first"), "{report}");
    assert!(report.contains("  ! EUR: old 100, new 99, apart by -1 (1 %)"), "{report}");
}
