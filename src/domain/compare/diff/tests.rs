//! Documents held against each other, case by case.

use super::{
    super::{
        difference::{Kind, Place},
        formats::json,
        rules::{Forgive, PointerPattern, Rule, Rules, Tolerance},
        tree::Bounds,
    },
    *,
};

pub fn rules(all: &[(&str, Forgive)]) -> Rules {
    let rule =
        |(at, forgive): &(&str, Forgive)| Rule::at(PointerPattern::parse(at).unwrap(), forgive.clone());
    Rules::new(all.iter().map(rule).collect(), Vec::new())
}

/// What the walks came to, and the differences in words.
pub fn judged(old: &str, new: &str, rules: &Rules) -> (Findings, Vec<Difference>) {
    let bounds = Bounds { depth: 10_000, nodes: 4 << 20, text: 0 };
    let (old, new) =
        (json::read(old.as_bytes(), bounds).unwrap(), json::read(new.as_bytes(), bounds).unwrap());
    let (docs, limits) = (Docs { old: &old, new: &new }, Limits::default());
    let terms = Terms::of(rules, &limits);
    let findings = diff(docs, &terms, &Bindings::default());
    let differences = findings.found.iter().map(|found| told(docs, found, &limits)).collect();
    (findings, differences)
}

pub fn found(old: &str, new: &str, rules: &Rules) -> Findings {
    judged(old, new, rules).0
}

/// The differences as `kind pointer`, in the order they were found.
fn lines(old: &str, new: &str, all: &[(&str, Forgive)]) -> Vec<String> {
    let (findings, differences) = judged(old, new, &rules(all));
    assert!(!findings.costly);
    let line = |d: &Difference| match &d.place {
        Place::Body(pointer) => format!("{} {pointer}", d.kind.name()),
        place => panic!("{place}"),
    };
    differences.iter().map(line).collect()
}

#[track_caller]
fn differs(old: &str, new: &str, expected: &[&str]) {
    assert_eq!(lines(old, new, &[]), expected);
}

#[track_caller]
fn forgives(old: &str, new: &str, all: &[(&str, Forgive)]) {
    assert_eq!(lines(old, new, all), [""; 0], "under rules");
    assert_eq!(lines(new, old, all), [""; 0], "the other way round");
    assert!(found(old, new, &rules(all)).forgiven.iter().sum::<usize>() > 0, "counted");
}

#[test]
fn another_spelling_is_no_difference() {
    for (old, new) in [
        (r#"{"a":1,"b":[true,null]}"#, r#" { "b" : [ true , null ] , "a" : 1.00e0 } "#),
        (r#"["\u0061\/"]"#, r#"["a/"]"#),
        (r#"{"\u0061":1,"b":2}"#, r#"{"b":2,"a":1}"#),
        ("[0]", "[-0.0]"),
        ("{}", "{ }"),
    ] {
        differs(old, new, &[]);
    }
}

#[test]
fn every_kind_of_difference_is_told_with_its_place() {
    differs(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, &["added /b"]);
    differs(r#"{"a":1,"b":null}"#, r#"{"a":1}"#, &["removed /b"]);
    differs(r#"{"a":"x"}"#, r#"{"a":"y"}"#, &["text /a"]);
    differs(r#"{"a":true}"#, r#"{"a":false}"#, &["changed /a"]);
    differs(r#"{"a":"1"}"#, r#"{"a":1}"#, &["type /a"]);
    differs(r#"{"a":null}"#, r#"{"a":false}"#, &["type /a"]);
    differs("[]", "{}", &["type "]);
    differs("18446744073709551616", "18446744073709551617", &["number "]);
    differs(r#"{"a/b":{"m~n":[0,1]}}"#, r#"{"a/b":{"m~n":[0,2]}}"#, &["number /a~1b/m~0n/1"]);
    differs(r#"{"":[{"x":1}]}"#, r#"{"":[{"x":2}]}"#, &["number //0/x"]);
    differs(r#"{"a":"\ud800"}"#, r#"{"a":"\ufffd"}"#, &["text /a"]);
}

#[test]
fn a_repeated_key_never_hides() {
    for (old, new) in [
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        (r#"{"a":2}"#, r#"{"a":1,"a":2}"#),
        (r#"{"a":1,"a":1}"#, r#"{"a":1}"#),
        (r#"{"a":1,"\u0061":1,"b":0}"#, r#"{"b":0,"a":1}"#),
    ] {
        differs(old, new, &["repeated_key /a"]);
    }
    differs(r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#, &["number /a", "number /a"]);
    differs(r#"{"a":1,"b":0,"a":2}"#, r#"{"b":0,"a":1,"a":2}"#, &[]);
    forgives(r#"{"a":1,"a":2}"#, r#"{"a":2}"#, &[("/a", Forgive::Ignore)]);
}

#[test]
fn an_insert_is_one_difference_wherever_it_stands() {
    differs("[1,2,3,4]", "[0,1,2,3,4]", &["added /0"]);
    differs("[1,2,3,4]", "[1,2,9,3,4]", &["added /2"]);
    differs("[1,2,3,4]", "[1,2,4]", &["removed /2"]);
    differs("[1,2,3,4,5,6]", "[0,1,2,3,5,6]", &["added /0", "removed /3"]);
    differs(
        r#"[{"a":1},{"a":2},{"a":3}]"#,
        r#"[{"a":0},{"a":1.0},{"a":2},{"a":9}]"#,
        &["added /0", "number /2/a"],
    );
    differs("[1,2,3]", "[3,2,1]", &["order "]);
    differs("[[1,2],[3]]", "[[3],[1,2]]", &["order "]);
    differs("[1,1,2]", "[1,2,2]", &["number /1"]);
    // Beside an insert, what changed is laid beside what it was.
    differs(
        r#"[{"id":1,"v":1},{"id":2,"v":2}]"#,
        r#"[{"id":0,"v":0},{"id":1,"v":9},{"id":2,"v":2}]"#,
        &["added /0", "number /0/v"],
    );
    differs(r#"[{"id":1,"v":1},{"id":2,"v":2}]"#, r#"[{"id":2,"v":9}]"#, &["removed /0", "number /1/v"]);
    let many = |from: usize| {
        let all: Vec<_> = (from..10_000).map(|n| format!("{{\"id\":{n},\"name\":\"n{n}\"}}")).collect();
        format!("[{}]", all.join(","))
    };
    differs(&many(1), &many(0), &["added /0"]);
    differs(&many(0), &many(3), &["removed /0", "removed /1", "removed /2"]);
}

#[test]
fn what_a_rule_ignores_is_forgiven_and_counted() {
    let old = r#"{"meta":{"id":1,"t":5},"items":[{"id":1,"v":1},{"id":2,"v":1}]}"#;
    let new = r#"{"meta":{"id":9,"t":5},"items":[{"id":8,"v":1},{"id":2.0,"v":1}]}"#;
    forgives(old, new, &[("/meta/id", Forgive::Ignore), ("/items/*/id", Forgive::Ignore)]);
    forgives(old, new, &[("/**/id", Forgive::Ignore)]);
    assert_eq!(
        found(old, new, &rules(&[("/meta", Forgive::Ignore), ("/items/*/id", Forgive::Ignore)])).forgiven,
        [1, 1]
    );
    assert_eq!(lines(old, new, &[("/meta/id", Forgive::Ignore)]), ["number /items/0/id"]);
    forgives(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, &[("/b", Forgive::Ignore)]);
    forgives("[1,2]", "[1,2,3]", &[("/2", Forgive::Ignore)]);
    forgives("[1,2]", "[7,8,9]", &[("/*", Forgive::Ignore)]);
    assert_eq!(lines("[1,2]", "[7,2]", &[("/1", Forgive::Ignore)]), ["number /0"]);
}

#[test]
fn an_unordered_array_is_a_bag() {
    let bag = [("/a", Forgive::Unordered)];
    forgives(r#"{"a":[1,2,2,3]}"#, r#"{"a":[2,3,1.0,2]}"#, &bag);
    assert_eq!(lines(r#"{"a":[1,2,2]}"#, r#"{"a":[1,1,2]}"#, &bag), ["number /a/1"]);
    assert_eq!(lines(r#"{"a":[1,2]}"#, r#"{"a":[2]}"#, &bag), ["removed /a/0"]);
    assert_eq!(lines(r#"{"a":[{"b":1,"c":1},5]}"#, r#"{"a":[5,{"b":1,"c":2}]}"#, &bag), ["number /a/0/c"]);
    let nested = [("", Forgive::Unordered), ("/*", Forgive::Unordered), ("/*/*/t", Forgive::Ignore)];
    forgives(r#"[[{"x":1,"t":1},{"x":2,"t":2}],[]]"#, r#"[[],[{"x":2,"t":3},{"x":1}]]"#, &nested);
}

#[test]
fn within_a_bag_a_tolerance_does_not_take_what_another_needs() {
    let both = [("", Forgive::Unordered), ("/*", Forgive::Tolerance(Tolerance::Absolute(0.5)))];
    forgives("[1.5,1]", "[1.5,2]", &both);
    forgives("[1,1.5,2,2.5]", "[3,2.5,2,1.5]", &both);
    assert_eq!(lines("[1,5]", "[5,2]", &both), ["number /0"]);
    let inside = [("", Forgive::Unordered), ("/*/v", Forgive::Tolerance(Tolerance::Absolute(0.1)))];
    forgives(r#"[{"v":1,"k":1},{"v":2,"k":2}]"#, r#"[{"v":2.05,"k":2},{"v":1.1,"k":1}]"#, &inside);
    assert_eq!(
        lines(r#"[{"v":1,"k":1},{"v":2,"k":2}]"#, r#"[{"v":2,"k":2},{"v":1.2,"k":1}]"#, &inside),
        ["number /0/v"]
    );
}

#[test]
fn elements_with_keys_are_matched_by_them() {
    let by_id = [("", Forgive::KeyBy("id".into()))];
    let old = r#"[{"id":1,"v":1},{"id":"1","v":2},{"id":3,"v":3}]"#;
    forgives(old, r#"[{"id":3,"v":3},{"id":1.0,"v":1},{"id":"1","v":2}]"#, &by_id);
    assert_eq!(
        lines(old, r#"[{"id":3,"v":3},{"id":1,"v":9},{"id":4,"v":0}]"#, &by_id),
        ["number /0/v", "removed /1", "added /2"]
    );
    for odd in
        [r#"[{"id":1},{"id":1},{"id":2}]"#, r#"[{"id":2},{"x":1},{"id":1}]"#, r#"[{"id":[1]},{"id":2},1]"#]
    {
        let findings = found(odd, r#"[{"id":2},{"id":1}]"#, &rules(&by_id));
        assert!(!findings.found.is_empty(), "{odd}");
        assert!(findings.notes[0].contains("`id`"), "{:?}", findings.notes);
        let itself = found(odd, &odd.replace(':', ": "), &rules(&by_id));
        assert!(itself.found.is_empty(), "{odd}");
    }
}

#[test]
fn a_tolerance_forgives_to_the_last_digit_and_no_further() {
    let half = [("/b", Forgive::Tolerance(Tolerance::Absolute(0.005)))];
    forgives(r#"{"b":10.005}"#, r#"{"b":10.00}"#, &half);
    assert_eq!(lines(r#"{"b":10.0051}"#, r#"{"b":10.00}"#, &half), ["number /b"]);
    assert_eq!(lines(r#"{"b":"10.005"}"#, r#"{"b":10.005}"#, &half), ["type /b"]);
    assert_eq!(lines(r#"{"b":1}"#, "{}", &half), ["removed /b"]);
}

#[test]
fn depth_costs_no_stack_and_no_more_than_its_nodes() {
    let nested = |open: &str, leaf: &str, close: &str| {
        [open.repeat(9_999), leaf.to_owned(), close.repeat(9_999)].concat()
    };
    let findings = found(&nested("[", "1", "]"), &nested("[", "2", "]"), &rules(&[]));
    assert_eq!((findings.found.len(), findings.costly), (1, false));
    assert_eq!(findings.found[0].kind, Kind::Number);
    let findings =
        found(&nested("[0,", "1", "]"), &nested("[", "2", ",0]"), &rules(&[("/**/x", Forgive::Ignore)]));
    assert!(!findings.found.is_empty());
    let findings = found(
        &nested("{\"a\":", "1", "}"),
        &nested("{ \"a\":", "1", "}"),
        &rules(&[("/**/x", Forgive::Ignore)]),
    );
    assert!(findings.found.is_empty() && !findings.costly);
    // Bags with a tolerance below are matched inside one another: some levels, and no more.
    let bags = [("/**", Forgive::Unordered), ("/**/x", Forgive::Tolerance(Tolerance::Absolute(1.0)))];
    let findings = found(&nested("[", "[1,2]", "]"), &nested("[", "[2,1]", "]"), &rules(&bags));
    assert!(findings.found.is_empty() && !findings.costly);
    let some = |open: &str, close: &str| [open.repeat(30), "1".to_owned(), close.repeat(30)].concat();
    forgives(&some("[0,", "]"), &some("[", ",0]"), &bags);
    let findings = found(&nested("[0,", "1", "]"), &nested("[", "1", ",0]"), &rules(&bags));
    assert!(findings.costly && findings.found.is_empty());
}

#[test]
fn the_worst_arrays_end_within_the_budget() {
    let list = |numbers: &mut dyn Iterator<Item = usize>| {
        format!("[{}]", numbers.map(|n| n.to_string()).collect::<Vec<_>>().join(","))
    };
    let (up, down) = (list(&mut (0..10_000)), list(&mut (0..10_000).rev()));
    differs(&up, &down, &["order "]);
    forgives(&up, &down, &[("", Forgive::Unordered)]);
    let near = [("", Forgive::Unordered), ("/*", Forgive::Tolerance(Tolerance::Absolute(0.5)))];
    forgives(&up, &down, &near);
    let findings = found(&up, &list(&mut (5..10_005).rev()), &rules(&near));
    assert!(findings.costly && findings.found.is_empty());
    let findings = found(&up, &list(&mut (20_000..30_000)), &rules(&[]));
    assert_eq!((findings.found.len(), findings.more), (200, 9_800));
    let same = list(&mut std::iter::repeat_n(7, 10_000));
    forgives(
        &format!("[1,{}", &same[1..]),
        &format!("{},1]", &same[..same.len() - 1]),
        &[("", Forgive::Unordered)],
    );
}

#[test]
fn excerpts_and_pointers_are_cut_between_characters() {
    let long = |c: &str| format!("{{\"{}\":\"{}{c}\"}}", "ключ/".repeat(5_000), "é".repeat(5_000));
    let (_, differences) = judged(&long("a"), &long("b"), &rules(&[]));
    let difference = &differences[0];
    assert_eq!(difference.old.as_ref().unwrap().chars().count(), 201);
    let Place::Body(pointer) = &difference.place else { panic!() };
    assert_eq!(pointer.chars().count(), 1_025);
}

#[test]
fn shapes_leave_out_positions_and_minted_keys_and_keep_names() {
    let shape = |old: &str, new: &str| judged(old, new, &rules(&[])).1[0].shape.clone();
    assert_eq!(shape(r#"{"a":[{"0":1}]}"#, r#"{"a":[{"0":2}]}"#), "/a/*/0");
    assert_eq!(shape(r#"{"users":{"8723451":{"n":1}}}"#, r#"{"users":{"8723451":{"n":2}}}"#), "/users/{}/n");
}
