//! Which of the elements that changed, came and went between two that stayed became which: the ones that
//! have most members in common.

use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::{
        super::side::Side,
        tree::{Id, Type},
    },
    align::Couple,
    budget::Stop,
    digest::Digests,
    walk::Walk,
};

/// Pairs of elements in one gap that are held against each other. In larger gaps position decides.
const MOST_PAIRS: usize = 1_024;
/// What a member in common counts for, against one for not being told as removed and added.
const MEMBER: usize = 4;

impl Walk<'_, '_> {
    /// The same couples, with the elements of each gap whose sides are of different length laid beside
    /// the ones they are most like.
    pub fn likely(
        &mut self,
        couples: Vec<Couple>,
        stays: impl Fn(&Couple) -> bool,
        olds: &[Id],
        news: &[Id],
    ) -> Result<Vec<Couple>, Stop> {
        // Without a gap there is nothing to choose.
        if couples.iter().all(|(old, new)| old.is_some() && new.is_some()) {
            return Ok(couples);
        }
        let mut all = Vec::with_capacity(couples.len());
        for run in couples.chunk_by(|one, other| stays(one) == stays(other)) {
            let ours: Vec<_> = run.iter().filter_map(|(old, _)| *old).collect();
            let theirs: Vec<_> = run.iter().filter_map(|(_, new)| *new).collect();
            let (height, width) = (ours.len(), theirs.len());
            let few = height != width && height.min(width) > 0 && height * width <= MOST_PAIRS;
            if !few || run.first().is_some_and(&stays) {
                all.extend_from_slice(run);
                continue;
            }
            let ids = |all: &[Id], positions: &[usize]| -> Vec<Id> {
                positions.iter().filter_map(|n| all.get(*n)).copied().collect()
            };
            let old_members = self.members(Side::Old, &ids(olds, &ours))?;
            let new_members = self.members(Side::New, &ids(news, &theirs))?;
            self.shared.budget.spend(height * width)?;
            let like = |i: usize, j: usize| match (old_members.get(i), new_members.get(j)) {
                (Some(one), Some(other)) => 1 + MEMBER * in_common(one, other),
                _ => 1,
            };
            let best = best(height, width, like);
            let place = |all: &[usize], n: Option<usize>| n.and_then(|n| all.get(n)).copied();
            all.extend(best.into_iter().map(|(i, j)| (place(&ours, i), place(&theirs, j))));
        }
        Ok(all)
    }

    /// The hashes of the members of each element, sorted; of a plain value none.
    fn members(&mut self, side: Side, elements: &[Id]) -> Result<Vec<Vec<u64>>, Stop> {
        let document = self.basis.docs.of(side);
        let mut digests = Digests::to_the_letter(side);
        let mut all = Vec::with_capacity(elements.len());
        for element in elements {
            let mut members = Vec::new();
            if document.kind(*element) == Type::Object {
                for key in document.keys(*element) {
                    let value = digests.of(self.basis, key.following(), &[], &mut self.shared.budget)?;
                    members.push(xxh3_64(&document.string(key)).rotate_left(1) ^ value);
                }
            }
            members.sort_unstable();
            all.push(members);
        }
        Ok(all)
    }
}

/// How many two sorted lists have in common.
fn in_common(one: &[u64], other: &[u64]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(ours), Some(theirs)) = (one.get(i), other.get(j)) {
        count += usize::from(ours == theirs);
        (i, j) = (i + usize::from(ours <= theirs), j + usize::from(theirs <= ours));
    }
    count
}

/// The couples in order that are most alike in all.
fn best(height: usize, width: usize, like: impl Fn(usize, usize) -> usize) -> Vec<Couple> {
    // What the rest from `i` and `j` on comes to, kept at `i * (width + 1) + j`.
    let mut rest = vec![0; (height + 1) * (width + 1)];
    let at = |rest: &[usize], i: usize, j: usize| rest.get(i * (width + 1) + j).copied().unwrap_or(0);
    for i in (0..height).rev() {
        for j in (0..width).rev() {
            let apart = at(&rest, i + 1, j).max(at(&rest, i, j + 1));
            let sum = apart.max(like(i, j) + at(&rest, i + 1, j + 1));
            if let Some(slot) = rest.get_mut(i * (width + 1) + j) {
                *slot = sum;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut couples = Vec::with_capacity(height.max(width));
    while i < height && j < width {
        let sum = at(&rest, i, j);
        if sum == like(i, j) + at(&rest, i + 1, j + 1) {
            couples.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if sum == at(&rest, i + 1, j) {
            couples.push((Some(i), None));
            i += 1;
        } else {
            couples.push((None, Some(j)));
            j += 1;
        }
    }
    couples.extend((i..height).map(|i| (Some(i), None)));
    couples.extend((j..width).map(|j| (None, Some(j))));
    couples
}
