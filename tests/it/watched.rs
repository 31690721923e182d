//! What is watched beside the comparison of pairs: invariants, aggregates, probes, and differences that the program
//! plants itself.

use readshift::domain::{
    aggregate::{Aggregate, Function, Tally},
    compare::{
        Asked,
        content::{Content, Most, content},
        rules::Rules,
    },
    fields::Fields,
    invariant::{Finding, Invariant, Pair},
    observation::Reply,
    outcome::Outcome,
    payload::{Chunks, Payload},
    plan::Stage,
    recheck::Class,
};
use serde_json::json;

use crate::lab::{Lab, Migration, SMALL_GATE, record, until};

const INVARIANT: &str = r#"
routes:
  - id: all
    match: { path: /** }
    invariants: { never-negative: "new.body.balance >= 0" }
"#;

async fn both(yaml: &str, path: &str, body: serde_json::Value) -> Lab {
    let lab = Lab::with(yaml).await;
    lab.old.replies(path, body.clone());
    lab.new.replies(path, body);
    lab
}

#[tokio::test]
async fn an_invariant_that_does_not_hold_is_a_mismatch_although_the_bytes_are_the_same() {
    let lab = both(INVARIANT, "/a", json!({"balance": -1})).await;
    lab.get("/a").await;
    let settled = lab.settled().await;
    assert_eq!(settled.rows("all"), [("invariant", 1)]);
    let shape = &settled.facts.routes[0].1.shapes[0];
    assert_eq!(shape.signature.text(), "200/200 invariant never-negative broken");
    let watched = lab.app().watches().invariants_of(0);
    assert_eq!((watched.configured, watched.checked, watched.failed), (1, 1, 1));
    assert_eq!(watched.says.as_deref(), Some("never-negative: it does not hold"));
}

#[tokio::test]
async fn an_invariant_that_holds_leaves_the_verdict_as_it_is() {
    let lab = both(INVARIANT, "/a", json!({"balance": 1})).await;
    lab.get("/a").await;
    assert_eq!(lab.settled().await.count(Outcome::Exact), 1);
    let watched = lab.app().watches().invariants_of(0);
    assert_eq!((watched.checked, watched.failed, watched.says), (1, 0, None));
}

#[tokio::test]
async fn an_invariant_that_cannot_be_judged_is_no_match_and_says_why() {
    let lab = both(INVARIANT, "/a", json!({"other": 1})).await;
    lab.get("/a").await;
    let settled = lab.settled().await;
    assert_eq!(settled.rows("all"), [("invariant", 1)]);
    let shape = &settled.facts.routes[0].1.shapes[0];
    assert_eq!(shape.signature.text(), "200/200 invariant never-negative not_judged");
    let says = lab.app().watches().invariants_of(0).says.unwrap();
    assert_eq!(says, "never-negative: it could not be judged: No such key: balance");
}

#[tokio::test]
async fn two_errors_are_not_asked_for_what_only_an_answer_has() {
    let lab = Lab::with(INVARIANT).await;
    lab.old.replies_with("/a", 404, &json!({"error": "none"}));
    lab.new.replies_with("/a", 404, &json!({"error": "none"}));
    lab.get("/a").await;
    assert_eq!(lab.settled().await.rows("all"), [("exact_vacuous", 1)]);
}

#[tokio::test]
async fn a_broken_invariant_is_broken_when_both_are_read_again() {
    let yaml = format!("recheck: {{ delays: [20ms, 60ms], rate: 1000 }}\n{INVARIANT}");
    let lab = both(&yaml, "/a", json!({"balance": -1})).await;
    lab.get("/a").await;
    let page = || lab.app().facts().routes.remove(0).0;
    until("it is classed", || page().rereads.of(Class::Persistent) == 1).await;
    assert_eq!(lab.app().watches().invariants_of(0).checked, 1, "a pair is counted once");
}

#[tokio::test]
async fn an_aggregate_adds_up_what_each_side_says() {
    let yaml = r#"
routes:
  - id: all
    match: { path: /** }
    aggregates: [{ name: total, of: sum, at: /total, by: /currency, max: 1% }]
"#;
    let lab = Lab::with(yaml).await;
    for (path, old, new) in [("/a", 100.10, 100.10), ("/b", 200.20, 200.19)] {
        lab.old.replies(path, json!({"total": old, "currency": "EUR"}));
        lab.new.replies(path, json!({"total": new, "currency": "EUR"}));
        lab.get(path).await;
    }
    lab.settled().await;
    let view = lab.app().watches().views_of(0).remove(0);
    assert_eq!((view.pairs, view.left_out, view.told.as_str()), (2, 0, "sum of /total by /currency"));
    let group = &view.groups[0];
    let told = (group.name.as_str(), group.old.as_str(), group.new.as_str(), group.beyond);
    assert_eq!(told, ("EUR", "300.3", "300.29", false));
    lab.new.replies("/c", json!({"total": 1, "currency": "EUR"}));
    lab.old.replies("/c", json!({"total": 11, "currency": "EUR"}));
    lab.get("/c").await;
    lab.settled().await;
    let watched = lab.app().watches().aggregates_of(0);
    assert_eq!((watched.configured, watched.checked, watched.failed), (1, 3, 1));
}

const PROBE: &str = r#"
rollouts:
  - id: users
    stages: [shadow]
    probes:
      - { name: tricky, path: "/users/7?full=1", headers: { accept: application/json }, every: 50ms }
"#;

#[tokio::test]
async fn a_probe_is_run_on_both_sides_marked_and_not_in_the_account() {
    let lab = both(PROBE, "/users/7", json!({"name": "Ada"})).await;
    until("it has matched", || lab.app().watches().probes_of(0).checked == 1).await;
    until("it matches", || lab.app().watches().probes_of(0).failed == 0).await;
    for side in [&lab.old, &lab.new] {
        let received = side.received().remove(0);
        assert_eq!(received.line(), "GET /users/7?full=1 HTTP/1.1");
        assert_eq!(received.all("x-readshift-probe"), ["1"]);
        assert_eq!(received.all("x-readshift-shadow"), ["1"]);
        assert_eq!(received.all("accept"), ["application/json"]);
    }
    assert_eq!(lab.settled().await.received(), 0);
}

#[tokio::test]
async fn a_probe_that_does_not_match_or_is_not_answered_says_so_and_matches_again() {
    let lab = both(PROBE, "/users/7", json!({"name": "Ada"})).await;
    let says = || lab.app().watches().probes_of(0).says.unwrap_or_default();
    lab.new.replies("/users/7", json!({"name": "Ida"}));
    until("it differs", || says() == "tricky: they differ: 200/200 /name text").await;
    lab.old.replies_with("/users/7", 404, &json!({"name": "none"}));
    lab.new.replies_with("/users/7", 404, &json!({"name": "none"}));
    until("it proves nothing", || says().contains("both answer 404")).await;
    lab.old.replies("/users/7", json!({"name": "Ada"}));
    lab.new.replies("/users/7", json!({"name": "Ada"}));
    until("it matches again", || lab.app().watches().probes_of(0).failed == 0).await;
}

#[tokio::test]
async fn probes_are_run_for_whoever_asks() {
    let lab = both(&PROBE.replace("50ms", "1h"), "/users/7", json!({"name": "Ada"})).await;
    let watched = lab.app().watches().run_probes(0).await.unwrap();
    assert_eq!((watched.configured, watched.checked, watched.failed), (1, 1, 0));
    lab.new.replies("/users/7", json!({"name": "Ida"}));
    let watched = lab.app().watches().run_probes(0).await.unwrap();
    assert_eq!((watched.checked, watched.failed), (1, 1));
}

const STALE: &str = r#"
rollouts:
  - id: users
    stages: [shadow, 50%]
    hold: 0s
    probes: [{ name: tricky, path: /users/7, every: 1h }]
"#;

#[tokio::test]
async fn a_probe_that_turned_wrong_since_its_last_run_holds_the_advance_of_a_person() {
    let lab = both(STALE, "/users/7", json!({"name": "Ada"})).await;
    until("it has matched", || lab.app().watches().probes_of(0).checked == 1).await;
    let advance = || lab.order("users", "advance", r#"{"why":"it looks well"}"#);
    let reply = advance().await.text();
    assert!(!reply.contains("tricky"), "{reply}");
    lab.new.replies("/users/7", json!({"name": "Ida"}));
    let reply = advance().await;
    let told = "1 of 1 probe did not match: tricky: they differ: 200/200 /name text";
    assert!(reply.text().contains(told), "{}", reply.text());
    lab.advance("users").await;
    let overrides = lab.app().controller().view().rollouts[0].state.overrides.clone();
    assert!(overrides[0].unmet.iter().any(|unmet| unmet.contains(told)), "{overrides:?}");
}

#[tokio::test]
async fn a_probe_that_turned_wrong_since_its_last_run_holds_an_advance_that_goes_by_itself() {
    let gate = format!("{SMALL_GATE}\n    probes: [{{ name: tricky, path: /tricky, every: 1h }}]");
    let lab = Migration::with("shadow, 100%", &gate, "").await;
    lab.until("it has matched", |it| it.app().watches().probes_of(0).checked == 1).await;
    lab.new
        .answers(|target| Some((200, if target == "/tricky" { "[7]".to_owned() } else { record(target) })));
    let callers = lab.callers(8, 100_000);
    lab.until("only the probe holds it", |it| {
        let view = it.view();
        let unmet = view.decision.unmet_words();
        let told = unmet.first().is_some_and(|told| told.contains("1 of 1 probe did not match: tricky"));
        told && unmet.len() == 1 && view.decision.from == Stage::Shadow
    })
    .await;
    assert_eq!((lab.stage(), lab.new.live()), (Stage::Shadow, 0));
    lab.new.answers(|target| Some((200, record(target))));
    assert!(lab.app().watches().run_probes(0).await.unwrap().failed == 0);
    lab.until("it advances", |it| it.stage() > Stage::Shadow).await;
    drop(callers);
}

const SEEDED: &str = r#"
rollouts: [{ id: users, stages: [shadow], gate: { seeding: { one_in: 1 } } }]
"#;

#[tokio::test]
async fn a_planted_difference_is_found_and_changes_no_verdict() {
    let lab = both(SEEDED, "/a", json!({"name": "Ada", "roles": [1, 2]})).await;
    for _ in 0..20 {
        lab.get("/a").await;
    }
    assert_eq!(lab.settled().await.rows("all"), [("exact", 20)]);
    let seeded = lab.app().watches().seeded_of(0);
    assert_eq!((seeded.planted, seeded.missed), (20, 0));
}

#[tokio::test]
async fn rules_that_leave_nothing_to_be_compared_miss_what_is_planted() {
    let yaml = format!(
        "{SEEDED}routes: [{{ id: all, match: {{ path: /** }}, compare: {{ ignore: [{{ at: /0, why: blind }}] }} }}]"
    );
    let lab = both(&yaml, "/a", json!(["Ada"])).await;
    lab.get("/a").await;
    lab.settled().await;
    let seeded = lab.app().watches().seeded_of(0);
    assert_eq!((seeded.planted, seeded.missed), (1, 1));
}

const DOCS: &str = include_str!("../../docs/comparing.md");

/// The blocks of the docs that are fenced as this.
fn examples(kind: &str) -> Vec<serde_json::Value> {
    let opening = format!("```{kind}\n");
    let blocks = DOCS.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|text| serde_saphyr::from_str(text).unwrap_or_else(|why| panic!("{why}\n{text}"))).collect()
}

fn json_reply(example: &serde_json::Value, side: &str) -> Reply {
    let body = example[side].as_str().unwrap().to_owned();
    Reply {
        status: 200,
        fields: Fields::from_pairs([("content-type", "application/json")]),
        body: Payload::Whole(Chunks::from(bytes::Bytes::from(body))),
        trailers: Fields::new(),
    }
}

#[test]
fn every_invariant_of_the_docs_comes_to_what_they_say() {
    let examples = examples("invariant");
    assert!(examples.len() > 3);
    for example in examples {
        let invariant = Invariant::parse("it", example["holds"].as_str().unwrap()).unwrap();
        let (old, new) = (json_reply(&example, "old"), json_reply(&example, "new"));
        let pair = Pair::new(&old, &new, Asked::default(), &Rules::default());
        let found = match invariant.judge(&pair) {
            Finding::Holds => "holds".to_owned(),
            Finding::Broken => "broken".to_owned(),
            Finding::NotJudged(why) => why,
        };
        assert_eq!(example["finding"], found, "{example}");
    }
}

#[test]
fn every_aggregate_of_the_docs_comes_to_what_they_say() {
    let examples = examples("aggregate");
    assert!(!examples.is_empty());
    for example in examples {
        let of = [Function::Sum, Function::Count, Function::Distinct];
        let aggregate = Aggregate {
            name: "it".to_owned(),
            of: of.into_iter().find(|of| example["of"] == of.name()).unwrap(),
            at: example["at"].as_str().unwrap().to_owned(),
            by: example["by"].as_str().map(str::to_owned),
            max: 0.0,
        };
        aggregate.check().unwrap();
        let found = |side| {
            let most = Most { bytes: 1 << 20, depth: 100, nodes: 1 << 16 };
            match content(&json_reply(&example, side), None, most) {
                Ok(Content::Tree(document)) => aggregate.found(&document),
                other => panic!("{other:?}"),
            }
        };
        let mut tally = Tally::new(aggregate.clone());
        tally.add(found("old"), found("new"));
        let groups = tally.view().groups.into_iter();
        let told: Vec<_> =
            groups.map(|group| format!("{}: {} and {}", group.name, group.old, group.new)).collect();
        assert_eq!(example["groups"], json!(told));
    }
}
