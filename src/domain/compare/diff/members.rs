//! Which members of two objects belong together: those with one key, wherever they stand.

use std::cmp::Ordering;

use super::{
    super::tree::Id,
    path::{Docs, Step},
    selected::Spot,
};

/// What is to be compared next, and by which step it is reached.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub step: Step,
    pub old: Option<Id>,
    pub new: Option<Id>,
    /// One side has the key more than once, and the other not as often.
    pub repeated: bool,
}

impl Pair {
    pub const fn of(step: Step, old: Option<Id>, new: Option<Id>) -> Pair {
        Pair { step, old, new, repeated: false }
    }

    pub const fn spot(&self) -> Spot {
        Spot { old: self.old, new: self.new }
    }
}

/// Pairs the members from these keys on, without regard to their order. Where a key is repeated as
/// often on both sides, its values belong together in their order.
pub fn pair(docs: Docs<'_>, olds: impl Iterator<Item = Id>, news: impl Iterator<Item = Id>) -> Vec<Pair> {
    let mut old: Vec<_> = olds.map(|id| (docs.old.string(id), id)).collect();
    let mut new: Vec<_> = news.map(|id| (docs.new.string(id), id)).collect();
    // Stable, so that repeats stay in their order.
    old.sort_by(|one, other| one.0.cmp(&other.0));
    new.sort_by(|one, other| one.0.cmp(&other.0));
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    let (mut old, mut new) = (old.as_slice(), new.as_slice());
    loop {
        let order = match (old.first(), new.first()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        let (ours, theirs);
        (ours, old) = old.split_at(if order.is_le() { run(old) } else { 0 });
        (theirs, new) = new.split_at(if order.is_ge() { run(new) } else { 0 });
        let value = |found: Option<&(_, Id)>| found.map(|(_, key)| key.following());
        match (ours.first(), theirs.first()) {
            (Some(_), Some(_)) if ours.len() == theirs.len() => {
                pairs.extend(ours.iter().zip(theirs).map(|((_, old), (_, new))| {
                    Pair::of(Step::OldKey(*old), Some(old.following()), Some(new.following()))
                }));
            }
            (Some((_, key)), there) => pairs.push(Pair {
                repeated: there.is_some() || ours.len() > 1,
                ..Pair::of(Step::OldKey(*key), value(ours.first()), value(there))
            }),
            (None, there) => pairs.extend(there.map(|(_, key)| Pair {
                repeated: theirs.len() > 1,
                ..Pair::of(Step::NewKey(*key), None, Some(key.following()))
            })),
        }
    }
    // As old has them, then what only new has: people read differences from top to bottom.
    pairs.sort_by_key(|pair| (pair.old.is_none(), pair.old.or(pair.new)));
    pairs
}

fn run<K: PartialEq, V>(sorted: &[(K, V)]) -> usize {
    sorted.first().map_or(0, |(first, _)| sorted.iter().take_while(|(key, _)| key == first).count())
}
