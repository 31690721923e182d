//! What one body has to add to an aggregate, by group.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::{Aggregate, Function, exact::Exact};
use crate::domain::compare::content::{Document, Id, Type, canonical, is_number};

/// Values of one body that are looked at. More than a body of the largest size that is kept usually holds.
const MOST: usize = 1 << 20;
/// Bytes of the name of a group.
const LONGEST_NAME: usize = 120;
/// The group of what has no value to be grouped by.
pub const NO_GROUP: &str = "(none)";

/// Of one body, by group.
#[derive(Clone, Debug, Default)]
pub struct Found(pub BTreeMap<String, Amount>);

/// Of one group.
#[derive(Clone, Debug, Default)]
pub struct Amount {
    pub sum: Exact,
    pub count: u64,
    /// Hashes of what was found; only where distinct values are asked for.
    pub values: Vec<u64>,
    /// Found, and no number that can be added.
    pub odd: u64,
}

impl Aggregate {
    /// What a body has to add.
    pub fn found(&self, document: &Document<'_>) -> Found {
        let (at, by) = (steps(&self.at), steps(self.by.as_deref().unwrap_or_default()));
        let shared = shared(&at, &by);
        let (ahead, rest) = at.split_at(shared);
        let mut found = Found::default();
        let mut left = MOST;
        for node in select(document, Id::ROOT, ahead, &mut left) {
            let group = match &self.by {
                None => String::new(),
                Some(_) => {
                    let mut one = 1;
                    let named = select(document, node, by.get(shared..).unwrap_or_default(), &mut one);
                    named.first().map_or_else(|| NO_GROUP.to_owned(), |id| name(document, *id))
                }
            };
            let values = select(document, node, rest, &mut left);
            if !values.is_empty() {
                let amount = found.0.entry(group).or_default();
                values.into_iter().for_each(|id| amount.see(self.of, document, id));
            }
        }
        found
    }
}

impl Amount {
    fn see(&mut self, of: Function, document: &Document<'_>, id: Id) {
        match of {
            Function::Count => self.count += 1,
            Function::Distinct => self.values.push(xxh3_64(&value(document, id))),
            Function::Sum => match amount(document, id) {
                Some(amount) => self.sum.add(&amount),
                None if document.kind(id) == Type::Null => {}
                None => self.odd += 1,
            },
        }
    }
}

/// A number, or a text that is one.
fn amount(document: &Document<'_>, id: Id) -> Option<Exact> {
    match document.kind(id) {
        Type::Number => Exact::read(document.raw(id)),
        Type::String => {
            let said = document.string(id);
            let text = str::from_utf8(&said).ok().filter(|text| is_number(text))?;
            Exact::read(text)
        }
        _ => None,
    }
}

/// Bytes that are the same for two values where the values are: of numbers whatever their spelling, of lists and maps
/// as they are spelled.
fn value(document: &Document<'_>, id: Id) -> Vec<u8> {
    match document.kind(id) {
        Type::Number => canonical(document.raw(id)),
        Type::String => [b"\"", &*document.string(id)].concat(),
        _ => document.raw(id).as_bytes().to_vec(),
    }
}

/// As a person reads it. Two long names stay two.
fn name(document: &Document<'_>, id: Id) -> String {
    let text = match document.kind(id) {
        Type::String => String::from_utf8_lossy(&document.string(id)).into_owned(),
        _ => document.raw(id).to_owned(),
    };
    if text.len() <= LONGEST_NAME {
        return text;
    }
    let start = text.get(..text.floor_char_boundary(LONGEST_NAME)).unwrap_or_default();
    format!("{start}… {:032x}", xxh3_128(text.as_bytes()))
}

/// One step of a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Any,
    Named(String),
}

/// The steps of a pointer, their escapes undone. `~2` is a `*` that stands for itself, as in rules.
pub fn steps(pointer: &str) -> Vec<Step> {
    let step = |part: &str| match part {
        "*" => Step::Any,
        named => Step::Named(named.replace("~2", "*").replace("~1", "/").replace("~0", "~")),
    };
    pointer.split('/').skip(1).map(step).collect()
}

/// How many steps both take together, up to the last `*` of them.
pub fn shared(at: &[Step], by: &[Step]) -> usize {
    let same = at.iter().zip(by).take_while(|(one, other)| one == other).count();
    at.iter().take(same).rposition(|step| *step == Step::Any).map_or(0, |last| last + 1)
}

/// What stands where these steps lead, at most `left` values of it.
fn select(document: &Document<'_>, from: Id, steps: &[Step], left: &mut usize) -> Vec<Id> {
    let mut here = vec![from];
    for step in steps {
        let mut next = Vec::new();
        for id in here {
            follow(document, id, step, &mut next);
            if next.len() > *left {
                break;
            }
        }
        here = next;
    }
    here.truncate(*left);
    *left -= here.len();
    here
}

fn follow(document: &Document<'_>, id: Id, step: &Step, into: &mut Vec<Id>) {
    match (document.kind(id), step) {
        (Type::Array, Step::Any) => into.extend(document.elements(id)),
        (Type::Array, Step::Named(at)) => {
            into.extend(at.parse().ok().and_then(|at| document.elements(id).nth(at)));
        }
        (Type::Object, Step::Any) => into.extend(document.keys(id).map(Id::following)),
        (Type::Object, Step::Named(name)) => {
            let named = |key: &Id| document.string(*key).as_ref() == name.as_bytes();
            into.extend(document.keys(id).filter(named).map(Id::following));
        }
        _ => {}
    }
}
