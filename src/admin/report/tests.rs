//! What a report says, as its readers see it.

mod causes;

use std::time::Duration;

use super::{Paint, Report};
use crate::{
    admin::facts::{Facts, RouteSetting, RuleSetting, Setting, ShadowState},
    domain::{
        account::Heading,
        compare::{
            difference::{Difference, Kind, Place},
            explain::cause::{Cause, Rounding},
            signature::Signature,
        },
        outcome::Outcome,
        plan::Stage,
    },
    metrics::Breaker,
    store::{
        ledger::{Details, Ledger},
        samples::{Limits, Sample, Samples},
    },
};

const START: u64 = 1_790_000_000_000;

/// One route, `users`, with what a test books for it.
struct Scene {
    ledger: Ledger,
    samples: Samples,
    breaker: Breaker,
}

impl Scene {
    fn new() -> Scene {
        Scene {
            ledger: Ledger::new(&["users".to_owned()], 1),
            samples: Samples::new(Limits::default()),
            breaker: Breaker::Closed,
        }
    }

    fn with(outcome: Outcome, times: usize) -> Scene {
        Scene::new().and(outcome, times)
    }

    fn and(self, outcome: Outcome, times: usize) -> Scene {
        (0..times).for_each(|_| self.ledger.open(0, Heading::route(0)).settle(outcome));
        self
    }

    fn facts(&self) -> Facts {
        let shadow = ShadowState {
            in_flight: 1,
            max_in_flight: 256,
            held_bytes: 2048,
            max_held_bytes: 1 << 26,
            breaker: self.breaker,
        };
        let route = RouteSetting {
            id: "users".into(),
            pattern: "GET /users/{id}".into(),
            stage: Stage::Shadow,
            rules: vec![rule("/meta/request_id: ignored, minted per request"), rule("/took_ms: ignored")],
        };
        let setting = Setting {
            version: "0.1.0".into(),
            old: "http://old:80".into(),
            new: "http://new:80".into(),
            started_millis: START,
            routes: vec![route],
        };
        Facts::gather(&setting, &self.ledger, &self.samples, shadow, START + 600_000)
    }

    fn text(&self) -> String {
        Report::build(&self.facts()).to_text(100, Paint::Plain)
    }

    fn warned(&self) -> Vec<(&'static str, String)> {
        Report::build(&self.facts()).warnings.into_iter().map(|w| (w.code, w.text)).collect()
    }
}

fn rule(says: &str) -> RuleSetting {
    RuleSetting { says: says.into(), ..RuleSetting::default() }
}

fn sample(target: &str, new_value: &str) -> Sample {
    Sample {
        at_millis: START + 1000,
        method: "GET".into(),
        target: target.into(),
        old_status: 200,
        new_status: Some(200),
        differences: vec![Difference {
            shape: String::new(),
            types: None,
            causes: Vec::new(),
            place: Place::Body("/name".into()),
            kind: Kind::Changed,
            old: Some("\"Ada\"".into()),
            new: Some(new_value.into()),
        }],
        more: 2,
        notes: vec![],
        old_took: Duration::from_millis(12),
        new_took: Duration::from_micros(850),
    }
}

fn eventful() -> Scene {
    let scene = Scene::with(Outcome::Exact, 1200)
        .and(Outcome::ExactVacuous, 30)
        .and(Outcome::NewTimeout, 2)
        .and(Outcome::ShedInFlight, 40);
    let took = |ms| Some(Duration::from_millis(ms));
    let (headers, notes) = (["x-total-count".to_owned()], ["content coding: old gzip, new br".to_owned()]);
    let details = Details {
        old_took: took(12),
        new_took: took(20),
        statuses: Some((200, 200)),
        uncompared: &headers,
        reported: 2,
        notes: &notes,
        ..Details::default()
    };
    scene.ledger.open(0, Heading::route(0)).settle_with(Outcome::Differs, &details);
    let details = Details { forgiven: &[(0, 3)], reported: 0, ..details };
    scene.ledger.open(0, Heading::route(0)).settle_with(Outcome::Forgiven, &details);
    scene.ledger.open(0, Heading::UNROUTED).settle(Outcome::NoRoute);
    let signature = Signature::of(200, 200, &[]);
    let _ = scene.samples.record(Heading::route(0), &signature, sample("/users/7?full=1", "\"Ida\""));
    for n in 0..3 {
        let total = explained("/total", &format!("{n}.25"), &n.to_string(), rounded());
        let state = explained("/state", &format!("\"at{n}\""), &format!("\"AT{n}\""), Cause::Case);
        let wrong = Sample { differences: vec![total, state], ..sample("/users/8", "") };
        let _ = scene.samples.record(Heading::route(0), &Signature::of(200, 200, &wrong.differences), wrong);
        scene.samples.unread(Heading::route(0), &signature, "signature");
    }
    scene
}

fn rounded() -> Cause {
    Cause::Rounded { digits: 0, rounding: Rounding::HalfUp }
}

fn explained(place: &str, old: &str, new: &str, cause: Cause) -> Difference {
    let (old, new) = (Some(old.to_owned()), Some(new.to_owned()));
    Difference {
        causes: vec![cause],
        ..Difference::at(Place::Body(place.to_owned()), Kind::Changed, old, new)
    }
}

#[test]
fn the_account_of_a_route_visibly_adds_up() {
    let report = Report::build(&eventful().facts());
    let account = &report.routes[0].account;
    assert!(account.adds_up);
    assert_eq!(
        account.received,
        account.matched
            + account.forgiven
            + account.mismatched
            + account.incomparable
            + account.not_mirrored
            + account.in_flight
    );
    let text = eventful().text();
    let told = "  received 1,274 = 1,230 matched (30 of them prove nothing) + 1 forgiven + 3 mismatched (0.2 % of\n  \
                1,234 compared) + 40 not mirrored\n";
    assert!(text.contains(told), "{text}");
}

#[test]
fn an_operator_reads_what_happened_why_not_and_one_example() {
    let text = eventful().text();
    assert!(
        text.starts_with("1,275 requests in 10 min: 1,234 compared, 3 of them mismatched; 41 not compared"),
        "{text}"
    );
    for part in [
        "          40  shed_in_flight: as many shadows in flight as allowed",
        "           2  new_timeout: old replied, new took too long",
        "  forgiven by rule, of 5 places that differ\n",
        "           3     60 %  /meta/request_id: ignored, minted per request\n",
        "           0           never applied: /took_ms: ignored\n",
        "             GET /users/7?full=1   old 200 in 12.0 ms, new 200 in 850 µs\n",
        "             /name changed: \"Ada\" → \"Ida\"",
        "             and 2 more differences",
        "  status old/new: 200/200 2",
        "  headers that differ and are not compared: x-total-count 2×\n",
        "  no difference, in 2 pairs: content coding: old gzip, new br\n",
        "  took, median and p99: old 12.0 ms, 12.0 ms (of 2); new 20.0 ms, 20.0 ms (of 2)\n",
        "             this is a bug: /total is rounded to 0 decimals (3 of 3)\n",
        "             why: /state is the same in another case (3 of 3)\n",
        "             rule: case_insensitive: [/state]\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.ends_with("no warnings\n"), "{text}");
}

#[test]
fn a_shape_names_other_requests_that_have_it() {
    let scene = Scene::with(Outcome::Differs, 1);
    for target in ["/a?q=x", "/a?_order=desc", "/a?q=x", "/a?page=2", "/a?page=1"] {
        let _ =
            scene.samples.record(Heading::route(0), &Signature::of(200, 200, &[]), sample(target, "\"Ida\""));
    }
    let text = scene.text();
    assert!(text.contains("             GET /a?page=1   old 200"), "{text}");
    assert!(text.contains("             also GET /a?q=x, GET /a?_order=desc\n"), "{text}");
    assert!(!eventful().text().contains("also GET"));
}

#[test]
fn five_differences_are_shown_and_the_rest_is_counted() {
    let scene = Scene::with(Outcome::Differs, 1);
    let mut wide = sample("/users/7", "\"Ida\"");
    let one = wide.differences[0].clone();
    wide.differences = (0..6).map(|n| Difference { old: Some(n.to_string()), ..one.clone() }).collect();
    wide.more = 0;
    let _ = scene.samples.record(Heading::route(0), &Signature::of(200, 200, &[]), wide);
    let text = scene.text();
    assert!(text.contains("             /name changed: 4 → \"Ida\"\n"), "{text}");
    assert!(text.contains("             and 1 more difference\n") && !text.contains("changed: 5"), "{text}");
}

#[test]
fn a_route_with_traffic_and_no_comparison_is_a_warning_in_words() {
    let mut scene = Scene::with(Outcome::ShedBreaker, 312);
    scene.breaker = Breaker::Open;
    let warned = scene.warned();
    assert_eq!(warned[0].0, "nothing_compared");
    assert_eq!(
        warned[0].1,
        "route users saw 312 requests and compared none: 312 shed_breaker (new kept failing and is given time \
         to recover)"
    );
    assert_eq!(warned[1].0, "breaker_open");
    assert!(scene.text().starts_with("312 requests in 10 min, and none was compared"));
}

#[test]
fn a_route_without_traffic_is_told_and_is_no_success() {
    let scene = Scene::new();
    assert_eq!(
        scene.warned()[0],
        ("no_traffic", "route users saw no request: nothing is known about it".into())
    );
    assert!(scene.text().starts_with("no request in 10 min: nothing was compared"));
}

#[test]
fn matches_that_prove_nothing_are_no_evidence() {
    let only = Scene::with(Outcome::ExactVacuous, 39).and(Outcome::EqualVacuous, 1).warned();
    assert_eq!(only[0].0, "only_vacuous_matches");
    assert!(only[0].1.contains("all 40 matches prove nothing"), "{}", only[0].1);
    for evidence in [Outcome::Exact, Outcome::Forgiven, Outcome::Differs, Outcome::TooLargeUndiffed] {
        let warned = Scene::with(Outcome::ExactVacuous, 39).and(evidence, 1).warned();
        assert!(warned.is_empty(), "{warned:?}");
    }
    let failed = Scene::with(Outcome::ExactVacuous, 39).and(Outcome::NewTimeout, 1).warned();
    assert_eq!(failed[0].0, "only_vacuous_matches");
}

#[test]
fn a_rule_that_never_applied_is_told_once_it_had_the_chance() {
    let told = |times| {
        let report = Report::build(&Scene::with(Outcome::Exact, times).facts());
        report.routes[0].forgiven_by.iter().map(|rule| rule.places).collect::<Vec<_>>()
    };
    assert_eq!((told(19), told(20)), (vec![], vec![0, 0]));
}

#[test]
fn several_routes_are_seen_at_a_glance_where_lines_are_wide_enough() {
    let scene = eventful();
    let table = "\nusers          1,274       1,230           1           3         0.2 %            40\n\
                 unrouted           1           0           0           0                           1\n";
    assert!(scene.text().contains(table), "{}", scene.text());
    assert!(!Report::build(&scene.facts()).to_text(60, Paint::Plain).contains("     received "));
}

#[test]
fn few_comparisons_among_many_reads_are_a_warning_and_writes_do_not_count() {
    let thin = Scene::with(Outcome::Exact, 10).and(Outcome::ShedRate, 90).warned();
    assert_eq!(thin[0].0, "thin_coverage");
    assert!(thin[0].1.starts_with("route users: only 10 % of 100 reads were compared"), "{}", thin[0].1);
    let no_reads = [Outcome::NotARead, Outcome::Refused, Outcome::Upgrade, Outcome::OptedOut];
    for other in no_reads {
        assert!(Scene::with(Outcome::Exact, 10).and(other, 90).warned().is_empty(), "{other:?}");
    }
    let scene = Scene::with(Outcome::Exact, 10).and(Outcome::ShedRate, 11);
    let warned = no_reads.into_iter().fold(scene, |scene, other| scene.and(other, 50)).warned();
    assert!(
        warned[0]
            .1
            .ends_with(" of 21 reads were compared: 11 shed_rate (as many shadows a second as allowed)"),
        "{}",
        warned[0].1
    );
}

#[test]
fn requests_without_a_route_are_told_and_when_there_are_many_a_route_may_be_missing() {
    let scene = Scene::with(Outcome::Exact, 3);
    (0..4).for_each(|_| scene.ledger.open(0, Heading::UNROUTED).settle(Outcome::NoRoute));
    assert_eq!(
        scene.warned(),
        [(
            "mostly_unrouted",
            "4 of 7 requests matched no route and were not compared: is a route missing?".to_owned()
        )]
    );
}

#[test]
fn forgotten_shapes_are_told() {
    let mut scene = Scene::with(Outcome::Differs, 3);
    scene.samples = Samples::new(Limits { signatures: 1, ..Limits::default() });
    for status in [500, 501, 502] {
        let _ =
            scene.samples.record(Heading::route(0), &Signature::of_failure(status, "reset"), sample("/", ""));
    }
    assert!(
        scene.warned()[0].1.contains("2 shapes with 2 mismatches were forgotten"),
        "{:?}",
        scene.warned()
    );
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let (one, two) = (eventful(), eventful());
    assert_eq!(one.text(), two.text());
    assert_eq!(Report::build(&one.facts()).to_json(), Report::build(&two.facts()).to_json());
}

#[test]
fn nothing_a_client_or_an_upstream_sends_can_steer_the_terminal() {
    let scene = Scene::with(Outcome::Differs, 1);
    let evil = sample("/users/\u{1b}[2J\u{9b}31m", "x\r\nwarnings\u{202e}");
    let _ = scene.samples.record(Heading::route(0), &Signature::of(200, 200, &[]), evil);
    let (text, json) = (scene.text(), Report::build(&scene.facts()).to_json());
    for foreign in ['\u{1b}', '\u{9b}', '\r', '\u{202e}'] {
        assert!(!text.contains(foreign) && !json.contains(foreign), "{foreign:?}");
    }
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    let target = &read["routes"][0]["signatures"][0]["samples"][0]["target"];
    assert_eq!(target, "/users/\u{1b}[2J\u{9b}31m");
}

#[test]
fn no_line_is_wider_than_asked_and_colour_only_where_asked() {
    let report = Report::build(&eventful().facts());
    for width in [40, 72, 100] {
        assert!(report.to_text(width, Paint::Plain).lines().all(|line| line.chars().count() <= width));
    }
    assert!(report.to_text(80, Paint::Colour).contains("\u{1b}[31m"));
    assert!(!report.to_text(80, Paint::Plain).contains('\u{1b}'));
}

#[test]
fn every_field_of_the_json_is_documented() {
    fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(members) => members.iter().for_each(|(key, value)| {
                found.insert(key.clone());
                keys(value, found);
            }),
            serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            _ => {}
        }
    }
    let scene = eventful().and(Outcome::ShedBreaker, 5000);
    let report = Report::build(&scene.facts());
    let mut found = std::collections::BTreeSet::new();
    for json in [report.to_json(), report.status("ready").to_json()] {
        keys(&serde_json::from_str(&json).unwrap(), &mut found);
    }
    let page = include_str!("../../../docs/report.md");
    let missing: Vec<_> = found.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
