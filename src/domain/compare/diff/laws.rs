//! What holds for any documents and any rules.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::{
        super::side::Side,
        rules::{
            Expression, Forgive, Format, JsonPath, PointerPattern, Rewrite, Rule, Rules, Selector, Tolerance,
        },
    },
    tests::{found, rules},
    *,
};

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..4i64).prop_map(Value::from),
        (-8..8i32).prop_map(|n| json!(f64::from(n) / 4.0)),
        prop::sample::select(vec!["", "a", "é\n", "1"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let key = prop::sample::select(vec!["a", "b", "id", "x/y", "0"]).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_rules() -> impl Strategy<Value = Vec<(String, Forgive)>> {
    let segment = prop::sample::select(vec!["a", "b", "id", "*", "**", "0", "1"]);
    let at = prop::collection::vec(segment, 0..4)
        .prop_map(|parts| parts.iter().map(|part| format!("/{part}")).collect::<String>());
    let forgive = prop::sample::select(vec![
        Forgive::Ignore,
        Forgive::Unordered,
        Forgive::KeyBy("id".to_owned()),
        Forgive::Tolerance(Tolerance::Absolute(0.25)),
        Forgive::Tolerance(Tolerance::Absolute(1.0)),
    ]);
    prop::collection::vec((at, forgive), 0..5)
}

fn built(all: &[(String, Forgive)]) -> Rules {
    rules(&all.iter().map(|(at, forgive)| (at.as_str(), forgive.clone())).collect::<Vec<_>>())
}

fn agree(old: &Value, new: &Value, rules: &Rules) -> bool {
    let findings = found(&old.to_string(), &new.to_string(), rules);
    assert!(!findings.costly || findings.found.is_empty());
    findings.found.is_empty() && !findings.costly
}

/// The same document with the members of its objects, and where asked the elements, shuffled.
fn shuffled(value: &Value, elements: bool, turn: usize) -> Value {
    match value {
        Value::Array(all) => {
            let mut all: Vec<_> = all.iter().map(|value| shuffled(value, elements, turn)).collect();
            if elements && !all.is_empty() {
                let by = turn % all.len();
                all.rotate_left(by);
                if turn.is_multiple_of(2) {
                    all.reverse();
                }
            }
            Value::Array(all)
        }
        Value::Object(members) => {
            let mut all: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), shuffled(value, elements, turn))).collect();
            if !all.is_empty() {
                let by = turn % all.len();
                all.rotate_left(by);
            }
            Value::Object(all.into_iter().collect())
        }
        leaf => leaf.clone(),
    }
}

/// Changes the place that `at` counts to; whether there was one.
fn mutate(value: &mut Value, at: &mut usize, how: u8) -> bool {
    if *at == 0 {
        *value = match (how, &mut *value) {
            (0, Value::Array(all)) => {
                all.push(json!("new"));
                return true;
            }
            (1, Value::Array(all)) if !all.is_empty() => {
                all.remove(0);
                return true;
            }
            (0 | 1, Value::Object(all)) => {
                all.insert("zz".to_owned(), Value::Null);
                return true;
            }
            (_, Value::Number(number)) => json!(number.as_f64().unwrap() + 100.0),
            (_, Value::Null) => json!(false),
            (_, _) => json!("something else"),
        };
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(all) => all.iter_mut().any(|value| mutate(value, at, how)),
        Value::Object(all) => all.values_mut().any(|value| mutate(value, at, how)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn promise_10_the_same_pair_and_rules_give_the_same_differences(old in documents(), new in documents(), all in any_rules()) {
        let (old, new, rules) = (old.to_string(), new.to_string(), built(&all));
        let (once, again) = (found(&old, &new, &rules), found(&old, &new, &rules));
        prop_assert_eq!((format!("{:?}", once.found), once.more, once.costly), (format!("{:?}", again.found), again.more, again.costly));
    }

    #[test]
    fn a_document_matches_itself_under_any_rules(document in documents(), all in any_rules()) {
        let findings = found(&document.to_string(), &format!(" {document:#} "), &built(&all));
        prop_assert!(findings.found.is_empty() && !findings.costly);
        prop_assert_eq!(findings.forgiven.iter().sum::<usize>(), 0);
    }

    #[test]
    fn the_order_of_keys_never_matters(document in documents(), all in any_rules(), turn in 0..9usize) {
        prop_assert!(agree(&document, &shuffled(&document, false, turn), &built(&all)));
    }

    #[test]
    fn the_order_of_elements_does_not_matter_where_a_rule_says_so(
        document in documents(), mut all in any_rules(), turn in 0..9usize,
    ) {
        // A rule for a position says that order does matter there.
        all.retain(|(at, _)| !at.contains(['0', '1']));
        all.push(("/**".to_owned(), Forgive::Unordered));
        prop_assert!(agree(&document, &shuffled(&document, true, turn), &built(&all)));
    }

    #[test]
    fn judging_is_the_same_both_ways(one in documents(), other in documents(), turn in 0..9usize, all in any_rules(), at in 0..20usize) {
        let rules = built(&all);
        prop_assert_eq!(agree(&one, &other, &rules), agree(&other, &one, &rules));
        let mut near = shuffled(&one, true, turn);
        mutate(&mut near, &mut { at }, 2);
        prop_assert_eq!(agree(&one, &near, &rules), agree(&near, &one, &rules));
    }

    #[test]
    fn any_one_change_is_found(document in documents(), at in 0..30usize, how in 0..3u8) {
        let mut changed = document.clone();
        let there = mutate(&mut changed, &mut { at }, how);
        prop_assert_eq!(agree(&document, &changed, &Rules::default()), !there || changed == document);
    }

    #[test]
    fn without_rules_it_agrees_with_plain_equality(one in documents(), other in documents(), turn in 0..9usize) {
        for (old, new) in [(&one, &other), (&one, &shuffled(&one, true, turn))] {
            prop_assert_eq!(agree(old, new, &Rules::default()), same_value(old, new), "{} {}", old, new);
        }
    }

    #[test]
    fn one_more_rule_never_turns_a_match_into_a_mismatch(
        one in documents(), turn in 0..9usize, at in 0..20usize, all in any_rules(), more in any_rules(),
    ) {
        let mut near = shuffled(&one, true, turn);
        mutate(&mut near, &mut { at }, 2);
        let both: Vec<_> = all.iter().chain(&more).cloned().collect();
        // A rule for a position pins elements to their places, so only adding others is monotone.
        let pinned = both.iter().any(|(at, _)| at.contains(['0', '1']));
        if !pinned && agree(&one, &near, &built(&all)) {
            prop_assert!(agree(&one, &near, &built(&both)), "{} {} {:?} {:?}", one, near, all, more);
        }
    }

    #[test]
    fn patterns_are_read_or_refused_and_never_more(text in "[/a*~0-3]{0,12}") {
        if let Ok(at) = PointerPattern::parse(&text) {
            let rule = Rule::at(at, Forgive::Ignore);
            agree(&json!({"a": [1]}), &json!({"a": [2]}), &Rules::new(vec![rule], Vec::new()));
        }
    }
}

fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|it| same_value(value, it)))
        }
        (one, other) => one == other,
    }
}
