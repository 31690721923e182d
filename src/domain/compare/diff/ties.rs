//! Which elements of two arrays tie: have the same key, told by a member or by themselves. Keys are
//! compared as they stand, whatever rules forgive in them.

use std::{cmp::Ordering, collections::HashMap};

use super::{
    super::{
        decimal,
        tree::{Document, Id, Type},
    },
    path::Docs,
};

/// The class of each element on both sides: those of one class tie.
#[derive(Clone, Debug)]
pub struct Ties {
    old: Vec<usize>,
    new: Vec<usize>,
    /// No element ties with another of its own side.
    pub unique: bool,
}

impl Ties {
    pub fn tie(&self, old: usize, new: usize) -> bool {
        self.old.get(old).is_some_and(|class| self.new.get(new) == Some(class))
    }

    /// The first of a class on one side beside the first on the other, and so on.
    pub fn in_order(&self) -> Vec<(usize, usize)> {
        let by_class = |classes: &[usize]| {
            let mut all: Vec<_> = classes.iter().enumerate().map(|(n, class)| (*class, n)).collect();
            all.sort_unstable();
            all
        };
        let (olds, news) = (by_class(&self.old), by_class(&self.new));
        let (mut i, mut j) = (0, 0);
        let mut pairs = Vec::new();
        while let (Some((one, old)), Some((other, new))) = (olds.get(i), news.get(j)) {
            if one == other {
                pairs.push((*old, *new));
            }
            (i, j) = (i + usize::from(one <= other), j + usize::from(other <= one));
        }
        pairs
    }

    fn of(olds: Vec<Vec<u8>>, news: Vec<Vec<u8>>, unique: bool) -> Ties {
        let mut classes = HashMap::new();
        let mut class = |key: Vec<u8>| {
            let next = classes.len();
            *classes.entry(key).or_insert(next)
        };
        let old = olds.into_iter().map(&mut class).collect();
        Ties { old, new: news.into_iter().map(class).collect(), unique }
    }
}

/// By a member that is every element's own on its side. `None` where an element has none, more than one,
/// one that is no plain value, or another's.
pub fn by_key(docs: Docs<'_>, olds: &[Id], news: &[Id], member: &str) -> Option<Ties> {
    let keys = |document: &Document<'_>, elements: &[Id]| {
        let keys: Vec<_> =
            elements.iter().map(|id| key(document, this(document, *id, member)?)).collect::<Option<_>>()?;
        let mut sorted: Vec<&Vec<u8>> = keys.iter().collect();
        sorted.sort_unstable();
        let distinct = sorted.array_windows::<2>().all(|[one, other]| one != other);
        distinct.then_some(keys)
    };
    Some(Ties::of(keys(docs.old, olds)?, keys(docs.new, news)?, true))
}

/// By a member, or by themselves, where both arrays are sorted by it in one direction. `None` where they
/// are not.
pub fn by_order(docs: Docs<'_>, olds: &[Id], news: &[Id], member: Option<&str>) -> Option<Ties> {
    let values = |document: &Document<'_>, elements: &[Id]| -> Option<Vec<Id>> {
        let value = |id: &Id| member.map_or(Some(*id), |member| this(document, *id, member));
        elements.iter().map(value).collect()
    };
    let (ours, theirs) = (values(docs.old, olds)?, values(docs.new, news)?);
    let directions = |document: &Document<'_>, values: &[Id]| {
        let mut both = (true, true);
        for [one, other] in values.array_windows::<2>() {
            let order = order(document, *one, *other)?;
            both = (both.0 && order.is_le(), both.1 && order.is_ge());
        }
        Some(both)
    };
    let (old, new) = (directions(docs.old, &ours)?, directions(docs.new, &theirs)?);
    if !(old.0 && new.0 || old.1 && new.1) {
        return None;
    }
    let keys = |document: &Document<'_>, values: &[Id]| -> Option<Vec<Vec<u8>>> {
        values.iter().map(|id| key(document, *id)).collect()
    };
    Some(Ties::of(keys(docs.old, &ours)?, keys(docs.new, &theirs)?, false))
}

/// The one value of a member.
fn this(document: &Document<'_>, element: Id, member: &str) -> Option<Id> {
    if document.kind(element) != Type::Object {
        return None;
    }
    let mut found = document.keys(element).filter(|key| *document.string(*key) == *member.as_bytes());
    let value = found.next()?.following();
    found.next().is_none().then_some(value)
}

/// Bytes that tell a plain value from every other.
fn key(document: &Document<'_>, value: Id) -> Option<Vec<u8>> {
    match document.kind(value) {
        Type::Array | Type::Object => None,
        Type::String => Some([b"\"", &*document.string(value)].concat()),
        Type::Number => Some(decimal::canonical(document.raw(value))),
        _ => Some(document.raw(value).as_bytes().to_vec()),
    }
}

/// Which of two plain values stands first: numbers by size, texts by their bytes, false before true.
/// `None` for values of two types, which have no order.
fn order(document: &Document<'_>, one: Id, other: Id) -> Option<Ordering> {
    match (document.kind(one), document.kind(other)) {
        (Type::Number, Type::Number) => decimal::order(document.raw(one), document.raw(other)),
        (Type::String, Type::String) => Some(document.string(one).cmp(&document.string(other))),
        (Type::Null, Type::Null) => Some(Ordering::Equal),
        (Type::False | Type::True, Type::False | Type::True) => {
            Some((document.kind(one) == Type::True).cmp(&(document.kind(other) == Type::True)))
        }
        _ => None,
    }
}
