//! Which elements of two ordered arrays belong together.
//!
//! To decide, those at one position. To explain, those that are equal: first at both ends, then along
//! the longest common run, where few edits lead from one array to the other.

use super::{
    super::tree::Id,
    budget::Stop,
    edits,
    members::Pair,
    path::{Docs, Step},
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
        let named = self.shared.named();
        if named.positions(self.places.get(from..to).unwrap_or_default()) {
            return false;
        }
        let ahead = self.places_of_elements(from, to);
        named.ignored(&ahead).is_none()
    }

    pub fn align(&mut self, old: Id, new: Id, from: usize, to: usize) -> Result<Aligned, Stop> {
        let docs = self.shared.docs;
        let olds: Vec<_> = docs.old.elements(old).collect();
        let news: Vec<_> = docs.new.elements(new).collect();
        let most = olds.len().min(news.len());
        let mut head = 0;
        while head < most && self.alike(&olds, &news, head, head)? {
            head += 1;
        }
        let mut tail = 0;
        while head + tail < most && self.alike(&olds, &news, olds.len() - 1 - tail, news.len() - 1 - tail)? {
            tail += 1;
        }
        // Both ends are the same text, so only the middle is left to walk.
        let (ours, theirs) = (head..olds.len() - tail, head..news.len() - tail);
        let beside = |old, new| beside(&olds, &news, old, new);
        if ours.len().min(theirs.len()) == 0 || ours.len().max(theirs.len()) == 1 {
            let both = ours.clone().zip(theirs.clone()).map(|(i, j)| beside(Some(i), Some(j)));
            let removed = ours.clone().skip(theirs.len()).map(|i| beside(Some(i), None));
            let added = theirs.clone().skip(ours.len()).map(|j| beside(None, Some(j)));
            return Ok(Aligned { pairs: both.chain(removed).chain(added).collect(), reordered: false });
        }
        let places = self.places_of_elements(from, to);
        let old_hashes = self.old_hashes(olds.get(ours.clone()).unwrap_or_default(), &places)?;
        let new_hashes = self.new_hashes(news.get(theirs.clone()).unwrap_or_default(), &places)?;
        let same = || old_hashes.iter().zip(&new_hashes);
        let start = same().take_while(|(i, j)| i == j).count();
        let at_most = old_hashes.len().min(new_hashes.len()) - start;
        let backwards = old_hashes.iter().rev().zip(new_hashes.iter().rev());
        let end = backwards.take(at_most).take_while(|(i, j)| i == j).count();
        let core_old = old_hashes.get(start..old_hashes.len() - end).unwrap_or_default();
        let core_new = new_hashes.get(start..new_hashes.len() - end).unwrap_or_default();

        let mut pairs: Vec<_> = (0..start).map(|n| beside(Some(head + n), Some(head + n))).collect();
        let reordered = is_reordered(core_old, core_new);
        if !reordered {
            let by_position = || (0..core_old.len().min(core_new.len())).map(|n| (n, n)).collect();
            let common = edits::common(core_old, core_new).unwrap_or_else(by_position);
            let base = head + start;
            for (old, new) in filled(&common, core_old.len(), core_new.len()) {
                pairs.push(beside(old.map(|i| base + i), new.map(|j| base + j)));
            }
        }
        let (old_end, new_end) = (ours.end - end, theirs.end - end);
        pairs.extend((0..end).map(|n| beside(Some(old_end + n), Some(new_end + n))));
        Ok(Aligned { pairs, reordered })
    }

    fn alike(&mut self, olds: &[Id], news: &[Id], old: usize, new: usize) -> Result<bool, Stop> {
        self.shared.budget.spend(1)?;
        match (olds.get(old), news.get(new)) {
            (Some(old), Some(new)) => self.spelled_alike(*old, *new),
            _ => Ok(false),
        }
    }
}

/// Whether one is the other in another order.
fn is_reordered(old: &[u64], new: &[u64]) -> bool {
    let sorted = |hashes: &[u64]| {
        let mut hashes = hashes.to_vec();
        hashes.sort_unstable();
        hashes
    };
    old.len() == new.len() && old.len() > 1 && sorted(old) == sorted(new)
}

/// The common positions with all between them: what faces each other in a gap is a change, and what
/// faces nothing was removed or added.
fn filled(
    common: &[(usize, usize)],
    old_length: usize,
    new_length: usize,
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut all = Vec::with_capacity(old_length.max(new_length));
    let (mut i, mut j) = (0, 0);
    for (old, new) in common.iter().copied().chain([(old_length, new_length)]) {
        while i < old && j < new {
            all.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        }
        all.extend((i..old).map(|i| (Some(i), None)));
        all.extend((j..new).map(|j| (None, Some(j))));
        if old < old_length && new < new_length {
            all.push((Some(old), Some(new)));
        }
        (i, j) = (old + 1, new + 1);
    }
    all
}
