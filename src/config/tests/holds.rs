//! What holds in the end: built-in values, which source wins, and what is warned of.

use super::*;
use crate::domain::{
    assign::{Assignment, BucketBy, Condition, Pin},
    plan::Stage,
    side::Side,
};

#[test]
fn readings_again_that_make_no_sense_are_told() {
    assert_eq!(warned("recheck: { delays: [] }").len(), 1);
    assert!(warned("recheck: { delays: [1s, 1h] }")[0].contains("longer than 10 minutes"));
    assert!(warned("control: { share: 50% }")[0].starts_with("control.share: asks old twice for 50%"));
    check("recheck: { delays: [2s, 1s] }", &["r.yaml:3:20: recheck.delays: each delay is longer"]);
    let many: Vec<_> = (1..=17).map(|n| format!("{n}s")).collect();
    check(
        &format!("recheck: {{ delays: [{}] }}", many.join(", ")),
        &["r.yaml:3:20: recheck.delays: expected at most 16"],
    );
    assert_eq!(config("").recheck.delays.len(), 5);
}

#[test]
fn settings_that_make_evidence_worthless_are_warned_of() {
    let route =
        |id: &str, path: &str, rest: &str| format!("  - {{ id: {id}, match: {{ path: {path} }}{rest} }}\n");
    let routes =
        format!("routes:\n{}{}", route("a", "'/u/{id}'", ""), route("b", "'/u/{name}'", ", sample: 0%"));
    assert_eq!(
        warned(&routes),
        [
            "routes[1].match.path: never matches: routes[0] takes all its requests first",
            "routes[1].sample: nothing of this route is mirrored: there will be no evidence",
        ]
    );
    assert_eq!(warned("shadow: { sample: 0% }").len(), 1);
    assert_eq!(warned("rollouts: [{ id: a }, { id: b }]"), ["rollouts[1].id: no route belongs to \"b\""]);
    let declared = "routes: [{ id: a, read: true, match: { method: DELETE, path: /a } }]";
    assert!(warned(declared)[0].contains("DELETE is declared a read"));
    check(&declared.replace("method: DELETE, ", ""), &["r.yaml:3:25: routes[0].read: declares every method"]);
}

#[test]
fn without_routes_every_get_and_head_is_one() {
    for rest in ["", "routes:\nrollouts:\n", "routes: []\n"] {
        let config = config(rest);
        let [RouteSettings { route, rollout: 0, sample: Share::ALL, .. }] = config.routes.as_slice() else {
            panic!("{:?}", config.routes)
        };
        assert_eq!((&*route.id, route.path.to_string()), ("all", "/**".to_owned()));
        assert_eq!(route.methods, ["GET", "HEAD"]);
        assert_eq!(config.rollouts[0].id, "default");
        assert_eq!(config.rollouts[0].ladder.stages().collect::<Vec<_>>(), [Stage::Shadow]);
    }
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let sources = Sources {
        file: Some(("r.yaml".into(), format!("{TWO}log: {{ level: warn, format: text }}\nworkers: 4\n"))),
        env: [("READSHIFT_LOG_LEVEL", "debug"), ("READSHIFT_OLD_URL", "http://env"), ("HOME", "/")]
            .map(|(name, value)| (name.into(), value.into()))
            .to_vec(),
        flags: Flags { old: Some("http://flag".into()), ..Flags::default() },
        now_millis: 0,
    };
    let loaded = Config::load(&sources).unwrap();
    let config = &loaded.config;
    assert_eq!((&*config.old.url.host, &*config.new.url.host), ("flag", "b"));
    assert_eq!((config.log.level, config.log.format), (LogLevel::Debug, LogFormat::Text));
    assert_eq!(config.workers, Some(4));
    let origin = |path: &str| loaded.origins.iter().find(|s| s.path() == path).unwrap().origin;
    assert_eq!(origin("old.url"), Origin::Flag("--old"));
    assert_eq!(origin("new.url").line(), Some(2));
    assert_eq!(origin("log.level"), Origin::Environment("READSHIFT_LOG_LEVEL"));
    assert_eq!(origin("drain"), Origin::Default);
}

#[test]
fn flags_alone_are_enough_and_their_problems_name_them() {
    let load = |old: &str, name: &str| {
        Config::load(&Sources {
            flags: Flags { old: Some(old.into()), new: Some("http://b".into()), ..Flags::default() },
            env: vec![(name.into(), "x".into())],
            ..Sources::default()
        })
    };
    assert_eq!(load("http://a", "READSHIFTER").unwrap().config.routes.len(), 1);
    let problems = load("a", "READSHIFT_OLDURL").unwrap_err().to_string();
    assert!(problems.contains("flag --old: old.url: expected http://host:port"), "{problems}");
    assert!(
        problems.contains("environment READSHIFT_OLDURL: no setting is read from this variable, did you mean `READSHIFT_OLD_URL`?"),
        "{problems}"
    );
}

#[test]
fn callers_are_told_apart_as_each_route_says() {
    let rest = "forwarding: { trusted_hops: 2 }
rollouts: [{ id: users, stages: [shadow, 0%, 5%, 100%] }]
routes:
  - { id: a, match: { path: '/u/{id}' }, bucket_by: 'path:id', group: people, pin: [{ when: 'client in [::1, ::2]', serve: new }] }
  - { id: b, match: { path: /v }, bucket_by: client }
";
    let config = config(rest);
    let [a, b] = config.routes.as_slice() else { panic!() };
    let is_any_of = ["::1", "::2"].map(str::to_owned).to_vec();
    let when = Condition { of: BucketBy::Client { trusted_hops: 2 }, is_any_of };
    assert_eq!(
        a.assignment,
        Assignment {
            by: BucketBy::Path { name: "id".to_owned(), segment: 1 },
            group: "people".to_owned(),
            pins: vec![Pin { when, serve: Side::New }],
            tester: None,
        }
    );
    assert_eq!((&b.assignment.by, &*b.assignment.group), (&BucketBy::Client { trusted_hops: 2 }, "users"));
    let stages: Vec<String> = config.rollouts[0].ladder.stages().map(|stage| stage.to_string()).collect();
    assert_eq!(stages, ["shadow", "0%", "5%", "100%"]);
}

#[test]
fn assignments_that_split_callers_are_warned_of() {
    let one = "rollouts: [{ id: x, stages: [5%, 100%] }]\nroutes: [{ id: a, match: { path: /a } }]";
    assert_eq!(
        warned(one),
        [
            "rollouts[0].stages[0]: begins live: new serves reads before anything was compared",
            "routes[0].bucket_by: nothing tells callers apart: at 5% old still serves every read of this route, until 100%",
        ]
    );
    let two = "rollouts: [{ id: x }, { id: y }]
routes:
  - { id: a, match: { path: /a }, bucket_by: 'header:u', group: g }
  - { id: b, match: { path: /b }, bucket_by: 'cookie:u', group: g, rollout: y }
";
    assert_eq!(
        warned(two),
        [
            "routes[1].bucket_by: routes[0] of the same group goes by header:u: one caller may be on both sides",
            "routes[1].group: routes[0] of the same group moves with another rollout: one caller may be on both sides",
        ]
    );
    assert_eq!(warned("rollouts: [{ id: x, stages: [shadow, 0%, 100%] }]"), [""; 0]);
}
