//! How a rollout may move, and the reads that have to match before it does.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::*;
use crate::domain::{
    plan::Stage,
    rollout::{Advance, Freeze, OnBreach, Policy},
};

fn rollout(rest: &str) -> String {
    format!("rollouts: [{{ id: x, {rest} }}]")
}

fn policy(rest: &str) -> Policy {
    config(&rollout(rest)).rollouts[0].policy.clone()
}

#[test]
fn a_rollout_moves_as_the_file_says() {
    let found = policy(
        "hold: 0s, advance: auto, approval: true, on_breach: down, drill_within: 7d, freeze: [{ from: fri 16:00, to: mon 08:00, zone: Europe/Vienna, why: weekend }, { from: sat 00:00, to: sat 12:00 }]",
    );
    assert_eq!((found.hold, found.advance), (Duration::ZERO, Advance::Auto));
    assert_eq!((found.approval, found.on_breach), (true, OnBreach::Down));
    assert_eq!(found.drill_within, Some(Duration::from_secs(7 * 86_400)));
    let zone = TimeZone::get("Europe/Vienna").unwrap();
    let why = "weekend".to_owned();
    assert_eq!(found.freezes[0], Freeze { from: 4 * 1440 + 960, to: 480, zone, why });
    assert_eq!(found.freezes[1].why, "from sat 00:00 to sat 12:00 (UTC)");
    let standard = policy("stages: [shadow]");
    assert_eq!((standard.hold, standard.advance), (Duration::from_secs(1800), Advance::Manual));
    assert_eq!((standard.on_breach, standard.freezes.len()), (OnBreach::Shadow, 0));
}

#[test]
fn a_freeze_that_says_nothing_is_refused() {
    check(
        &rollout("freeze: [{ from: fri 16:00, to: fri 16:00 }, { from: fryday 16:00, zone: Europe/Viena }]"),
        &[
            "r.yaml:3:30: rollouts[0].freeze[0]: begins and ends at one moment",
            "r.yaml:3:66: rollouts[0].freeze[1].to: missing",
            "r.yaml:3:74: rollouts[0].freeze[1].from: expected an hour of the week such as fri 16:00",
            "r.yaml:3:94: rollouts[0].freeze[1].zone: there is no time zone \"Europe/Viena\", did you mean `Europe/Vienna`?",
        ],
    );
    check(
        &rollout("on_breach: shadw"),
        &["r.yaml:3:32: rollouts[0].on_breach: expected one of shadow, down"],
    );
    check(&rollout("hold: 400d"), &["r.yaml:3:27: rollouts[0].hold: \"400d\" is longer than 366d"]);
}

#[test]
fn a_probe_is_a_whole_request_with_rules_of_its_own() {
    let text = rollout(
        "probes: [{ name: ada, method: POST, path: '/users?full=1', headers: { X-Key: geheim }, body: '{}', every: 5s, compare: { ignore: [/at] } }]",
    );
    let read = "routes: [{ id: a, read: true, match: { method: POST, path: /users } }]";
    let loaded = load(&format!("{TWO}{text}\n{read}")).unwrap();
    assert_eq!(loaded.warnings, []);
    let probe = &loaded.config.rollouts[0].probes[0];
    assert_eq!((&*probe.name, &*probe.method, &*probe.target), ("ada", "POST", "/users?full=1"));
    assert_eq!((probe.body.as_deref(), probe.every), (Some("{}"), Duration::from_secs(5)));
    assert_eq!(probe.headers, [("x-key".to_owned(), "geheim".to_owned())]);
    assert_eq!(probe.rules.rules().len(), 1);
    assert!(!effective(&loaded).contains("geheim"));
}

#[test]
fn a_probe_that_says_nothing_about_what_moves_is_told() {
    let probes = |probes: &str| rollout(&format!("probes: [{probes}]"));
    check(
        &probes("{ name: a, path: users }, { name: a, path: /b, body: x }, { path: /c }"),
        &[
            "r.yaml:3:47: rollouts[0].probes[0].path: expected a path with its query",
            "r.yaml:3:64: rollouts[0].probes[1].name: is the name of probes[0] already",
            "r.yaml:3:83: rollouts[0].probes[1].body: GET has no body",
            "r.yaml:3:88: rollouts[0].probes[2].name: missing",
        ],
    );
    let routes = "routes: [{ id: r, match: { method: GET, path: '/u/{id}' } }]";
    assert_eq!(warned(&format!("{}\n{routes}", probes("{ name: a, path: '/u/7?x=1' }"))), [""; 0]);
    assert_eq!(
        warned(&format!("{}\n{routes}", probes("{ name: a, path: /v }"))),
        [
            "rollouts[0].probes[0].path: no route of this rollout takes such a read: it says nothing about what moves"
        ]
    );
    let delete = warned(&probes("{ name: a, method: DELETE, path: /v }"));
    assert!(delete[0].contains("DELETE is sent to both systems"), "{delete:?}");
}

#[test]
fn a_new_that_may_hang_for_all_of_a_request_cannot_be_rescued() {
    let live = "rollouts: [{ id: x, stages: [shadow, 100%] }]";
    assert_eq!(
        warned(&format!("limits: {{ request: 10s }}\n{live}")),
        [
            "new.first_byte_timeout: new may take 10s until it has failed, which is all of `limits.request`: old cannot answer in its place"
        ]
    );
    assert_eq!(warned("limits: { request: 10s }"), [""; 0]);
    assert_eq!(warned(&format!("limits: {{ request: 13s }}\n{live}")), [""; 0]);
}

#[test]
fn invariants_and_aggregates_belong_to_their_route() {
    let route = |rest: &str| format!("routes: [{{ id: a, match: {{ path: /a }}, {rest} }}]");
    let found = config(&route(
        "invariants: { positive: new.body.balance >= 0 }, aggregates: [{ name: t, of: sum, at: '/items/*/total', by: /currency }, { name: n, of: distinct, at: '', max: 0% }]",
    ));
    let route_found = &found.routes[0];
    assert_eq!(route_found.invariants[0].name, "positive");
    assert_eq!(&*route_found.invariants[0].expression, "new.body.balance >= 0");
    assert_eq!(route_found.aggregates[0].max, 0.001);
    assert_eq!(route_found.aggregates[0].by.as_deref(), Some("/currency"));
    check(
        &route(
            "invariants: { 'Not Good': 'true', a: [1], b: 'new.body >' }, aggregates: [{ name: t, of: mean, at: total }, { name: t, of: sum, at: '' }]",
        ),
        &[
            "r.yaml:3:54: routes[0].invariants.Not Good: expected up to 64 characters",
            "r.yaml:3:77: routes[0].invariants.a: expected an expression",
            "r.yaml:3:85: routes[0].invariants.b: is no expression: ",
            "r.yaml:3:129: routes[0].aggregates[0].of: expected one of sum, count, distinct",
            "r.yaml:3:139: routes[0].aggregates[0].at: expected a JSON Pointer",
            "r.yaml:3:156: routes[0].aggregates[1].name: is the name of aggregates[0] already",
        ],
    );
    assert_eq!(config("").rollouts[0].ladder.first(), Stage::Shadow);
}
