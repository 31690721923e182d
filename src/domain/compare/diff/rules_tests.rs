//! Each rule: what it forgives, and what it does not.

use std::time::Duration;

use super::{
    super::{
        super::side::Side,
        Asked, Limits, Terms,
        bindings::{Bindings, LONGEST},
        formats::json,
        rules::{
            Expression, Forgive, Format, FullMatch, JsonPath, Numbers, PointerPattern, Rewrite, Rule, Rules,
            Selector, Tolerance,
        },
        tree::Bounds,
    },
    Findings, diff,
    path::Docs,
};

fn rule(at: &str, forgive: Forgive) -> Rule {
    if at.starts_with('$') {
        let at = Selector::Path(JsonPath::parse(at).unwrap());
        return Rule { at, forgive, why: None, owner: None, expires_millis: None };
    }
    Rule::at(PointerPattern::parse(at).unwrap(), forgive)
}

fn rules(all: &[(&str, Forgive)]) -> Rules {
    Rules::new(all.iter().map(|(at, forgive)| rule(at, forgive.clone())).collect(), Vec::new())
}

fn under(old: &str, new: &str, rules: &Rules, bindings: &Bindings) -> Findings {
    let bounds = Bounds { depth: 10_000, nodes: 4 << 20, text: 0 };
    let (old, new) =
        (json::read(old.as_bytes(), bounds).unwrap(), json::read(new.as_bytes(), bounds).unwrap());
    let limits = Limits::default();
    let terms = Terms { rules, limits: &limits, asked: Asked::default(), now_millis: 1_000 };
    diff(Docs { old: &old, new: &new }, &terms, bindings)
}

fn judged(old: &str, new: &str, all: &[(&str, Forgive)]) -> Findings {
    under(old, new, &rules(all), &Bindings::default())
}

fn same(findings: &Findings) -> bool {
    assert!(!findings.costly);
    findings.found.is_empty()
}

/// The same rules for the sides exchanged.
fn turned(all: &[(&str, Forgive)]) -> Vec<(String, Forgive)> {
    let turn = |forgive: &Forgive| match forgive {
        Forgive::Rewrite(Rewrite { find, replace, side: Some(side) }) => {
            let side = if *side == Side::Old { Side::New } else { Side::Old };
            Forgive::Rewrite(Rewrite { find: find.clone(), replace: replace.clone(), side: Some(side) })
        }
        other => other.clone(),
    };
    all.iter().map(|(at, forgive)| ((*at).to_owned(), turn(forgive))).collect()
}

fn turned_judged(old: &str, new: &str, all: &[(&str, Forgive)]) -> Findings {
    let turned = turned(all);
    judged(new, old, &turned.iter().map(|(at, forgive)| (at.as_str(), forgive.clone())).collect::<Vec<_>>())
}

/// Forgiven, with these counts by rule, whichever side is which.
#[track_caller]
fn forgives(old: &str, new: &str, all: &[(&str, Forgive)], counts: &[usize]) {
    let findings = judged(old, new, all);
    assert!(same(&findings), "{old} {new} {:?}", findings.found);
    assert_eq!(findings.forgiven, counts, "{old} {new}");
    assert!(same(&turned_judged(old, new, all)), "the other way round: {old} {new}");
}

#[track_caller]
fn refuses(old: &str, new: &str, all: &[(&str, Forgive)]) {
    assert!(!same(&judged(old, new, all)), "{old} {new}");
    assert!(!same(&turned_judged(old, new, all)), "the other way round: {old} {new}");
}

fn one(forgive: Forgive) -> [(&'static str, Forgive); 1] {
    [("/a", forgive)]
}

fn expression(text: &str) -> Expression {
    Expression::parse(text).unwrap()
}

fn full_match(text: &str) -> FullMatch {
    FullMatch::parse(text).unwrap()
}

fn rewrite(find: &str, replace: &str, side: Option<Side>) -> Forgive {
    Forgive::Rewrite(Rewrite { find: expression(find), replace: replace.to_owned(), side })
}

fn bind(set: &str) -> Forgive {
    Forgive::Bind(set.to_owned())
}

#[test]
fn each_rule_forgives_what_it_says_and_no_more() {
    let a = |value: &str| format!(r#"{{"a":{value}}}"#);
    for (forgive, good, bad) in [
        (
            Forgive::Tolerance(Tolerance::Relative(0.01)),
            &[("100", "99"), ("-1e400", "-1.01e400")][..],
            &[("100", "98.99"), ("1", "-1"), ("0", "0.0001"), ("\"100\"", "\"99\""), ("100", "\"100\"")][..],
        ),
        (
            Forgive::Tolerance(Tolerance::Ulp(1)),
            &[("0.3", "0.30000000000000004"), ("0", "-5e-324")],
            &[("1", "1.0000000000000004"), ("1e400", "1e401")],
        ),
        (
            Forgive::SameType,
            &[("1", "2"), ("\"x\"", "\"\""), ("true", "false"), ("[1]", "[]"), ("{}", "{\"b\":[1]}")],
            &[("1", "\"1\""), ("null", "0"), ("[]", "{}"), ("null", "false")],
        ),
        (
            Forgive::Matches(full_match("v[0-9]+")),
            &[("\"v1\"", "\"v22\"")],
            &[("\"v1\"", "\"w1\""), ("\"v1\"", "null"), ("\"v1\"", "[\"v2\"]"), ("\"v1\"", "\"\\ud800\"")],
        ),
        (Forgive::Matches(full_match("[0-9]+")), &[("1", "22")], &[("1", "-1"), ("1", "\"2\"")]),
        (
            Forgive::Format(Format::Uuid),
            &[("\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\"00000000-0000-0000-0000-000000000000\"")],
            &[("\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\"0\"")],
        ),
        (
            Forgive::Format(Format::Integer),
            &[("1", "-22"), ("\"1\"", "\"2\"")],
            &[("1", "1.5"), ("1", "\"2\""), ("1", "true")],
        ),
        (
            Forgive::TimeWithin(Duration::from_secs(5)),
            &[
                ("\"2024-02-29T12:00:00Z\"", "\"2024-02-29T13:00:05+01:00\""),
                ("\"2024-02-29T12:00:00Z\"", "1709208005"),
                ("\"1709208000000\"", "\"Thu, 29 Feb 2024 12:00:05 GMT\""),
                ("1709208000", "1709207995000"),
            ],
            &[
                ("\"2024-02-29T12:00:00Z\"", "\"2024-02-29T12:00:05.000000001Z\""),
                ("\"2024-02-29T12:00:00Z\"", "\"2024-02-29T12:00:00\""),
                ("\"2024-02-29T12:00:00Z\"", "null"),
            ],
        ),
        (
            rewrite("^https?://[^/]+", "", None),
            &[("\"http://old/x\"", "\"https://new:1/x\""), ("\"http://old/x\"", "\"/x\"")],
            &[("\"http://old/x\"", "\"https://new/y\"")],
        ),
        (
            rewrite("^(.*)-v1$", "$1", Some(Side::Old)),
            &[("\"x-v1\"", "\"x\"")],
            &[("\"x\"", "\"x-v1\""), ("\"x-v1\"", "\"y\"")],
        ),
        (Forgive::CaseInsensitive, &[("\"ÀÉΣ\"", "\"àéς\"")], &[("\"a\"", "\"b\""), ("\"ß\"", "\"ss\"")]),
        (Forgive::Trim, &[("\" a\\n\"", "\"a\\u00a0\"")], &[("\"a b\"", "\"ab\"")]),
        (
            Forgive::NumberIsString,
            &[("12", "\"12\""), ("1.0", "\"1\""), ("18446744073709551617", "\"18446744073709551617\"")],
            &[
                ("12", "\"012\""),
                ("\"1.0\"", "\"1.00\""),
                ("1", "\" 1\""),
                ("true", "\"true\""),
                ("12", "\"13\""),
            ],
        ),
        (
            bind("id"),
            &[("1", "101"), ("\"x\"", "\"y\""), ("1", "\"x\""), ("1", "\"1\"")],
            &[("null", "1"), ("[1]", "[2]"), ("true", "1")],
        ),
        (Forgive::NullIsMissing, &[], &[("null", "\"\""), ("null", "[]"), ("null", "0"), ("[null]", "[]")]),
        (Forgive::EmptyIsMissing, &[], &[("\"\"", "[]"), ("\"\"", "null"), ("[]", "{}"), ("[]", "[[]]")]),
    ] {
        for (old, new) in good {
            forgives(&a(old), &a(new), &one(forgive.clone()), &[1]);
            let bag = [("", Forgive::Unordered), ("/*/a", forgive.clone())];
            let (old, new) = (format!("[1,{}]", a(old)), format!("[{},1]", a(new)));
            forgives(&old, &new, &bag, &[1, 1]);
        }
        for (old, new) in bad {
            refuses(&a(old), &a(new), &one(forgive.clone()));
        }
    }
}

#[test]
fn what_is_null_or_empty_may_pass_for_missing_and_nothing_else_does() {
    let (null, empty) = (Forgive::NullIsMissing, Forgive::EmptyIsMissing);
    forgives(r#"{"a":null}"#, "{}", &one(null.clone()), &[1]);
    for value in ["\"\"", "[]", "{}", "[ ]"] {
        forgives(&format!(r#"{{"a":{value}}}"#), "{}", &one(empty.clone()), &[1]);
        refuses(&format!(r#"{{"a":{value}}}"#), "{}", &one(null.clone()));
        let both = [("/a", null.clone()), ("/a", empty.clone())];
        forgives(&format!(r#"{{"a":{value}}}"#), r#"{"a":null}"#, &both, &[1, 1]);
    }
    for value in ["0", "false", "\" \"", "[null]", "{\"b\":null}"] {
        refuses(&format!(r#"{{"a":{value}}}"#), "{}", &[("/a", null.clone()), ("/a", empty.clone())]);
    }
    refuses("[null]", "[]", &[("/0", null.clone()), ("/*", null.clone())]);
    refuses(r#"{"a":null,"a":5}"#, "{}", &one(null.clone()));
    refuses(r#"{"b":{"a":null,"a":null}}"#, r#"{"b":{"a":null}}"#, &[("/b/a", null.clone())]);
    let bag = [("", Forgive::Unordered), ("/*/a", null), ("/*/b", empty)];
    forgives(r#"[{"a":null,"c":1},{"b":[],"c":2}]"#, r#"[{"c":2},{"c":1}]"#, &bag, &[1, 1, 1]);
}

#[test]
fn rules_at_one_place_work_together() {
    let all = |rules: &[Forgive]| rules.iter().map(|forgive| ("/a", forgive.clone())).collect::<Vec<_>>();
    let host = rewrite("^https://old", "https://new", None);
    let rules = all(&[Forgive::Trim, host, Forgive::CaseInsensitive]);
    forgives(r#"{"a":" https://old/X"}"#, r#"{"a":"https://new/x"}"#, &rules, &[1, 1, 1]);
    forgives(r#"{"a":"https://old/x"}"#, r#"{"a":"https://new/x"}"#, &rules, &[0, 1, 0]);
    let near = all(&[Forgive::NumberIsString, Forgive::Tolerance(Tolerance::Absolute(0.005))]);
    forgives(r#"{"a":"1.004"}"#, r#"{"a":1}"#, &near, &[1, 1]);
    refuses(r#"{"a":"1.006"}"#, r#"{"a":1}"#, &near);
    let dated = all(&[rewrite("^on ", "", None), Forgive::TimeWithin(Duration::from_secs(1))]);
    forgives(r#"{"a":"on 1970-01-01T00:00:00Z"}"#, r#"{"a":1}"#, &dated, &[1, 1]);
    let formed = all(&[Forgive::Trim, Forgive::Format(Format::Hex)]);
    forgives(r#"{"a":" ff"}"#, r#"{"a":"00 "}"#, &formed, &[1, 1]);
}

#[test]
fn an_expired_rule_forgives_nothing() {
    let judge = |expires| {
        let rule = |at| Rule { expires_millis: Some(expires), ..rule(at, Forgive::Ignore) };
        let both = [rule("/a"), rule("$.b")];
        both.map(|rule| {
            let rules = Rules::new(vec![rule], Vec::new());
            under(r#"{"a":1}"#, r#"{"a":2}"#, &rules, &Bindings::default()).found.len()
                + under(r#"{"b":1}"#, r#"{"b":2}"#, &rules, &Bindings::default()).found.len()
        })
    };
    assert_eq!((judge(1_001), judge(1_000)), ([1, 1], [2, 2]));
}

#[test]
fn where_spelling_counts_numbers_differ_in_it_and_rules_may_still_forgive() {
    let spelled = |all: &[(&str, Forgive)], old: &str, new: &str| {
        let mut rules = rules(all);
        rules.numbers = Numbers::Spelled;
        under(old, new, &rules, &Bindings::default()).found.len()
    };
    assert_eq!(spelled(&[], "[1.0,1]", "[1,1]"), 1);
    assert_eq!(spelled(&[("/*", Forgive::Tolerance(Tolerance::Absolute(0.0)))], "[1.0,1]", "[1,1]"), 0);
    assert_eq!(spelled(&[("", Forgive::Unordered)], "[1.0,1]", "[1,1.0]"), 0);
    assert_eq!(spelled(&[("", Forgive::Unordered)], "[1.0,1]", "[1.0,1.0]"), 1);
}

#[test]
fn among_what_ties_the_order_is_free_where_both_are_sorted() {
    let by_n = [("", Forgive::Sorted(Some("n".to_owned())))];
    let old = r#"[{"n":1,"v":1},{"n":1.0,"v":2},{"n":2,"v":3},{"n":10,"v":4},{"n":10,"v":5}]"#;
    forgives(
        old,
        r#"[{"n":1,"v":2},{"n":1,"v":1},{"n":2,"v":3},{"n":10,"v":5},{"n":10,"v":4}]"#,
        &by_n,
        &[1],
    );
    // Another element, another order of keys, one that is gone, a direction of its own.
    refuses(old, r#"[{"n":1,"v":2},{"n":1,"v":2},{"n":2,"v":3},{"n":10,"v":5},{"n":10,"v":4}]"#, &by_n);
    refuses(old, r#"[{"n":10,"v":4},{"n":10,"v":5},{"n":2,"v":3},{"n":1,"v":1},{"n":1,"v":2}]"#, &by_n);
    refuses(old, r#"[{"n":1,"v":2},{"n":1,"v":1},{"n":10,"v":5},{"n":10,"v":4}]"#, &by_n);
    let unsorted = r#"[{"n":2,"v":3},{"n":1,"v":1},{"n":1,"v":2}]"#;
    refuses(unsorted, r#"[{"n":2,"v":3},{"n":1,"v":2},{"n":1,"v":1},{"n":3}]"#, &by_n);
    let zigzag = |v: &str| format!(r#"[{{"n":2,"v":1}},{{"n":1,{v}}},{{"n":3,"v":4}}]"#);
    refuses(&zigzag(r#""v":1"#), &zigzag(r#""v":2"#), &by_n);
    let down = |one: u8, other: u8| format!(r#"[{{"n":"b","v":{one}}},{{"n":"b","v":{other}}},{{"n":"a"}}]"#);
    forgives(&down(1, 2), &down(2, 1), &by_n, &[1]);
    let findings = judged(r#"[{"n":1},{"n":"x"}]"#, r#"[{"n":"x"},{"n":1}]"#, &by_n);
    assert!(findings.notes[0].contains("not sorted by `n`"), "{:?}", findings.notes);
    let case = [("", Forgive::Sorted(None)), ("/*", Forgive::CaseInsensitive)];
    refuses(r#"["a","b"]"#, r#"["B","a"]"#, &case);
    forgives(r#"["A","b"]"#, r#"["A","B"]"#, &case, &[0, 1]);
}

#[test]
fn an_element_may_stay_where_it_is_although_its_key_moved() {
    let near = [("", Forgive::KeyBy("id".to_owned())), ("/*/id", Forgive::Ignore)];
    forgives(r#"[{"id":1,"v":1},{"id":2,"v":2}]"#, r#"[{"id":2,"v":1},{"id":1,"v":2}]"#, &near, &[0, 2]);
    forgives(r#"[{"id":1,"v":1},{"id":2,"v":2}]"#, r#"[{"id":2,"v":2},{"id":1,"v":1}]"#, &near, &[1, 0]);
    let both = [("", Forgive::KeyBy("id".to_owned())), ("", Forgive::KeyBy("k".to_owned()))];
    forgives(r#"[{"id":1,"k":1},{"id":2,"k":2}]"#, r#"[{"id":2,"k":2},{"id":1,"k":1}]"#, &both, &[1, 0]);
}

#[test]
fn identifiers_stand_for_each_other_one_to_one() {
    let ids = [("/**/id", bind("id")), ("/**/by", bind("id"))];
    forgives(r#"[{"id":1,"by":1},{"id":2,"by":1}]"#, r#"[{"id":7,"by":7},{"id":8,"by":7}]"#, &ids, &[2, 2]);
    refuses(r#"[{"id":1,"by":1}]"#, r#"[{"id":7,"by":8}]"#, &ids);
    refuses(r#"[{"id":1,"by":2}]"#, r#"[{"id":7,"by":7}]"#, &ids);
    forgives(r#"[{"id":1},{"id":"1"}]"#, r#"[{"id":7},{"id":"9"}]"#, &ids, &[2, 0]);
    forgives(r#"[{"id":1},{"id":1.0}]"#, r#"[{"id":7},{"id":7.0}]"#, &ids, &[2, 0]);
    forgives("[1,2]", "[1,2.0]", &[("/*", bind("x"))], &[0]);
    let two_sets = [("/a", bind("one")), ("/b", bind("other"))];
    forgives(r#"{"a":1,"b":1}"#, r#"{"a":7,"b":8}"#, &two_sets, &[1, 1]);
}

#[test]
fn what_stands_for_itself_stands_for_nothing_else() {
    let ids = [("/*", bind("id"))];
    for (old, new) in [("[1,1]", "[1,7]"), ("[1,1]", "[7,1]"), ("[1,7]", "[7,7]"), ("[[1],1]", "[[1],7]")] {
        let deep = [("/**", bind("id"))];
        refuses(old, new, if old.starts_with("[[") { &deep } else { &ids });
    }
    refuses(r#"{"x":1,"y":1}"#, r#"{"y":7,"x":1}"#, &ids);
    forgives("[1,2]", "[2,1]", &ids, &[2]);
    let long = "x".repeat(LONGEST);
    let findings = judged(&format!("[\"{long}\"]"), "[\"y\"]", &ids);
    assert!(!findings.found.is_empty() && findings.notes[0].contains("no room"), "{:?}", findings.notes);
}

#[test]
fn earlier_pairs_say_what_identifiers_stand_for_in_later_ones() {
    let mut known = Bindings::default();
    let ids = rules(&[("/**/id", bind("id")), ("/order", Forgive::Unordered), ("/order/*", bind("id"))]);
    let first = under(r#"{"id":1}"#, r#"{"id":7}"#, &ids, &known);
    assert_eq!((first.found.len(), first.learnt.len()), (0, 1));
    for learnt in &first.learnt {
        assert!(known.bind("id", &learnt.old, &learnt.new));
    }
    let judge = |old: &str, new: &str| same(&under(old, new, &ids, &known));
    assert!(judge(r#"{"id":1}"#, r#"{"id":7}"#) && judge(r#"{"id":2}"#, r#"{"id":8}"#));
    assert!(!judge(r#"{"id":1}"#, r#"{"id":8}"#) && !judge(r#"{"id":2}"#, r#"{"id":7}"#));
    assert!(judge(r#"{"order":[1,2]}"#, r#"{"order":[8,7]}"#));
    // Learnt further down, and in another order.
    let (old, new) = (
        r#"{"order":[3,2],"x":[{"id":2,"n":"a"},{"id":3,"n":"b"}]}"#,
        r#"{"order":[8,9],"x":[{"id":8,"n":"a"},{"id":9,"n":"b"}]}"#,
    );
    assert!(judge(old, new));
    assert!(!judge(old, &new.replace("[8,9]", "[8,8]")));
}

#[test]
fn a_filter_chooses_what_a_rule_speaks_of() {
    let filter = [("$.items[?@.kind=='draft'].v", Forgive::Ignore)];
    let items =
        |kind: &str, v: u8| format!(r#"{{"items":[{{"kind":"{kind}","v":{v}}},{{"kind":"x","v":1}}]}}"#);
    forgives(&items("draft", 1), &items("draft", 2), &filter, &[1]);
    refuses(&items("final", 1), &items("final", 2), &filter);
    refuses(&items("final", 1), &items("draft", 2), &filter);
    forgives(r#"{"items":[{"kind":"draft"}]}"#, r#"{"items":[{"kind":"draft","v":2}]}"#, &filter, &[1]);
    let bag = [("$.items", Forgive::Unordered), ("$.items[?@.kind=='draft'].v", Forgive::Ignore)];
    let turned = |v: u8| format!(r#"{{"items":[{{"kind":"x","v":1}},{{"kind":"draft","v":{v}}}]}}"#);
    forgives(&items("draft", 1), &turned(2), &bag, &[1, 1]);
    let first = [("", Forgive::Unordered), ("$[0]", Forgive::Ignore)];
    forgives("[1,2,3]", "[9,3,2]", &first, &[1, 1]);
    refuses("[1,2,3]", "[3,2,9]", &first);
    let normal = [("/a", Forgive::Trim), ("$.a", rewrite("^x$", "y", None))];
    forgives(r#"{"a":" x"}"#, r#"{"a":"y"}"#, &normal, &[1, 1]);
}

#[test]
fn a_query_that_would_cost_too_much_forgives_nothing_and_says_so() {
    let deep = |leaf: &str| [&"[".repeat(200), leaf, &"]".repeat(200)].concat();
    let many = |leaf: &str| format!("[{leaf}{}]", ",1".repeat(200_000));
    let some = |leaf: &str| format!("[{leaf}{}]", ",1".repeat(9_000));
    for (old, new, query) in [
        (deep("1"), deep("2"), "$..*"),
        (many("1"), many("2"), "$[0]"),
        (some("1"), some("2"), "$[?count($[*])>1]"),
        (r#"{"a":1,"b":0,"b":0}"#.into(), r#"{"a":2,"b":0,"b":0}"#.into(), "$.a"),
    ] {
        let findings = judged(&old, &new, &[(query, Forgive::Tolerance(Tolerance::Absolute(1.0)))]);
        assert_eq!((findings.found.len(), findings.notes.len()), (1, 1), "{query} {:?}", findings.notes);
        assert!(findings.notes[0].contains("forgive"), "{:?}", findings.notes);
    }
    forgives(&some("1"), &some("2"), &[("$[0]", Forgive::Ignore)], &[1]);
}

#[test]
fn large_bags_of_look_alikes_are_matched() {
    let list = |all: Vec<String>| format!("[{}]", all.join(","));
    let element = |n: usize, t: f64| format!(r#"{{"t":{t},"n":{n}}}"#);
    let near = [("", Forgive::Unordered), ("/*/t", Forgive::Tolerance(Tolerance::Absolute(0.5)))];
    let old = list((0..3_000).map(|n| element(n % 10, n as f64)).collect());
    let new = list((0..3_000).rev().map(|n| element(n % 10, n as f64)).collect());
    let findings = judged(&old, &new, &near);
    assert!(same(&findings), "{:?}", findings.found.len());
    let case = [("", Forgive::Unordered), ("/*", Forgive::CaseInsensitive)];
    let old = list((0..10_000).map(|n| format!("\"a{n}\"")).collect());
    let new = list((0..10_000).rev().map(|n| format!("\"A{n}\"")).collect());
    assert!(same(&judged(&old, &new, &case)));
}
