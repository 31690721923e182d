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

/// Keys that are found by looking through those of the other side, which is cheaper than to sort so few.
const FEW: usize = 16;

/// What is left of two objects with few keys, none of them twice on a side, that stand in another order.
#[derive(Debug)]
pub struct Few {
    old: Id,
    old_end: Id,
    news: [Id; FEW],
    /// Which of them no key of old has found, a bit for each.
    free: u32,
}

impl Few {
    /// From these keys on. `None` where there are too many, or where they have to be decoded first.
    pub fn of(docs: Docs<'_>, [old, old_end]: [Id; 2], [new, new_end]: [Id; 2]) -> Option<Few> {
        let (mut news, mut count) = ([new; FEW], 0);
        for key in docs.new.keys_from(new, new_end) {
            *news.get_mut(count).filter(|_| !docs.new.is_escaped(key))? = key;
            count += 1;
        }
        for (count, key) in docs.old.keys_from(old, old_end).enumerate() {
            if count >= FEW || docs.old.is_escaped(key) {
                return None;
            }
        }
        Some(Few { old, old_end, news, free: (1 << count) - 1 })
    }

    pub fn next(&mut self, docs: Docs<'_>) -> Option<Pair> {
        if self.old >= self.old_end {
            return self.take(|_| true).map(|key| Pair::of(Step::NewKey(key), None, Some(key.following())));
        }
        let key = self.old;
        self.old = docs.old.after(key.following());
        let name = docs.old.raw(key);
        let found = self.take(|other| docs.new.is_spelled(other, name));
        Some(Pair::of(Step::OldKey(key), Some(key.following()), found.map(Id::following)))
    }

    /// The first free key of new that is like this.
    fn take(&mut self, like: impl Fn(Id) -> bool) -> Option<Id> {
        let mut left = self.free;
        while left != 0 {
            let at = left.trailing_zeros();
            let key = *self.news.get(at as usize)?;
            if like(key) {
                self.free &= !(1 << at);
                return Some(key);
            }
            left &= left - 1;
        }
        None
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::super::{formats::json, tree::Bounds},
        *,
    };

    proptest! {
        #[test]
        fn few_members_are_paired_as_many_are(
            olds in prop::collection::hash_set("[ab]{0,3}", 0..FEW), news in prop::collection::hash_set("[ab]{0,3}", 0..FEW),
        ) {
            let object = |keys: &std::collections::HashSet<String>| {
                let members: Vec<_> = keys.iter().map(|key| format!("{key:?}:1")).collect();
                format!("{{{}}}", members.join(","))
            };
            let (old, new) = (object(&olds), object(&news));
            let bounds = Bounds { depth: 9, nodes: 99, text: 0 };
            let (old, new) = (json::read(old.as_bytes(), bounds).unwrap(), json::read(new.as_bytes(), bounds).unwrap());
            let docs = Docs { old: &old, new: &new };
            let ends = |document: &crate::domain::compare::tree::Document<'_>| [Id::ROOT.following(), document.after(Id::ROOT)];
            let mut few = Few::of(docs, ends(&old), ends(&new)).unwrap();
            let few: Vec<_> = std::iter::from_fn(|| few.next(docs)).collect();
            let many = pair(docs, old.keys(Id::ROOT), new.keys(Id::ROOT));
            prop_assert_eq!(format!("{few:?}"), format!("{many:?}"));
        }
    }

    #[test]
    fn many_members_and_those_with_escapes_are_not_few() {
        let bounds = Bounds { depth: 9, nodes: 99, text: 0 };
        let all: Vec<_> = (0..=FEW).map(|n| format!("\"{n}\":1")).collect();
        let (many, escaped) = (format!("{{{}}}", all.join(",")), r#"{"\u0061":1}"#);
        for (old, new) in [(&*many, "{}"), ("{}", &*many), (escaped, "{}"), ("{}", escaped)] {
            let (old, new) =
                (json::read(old.as_bytes(), bounds).unwrap(), json::read(new.as_bytes(), bounds).unwrap());
            let ends = |document: &crate::domain::compare::tree::Document<'_>| {
                [Id::ROOT.following(), document.after(Id::ROOT)]
            };
            assert!(Few::of(Docs { old: &old, new: &new }, ends(&old), ends(&new)).is_none());
        }
    }
}
