//! What may change while the program runs, and what takes a restart.

use super::{super::reload, *};

const BEFORE: &str = "rollouts: [{ id: x, stages: [shadow, 5%, 100%] }]
routes:
  - { id: a, match: { path: /a }, bucket_by: 'header:u', compare: { ignore: [/at] } }
  - { id: b, match: { path: /b }, bucket_by: 'header:u', sample: 50% }
";

fn changed(with: &[(&str, &str)]) -> Result<reload::Changes, Vec<String>> {
    let after = with.iter().fold(BEFORE.to_owned(), |text, (part, with)| {
        assert!(part.is_empty() || text.contains(part), "{part}");
        if part.is_empty() { format!("{text}{with}") } else { text.replacen(part, with, 1) }
    });
    let [now, then] =
        [BEFORE, &after].map(|text| load(&format!("{TWO}{text}")).unwrap_or_else(|p| panic!("{p}")));
    let problems = |problems: Problems| problems.list.iter().map(ToString::to_string).collect();
    reload::compare(&now, &then, "r.yaml").map_err(problems)
}

#[test]
fn settings_that_say_the_same_change_nothing() {
    for with in [vec![], vec![("", "workers: auto\n")], vec![("sample: 50%", "sample: 50.0%")]] {
        assert!(changed(&with).unwrap().is_empty(), "{with:?}");
    }
}

#[test]
fn a_rule_change_begins_the_evidence_of_its_route_anew_and_of_no_other() {
    let found = changed(&[("[/at]", "[/at, /until]")]).unwrap();
    assert_eq!(found.anew, [0]);
    assert_eq!(
        found.told,
        ["routes[0].compare.ignore: [/at] is now [/at, /until]", "route a: its evidence begins anew"]
    );
    let everywhere = changed(&[("", "compare: { headers: [etag] }\n")]).unwrap();
    assert_eq!(everywhere.anew, [0, 1]);
}

#[test]
fn what_says_how_callers_are_told_apart_says_that_they_move() {
    let found = changed(&[("'header:u', sample", "'cookie:u', group: g, sample")]).unwrap();
    assert_eq!(found.anew, [1]);
    assert_eq!(
        found.told,
        [
            "routes[1].bucket_by: header:u is now cookie:u; callers may change sides",
            "routes[1].group: nothing is now g; callers may change sides",
            "route b: its evidence begins anew",
        ]
    );
}

#[test]
fn gates_policies_samples_and_pins_change_without_new_evidence() {
    for (part, with) in [
        ("[shadow, 5%, 100%]", "[shadow, 5%, 50%, 100%]"),
        ("id: x,", "id: x, hold: 1m, advance: auto, gate: { mismatch: { max: 1% } },"),
        ("id: x,", "id: x, freeze: [{ from: fri 16:00, to: mon 08:00 }],"),
        ("id: x,", "id: x, probes: [{ name: p, path: /a }],"),
        (", sample: 50%", ""),
        ("sample: 50%", "sample: 50%, pin: [{ when: 'client == ::1', serve: new }]"),
        ("ignore: [/at]", "ignore: [{ at: /at, why: a clock }]"),
        ("", "kill_switch: /run/old\n"),
        ("", "tester: { secret: a-secret-of-a-tester }\n"),
        ("", "tokens: { operator: a-secret-of-an-operator }\n"),
    ] {
        let found = changed(&[(part, with)]).unwrap();
        assert!(found.anew.is_empty() && !found.told.is_empty(), "{with}: {found:?}");
        assert!(!found.told.join("").contains("a-secret"));
    }
}

#[test]
fn what_takes_a_restart_is_told_by_key_with_both_values() {
    for (part, with, told) in [
        ("", "workers: 3\n", "r.yaml:7:10: workers: takes a restart: auto now, 3 here"),
        ("", "drain: 5s\n", "r.yaml:7:8: drain: takes a restart: 30s now, 5s here"),
        ("", "state_dir: /var/x\n", "r.yaml:7:12: state_dir: takes a restart: none now, /var/x here"),
        ("", "limits: { fields: 9 }\n", "r.yaml:7:19: limits.fields: takes a restart: 200 now, 9 here"),
        ("", "recheck: { delays: [] }\n", "r.yaml:7:20: recheck.delays: takes a restart: [100ms,"),
        (
            "",
            "listen: { proxy: 0.0.0.0:1 }\n",
            "r.yaml:7:18: listen.proxy: takes a restart: 0.0.0.0:8080 now",
        ),
        (
            "id: b",
            "id: c",
            "routes: routes are added, removed, renamed and reordered by a restart only: a, b now, a, c here",
        ),
        (
            "id: x,",
            "id: y,",
            "rollouts: rollouts are added, removed, renamed and reordered by a restart only: x now, y here",
        ),
    ] {
        let found = changed(&[(part, with)]).unwrap_err();
        assert!(found.len() == 1 && found[0].starts_with(told), "{with}: {found:?}");
    }
    let found = changed(&[("", "workers: 3\n"), ("", "drain: 5s\n"), ("[/at]", "[]")]).unwrap_err();
    assert_eq!(found.len(), 2);
}

#[test]
fn values_that_are_never_shown_are_compared_all_the_same() {
    let with = |new: &str| {
        load(&format!("old: {{ url: 'http://a' }}\nnew: {{ url: 'http://b', {new} }}\n")).unwrap()
    };
    let (now, then) = (with("headers: { set: { k: geheim } }"), with("headers: { set: { k: geheimer } }"));
    let problems = reload::compare(&now, &then, "r.yaml").unwrap_err().to_string();
    assert!(
        problems.contains("new.headers.set: takes a restart") && !problems.contains("geheim"),
        "{problems}"
    );
}
