//! Which elements of two ordered arrays belong together.
//!
//! To decide, those at one position. To explain, those that are equal: first at both ends, then along
//! the longest common run, where few edits lead from one array to the other.

use std::ops::Range;

use super::{
    super::tree::Id,
    align::{self, Couple, Couples, filled},
    budget::Stop,
    members::Pair,
    path::{Docs, Step},
    selected::Spot,
    walk::Walk,
};

/// Two arrays position by position.
#[derive(Debug)]
pub struct Elements {
    old: Id,
    old_end: Id,
    new: Id,
    new_end: Id,
    position: usize,
}

/// Two arrays with their elements laid beside each other.
pub struct Aligned {
    pub pairs: Vec<Pair>,
    /// What is not in `pairs` are the same elements in another order.
    pub reordered: bool,
}

impl Elements {
    pub fn of(docs: Docs<'_>, old: Id, new: Id) -> Elements {
        let (old_end, new_end) = (docs.old.after(old), docs.new.after(new));
        Elements { old: old.following(), old_end, new: new.following(), new_end, position: 0 }
    }

    pub fn next(&mut self, docs: Docs<'_>) -> Option<Pair> {
        let ours = (self.old < self.old_end).then_some(self.old);
        let theirs = (self.new < self.new_end).then_some(self.new);
        if ours.is_none() && theirs.is_none() {
            return None;
        }
        self.old = ours.map_or(self.old, |id| docs.old.after(id));
        self.new = theirs.map_or(self.new, |id| docs.new.after(id));
        let position = self.position;
        self.position += 1;
        Some(Pair::of(Step::Element { old: position, new: position }, ours, theirs))
    }
}

/// The pair of elements at two positions, of which one may be past the end.
pub fn beside(olds: &[Id], news: &[Id], old: Option<usize>, new: Option<usize>) -> Pair {
    let position = old.or(new).unwrap_or_default();
    let step =
        Step::Element { old: position, new: if old.is_some() { new.unwrap_or(position) } else { position } };
    let pick = |ids: &[Id], at: Option<usize>| at.and_then(|at| ids.get(at)).copied();
    Pair::of(step, pick(olds, old), pick(news, new))
}

impl Walk<'_, '_> {
    /// Whether elements may be laid beside each other across positions: not where a rule names a
    /// position, and to no end where all of them are ignored.
    pub fn may_align(&mut self, from: usize, to: usize) -> bool {
        let here = self.here(from, to);
        if self.basis.names_a_position(here) {
            return false;
        }
        let ahead = self.places_of_elements(here);
        self.basis.ignored(&ahead, Spot::default()).is_none()
    }

    pub fn align(&mut self, old: Id, new: Id, from: usize, to: usize) -> Result<Aligned, Stop> {
        let docs = self.basis.docs;
        let olds: Vec<_> = docs.old.elements(old).collect();
        let news: Vec<_> = docs.new.elements(new).collect();
        let most = olds.len().min(news.len());
        let mut head = 0;
        while head < most && self.alike(&olds, &news, head, head)? {
            head += 1;
        }
        // The walk goes on from the head, and what was read there need not be read again.
        let stretch = self.stretch;
        let mut tail = 0;
        while head + tail < most && self.alike(&olds, &news, olds.len() - 1 - tail, news.len() - 1 - tail)? {
            tail += 1;
        }
        self.stretch = stretch;
        // What both ends bind to itself has to be seen, and is seen where they are walked as well.
        let ends = self.basis.binds;
        let beside = |old, new| beside(&olds, &news, old, new);
        let mut pairs: Vec<_> = (0..if ends { head } else { 0 }).map(|n| beside(Some(n), Some(n))).collect();
        let (ours, theirs) = (head..olds.len() - tail, head..news.len() - tail);
        let middle = self.align_middle(&olds, &news, ours.clone(), theirs.clone(), from, to)?;
        pairs.extend(middle.couples.into_iter().map(|(old, new)| beside(old, new)));
        let tails = (ours.end..olds.len()).zip(theirs.end..news.len());
        pairs.extend(tails.filter(|_| ends).map(|(i, j)| beside(Some(i), Some(j))));
        Ok(Aligned { pairs, reordered: middle.reordered })
    }

    /// Of what differs between both ends.
    fn align_middle(
        &mut self,
        olds: &[Id],
        news: &[Id],
        ours: Range<usize>,
        theirs: Range<usize>,
        from: usize,
        to: usize,
    ) -> Result<Couples, Stop> {
        let plain = ours.len().min(theirs.len()) == 0 || ours.len().max(theirs.len()) == 1;
        let (aligned, old_hashes, new_hashes) = if plain {
            let couples = filled(&[], ours.len(), theirs.len());
            (Couples { couples, reordered: false }, Vec::new(), Vec::new())
        } else {
            let places = self.places_of_elements(self.here(from, to));
            let old_hashes = self.old_hashes(olds.get(ours.clone()).unwrap_or_default(), &places)?;
            let new_hashes = self.new_hashes(news.get(theirs.clone()).unwrap_or_default(), &places)?;
            (align::couples(&old_hashes, &new_hashes), old_hashes, new_hashes)
        };
        let mut couples = aligned.couples;
        if !aligned.reordered {
            let hash = |all: &[u64], n: Option<usize>| n.and_then(|n| all.get(n)).copied();
            let stays = |(old, new): &Couple| {
                old.is_some() && new.is_some() && hash(&old_hashes, *old) == hash(&new_hashes, *new)
            };
            let (olds, news) = (olds.get(ours.clone()), news.get(theirs.clone()));
            couples = self.likely(couples, stays, olds.unwrap_or_default(), news.unwrap_or_default())?;
        }
        let shift = |(old, new): Couple| (old.map(|i| i + ours.start), new.map(|j| j + theirs.start));
        Ok(Couples { couples: couples.into_iter().map(shift).collect(), ..aligned })
    }

    fn alike(&mut self, olds: &[Id], news: &[Id], old: usize, new: usize) -> Result<bool, Stop> {
        self.shared.budget.spend(1)?;
        match (olds.get(old), news.get(new)) {
            (Some(old), Some(new)) => self.abreast(*old, *new),
            _ => Ok(false),
        }
    }
}
