//! Who belongs to whom among the elements of two arrays.

use super::{
    super::{
        super::side::Side,
        tree::{Document, Id, Type},
    },
    arrays::beside,
    budget::Stop,
    digest::Digests,
    members::Pair,
    ties::Ties,
    walk::Walk,
};

/// Two arrays, and who belongs to whom.
pub struct Match {
    pub olds: Vec<Id>,
    pub news: Vec<Id>,
    new_of: Vec<Option<usize>>,
    old_of: Vec<Option<usize>>,
}

impl Match {
    pub fn new(olds: Vec<Id>, news: Vec<Id>) -> Match {
        let (new_of, old_of) = (vec![None; olds.len()], vec![None; news.len()]);
        Match { olds, news, new_of, old_of }
    }

    pub fn new_of(&self, old: usize) -> Option<usize> {
        self.new_of.get(old).copied().flatten()
    }

    pub fn old_of(&self, new: usize) -> Option<usize> {
        self.old_of.get(new).copied().flatten()
    }

    pub fn join(&mut self, old: usize, new: usize) {
        if let (Some(ours), Some(theirs)) = (self.new_of.get_mut(old), self.old_of.get_mut(new)) {
            (*ours, *theirs) = (Some(new), Some(old));
        }
    }

    fn join_free(&mut self, old: usize, new: usize) {
        if self.new_of(old).is_none() && self.old_of(new).is_none() {
            self.join(old, new);
        }
    }

    /// Those left that tie, in their order.
    pub fn join_tied(&mut self, ties: &Ties) {
        for (old, new) in ties.in_order() {
            self.join_free(old, new);
        }
    }

    /// As many left on both sides: laid beside each other they say what changed. Otherwise nobody knows
    /// who became whom, and they are removed and added. Where not every order is free, each only beside
    /// the one at its position: elsewhere it would pass for one that was not allowed to move.
    pub fn join_leftovers(&mut self, anywhere: bool) {
        let left = |side: &[Option<usize>]| -> Vec<usize> {
            side.iter().enumerate().filter(|(_, partner)| partner.is_none()).map(|(n, _)| n).collect()
        };
        let (olds, news) = (left(&self.new_of), left(&self.old_of));
        if !anywhere {
            olds.into_iter().for_each(|n| self.join_free(n, n));
        } else if olds.len() == news.len() {
            olds.into_iter().zip(news).for_each(|(old, new)| self.join(old, new));
        }
    }

    /// Back along an augmenting path that ends at `free`, handing each old element the new one that was
    /// reached from it.
    pub fn hand_over(
        &mut self,
        mut free: Option<usize>,
        reached: &[Option<usize>],
        olds: &[(u64, usize)],
        news: &[(u64, usize)],
    ) {
        while let Some(slot) = free {
            let Some(at) = reached.get(slot).copied().flatten() else { break };
            let (Some((_, old)), Some((_, new))) = (olds.get(at), news.get(slot)) else { break };
            let given_up = self.new_of(*old);
            self.join(*old, *new);
            free = given_up.and_then(|new| news.binary_search_by_key(&new, |(_, other)| *other).ok());
        }
    }

    pub fn leaves_both(&self) -> bool {
        self.new_of.contains(&None) && self.old_of.contains(&None)
    }

    pub fn moved(&self) -> bool {
        !self.new_of.iter().flatten().is_sorted()
    }

    pub fn pairs(&self) -> Vec<Pair> {
        let ours = self.new_of.iter().enumerate();
        let theirs = self.old_of.iter().enumerate().filter(|(_, old)| old.is_none());
        ours.map(|(old, new)| beside(&self.olds, &self.news, Some(old), *new))
            .chain(theirs.map(|(new, _)| beside(&self.olds, &self.news, None, Some(new))))
            .collect()
    }
}

/// The positions that are wanted, by hash.
pub fn sorted(hashes: &[u64], wanted: impl Fn(usize) -> bool) -> Vec<(u64, usize)> {
    let mut all: Vec<_> =
        hashes.iter().enumerate().filter(|(n, _)| wanted(*n)).map(|(n, hash)| (*hash, n)).collect();
    all.sort_unstable();
    all
}

impl Walk<'_, '_> {
    /// Pairs of a group that are likely to be equal: of those without a partner, the ones that are equal
    /// to the letter, and numbers laid beside each other by size.
    pub fn obvious(
        &mut self,
        matched: &Match,
        olds: &[(u64, usize)],
        news: &[(u64, usize)],
    ) -> Result<Vec<(usize, usize)>, Stop> {
        let docs = self.basis.docs;
        let left: Vec<_> = olds.iter().map(|(_, n)| *n).filter(|n| matched.new_of(*n).is_none()).collect();
        let right: Vec<_> = news.iter().map(|(_, n)| *n).filter(|n| matched.old_of(*n).is_none()).collect();
        let mut pairs = Vec::new();
        let ours = self.by_letter(Side::Old, &matched.olds, &left)?;
        let theirs = self.by_letter(Side::New, &matched.news, &right)?;
        let (mut i, mut j) = (0, 0);
        while let (Some((one, old)), Some((other, new))) = (ours.get(i), theirs.get(j)) {
            if one == other {
                pairs.push((*old, *new));
            }
            (i, j) = (i + usize::from(one <= other), j + usize::from(other <= one));
        }
        let left = by_size(docs.old, &matched.olds, &left);
        let right = by_size(docs.new, &matched.news, &right);
        pairs.extend(left.into_iter().zip(right));
        Ok(pairs)
    }

    /// The positions by what stands there, whatever the rules say.
    fn by_letter(
        &mut self,
        side: Side,
        elements: &[Id],
        positions: &[usize],
    ) -> Result<Vec<(u64, usize)>, Stop> {
        let mut digests = Digests::to_the_letter(side);
        let mut all = Vec::with_capacity(positions.len());
        for n in positions {
            let Some(id) = elements.get(*n) else { continue };
            all.push((digests.of(self.basis, *id, &[], &mut self.shared.budget)?, *n));
        }
        all.sort_unstable();
        Ok(all)
    }
}

/// The positions of the numbers among the elements, by ascending size.
fn by_size(document: &Document<'_>, elements: &[Id], positions: &[usize]) -> Vec<usize> {
    let spelled = |n: usize| elements.get(n).map_or("", |id| document.raw(*id));
    let is_number = |n: &usize| elements.get(*n).is_some_and(|id| document.kind(*id) == Type::Number);
    // An order for a start and no more, so floats will do.
    let size = |n: usize| spelled(n).parse::<f64>().unwrap_or_default();
    let mut numbers: Vec<_> = positions.iter().copied().filter(is_number).map(|n| (size(n), n)).collect();
    numbers.sort_by(|one, other| one.0.total_cmp(&other.0));
    numbers.into_iter().map(|(_, n)| n).collect()
}
