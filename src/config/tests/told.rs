//! What a person is told of settings that are wrong: where, which, what.

use super::*;

#[test]
fn an_unknown_key_is_told_at_any_depth_with_the_nearest_name() {
    check("shdow: {}", &["r.yaml:3:1: shdow: unknown key, did you mean `shadow`?"]);
    check(
        "shadow:\n  max_bdy: 1 MiB\n  breaker: { failure: 3 }",
        &[
            "r.yaml:4:3: shadow.max_bdy: unknown key, did you mean `max_body`?",
            "r.yaml:5:14: shadow.breaker.failure: unknown key, did you mean `failures`?",
        ],
    );
    check(
        "routes:\n  - id: a\n    match: { path: /, methods: GET }",
        &["r.yaml:5:23: routes[0].match.methods: unknown key, did you mean `method`?"],
    );
    check("colour: red", &["r.yaml:3:1: colour: unknown key"]);
}

#[test]
fn every_problem_is_told_in_one_run() {
    let yaml = "\
old: { url: 'http://a', timeot: 2s }
new: { url: 'https://b', timeout: soon }
limits:
  head: big
  fields: many
routes:
  - id: A!
    match: { path: users, method: get }
    rollout: nobody
";
    assert_eq!(
        told(yaml),
        [
            "r.yaml:1:25: old.timeot: unknown key, did you mean `timeout`?",
            "r.yaml:2:13: new.url: TLS to upstreams is not available yet: use http://",
            "r.yaml:2:35: new.timeout: expected a duration such as 500ms, 2s, 5m or 1h, got \"soon\"",
            "r.yaml:4:9: limits.head: expected a size such as 64 KiB, 1 MiB or 10 MB, got \"big\"",
            "r.yaml:5:11: limits.fields: expected a whole number from 1 to 512, got \"many\"",
            "r.yaml:7:9: routes[0].id: expected up to 64 characters of a to z, 0 to 9, '-', '_' and '.', got \"A!\"",
            "r.yaml:8:20: routes[0].match.path: a path pattern starts with '/', got \"users\"",
            "r.yaml:8:35: routes[0].match.method: methods are written in upper case, did you mean `GET`?",
            "r.yaml:9:14: routes[0].rollout: there is no rollout \"nobody\"",
        ]
    );
}

#[test]
fn a_problem_shows_its_line() {
    let shown = load(&format!("{TWO}shadow:\n  memory: 1\n")).unwrap_err().to_string();
    assert_eq!(
        shown,
        "1 problem in the settings:\n\n\
         r.yaml:4:11: shadow.memory: expected a size such as 64 KiB, 1 MiB or 10 MB, got \"1\"\n    \
         4 |   memory: 1\n      |           ^"
    );
}

#[test]
fn a_wrong_type_is_told_and_not_guessed_at() {
    check("shadow: 5", &["r.yaml:3:9: shadow: expected a mapping, got a single value"]);
    check("routes: { a: 1 }", &["r.yaml:3:9: routes: expected a list, got a mapping"]);
    check("log: { level: [info] }", &["r.yaml:3:15: log.level: expected one of error, warn"]);
    check(
        "log: { level: inf }",
        &[
            "r.yaml:3:15: log.level: expected one of error, warn, info, debug, trace, got \"inf\", did you mean `info`?",
        ],
    );
    check("self_check: yes", &["r.yaml:3:13: self_check: expected true or false, got \"yes\""]);
    check("workers: 0", &["r.yaml:3:10: workers: expected a whole number from 1 to 1024"]);
    check("workers: \"2\"", &["r.yaml:3:10: workers: expected a whole number"]);
    check("drain:", &["r.yaml:3:1: drain: expected a duration such as 500ms, 2s, 5m or 1h, got nothing"]);
    assert_eq!(told("[1]"), ["r.yaml:1:1: expected a mapping, got a list"]);
}

#[test]
fn a_value_out_of_bounds_is_told() {
    check("drain: 0s", &["r.yaml:3:8: drain: expected a duration longer than zero"]);
    check("drain: -5s", &["r.yaml:3:8: drain: expected a duration such as"]);
    check("limits: { head: 1 B }", &["r.yaml:3:17: limits.head: expected a size from 1 KiB to 1 MiB"]);
    check("shadow: { sample: 101% }", &["r.yaml:3:19: shadow.sample: \"101%\" is more than 100%"]);
    check("shadow: { sample: 0.5 }", &["r.yaml:3:19: shadow.sample: expected a share"]);
    check("shadow: { max_rate: 0 }", &["r.yaml:3:21: shadow.max_rate: expected a whole number from 1"]);
    check(
        "shadow: { breaker: { backoff: 1m } }",
        &["r.yaml:3:20: shadow.breaker.max_backoff: is shorter than"],
    );
    check("shadow: { max_body: 65 MiB }", &["r.yaml:3:21: shadow.max_body: is more than `shadow.memory`"]);
    check("drain_delay: 30s", &["r.yaml:3:14: drain_delay: leaves no time"]);
}

#[test]
fn listeners_are_addresses_that_do_not_meet() {
    check("listen: { proxy: localhost }", &["r.yaml:3:18: listen.proxy: expected an address and a port"]);
    check(
        "listen: { admin: 0.0.0.0:9902 }",
        &["r.yaml:3:18: listen.admin: other machines reach this address"],
    );
    let token = "tokens: { operator_file: /run/operator }";
    assert_eq!(
        config(&format!("listen: {{ admin: 0.0.0.0:9902 }}\n{token}")).secret_files[0].path,
        "/run/operator"
    );
    check(
        "listen: { status: 127.0.0.1:8080 }",
        &["r.yaml:3:19: listen.status: has the port of listen.proxy"],
    );
    let free = config("listen: { proxy: 127.0.0.1:0, status: 127.0.0.1:0, admin: '[::1]:0' }").listen;
    assert_eq!((free.proxy.port(), free.status.port(), free.admin.port()), (0, 0, 0));
}

#[test]
fn both_systems_are_needed_and_must_differ() {
    assert_eq!(
        told(""),
        [
            "old.url: missing: http://host:port, here or by --old or READSHIFT_OLD_URL",
            "new.url: missing: http://host:port, here or by --new or READSHIFT_NEW_URL",
        ]
    );
    let same = "old: { url: 'http://localhost:1' }\nnew: { url: 'http://[::1]:1' }\n";
    assert!(told(same)[0].starts_with("r.yaml:2:13: new.url: old and new are the same system"));
    let loaded = load(&format!("{same}self_check: true\n")).unwrap();
    assert!(loaded.warnings[0].message.contains("the same system"));
    let own = "old: { url: 'http://127.0.0.1:8080' }\nnew: { url: 'http://b' }\n";
    assert!(told(own)[0].starts_with("r.yaml:1:13: old.url: is this proxy's own listen.proxy"));
}

#[test]
fn rollouts_and_routes_are_named_once_and_know_each_other() {
    let route = |id: &str, rest: &str| format!("  - {{ id: {id}, match: {{ path: /{id} }}{rest} }}\n");
    check(
        &format!("routes:\n{}{}{}", route("a", ""), route("a", ""), route("unrouted", "")),
        &[
            "r.yaml:5:11: routes[1].id: \"a\" is the id of routes[0]",
            "r.yaml:6:11: routes[2].id: \"unrouted\" means",
        ],
    );
    check(
        &format!("rollouts: [{{ id: users }}]\nroutes:\n{}", route("a", ", rollout: user")),
        &["r.yaml:5:44: routes[0].rollout: there is no rollout \"user\", did you mean `users`?"],
    );
    check(
        "rollouts: [{ id: x }, { id: x }]",
        &["r.yaml:3:29: rollouts[1].id: \"x\" is the id of rollouts[0]"],
    );
    check(
        "routes: [{ match: { host: 'a:1' } }]",
        &[
            "r.yaml:3:10: routes[0].id: missing",
            "r.yaml:3:19: routes[0].match.path: missing",
            "r.yaml:3:27: routes[0].match.host: expected a host name without a port",
        ],
    );
    check("routes: [{ id: a }]", &["r.yaml:3:10: routes[0].match.path: missing"]);
    let many: String = (0..1001).map(|n| route(&format!("r{n}"), "")).collect();
    check(&format!("routes:\n{many}"), &["r.yaml:4:3: routes: expected at most 1000 items, got 1001"]);
}

#[test]
fn stages_go_up_each_once() {
    let stages = |list: &str| format!("rollouts: [{{ id: x, stages: [{list}] }}]");
    for (list, message) in [
        ("shadow, off", "off does not come after shadow"),
        ("shadow, 5%, 1%", "1% does not come after 5%"),
        ("shadow, 5%, 5%", "5% does not come after 5%"),
        ("1%, shadow", "shadow does not come after 1%"),
    ] {
        check(
            &stages(list),
            &[&format!("r.yaml:3:29: rollouts[0].stages: stages go up, each once: {message}")],
        );
    }
    check(&stages(""), &["r.yaml:3:29: rollouts[0].stages: expected at least one stage"]);
    check(
        &stages("shadw, 5, 101%"),
        &[
            "r.yaml:3:30: rollouts[0].stages[0]: expected a stage: off, shadow or a share such as 5%, got \"shadw\", did you mean `shadow`?",
            "r.yaml:3:37: rollouts[0].stages[1]: expected a stage: off, shadow or a share such as 5%, got \"5\"",
            "r.yaml:3:40: rollouts[0].stages[2]: \"101%\" is more than 100%",
        ],
    );
}

#[test]
fn what_callers_are_told_apart_by_has_to_be_in_the_request() {
    let route = |rest: &str| format!("routes: [{{ id: a, match: {{ path: '/u/{{id}}' }}, {rest} }}]");
    check(
        &route("bucket_by: 'path:user'"),
        &["r.yaml:3:58: routes[0].bucket_by: the path \"/u/{id}\" has no parameter {user}"],
    );
    check(
        &route("bucket_by: x-user"),
        &["r.yaml:3:58: routes[0].bucket_by: expected header:NAME, cookie:NAME, path:NAME"],
    );
    check(
        &route("pin: [{ when: 'path:idd == 7', serve: new }, { when: 'header:a = b', serve: nw }, {}]"),
        &[
            "r.yaml:3:61: routes[0].pin[0].when: the path \"/u/{id}\" has no parameter {idd}, did you mean `id`?",
            "r.yaml:3:100: routes[0].pin[1].when: expected a condition such as",
            "r.yaml:3:123: routes[0].pin[1].serve: expected one of old, new, got \"nw\", did you mean `new`?",
            "r.yaml:3:129: routes[0].pin[2].when: missing",
            "r.yaml:3:129: routes[0].pin[2].serve: missing",
        ],
    );
}

#[test]
fn headers_that_could_break_a_message_are_refused() {
    let old = |headers: &str| {
        told(&format!("old:\n  url: http://a\n  headers: {{ {headers} }}\nnew: {{ url: 'http://b' }}"))
    };
    for (headers, part) in [
        (
            "set: { content-length: 5 }",
            "old.headers.set.content-length: \"content-length\" belongs to the connection",
        ),
        ("set: { host: x }", "old.headers.set.host: the Host header is not set here"),
        ("set: { 'a b': x }", "old.headers.set.a b: expected the name of a header"),
        ("set: { a: \"x\\r\\ny: z\" }", "old.headers.set.a: a header value holds no control characters"),
        ("set: { a: 1, A: 2 }", "old.headers.set.A: given a second time"),
        ("set: { a: 1 }, remove: [A]", "old.headers.remove: \"a\" is set and removed"),
        ("remove: [transfer-encoding]", "old.headers.remove[0]: \"transfer-encoding\" belongs"),
    ] {
        let found = old(headers);
        assert!(found.len() == 1 && found[0].contains(part), "{headers}: {found:?}");
    }
}

#[test]
fn secrets_are_in_no_message_and_in_no_list() {
    let secret = "old:\n  url: http://a\n  headers: { set: { authorization: geheim }, remov: [] }\nnew: { url: 'http://b' }\n";
    assert!(!load(secret).unwrap_err().to_string().contains("geheim"));
    for wrong in [
        "old: { url: 'http://ada:geheim@a' }",
        "old: { url: 'ada:geheim@a' }",
        "old: { headers: { authorization: geheim } }",
        "old: { heders: { set: { authorization: geheim } } }",
    ] {
        let message = load(wrong).unwrap_err().to_string();
        assert!(!message.contains("geheim"), "{message}");
    }
    let loaded = load(&secret.replace("remov:", "remove:")).unwrap();
    assert_eq!(loaded.config.old.headers.set, [("authorization".to_owned(), "geheim".to_owned())]);
    assert!(!effective(&loaded).contains("geheim"));
}

#[test]
fn what_yaml_offers_and_settings_do_not_need_is_refused_clearly() {
    check("drain: 1s\ndrain: 2s", &["r.yaml:4:1: drain: given a second time; first at file line 3"]);
    check(
        "drain: &d 1s",
        &["r.yaml:3:11: drain: expected a duration such as 500ms, 2s, 5m or 1h, got an anchor"],
    );
    check("drain: !!str 1s", &["r.yaml:3:"]);
    check("log:\n\tlevel: info", &["r.yaml:4:"]);
    check("log: [", &["r.yaml:"]);
    assert!(told(&" ".repeat(MOST_BYTES + 1))[0].contains("larger than 1 MiB"));
}

#[test]
fn a_file_full_of_problems_is_told_of_in_part_and_counted() {
    let many: String = (0..5_000).map(|n| format!("zzzzzzzzzz{n}: 1\n")).collect();
    let problems = load(&format!("{TWO}{many}")).unwrap_err();
    assert_eq!((problems.list.len(), problems.more), (100, 4_900));
}
