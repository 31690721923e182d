//! JSON documents made of choices, out of a small alphabet in which values meet; changed and turned;
//! and a plain reference for when two are equal.

use std::collections::BTreeMap;

use crate::Choices;

/// A document whose numbers are spellings and whose keys may stand twice.
#[derive(Clone, Debug, PartialEq)]
pub enum Doc {
    /// `null`, `true` and `false`.
    Word(String),
    Number(String),
    /// What stands between the quotes.
    Text(String),
    Array(Vec<Doc>),
    Object(Vec<(String, Doc)>),
}

const WORDS: &[&str] = &["null", "true", "false"];
const NUMBERS: &[&str] = &[
    "0",
    "-0.0",
    "1",
    "1.0",
    "10e-1",
    "1.25",
    "2",
    "-1",
    "1e400",
    "10e399",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551616",
    "18446744073709551617",
    "0.1",
    "0.1000000000000000055",
    "1704067200",
    "1704067203000",
    "0.5",
    "1.5",
];
const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    " a",
    "b",
    "é\\n",
    "1",
    "1.0",
    "01",
    "\\u0061",
    "\\ud800",
    "2024-01-01T00:00:00Z",
    "2024-01-01T01:00:03+01:00",
    "http://old/a",
    "http://new/a",
    "ff",
    "id-1",
    "id-2",
];
const KEYS: &[&str] = &["a", "b", "id", "x/y", "0", "\\u0061b", "n"];
/// Containers inside each other, and values in one of them.
const DEEPEST: usize = 4;
const WIDEST: usize = 7;

impl Doc {
    pub fn of(choices: &mut Choices<'_>) -> Doc {
        match choices.below(8) {
            0 => Doc::within(choices, 0),
            1 | 2 => Doc::records(choices),
            _ => Doc::container(choices, 0),
        }
    }

    fn within(choices: &mut Choices<'_>, depth: usize) -> Doc {
        let kinds = if depth < DEEPEST && !choices.is_over() { 8 } else { 4 };
        match choices.below(kinds) {
            0 => Doc::Word(choices.of(WORDS).to_owned()),
            1 => Doc::Number(choices.of(NUMBERS).to_owned()),
            2 | 3 => Doc::Text(choices.of(TEXTS).to_owned()),
            4 => Doc::records(choices),
            _ => Doc::container(choices, depth),
        }
    }

    fn container(choices: &mut Choices<'_>, depth: usize) -> Doc {
        if choices.below(3) == 0 {
            return Doc::Array((0..choices.below(WIDEST)).map(|_| Doc::within(choices, depth + 1)).collect());
        }
        let member = |choices: &mut Choices<'_>| {
            let key = choices.of(KEYS).to_owned();
            (key, Doc::within(choices, depth + 1))
        };
        let mut all: Vec<(String, Doc)> = (0..choices.below(WIDEST)).map(|_| member(choices)).collect();
        // Keys repeat now and then, and not most of the time.
        if choices.below(16) != 0 {
            let mut seen = Vec::new();
            all.retain(|(key, _)| {
                let is_new = !seen.contains(key);
                seen.push(key.clone());
                is_new
            });
        }
        Doc::Object(all)
    }

    /// A list of records, as most replies are.
    fn records(choices: &mut Choices<'_>) -> Doc {
        let leaf = |choices: &mut Choices<'_>| match choices.below(3) {
            0 => Doc::Number(choices.of(NUMBERS).to_owned()),
            1 => Doc::Text(choices.of(TEXTS).to_owned()),
            _ => Doc::Word(choices.of(WORDS).to_owned()),
        };
        let record = |choices: &mut Choices<'_>| {
            let keys = ["id", "a", "b"].into_iter().take(1 + choices.below(3));
            Doc::Object(keys.map(|key| (key.to_owned(), leaf(choices))).collect())
        };
        Doc::Array((0..choices.below(WIDEST)).map(|_| record(choices)).collect())
    }

    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Doc::Word(word) | Doc::Number(word) => out.push_str(word),
            Doc::Text(inner) => out.push_str(&format!("\"{inner}\"")),
            Doc::Array(all) => {
                out.push('[');
                for (n, value) in all.iter().enumerate() {
                    out.push_str(if n == 0 { "" } else { ", " });
                    value.write(out);
                }
                out.push(']');
            }
            Doc::Object(all) => {
                out.push('{');
                for (n, (key, value)) in all.iter().enumerate() {
                    out.push_str(if n == 0 { "" } else { ", " });
                    out.push_str(&format!("\"{key}\": "));
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// With the members of every object the other way round; those of one key stay in their order.
    pub fn turned(&self) -> Doc {
        match self {
            Doc::Array(all) => Doc::Array(all.iter().map(Doc::turned).collect()),
            Doc::Object(all) => {
                let mut turned: Vec<_> =
                    all.iter().map(|(key, value)| (key.clone(), value.turned())).collect();
                if !self.repeats() {
                    turned.reverse();
                }
                Doc::Object(turned)
            }
            leaf => leaf.clone(),
        }
    }

    fn repeats(&self) -> bool {
        let Doc::Object(all) = self else { return false };
        by_key(all).len() != all.len()
    }

    /// Whether some object has a key twice.
    pub fn repeats_a_key(&self) -> bool {
        match self {
            Doc::Array(all) => all.iter().any(Doc::repeats_a_key),
            Doc::Object(all) => self.repeats() || all.iter().any(|(_, value)| value.repeats_a_key()),
            _ => false,
        }
    }

    /// With the elements of every array the other way round.
    pub fn reversed(&self) -> Doc {
        match self {
            Doc::Array(all) => Doc::Array(all.iter().rev().map(Doc::reversed).collect()),
            Doc::Object(all) => {
                Doc::Object(all.iter().map(|(key, value)| (key.clone(), value.reversed())).collect())
            }
            leaf => leaf.clone(),
        }
    }

    /// Some values changed, added, removed, moved.
    pub fn mutated(&self, choices: &mut Choices<'_>) -> Doc {
        let mut new = self.clone();
        for _ in 0..choices.below(4) {
            let mut at = choices.below(40);
            new.mutate(&mut at, choices);
        }
        new
    }

    fn mutate(&mut self, at: &mut usize, choices: &mut Choices<'_>) -> bool {
        if *at == 0 {
            self.change(choices);
            return true;
        }
        *at -= 1;
        match self {
            Doc::Array(all) => all.iter_mut().any(|value| value.mutate(at, choices)),
            Doc::Object(all) => all.iter_mut().any(|(_, value)| value.mutate(at, choices)),
            _ => false,
        }
    }

    fn change(&mut self, choices: &mut Choices<'_>) {
        let how = choices.below(10);
        match (how, &mut *self) {
            (0, Doc::Array(all)) => {
                let at = choices.below(all.len() + 1);
                all.insert(at, Doc::within(choices, DEEPEST - 1));
            }
            (1, Doc::Array(all)) if !all.is_empty() => drop(all.remove(choices.below(all.len()))),
            (2, Doc::Array(all)) if !all.is_empty() => {
                let (one, other) = (choices.below(all.len()), choices.below(all.len()));
                all.swap(one, other);
            }
            (3, Doc::Array(all)) if !all.is_empty() => all.push(all[choices.below(all.len())].clone()),
            (4, Doc::Array(all)) => all.reverse(),
            (0, Doc::Object(all)) => {
                let key = choices.of(KEYS).to_owned();
                let value = Doc::within(choices, DEEPEST - 1);
                all.push((key, value));
            }
            (1, Doc::Object(all)) if !all.is_empty() => drop(all.remove(choices.below(all.len()))),
            (2, Doc::Object(all)) if !all.is_empty() => {
                let at = choices.below(all.len());
                all[at].0 = choices.of(KEYS).to_owned();
            }
            (5, _) => *self = Doc::Array(vec![self.clone()]),
            (6, _) => *self = Doc::Word(choices.of(WORDS).to_owned()),
            (7, _) => *self = Doc::Number(choices.of(NUMBERS).to_owned()),
            (8, _) => *self = Doc::Text(choices.of(TEXTS).to_owned()),
            _ => *self = Doc::within(choices, DEEPEST - 1),
        }
    }

    /// The plain reference: member by member, with repeated values in their order.
    pub fn equals(&self, other: &Doc) -> bool {
        match (self, other) {
            (Doc::Word(one), Doc::Word(other)) => one == other,
            (Doc::Number(one), Doc::Number(other)) => decimal(one) == decimal(other),
            (Doc::Text(one), Doc::Text(other)) => plain(one) == plain(other),
            (Doc::Array(one), Doc::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.equals(other))
            }
            (Doc::Object(one), Doc::Object(other)) => {
                let (one, other) = (by_key(one), by_key(other));
                one.len() == other.len()
                    && one.iter().all(|(key, all)| {
                        other.get(key).is_some_and(|others| {
                            all.len() == others.len()
                                && all.iter().zip(others).all(|(one, it)| one.equals(it))
                        })
                    })
            }
            _ => false,
        }
    }
}

pub(crate) fn by_key(members: &[(String, Doc)]) -> BTreeMap<String, Vec<&Doc>> {
    let mut all: BTreeMap<String, Vec<&Doc>> = BTreeMap::new();
    members.iter().for_each(|(key, value)| all.entry(plain(key)).or_default().push(value));
    all
}

/// What stands between quotes, of the few escapes that are used here.
pub(crate) fn plain(text: &str) -> String {
    text.replace("\\u0061", "a")
}

/// The sign, the digits without zeros at either end, and the power of ten of the last one.
pub(crate) fn decimal(spelled: &str) -> (bool, String, i64) {
    let (mantissa, power) = spelled.split_once('e').unwrap_or((spelled, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let kept = digits.trim_end_matches('0');
    let power =
        power.parse::<i64>().expect("a power") - fraction.len() as i64 + (digits.len() - kept.len()) as i64;
    match kept.trim_start_matches('0') {
        "" => (false, String::new(), 0),
        kept => (spelled.starts_with('-'), kept.to_owned(), power),
    }
}
