//! The pairs of documents that are compared: a list of nested records, seeded, and what was done to it.

use anyhow::{Result, ensure};
use readshift::domain::compare::rules::{Forgive, PointerPattern, Rule, Rules};
use readshift::domain::observation::Reply;
use readshift::domain::outcome::Verdict;
use serde_json::{Map, Value, json};

use super::methods::{judgement, reply};
use crate::bodies::{Size, records};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    SameBytes,
    OtherBlanks,
    KeysShuffled,
    OnlyIgnored,
    OneField,
    InsertAtHead,
    Unordered,
}

pub struct Pair {
    pub case: Case,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
    pub rules: Rules,
    /// The same as replies, as the shadow path has them.
    pub replies: [Reply; 2],
}

impl Case {
    pub const ALL: &'static [Case] = &[
        Case::SameBytes,
        Case::OtherBlanks,
        Case::KeysShuffled,
        Case::OnlyIgnored,
        Case::OneField,
        Case::InsertAtHead,
        Case::Unordered,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Case::SameBytes => "the same bytes",
            Case::OtherBlanks => "the same, indented",
            Case::KeysShuffled => "the same, keys in another order",
            Case::OnlyIgnored => "one field of every record differs and is ignored",
            Case::OneField => "one field differs",
            Case::InsertAtHead => "one record inserted at the head",
            Case::Unordered => "records in reverse order, unordered by rule",
        }
    }

    const fn verdict(self) -> Verdict {
        match self {
            Case::SameBytes | Case::OtherBlanks | Case::KeysShuffled => Verdict::Match,
            Case::OnlyIgnored | Case::Unordered => Verdict::Forgiven,
            Case::OneField | Case::InsertAtHead => Verdict::Mismatch,
        }
    }
}

impl Pair {
    pub fn of(case: Case, size: Size) -> Pair {
        let old = records(size.0);
        let mut new: Value = serde_json::from_str(&old).unwrap_or_default();
        let items = new.get_mut("items").and_then(Value::as_array_mut);
        match (case, items) {
            (Case::OneField, Some(items)) => {
                let middle = items.len() / 2;
                if let Some(zip) = items.get_mut(middle).and_then(|item| item.pointer_mut("/address/zip")) {
                    *zip = json!("00000!");
                }
            }
            (Case::OnlyIgnored, Some(items)) => {
                for id in items.iter_mut().filter_map(|item| item.get_mut("id")) {
                    *id = json!(id.as_u64().unwrap_or(0) + 1);
                }
            }
            (Case::InsertAtHead, Some(items)) => {
                items.insert(0, json!({"id": 0, "name": "new", "note": null}))
            }
            (Case::Unordered, Some(items)) => items.reverse(),
            (Case::KeysShuffled, _) => new = reversed(new),
            _ => {}
        }
        let text = match case {
            Case::SameBytes => old.clone(),
            Case::OtherBlanks => serde_json::to_string_pretty(&new).unwrap_or_default(),
            _ => serde_json::to_string(&new).unwrap_or_default(),
        };
        let rule = |at: &str, forgive| PointerPattern::parse(at).map(|at| Rule::at(at, forgive)).ok();
        let rules = match case {
            Case::OnlyIgnored => rule("/items/*/id", Forgive::Ignore),
            Case::Unordered => rule("/items", Forgive::Unordered),
            _ => None,
        };
        let rules = Rules::new(rules.into_iter().collect(), vec!["content-type".to_owned()]);
        let (old, new) = (old.into_bytes(), text.into_bytes());
        Pair { case, replies: [reply(&old), reply(&new)], old, new, rules }
    }

    /// What is fast and wrong is not measured.
    pub fn check(&self) -> Result<()> {
        let found = judgement(self).outcome.verdict();
        ensure!(found == self.case.verdict(), "{}: judged {}", self.case.name(), found.name());
        Ok(())
    }
}

/// The members of every object in reverse order.
fn reversed(value: Value) -> Value {
    match value {
        Value::Array(all) => all.into_iter().map(reversed).collect(),
        Value::Object(members) => {
            let turned: Map<String, Value> =
                members.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect();
            Value::Object(turned)
        }
        plain => plain,
    }
}
