//! What evidence is about: a change of it shows in the digest of a route, and a change of anything else does not.

use super::*;

const ROUTE: &str = "routes:
  - id: a
    match: { method: GET, path: '/u/{id}' }
    bucket_by: header:x-user
    compare: { ignore: [{ at: /at, why: a clock }], headers: { add: [x-total] } }
  - { id: b, match: { path: /b } }
";

fn digests(yaml: &str) -> (String, Vec<String>) {
    let config = load(yaml).unwrap_or_else(|problems| panic!("{problems}")).config;
    (config.digest, config.routes.into_iter().map(|route| route.digest).collect())
}

#[test]
fn a_change_of_what_a_route_is_or_forgives_is_a_change_of_its_digest_alone() {
    let (whole, before) = digests(&format!("{TWO}{ROUTE}"));
    assert!(before.iter().all(|digest| digest.len() == 64) && before[0] != before[1]);
    for (part, with) in [
        ("path: '/u/{id}'", "path: '/v/{id}'"),
        ("method: GET", "method: HEAD"),
        ("method: GET", "method: GET, host: api.example"),
        ("header:x-user", "header:x-other"),
        ("header:x-user", "path:id"),
        ("header:x-user", "header:x-user\n    group: g"),
        ("/at", "/until"),
        ("ignore", "same_type"),
        ("add: [x-total]", "add: []"),
        ("compare: {", "compare: { numbers: spelled,"),
        ("compare: {", "compare: { read_as: json,"),
        ("compare: {", "invariants: { a: 'true' }\n    compare: {"),
        ("compare: {", "aggregates: [{ name: n, of: count, at: '' }]\n    compare: {"),
    ] {
        let (other, after) = digests(&format!("{TWO}{}", ROUTE.replacen(part, with, 1)));
        assert!(after[0] != before[0] && after[1] == before[1] && other != whole, "{part} -> {with}");
    }
}

#[test]
fn what_says_nothing_about_evidence_is_in_no_digest_of_a_route() {
    let (whole, before) = digests(&format!("{TWO}{ROUTE}"));
    for (part, with) in [
        ("why: a clock", "why: a clock of old, owner: ada, expires: 2999-12-31"),
        ("header:x-user", "header:x-user\n    sample: 50%"),
        ("header:x-user", "header:x-user\n    pin: [{ when: 'client == ::1', serve: new }]"),
        ("routes:", "rollouts: [{ id: default, hold: 1m, gate: { mismatch: { max: 1% } } }]\nroutes:"),
        ("routes:", "limits: { fields: 100 }\nroutes:"),
    ] {
        let (other, after) = digests(&format!("{TWO}{}", ROUTE.replacen(part, with, 1)));
        assert!(after == before && other != whole, "{part} -> {with}");
    }
    let told = digests(&format!("{TWO}log: {{ level: debug }}\nreport: {{ every: 1s }}\n{ROUTE}"));
    assert_eq!(told, (whole, before));
}

#[test]
fn both_systems_are_what_all_evidence_is_about() {
    let (_, before) = digests(&format!("{TWO}{ROUTE}"));
    for (part, with) in [
        ("http://a", "http://c"),
        ("http://b", "http://c"),
        ("'http://b'", "'http://b', host: c"),
        ("'http://b'", "'http://b', withhold: [cookie]"),
    ] {
        let (_, after) = digests(&format!("{}{ROUTE}", TWO.replace(part, with)));
        assert!(after[0] != before[0] && after[1] != before[1], "{part} -> {with}");
    }
}

#[test]
fn a_rule_past_its_expiry_is_as_good_as_none() {
    let at = |now_millis: u64, rule: &str| {
        let text = format!("{TWO}routes: [{{ id: a, match: {{ path: /a }}, compare: {{ {rule} }} }}]");
        let sources = Sources { file: Some(("r.yaml".into(), text)), now_millis, ..Sources::default() };
        Config::load(&sources).unwrap().config.routes[0].digest.clone()
    };
    let rule = "trim: [{ at: /a, expires: 1970-01-02 }]";
    assert_ne!(at(0, rule), at(86_400_000, rule));
    assert_eq!(at(86_400_000, rule), at(0, ""));
}

#[test]
fn what_messages_mean_is_part_of_what_evidence_is_about() {
    let with = |content: &[u8]| digest::with("of a route", content);
    assert!(with(b"1") != with(b"2") && with(b"1") == with(b"1"));
}
