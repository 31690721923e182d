//! Patches, case by case and for any documents. Each one has been applied already: `patch` proves it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::rules::{Forgive, PointerPattern, Rule, Rules},
    *,
};

fn under(old: &str, new: &str, rules: &[(&str, Forgive)]) -> Result<String, String> {
    let rule =
        |(at, forgive): &(&str, Forgive)| Rule::at(PointerPattern::parse(at).unwrap(), forgive.clone());
    let rules = Rules::new(rules.iter().map(rule).collect(), Vec::new());
    let limits = Limits::default();
    let terms = Terms::of(&rules, &limits);
    patch(old.as_bytes(), new.as_bytes(), &terms).map(|patch| patch.to_string())
}

#[track_caller]
fn gives(old: &str, new: &str, operations: &[&str]) {
    let lines: Vec<String> = operations.iter().map(|operation| format!("  {operation}")).collect();
    let expected = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", lines.join(",\n")) };
    assert_eq!(under(old, new, &[]), Ok(expected));
}

#[test]
fn a_difference_is_one_operation_with_its_value_spelled_as_it_came() {
    gives("[1, 2]", "[ 1.0,2 ]", &[]);
    gives("1", "{\"a\" : [ ] }", &[r#"{"op":"replace","path":"","value":{"a":[]}}"#]);
    gives(
        r#"{"a":1,"b":2,"c":3}"#,
        r#"{"b":2.50,"c":3,"d":18446744073709551617}"#,
        &[
            r#"{"op":"remove","path":"/a"}"#,
            r#"{"op":"replace","path":"/b","value":2.50}"#,
            r#"{"op":"add","path":"/d","value":18446744073709551617}"#,
        ],
    );
    gives(
        r#"{"":{"a/b":{"m~n":1,"\"é\n":1}}}"#,
        r#"{"":{"a/b":{"m~n":2,"\"é\n":2}}}"#,
        &[
            r#"{"op":"replace","path":"//a~1b/m~0n","value":2}"#,
            r#"{"op":"replace","path":"//a~1b/\"é\n","value":2}"#,
        ],
    );
}

#[test]
fn an_insert_is_one_operation_wherever_it_stands() {
    let list = |from: usize, to: usize| format!("{:?}", (from..to).collect::<Vec<_>>());
    gives(&list(1, 50), &list(0, 50), &[r#"{"op":"add","path":"/0","value":0}"#]);
    gives(&list(0, 49), &list(0, 50), &[r#"{"op":"add","path":"/49","value":49}"#]);
    gives(&list(0, 50), &list(1, 50), &[r#"{"op":"remove","path":"/0"}"#]);
}

#[test]
fn what_lies_deeper_is_changed_before_elements_around_it_come_and_go() {
    gives(
        r#"[[1,2,3,{"a":1}],6,7]"#,
        r#"[[1,3,{"a":2}],6,5,7]"#,
        &[
            r#"{"op":"replace","path":"/0/3/a","value":2}"#,
            r#"{"op":"remove","path":"/0/1"}"#,
            r#"{"op":"add","path":"/2","value":5}"#,
        ],
    );
}

#[test]
fn another_order_replaces_the_array() {
    gives("[[1,2,3]]", "[[3,1,2]]", &[r#"{"op":"replace","path":"/0","value":[3,1,2]}"#]);
}

#[test]
fn what_rules_forgive_is_left_out() {
    let ignore = [("/id", Forgive::Ignore)];
    assert_eq!(under(r#"{"id":1}"#, r#"{"id":2}"#, &ignore), Ok("[]".into()));
    let any_order = [("", Forgive::Unordered)];
    assert_eq!(under("[1,2,3]", "[3,2,1]", &any_order), Ok("[]".into()));
    let added = "[\n  {\"op\":\"add\",\"path\":\"/1\",\"value\":0}\n]".to_owned();
    assert_eq!(under("[2]", "[2,0]", &any_order), Ok(added));
    let keyed = [("", Forgive::KeyBy("id".to_owned()))];
    let (old, new) =
        (r#"[{"id":1,"n":1},{"id":2},{"id":3}]"#, r#"[{"id":9},{"id":8},{"id":7},{"id":3},{"id":1,"n":2}]"#);
    assert!(under(old, new, &keyed).unwrap().starts_with("[\n  {\"op\":\"replace\",\"path\":\"/0/n\""));
    assert!(under(new, old, &keyed).is_ok());
}

#[test]
fn what_no_patch_can_say_is_refused_in_words() {
    for (old, new, why) in [
        (r#"{"a":1,"a":2}"#, "{}", "more than once"),
        ("{}", r#"{"a":1,"a":1}"#, "more than once"),
        (r#"["\ud800"]"#, r#"["a"]"#, "surrogate"),
        ("[1,]", "[1]", "old is no JSON: expected"),
        ("[1]", "nul", "new is no JSON: expected"),
    ] {
        let told = under(old, new, &[]).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(600), "]".repeat(600));
    assert!(under(&deep("1"), &deep("2"), &[]).unwrap_err().contains("nested"));
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..4i64).prop_map(Value::from),
        prop::sample::select(vec!["", "n1", "é\n\"", "s"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop::sample::select(vec!["a", "b", "x/y", "~", "0", ""]).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..7).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The document after some inserts, removals and moves in its arrays, and changes of its members.
fn disturbed(value: &Value, turns: &mut impl Iterator<Item = u8>) -> Value {
    let turn = turns.next().unwrap_or_default();
    match value {
        Value::Array(all) => {
            let mut all: Vec<_> = all.iter().map(|value| disturbed(value, turns)).collect();
            let at = usize::from(turn / 8).min(all.len());
            match turn % 8 {
                0 => all.insert(at, json!({ "new": turn })),
                1 if at < all.len() => drop(all.remove(at)),
                2 if !all.is_empty() => all.rotate_left(1),
                3 => all.reverse(),
                _ => {}
            }
            Value::Array(all)
        }
        Value::Object(members) => {
            let mut all: serde_json::Map<_, _> =
                members.iter().map(|(key, value)| (key.clone(), disturbed(value, turns))).collect();
            match turn % 8 {
                0 => drop(all.insert(format!("k{turn}"), Value::Null)),
                1 => drop(all.keys().next().cloned().map(|key| all.remove(&key))),
                _ => {}
            }
            Value::Object(all)
        }
        leaf if turn < 40 => json!([leaf, turn]),
        leaf => leaf.clone(),
    }
}

/// Applied to old by the library alone, without any of our marks.
fn applied(old: &Value, patch: &str) -> Value {
    let mut document = old.clone();
    json_patch::patch(&mut document, &serde_json::from_str::<json_patch::Patch>(patch).unwrap()).unwrap();
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_patch_applied_to_old_gives_new(old in documents(), new in documents()) {
        let patch = under(&old.to_string(), &new.to_string(), &[]).unwrap();
        prop_assert_eq!(applied(&old, &patch), new);
    }

    #[test]
    fn a_patch_for_a_disturbed_document_applied_to_it_gives_the_other(
        old in documents(),
        turns in prop::collection::vec(any::<u8>(), 64),
    ) {
        let new = disturbed(&old, &mut turns.into_iter());
        for (old, new) in [(&old, &new), (&new, &old)] {
            let patch = under(&old.to_string(), &new.to_string(), &[]).unwrap();
            prop_assert_eq!(&applied(old, &patch), new);
        }
    }

    #[test]
    fn what_is_forgiven_needs_no_operation_and_the_rest_is_proven(
        old in documents(),
        turns in prop::collection::vec(any::<u8>(), 64),
        rule in 0..4usize,
    ) {
        let rules = [
            ("/**", Forgive::Unordered),
            ("/*", Forgive::Ignore),
            ("", Forgive::Unordered),
            ("/a", Forgive::KeyBy("new".to_owned())),
        ];
        let new = disturbed(&old, &mut turns.into_iter());
        prop_assert!(under(&old.to_string(), &new.to_string(), &rules[rule..=rule]).is_ok());
    }
}
