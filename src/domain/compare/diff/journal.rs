//! Which identifiers the walk has bound so far, on top of what is known from earlier pairs.
//!
//! Nothing of it is learnt before the pair as a whole has turned out to agree. The verdict does not
//! depend on the order in which places are seen: it asks only whether all that was bound is one to one.
//! An identifier that one rule has seen stand for itself may not stand for another under that rule:
//! under a second rule it may, because one more rule never turns a match into a mismatch.

use std::collections::{HashMap, HashSet};

use super::{
    super::bindings::{Bindings, Bond, LONGEST},
    Found,
};

/// Steps of paths that are kept; of what is bound later on nobody knows where.
const MOST_STEPS: usize = 1 << 20;

/// An identifier within its set.
type Key = (usize, Vec<u8>);

#[derive(Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
    new_of: HashMap<Key, Vec<u8>>,
    old_of: HashMap<Key, Vec<u8>>,
    /// By rule: what stood on both sides of one place.
    kept: HashSet<Key>,
    steps: usize,
}

/// Two identifiers that stand for each other from here on.
#[derive(Debug)]
pub struct Entry {
    pub rule: usize,
    set: usize,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
    /// The place as a difference, should they turn out to contradict another.
    pub found: Found,
}

/// Two identifiers that stand for each other, if the pair as a whole agrees.
#[derive(Debug)]
pub struct Learnt {
    /// Which bound them.
    pub rule: usize,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// Two identifiers at a place, and the set they are of.
pub struct Sight<'s> {
    pub rule: usize,
    /// The first rule that names the set, for short.
    pub set: usize,
    pub name: &'s str,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// What a sight of two identifiers came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Bound,
    Contradicted,
    /// Nothing is known of them, and nothing more can be kept.
    NoRoom,
}

impl Journal {
    pub fn see(&mut self, sight: Sight<'_>, known: &Bindings, found: impl FnOnce() -> Found) -> Told {
        let Sight { rule, set, name, old, new } = sight;
        let (ours, theirs) = ((set, old), (set, new));
        match (self.new_of.get(&ours), self.old_of.get(&theirs)) {
            (Some(bound), _) if *bound == theirs.1 => return Told::Bound,
            (None, None) => {}
            _ => return Told::Contradicted,
        }
        match known.bond(name, &ours.1, &theirs.1) {
            Bond::Bound => return Told::Bound,
            Bond::Contradicted => return Told::Contradicted,
            Bond::Free => {}
        }
        if self.entries.len() >= known.room() || ours.1.len().max(theirs.1.len()) > LONGEST {
            return Told::NoRoom;
        }
        let mut found = found();
        if self.steps + found.path.len() > MOST_STEPS {
            found.path = Vec::new();
        }
        self.steps += found.path.len();
        self.entries.push(Entry { rule, set, old: ours.1.clone(), new: theirs.1.clone(), found });
        self.old_of.insert(theirs.clone(), ours.1.clone());
        self.new_of.insert(ours, theirs.1);
        Told::Bound
    }

    /// An identifier that stands for itself.
    pub fn keep(&mut self, rule: usize, identifier: Vec<u8>) {
        self.kept.insert((rule, identifier));
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What was bound although the same rule has seen one of the two stand for itself.
    pub fn contradictions(&self) -> Vec<Found> {
        let kept = |rule: usize, identifier: &Vec<u8>| self.kept.contains(&(rule, identifier.clone()));
        let against = |entry: &&Entry| kept(entry.rule, &entry.old) || kept(entry.rule, &entry.new);
        self.entries.iter().filter(against).map(|entry| entry.found.clone()).collect()
    }

    /// All that was bound, by the rule that did.
    pub fn learnt(self) -> Vec<Learnt> {
        let learnt = |Entry { rule, old, new, .. }| Learnt { rule, old, new };
        self.entries.into_iter().map(learnt).collect()
    }

    /// Forgets what was bound since there were so many entries.
    pub fn forget_since(&mut self, entries: usize) {
        for entry in self.entries.drain(entries.min(self.entries.len())..) {
            self.steps -= entry.found.path.len();
            self.new_of.remove(&(entry.set, entry.old));
            self.old_of.remove(&(entry.set, entry.new));
        }
    }
}
