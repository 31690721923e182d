//! What turns one array into another: the order of its elements, or which of them there are.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    super::tree::{Id, Type},
    Value,
    cause::{Cause, Way},
    exact::Exact,
    prints,
};

/// Members of the first element by which an array may be sorted.
const MOST_MEMBERS: usize = 16;
/// Bytes of the name of one.
const LONGEST_NAME: usize = 64;

/// Everything that accounts for the difference of two arrays; nothing where they are too large to look into.
pub fn causes(old: Value<'_>, new: Value<'_>) -> Vec<Cause> {
    let Some((ours, theirs)) = both(old, new) else { return Vec::new() };
    let shortened =
        Way::BOTH.map(|way| Cause::Shortened { elements: way.of(theirs.len(), ours.len()).0, way });
    let directed = Way::BOTH.into_iter().flat_map(|way| {
        [Cause::Shifted(way), Cause::WithoutLast(way), Cause::Duplicated(way), Cause::Thinned(way)]
    });
    let guesses = [Cause::Reversed, Cause::Reordered].into_iter().chain(shortened).chain(directed);
    let mut found: Vec<_> = guesses.filter(|cause| relates(cause, &ours, &theirs)).collect();
    if is_reordered(&ours, &theirs) {
        found.extend(
            orders(new)
                .into_iter()
                .filter(|order| !orders(old).contains(order))
                .map(|(by, descending)| Cause::Sorted { by, descending }),
        );
    }
    found
}

pub fn holds(cause: &Cause, old: Value<'_>, new: Value<'_>) -> bool {
    let Some((ours, theirs)) = both(old, new) else { return false };
    match cause {
        Cause::Sorted { by, descending } => {
            let order = |array| is_ordered(&sort_keys(array, by.as_deref()), *descending);
            is_reordered(&ours, &theirs) && order(new) && !order(old)
        }
        _ => relates(cause, &ours, &theirs),
    }
}

fn both(old: Value<'_>, new: Value<'_>) -> Option<(Vec<u64>, Vec<u64>)> {
    let both = (prints::of_elements(old)?, prints::of_elements(new)?);
    (both.0 != both.1 && !both.0.is_empty() && !both.1.is_empty()).then_some(both)
}

fn relates(cause: &Cause, old: &[u64], new: &[u64]) -> bool {
    if old == new || old.is_empty() || new.is_empty() {
        return false;
    }
    match *cause {
        Cause::Reversed => old.len() == new.len() && old.iter().rev().eq(new),
        Cause::Reordered => is_reordered(old, new),
        Cause::Shifted(way) => {
            let (from, to) = way.of(old, new);
            from.len() > 1 && to.len() <= from.len() && from.get(1..).is_some_and(|rest| to.starts_with(rest))
        }
        Cause::WithoutLast(way) => {
            let (from, to) = way.of(old, new);
            from.split_last().is_some_and(|(_, rest)| rest == to)
        }
        Cause::Shortened { elements, way } => {
            let (from, to) = way.of(old, new);
            to.len() == elements && to.len() < from.len() && from.starts_with(to)
        }
        Cause::Duplicated(way) => {
            let (from, to) = way.of(old, new);
            let set = |all: &[u64]| all.iter().copied().collect::<BTreeSet<_>>();
            to.len() > from.len() && set(from) == set(to) && is_within(from, to)
        }
        Cause::Thinned(way) => {
            let (from, to) = way.of(old, new);
            let mut rest = from.iter();
            to.len() < from.len() && to.iter().all(|element| rest.any(|other| other == element))
        }
        _ => false,
    }
}

fn is_reordered(old: &[u64], new: &[u64]) -> bool {
    old != new && old.len() == new.len() && is_within(old, new)
}

/// Whether every element of the one is in the other, as often.
fn is_within(one: &[u64], other: &[u64]) -> bool {
    let mut counts: BTreeMap<u64, isize> = BTreeMap::new();
    other.iter().for_each(|element| *counts.entry(*element).or_default() += 1);
    one.iter().all(|element| {
        let count = counts.entry(*element).or_default();
        *count -= 1;
        *count >= 0
    })
}

/// By what an array is in order: the member, and whether descending.
fn orders(array: Value<'_>) -> Vec<(Option<String>, bool)> {
    let Value { document, id } = array;
    let Some(first) = document.elements(id).next() else { return Vec::new() };
    let mut names = Vec::new();
    if document.kind(first) == Type::Object {
        let keys = document.keys(first).take(MOST_MEMBERS);
        let spelled = keys.filter_map(|key| String::from_utf8(document.string(key).into_owned()).ok());
        names.extend(spelled.filter(|name| name.len() <= LONGEST_NAME).map(Some));
    } else {
        names.push(None);
    }
    let mut found = Vec::new();
    for by in names {
        let keys = sort_keys(array, by.as_deref());
        found.extend(
            [false, true]
                .into_iter()
                .filter(|descending| is_ordered(&keys, *descending))
                .map(|descending| (by.clone(), descending)),
        );
    }
    found
}

/// What an element is sorted by.
#[derive(PartialEq)]
enum Key {
    Number(Exact),
    Text(Vec<u8>),
}

/// The keys of all elements; none where any has none.
fn sort_keys(array: Value<'_>, by: Option<&str>) -> Vec<Key> {
    let Value { document, id } = array;
    let member = |element: Id| match by {
        None => Some(element),
        Some(name) if document.kind(element) == Type::Object => {
            document.keys(element).find(|key| *document.string(*key) == *name.as_bytes()).map(Id::following)
        }
        Some(_) => None,
    };
    let key = |element: Id| {
        let id = member(element)?;
        match document.kind(id) {
            Type::Number => Exact::read(document.raw(id)).map(Key::Number),
            Type::String => Some(Key::Text(document.string(id).into_owned())),
            _ => None,
        }
    };
    document.elements(id).map(key).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Whether each key follows the one before, and not all are the same.
fn is_ordered(keys: &[Key], descending: bool) -> bool {
    let compared = |one: &Key, other: &Key| match (one, other) {
        (Key::Number(one), Key::Number(other)) => one.compare(*other),
        (Key::Text(one), Key::Text(other)) => Some(one.cmp(other)),
        _ => None,
    };
    let wrong = if descending { Ordering::Less } else { Ordering::Greater };
    let rises = |[one, other]: &[Key; 2]| compared(one, other).is_some_and(|order| order != wrong);
    keys.array_windows::<2>().all(rises) && keys.array_windows::<2>().any(|[one, other]| one != other)
}
