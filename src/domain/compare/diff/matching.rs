//! Which elements of two arrays belong together where a rule says that order does not matter: all of
//! them, as often as they occur, or those with one key.

use super::{
    super::{
        decimal,
        pattern::{Place, Step},
        rules::Forgive,
        tree::{Document, Id, Type},
    },
    arrays::beside,
    budget::Stop,
    members::Pair,
    walk::Walk,
};

/// Pairs of elements that may have to be compared to match one group of look-alikes.
const MOST_TRIED: usize = 4_000_000;

/// Two arrays, and who belongs to whom.
struct Match {
    olds: Vec<Id>,
    news: Vec<Id>,
    new_of: Vec<Option<usize>>,
    old_of: Vec<Option<usize>>,
}

impl Walk<'_, '_> {
    /// The elements laid beside each other as a rule for this array wants it. `None` where there is no
    /// such rule, or where it cannot be followed.
    pub fn in_any_order(
        &mut self,
        old: Id,
        new: Id,
        from: usize,
        to: usize,
    ) -> Result<Option<Vec<Pair>>, Stop> {
        let (mut unordered, mut keyed) = (None, None);
        for (rule, forgive) in self.shared.named().at(self.places.get(from..to).unwrap_or_default()) {
            match forgive {
                Forgive::Unordered => unordered = unordered.or(Some(rule)),
                Forgive::KeyBy(member) => keyed = keyed.or(Some((rule, member))),
                _ => {}
            }
        }
        let Some(rule) = unordered.or(keyed.map(|(rule, _)| rule)) else { return Ok(None) };
        let docs = self.shared.docs;
        let mut matched = Match::new(docs.old.elements(old).collect(), docs.new.elements(new).collect());
        self.shared.budget.spend(matched.olds.len() + matched.news.len())?;
        // One element on either side has nowhere else to go, so its equality need not be known first.
        let forced = keyed.is_none() && matched.olds.len() == 1 && matched.news.len() == 1;
        if unordered.is_some() && !forced {
            self.match_equal(&mut matched, from, to)?;
        }
        if let Some((_, member)) = keyed {
            let all = |from: Id, to: Id| to.index().saturating_sub(from.index());
            self.shared
                .budget
                .spend(all(old, docs.old.after(old)) / 4 + all(new, docs.new.after(new)) / 4)?;
            let keys = (keys(docs.old, &matched.olds, member), keys(docs.new, &matched.news, member));
            match keys {
                (Some(old_keys), Some(new_keys)) => matched.by_key(&old_keys, &new_keys),
                _ => {
                    self.note(&format!("not every element has a `{member}` of its own to go by"));
                    if unordered.is_none() {
                        return Ok(None);
                    }
                }
            }
        } else {
            matched.leftovers_in_order();
        }
        if matched.moved() {
            self.forgive(rule);
        }
        Ok(Some(matched.pairs()))
    }

    fn match_equal(&mut self, matched: &mut Match, from: usize, to: usize) -> Result<(), Stop> {
        let named = self.shared.named();
        let places = self.places_of_elements(from, to);
        let here = self.places.get(from..to).unwrap_or_default().to_vec();
        let (old_hashes, new_hashes) = if named.positions(&here) {
            // One value may be two things under such a rule, so all have to be tried.
            (vec![0; matched.olds.len()], vec![0; matched.news.len()])
        } else {
            (self.old_hashes(&matched.olds, &places)?, self.new_hashes(&matched.news, &places)?)
        };
        let coarse = named.is_coarse(&places) || named.positions(&here);
        // Who stands where it stood, first: least to explain.
        for (n, (old, new)) in old_hashes.iter().zip(&new_hashes).enumerate() {
            if old == new && (!coarse || self.equal_at(matched, n, n, &here)?) {
                matched.join(n, n);
            }
        }
        let old_groups = sorted(&old_hashes, |n| coarse || matched.new_of(n).is_none());
        let new_groups = sorted(&new_hashes, |n| coarse || matched.old_of(n).is_none());
        let mut rest = new_groups.as_slice();
        for group in old_groups.chunk_by(|one, other| one.0 == other.0) {
            let Some((hash, _)) = group.first() else { continue };
            let start = rest.partition_point(|(other, _)| other < hash);
            let tail = rest.get(start..).unwrap_or_default();
            let (alike, after) = tail.split_at(tail.partition_point(|(other, _)| other == hash));
            rest = after;
            if coarse {
                self.match_group(matched, group, alike, &here)?;
            } else {
                group.iter().zip(alike).for_each(|((_, old), (_, new))| matched.join(*old, *new));
            }
        }
        Ok(())
    }

    /// Matches as many as can be matched: a search for augmenting paths, since `within 0.5 of each
    /// other` does not carry from one to the next and taking the first that fits may leave a rest.
    fn match_group(
        &mut self,
        matched: &mut Match,
        olds: &[(u64, usize)],
        news: &[(u64, usize)],
        here: &[Place],
    ) -> Result<(), Stop> {
        let unmatched: Vec<_> =
            olds.iter().enumerate().filter(|(_, (_, old))| matched.new_of(*old).is_none()).collect();
        if unmatched.is_empty() || news.iter().all(|(_, new)| matched.old_of(*new).is_some()) {
            return Ok(());
        }
        let tries = olds.len().saturating_mul(news.len());
        if tries > MOST_TRIED {
            return Err(Stop::Costly);
        }
        let mut known: Vec<Option<bool>> = vec![None; tries];
        for (first, _) in unmatched {
            // For each new element reached: the old one it was reached from.
            let mut reached: Vec<Option<usize>> = vec![None; news.len()];
            let mut waiting = vec![first];
            let mut free = None;
            'search: while let Some(at) = waiting.pop() {
                let Some((_, old)) = olds.get(at) else { break };
                for (slot, (_, new)) in news.iter().enumerate() {
                    self.shared.budget.spend(1)?;
                    if reached.get(slot).is_none_or(Option::is_some) {
                        continue;
                    }
                    let Some(fits) = known.get_mut(at * news.len() + slot) else { continue };
                    let equal = match *fits {
                        Some(equal) => equal,
                        None => *fits.insert(self.equal_at(matched, *old, *new, here)?),
                    };
                    if !equal {
                        continue;
                    }
                    if let Some(from) = reached.get_mut(slot) {
                        *from = Some(at);
                    }
                    match matched.old_of(*new) {
                        None => {
                            free = Some(slot);
                            break 'search;
                        }
                        Some(partner) => {
                            // One hash in the whole group, so it is sorted by position.
                            waiting.extend(olds.binary_search_by_key(&partner, |(_, old)| *old));
                        }
                    }
                }
            }
            // Back along the path, handing each old element the new one it reached.
            while let Some(slot) = free {
                let Some(at) = reached.get(slot).copied().flatten() else { break };
                let (Some((_, old)), Some((_, new))) = (olds.get(at), news.get(slot)) else { break };
                let given_up = matched.new_of(*old);
                matched.join(*old, *new);
                free = given_up.and_then(|new| news.binary_search_by_key(&new, |(_, other)| *other).ok());
            }
        }
        Ok(())
    }

    fn equal_at(&mut self, matched: &Match, old: usize, new: usize, here: &[Place]) -> Result<bool, Stop> {
        let (Some(ours), Some(theirs)) = (matched.olds.get(old), matched.news.get(new)) else {
            return Ok(false);
        };
        let places = self.places_after(here, Step::Index { old, new });
        self.equal(*ours, *theirs, places)
    }

    /// Where the rules stand at any element, where none names a position.
    pub fn places_of_elements(&self, from: usize, to: usize) -> Vec<Place> {
        self.places_after(self.places.get(from..to).unwrap_or_default(), Step::Index { old: 0, new: 0 })
    }

    fn places_after(&self, here: &[Place], step: Step<'_>) -> Vec<Place> {
        let mut places = here.to_vec();
        self.shared.named().advance(step, 0, here.len(), &mut places);
        places.split_off(here.len())
    }

    pub fn old_hashes(&mut self, ids: &[Id], places: &[Place]) -> Result<Vec<u64>, Stop> {
        let (named, shared) = (self.shared.named(), &mut *self.shared);
        let hash = |id: &Id| shared.old_digests.of(shared.docs.old, *id, places, &named, &mut shared.budget);
        ids.iter().map(hash).collect()
    }

    pub fn new_hashes(&mut self, ids: &[Id], places: &[Place]) -> Result<Vec<u64>, Stop> {
        let (named, shared) = (self.shared.named(), &mut *self.shared);
        let hash = |id: &Id| shared.new_digests.of(shared.docs.new, *id, places, &named, &mut shared.budget);
        ids.iter().map(hash).collect()
    }
}

impl Match {
    fn new(olds: Vec<Id>, news: Vec<Id>) -> Match {
        let (new_of, old_of) = (vec![None; olds.len()], vec![None; news.len()]);
        Match { olds, news, new_of, old_of }
    }

    fn new_of(&self, old: usize) -> Option<usize> {
        self.new_of.get(old).copied().flatten()
    }

    fn old_of(&self, new: usize) -> Option<usize> {
        self.old_of.get(new).copied().flatten()
    }

    fn join(&mut self, old: usize, new: usize) {
        if let (Some(ours), Some(theirs)) = (self.new_of.get_mut(old), self.old_of.get_mut(new)) {
            (*ours, *theirs) = (Some(new), Some(old));
        }
    }

    fn by_key(&mut self, old_keys: &[(Vec<u8>, usize)], new_keys: &[(Vec<u8>, usize)]) {
        for (key, old) in old_keys {
            let Ok(place) = new_keys.binary_search_by(|(other, _)| other.cmp(key)) else { continue };
            let Some((_, new)) = new_keys.get(place) else { continue };
            if self.new_of(*old).is_none() && self.old_of(*new).is_none() {
                self.join(*old, *new);
            }
        }
    }

    /// As many left on both sides: laid beside each other they say what changed. Otherwise nobody knows
    /// who became whom, and they are removed and added.
    fn leftovers_in_order(&mut self) {
        let left = |side: &[Option<usize>]| -> Vec<usize> {
            side.iter().enumerate().filter(|(_, partner)| partner.is_none()).map(|(n, _)| n).collect()
        };
        let (olds, news) = (left(&self.new_of), left(&self.old_of));
        if olds.len() == news.len() {
            olds.into_iter().zip(news).for_each(|(old, new)| self.join(old, new));
        }
    }

    fn moved(&self) -> bool {
        !self.new_of.iter().flatten().is_sorted()
    }

    fn pairs(&self) -> Vec<Pair> {
        let ours = self.new_of.iter().enumerate();
        let theirs = self.old_of.iter().enumerate().filter(|(_, old)| old.is_none());
        ours.map(|(old, new)| beside(&self.olds, &self.news, Some(old), *new))
            .chain(theirs.map(|(new, _)| beside(&self.olds, &self.news, None, Some(new))))
            .collect()
    }
}

/// The positions that are wanted, by hash.
fn sorted(hashes: &[u64], wanted: impl Fn(usize) -> bool) -> Vec<(u64, usize)> {
    let mut all: Vec<_> =
        hashes.iter().enumerate().filter(|(n, _)| wanted(*n)).map(|(n, hash)| (*hash, n)).collect();
    all.sort_unstable();
    all
}

/// The key of each element with its position, sorted; `None` where an element has none, more than one,
/// one that is no plain value, or another's.
fn keys(document: &Document<'_>, elements: &[Id], member: &str) -> Option<Vec<(Vec<u8>, usize)>> {
    let mut all = Vec::with_capacity(elements.len());
    for (position, element) in elements.iter().enumerate() {
        if document.kind(*element) != Type::Object {
            return None;
        }
        let mut found = document.keys(*element).filter(|key| *document.string(*key) == *member.as_bytes());
        let value = found.next()?.following();
        let key = match document.kind(value) {
            Type::Array | Type::Object => return None,
            Type::String => [b"\"", &*document.string(value)].concat(),
            Type::Number => decimal::canonical(document.raw(value)),
            _ => document.raw(value).as_bytes().to_vec(),
        };
        if found.next().is_some() {
            return None;
        }
        all.push((key, position));
    }
    all.sort_unstable();
    let distinct = all.array_windows::<2>().all(|[one, other]| one.0 != other.0);
    distinct.then_some(all)
}
