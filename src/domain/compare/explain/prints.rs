//! Hashes of the elements of an array: equal elements have equal ones, however they are spelled.
//!
//! Only to guess with: two elements that hash alike are taken for equal here and nowhere else.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{
    super::{
        decimal,
        tree::{Document, Id, Type},
    },
    Value,
};

/// Elements of an array, and bytes of its text, that are looked into: pages and lists, not exports.
pub const MOST_ELEMENTS: usize = 2_048;
const LONGEST: usize = 256 << 10;

/// One hash for each element; `None` where there is too much of it.
pub fn of_elements(array: Value<'_>) -> Option<Vec<u64>> {
    let Value { document, id } = array;
    if document.raw(id).len() > LONGEST || document.elements(id).nth(MOST_ELEMENTS).is_some() {
        return None;
    }
    let (first, end) = (id.index(), document.after(id).index());
    let mut known = vec![0u64; end.saturating_sub(first)];
    // What a value holds stands after it, so from the back everything inside is known.
    for at in ids(document, id).into_iter().rev() {
        let print = of_one(document, at, |inside| known.get(inside.index() - first).copied().unwrap_or(0));
        if let Some(slot) = known.get_mut(at.index() - first) {
            *slot = print;
        }
    }
    Some(document.elements(id).filter_map(|at| known.get(at.index() - first).copied()).collect())
}

/// All values and keys inside, in the order of the document.
fn ids(document: &Document<'_>, id: Id) -> Vec<Id> {
    let end = document.after(id);
    let mut at = id.following();
    std::iter::from_fn(move || {
        let found = (at < end).then_some(at)?;
        at = found.following();
        Some(found)
    })
    .collect()
}

fn of_one(document: &Document<'_>, id: Id, inside: impl Fn(Id) -> u64) -> u64 {
    match document.kind(id) {
        Type::Number => xxh3_64_with_seed(&decimal::canonical(document.raw(id)), 1),
        Type::String => xxh3_64_with_seed(&document.string(id), 2),
        Type::Array => document.elements(id).fold(3, |sum, element| mixed(sum, inside(element))),
        // The order of members means nothing.
        Type::Object => document
            .keys(id)
            .fold(4, |sum: u64, key| sum.wrapping_add(mixed(inside(key), inside(key.following())))),
        _ => xxh3_64(document.raw(id).as_bytes()),
    }
}

fn mixed(one: u64, other: u64) -> u64 {
    xxh3_64_with_seed(&other.to_le_bytes(), one)
}
