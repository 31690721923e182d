//! What holds of every format into which one document can be written: it says what the JSON says, and
//! whatever is changed in it is found.

use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value};

use super::{
    super::{
        Limits, Terms,
        bindings::Bindings,
        diff::{self, path::Docs},
        rules::Rules,
        tree::{Bounds, Document},
    },
    json,
};

const BOUNDS: Bounds = Bounds { depth: 10_000, nodes: 1 << 20, text: 1 << 20 };

/// How many differences there are.
fn between(old: &Document<'_>, new: &Document<'_>) -> usize {
    let (rules, limits) = (Rules::default(), Limits::default());
    let terms = Terms::of(&rules, &limits);
    let found = diff::diff(Docs { old, new }, &terms, &Bindings::default());
    assert!(!found.costly);
    found.found.len() + found.more
}

#[track_caller]
pub fn same_as_json(value: &Value, document: &Document<'_>) {
    let text = value.to_string();
    let json = json::read(text.as_bytes(), BOUNDS).unwrap();
    assert_eq!((between(&json, document), between(document, &json)), (0, 0), "{text}");
}

#[track_caller]
pub fn agree(old: &Document<'_>, new: &Document<'_>) {
    assert_eq!((between(old, new), between(new, old)), (0, 0));
}

#[track_caller]
pub fn differ(old: &Document<'_>, new: &Document<'_>) {
    assert!(between(old, new) > 0 && between(new, old) > 0);
}

/// Bytes that reach deep into a binary format more often than chance does.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        any::<u8>(),
        prop::sample::select(vec![0, 1, 0x81, 0x82, 0x9F, 0xA1, 0xBF, 0xC2, 0xD9, 0xDC, 0xDE, 0x5F, 0xFF]),
    ];
    prop::collection::vec(byte, 0..40)
}

/// What is spelled alike in JSON and in a tree of any other format: no floats, and no keys but plain ones.
pub fn documents() -> impl Strategy<Value = Value> {
    keyed_by("[a-c]{0,3}|[a-z\"\n é😀]{0,40}")
}

fn keyed_by(key: &'static str) -> impl Strategy<Value = Value> {
    let text = || prop_oneof!["[a-c]{0,2}", "⟨[a1]{0,2}⟩?", "\\PC{0,40}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-200i64..300).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 20, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..20)
                .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A document, and the same with one value of it changed.
pub fn one_change() -> impl Strategy<Value = (Value, Value)> {
    let keys = "[a-c]{0,2}|⟨{0,2}[a1]{0,2}⟩?|@tag|@ext|[0-9]";
    (keyed_by(keys), any::<Index>(), any::<Index>()).prop_map(|(old, place, how)| {
        let mut new = old.clone();
        let mut left = place.index(count(&old));
        change(&mut new, &mut left, how);
        (old, new)
    })
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Changes the value that comes after so many others.
fn change(value: &mut Value, left: &mut usize, how: Index) -> bool {
    if *left == 0 {
        *value = changed(value, how);
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| change(item, left, how)),
        Value::Object(members) => members.values_mut().any(|member| change(member, left, how)),
        _ => false,
    }
}

fn changed(value: &Value, how: Index) -> Value {
    match value {
        Value::Null => Value::from(0),
        Value::Bool(value) => Value::from(!value),
        Value::Number(number) if how.index(2) == 0 => Value::from(number.to_string()),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Value::from(number ^ 1 << how.index(64)),
            (_, Some(number)) => Value::from(number ^ 1 << how.index(63)),
            _ => Value::Null,
        },
        Value::String(text) if how.index(2) == 0 => Value::from(format!("⟨{text}")),
        Value::String(text) => Value::from(format!("{text}\0")),
        Value::Array(items) => {
            let mut items = items.clone();
            if items.is_empty() || how.index(2) == 0 {
                items.push(Value::Null);
            } else {
                items.remove(how.index(items.len()));
            }
            Value::from(items)
        }
        Value::Object(members) => {
            let mut members = members.clone();
            match members.keys().nth(how.index(members.len().max(1))).cloned() {
                Some(key) if how.index(2) == 0 => drop(members.remove(&key)),
                Some(key) => {
                    let value = members.remove(&key).unwrap_or_default();
                    members.insert(format!("⟨{key}"), value);
                }
                None => drop(members.insert("⟨".to_owned(), Value::Null)),
            }
            Value::from(members)
        }
    }
}
